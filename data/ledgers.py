"""An organization's dated facts and its books, as billing takes them. People are keyed by their ids, padded, so that
keys sort as ids do; services by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, literal, select, union_all

from data.access.billing import BilledOrganization
from data.billing.books import Books, ClosedMonth, CreditNote
from data.billing.issued import IssuedDocument, decode_document
from data.billing.rating import (
    ActivationVoid,
    AppSeen,
    EmploymentFact,
    Ended,
    Facts,
    Hired,
    Merged,
    Month,
    Moved,
    OptionChange,
    PriceChange,
    Settings,
    SettingsChange,
    TaxProfileChange,
    TaxRateChange,
    Terms,
)
from data.db import Reader
from data.models import (
    app_openings,
    closings,
    contract_changes,
    documents,
    employment_changes,
    option_changes,
    option_voids,
    person_merges,
    price_changes,
    services,
    tax_profile_changes,
    tax_rate_changes,
)
from data.prepared import Prepared

# The organization's own ledgers; two fingerprints of them tell whether anything was recorded between.
LEDGERS: tuple[Table, ...] = (
    option_changes,
    option_voids,
    employment_changes,
    person_merges,
    app_openings,
    contract_changes,
    tax_profile_changes,
    closings,
)
# Those that rating reads; of the long ones only these columns.
FACTS = tuple(table for table in LEDGERS if table is not closings)
_LEAN: dict[Table, tuple[ColumnElement[Any], ...]] = {
    employment_changes: (
        employment_changes.c.organization_id,
        employment_changes.c.id,
        employment_changes.c.person_id,
        employment_changes.c.kind,
        employment_changes.c.effective_on,
        employment_changes.c.recorded_at,
        employment_changes.c.service_id,
        employment_changes.c.from_service_id,
        employment_changes.c.is_primary,
    ),
    app_openings: (
        app_openings.c.organization_id,
        app_openings.c.id,
        app_openings.c.person_id,
        app_openings.c.effective_at,
        app_openings.c.recorded_at,
    ),
}
SHARED_LEDGERS: tuple[Table, ...] = (price_changes, tax_rate_changes)

# What ids of facts begin with, by the ledger that holds them.
EMPLOYMENT, SWITCH, VOID, MERGE, OPENING = "e", "o", "v", "m", "a"

_decode_terms = msgspec.json.Decoder(Terms).decode


def person_key(person_id: int) -> str:
    return f"{person_id:010d}"


def read_facts(reader: Reader, organization: BilledOrganization) -> Facts:
    here = organization.id
    codes = dict(reader.execute(select(services.c.id, services.c.code).where(services.c.organization_id == here)).all())
    rows: dict[Table, Iterable[Row[Any]]]
    rows = {table: _of(reader, table, here) for table in FACTS if table not in _LEAN}
    rows |= {table: reader.stream(_select_lean(table, [here])) for table in _LEAN}
    return _build_facts(organization.timezone, rows, codes, tuple(_prices(reader)), tuple(_tax_rates(reader)))


def read_many_facts(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, Facts]:
    """Those of several organizations, in as many statements as of one."""
    ids = [organization.id for organization in organizations]
    places = reader.execute(
        select(services.c.organization_id, services.c.id, services.c.code).where(services.c.organization_id.in_(ids))
    ).all()
    rows = {table: _group(reader.stream(_select_lean(table, ids))) for table in FACTS}
    prices, rates = tuple(_prices(reader)), tuple(_tax_rates(reader))
    return {
        organization.id: _build_facts(
            organization.timezone,
            {table: found.get(organization.id, []) for table, found in rows.items()},
            {row.id: row.code for row in places if row.organization_id == organization.id},
            prices,
            rates,
        )
        for organization in organizations
    }


def _build_facts(
    timezone: str,
    rows: Mapping[Table, Iterable[Row[Any]]],
    codes: Mapping[int, str],
    prices: tuple[PriceChange, ...],
    tax_rates: tuple[TaxRateChange, ...],
) -> Facts:
    return Facts(
        timezone=timezone,
        prices=prices,
        settings=tuple(_contracts(rows[contract_changes])),
        option_changes=tuple(_switches(rows[option_changes], codes)),
        activation_voids=tuple(_voids(rows[option_voids])),
        employment=tuple(_employment(rows[employment_changes], codes)),
        merges=tuple(_merges(rows[person_merges])),
        app_seen=tuple(_openings(rows[app_openings])),
        tax_profiles=tuple(_tax_profiles(rows[tax_profile_changes])),
        tax_rates=tax_rates,
    )


def read_books(reader: Reader, organization: BilledOrganization) -> Books:
    """All that was issued to the organization, in its order."""
    rows = _of(reader, closings, organization.id)
    return _build_books(rows, _issued(reader, [organization.id]))


def read_many_books(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, Books]:
    """Those of several organizations, in as many statements as of one."""
    ids = [organization.id for organization in organizations]
    query = select(closings).where(closings.c.organization_id.in_(ids)).order_by(closings.c.id)
    rows, issued = _group(reader.execute(query)), _issued(reader, ids)
    return {here: _build_books(rows.get(here, []), issued) for here in ids}


def _build_books(rows: Sequence[Row[Any]], issued: Mapping[int, list[IssuedDocument]]) -> Books:
    return Books(
        closed=tuple(_closed_month(row, issued.get(row.id, [])) for row in rows if row.kind == "month"),
        corrections=tuple(
            note for row in rows if row.kind != "month" for note in _credit_notes(issued.get(row.id, []))
        ),
    )


def fingerprint(reader: Reader, organization: BilledOrganization) -> tuple[object, ...]:
    """Changes with every fact recorded for the organization, and with every price and rate."""
    return tuple(tuple(row) for row in _EXTENTS.list(reader, here=organization.id))


def fingerprints(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, tuple[object, ...]]:
    """Those of several organizations, in one statement."""
    ids = [organization.id for organization in organizations]
    own = [
        select(table.c.organization_id, literal(table.name), func.count(), func.max(table.c.id))
        .where(table.c.organization_id.in_(ids))
        .group_by(table.c.organization_id)
        for table in LEDGERS
    ]
    shared = [
        select(literal(0), literal(table.name), func.count(), func.max(table.c.id)).select_from(table)
        for table in SHARED_LEDGERS
    ]
    rows = [tuple(row) for row in reader.execute(union_all(*own, *shared))]
    return {here: tuple(row for row in rows if row[0] in (here, 0)) for here in ids}


def _extent(table: Table) -> Any:
    extent = select(literal(table.name), func.count(), func.max(table.c.id)).select_from(table)
    return extent.where(table.c.organization_id == bindparam("here")) if table in LEDGERS else extent


_EXTENTS = Prepared(union_all(*map(_extent, (*LEDGERS, *SHARED_LEDGERS))))
_ROWS = {
    table: Prepared(select(table).where(table.c.organization_id == bindparam("here")).order_by(table.c.id))
    for table in LEDGERS
}
_SHARED_ROWS = {table: Prepared(select(table)) for table in SHARED_LEDGERS}


def _key(ledger: str, fact_id: int) -> str:
    """The id of the ledger's row, told from those of the other ledgers."""
    return f"{ledger}{fact_id:010d}"


def parse_key(key: str) -> tuple[str, int]:
    """The ledger and the id of the row behind a fact's id."""
    return key[0], int(key[1:])


def _prices(reader: Reader) -> Iterator[PriceChange]:
    for row in _SHARED_ROWS[price_changes].list(reader):
        yield PriceChange(_key("p", row.id), row.effective_on, row.recorded_at, row.amount)


def _contracts(rows: Iterable[Row[Any]]) -> Iterator[SettingsChange]:
    for row in rows:
        settings = Settings(row.mode, row.basis, row.min_days, row.minimum_cents)
        yield SettingsChange(_key("c", row.id), row.effective_on, row.recorded_at, settings)


def _switches(rows: Iterable[Row[Any]], codes: Mapping[int, str]) -> Iterator[OptionChange]:
    for row in rows:
        scope = None if row.service_id is None else codes[row.service_id]
        handle = _key(SWITCH, row.id)
        yield OptionChange(handle, row.effective_at, row.recorded_at, row.is_on, scope, handle, row.trial_until)


def _voids(rows: Iterable[Row[Any]]) -> Iterator[ActivationVoid]:
    for row in rows:
        yield ActivationVoid(_key(VOID, row.id), row.effective_at, row.recorded_at, _key(SWITCH, row.option_change_id))


def _employment(rows: Iterable[Any], codes: Mapping[int, str]) -> Iterator[EmploymentFact]:
    for _, fact_id, person_id, kind, on, recorded_at, service_id, from_id, is_primary in rows:
        name, person = _key(EMPLOYMENT, fact_id), person_key(person_id)
        if kind == "hired":
            yield Hired(name, person, on, recorded_at, codes[service_id], bool(is_primary))
        elif kind == "ended":
            yield Ended(name, person, on, recorded_at)
        elif service_id != from_id:  # another department of the same service costs the same service
            yield Moved(name, person, on, recorded_at, codes[from_id], codes[service_id])


def _merges(rows: Iterable[Row[Any]]) -> Iterator[Merged]:
    for row in rows:
        yield Merged(_key(MERGE, row.id), row.recorded_at, person_key(row.person_id), person_key(row.into_person_id))


def _openings(rows: Iterable[Any]) -> Iterator[AppSeen]:
    for _, fact_id, person_id, effective_at, recorded_at in rows:
        yield AppSeen(_key(OPENING, fact_id), person_key(person_id), effective_at, recorded_at)


def _tax_profiles(rows: Iterable[Row[Any]]) -> Iterator[TaxProfileChange]:
    for row in rows:
        exempt = frozenset(filter(None, row.exempt.split(",")))
        yield TaxProfileChange(_key("t", row.id), row.effective_on, row.recorded_at, row.province, exempt)


def _tax_rates(reader: Reader) -> Iterator[TaxRateChange]:
    for row in _SHARED_ROWS[tax_rate_changes].list(reader):
        yield TaxRateChange(_key("r", row.id), row.province, row.code, row.rate, row.effective_on, row.recorded_at)


def _of(reader: Reader, table: Table, here: int) -> list[Row[Any]]:
    return _ROWS[table].list(reader, here=here)


def _select_lean(table: Table, ids: Sequence[int]) -> Select[Any]:
    """Of the long ledgers, only what rating reads."""
    return select(*_LEAN.get(table, table.c)).where(table.c.organization_id.in_(ids))


def _group(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.organization_id, []).append(row)
    return found


def _issued(reader: Reader, ids: Sequence[int]) -> dict[int, list[IssuedDocument]]:
    """The documents of each closing."""
    rows = reader.execute(
        select(documents.c.closing_id, documents.c.content)
        .where(documents.c.organization_id.in_(ids))
        .order_by(documents.c.id)
    )
    found: dict[int, list[IssuedDocument]] = {}
    for closing_id, content in rows:
        found.setdefault(closing_id, []).append(decode_document(content))
    return found


def _closed_month(row: Row[Any], issued: list[IssuedDocument]) -> ClosedMonth:
    invoice = next((each.invoice for each in issued if each.invoice), None)
    cutoff: datetime = row.effective_at
    return ClosedMonth(Month.of(row.period), cutoff, _decode_terms(row.terms), invoice, _credit_notes(issued))


def _credit_notes(issued: list[IssuedDocument]) -> tuple[CreditNote, ...]:
    return tuple(each.credit_note for each in issued if each.credit_note)

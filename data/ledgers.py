"""An organization's dated facts and its books, as billing takes them. People are keyed by their ids, padded, so that
keys sort as ids do; services by their codes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Table, bindparam, func, literal, select, union_all

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
SHARED_LEDGERS: tuple[Table, ...] = (price_changes, tax_rate_changes)

# What ids of facts begin with, by the ledger that holds them.
EMPLOYMENT, SWITCH, VOID, MERGE, OPENING = "e", "o", "v", "m", "a"

_decode_terms = msgspec.json.Decoder(Terms).decode


def person_key(person_id: int) -> str:
    return f"{person_id:010d}"


def read_facts(reader: Reader, organization: BilledOrganization) -> Facts:
    here = organization.id
    codes = dict(reader.execute(select(services.c.id, services.c.code).where(services.c.organization_id == here)).all())
    return Facts(
        timezone=organization.timezone,
        prices=tuple(_prices(reader)),
        settings=tuple(_contracts(reader, here)),
        option_changes=tuple(_switches(reader, here, codes)),
        activation_voids=tuple(_voids(reader, here)),
        employment=tuple(_employment(reader, here, codes)),
        merges=tuple(_merges(reader, here)),
        app_seen=tuple(_openings(reader, here)),
        tax_profiles=tuple(_tax_profiles(reader, here)),
        tax_rates=tuple(_tax_rates(reader)),
    )


def read_books(reader: Reader, organization: BilledOrganization) -> Books:
    """All that was issued to the organization, in its order."""
    rows = _of(reader, closings, organization.id)
    issued = _issued(reader, organization.id)
    return Books(
        closed=tuple(_closed_month(row, issued.get(row.id, [])) for row in rows if row.kind == "month"),
        corrections=tuple(
            note for row in rows if row.kind != "month" for note in _credit_notes(issued.get(row.id, []))
        ),
    )


def fingerprint(reader: Reader, organization: BilledOrganization) -> tuple[object, ...]:
    """Changes with every fact recorded for the organization, and with every price and rate."""
    return tuple(tuple(row) for row in _EXTENTS.list(reader, here=organization.id))


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


def _contracts(reader: Reader, here: int) -> Iterator[SettingsChange]:
    for row in _of(reader, contract_changes, here):
        settings = Settings(row.mode, row.basis, row.min_days, row.minimum_cents)
        yield SettingsChange(_key("c", row.id), row.effective_on, row.recorded_at, settings)


def _switches(reader: Reader, here: int, codes: dict[int, str]) -> Iterator[OptionChange]:
    for row in _of(reader, option_changes, here):
        scope = None if row.service_id is None else codes[row.service_id]
        handle = _key(SWITCH, row.id)
        yield OptionChange(handle, row.effective_at, row.recorded_at, row.is_on, scope, handle, row.trial_until)


def _voids(reader: Reader, here: int) -> Iterator[ActivationVoid]:
    for row in _of(reader, option_voids, here):
        yield ActivationVoid(_key(VOID, row.id), row.effective_at, row.recorded_at, _key(SWITCH, row.option_change_id))


def _employment(reader: Reader, here: int, codes: dict[int, str]) -> Iterator[EmploymentFact]:
    rows = reader.execute(
        select(
            employment_changes.c.id,
            employment_changes.c.person_id,
            employment_changes.c.kind,
            employment_changes.c.effective_on,
            employment_changes.c.recorded_at,
            employment_changes.c.service_id,
            employment_changes.c.from_service_id,
            employment_changes.c.is_primary,
        ).where(employment_changes.c.organization_id == here)
    )
    for fact_id, person_id, kind, on, recorded_at, service_id, from_id, is_primary in rows:
        name, person = _key(EMPLOYMENT, fact_id), person_key(person_id)
        if kind == "hired":
            yield Hired(name, person, on, recorded_at, codes[service_id], bool(is_primary))
        elif kind == "ended":
            yield Ended(name, person, on, recorded_at)
        elif service_id != from_id:  # another department of the same service costs the same service
            yield Moved(name, person, on, recorded_at, codes[from_id], codes[service_id])


def _merges(reader: Reader, here: int) -> Iterator[Merged]:
    for row in _of(reader, person_merges, here):
        yield Merged(_key(MERGE, row.id), row.recorded_at, person_key(row.person_id), person_key(row.into_person_id))


def _openings(reader: Reader, here: int) -> Iterator[AppSeen]:
    rows = reader.execute(
        select(
            app_openings.c.id, app_openings.c.person_id, app_openings.c.effective_at, app_openings.c.recorded_at
        ).where(app_openings.c.organization_id == here)
    )
    for fact_id, person_id, effective_at, recorded_at in rows:
        yield AppSeen(_key(OPENING, fact_id), person_key(person_id), effective_at, recorded_at)


def _tax_profiles(reader: Reader, here: int) -> Iterator[TaxProfileChange]:
    for row in _of(reader, tax_profile_changes, here):
        exempt = frozenset(filter(None, row.exempt.split(",")))
        yield TaxProfileChange(_key("t", row.id), row.effective_on, row.recorded_at, row.province, exempt)


def _tax_rates(reader: Reader) -> Iterator[TaxRateChange]:
    for row in _SHARED_ROWS[tax_rate_changes].list(reader):
        yield TaxRateChange(_key("r", row.id), row.province, row.code, row.rate, row.effective_on, row.recorded_at)


def _of(reader: Reader, table: Table, here: int) -> list[Row[Any]]:
    return _ROWS[table].list(reader, here=here)


def _issued(reader: Reader, here: int) -> dict[int, list[IssuedDocument]]:
    """The documents of each closing."""
    rows = reader.execute(
        select(documents.c.closing_id, documents.c.content)
        .where(documents.c.organization_id == here)
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

"""Why somebody is billed, or not: their days of a month, the facts behind each day, who recorded them and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row, Table, or_, select

from data.access.billing import NamedOrganization
from data.billing.bill import Bill
from data.billing.rating import Evidence, RatedMonth
from data.db import Reader
from data.ledgers import EMPLOYMENT, MERGE, OPENING, SWITCH, VOID, parse_key, person_key
from data.models import (
    app_openings,
    employment_changes,
    option_changes,
    option_voids,
    people,
    person_merges,
    services,
    vendor_staff,
)
from data.queries.billing import BilledPersonRow, find_billed_person

FactKind = Literal["hired", "moved", "ended", "switched_on", "switched_off", "annulled", "opened", "merged"]
DayKind = Literal["billed", "unbilled", "absent"]

_LEDGERS: dict[str, Table] = {
    EMPLOYMENT: employment_changes,
    SWITCH: option_changes,
    VOID: option_voids,
    OPENING: app_openings,
}


@dataclass(frozen=True)
class FactRow:
    """A row of a ledger. `effective_on` for what takes days, `effective_at` for what takes instants. `recorded_by`: a
    name, None where the server or its console did; `is_by_vendor`: by the vendor's staff."""

    key: str
    kind: FactKind
    effective_on: date | None
    effective_at: datetime | None
    recorded_at: datetime
    recorded_by: str | None
    is_by_vendor: bool
    service: str | None = None
    from_service: str | None = None
    trial_until: date | None = None
    ticket: str = ""
    requested_by: str = ""
    file: str = ""


@dataclass(frozen=True)
class DayRow:
    """`unbilled`: employed, and not billed for it. `facts`: keys of the facts that made it billable."""

    day: date
    kind: DayKind
    service: str | None
    facts: tuple[str, ...]


@dataclass(frozen=True)
class BilledPerson:
    row: BilledPersonRow
    days: list[DayRow]
    facts: list[FactRow]
    merged_into: BilledPersonRow | None


def find_person_evidence(
    reader: Reader, organization: NamedOrganization, bill: Bill, person_id: int
) -> BilledPerson | None:
    row = find_billed_person(reader, organization, bill, person_id)
    if row is None or not row.is_known:
        return None if row is None else BilledPerson(row, [], [], None)
    evidence = bill.rated.evidence(person_key(person_id))
    into = evidence.merged_into
    return BilledPerson(
        row=row,
        days=list(_list_days(bill.rated, evidence)),
        facts=_list_facts(reader, organization, bill, evidence),
        merged_into=find_billed_person(reader, organization, bill, int(into)) if into else None,
    )


def _list_days(rated: RatedMonth, evidence: Evidence) -> Iterator[DayRow]:
    billed = {day.day: day for day in evidence.days}
    stints = rated.stints(evidence.person)
    for number in range(1, rated.month.days + 1):
        day = rated.month.first.replace(day=number)
        if found := billed.get(day):
            # Days of somebody who is not billed (too few, the application not opened) cost nothing.
            kind: DayKind = "billed" if evidence.verdict.is_billed else "unbilled"
            yield DayRow(day, kind, found.service, found.fact_ids)
        else:
            there = next((stint for stint in stints if stint.covers(day)), None)
            yield DayRow(day, "unbilled" if there else "absent", there.service if there else None, ())


def _list_facts(reader: Reader, organization: NamedOrganization, bill: Bill, evidence: Evidence) -> list[FactRow]:
    """In the order in which they took effect."""
    wanted: dict[str, list[int]] = {ledger: [] for ledger in _LEDGERS}
    for key in evidence.fact_ids:
        ledger, row_id = parse_key(key)
        wanted[ledger].append(row_id)
    found = [(ledger, row) for ledger, ids in wanted.items() for row in _read(reader, organization, ledger, ids)]
    found += [(MERGE, row) for row in _read_merges(reader, organization, bill, int(evidence.person))]
    names = _Names(reader, organization, [row for _, row in found])
    facts = [_describe(ledger, row, names) for ledger, row in found]
    return sorted(facts, key=lambda fact: (_day_of(fact), fact.recorded_at))


def _day_of(fact: FactRow) -> date:
    if fact.effective_on is not None:
        return fact.effective_on
    assert fact.effective_at is not None
    return fact.effective_at.date()


def _read(reader: Reader, organization: NamedOrganization, ledger: str, ids: list[int]) -> list[Row[Any]]:
    table = _LEDGERS[ledger]
    found: list[Row[Any]] = reader.execute(
        select(table).where(table.c.organization_id == organization.id, table.c.id.in_(ids))
    ).all()
    return found


def _read_merges(reader: Reader, organization: NamedOrganization, bill: Bill, person_id: int) -> list[Row[Any]]:
    found: list[Row[Any]] = reader.execute(
        select(person_merges).where(
            person_merges.c.organization_id == organization.id,
            or_(person_merges.c.person_id == person_id, person_merges.c.into_person_id == person_id),
            person_merges.c.recorded_at <= bill.rated.cutoff,
        )
    ).all()
    return found


class _Names:
    """Of the services, of who recorded, of the other file of a merge."""

    def __init__(self, reader: Reader, organization: NamedOrganization, rows: Iterable[Row[Any]]) -> None:
        rows = list(rows)
        here = organization.id
        accounts = {row.recorded_by for row in rows if getattr(row, "recorded_by", None)}
        files = {row.person_id for row in rows if hasattr(row, "into_person_id")}
        self._services = dict(
            reader.execute(select(services.c.id, services.c.name).where(services.c.organization_id == here)).all()
        )
        self._vendor = dict(
            reader.execute(
                select(vendor_staff.c.account_id, vendor_staff.c.name).where(vendor_staff.c.account_id.in_(accounts))
            ).all()
        )
        self._recorders, self._files = dict[int, str](), dict[int, str]()
        for row in reader.execute(
            select(people.c.id, people.c.account_id, people.c.given_name, people.c.family_name).where(
                people.c.organization_id == here, people.c.account_id.in_(accounts) | people.c.id.in_(files)
            )
        ):
            self._files[row.id] = f"{row.given_name} {row.family_name}".strip()
            self._recorders[row.account_id] = self._files[row.id]

    def service(self, service_id: int | None) -> str | None:
        return None if service_id is None else self._services[service_id]

    def recorder(self, account_id: int | None) -> tuple[str | None, bool]:
        """Whoever acts for the vendor does so even where they have a file."""
        if account_id is None:
            return None, False
        if account_id in self._vendor:
            return self._vendor[account_id], True
        return self._recorders.get(account_id), False

    def file(self, person_id: int) -> str:
        return self._files[person_id]


def _describe(ledger: str, row: Row[Any], names: _Names) -> FactRow:
    name, is_by_vendor = names.recorder(getattr(row, "recorded_by", None))
    return FactRow(
        key=f"{ledger}{row.id:010d}",
        kind=_kind_of(ledger, row),
        effective_on=row.effective_on if ledger == EMPLOYMENT else None,
        effective_at=None if ledger == EMPLOYMENT else row.effective_at,
        recorded_at=row.recorded_at,
        recorded_by=name,
        is_by_vendor=is_by_vendor,
        service=names.service(getattr(row, "service_id", None)),
        from_service=names.service(getattr(row, "from_service_id", None)),
        trial_until=getattr(row, "trial_until", None),
        ticket=getattr(row, "ticket", ""),
        requested_by=getattr(row, "requested_by", None) or "",
        file=names.file(row.person_id) if ledger == MERGE else "",
    )


def _kind_of(ledger: str, row: Row[Any]) -> FactKind:
    kinds: dict[str, FactKind] = {VOID: "annulled", OPENING: "opened", MERGE: "merged"}
    if ledger == EMPLOYMENT:
        kind: FactKind = row.kind
        return kind
    if ledger == SWITCH:
        return "switched_on" if row.is_on else "switched_off"
    return kinds[ledger]

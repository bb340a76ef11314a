"""The bill of an organization: where the month stands, services, who is behind the figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, case, func, select

from data import clock
from data.access.billing import BilledOrganization, NamedOrganization
from data.billing.bill import Bill
from data.billing.rating import Month, Reason, round_half_up
from data.billing.variance import STEP_KINDS
from data.db import Reader
from data.ledgers import person_key
from data.models import (
    assignments,
    closings,
    departments,
    documents,
    employees,
    hold_changes,
    option_changes,
    people,
    services,
)
from data.queries.invoices import DocumentRow, find_invoice
from data.text import like_pattern

PAGE = 25
WORDS = 5
TREND = 12  # months
FEW = 1000  # ids that a statement may name

MonthState = Literal["nothing", "running", "review", "held", "issued", "paid", "disputed"]
# Which people a list shows: those billed, those not, those billed who never opened the application, or the people of a
# step of the waterfall.
Shown = Literal["billed", "others", "unopened"]
SHOWN: tuple[Shown, ...] = get_args(Shown)


@dataclass(frozen=True)
class ServiceName:
    id: int
    code: str
    name: str


@dataclass(frozen=True)
class MonthFrame:
    """Around a bill: what can be looked at (`first` to `running`), how far the month is, its invoice."""

    first: Month
    running: Month
    state: MonthState
    invoice: DocumentRow | None
    hold_reason: str | None
    services: dict[str, ServiceName]


@dataclass(frozen=True)
class TrendMonth:
    """A month of the trend: net of credits, before taxes. `is_closed` False: not issued yet."""

    month: Month
    cents: int
    is_closed: bool


@dataclass(frozen=True)
class BilledPersonRow:
    """`reason` None: billed. `is_known` False: the facts of the month do not name this person."""

    id: int
    name: str
    number: str
    service: str | None
    departments: str
    days: int
    cents: int
    reason: Reason | None
    has_opened: bool
    step_cents: int | None = None
    is_known: bool = True


Order = Literal["name", "number", "service", "days"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True)
class BilledPeoplePage:
    rows: list[BilledPersonRow]
    count: int
    number: int

    @property
    def first(self) -> int:
        return self.number * PAGE + 1

    @property
    def last(self) -> int:
        return self.number * PAGE + len(self.rows)


@dataclass(frozen=True)
class DepartmentRow:
    """The people of a service who are billed, by department; `name` None: in none."""

    name: str | None
    heads: int
    days: int
    cents: int


def get_month_frame(reader: Reader, organization: BilledOrganization, month: Month) -> MonthFrame:
    began = reader.execute(
        select(func.min(option_changes.c.effective_at)).where(
            option_changes.c.organization_id == organization.id, option_changes.c.is_on
        )
    ).scalar()
    running = Month.of(clock.local_day(reader.now, organization.timezone))
    first = Month.of(clock.local_day(began, organization.timezone)) if began else running
    invoice = find_invoice(reader, organization, month)
    hold = find_hold(reader, organization)
    return MonthFrame(
        first=min(first, running),
        running=running,
        state=_find_state(
            invoice,
            is_closed=is_month_closed(reader, organization, month),
            is_over=month < running,
            is_held=hold is not None,
        ),
        invoice=invoice,
        hold_reason=hold,
        services=list_service_names(reader, organization),
    )


def _find_state(invoice: DocumentRow | None, *, is_closed: bool, is_over: bool, is_held: bool) -> MonthState:
    if invoice is not None:
        return "disputed" if invoice.is_disputed else "paid" if invoice.balance_cents <= 0 else "issued"
    if is_closed:
        return "nothing"
    if is_held:
        return "held"
    return "review" if is_over else "running"


def is_month_closed(reader: Reader, organization: BilledOrganization, month: Month) -> bool:
    closed = select(closings.c.id).where(
        closings.c.organization_id == organization.id, closings.c.kind == "month", closings.c.period == month.first
    )
    return reader.execute(closed).first() is not None


def find_hold(reader: Reader, organization: BilledOrganization) -> str | None:
    """Why the closing is on hold, while it is."""
    row = reader.execute(
        select(hold_changes.c.is_on, hold_changes.c.reason)
        .where(hold_changes.c.organization_id == organization.id)
        .order_by(hold_changes.c.id.desc())
        .limit(1)
    ).one_or_none()
    return row.reason if row is not None and row.is_on else None


def list_service_names(reader: Reader, organization: BilledOrganization) -> dict[str, ServiceName]:
    rows = reader.execute(
        select(services.c.id, services.c.code, services.c.name)
        .where(services.c.organization_id == organization.id)
        .order_by(services.c.name)
    )
    return {code: ServiceName(id, code, name) for id, code, name in rows}


def list_trend(reader: Reader, organization: BilledOrganization, bill: Bill) -> list[TrendMonth]:
    """The twelve months until the bill's, by the month that was billed: catch-ups stand in the month that issued them,
    credits in the month they are for."""
    months = [bill.month.shift(number - TREND + 1) for number in range(TREND)]
    sign = _signed_subtotal()
    sums = dict(
        reader.execute(
            select(documents.c.period, func.sum(sign))
            .where(documents.c.organization_id == organization.id, documents.c.period >= months[0].first)
            .group_by(documents.c.period)
        ).all()
    )
    closed = set(
        reader.execute(
            select(closings.c.period).where(closings.c.organization_id == organization.id, closings.c.kind == "month")
        ).scalars()
    )
    found = [TrendMonth(month, int(sums.get(month.first, 0)), month.first in closed) for month in months]
    if bill.stored is None:
        found[-1] = TrendMonth(bill.month, bill.invoice.subtotal_cents if bill.invoice else 0, is_closed=False)
    return found


def _signed_subtotal() -> ColumnElement[int]:
    return case((documents.c.kind == "invoice", documents.c.subtotal_cents), else_=-documents.c.subtotal_cents)


def choose_people(bill: Bill, shown: str, service: str | None) -> Collection[str]:
    """The keys of those whom a list shows. `shown`: one of SHOWN, or a kind of step."""
    rated = bill.rated
    if shown in STEP_KINDS:
        return {person for step in bill.steps if step.kind == shown for person, _ in step.people}
    if shown == "others":
        return [person for person, verdict in rated.people.items() if not verdict.is_billed]
    chosen: Iterable[str] = bill.services.get(service, ()) if service is not None else rated.billed
    if shown == "unopened":
        return [person for person in chosen if person not in rated.seen]
    return chosen if isinstance(chosen, Collection) else list(chosen)


def list_billed_people(
    reader: Reader,
    organization: NamedOrganization,
    bill: Bill,
    *,
    shown: str = "billed",
    service: str | None = None,
    search: str = "",
    order: Order = "name",
    page: int = 0,
) -> BilledPeoplePage:
    """The last page where there are not so many. Whatever the order, equals follow each other by name."""
    chosen = {int(person) for person in choose_people(bill, shown, service)}
    if order == "name":
        count, number, ids = _find_page(reader, organization, chosen, search, page)
    else:
        found = _sort_people(reader, organization, bill, chosen, search, order)
        count, number = len(found), _clamp(page, len(found))
        ids = found[number * PAGE : (number + 1) * PAGE]
    return BilledPeoplePage(_describe_people(reader, organization, bill, ids, shown), count, number)


def _find_page(
    reader: Reader, organization: NamedOrganization, chosen: set[int], search: str, page: int
) -> tuple[int, int, list[int]]:
    """How many there are, the number of the page, and who is on it. Of many, no more are read than until there."""
    query = _select_ids(organization, search)
    if search.strip() or len(chosen) <= FEW:
        narrowed = query.where(people.c.id.in_(chosen)) if len(chosen) <= FEW else query
        found = [id for id in reader.execute(narrowed).scalars() if id in chosen]
        number = _clamp(page, len(found))
        return len(found), number, found[number * PAGE : (number + 1) * PAGE]
    number = _clamp(page, len(chosen))
    ordered = (id for id in reader.execute(query).scalars() if id in chosen)
    return len(chosen), number, list(islice(ordered, number * PAGE, (number + 1) * PAGE))


def _sort_people(
    reader: Reader, organization: NamedOrganization, bill: Bill, chosen: set[int], search: str, order: Order
) -> list[int]:
    """All of them, by what the rating says of each (most days first), or by their number."""
    query = _select_ids(organization, search)
    if order == "number":
        query = query.order_by(None).order_by(func.length(employees.c.number), employees.c.number, people.c.id)
    found = [id for id in reader.execute(query).scalars() if id in chosen]
    verdicts = bill.rated.people
    if order == "days":
        found.sort(key=lambda id: -verdicts[person_key(id)].day_count if person_key(id) in verdicts else 0)
    elif order == "service":
        found.sort(key=lambda id: (verdicts[person_key(id)].service or "") if person_key(id) in verdicts else "")
    return found


def _clamp(page: int, count: int) -> int:
    return max(0, min(page, (count - 1) // PAGE))


def _select_ids(organization: NamedOrganization, search: str) -> Select[tuple[int]]:
    """Everybody of the organization whose name, or number, holds every word of the search, by name."""
    words = [like_pattern(word) for word in search.split()[:WORDS]]
    return (
        select(people.c.id)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(
            people.c.organization_id == organization.id,
            *(
                people.c.search_name.like(word, escape="\\") | func.lower(employees.c.number).like(word, escape="\\")
                for word in words
            ),
        )
        .order_by(people.c.search_name, people.c.id)
    )


def _describe_people(
    reader: Reader, organization: NamedOrganization, bill: Bill, ids: list[int], shown: str = ""
) -> list[BilledPersonRow]:
    places = list_departments(reader, organization, bill.month, people.c.id.in_(ids))
    steps = {person: cents for step in bill.steps if step.kind == shown for person, cents in step.people}
    rows = {
        row.id: row
        for row in reader.execute(
            select(people.c.id, people.c.given_name, people.c.family_name, employees.c.number)
            .outerjoin(employees, employees.c.person_id == people.c.id)
            .where(people.c.id.in_(ids))
        )
    }
    return [_describe_person(bill, rows[id], places.get(id, {}), steps) for id in ids]


def find_billed_person(
    reader: Reader, organization: NamedOrganization, bill: Bill, person_id: int
) -> BilledPersonRow | None:
    """None for somebody who is not of the organization."""
    there = select(people.c.id).where(people.c.id == person_id, people.c.organization_id == organization.id)
    if reader.execute(there).first() is None:
        return None
    return _describe_people(reader, organization, bill, [person_id])[0]


def _describe_person(bill: Bill, row: Any, places: dict[str, str], steps: dict[str, Any]) -> BilledPersonRow:
    key = person_key(row.id)
    verdict = bill.rated.people.get(key)
    step = steps.get(key)
    return BilledPersonRow(
        id=row.id,
        name=f"{row.given_name} {row.family_name}".strip(),
        number=row.number or "",
        service=verdict.service if verdict else None,
        departments=places.get(verdict.service or "", "") if verdict else "",
        days=verdict.day_count if verdict else 0,
        cents=bill.cents.get(key, 0),
        reason=verdict.reason if verdict else None if row.number else Reason.NO_FILE,
        has_opened=key in bill.rated.seen,
        step_cents=None if step is None else round_half_up(step),
        is_known=verdict is not None,
    )


def list_departments(
    reader: Reader, organization: BilledOrganization, month: Month, condition: ColumnElement[bool]
) -> dict[int, dict[str, str]]:
    """Where in its services each person last worked in the month: department by code of service."""
    rows = reader.execute(
        select(assignments.c.person_id, services.c.code, departments.c.name)
        .join(people, people.c.id == assignments.c.person_id)
        .join(services, services.c.id == assignments.c.service_id)
        .join(departments, departments.c.id == assignments.c.department_id)
        .where(
            assignments.c.organization_id == organization.id,
            assignments.c.starts_on <= month.last,
            assignments.c.ends_on.is_(None) | (assignments.c.ends_on >= month.first),
            condition,
        )
        .order_by(assignments.c.starts_on, assignments.c.id)
    )
    found: dict[int, dict[str, str]] = {}
    for person_id, code, name in rows:
        found.setdefault(person_id, {})[code] = name
    return found


def list_department_rows(
    reader: Reader, organization: BilledOrganization, bill: Bill, service: str
) -> list[DepartmentRow]:
    """The line of a service, taken apart; the rows come to it."""
    places = list_departments(reader, organization, bill.month, services.c.code == service)
    found: dict[str | None, list[str]] = {}
    for person in bill.services.get(service, ()):
        found.setdefault(places.get(int(person), {}).get(service), []).append(person)
    return [
        DepartmentRow(
            name,
            len(found[name]),
            sum(bill.rated.people[person].day_count for person in found[name]),
            sum(bill.cents[person] for person in found[name]),
        )
        for name in sorted(found, key=lambda name: (name is None, name or ""))
    ]

"""All organizations in a month: how far each is, what it was invoiced, what is left to pay. And a search over all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Row, func, select

from data import clock
from data.access.billing import Bookkeeper
from data.billing.rating import Month
from data.db import Reader
from data.models import closings, employees, hold_changes, option_changes, organizations, people
from data.queries.billing import MonthState
from data.queries.invoices import DocumentRow, list_month_invoices
from data.text import fold, like_pattern

PAGE = 20
FOUND = 8  # people that a search over everything names

StateFilter = Literal["all", "open", "review", "held", "issued", "paid", "disputed", "nothing"]
STATE_FILTERS: tuple[StateFilter, ...] = get_args(StateFilter)


@dataclass(frozen=True)
class OrganizationBill:
    """`invoice`: of the month, once it is issued."""

    id: int
    name: str
    code: str
    timezone: str
    state: MonthState
    invoice: DocumentRow | None


@dataclass(frozen=True)
class BillList:
    """`states`: how many organizations are in each state, whatever is searched for. Sums are of the whole month."""

    rows: list[OrganizationBill]
    count: int
    number: int
    states: dict[MonthState, int]
    issued_cents: int
    unpaid_cents: int

    @property
    def first(self) -> int:
        return self.number * PAGE + 1

    @property
    def last(self) -> int:
        return self.number * PAGE + len(self.rows)


@dataclass(frozen=True)
class FoundPerson:
    id: int
    name: str
    number: str
    organization_id: int
    organization: str


def list_bills(
    reader: Reader,
    keeper: Bookkeeper,
    month: Month,
    *,
    state: StateFilter = "all",
    search: str = "",
    page: int = 0,
) -> BillList:
    """By name; the last page where there are not so many."""
    rows = [_describe(row, *around) for row, *around in _list_rows(reader, keeper, month)]
    words = fold(search).split()
    matching = [
        row for row in rows if _has(row, state) and all(word in fold(f"{row.name} {row.code}") for word in words)
    ]
    number = max(0, min(page, (len(matching) - 1) // PAGE))
    states: dict[MonthState, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + 1
    invoices = [row.invoice for row in rows if row.invoice]
    return BillList(
        rows=matching[number * PAGE : (number + 1) * PAGE],
        count=len(matching),
        number=number,
        states=states,
        issued_cents=sum(invoice.total_cents for invoice in invoices),
        unpaid_cents=sum(max(0, invoice.balance_cents) for invoice in invoices),
    )


def _is_named(row: OrganizationBill, words: Iterable[str]) -> bool:
    text = fold(f"{row.name} {row.code}")
    return all(word in text for word in words)


def _has(row: OrganizationBill, state: StateFilter) -> bool:
    return state == "all" or row.state == ("running" if state == "open" else state)


def _list_rows(reader: Reader, keeper: Bookkeeper, month: Month) -> Iterable[tuple[Any, ...]]:
    """Each organization with when the option was first on, and whether the month is closed, held, over."""
    began = dict(
        reader.execute(
            select(option_changes.c.organization_id, func.min(option_changes.c.effective_at))
            .where(option_changes.c.is_on)
            .group_by(option_changes.c.organization_id)
        ).all()
    )
    closed = set(
        reader.execute(
            select(closings.c.organization_id).where(closings.c.kind == "month", closings.c.period == month.first)
        ).scalars()
    )
    held = _list_held(reader)
    invoices = {row.organization_id: row for row in list_month_invoices(reader, keeper, month)}
    found = reader.execute(
        select(organizations.c.id, organizations.c.name, organizations.c.code, organizations.c.timezone)
    ).all()
    for row in sorted(found, key=lambda row: (fold(row.name), row.id)):
        today, since = clock.local_day(reader.now, row.timezone), began.get(row.id)
        was_on = since is not None and clock.local_day(since, row.timezone) <= month.last
        yield row, invoices.get(row.id), was_on, row.id in closed, row.id in held, today > month.last


def _list_held(reader: Reader) -> set[int]:
    latest = select(func.max(hold_changes.c.id)).group_by(hold_changes.c.organization_id)
    return set(
        reader.execute(
            select(hold_changes.c.organization_id).where(hold_changes.c.id.in_(latest), hold_changes.c.is_on)
        ).scalars()
    )


def _describe(
    row: Row[Any], invoice: DocumentRow | None, was_on: bool, is_closed: bool, is_held: bool, is_over: bool
) -> OrganizationBill:
    state: MonthState = "review" if is_over else "running"
    if invoice is not None:
        state = "disputed" if invoice.is_disputed else "paid" if invoice.balance_cents <= 0 else "issued"
    elif is_closed or not was_on:
        state = "nothing"
    elif is_held:
        state = "held"
    return OrganizationBill(row.id, row.name, row.code, row.timezone, state, invoice)


def find_people(reader: Reader, _: Bookkeeper, search: str) -> list[FoundPerson]:
    """People of any organization by name or number: a few, for a search over everything."""
    words = [like_pattern(word) for word in search.split()[:5]]
    if not words:
        return []
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            employees.c.number,
            organizations.c.id.label("organization_id"),
            organizations.c.name,
        )
        .join(employees, employees.c.person_id == people.c.id)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .where(
            *(
                people.c.search_name.like(word, escape="\\") | func.lower(employees.c.number).like(word, escape="\\")
                for word in words
            )
        )
        .order_by(people.c.search_name, people.c.id)
        .limit(FOUND)
    )
    return [
        FoundPerson(row.id, f"{row.given_name} {row.family_name}".strip(), row.number, row.organization_id, row.name)
        for row in rows
    ]

"""Who switched the option, when, where and at whose request: every act of an organization's history, and of all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Subquery, Table, and_, func, or_, select, true, union_all

from data.access.options import OptionReviewer, ReviewedOrganization
from data.db import Reader
from data.errors import NotFound
from data.models import option_changes, option_voids, organizations, services, vendor_staff
from data.option import ANNULLED_WITHIN, OptionFact, list_pending, list_spans
from data.text import fold, like_pattern

PAGE_SIZE = 25

Kind = Literal["on", "off", "on_given_up", "off_given_up", "annulled"]
Standing = Literal["due", "done", "given_up", "annulled"]


@dataclass(frozen=True)
class OptionEntry:
    """A line of the history: what was done in one act, under one ticket. `change_id` names the switch it is about;
    `services`: by name, none for the whole organization. `requested_by` None: customer service put its own mistake
    right; `recorded_by` None: at the server's console. `may_be_annulled`: it is on, since a day at most."""

    change_id: int
    kind: Kind
    services: tuple[str, ...]
    effective_at: datetime
    recorded_at: datetime
    ticket: str
    requested_by: str | None
    recorded_by: str | None
    trial_until: date | None
    standing: Standing
    may_be_annulled: bool

    @property
    def is_switch(self) -> bool:
        return self.kind in ("on", "off")


@dataclass(frozen=True)
class LatestEntry:
    """An act, and where: the time is that of the organization."""

    organization_id: int
    organization: str
    timezone: str
    entry: OptionEntry


@dataclass(frozen=True)
class LatestPage:
    """`count`: of all that match; `number`: of the page, from 1."""

    rows: list[LatestEntry]
    count: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def list_latest(reader: Reader, _: OptionReviewer, *, search: str = "", number: int = 1) -> LatestPage:
    """The acts of all organizations, the latest first: of those whose name or code holds every word of the search, or
    under a ticket that holds it."""
    acts = _select_acts(reader, search)
    count: int = reader.execute(select(func.count()).select_from(acts)).scalar_one()
    pages = max(1, -(-count // PAGE_SIZE))
    shown = min(max(number, 1), pages)
    page = reader.execute(
        select(acts)
        .order_by(acts.c.recorded_at.desc(), acts.c.change_id.desc())
        .limit(PAGE_SIZE)
        .offset((shown - 1) * PAGE_SIZE)
    ).all()
    return LatestPage(_describe_acts(reader, page), count, shown)


def get_switch(reader: Reader, organization: ReviewedOrganization, change_id: int) -> OptionEntry:
    """The act of which this is the first row, as it stands today."""
    history = build_history(list_rows(reader, [organization.id]), reader.now)
    found = next((entry for entry in history if entry.is_switch and entry.change_id == change_id), None)
    if found is None:
        raise NotFound()
    return found


def build_history(rows: Iterable[Row[Any]], now: datetime) -> list[OptionEntry]:
    """All acts that one organization's rows tell, the latest first."""
    known = list(rows)
    facts = [build_fact(row) for row in known]
    due = {fact.id for fact in list_pending(list_spans(facts), now)}
    running = {
        span.begun_by[0].id
        for span in list_spans(facts)
        if span.covers(now) and now - span.starts_at <= ANNULLED_WITHIN
    }
    entries = [*_list_switches(known, due, running), *_list_undone(known)]
    return sorted(entries, key=lambda entry: (entry.recorded_at, entry.change_id), reverse=True)


def _list_switches(rows: Sequence[Row[Any]], due: set[int], running: set[int]) -> Iterator[OptionEntry]:
    for _, group in groupby(rows, key=lambda row: (row.recorded_at, row.ticket)):
        act = list(group)
        first = act[0]
        undone = next((row for row in reversed(rows) if _undoes(first, row)), None)
        yield OptionEntry(
            change_id=first.id if undone is None else undone.id,
            kind="off_given_up" if undone is not None else "on" if first.is_on else "off",
            services=_name_services(act),
            effective_at=first.effective_at,
            recorded_at=first.recorded_at,
            ticket=first.ticket,
            requested_by=first.requested_by,
            recorded_by=first.recorder,
            trial_until=None if undone is not None else first.trial_until,
            standing=_find_standing(act, due, is_undone=any(_undoes(row, first) for row in rows)),
            may_be_annulled=undone is None and any(row.id in running for row in act),
        )


def _undoes(later: Row[Any], planned: Row[Any]) -> bool:
    """A planned end was followed by its opposite at the same instant."""
    is_opposite = later.is_on and not planned.is_on and later.id > planned.id
    is_same = (later.service_id, later.effective_at) == (planned.service_id, planned.effective_at)
    return is_opposite and is_same


def _find_standing(act: Sequence[Row[Any]], due: set[int], *, is_undone: bool) -> Standing:
    if is_undone:
        return "given_up"
    if all(row.voided_at is not None for row in act):
        return "given_up" if act[0].voided_at <= act[0].effective_at else "annulled"
    return "due" if any(row.id in due for row in act) else "done"


def _list_undone(rows: Sequence[Row[Any]]) -> Iterator[OptionEntry]:
    voided = sorted((row for row in rows if row.voided_at is not None), key=lambda row: (row.voided_at, row.id))
    for (_, ticket), group in groupby(voided, key=lambda row: (row.voided_at, row.void_ticket)):
        act = list(group)
        first = act[0]
        yield OptionEntry(
            change_id=first.id,
            kind="on_given_up" if first.voided_at <= first.effective_at else "annulled",
            services=_name_services(act),
            effective_at=first.effective_at,
            recorded_at=first.voided_at,
            ticket=ticket,
            requested_by=first.void_requested_by,
            recorded_by=first.void_recorder,
            trial_until=None,
            standing="done",
            may_be_annulled=False,
        )


def _name_services(act: Iterable[Row[Any]]) -> tuple[str, ...]:
    return tuple(sorted((row.service for row in act if row.service is not None), key=fold))


def _select_acts(reader: Reader, search: str) -> Subquery:
    """One row for each: what was recorded at once, in one organization, under one ticket."""
    words = fold(search).split()
    switches, undone = (
        select(table.c.organization_id, table.c.recorded_at, table.c.ticket, func.min(key).label("change_id"))
        .group_by(table.c.organization_id, table.c.recorded_at, table.c.ticket)
        .where(_matches(reader, table, words))
        for table, key in ((option_changes, option_changes.c.id), (option_voids, option_voids.c.option_change_id))
    )
    return union_all(switches, undone).subquery("acts")


def _matches(reader: Reader, table: Table, words: Sequence[str]) -> ColumnElement[bool]:
    if not words:
        return true()
    named = [
        row.id
        for row in reader.execute(select(organizations.c.id, organizations.c.name, organizations.c.code))
        if all(word in fold(f"{row.name} {row.code}") for word in words)
    ]
    ticket = and_(*(func.lower(table.c.ticket).like(like_pattern(word), escape="\\") for word in words))
    return or_(table.c.organization_id.in_(named), ticket)


def _describe_acts(reader: Reader, page: Sequence[Row[Any]]) -> list[LatestEntry]:
    ids = {row.organization_id for row in page}
    names = {
        row.id: row
        for row in reader.execute(
            select(organizations.c.id, organizations.c.name, organizations.c.timezone).where(
                organizations.c.id.in_(ids)
            )
        )
    }
    known: dict[int, list[Row[Any]]] = {}
    for row in list_rows(reader, ids):
        known.setdefault(row.organization_id, []).append(row)
    told = {
        (here, entry.recorded_at, entry.ticket): entry
        for here, rows in known.items()
        for entry in build_history(rows, reader.now)
    }
    return [
        LatestEntry(
            row.organization_id,
            names[row.organization_id].name,
            names[row.organization_id].timezone,
            told[row.organization_id, row.recorded_at, row.ticket],
        )
        for row in page
    ]


_void_staff = vendor_staff.alias("void_staff")


def list_rows(reader: Reader, organization_ids: Collection[int]) -> list[Row[Any]]:
    """Every switch with what took it back, in the order of their recording."""
    query = (
        select(
            option_changes,
            services.c.name.label("service"),
            vendor_staff.c.name.label("recorder"),
            option_voids.c.effective_at.label("voided_at"),
            option_voids.c.ticket.label("void_ticket"),
            option_voids.c.requested_by.label("void_requested_by"),
            _void_staff.c.name.label("void_recorder"),
        )
        .outerjoin(services, services.c.id == option_changes.c.service_id)
        .outerjoin(vendor_staff, vendor_staff.c.account_id == option_changes.c.recorded_by)
        .outerjoin(option_voids, option_voids.c.option_change_id == option_changes.c.id)
        .outerjoin(_void_staff, _void_staff.c.account_id == option_voids.c.recorded_by)
        .where(option_changes.c.organization_id.in_(organization_ids))
        .order_by(option_changes.c.id)
    )
    return list(reader.execute(query).all())


def build_fact(row: Row[Any]) -> OptionFact:
    return OptionFact(row.service_id, row.is_on, row.effective_at, row.voided_at, row.id)

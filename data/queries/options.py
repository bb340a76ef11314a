"""The option of an organization as a screen shows it: its state, its whole history, and what a switch would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, exists, false, func, not_, or_, select

from data import clock
from data.access.directory import ShapedService, SupportedOrganization
from data.access.options import ReviewedOrganization
from data.access.presence import covers, get_today, is_active, is_employed_in, is_equipped, is_named_manager_of
from data.access.rights import list_option_facts
from data.db import Reader
from data.models import (
    assignments,
    employees,
    option_changes,
    option_voids,
    people,
    services,
    vendor_staff,
)
from data.option import ANNULLED_WITHIN, OptionFact, fold_option, list_pending, list_spans
from data.text import fold

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
class ServiceOption:
    """`is_on`: for its people today, through the organization or by its own switch (`has_own`)."""

    id: int
    name: str
    is_on: bool
    has_own: bool
    since: date | None
    employed: int
    equipped: int


@dataclass(frozen=True)
class OrganizationOption:
    """`employed` and `equipped` today, each person once; `history`: the latest first."""

    is_everywhere: bool
    since: date | None
    services: list[ServiceOption]
    employed: int
    equipped: int
    history: list[OptionEntry]

    @property
    def is_on_somewhere(self) -> bool:
        return self.is_everywhere or any(service.is_on for service in self.services)

    @property
    def due(self) -> list[OptionEntry]:
        """What is planned, the first to come first."""
        return sorted((each for each in self.history if each.standing == "due"), key=lambda each: each.effective_at)


@dataclass(frozen=True)
class SwitchFigures:
    """What a switch would do to people, on the day it takes effect. `gaining` or `losing`: the icon in their menu;
    `launching`: who launches public conversations there; `employed`, `without_app`: in the services that change;
    `without_service`: have a file and work nowhere yet. `staying_on`: services, by name, that keep the chat."""

    gaining: int
    losing: int
    launching: int
    employed: int
    without_app: int
    without_service: int
    staying_on: list[str]


def get_organization_option(reader: Reader, organization: ReviewedOrganization) -> OrganizationOption:
    today = get_today(reader, organization.id)
    rows = _list_rows(reader, [organization.id])
    facts = [_build_fact(row) for row in rows]
    heads = _count_heads(reader, organization.id, today)
    everywhere = fold_option(facts, reader.now).organization_on
    since = _find_starts(facts, reader.now, organization.timezone)
    here = _list_open_services(reader, organization.id, today)
    employed, equipped = heads.get(None, (0, 0))
    return OrganizationOption(
        is_everywhere=everywhere,
        since=since.get(None),
        services=[
            ServiceOption(
                service_id,
                name,
                is_on=everywhere or service_id in since,
                has_own=service_id in since,
                since=since.get(service_id),
                employed=heads.get(service_id, (0, 0))[0],
                equipped=heads.get(service_id, (0, 0))[1],
            )
            for service_id, name in here
        ],
        employed=employed,
        equipped=equipped,
        history=build_history(rows, reader.now),
    )


def count_switch(
    reader: Reader, organization: SupportedOrganization, chosen: Sequence[ShapedService], *, is_on: bool, at: datetime
) -> SwitchFigures:
    day = clock.local_day(at, organization.timezone)
    here = dict(_list_open_services(reader, organization.id, day))
    facts = list_option_facts(reader, [organization.id]).get(organization.id, [])
    scopes: list[int | None] = [*(service.id for service in chosen)] or [None]
    done = [*facts, *(OptionFact(scope, is_on, at) for scope in scopes)]
    before, after = (_list_covered(each, here, at) for each in (facts, done))
    figures = reader.execute(_select_figures(reader, organization.id, day, before, after)).mappings().one()
    staying = [] if is_on else sorted((here[service_id] for service_id in after), key=fold)
    return SwitchFigures(**figures, staying_on=staying)


def build_history(rows: Iterable[Row[Any]], now: datetime) -> list[OptionEntry]:
    """All acts that one organization's rows tell, the latest first."""
    known = list(rows)
    facts = [_build_fact(row) for row in known]
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


_void_staff = vendor_staff.alias("void_staff")


def _list_rows(reader: Reader, organization_ids: Collection[int]) -> list[Row[Any]]:
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


def _build_fact(row: Row[Any]) -> OptionFact:
    return OptionFact(row.service_id, row.is_on, row.effective_at, row.voided_at, row.id)


def _find_starts(facts: Iterable[OptionFact], now: datetime, timezone: str) -> dict[int | None, date]:
    """Of what is on now, by scope."""
    return {
        span.service_id: clock.local_day(span.starts_at, timezone) for span in list_spans(facts) if span.covers(now)
    }


def _list_open_services(reader: Reader, organization_id: int, day: date) -> list[tuple[int, str]]:
    rows = reader.execute(
        select(services.c.id, services.c.name).where(
            services.c.organization_id == organization_id,
            or_(services.c.closed_on.is_(None), services.c.closed_on > day),
        )
    )
    return sorted(((row.id, row.name) for row in rows), key=lambda found: (fold(found[1]), found[0]))


def _count_heads(reader: Reader, organization_id: int, day: date) -> dict[int | None, tuple[int, int]]:
    """Employed, and of these with the application: by service, and (None) in all, each person once."""
    rows = reader.execute(
        select(assignments.c.person_id, assignments.c.service_id, is_equipped(reader))
        .join(people, people.c.id == assignments.c.person_id)
        .where(assignments.c.organization_id == organization_id, covers(day))
    )
    found: dict[int | None, dict[int, bool]] = {}
    for person_id, service_id, has_app in rows:
        for scope in (service_id, None):
            found.setdefault(scope, {})[person_id] = bool(has_app)
    return {scope: (len(heads), sum(heads.values())) for scope, heads in found.items()}


def _list_covered(facts: Iterable[OptionFact], service_ids: Iterable[int], at: datetime) -> set[int]:
    state = fold_option(facts, at)
    return {service_id for service_id in service_ids if state.covers(service_id)}


def _select_figures(reader: Reader, organization_id: int, day: date, before: set[int], after: set[int]) -> Any:
    changing, works = before ^ after, is_employed_in(before ^ after, day)
    had, has = (_sees_chat(each, day) for each in (before, after))
    figures = {
        "gaining": and_(has, not_(had)),
        "losing": and_(had, not_(has)),
        "launching": and_(is_active(), or_(is_named_manager_of(changing, day), people.c.is_administrator)),
        "employed": works,
        "without_app": and_(works, not_(is_equipped(reader))),
        "without_service": _waits_for_service(day),
    }
    counts = [func.count().filter(condition).label(name) for name, condition in figures.items()]
    return select(*counts).where(people.c.organization_id == organization_id)


def _sees_chat(service_ids: set[int], day: date) -> ColumnElement[bool]:
    """The person of the enclosing query has the icon when the chat is on there."""
    if not service_ids:
        return false()
    belongs = or_(
        is_employed_in(service_ids, day), is_named_manager_of(service_ids, day), people.c.is_administrator.is_(True)
    )
    return and_(is_active(), belongs)


def _waits_for_service(day: date) -> ColumnElement[bool]:
    """Has a file, works nowhere that day, and has not left: nobody said where, or the first day is to come."""
    own = select(assignments.c.id).where(assignments.c.person_id == people.c.id).correlate(people)
    has_file = exists(select(employees.c.person_id).where(employees.c.person_id == people.c.id).correlate(people))
    ever, later = exists(own), exists(own.where(assignments.c.starts_on > day))
    return and_(has_file, not_(exists(own.where(covers(day)))), or_(not_(ever), later))

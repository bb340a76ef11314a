"""What a switch of the option would do to people, before it is confirmed (R3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select

from data import clock, db, offload
from data.access.billing import BilledOrganization
from data.access.directory import ShapedService, SupportedOrganization
from data.access.presence import covers, is_active, is_employed_in, is_equipped, is_named_manager_of
from data.access.rights import list_option_facts
from data.billing.foresight import ForeseenBill, foresee_switch
from data.billing.rating import Facts, NoPriceInForce, OptionChange
from data.billing.taxes import NoTaxes
from data.db import Reader
from data.ledgers import read_facts
from data.models import assignments, employees, people, services
from data.option import OptionFact, fold_option
from data.queries.options import list_open_on
from data.text import fold

SUPPOSED = "~"  # the key of a fact that is not recorded: after those that are


@dataclass(frozen=True)
class SwitchFigures:
    """What a switch would do to people, on the day it takes effect. `gaining` or `losing`: the icon in their menu;
    `launching`: who launches public conversations there; `employed`, `without_app`: in the services that change;
    `without_service`: have a file and work nowhere yet. `staying_on`: services, by name, that keep the chat.
    `is_on_already`: where it is to go on it is on, with the whole organization."""

    gaining: int
    losing: int
    launching: int
    employed: int
    without_app: int
    without_service: int
    staying_on: list[str]
    is_on_already: bool = False


def count_switch(
    reader: Reader, organization: SupportedOrganization, chosen: Sequence[ShapedService], *, is_on: bool, at: datetime
) -> SwitchFigures:
    day = clock.local_day(at, organization.timezone)
    here = dict(list_open_on(reader, organization.id, day))
    facts = list_option_facts(reader, [organization.id]).get(organization.id, [])
    scopes: list[int | None] = [*(service.id for service in chosen)] or [None]
    done = [*facts, *(OptionFact(scope, is_on, at) for scope in scopes)]
    before, after = (_list_covered(each, here, at) for each in (facts, done))
    figures = reader.execute(_select_figures(reader, organization.id, day, before, after)).mappings().one()
    staying = [] if is_on else sorted((here[service_id] for service_id in after), key=fold)
    return SwitchFigures(**figures, staying_on=staying, is_on_already=is_on and before == after != set())


def foresee_bills(
    reader: Reader,
    organization: BilledOrganization,
    chosen: Sequence[ShapedService],
    moments: Mapping[str, datetime],
    *,
    is_on: bool,
    trial_until: date | None,
) -> dict[str, ForeseenBill | None]:
    """What the same switch would cost at each of these moments; None where the price or the taxes are not known."""
    scopes = _list_codes(reader, chosen) or [None]
    switches = {
        name: [OptionChange(SUPPOSED, at, reader.now, is_on, scope, SUPPOSED, trial_until) for scope in scopes]
        for name, at in moments.items()
    }
    return offload.run(_foresee_all, organization, switches, reader.now)


def _foresee_all(
    organization: BilledOrganization, switches: Mapping[str, Sequence[OptionChange]], now: datetime
) -> dict[str, ForeseenBill | None]:
    """In a thread, which reads for itself."""
    with db.read_apart() as reader:
        facts = read_facts(reader, organization)
    return {name: _foresee(facts, changes, now) for name, changes in switches.items()}


def _foresee(facts: Facts, changes: Sequence[OptionChange], now: datetime) -> ForeseenBill | None:
    try:
        return foresee_switch(facts, changes, now)
    except (NoPriceInForce, NoTaxes):
        return None


def _list_codes(reader: Reader, chosen: Sequence[ShapedService]) -> list[str | None]:
    ids = [service.id for service in chosen]
    return list(reader.execute(select(services.c.code).where(services.c.id.in_(ids))).scalars())


def _list_covered(facts: Iterable[OptionFact], service_ids: Iterable[int], at: datetime) -> set[int]:
    state = fold_option(facts, at)
    return {service_id for service_id in service_ids if state.covers(service_id)}


def _select_figures(reader: Reader, organization_id: int, day: date, before: set[int], after: set[int]) -> Any:
    changing, works = before ^ after, is_employed_in(before ^ after, day)
    had, has = (_sees_chat(each, day) for each in (before, after))
    figures = {
        "gaining": and_(has, not_(had)),
        "losing": and_(had, not_(has)),
        "launching": _leads(changing, day),
        "employed": works,
        "without_app": and_(works, not_(is_equipped(reader))),
        "without_service": _waits_for_service(day),
    }
    counts = [func.count().filter(condition).label(name) for name, condition in figures.items()]
    return select(*counts).where(people.c.organization_id == organization_id)


def _leads(service_ids: set[int], day: date) -> ColumnElement[bool]:
    if not service_ids:
        return false()
    return and_(is_active(), or_(is_named_manager_of(service_ids, day), people.c.is_administrator))


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

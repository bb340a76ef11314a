"""Employment facts, recorded and folded into assignments: hire, assign, move, end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select

from data.access.directory import AdministeredEmployee, ShapedDepartment, ShapedOrganization, ShapedService
from data.access.presence import get_today
from data.access.rights import change_rights
from data.actions.audit import audit
from data.actions.sessions import replace_links_beyond
from data.db import Reader, UnitOfWork
from data.employment import (
    EmploymentFact,
    Stint,
    find_last_day,
    fold_employment,
    plan_end,
    plan_hire,
    plan_main_place,
    plan_move,
    plan_return,
    settle,
)
from data.errors import DateInvalid, EndBeforeStart, NotEmployedThen, NotFound, PlaceClosed, PrimaryTaken
from data.models import assignments, departments, employment_changes, services

EARLIEST = date(1940, 1, 1)
FURTHEST = timedelta(days=2 * 366)
INSTANT = timedelta(milliseconds=1)

Facts = Mapping[int, list[EmploymentFact]]


def do_assign(
    uow: UnitOfWork,
    employee: AdministeredEmployee,
    service: ShapedService,
    department: ShapedDepartment | None,
    starts_on: date,
    *,
    is_primary: bool,
) -> None:
    """One more service for an employee, or the return of one who had left."""
    organization = employee.organization
    check_day(uow, organization, starts_on)
    check_place(uow, service, department)
    if is_primary and _has_primary_after(uow, employee, starts_on):
        raise PrimaryTaken()
    new = Stint(service.id, department.id if department else None, starts_on, None, is_primary)
    facts = plan_hire(_list_own_facts(uow, employee), new, get_today(uow, organization.id))
    record_facts(uow, organization, {employee.person_id: facts})
    _audit(uow, employee, "employee.assigned", service=service.id, on=starts_on)


def do_move(
    uow: UnitOfWork,
    employee: AdministeredEmployee,
    from_service: ShapedService,
    service: ShapedService,
    department: ShapedDepartment | None,
    moves_on: date,
) -> None:
    """The first ends the day before, the second starts that day and keeps the primary mark."""
    organization = employee.organization
    check_day(uow, organization, moves_on)
    check_place(uow, service, department)
    fact = EmploymentFact(
        "moved", moves_on, service.id, department.id if department else None, from_service_id=from_service.id
    )
    facts = plan_move(_list_own_facts(uow, employee), fact)
    record_facts(uow, organization, {employee.person_id: facts})
    _audit(uow, employee, "employee.moved", service=service.id, on=moves_on)


def do_end(uow: UnitOfWork, employee: AdministeredEmployee, ends_on: date) -> None:
    """The last day, included, in all services; the chat ends at the midnight after it (R9)."""
    organization = employee.organization
    check_day(uow, organization, ends_on)
    facts = _list_own_facts(uow, employee)
    stints = fold_employment(facts)
    if stints and ends_on < min(stint.starts_on for stint in stints):
        raise EndBeforeStart()
    planned = plan_end(facts, ends_on, get_today(uow, organization.id))
    record_facts(uow, organization, {employee.person_id: planned})
    _audit(uow, employee, "employee.ended", on=ends_on)


def do_change_departure(uow: UnitOfWork, employee: AdministeredEmployee, ends_on: date | None) -> None:
    """Another last day than the one that is planned, or (None) no departure: then and for a later day, a return the
    day after the one that was known, in the same places."""
    organization = employee.organization
    facts = _list_own_facts(uow, employee)
    stints = fold_employment(facts)
    known = find_last_day(stints)
    if known is None or known < get_today(uow, organization.id):
        raise NotEmployedThen()
    if ends_on is not None and ends_on <= known:
        do_end(uow, employee, ends_on)
        return
    if ends_on is not None:
        check_day(uow, organization, ends_on)
    staying = [replace(stint, ends_on=ends_on) for stint in stints if stint.ends_on == known]
    _check_open(uow, staying)
    record_facts(uow, organization, {employee.person_id: plan_return(facts, staying, known)})
    if ends_on is None:
        _audit(uow, employee, "employee.departure_cancelled")
    else:
        _audit(uow, employee, "employee.departure_changed", on=ends_on)


def do_end_service(uow: UnitOfWork, employee: AdministeredEmployee, service: ShapedService, ends_on: date) -> None:
    """The last day in one of several services, today at the earliest; the day before its first gives up work that was
    to come. Told as an end of all work that day and a return the day after in all the other places; one of them
    becomes the main one where that ended."""
    organization = employee.organization
    check_day(uow, organization, ends_on)
    if ends_on < get_today(uow, organization.id):
        raise DateInvalid()
    facts = _list_own_facts(uow, employee)
    stints = fold_employment(facts)
    if not any(s.service_id == service.id and (s.ends_on is None or s.ends_on > ends_on) for s in stints):
        raise NotEmployedThen()
    staying = plan_main_place([stint for stint in stints if stint.service_id != service.id], ends_on)
    ended = [EmploymentFact("ended", ends_on), *plan_return(facts, staying, ends_on)]
    record_facts(uow, organization, {employee.person_id: ended})
    _audit(uow, employee, "employee.service_ended", service=service.id, on=ends_on)


def check_day(reader: Reader, organization: ShapedOrganization, day: date) -> None:
    if not EARLIEST <= day <= get_today(reader, organization.id) + FURTHEST:
        raise DateInvalid()


def check_place(uow: UnitOfWork, service: ShapedService, department: ShapedDepartment | None) -> None:
    """A department is one of its service, and nobody new comes to what is closed or about to be."""
    if department is not None and department.service_id != service.id:
        raise NotFound()
    places = [(services, service.id)] + ([(departments, department.id)] if department else [])
    for table, place_id in places:
        if uow.execute(select(table.c.closed_on).where(table.c.id == place_id)).scalar_one() is not None:
            raise PlaceClosed()


def record_facts(uow: UnitOfWork, organization: ShapedOrganization, facts: Facts) -> None:
    """Append the facts of many people at once and let their assignments follow; their rights are looked at again.
    `ChangePlanned` where a bill could not be told the same days as the directory."""
    known = _list_facts(uow, facts.keys())
    at = {person_id: _find_moment(known.get(person_id, ()), uow.now) for person_id in facts}
    facts = {
        person_id: settle(known.get(person_id, ()), planned, at[person_id], organization.timezone)
        for person_id, planned in facts.items()
    }
    rows = [
        {
            "organization_id": organization.id,
            "person_id": person_id,
            "kind": fact.kind,
            "effective_on": fact.effective_on,
            "service_id": fact.service_id,
            "department_id": fact.department_id,
            "from_service_id": fact.from_service_id,
            "is_primary": fact.is_primary,
            "recorded_at": at[person_id],
            "recorded_by": organization.actor.account_id if organization.actor else None,
        }
        for person_id, person_facts in facts.items()
        for fact in person_facts
    ]
    if not rows:
        return
    uow.execute(insert(employment_changes), rows)
    _project(uow, organization.id, facts.keys())
    for service_id, person_ids in _list_newcomers(facts).items():
        for chunk in _chunks(person_ids):
            replace_links_beyond(uow, organization.id, service_id, chunk)
    change_rights(uow, organization.id, facts.keys())


def _find_moment(known: Iterable[EmploymentFact], now: datetime) -> datetime:
    """After all that was recorded of the person before: a bill tells two acts of one instant apart by their kinds."""
    return max([now, *(fact.recorded_at + INSTANT for fact in known if fact.recorded_at is not None)])


def _list_newcomers(facts: Facts) -> dict[int, list[int]]:
    """By service, those who come to work there."""
    newcomers: dict[int, list[int]] = {}
    for person_id, person_facts in facts.items():
        for fact in person_facts:
            if fact.service_id is not None:
                newcomers.setdefault(fact.service_id, []).append(person_id)
    return newcomers


def list_stints(uow: UnitOfWork, person_ids: Iterable[int]) -> dict[int, list[Stint]]:
    """What the facts of these people come to, person by person."""
    return {person_id: fold_employment(known) for person_id, known in _list_facts(uow, person_ids).items()}


def _list_facts(uow: UnitOfWork, person_ids: Iterable[int]) -> dict[int, list[EmploymentFact]]:
    """By person, in the order of their recording."""
    facts: dict[int, list[EmploymentFact]] = {}
    for chunk in _chunks(list(person_ids)):
        rows = uow.execute(
            select(
                employment_changes.c.person_id,
                employment_changes.c.kind,
                employment_changes.c.effective_on,
                employment_changes.c.service_id,
                employment_changes.c.department_id,
                employment_changes.c.from_service_id,
                employment_changes.c.is_primary,
                employment_changes.c.recorded_at,
            )
            .where(employment_changes.c.person_id.in_(chunk))
            .order_by(employment_changes.c.id)
        )
        for person_id, *fact in rows:
            facts.setdefault(person_id, []).append(EmploymentFact(*fact))
    return facts


def _check_open(uow: UnitOfWork, stints: Iterable[Stint]) -> None:
    """Nobody goes on in what is closed, or about to be."""
    for stint in stints:
        for table, place_id in ((services, stint.service_id), (departments, stint.department_id)):
            closed = select(table.c.id).where(table.c.id == place_id, table.c.closed_on.is_not(None))
            if uow.execute(closed).first():
                raise PlaceClosed()


def _has_primary_after(uow: UnitOfWork, employee: AdministeredEmployee, day: date) -> bool:
    return any(s.is_primary and (s.ends_on is None or s.ends_on >= day) for s in _list_own(uow, employee))


def _list_own(uow: UnitOfWork, employee: AdministeredEmployee) -> list[Stint]:
    return list_stints(uow, [employee.person_id]).get(employee.person_id, [])


def _list_own_facts(uow: UnitOfWork, employee: AdministeredEmployee) -> list[EmploymentFact]:
    return _list_facts(uow, [employee.person_id]).get(employee.person_id, [])


def _project(uow: UnitOfWork, organization_id: int, person_ids: Iterable[int]) -> None:
    ids = list(person_ids)
    for chunk in _chunks(ids):
        uow.execute(delete(assignments).where(assignments.c.person_id.in_(chunk)))
    rows = [
        {
            "organization_id": organization_id,
            "person_id": person_id,
            "service_id": stint.service_id,
            "department_id": stint.department_id,
            "starts_on": stint.starts_on,
            "ends_on": stint.ends_on,
            "is_primary": stint.is_primary,
        }
        for person_id, stints in list_stints(uow, ids).items()
        for stint in stints
    ]
    if rows:
        uow.execute(insert(assignments), rows)


def _chunks(ids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _audit(uow: UnitOfWork, employee: AdministeredEmployee, act: str, **details: object) -> None:
    organization = employee.organization
    audit(uow, organization.actor, act, f"person:{employee.person_id}", organization_id=organization.id, **details)

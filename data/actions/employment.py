"""Employment facts, recorded and folded into assignments: hire, assign, move, end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import delete, insert, select

from data.access.directory import AdministeredEmployee, ShapedDepartment, ShapedOrganization, ShapedService
from data.access.presence import get_today
from data.access.rights import change_rights
from data.actions.audit import audit
from data.db import UnitOfWork
from data.employment import EmploymentFact, Stint, fold_employment
from data.errors import DateInvalid, EndBeforeStart, NotFound, PlaceClosed, PrimaryTaken
from data.models import assignments, departments, employment_changes, services

EARLIEST = date(1940, 1, 1)
FURTHEST = timedelta(days=2 * 366)

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
    fact = EmploymentFact("hired", starts_on, service.id, department.id if department else None, is_primary=is_primary)
    record_facts(uow, organization, {employee.person_id: [fact]})
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
    record_facts(uow, organization, {employee.person_id: [fact]})
    _audit(uow, employee, "employee.moved", service=service.id, on=moves_on)


def do_end(uow: UnitOfWork, employee: AdministeredEmployee, ends_on: date) -> None:
    """The last day, included, in all services; the chat ends at the midnight after it (R9)."""
    organization = employee.organization
    check_day(uow, organization, ends_on)
    stints = _list_own(uow, employee)
    if stints and ends_on < min(stint.starts_on for stint in stints):
        raise EndBeforeStart()
    record_facts(uow, organization, {employee.person_id: [EmploymentFact("ended", ends_on)]})
    _audit(uow, employee, "employee.ended", on=ends_on)


def check_day(uow: UnitOfWork, organization: ShapedOrganization, day: date) -> None:
    if not EARLIEST <= day <= get_today(uow, organization.id) + FURTHEST:
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
    """Append the facts of many people at once and let their assignments follow; their rights are looked at again."""
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
            "recorded_at": uow.now,
            "recorded_by": organization.actor.account_id if organization.actor else None,
        }
        for person_id, person_facts in facts.items()
        for fact in person_facts
    ]
    if not rows:
        return
    uow.execute(insert(employment_changes), rows)
    _project(uow, organization.id, facts.keys())
    change_rights(uow, organization.id, facts.keys())


def list_stints(uow: UnitOfWork, person_ids: Iterable[int]) -> dict[int, list[Stint]]:
    """What the facts of these people come to, person by person."""
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
            )
            .where(employment_changes.c.person_id.in_(chunk))
            .order_by(employment_changes.c.id)
        )
        for person_id, *fact in rows:
            facts.setdefault(person_id, []).append(EmploymentFact(*fact))
    return {person_id: fold_employment(known) for person_id, known in facts.items()}


def _has_primary_after(uow: UnitOfWork, employee: AdministeredEmployee, day: date) -> bool:
    return any(s.is_primary and (s.ends_on is None or s.ends_on >= day) for s in _list_own(uow, employee))


def _list_own(uow: UnitOfWork, employee: AdministeredEmployee) -> list[Stint]:
    return list_stints(uow, [employee.person_id]).get(employee.person_id, [])


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

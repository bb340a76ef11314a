"""Staff from a CSV file: read, compared with what is there, shown, then applied whole or not at all.

One line an employee, recognized by the employee number. Doing it twice changes nothing; a line that is absent ends
nobody; `ended_on` does. Reading (staff_file) and planning (staff_plan) touch no database: they can leave the loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update

from data.access.directory import ShapedOrganization
from data.access.presence import get_today
from data.access.rights import change_rights
from data.actions.audit import audit
from data.actions.employment import record_facts
from data.actions.staff_file import StaffFile, StaffLine
from data.actions.staff_plan import (
    Correction,
    KnownPerson,
    KnownPlace,
    PlannedFact,
    StaffDirectory,
    StaffPlan,
    plan_staff_import,
)
from data.db import Reader, UnitOfWork
from data.employment import EmploymentFact
from data.errors import FileRefused
from data.models import accounts, departments, employees, employment_changes, organizations, people, services
from data.text import fold


def read_staff_directory(reader: Reader, organization: ShapedOrganization) -> StaffDirectory:
    """All that a plan needs to know of an organization, in four statements."""
    service_rows, department_rows = _read_places(reader, organization)
    return StaffDirectory(
        today=get_today(reader, organization.id),
        timezone=organization.timezone,
        services=service_rows,
        departments=department_rows,
        people=_read_people(reader, organization),
    )


def do_import_staff(
    uow: UnitOfWork, organization: ShapedOrganization, file: StaffFile, plan: StaffPlan | None = None
) -> StaffPlan:
    """Apply the file in one go; what was done. `plan` serves if it was made from the directory as it still is.

    `FileRefused` while there is anything wrong in the file; one that changes nothing leaves no trace."""
    if uow.locks:
        # Two imports at once: the second plans on what the first has done.
        whose = select(organizations.c.id).where(organizations.c.id == organization.id)
        uow.execute(whose.with_for_update(key_share=True))
    directory = read_staff_directory(uow, organization)
    if plan is None or plan.directory != directory:
        plan = plan_staff_import(directory, file)
    if plan.problems:
        raise FileRefused(count=len(plan.problems))
    if plan.changes_nothing:
        return plan
    _create_places(uow, organization, plan)
    created = _create_people(uow, organization, plan.created)
    _correct_people(uow, plan.corrected)
    record_facts(uow, organization, _make_facts(uow, organization, plan, created))
    audit(
        uow,
        organization.actor,
        "staff.imported",
        f"organization:{organization.id}",
        organization_id=organization.id,
        created=len(plan.created),
        corrected=len(plan.corrected),
        facts=len(plan.facts),
    )
    return plan


def _read_places(
    reader: Reader, organization: ShapedOrganization
) -> tuple[dict[str, KnownPlace], dict[tuple[int, str], KnownPlace]]:
    service_rows = reader.execute(
        select(services.c.code, services.c.id, services.c.name, services.c.closed_on).where(
            services.c.organization_id == organization.id
        )
    )
    department_rows = reader.execute(
        select(departments.c.service_id, departments.c.id, departments.c.name, departments.c.closed_on).where(
            departments.c.organization_id == organization.id
        )
    )
    return (
        {code: KnownPlace(*place) for code, *place in service_rows},
        {(service_id, fold(place[1])): KnownPlace(*place) for service_id, *place in department_rows},
    )


def _read_people(reader: Reader, organization: ShapedOrganization) -> dict[str, KnownPerson]:
    facts: dict[int, list[EmploymentFact]] = {}
    for person_id, *fact in reader.execute(
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
        .where(employment_changes.c.organization_id == organization.id)
        .order_by(employment_changes.c.id)
    ):
        facts.setdefault(person_id, []).append(EmploymentFact(*fact))
    files = reader.execute(
        select(
            employees.c.number,
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            employees.c.email,
            employees.c.birth_on,
        )
        .join(people, people.c.id == employees.c.person_id)
        .where(employees.c.organization_id == organization.id)
    )
    return {
        file.number: KnownPerson(
            file.id, file.given_name, file.family_name, file.email, file.birth_on, tuple(facts.get(file.id, ()))
        )
        for file in files
    }


def _create_places(uow: UnitOfWork, organization: ShapedOrganization, plan: StaffPlan) -> None:
    here = organization.id
    ids = {code: place.id for code, place in plan.directory.services.items()}
    if plan.new_services:
        rows = [{"organization_id": here, "code": code, "name": name} for code, name in plan.new_services.items()]
        created = uow.execute(insert(services).returning(services.c.id, sort_by_parameter_order=True), rows).scalars()
        ids |= zip(plan.new_services, created, strict=True)
        change_rights(uow, here)  # administrators run every service
    if plan.new_departments:
        uow.execute(
            insert(departments),
            [
                {"organization_id": here, "service_id": ids[code], "name": name}
                for (code, _), name in plan.new_departments.items()
            ],
        )


def _make_facts(
    uow: UnitOfWork, organization: ShapedOrganization, plan: StaffPlan, created: dict[str, int]
) -> dict[int, list[EmploymentFact]]:
    """By person, with the ids that the new places and people were given."""
    service_rows, department_rows = _read_places(uow, organization)
    directory = replace(plan.directory, services=service_rows, departments=department_rows)
    wished: dict[str, list[PlannedFact]] = {}
    for planned in plan.facts:
        wished.setdefault(planned.line.number, []).append(planned)
    known = {number: person.person_id for number, person in directory.people.items()} | created
    return {known[number]: directory.tell(directory.people.get(number), each) for number, each in wished.items()}


def _create_people(uow: UnitOfWork, organization: ShapedOrganization, lines: list[StaffLine]) -> dict[str, int]:
    """Accounts, people and files of new employees, all at once; their person ids by employee number."""
    if not lines:
        return {}
    account_ids = uow.execute(
        insert(accounts).returning(accounts.c.id, sort_by_parameter_order=True),
        [{"email": email, "created_at": uow.now} for email in _free_emails(uow, [line.email for line in lines])],
    ).scalars()
    person_rows = [
        {
            "organization_id": organization.id,
            "account_id": account_id,
            "is_administrator": False,
            "created_at": uow.now,
            **_describe_name(line),
        }
        for line, account_id in zip(lines, account_ids, strict=True)
    ]
    person_ids = uow.execute(insert(people).returning(people.c.id, sort_by_parameter_order=True), person_rows).scalars()
    created = dict(zip((line.number for line in lines), person_ids, strict=True))
    uow.execute(
        insert(employees),
        [
            {
                "person_id": created[line.number],
                "organization_id": organization.id,
                "number": line.number,
                "email": line.email,
                "birth_on": line.birth_on,
            }
            for line in lines
        ],
    )
    return created


def _describe_name(line: StaffLine) -> dict[str, str]:
    return {
        "given_name": line.given_name,
        "family_name": line.family_name,
        "search_name": line.search_name,
    }


def _free_emails(uow: UnitOfWork, emails: Iterable[str | None]) -> list[str | None]:
    """Each address signs in to one account: the one that has it already, else the first line that brings it."""
    taken: set[str | None] = set(uow.execute(select(accounts.c.email).where(accounts.c.email.is_not(None))).scalars())
    free: list[str | None] = []
    for email in emails:
        free.append(None if email in taken else email)
        taken.add(email)
    return free


def _correct_people(uow: UnitOfWork, corrections: list[Correction]) -> None:
    if not corrections:
        return
    uow.execute(
        update(people).where(people.c.id == bindparam("person")),
        [{"person": c.person.person_id, **_describe_name(c.line)} for c in corrections],
    )
    uow.execute(
        update(employees).where(employees.c.person_id == bindparam("person")),
        [
            {
                "person": c.person.person_id,
                "email": c.line.email or c.person.email,
                "birth_on": c.line.birth_on or c.person.birth_on,
            }
            for c in corrections
        ],
    )
    _follow_emails(uow, [c for c in corrections if c.line.email not in (None, c.person.email)])


def _follow_emails(uow: UnitOfWork, corrections: list[Correction]) -> None:
    """One signs in with the new address too, if it is free and the account is of this file alone: what opens files
    elsewhere is changed by nobody but its owner."""
    if not corrections:
        return
    former = {c.person.person_id: c.person.email for c in corrections}
    others = people.alias()
    opens_more = exists(select(others.c.id).where(others.c.account_id == accounts.c.id, others.c.id != people.c.id))
    rows: Any = uow.execute(
        select(people.c.id, accounts.c.id, accounts.c.email)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(people.c.id.in_(former), ~opens_more)
    )
    accounts_of = {person: (account, email) for person, account, email in rows if email in (None, former[person])}
    moved = [c for c in corrections if c.person.person_id in accounts_of]
    free = _free_emails(uow, [c.line.email for c in moved])
    changes = [
        {"account": accounts_of[c.person.person_id][0], "email": email}
        for c, email in zip(moved, free, strict=True)
        if email is not None
    ]
    if changes:
        uow.execute(update(accounts).where(accounts.c.id == bindparam("account")), changes)

"""Services, departments, employee files, managers' rights, groups: what an administrator keeps in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, distinct, func, insert, or_, select, update

from data.access.directory import (
    AdministeredEmployee,
    AdministeredOrganization,
    ListedOrganization,
    ListedPerson,
    OwnedGroup,
    ShapedDepartment,
    ShapedOrganization,
    ShapedService,
)
from data.access.presence import get_today
from data.access.rights import change_rights
from data.actions.audit import audit
from data.actions.employment import check_day, check_place, record_facts
from data.actions.sessions import end_person_sessions, opens_more, replace_links, replace_links_beyond
from data.db import Reader, UnitOfWork
from data.employment import EmploymentFact
from data.errors import (
    CodeInvalid,
    CodeTaken,
    DateInvalid,
    EmailTaken,
    NameTaken,
    NumberInvalid,
    NumberTaken,
    PlaceClosed,
    ServiceInUse,
)
from data.models import (
    accounts,
    assignments,
    departments,
    employee_group_members,
    employee_groups,
    employees,
    people,
    service_rights,
    services,
)
from data.text import check_email, check_name, fold

FIRST_BIRTH = date(1900, 1, 1)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,29}")


@dataclass(frozen=True)
class NewEmployee:
    number: str
    given_name: str
    family_name: str
    email: str = ""
    birth_on: date | None = None


def do_create_service(uow: UnitOfWork, organization: ShapedOrganization, code: str, name: str) -> int:
    clean_code, clean_name = check_code(code), check_name(name)
    taken = select(services.c.id).where(services.c.organization_id == organization.id, services.c.code == clean_code)
    if uow.execute(taken).first():
        raise CodeTaken(code=clean_code)
    _check_service_name(uow, organization, clean_name)
    service_id: int = uow.execute(
        insert(services)
        .values(organization_id=organization.id, code=clean_code, name=clean_name)
        .returning(services.c.id)
    ).scalar_one()
    _audit(uow, organization, "service.created", f"service:{service_id}")
    change_rights(uow, organization.id)
    return service_id


def do_rename_service(uow: UnitOfWork, service: ShapedService, name: str) -> None:
    clean = check_name(name)
    _check_service_name(uow, service.organization, clean, but=service.id)
    uow.execute(update(services).where(services.c.id == service.id).values(name=clean))
    _audit(uow, service.organization, "service.renamed", f"service:{service.id}")


def do_close_service(uow: UnitOfWork, service: ShapedService, closes_on: date) -> None:
    """From that day its conversations are out of reach. Refused while people work there that day or later."""
    check_service_closing(uow, service, closes_on)
    uow.execute(update(services).where(services.c.id == service.id).values(closed_on=closes_on))
    _audit(uow, service.organization, "service.closed", f"service:{service.id}", on=closes_on)
    change_rights(uow, service.organization.id)


def check_service_closing(reader: Reader, service: ShapedService, closes_on: date) -> None:
    check_day(reader, service.organization, closes_on)
    is_there = assignments.c.ends_on.is_(None) | (assignments.c.ends_on >= closes_on)
    _check_empty(reader, assignments.c.service_id == service.id, is_there)


def do_reopen_service(uow: UnitOfWork, service: ShapedService) -> None:
    """Its conversations are within reach again, for those who come to work there or run it."""
    _check_service_name(uow, service.organization, service.name, but=service.id)
    uow.execute(update(services).where(services.c.id == service.id).values(closed_on=None))
    _audit(uow, service.organization, "service.reopened", f"service:{service.id}")
    change_rights(uow, service.organization.id)


def do_create_department(uow: UnitOfWork, service: ShapedService, name: str) -> int:
    """A new one, or one of that name that was closed and opens again."""
    clean = check_name(name)
    closed_on = uow.execute(select(services.c.closed_on).where(services.c.id == service.id)).scalar_one()
    if closed_on is not None:
        raise PlaceClosed()
    known = _find_department(uow, service.id, clean)
    if known is None:
        department_id: int = uow.execute(
            insert(departments)
            .values(organization_id=service.organization.id, service_id=service.id, name=clean)
            .returning(departments.c.id)
        ).scalar_one()
    elif known.closed_on is not None:
        department_id = known.id
        uow.execute(update(departments).where(departments.c.id == department_id).values(closed_on=None))
    else:
        raise NameTaken(name=clean)
    _audit(uow, service.organization, "department.created", f"department:{department_id}")
    return department_id


def do_rename_department(uow: UnitOfWork, department: ShapedDepartment, name: str) -> None:
    clean = check_name(name)
    namesake = _find_department(uow, department.service_id, clean)
    if namesake is not None and namesake.id != department.id:
        raise NameTaken(name=clean)
    uow.execute(update(departments).where(departments.c.id == department.id).values(name=clean))
    _audit(uow, department.organization, "department.renamed", f"department:{department.id}")


def do_close_department(uow: UnitOfWork, department: ShapedDepartment) -> None:
    """No longer offered from today; who works there today, or is to come, must be moved first."""
    check_department_closing(uow, department)
    today = get_today(uow, department.organization.id)
    uow.execute(update(departments).where(departments.c.id == department.id).values(closed_on=today))
    _audit(uow, department.organization, "department.closed", f"department:{department.id}")


def check_department_closing(reader: Reader, department: ShapedDepartment) -> None:
    today = get_today(reader, department.organization.id)
    is_there = or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= today)
    _check_empty(reader, assignments.c.department_id == department.id, is_there)


def do_reopen_department(uow: UnitOfWork, department: ShapedDepartment) -> None:
    """Offered again, unless its service is closed."""
    closed_on = uow.execute(select(services.c.closed_on).where(services.c.id == department.service_id)).scalar_one()
    if closed_on is not None:
        raise PlaceClosed()
    uow.execute(update(departments).where(departments.c.id == department.id).values(closed_on=None))
    _audit(uow, department.organization, "department.reopened", f"department:{department.id}")


def do_hire(
    uow: UnitOfWork,
    organization: AdministeredOrganization,
    file: NewEmployee,
    service: ShapedService,
    department: ShapedDepartment | None,
    starts_on: date,
) -> int:
    """A new employee file, with an account that a one-time link opens; the person's id."""
    check_day(uow, organization, starts_on)
    check_place(uow, service, department)
    person_id = create_employee(uow, organization, file)
    fact = EmploymentFact("hired", starts_on, service.id, department.id if department else None, is_primary=True)
    record_facts(uow, organization, {person_id: [fact]})
    _audit(uow, organization, "employee.hired", f"person:{person_id}", service=service.id, on=starts_on)
    return person_id


def create_employee(uow: UnitOfWork, organization: ShapedOrganization, file: NewEmployee) -> int:
    """The account, the person and the file, without any employment yet."""
    number, email = check_number(file.number), check_email(file.email)
    given, family = check_name(file.given_name), check_name(file.family_name)
    _check_number_is_free(uow, organization, number)
    account_id = uow.execute(
        insert(accounts).values(email=_free_email(uow, email), created_at=uow.now).returning(accounts.c.id)
    ).scalar_one()
    person_id: int = uow.execute(
        insert(people)
        .values(
            organization_id=organization.id,
            account_id=account_id,
            given_name=given,
            family_name=family,
            search_name=fold(f"{given} {family}"),
            created_at=uow.now,
        )
        .returning(people.c.id)
    ).scalar_one()
    uow.execute(
        insert(employees).values(
            person_id=person_id,
            organization_id=organization.id,
            number=number,
            email=email,
            birth_on=file.birth_on,
        )
    )
    return person_id


def do_correct_employee(uow: UnitOfWork, employee: AdministeredEmployee, file: NewEmployee) -> None:
    """Another name, number, address or date of birth. The address is what the person signs in with from now on, unless
    their account also opens files elsewhere: that is changed by nobody but its owner."""
    organization = employee.organization
    given, family = check_name(file.given_name), check_name(file.family_name)
    number, email = check_number(file.number), check_email(file.email)
    before = uow.execute(select(employees).where(employees.c.person_id == employee.person_id)).one()
    _check_birth(uow, employee, file.birth_on)
    if number != before.number:
        _check_number_is_free(uow, organization, number)
    if email != before.email:
        _follow_email(uow, employee, before.email, email)
    uow.execute(
        update(people)
        .where(people.c.id == employee.person_id)
        .values(given_name=given, family_name=family, search_name=fold(f"{given} {family}"))
    )
    now = {"number": number, "email": email, "birth_on": file.birth_on}
    uow.execute(update(employees).where(employees.c.person_id == employee.person_id).values(**now))
    changed = [name for name, value in now.items() if getattr(before, name) != value]
    changed += ["name"] if f"{given} {family}" != employee.name else []
    _audit_employee(uow, employee, "employee.corrected", changed=changed)


def do_cut_access(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
    """At once: signed out everywhere, never offered, not let in. Employment, and so billing, is left alone (R9)."""
    account_id = _take_own_account(uow, employee)
    uow.execute(update(accounts).where(accounts.c.id == account_id).values(deactivated_at=uow.now))
    end_person_sessions(uow, employee.person_id, reason="cut")
    replace_links(uow, employee.person_id)
    _audit_employee(uow, employee, "access.cut")
    change_rights(uow, employee.organization.id, [employee.person_id])


def do_give_access_back(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
    uow.execute(update(accounts).where(accounts.c.id == employee.account_id).values(deactivated_at=None))
    _audit_employee(uow, employee, "access.given_back")
    change_rights(uow, employee.organization.id, [employee.person_id])


def do_end_sessions(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
    """Sign a person out of every device; they may come back in."""
    end_person_sessions(uow, employee.person_id, reason="ended")
    _audit_employee(uow, employee, "sessions.ended")


def do_grant_service(uow: UnitOfWork, employee: AdministeredEmployee, service: ShapedService) -> None:
    if service.id in _list_granted(uow, employee):
        return
    uow.execute(
        insert(service_rights).values(
            person_id=employee.person_id,
            service_id=service.id,
            organization_id=employee.organization.id,
            granted_at=uow.now,
        )
    )
    replace_links_beyond(uow, employee.organization.id, service.id, [employee.person_id])
    _audit_employee(uow, employee, "right.granted", service=service.id)
    change_rights(uow, employee.organization.id, [employee.person_id])


def do_withdraw_service(uow: UnitOfWork, employee: AdministeredEmployee, service: ShapedService) -> None:
    _withdraw(uow, employee, service.id)


def do_set_managed_services(uow: UnitOfWork, employee: AdministeredEmployee, chosen: list[ShapedService]) -> None:
    """The services a person runs from now on: those, and no others."""
    granted = _list_granted(uow, employee)
    for service in chosen:
        do_grant_service(uow, employee, service)
    for service_id in sorted(granted - {service.id for service in chosen}):
        _withdraw(uow, employee, service_id)


def do_save_group(
    uow: UnitOfWork, organization: ListedOrganization, group: OwnedGroup | None, name: str, members: list[ListedPerson]
) -> int:
    """A new group of one's own, or another name or other members for one."""
    clean = check_name(name)
    owner_id = organization.actor.person_id
    # Two groups of the same name saved in the same moment: the second one is told.
    uow.execute(select(people.c.id).where(people.c.id == owner_id).with_for_update(key_share=True))
    namesake = uow.execute(
        select(employee_groups.c.id).where(employee_groups.c.owner_id == owner_id, employee_groups.c.name == clean)
    ).scalar()
    if namesake is not None and (group is None or namesake != group.id):
        raise NameTaken(name=clean)
    if group is None:
        group_id: int = uow.execute(
            insert(employee_groups)
            .values(organization_id=organization.id, owner_id=owner_id, name=clean)
            .returning(employee_groups.c.id)
        ).scalar_one()
    else:
        group_id = group.id
        uow.execute(update(employee_groups).where(employee_groups.c.id == group_id).values(name=clean))
        uow.execute(delete(employee_group_members).where(employee_group_members.c.group_id == group_id))
    if members:
        rows = [
            {"group_id": group_id, "person_id": member.person_id, "organization_id": organization.id}
            for member in members
        ]
        uow.execute(insert(employee_group_members), rows)
    return group_id


def do_delete_group(uow: UnitOfWork, group: OwnedGroup) -> None:
    uow.execute(delete(employee_group_members).where(employee_group_members.c.group_id == group.id))
    uow.execute(delete(employee_groups).where(employee_groups.c.id == group.id))


def check_code(code: str) -> str:
    clean = code.strip()
    if not _CODE.fullmatch(clean):
        raise CodeInvalid(code=clean[:30])
    return clean


def check_number(number: str) -> str:
    clean = number.strip()
    if not _NUMBER.fullmatch(clean):
        raise NumberInvalid(number=clean[:40])
    return clean


def _check_service_name(uow: UnitOfWork, organization: ShapedOrganization, name: str, *, but: int = 0) -> None:
    """Two open services of one name could not be told apart."""
    rows = uow.execute(
        select(services.c.name).where(
            services.c.organization_id == organization.id, services.c.closed_on.is_(None), services.c.id != but
        )
    )
    if fold(name) in (fold(known) for known in rows.scalars()):
        raise NameTaken(name=name)


def _check_empty(reader: Reader, *conditions: ColumnElement[bool]) -> None:
    count = reader.execute(select(func.count(distinct(assignments.c.person_id))).where(*conditions)).scalar_one()
    if count:
        raise ServiceInUse(count=count)


def _find_department(uow: UnitOfWork, service_id: int, name: str) -> Row[Any] | None:
    """Of that name, whatever its capitals and accents; one that is open before one that was closed."""
    rows = uow.execute(
        select(departments.c.id, departments.c.name, departments.c.closed_on).where(
            departments.c.service_id == service_id
        )
    )
    namesakes = [row for row in rows if fold(row.name) == fold(name)]
    return min(namesakes, key=lambda row: row.closed_on is not None, default=None)


def _take_own_account(uow: UnitOfWork, employee: AdministeredEmployee) -> int:
    """Where the account also opens files elsewhere, those are none of this organization's business: this file gets an
    account of its own."""
    if not opens_more(uow, employee.account_id, employee.person_id):
        return employee.account_id
    account_id: int = uow.execute(insert(accounts).values(created_at=uow.now).returning(accounts.c.id)).scalar_one()
    uow.execute(update(people).where(people.c.id == employee.person_id).values(account_id=account_id))
    return account_id


def _check_number_is_free(uow: UnitOfWork, organization: ShapedOrganization, number: str) -> None:
    known = select(employees.c.person_id).where(
        employees.c.organization_id == organization.id, employees.c.number == number
    )
    if uow.execute(known).first():
        raise NumberTaken(number=number)


def _check_birth(uow: UnitOfWork, employee: AdministeredEmployee, birth_on: date | None) -> None:
    first = select(func.min(assignments.c.starts_on)).where(assignments.c.person_id == employee.person_id)
    latest = uow.execute(first).scalar() or get_today(uow, employee.organization.id)
    if birth_on is not None and not FIRST_BIRTH <= birth_on < latest:
        raise DateInvalid()


def _follow_email(uow: UnitOfWork, employee: AdministeredEmployee, before: str | None, email: str | None) -> None:
    """The account follows the file, where it is of this file alone and did. An address that signs a colleague in is
    refused; one that signs somebody in elsewhere stays in the file alone, without a word: that they have an account is
    nobody's to learn here."""
    known = uow.execute(select(accounts.c.email).where(accounts.c.id == employee.account_id)).scalar()
    if email is not None and email != known and _free_email(uow, email) is None:
        if _is_of_colleague(uow, employee.organization, email):
            raise EmailTaken()
        return
    if known in (None, before) and not opens_more(uow, employee.account_id, employee.person_id):
        uow.execute(update(accounts).where(accounts.c.id == employee.account_id).values(email=email))


def _list_granted(uow: UnitOfWork, employee: AdministeredEmployee) -> set[int]:
    return set(
        uow.execute(
            select(service_rights.c.service_id).where(service_rights.c.person_id == employee.person_id)
        ).scalars()
    )


def _withdraw(uow: UnitOfWork, employee: AdministeredEmployee, service_id: int) -> None:
    uow.execute(
        delete(service_rights).where(
            service_rights.c.person_id == employee.person_id, service_rights.c.service_id == service_id
        )
    )
    _audit_employee(uow, employee, "right.withdrawn", service=service_id)
    change_rights(uow, employee.organization.id, [employee.person_id])


def _is_of_colleague(uow: UnitOfWork, organization: ShapedOrganization, email: str) -> bool:
    whose = select(people.c.id).join(accounts, accounts.c.id == people.c.account_id)
    here = whose.where(people.c.organization_id == organization.id, accounts.c.email == email)
    return uow.execute(here).first() is not None


def _free_email(uow: UnitOfWork, email: str | None) -> str | None:
    """An address signs in to one account: the first that had it. Others come in by their number, and may attach their
    file to that account themselves (nobody else can do it for them)."""
    if email is None or uow.execute(select(accounts.c.id).where(accounts.c.email == email)).first():
        return None
    return email


def _audit(uow: UnitOfWork, organization: ShapedOrganization, act: str, subject: str, **details: object) -> None:
    audit(uow, organization.actor, act, subject, organization_id=organization.id, **details)


def _audit_employee(uow: UnitOfWork, employee: AdministeredEmployee, act: str, **details: object) -> None:
    _audit(uow, employee.organization, act, f"person:{employee.person_id}", **details)

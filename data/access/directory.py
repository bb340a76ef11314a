"""Who may see, change and help whom in an organization's directory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from data.access.actors import Actor, VendorRole, access_open_session
from data.access.presence import get_today, is_employed_in, is_named_manager_of
from data.db import Reader
from data.errors import AccessCutOff, NotAllowed, NotFound, RightsBeyondOwn
from data.models import (
    accounts,
    assignments,
    departments,
    employee_groups,
    employees,
    organizations,
    people,
    service_rights,
    services,
)


@dataclass(frozen=True)
class ShapedOrganization:
    """An organization whose services, departments and staff file one may change: its administrator's own, or the one
    that the vendor's customer service looks after. No actor: the operator, at the server's console."""

    actor: Actor | None
    id: int
    name: str
    timezone: str


@dataclass(frozen=True)
class SupportedOrganization(ShapedOrganization):
    """One whose option may be switched: by the vendor's customer service, or at the console."""


@dataclass(frozen=True)
class AdministeredOrganization(ShapedOrganization):
    """The actor's own organization, as its administrator."""

    actor: Actor


@dataclass(frozen=True)
class ListedOrganization:
    """An organization of which one may see people: all of them, or those of the services one runs."""

    actor: Actor
    id: int
    timezone: str
    service_ids: frozenset[int]
    sees_everybody: bool


@dataclass(frozen=True)
class ListedService:
    """A service by which one may narrow the directory."""

    organization: ListedOrganization
    id: int
    name: str


@dataclass(frozen=True)
class ShapedService:
    organization: ShapedOrganization
    id: int
    name: str


@dataclass(frozen=True)
class ShapedDepartment:
    organization: ShapedOrganization
    id: int
    service_id: int


@dataclass(frozen=True)
class AdministeredEmployee:
    """An employee file that one may change: not that of another administrator."""

    organization: AdministeredOrganization
    person_id: int
    account_id: int
    name: str


@dataclass(frozen=True)
class ListedPerson:
    """A person whom one sees in the directory."""

    organization: ListedOrganization
    person_id: int
    name: str


@dataclass(frozen=True)
class AssistedPerson:
    """A person to whom one may hand a one-time link: it gives nothing beyond one's own rights."""

    organization: ListedOrganization
    person_id: int
    account_id: int
    name: str


@dataclass(frozen=True)
class OwnedGroup:
    organization: ListedOrganization
    id: int
    name: str


def access_changing_session(reader: Reader, actor: Actor) -> Actor:
    """The actor as they are now, in a unit that changes what an organization is made of. Such units come one after the
    other: two that had both locked its rights to read them, and then both wanted to change them, would wait for each
    other for ever."""
    if reader.locks and actor.rights is not None:
        whose = select(organizations.c.id).where(organizations.c.id == actor.organization_id)
        reader.execute(whose.with_for_update(key_share=True))
    return access_open_session(reader, actor.session_id)


def access_shaped_organization(reader: Reader, actor: Actor, organization_id: int | None) -> ShapedOrganization:
    """`organization_id` matters to customer service only; an administrator has one, and others are `NotFound`."""
    if actor.rights is not None and actor.rights.is_administrator:
        if organization_id not in (None, actor.organization_id):
            raise NotFound()
        return access_administered_organization(reader, actor)
    if actor.vendor_role is not VendorRole.CUSTOMER_SERVICE:
        raise NotAllowed()
    return ShapedOrganization(actor, *find_organization(reader, organization_id))


def access_organization_at_console(reader: Reader, code: str) -> SupportedOrganization:
    """For the commands: whoever can run them holds the database anyway."""
    row = reader.execute(select(organizations.c.id).where(organizations.c.code == code)).one_or_none()
    if row is None:
        raise NotFound()
    return SupportedOrganization(None, *find_organization(reader, row.id))


def access_service_by_code(reader: Reader, organization: ShapedOrganization, code: str) -> ShapedService:
    row = reader.execute(
        select(services.c.id).where(services.c.organization_id == organization.id, services.c.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return access_shaped_service(reader, organization, row.id)


def access_administered_organization(reader: Reader, actor: Actor) -> AdministeredOrganization:
    if actor.rights is None or not actor.rights.is_administrator:
        raise NotAllowed()
    return AdministeredOrganization(actor, *find_organization(reader, actor.organization_id))


def access_listed_organization(reader: Reader, actor: Actor) -> ListedOrganization:
    if actor.rights is None or not actor.rights.has_portal:
        raise NotAllowed()
    rights = actor.rights
    return ListedOrganization(actor, rights.organization_id, actor.timezone, rights.manages, rights.is_administrator)


def access_listed_service(reader: Reader, organization: ListedOrganization, service_id: int) -> ListedService:
    query = select(services.c.id, services.c.name).where(
        services.c.id == service_id, services.c.organization_id == organization.id
    )
    if not organization.sees_everybody:
        query = query.where(services.c.id.in_(organization.service_ids))
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return ListedService(organization, *row)


def access_shaped_service(reader: Reader, organization: ShapedOrganization, service_id: int) -> ShapedService:
    row = reader.execute(
        select(services.c.id, services.c.name).where(
            services.c.id == service_id, services.c.organization_id == organization.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return ShapedService(organization, *row)


def access_shaped_services(
    reader: Reader, organization: ShapedOrganization, service_ids: Collection[int]
) -> list[ShapedService]:
    """All of them, or `NotFound`."""
    rows = reader.execute(
        select(services.c.id, services.c.name)
        .where(services.c.id.in_(service_ids), services.c.organization_id == organization.id)
        .order_by(services.c.id)
    ).all()
    if len(rows) != len(set(service_ids)):
        raise NotFound()
    return [ShapedService(organization, *row) for row in rows]


def access_shaped_place(
    reader: Reader, organization: ShapedOrganization, service_id: int, department_id: int | None
) -> tuple[ShapedService, ShapedDepartment | None]:
    """Where somebody is to work: a service, and a department where one was chosen."""
    service = access_shaped_service(reader, organization, service_id)
    return service, None if department_id is None else access_shaped_department(reader, organization, department_id)


def access_shaped_department(reader: Reader, organization: ShapedOrganization, department_id: int) -> ShapedDepartment:
    row = reader.execute(
        select(departments.c.id, departments.c.service_id).where(
            departments.c.id == department_id, departments.c.organization_id == organization.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return ShapedDepartment(organization, *row)


def access_administered_employee(
    reader: Reader, organization: AdministeredOrganization, person_id: int
) -> AdministeredEmployee:
    row = reader.execute(_PERSON.where(people.c.id == person_id, _has_open_file(organization.actor))).one_or_none()
    if row is None:
        raise NotFound()
    return AdministeredEmployee(organization, row.id, row.account_id, f"{row.given_name} {row.family_name}")


def access_listed_person(reader: Reader, organization: ListedOrganization, person_id: int) -> ListedPerson:
    row = _find_listed(reader, organization, person_id)
    return ListedPerson(organization, row.id, f"{row.given_name} {row.family_name}")


def access_listed_people(
    reader: Reader, organization: ListedOrganization, person_ids: Collection[int]
) -> list[ListedPerson]:
    """All of them, or `NotFound`."""
    rows = reader.execute(
        _PERSON.where(people.c.id.in_(person_ids), is_listed(reader, organization)).order_by(people.c.id)
    ).all()
    if len(rows) != len(set(person_ids)):
        raise NotFound()
    return [ListedPerson(organization, row.id, f"{row.given_name} {row.family_name}") for row in rows]


def access_assisted_person(reader: Reader, organization: ListedOrganization, person_id: int) -> AssistedPerson:
    """Whoever holds the link becomes that person: so never to an administrator, nor to somebody who runs services, or
    works in some now or soon, that the actor does not run (`RightsBeyondOwn`), nor to oneself, who would change a
    password without showing it."""
    row = _find_listed(reader, organization, person_id)
    if row.id == organization.actor.person_id:
        raise NotAllowed()
    if row.deactivated_at is not None:
        raise AccessCutOff()
    if not _list_open_to(reader, organization, person_id) <= organization.service_ids:
        raise RightsBeyondOwn()
    return AssistedPerson(organization, row.id, row.account_id, f"{row.given_name} {row.family_name}")


def _list_open_to(reader: Reader, organization: ListedOrganization, person_id: int) -> set[int]:
    """The services of which that person hears, or is to hear: by a right, or by work."""
    today = get_today(reader, organization.id)
    named = select(service_rights.c.service_id).where(service_rights.c.person_id == person_id)
    works = select(assignments.c.service_id).where(
        assignments.c.person_id == person_id, or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= today)
    )
    is_open = or_(services.c.closed_on.is_(None), services.c.closed_on > today)
    query = select(services.c.id).where(is_open, or_(services.c.id.in_(named), services.c.id.in_(works)))
    return set(reader.execute(query).scalars())


def access_owned_group(reader: Reader, organization: ListedOrganization, group_id: int) -> OwnedGroup:
    row = reader.execute(
        select(employee_groups.c.id, employee_groups.c.name).where(
            employee_groups.c.id == group_id, employee_groups.c.owner_id == organization.actor.person_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return OwnedGroup(organization, *row)


def find_organization(reader: Reader, organization_id: int | None) -> tuple[int, str, str]:
    """In a unit of work, locked: what one decides on (who works where, which code is free) stays as it was read."""
    query = select(organizations.c.id, organizations.c.name, organizations.c.timezone).where(
        organizations.c.id == organization_id
    )
    row = reader.execute(query.with_for_update(key_share=True) if reader.locks else query).one_or_none()
    if row is None:
        raise NotFound()
    if reader.locks:
        reader.look_at_clock()
    return tuple(row)


def is_listed(reader: Reader, organization: ListedOrganization) -> ColumnElement[bool]:
    """The person of the enclosing query, which joins `employees`, is one whom the directory shows to the actor."""
    if organization.sees_everybody:
        return _has_open_file(organization.actor)
    today = get_today(reader, organization.id)
    service_ids = organization.service_ids
    of_services = or_(is_employed_in(service_ids, today), is_named_manager_of(service_ids, today))
    return and_(_has_open_file(organization.actor), of_services)


def _has_open_file(actor: Actor) -> ColumnElement[bool]:
    """Of one's organization, and not another administrator."""
    return and_(
        people.c.organization_id == actor.organization_id,
        or_(people.c.is_administrator.is_(False), people.c.id == actor.person_id),
    )


_PERSON: Select[Any] = (
    select(
        people.c.id,
        people.c.account_id,
        people.c.given_name,
        people.c.family_name,
        accounts.c.deactivated_at,
    )
    .join(employees, employees.c.person_id == people.c.id)
    .join(accounts, accounts.c.id == people.c.account_id)
)


def _find_listed(reader: Reader, organization: ListedOrganization, person_id: int) -> Row[Any]:
    row = reader.execute(_PERSON.where(people.c.id == person_id, is_listed(reader, organization))).one_or_none()
    if row is None:
        raise NotFound()
    return row

"""Who may see, change and help whom in an organization's directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from data.access.actors import Actor, VendorRole
from data.access.presence import get_today, is_employed_in, is_named_manager_of
from data.db import Reader
from data.errors import NotAllowed, NotFound, RightsBeyondOwn
from data.models import (
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


def access_shaped_organization(reader: Reader, actor: Actor, organization_id: int | None) -> ShapedOrganization:
    """`organization_id` matters to customer service only; an administrator has one, and others are `NotFound`."""
    if actor.rights is not None and actor.rights.is_administrator:
        if organization_id not in (None, actor.organization_id):
            raise NotFound()
        return access_administered_organization(reader, actor)
    if actor.vendor_role is not VendorRole.CUSTOMER_SERVICE:
        raise NotAllowed()
    return ShapedOrganization(actor, *_find_organization(reader, organization_id))


def access_organization_at_console(reader: Reader, code: str) -> ShapedOrganization:
    """For the commands: whoever can run them holds the database anyway."""
    row = reader.execute(select(organizations.c.id).where(organizations.c.code == code)).one_or_none()
    if row is None:
        raise NotFound()
    return ShapedOrganization(None, *_find_organization(reader, row.id))


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
    return AdministeredOrganization(actor, *_find_organization(reader, actor.organization_id))


def access_listed_organization(reader: Reader, actor: Actor) -> ListedOrganization:
    if actor.rights is None or not actor.rights.has_portal:
        raise NotAllowed()
    rights = actor.rights
    return ListedOrganization(actor, rights.organization_id, actor.timezone, rights.manages, rights.is_administrator)


def access_shaped_service(reader: Reader, organization: ShapedOrganization, service_id: int) -> ShapedService:
    row = reader.execute(
        select(services.c.id, services.c.name).where(
            services.c.id == service_id, services.c.organization_id == organization.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return ShapedService(organization, *row)


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
    row = _find_person(reader, organization.id, person_id)
    if row is None or row.number is None or _is_another_administrator(organization.actor, row):
        raise NotFound()
    return AdministeredEmployee(organization, row.id, row.account_id, f"{row.given_name} {row.family_name}")


def access_listed_person(reader: Reader, organization: ListedOrganization, person_id: int) -> ListedPerson:
    row = _find_person(reader, organization.id, person_id)
    if row is None or row.number is None or not _is_listed(reader, organization, row):
        raise NotFound()
    return ListedPerson(organization, row.id, f"{row.given_name} {row.family_name}")


def access_assisted_person(reader: Reader, organization: ListedOrganization, person_id: int) -> AssistedPerson:
    """Whoever holds the link becomes that person: so never to an administrator, nor to somebody who runs services
    that the actor does not (`RightsBeyondOwn`)."""
    row = _find_person(reader, organization.id, person_id)
    if row is None or row.number is None or not _is_listed(reader, organization, row):
        raise NotFound()
    named = set(
        reader.execute(select(service_rights.c.service_id).where(service_rights.c.person_id == person_id)).scalars()
    )
    if not named <= organization.service_ids:
        raise RightsBeyondOwn()
    return AssistedPerson(organization, row.id, row.account_id, f"{row.given_name} {row.family_name}")


def access_owned_group(reader: Reader, organization: ListedOrganization, group_id: int) -> OwnedGroup:
    row = reader.execute(
        select(employee_groups.c.id, employee_groups.c.name).where(
            employee_groups.c.id == group_id, employee_groups.c.owner_id == organization.actor.person_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return OwnedGroup(organization, *row)


def _find_organization(reader: Reader, organization_id: int | None) -> tuple[int, str, str]:
    row = reader.execute(
        select(organizations.c.id, organizations.c.name, organizations.c.timezone).where(
            organizations.c.id == organization_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return tuple(row)  # type: ignore[return-value]


def _find_person(reader: Reader, organization_id: int, person_id: int) -> Row[Any] | None:
    return reader.execute(
        select(
            people.c.id,
            people.c.account_id,
            people.c.given_name,
            people.c.family_name,
            people.c.is_administrator,
            employees.c.number,
        )
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.id == person_id, people.c.organization_id == organization_id)
    ).one_or_none()


def _is_another_administrator(actor: Actor, row: Row[Any]) -> bool:
    return bool(row.is_administrator) and row.id != actor.person_id


def _is_listed(reader: Reader, organization: ListedOrganization, row: Row[Any]) -> bool:
    if _is_another_administrator(organization.actor, row):
        return False
    if organization.sees_everybody:
        return True
    today = get_today(reader, organization.id)
    service_ids = organization.service_ids
    return (
        reader.execute(
            select(people.c.id).where(
                people.c.id == row.id,
                or_(is_employed_in(service_ids, today), is_named_manager_of(service_ids)),
            )
        ).first()
        is not None
    )

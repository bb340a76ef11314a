"""Of whom one may see why the chat does not show: oneself; people of the services one runs; anybody of an organization
that customer service looks after. Never anything they wrote."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor, VendorRole
from data.access.directory import (
    SupportedOrganization,
    access_listed_organization,
    access_listed_person,
)
from data.access.support import access_support, access_supported_organization
from data.db import Reader
from data.errors import NotFound
from data.models import employees, people


@dataclass(frozen=True)
class DiagnosedPerson:
    """`actor`: who looks. `service_ids`: where one sees them work (None: everywhere); `sees_file`: not of an
    administrator, whose file is nobody else's; `sees_devices`: by name, and when each was last used."""

    actor: Actor
    person_id: int
    organization_id: int
    timezone: str
    service_ids: frozenset[int] | None
    sees_file: bool
    sees_devices: bool

    @property
    def is_oneself(self) -> bool:
        return self.actor.rights is not None and self.actor.person_id == self.person_id


def access_diagnosed_person(
    reader: Reader, actor: Actor, organization_id: int | None, person_id: int
) -> DiagnosedPerson:
    """`organization_id` matters to customer service only; others have one."""
    if actor.vendor_role is VendorRole.CUSTOMER_SERVICE:
        organization = access_supported_organization(reader, access_support(actor), organization_id or 0)
        return _find(reader, actor, organization, person_id)
    listed = access_listed_organization(reader, actor)
    if organization_id not in (None, listed.id):
        raise NotFound()
    person = access_listed_person(reader, listed, person_id)
    own = person.person_id == actor.person_id
    service_ids = None if listed.sees_everybody or own else listed.service_ids
    sees_devices = listed.sees_everybody or own
    return DiagnosedPerson(actor, person.person_id, listed.id, listed.timezone, service_ids, True, sees_devices)


def access_own_diagnosis(actor: Actor) -> DiagnosedPerson:
    return DiagnosedPerson(actor, actor.person_id, actor.organization_id, actor.timezone, None, True, True)


def _find(reader: Reader, actor: Actor, organization: SupportedOrganization, person_id: int) -> DiagnosedPerson:
    """Somebody with an account: who was only brought in with old messages signs in nowhere."""
    row = reader.execute(
        select(people.c.id, people.c.is_administrator).where(
            people.c.id == person_id,
            people.c.organization_id == organization.id,
            people.c.account_id.is_not(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return DiagnosedPerson(actor, row.id, organization.id, organization.timezone, None, not row.is_administrator, True)


@dataclass(frozen=True)
class TracedPerson:
    """Somebody whom an operator looks after at the console, to find why they were not told of something."""

    person_id: int
    organization_id: int
    timezone: str


def access_traced_person_at_console(reader: Reader, organization: SupportedOrganization, number: str) -> TracedPerson:
    """By the number of their file."""
    row = reader.execute(
        select(employees.c.person_id).where(
            employees.c.organization_id == organization.id, employees.c.number == number
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return TracedPerson(row.person_id, organization.id, organization.timezone)

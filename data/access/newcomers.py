"""Who has an account that nobody opened yet, and no one in the organization to help: its first administrators."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select

from data.access.directory import ShapedOrganization, SupportedOrganization
from data.db import Reader
from data.errors import AlreadyAdministered, NotFound
from data.models import accounts, people


@dataclass(frozen=True)
class UnadministeredOrganization(SupportedOrganization):
    """Nobody administers it yet, or any more: customer service names its first administrator."""


@dataclass(frozen=True)
class NewcomingAdministrator:
    """An administrator without a password yet."""

    organization: ShapedOrganization
    person_id: int


def access_unadministered_organization(
    reader: Reader, organization: SupportedOrganization
) -> UnadministeredOrganization:
    """Once an administrator has opened their account, the organization is theirs alone."""
    if reader.execute(_select_administrators(organization, accounts.c.password_hash.is_not(None))).first():
        raise AlreadyAdministered()
    return UnadministeredOrganization(organization.actor, organization.id, organization.name, organization.timezone)


def access_newcoming_administrator(
    reader: Reader, organization: UnadministeredOrganization, person_id: int
) -> NewcomingAdministrator:
    query = _select_administrators(organization, people.c.id == person_id, accounts.c.password_hash.is_(None))
    if reader.execute(query).first() is None:
        raise NotFound()
    return NewcomingAdministrator(organization, person_id)


def find_newcoming_administrator(
    reader: Reader, organization: ShapedOrganization, email: str
) -> NewcomingAdministrator | None:
    has_address = accounts.c.email == email.strip().lower()
    person_id = reader.execute(
        _select_administrators(organization, has_address, accounts.c.password_hash.is_(None))
    ).scalar()
    return None if person_id is None else NewcomingAdministrator(organization, person_id)


def _select_administrators(organization: ShapedOrganization, *which: ColumnElement[bool]) -> Select[int]:
    return (
        select(people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(
            people.c.organization_id == organization.id,
            people.c.is_administrator.is_(True),
            accounts.c.deactivated_at.is_(None),
            *which,
        )
    )

"""Who has an account that nobody opened yet, and no one in the organization to help: its first administrators."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.directory import ShapedOrganization
from data.db import Reader
from data.models import accounts, people


@dataclass(frozen=True)
class NewcomingAdministrator:
    """An administrator without a password yet."""

    organization: ShapedOrganization
    person_id: int


def find_newcoming_administrator(
    reader: Reader, organization: ShapedOrganization, email: str
) -> NewcomingAdministrator | None:
    person_id = reader.execute(
        select(people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(
            people.c.organization_id == organization.id,
            people.c.is_administrator.is_(True),
            accounts.c.email == email.strip().lower(),
            accounts.c.password_hash.is_(None),
            accounts.c.deactivated_at.is_(None),
        )
    ).scalar()
    return None if person_id is None else NewcomingAdministrator(organization, person_id)

"""Who one is here: how one signs in, what one runs, and where else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor
from data.db import Reader
from data.models import accounts, employees, organizations, people, services


@dataclass(frozen=True)
class ProfileRow:
    """`email`, and `number` with the organization's `code`: what one signs in with. `manages`: names of services."""

    email: str | None
    number: str | None
    code: str | None
    manages: list[str]


@dataclass(frozen=True)
class MembershipRow:
    organization_id: int
    name: str
    is_current: bool


def get_profile(reader: Reader, actor: Actor) -> ProfileRow:
    email = reader.execute(select(accounts.c.email).where(accounts.c.id == actor.account_id)).scalar()
    if actor.rights is None:
        return ProfileRow(email, None, None, [])
    code, number = reader.execute(
        select(organizations.c.code, employees.c.number)
        .select_from(people)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.id == actor.person_id)
    ).one()
    names = reader.execute(
        select(services.c.name).where(services.c.id.in_(actor.rights.manages)).order_by(services.c.name)
    ).scalars()
    return ProfileRow(email, number, code, list(names))


def list_memberships(reader: Reader, actor: Actor) -> list[MembershipRow]:
    """The organizations that the actor's account opens, by name."""
    rows = reader.execute(
        select(organizations.c.id, organizations.c.name)
        .join(people, people.c.organization_id == organizations.c.id)
        .where(people.c.account_id == actor.account_id)
        .order_by(organizations.c.name, organizations.c.id)
    )
    current = actor.rights.organization_id if actor.rights else None
    return [MembershipRow(row.id, row.name, row.id == current) for row in rows]

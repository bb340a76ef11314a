"""What is one's own: the sessions of one's account, its password, the organizations it opens."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor
from data.access.rights import get_person_rights
from data.access.sign_in import SignInCandidate
from data.db import Reader
from data.errors import NotFound
from data.models import accounts, employees, organizations, people, sessions


@dataclass(frozen=True)
class OwnedSession:
    """One of the sessions that are open for the actor's account, on any surface."""

    actor: Actor
    id: int


@dataclass(frozen=True)
class OwnedAccount:
    """The actor's account. `has_rights`: over others, in any organization it opens; `words`: who one is, of which a
    password must not be made."""

    candidate: SignInCandidate
    has_rights: bool
    words: tuple[str, ...]


def access_owned_session(reader: Reader, actor: Actor, session_id: int) -> OwnedSession:
    row = reader.execute(
        select(sessions.c.id).where(
            sessions.c.id == session_id,
            sessions.c.account_id == actor.account_id,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > reader.now,
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return OwnedSession(actor, row.id)


def access_owned_account(reader: Reader, actor: Actor) -> OwnedAccount:
    account = reader.execute(
        select(accounts.c.email, accounts.c.password_hash).where(accounts.c.id == actor.account_id)
    ).one()
    files = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, organizations.c.name, employees.c.number)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.account_id == actor.account_id)
    ).all()
    person_id, organization_id = (actor.person_id, actor.organization_id) if actor.rights else (None, None)
    rights = [get_person_rights(reader, file.id) for file in files]
    words = (*actor.name.split(), account.email or "", *(word for file in files for word in file[1:] if word))
    return OwnedAccount(
        SignInCandidate(actor.account_id, person_id, organization_id, account.password_hash),
        has_rights=actor.vendor_role is not None or any(found is not None and found.has_portal for found in rights),
        words=words,
    )


def access_membership(reader: Reader, actor: Actor, organization_id: int) -> SignInCandidate:
    """The other person that one's account is, in another organization."""
    row = reader.execute(
        select(people.c.id, accounts.c.password_hash)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(people.c.account_id == actor.account_id, people.c.organization_id == organization_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return SignInCandidate(actor.account_id, row.id, organization_id, row.password_hash)

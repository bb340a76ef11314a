"""Finding who knocks: by e-mail, by organization code and employee number, by one-time link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select

from data.access.rights import get_rights
from data.db import Reader
from data.errors import LinkSpent, NotSignedIn
from data.models import access_links, accounts, employees, organizations, people, sessions, vendor_staff


@dataclass(frozen=True)
class SignInCandidate:
    """An account and the person it would act as; trusted only once the password has been shown. `password_hash`: of the
    password that was shown or chosen; None where another way led in."""

    account_id: int
    person_id: int | None
    organization_id: int | None
    password_hash: str | None


@dataclass(frozen=True)
class OpenLink:
    """A one-time link that still works. `is_own`: its account asked for it itself, after showing the password."""

    id: int
    person_id: int
    organization_id: int
    account_id: int
    name: str
    organization_name: str
    has_rights: bool
    words: tuple[str, ...]
    is_own: bool


def find_candidate(reader: Reader, identifier: str, organization_code: str) -> SignInCandidate | None:
    """None where there is nobody to let in; the caller takes as long either way."""
    if "@" in identifier:
        return _find_by_email(reader, identifier.strip().lower())
    return _find_by_number(reader, organization_code.strip(), identifier.strip())


def check_candidate(reader: Reader, candidate: SignInCandidate) -> None:
    """What was true when the password was shown still is: same password, not cut off, the person's account. Otherwise
    `NotSignedIn`. In a unit of work it stays so until the COMMIT; the organization is locked first, as everywhere, and
    so that the unit may change it."""
    if reader.locks and candidate.organization_id is not None:
        reader.execute(
            select(organizations.c.id)
            .where(organizations.c.id == candidate.organization_id)
            .with_for_update(key_share=True)
        )
    account = _lock(reader, select(accounts.c.password_hash, accounts.c.deactivated_at), accounts, candidate.account_id)
    if account is None or account.deactivated_at is not None:
        raise NotSignedIn()
    if candidate.password_hash not in (None, account.password_hash):
        raise NotSignedIn()
    if candidate.person_id is None:
        return
    person = _lock(reader, select(people.c.account_id, people.c.organization_id), people, candidate.person_id)
    if person != (candidate.account_id, candidate.organization_id):
        raise NotSignedIn()


def _lock(reader: Reader, query: Select[Any], table: Table, row_id: int) -> Any:
    query = query.where(table.c.id == row_id)
    return reader.execute(query.with_for_update(key_share=True) if reader.locks else query).one_or_none()


def access_link(reader: Reader, token_hash: str) -> OpenLink:
    """`LinkSpent` for a link that was used, replaced or expired, or never was."""
    query = (
        select(
            access_links.c.id,
            access_links.c.person_id,
            access_links.c.organization_id,
            people.c.account_id,
            access_links.c.created_by,
            people.c.given_name,
            people.c.family_name,
            employees.c.number,
            organizations.c.name,
            organizations.c.rights_version,
        )
        .join(people, people.c.id == access_links.c.person_id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .join(organizations, organizations.c.id == access_links.c.organization_id)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(
            access_links.c.token_hash == token_hash,
            access_links.c.used_at.is_(None),
            access_links.c.replaced_at.is_(None),
            access_links.c.expires_at > reader.now,
            accounts.c.deactivated_at.is_(None),
        )
    )
    if reader.locks:
        query = query.with_for_update(of=access_links)
    row = reader.execute(query).one_or_none()
    if row is None:
        raise LinkSpent()
    return OpenLink(
        id=row.id,
        person_id=row.person_id,
        organization_id=row.organization_id,
        account_id=row.account_id,
        name=f"{row.given_name} {row.family_name}",
        organization_name=row.name,
        has_rights=get_rights(reader, row.person_id, row.rights_version).has_portal,
        words=(row.given_name, row.family_name, row.name, row.number or ""),
        is_own=row.created_by == row.account_id,
    )


def _find_by_email(reader: Reader, email: str) -> SignInCandidate | None:
    """As the person that the account last acted as; else as the one of its files that came first."""
    last_used = (
        select(func.max(sessions.c.created_at))
        .where(sessions.c.person_id == people.c.id)
        .correlate(people)
        .scalar_subquery()
    )
    row = reader.execute(
        select(accounts.c.id, people.c.id, people.c.organization_id, accounts.c.password_hash)
        .outerjoin(people, people.c.account_id == accounts.c.id)
        .outerjoin(vendor_staff, vendor_staff.c.account_id == accounts.c.id)
        .where(accounts.c.email == email, _may_enter())
        .order_by(last_used.desc().nulls_last(), people.c.id)
        .limit(1)
    ).one_or_none()
    return SignInCandidate(*row) if row else None


def _find_by_number(reader: Reader, code: str, number: str) -> SignInCandidate | None:
    row = reader.execute(
        select(accounts.c.id, people.c.id, people.c.organization_id, accounts.c.password_hash)
        .join(people, people.c.account_id == accounts.c.id)
        .join(employees, employees.c.person_id == people.c.id)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .outerjoin(vendor_staff, vendor_staff.c.account_id == accounts.c.id)
        .where(func.lower(organizations.c.code) == code.lower(), employees.c.number == number, _may_enter())
    ).one_or_none()
    return SignInCandidate(*row) if row else None


def _may_enter() -> ColumnElement[bool]:
    return and_(
        accounts.c.deactivated_at.is_(None),
        or_(people.c.id.is_not(None), vendor_staff.c.account_id.is_not(None)),
    )

"""The people whom the demonstration's sign-in page offers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from data.db import Reader
from data.models import accounts, employees, organizations, people, vendor_staff


@dataclass(frozen=True)
class DemonstratedRow:
    account_id: int
    person_id: int | None
    organization_id: int | None
    name: str
    organization_name: str | None


def find_by_email(reader: Reader, email: str) -> DemonstratedRow | None:
    return _read(reader, _QUERY.where(accounts.c.email == email))


def find_by_number(reader: Reader, code: str, number: str) -> DemonstratedRow | None:
    return _read(reader, _QUERY.where(organizations.c.code == code, employees.c.number == number))


def list_suspect_hashes(reader: Reader, showcased: Collection[int]) -> list[str]:
    """Passwords that the demonstration may have written: those of these accounts, and any that several accounts share
    to the letter. (A password that somebody chose has a salt of its own.)"""
    shared = select(accounts.c.password_hash).group_by(accounts.c.password_hash).having(func.count() > 1)
    query = select(accounts.c.password_hash).where(
        accounts.c.password_hash.in_(shared) | accounts.c.id.in_(showcased), accounts.c.password_hash.is_not(None)
    )
    return list(reader.execute(query.distinct()).scalars())


_QUERY = (
    select(
        accounts.c.id,
        people.c.id,
        people.c.organization_id,
        func.coalesce(vendor_staff.c.name, people.c.given_name + " " + people.c.family_name),
        organizations.c.name,
    )
    .outerjoin(people, people.c.account_id == accounts.c.id)
    .outerjoin(employees, employees.c.person_id == people.c.id)
    .outerjoin(organizations, organizations.c.id == people.c.organization_id)
    .outerjoin(vendor_staff, vendor_staff.c.account_id == accounts.c.id)
)


def _read(reader: Reader, query: Select[Any]) -> DemonstratedRow | None:
    row = reader.execute(query).one_or_none()
    return DemonstratedRow(*row) if row else None

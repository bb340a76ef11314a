"""Files of an organization that may be one person: the same e-mail, or the same name and date of birth. Billing would
count such a person twice, so the closing waits until somebody has merged or dismissed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from data.db import Reader
from data.models import duplicate_dismissals, employees, people, person_merges
from data.text import fold


@dataclass(frozen=True)
class DuplicateFile:
    person_id: int
    name: str
    number: str
    email: str | None
    birth_on: date | None


@dataclass(frozen=True)
class Suspicion:
    """`key` is what a dismissal names: `email:` and the address, once for all who share it, or `pair:` and two ids."""

    key: str
    files: tuple[DuplicateFile, ...]


def list_suspicions(reader: Reader, organization_id: int) -> list[Suspicion]:
    """Those that nobody has settled yet."""
    files = [_describe(row) for row in _list_files(reader, organization_id)]
    dismissed = set(
        reader.execute(
            select(duplicate_dismissals.c.suspicion).where(duplicate_dismissals.c.organization_id == organization_id)
        ).scalars()
    )
    found = [*_of_one_address(files), *_of_one_birth(files)]
    return [suspicion for suspicion in found if suspicion.key not in dismissed]


def _list_files(reader: Reader, organization_id: int) -> list[Row[Any]]:
    """Those that share an address or a date of birth with another; without files that were merged into one."""
    found: list[Row[Any]] = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            employees.c.number,
            employees.c.email,
            employees.c.birth_on,
        )
        .join(employees, employees.c.person_id == people.c.id)
        .where(
            employees.c.organization_id == organization_id,
            or_(
                func.lower(employees.c.email).in_(_shared(func.lower(employees.c.email), organization_id)),
                employees.c.birth_on.in_(_shared(employees.c.birth_on, organization_id)),
            ),
            people.c.id.not_in(
                select(person_merges.c.person_id).where(person_merges.c.organization_id == organization_id)
            ),
        )
        .order_by(people.c.id)
    ).all()
    return found


def _shared(value: ColumnElement[Any], organization_id: int) -> Select[Any]:
    """Values that more than one file holds."""
    query = select(value).where(employees.c.organization_id == organization_id, value.is_not(None))
    return query.group_by(value).having(func.count() > 1)


def _describe(row: Row[Any]) -> DuplicateFile:
    return DuplicateFile(row.id, f"{row.given_name} {row.family_name}", row.number, row.email, row.birth_on)


def _of_one_address(files: Iterable[DuplicateFile]) -> list[Suspicion]:
    shared: dict[str, list[DuplicateFile]] = {}
    for file in files:
        if file.email:
            shared.setdefault(file.email.lower(), []).append(file)
    return [Suspicion(f"email:{address}", tuple(found)) for address, found in shared.items() if len(found) > 1]


def _of_one_birth(files: Iterable[DuplicateFile]) -> list[Suspicion]:
    """Two by two, each with the first of them."""
    shared: dict[tuple[str, date], list[DuplicateFile]] = {}
    for file in files:
        if file.birth_on:
            shared.setdefault((fold(file.name), file.birth_on), []).append(file)
    return [
        Suspicion(f"pair:{first.person_id}:{other.person_id}", (first, other))
        for first, *others in shared.values()
        for other in others
    ]

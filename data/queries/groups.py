"""A manager's own groups, and the people who may be put in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from data.access.directory import ListedOrganization, OwnedGroup, is_listed
from data.access.presence import covers, get_today, is_active, is_equipped, is_signed_out
from data.db import Reader
from data.models import (
    assignments,
    departments,
    employee_group_members,
    employee_groups,
    employees,
    people,
    service_rights,
    services,
)
from data.queries.matching import match_names
from data.queries.recipients import Choice
from data.text import fold

SHOWN = 40
NAMED = 5  # members named in the list of groups


@dataclass(frozen=True)
class GroupRow:
    """`people`: the first members by name, of `count`."""

    id: int
    name: str
    people: list[Choice]
    count: int


@dataclass(frozen=True)
class CandidateRow:
    id: int
    name: str
    where: str
    has_app: bool
    is_signed_out: bool


@dataclass(frozen=True)
class CandidatePage:
    """The first of those who match; `count` of all of them."""

    rows: list[CandidateRow]
    count: int


def list_groups(reader: Reader, organization: ListedOrganization) -> list[GroupRow]:
    """With those of their members who may still be written to."""
    owned = reader.execute(
        select(employee_groups.c.id, employee_groups.c.name)
        .where(employee_groups.c.owner_id == organization.actor.person_id)
        .order_by(employee_groups.c.id)
    ).all()
    rank = func.row_number().over(
        partition_by=employee_group_members.c.group_id, order_by=(people.c.search_name, people.c.id)
    )
    ranked = (
        _select_members(reader, organization, [row.id for row in owned])
        .add_columns(
            rank.label("rank"), func.count().over(partition_by=employee_group_members.c.group_id).label("count")
        )
        .subquery()
    )
    members: dict[int, list[Any]] = {}
    for row in reader.execute(select(ranked).where(ranked.c.rank <= NAMED).order_by(ranked.c.rank)):
        members.setdefault(row.group_id, []).append(row)
    return [
        GroupRow(
            group.id,
            group.name,
            [Choice(row.id, f"{row.given_name} {row.family_name}") for row in members.get(group.id, [])],
            members[group.id][0].count if group.id in members else 0,
        )
        for group in sorted(owned, key=lambda group: fold(group.name))
    ]


def list_members(reader: Reader, group: OwnedGroup) -> list[Choice]:
    """Those who may still be written to, by name."""
    query = _select_members(reader, group.organization, [group.id]).order_by(people.c.search_name, people.c.id)
    return [Choice(row.id, f"{row.given_name} {row.family_name}") for row in reader.execute(query)]


def count_members(reader: Reader, group: OwnedGroup) -> int:
    """All that were saved, those who have gone since included."""
    query = (
        select(func.count()).select_from(employee_group_members).where(employee_group_members.c.group_id == group.id)
    )
    count: int = reader.execute(query).scalar_one()
    return count


def list_candidates(reader: Reader, organization: ListedOrganization, *, search: str = "") -> CandidatePage:
    today = get_today(reader, organization.id)
    condition = and_(
        _may_join(reader, organization),
        *match_names(search),
    )
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            is_equipped(reader).label("has_app"),
            is_signed_out().label("is_signed_out"),
        )
        .join(employees, employees.c.person_id == people.c.id)
        .where(condition)
        .order_by(people.c.search_name, people.c.id)
        .limit(SHOWN)
    ).all()
    count: int = reader.execute(
        select(func.count()).select_from(people).join(employees, employees.c.person_id == people.c.id).where(condition)
    ).scalar_one()
    places = reader.execute(
        select(assignments.c.person_id, services.c.name, departments.c.name.label("department"))
        .join(services, services.c.id == assignments.c.service_id)
        .outerjoin(departments, departments.c.id == assignments.c.department_id)
        .where(
            assignments.c.person_id.in_([row.id for row in rows]),
            assignments.c.service_id.in_(organization.service_ids),
            covers(today),
        )
        .order_by(assignments.c.is_primary.desc(), assignments.c.starts_on)
    )
    where: dict[int, list[str]] = {}
    for place in places:
        where.setdefault(place.person_id, []).append(
            f"{place.name} · {place.department}" if place.department else place.name
        )
    return CandidatePage(
        [
            CandidateRow(
                row.id,
                f"{row.given_name} {row.family_name}",
                ", ".join(where.get(row.id, [])),
                row.has_app,
                row.is_signed_out,
            )
            for row in rows
        ],
        count,
    )


def list_chosen_people(reader: Reader, organization: ListedOrganization, person_ids: Sequence[int]) -> list[Choice]:
    """Those of the chosen who may be in a group, in the order of the choice."""
    rows = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name)
        .join(employees, employees.c.person_id == people.c.id)
        .where(people.c.id.in_(person_ids), _may_join(reader, organization))
    )
    names = {row.id: f"{row.given_name} {row.family_name}" for row in rows}
    return [Choice(person_id, names[person_id]) for person_id in person_ids if person_id in names]


def _may_join(reader: Reader, organization: ListedOrganization) -> ColumnElement[bool]:
    """Whom one sees in the directory, works (now or soon) or runs a service, can be written to, and is not oneself."""
    today = get_today(reader, organization.id)
    works = select(assignments.c.id).where(
        assignments.c.person_id == people.c.id,
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= today),
    )
    runs = select(service_rights.c.person_id).where(service_rights.c.person_id == people.c.id)
    return and_(
        is_listed(reader, organization),
        is_active(),
        or_(exists(works.correlate_except(assignments)), exists(runs.correlate_except(service_rights))),
        people.c.id != organization.actor.person_id,
    )


def _select_members(reader: Reader, organization: ListedOrganization, group_ids: Sequence[int]) -> Select[Any]:
    return (
        select(employee_group_members.c.group_id, people.c.id, people.c.given_name, people.c.family_name)
        .join(people, people.c.id == employee_group_members.c.person_id)
        .join(employees, employees.c.person_id == people.c.id)
        .where(employee_group_members.c.group_id.in_(group_ids), _may_join(reader, organization))
    )

"""The recipient picker: Service → Département → Groupe → people, each narrowing the next (R12, R13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from data.access.actors import Chatter
from data.access.conversations import ChatService, VisibleConversation
from data.access.presence import covers, is_active, is_employed_in, is_equipped, is_named_manager_of, is_signed_out
from data.db import Reader
from data.models import (
    assignments,
    departments,
    employee_group_members,
    employee_groups,
    participants,
    people,
    services,
)
from data.queries.matching import match_names

SHOWN = 40


@dataclass(frozen=True)
class Choice:
    id: int
    name: str


@dataclass(frozen=True)
class RecipientRow:
    id: int
    name: str
    department: str | None
    is_manager: bool
    has_app: bool
    is_signed_out: bool = False


@dataclass(frozen=True)
class RecipientPage:
    """The first of those who match; `count` of all of them."""

    rows: list[RecipientRow]
    count: int


def list_chat_services(reader: Reader, chatter: Chatter, *, only_managed: bool = False) -> list[Choice]:
    ids = chatter.rights.manages & chatter.rights.option_on if only_managed else chatter.rights.chat_services
    rows = reader.execute(
        select(services.c.id, services.c.name).where(services.c.id.in_(ids)).order_by(services.c.name)
    )
    return [Choice(*row) for row in rows]


def list_departments(reader: Reader, service: ChatService) -> list[Choice]:
    rows = reader.execute(
        select(departments.c.id, departments.c.name)
        .where(departments.c.service_id == service.id, departments.c.closed_on.is_(None))
        .order_by(departments.c.name)
    )
    return [Choice(*row) for row in rows]


def list_own_groups(reader: Reader, chatter: Chatter) -> list[Choice]:
    rows = reader.execute(
        select(employee_groups.c.id, employee_groups.c.name)
        .where(employee_groups.c.owner_id == chatter.person_id)
        .order_by(employee_groups.c.name)
    )
    return [Choice(*row) for row in rows]


def list_recipients(
    reader: Reader,
    service: ChatService,
    *,
    department_id: int | None = None,
    group_id: int | None = None,
    search: str = "",
    skip: int = 0,
    beside: VisibleConversation | None = None,
) -> RecipientPage:
    """Never somebody who left or whose account is cut off (R14); filters of others' groups match nobody. `beside`:
    without those who take part in that conversation, or left it."""
    today = service.chatter.today(reader)
    chosen = and_(
        people.c.organization_id == service.organization_id,
        people.c.id != service.chatter.person_id,
        is_active(),
        _works_there(service, department_id, today),
        _is_of_group(service, group_id),
        _is_not_in(beside),
        *match_names(search),
    )
    where_they_work = (
        select(departments.c.name)
        .join(assignments, assignments.c.department_id == departments.c.id)
        .where(assignments.c.person_id == people.c.id, assignments.c.service_id == service.id, covers(today))
        .limit(1)
        .correlate(people)
        .scalar_subquery()
    )
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            where_they_work,
            is_named_manager_of(service.id, today),
            is_equipped(reader),
            is_signed_out(),
        )
        .where(chosen)
        .order_by(people.c.search_name, people.c.id)
        .limit(SHOWN)
        .offset(skip)
    ).all()
    count = skip + len(rows)
    if len(rows) == SHOWN or skip:
        count = reader.execute(select(func.count()).select_from(people).where(chosen)).scalar_one()
    return RecipientPage(
        [
            RecipientRow(person_id, f"{given} {family}", department, bool(is_manager), bool(has_app), bool(signed_out))
            for person_id, given, family, department, is_manager, has_app, signed_out in rows
        ],
        count,
    )


def _works_there(service: ChatService, department_id: int | None, today: date) -> ColumnElement[bool]:
    """In that department of the service, or anywhere in it, its managers included."""
    if department_id is None:
        return or_(is_employed_in(service.id, today), is_named_manager_of(service.id, today))
    return exists(
        select(assignments.c.id).where(
            assignments.c.person_id == people.c.id,
            assignments.c.service_id == service.id,
            assignments.c.department_id == department_id,
            covers(today),
        )
    )


def _is_of_group(service: ChatService, group_id: int | None) -> ColumnElement[bool]:
    if group_id is None:
        return true()
    members = (
        select(employee_group_members.c.person_id)
        .join(employee_groups, employee_groups.c.id == employee_group_members.c.group_id)
        .where(employee_groups.c.id == group_id, employee_groups.c.owner_id == service.chatter.person_id)
    )
    return people.c.id.in_(members)


def _is_not_in(conversation: VisibleConversation | None) -> ColumnElement[bool]:
    if conversation is None:
        return true()
    known = select(participants.c.person_id).where(participants.c.conversation_id == conversation.id)
    return people.c.id.not_in(known)


def list_chosen(reader: Reader, service: ChatService, person_ids: list[int]) -> list[Choice]:
    """Those of the chosen who may be written to in this service, in the order of the choice."""
    today = service.chatter.today(reader)
    rows = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name).where(
            people.c.organization_id == service.organization_id,
            people.c.id.in_(person_ids),
            people.c.id != service.chatter.person_id,
            is_active(),
            or_(is_employed_in(service.id, today), is_named_manager_of(service.id, today)),
        )
    )
    names = {row.id: f"{row.given_name} {row.family_name}" for row in rows}
    return [Choice(person_id, names[person_id]) for person_id in person_ids if person_id in names]

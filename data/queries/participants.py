"""Who takes part in a conversation, who was told of it, and whom it cannot reach."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from data.access.conversations import ChatService, ManagedService, VisibleConversation
from data.access.presence import belongs_to, is_addressed, is_leading, is_reachable, is_signed_out
from data.db import Reader
from data.models import assignments, departments, participants, people
from data.realtime.events import WirePerson

SHOWN = 200  # names of a kind; the counts are exact beyond


class ParticipantRow(WirePerson, frozen=True, omit_defaults=True):
    """`without_app`: has no way to see what is written here; `signed_out`: for having left the application."""

    department: str | None = None
    without_app: bool = False
    signed_out: bool = False


class Participants(msgspec.Struct, frozen=True, omit_defaults=True):
    """`joined`: have looked at it (public), or take part (private). `told`: reached by it, have not looked yet.
    `without_app`: people of the service whom it cannot reach (R7). Names of these two are for whoever runs the
    service."""

    joined: list[ParticipantRow]
    joined_count: int
    told: list[ParticipantRow] = []
    told_count: int = 0
    without_app: list[ParticipantRow] = []
    without_app_count: int = 0


class Reach(msgspec.Struct, frozen=True):
    """Before a public conversation is saved: who will be told, and who has no way to see it; myself left out."""

    reached: int
    without_app: int


def list_participants(reader: Reader, conversation: VisibleConversation) -> Participants:
    today = conversation.chatter.today(reader)
    is_in = and_(
        people.c.id.in_(
            select(participants.c.person_id).where(
                participants.c.conversation_id == conversation.id,
                participants.c.joined_at.is_not(None),
                participants.c.left_at.is_(None),
            )
        ),
        belongs_to(conversation.service_id, today),
    )
    joined = _list_people(reader, conversation, is_in)
    joined_count = _count_people(reader, conversation, is_in)
    if not conversation.is_public:
        return Participants(joined, joined_count)
    had_a_look = people.c.id.in_(
        select(participants.c.person_id).where(
            participants.c.conversation_id == conversation.id,
            or_(participants.c.joined_at.is_not(None), participants.c.left_at.is_not(None)),
        )
    )
    addressed = and_(is_addressed(conversation.service_id, today), not_(had_a_look))
    reachable = is_reachable(reader, conversation.service_id, today)
    is_told = and_(addressed, reachable)
    is_out_of_reach = and_(addressed, not_(reachable))
    runs = conversation.chatter.rights.runs(conversation.service_id)
    return Participants(
        joined,
        joined_count,
        told=_list_people(reader, conversation, is_told) if runs else [],
        told_count=_count_people(reader, conversation, is_told),
        without_app=_list_people(reader, conversation, is_out_of_reach) if runs else [],
        without_app_count=_count_people(reader, conversation, is_out_of_reach),
    )


def count_reach(reader: Reader, service: ManagedService | ChatService) -> Reach:
    today = service.chatter.today(reader)
    addressed = and_(
        people.c.organization_id == service.organization_id,
        people.c.id != service.chatter.person_id,
        is_addressed(service.id, today),
    )
    reachable = is_reachable(reader, service.id, today)
    row = reader.execute(
        select(
            func.count().filter(reachable).label("reached"), func.count().filter(not_(reachable)).label("without_app")
        )
        .select_from(people)
        .where(addressed)
    ).one()
    return Reach(row.reached, row.without_app)


def _list_people(
    reader: Reader, conversation: VisibleConversation, condition: ColumnElement[bool]
) -> list[ParticipantRow]:
    department = (
        select(departments.c.name)
        .join(assignments, assignments.c.department_id == departments.c.id)
        .where(assignments.c.person_id == people.c.id, assignments.c.service_id == conversation.service_id)
        .order_by(assignments.c.starts_on.desc())
        .limit(1)
        .correlate(people)
        .scalar_subquery()
    )
    today = conversation.chatter.today(reader)
    leads = is_leading(conversation.service_id, today)
    cannot_see = not_(or_(is_reachable(reader, conversation.service_id, today), people.c.is_administrator))
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            leads,
            department,
            cannot_see,
            and_(cannot_see, is_signed_out()),
        )
        .where(people.c.organization_id == conversation.organization_id, condition)
        .order_by(leads.desc(), people.c.search_name, people.c.id)
        .limit(SHOWN)
    )
    return [
        ParticipantRow(
            person_id, f"{given} {family}".strip(), bool(manager), where, bool(without_app), bool(signed_out)
        )
        for person_id, given, family, manager, where, without_app, signed_out in rows
    ]


def _count_people(reader: Reader, conversation: VisibleConversation, condition: ColumnElement[bool]) -> int:
    return int(
        reader.execute(
            select(func.count())
            .select_from(people)
            .where(people.c.organization_id == conversation.organization_id, condition)
        ).scalar_one()
    )

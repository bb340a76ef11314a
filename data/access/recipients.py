"""Whom one may write to (R11, R14)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from data.access.conversations import ChatService, PrivateConversation
from data.access.presence import belongs_to, is_active, is_employed_in, is_leading, is_named_manager_of
from data.db import Reader
from data.errors import NotFound, RecipientGone
from data.models import participants, people


@dataclass(frozen=True)
class Recipient:
    """Somebody of the service, there today, with an account that is not cut off."""

    person_id: int
    name: str
    is_manager: bool


def access_recipients(reader: Reader, service: ChatService, person_ids: list[int]) -> list[Recipient]:
    """All of them, myself left out, or `NotFound` if one is departed, cut off, elsewhere or of nowhere."""
    wanted = set(person_ids) - {service.chatter.person_id}
    day = service.chatter.today(reader)
    manages = is_named_manager_of(service.id, day)
    rows = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, manages)
        .where(
            people.c.organization_id == service.organization_id,
            people.c.id.in_(wanted),
            is_active(),
            or_(is_employed_in(service.id, day), manages),
        )
        .order_by(people.c.id)
    ).all()
    if len(rows) != len(wanted):
        raise NotFound()
    return [Recipient(row[0], f"{row[1]} {row[2]}", bool(row[3])) for row in rows]


def access_partner(reader: Reader, conversation: PrivateConversation) -> Recipient:
    """The other person of a one-to-one, who must be there, and of the service still."""
    day = conversation.chatter.today(reader)
    row = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, is_leading(conversation.service_id, day))
        .join(participants, participants.c.person_id == people.c.id)
        .where(
            participants.c.conversation_id == conversation.id,
            participants.c.left_at.is_(None),
            people.c.id != conversation.chatter.person_id,
            belongs_to(conversation.service_id, day),
        )
    ).one_or_none()
    if row is None:
        raise RecipientGone()
    return Recipient(row[0], f"{row[1]} {row[2]}", bool(row[3]))

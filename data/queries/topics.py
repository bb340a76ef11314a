"""What a socket hears beyond its own person: by conversation for private ones, by service for public ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select

from data.access.actors import Chatter
from data.db import Reader
from data.models import conversations, participants
from data.prepared import Prepared
from data.realtime.events import to_conversation, to_managers, to_service


@dataclass(frozen=True)
class Hearing:
    """`silenced`: public conversations one left."""

    topics: list[str]
    silenced: list[int]


def list_service_topics(chatter: Chatter) -> list[str]:
    rights = chatter.rights
    return [
        *(to_service(service_id) for service_id in rights.chat_services),
        *(to_managers(service_id) for service_id in rights.manages & rights.option_on),
    ]


def list_hearing(reader: Reader, chatter: Chatter) -> Hearing:
    services_on = chatter.rights.chat_services
    rows = [row for row in _OWN.list(reader, me=chatter.person_id) if row.service_id in services_on]
    return Hearing(
        [to_conversation(row.id) for row in rows if row.kind != "public"],
        [row.id for row in rows if row.kind == "public"],
    )


# Private ones one takes part in, public ones one left.
_OWN = Prepared(
    select(conversations.c.id, conversations.c.kind, conversations.c.service_id)
    .join(participants, participants.c.conversation_id == conversations.c.id)
    .where(
        participants.c.person_id == bindparam("me"),
        conversations.c.deleted_at.is_(None),
        or_(
            and_(conversations.c.kind != "public", participants.c.left_at.is_(None)),
            and_(conversations.c.kind == "public", participants.c.left_at.is_not(None)),
        ),
    )
)

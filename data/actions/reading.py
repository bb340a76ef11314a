"""Viewing a conversation: the first view makes a participant (R8), each further one moves what is read."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, text, update

from data.access.conversations import JoinedConversation, VisibleConversation
from data.db import UnitOfWork
from data.models import conversations, participants
from data.models.columns import Instant
from data.models.unread import count_unread
from data.prepared import Prepared
from data.realtime.events import ConversationRead, ParticipantsChanged, to_managers, to_person


def do_view(uow: UnitOfWork, conversation: JoinedConversation, ordinal: int) -> None:
    """The chatter has seen up to `ordinal`. Seeing less than before changes nothing."""
    seen = max(0, min(ordinal, conversation.last_ordinal))
    if conversation.has_joined and seen <= conversation.read_ordinal:
        return
    if not conversation.has_joined:
        uow.emit(to_managers(conversation.service_id), ParticipantsChanged(conversation.id))
    joined_at = uow.now if not conversation.has_joined else conversation.joined_at
    place_participant(uow, conversation, read_ordinal=max(seen, conversation.read_ordinal), joined_at=joined_at)
    person_id = conversation.chatter.person_id
    _note_view(uow, conversation, seen)
    unread: int = _UNREAD.one(uow, seen=seen, me=person_id, conversation=conversation.id)[0]
    uow.emit(to_person(person_id), ConversationRead(conversation.id, seen, unread))


_UNREAD = Prepared(
    select(count_unread(bindparam("seen"), bindparam("me"))).where(conversations.c.id == bindparam("conversation"))
)
_READ = Prepared(
    update(participants)
    .where(participants.c.conversation_id == bindparam("conversation"), participants.c.person_id == bindparam("me"))
    .values(read_ordinal=bindparam("read_ordinal"), joined_at=bindparam("joined_at"))
)


def _note_view(uow: UnitOfWork, conversation: JoinedConversation, seen: int) -> None:
    """For the figures on reading: what one works in at that moment counts, whatever comes later."""
    rights = conversation.chatter.rights
    _NOTE.run(
        uow,
        conversation_id=conversation.id,
        viewed_at=uow.now,
        person_id=rights.person_id,
        ordinal=seen,
        organization_id=conversation.organization_id,
        employed=conversation.service_id in rights.employed_in,
    )


# Both databases understand it; Core has it for each apart.
_NOTE = Prepared(
    text(
        "INSERT INTO views (conversation_id, viewed_at, person_id, ordinal, organization_id, employed)"
        " VALUES (:conversation_id, :viewed_at, :person_id, :ordinal, :organization_id, :employed)"
        " ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("viewed_at", type_=Instant))
)


def place_participant(uow: UnitOfWork, conversation: VisibleConversation, **values: object) -> None:
    """Change the chatter's place in the conversation, or make one with all that is there counted as read."""
    if conversation.participation is None:
        place = {"read_ordinal": conversation.last_ordinal} | values
        uow.execute(
            insert(participants).values(
                conversation_id=conversation.id,
                person_id=conversation.chatter.person_id,
                organization_id=conversation.organization_id,
                **place,
            )
        )
    elif values.keys() == {"read_ordinal", "joined_at"}:
        _READ.run(uow, conversation=conversation.id, me=conversation.chatter.person_id, **values)
    else:
        uow.execute(
            update(participants)
            .where(
                participants.c.conversation_id == conversation.id,
                participants.c.person_id == conversation.chatter.person_id,
            )
            .values(**values)
        )

"""Being added, leaving, coming back, hiding for oneself and showing again, muting (R16, R19, R20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, insert, select

from data.access.actors import Chatter
from data.access.conversations import (
    JoinedConversation,
    LeftConversation,
    PrivateConversation,
    VisibleConversation,
    access_conversation,
)
from data.access.recipients import Recipient
from data.actions.messages import append_message
from data.actions.reading import place_participant
from data.db import UnitOfWork
from data.errors import ParticipantLeft
from data.models import added_people, conversations, messages, participants
from data.realtime.events import (
    ConversationChanged,
    ConversationHidden,
    ConversationLeft,
    ConversationMuted,
    ConversationSilenced,
    ConversationUnsilenced,
    ParticipantsChanged,
    TopicClosed,
    TopicOpened,
    WirePerson,
    to_conversation,
    to_managers,
    to_person,
)

History = Literal["now", "start"]


def do_add_participants(
    uow: UnitOfWork, conversation: PrivateConversation, newcomers: list[Recipient], *, history: History
) -> None:
    """Into a group (R19), where they read what is said from now on, or all that the one who adds them reads. Whoever
    takes part already is left as they are."""
    new = _leave_out_known(uow, conversation, newcomers)
    if not new:
        return
    place = {
        "conversation_id": conversation.id,
        "organization_id": conversation.organization_id,
        "joined_at": uow.now,
        "read_ordinal": conversation.last_ordinal,
        "from_ordinal": conversation.from_ordinal if history == "start" else conversation.last_ordinal,
    }
    uow.execute(insert(participants), [place | {"person_id": newcomer.person_id} for newcomer in new])
    for newcomer in new:
        uow.emit(to_person(newcomer.person_id), TopicOpened(to_conversation(conversation.id)))
    tell_added(uow, conversation, new, history=history)
    for newcomer in new:
        uow.emit(to_person(newcomer.person_id), ConversationChanged(conversation.id))
    _tell_participants_changed(uow, conversation)


def tell_added(
    uow: UnitOfWork, conversation: PrivateConversation, newcomers: list[Recipient], *, history: History
) -> None:
    """The line that says to all who came, and from where on they read."""
    said = append_message(
        uow,
        conversation,
        kind="added" if history == "now" else "added_all",
        text="",
        ref=f"added:{conversation.last_ordinal + 1}",
        added=[WirePerson(each.person_id, each.name) for each in newcomers],
    )
    line = {
        "conversation_id": conversation.id,
        "ordinal": said.ordinal,
        "organization_id": conversation.organization_id,
    }
    uow.execute(insert(added_people), [line | {"person_id": each.person_id} for each in newcomers])


def _leave_out_known(uow: UnitOfWork, conversation: PrivateConversation, newcomers: list[Recipient]) -> list[Recipient]:
    """`ParticipantLeft` where one of them left: coming back is theirs to decide (R16)."""
    names = {newcomer.person_id: newcomer.name for newcomer in newcomers}
    known = uow.execute(
        select(participants.c.person_id, participants.c.left_at).where(
            participants.c.conversation_id == conversation.id, participants.c.person_id.in_(names)
        )
    ).all()
    for person_id, left_at in known:
        if left_at is not None:
            raise ParticipantLeft(name=names[person_id])
    present = {row.person_id for row in known}
    return [newcomer for newcomer in newcomers if newcomer.person_id not in present]


def do_leave(uow: UnitOfWork, conversation: JoinedConversation) -> None:
    """No more notifications, nothing readable, until one comes back. The others of a private one are told by a line."""
    told = 0 if conversation.is_public else 1
    if told:
        append_message(uow, conversation, kind="left", text="", ref=f"left:{conversation.last_ordinal + 1}")
    stood = {"left_ordinal": conversation.last_ordinal + told, "left_seq": conversation.last_seq + told}
    place_participant(uow, conversation, left_at=uow.now, **stood)
    me = to_person(conversation.chatter.person_id)
    if conversation.is_public:
        uow.emit(me, ConversationSilenced(conversation.id))
    else:
        uow.emit(me, TopicClosed(to_conversation(conversation.id)))
    uow.emit(me, ConversationLeft(conversation.id))
    _tell_participants_changed(uow, conversation)


def do_come_back(uow: UnitOfWork, chatter: Chatter) -> None:
    """Who works in a service again: what was said in its groups meanwhile is neither theirs nor unread."""
    for service_id, (since, _) in chatter.rights.absences.items():
        if not chatter.rights.sees(service_id):
            continue
        for conversation_id in uow.execute(_select_groups(chatter, service_id, since)).scalars().all():
            conversation = access_conversation(uow, chatter, conversation_id)
            stands = {"from_ordinal": conversation.from_ordinal, "read_ordinal": conversation.read_ordinal}
            place_participant(uow, conversation, **stands)


def _select_groups(chatter: Chatter, service_id: int, since: datetime) -> Select[Any]:
    return (
        select(conversations.c.id)
        .join(participants, participants.c.conversation_id == conversations.c.id)
        .where(
            participants.c.person_id == chatter.person_id,
            participants.c.joined_at < since,
            participants.c.left_at.is_(None),
            conversations.c.service_id == service_id,
            conversations.c.kind == "group",
            conversations.c.deleted_at.is_(None),
            conversations.c.active_at >= since,
        )
        .order_by(conversations.c.id)
    )


def do_rejoin(uow: UnitOfWork, conversation: LeftConversation) -> None:
    """An explicit act; what was said meanwhile counts as read up to where one had been."""
    place_participant(uow, conversation, left_at=None, hidden_ordinal=None)
    me = to_person(conversation.chatter.person_id)
    if conversation.is_public:
        uow.emit(me, ConversationUnsilenced(conversation.id))
    else:
        uow.emit(me, TopicOpened(to_conversation(conversation.id)))
        append_message(uow, conversation, kind="returned", text="", ref=f"returned:{conversation.last_ordinal + 1}")
    uow.emit(me, ConversationChanged(conversation.id))
    _tell_participants_changed(uow, conversation)


def do_hide(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    """Off my list until a new message. Nobody else is told."""
    place_participant(uow, conversation, hidden_ordinal=conversation.last_ordinal)
    uow.emit(to_person(conversation.chatter.person_id), ConversationHidden(conversation.id))


def do_unhide(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    """Back on my list without waiting for a new message."""
    if conversation.participation is None:
        return
    place_participant(uow, conversation, hidden_ordinal=None)
    uow.emit(to_person(conversation.chatter.person_id), ConversationChanged(conversation.id))


def do_mute(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    """No notifications of it; its badge goes on counting."""
    _set_muted(uow, conversation, uow.now)


def do_unmute(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    if conversation.participation is not None:
        _set_muted(uow, conversation, None)


def _set_muted(uow: UnitOfWork, conversation: VisibleConversation, muted_at: datetime | None) -> None:
    me = to_person(conversation.chatter.person_id)
    if conversation.participation is None:
        place_participant(uow, conversation, muted_at=muted_at, read_ordinal=_find_read(uow, conversation))
        uow.emit(me, ConversationChanged(conversation.id))
    else:
        place_participant(uow, conversation, muted_at=muted_at)
        uow.emit(me, ConversationMuted(conversation.id, muted_at is not None))


def _find_read(uow: UnitOfWork, conversation: VisibleConversation) -> int:
    """Of a public one that was never looked at: what came before it was addressed to the chatter. Muting reads
    nothing."""
    since = conversation.chatter.rights.eligible_since.get(conversation.service_id)
    if since is None:
        return conversation.last_ordinal
    found: int = uow.execute(
        select(func.coalesce(func.max(messages.c.ordinal), 0)).where(
            messages.c.conversation_id == conversation.id, messages.c.created_at < since
        )
    ).scalar_one()
    return found


def _tell_participants_changed(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    topic = to_managers(conversation.service_id) if conversation.is_public else to_conversation(conversation.id)
    uow.emit(topic, ParticipantsChanged(conversation.id))

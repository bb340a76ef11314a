"""Leaving, coming back, hiding for oneself and showing again (R16)."""

from __future__ import annotations

from data.access.conversations import JoinedConversation, LeftConversation, VisibleConversation
from data.actions.messages import append_message
from data.actions.reading import place_participant
from data.db import UnitOfWork
from data.realtime.events import (
    ConversationChanged,
    ConversationHidden,
    ConversationLeft,
    ConversationSilenced,
    ConversationUnsilenced,
    ParticipantsChanged,
    TopicClosed,
    TopicOpened,
    to_conversation,
    to_managers,
    to_person,
)


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


def _tell_participants_changed(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    topic = to_managers(conversation.service_id) if conversation.is_public else to_conversation(conversation.id)
    uow.emit(topic, ParticipantsChanged(conversation.id))

"""Sending, editing and deleting messages: once, in order, and with a trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Date, Row, bindparam, insert, select, update

from data import clock
from data.access.actors import Chatter
from data.access.conversations import JoinedConversation, LedConversation, VisibleConversation
from data.access.presence import belongs_to
from data.access.rights import Rights
from data.actions.audit import audit
from data.actions.reading import do_view
from data.db import UnitOfWork
from data.errors import MalformedRequest, NotFound, ReasonMissing, RecipientGone, RefConflict
from data.models import conversations, messages, participants, people
from data.models.columns import Instant
from data.prepared import Prepared
from data.realtime.events import (
    MessageDeleted,
    MessageEdited,
    MessageSent,
    WireMessage,
    WirePerson,
    to_conversation,
    to_person,
    to_service,
)
from data.text import check_name, check_text, is_blank

REF_LIMIT = 64
REASON_LIMIT = 200
SYSTEM_REFS = ("left:", "returned:", "resumed:", "added:")


@dataclass(frozen=True)
class SentMessage:
    """Where a message stands: what its sender is told."""

    ordinal: int
    sent_at: datetime


def do_send_message(uow: UnitOfWork, conversation: JoinedConversation, text: str, *, ref: str) -> SentMessage:
    """Store and announce. The same `ref` again answers with the message it made; with another text, `RefConflict`."""
    return _send(uow, conversation, text, ref=ref, urgent_reason=None)


def do_send_urgent_message(
    uow: UnitOfWork, conversation: LedConversation, text: str, *, reason: str, ref: str
) -> SentMessage:
    """It alerts in quiet hours too (R20): counted, and shown to administrators with its reason."""
    if is_blank(reason):
        raise ReasonMissing()
    clean = check_name(reason, limit=REASON_LIMIT)
    sent = _send(uow, conversation, text, ref=ref, urgent_reason=clean)
    if sent.ordinal > conversation.last_ordinal:  # not said before under this ref
        actor, subject = conversation.chatter.actor, f"conversation:{conversation.id}"
        place = {"organization_id": conversation.organization_id, "service": conversation.service_id}
        audit(uow, actor, "message.urgent", subject, ordinal=sent.ordinal, **place)
    return sent


def _send(
    uow: UnitOfWork, conversation: JoinedConversation, text: str, *, ref: str, urgent_reason: str | None
) -> SentMessage:
    clean = check_text(text)
    check_ref(ref)
    known = _find_by_ref(uow, conversation, ref)
    if known is not None:
        if known.text != clean and known.edited_at is None and known.deleted_at is None:
            raise RefConflict()
        return SentMessage(known.ordinal, known.created_at)
    check_recipient_present(uow, conversation)
    if not conversation.has_joined:
        do_view(uow, conversation, conversation.last_ordinal)
    return append_message(uow, conversation, kind="text", text=clean, ref=ref, urgent_reason=urgent_reason)


def append_message(
    uow: UnitOfWork,
    conversation: VisibleConversation,
    *,
    kind: str,
    text: str,
    ref: str,
    urgent_reason: str | None = None,
    added: list[WirePerson] | None = None,
) -> SentMessage:
    """The next message of a conversation, typed or of the system's own, by the chatter."""
    place = _TAKE_PLACE.one(uow, conversation=conversation.id, now=uow.now)
    author = conversation.chatter
    is_leading = leads(author.rights, conversation.service_id)
    _INSERT.run(
        uow,
        conversation_id=conversation.id,
        organization_id=conversation.organization_id,
        ordinal=place.last_ordinal,
        author_id=author.person_id,
        kind=kind,
        text=text,
        ref=ref,
        created_at=uow.now,
        author_employed=conversation.service_id in author.rights.employed_in,
        author_leads=is_leading,
        urgent_reason=urgent_reason,
    )
    message = WireMessage(
        ordinal=place.last_ordinal,
        author=WirePerson(author.person_id, author.actor.name, manager=is_leading),
        kind=kind,
        text=text,
        ref=ref,
        at=clock.to_ms(uow.now),
        urgent=urgent_reason is not None,
        added=added,
    )
    _announce(uow, conversation, MessageSent(conversation.id, place.last_seq, message))
    return SentMessage(place.last_ordinal, uow.now)


_TAKE_PLACE = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        last_ordinal=conversations.c.last_ordinal + 1,
        last_seq=conversations.c.last_seq + 1,
        active_at=bindparam("now", type_=Instant),
    )
    .returning(conversations.c.last_ordinal, conversations.c.last_seq)
)
_INSERT = Prepared(
    insert(messages).values(
        {
            name: bindparam(name)
            for name in (
                "conversation_id", "organization_id", "ordinal", "author_id", "kind", "text", "ref", "created_at",
                "author_employed", "author_leads", "urgent_reason",
            )
        }
    )
)  # fmt: skip


def do_edit_message(uow: UnitOfWork, conversation: JoinedConversation, ordinal: int, text: str) -> None:
    """Change one's own message; it says so from then on. The same text changes nothing."""
    clean = check_text(text)
    message = _access_own_message(uow, conversation, ordinal)
    if message.text == clean:
        return
    seq = _next_seq(uow, conversation)
    _change(uow, conversation, ordinal, text=clean, edited_at=uow.now, changed_seq=seq)
    _announce_edited(uow, conversation, MessageEdited(conversation.id, seq, ordinal, clean, clock.to_ms(uow.now)))


def do_delete_message(uow: UnitOfWork, conversation: JoinedConversation, ordinal: int) -> None:
    """Take back one's own message: its place stays, its words are gone."""
    _access_own_message(uow, conversation, ordinal)
    seq = _next_seq(uow, conversation)
    _change(uow, conversation, ordinal, text="", deleted_at=uow.now, changed_seq=seq)
    _announce(uow, conversation, MessageDeleted(conversation.id, seq, ordinal, conversation.chatter.person_id))


def check_recipient_present(uow: UnitOfWork, conversation: JoinedConversation) -> None:
    """Nobody writes to an empty chair: in a one-to-one the other must be there, and of the service still."""
    if conversation.kind != "one_to_one":
        return
    present = _OTHER.list(
        uow,
        conversation=conversation.id,
        me=conversation.chatter.person_id,
        service=conversation.service_id,
        today=conversation.chatter.today(uow),
    )
    if not present:
        raise RecipientGone()


_OTHER = Prepared(
    select(people.c.id)
    .join(participants, participants.c.person_id == people.c.id)
    .where(
        participants.c.conversation_id == bindparam("conversation"),
        participants.c.left_at.is_(None),
        people.c.id != bindparam("me"),
        belongs_to(bindparam("service"), bindparam("today", type_=Date)),
    )
)


def check_ref(ref: str) -> None:
    """A client's own; not one that the system gives its lines, or the line that needs it could not be written."""
    if not 0 < len(ref) <= REF_LIMIT or not ref.isascii() or not ref.isprintable() or ref.startswith(SYSTEM_REFS):
        raise MalformedRequest()


def describe_author(author: Chatter, service_id: int) -> WirePerson:
    return WirePerson(author.person_id, author.actor.name, manager=leads(author.rights, service_id))


def leads(rights: Rights, service_id: int) -> bool:
    """Shown as "manager" beside the name: a named manager of the service, or an administrator."""
    return rights.is_administrator or service_id in rights.named_manager_of


def _find_by_ref(uow: UnitOfWork, conversation: JoinedConversation, ref: str) -> Any:
    return _BY_REF.one_or_none(uow, conversation=conversation.id, author=conversation.chatter.person_id, known=ref)


_BY_REF = Prepared(
    select(
        messages.c.ordinal,
        messages.c.text,
        messages.c.created_at,
        messages.c.edited_at,
        messages.c.deleted_at,
    ).where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.author_id == bindparam("author"),
        messages.c.ref == bindparam("known"),
    )
)


def _access_own_message(uow: UnitOfWork, conversation: JoinedConversation, ordinal: int) -> Row[Any]:
    message = uow.execute(
        select(messages.c.text).where(
            messages.c.conversation_id == conversation.id,
            messages.c.ordinal == ordinal,
            messages.c.author_id == conversation.chatter.person_id,
            messages.c.kind == "text",
            messages.c.deleted_at.is_(None),
        )
    ).one_or_none()
    if message is None:
        raise NotFound()
    return message


def _next_seq(uow: UnitOfWork, conversation: JoinedConversation) -> int:
    seq: int = uow.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(last_seq=conversations.c.last_seq + 1)
        .returning(conversations.c.last_seq)
    ).scalar_one()
    return seq


def _change(uow: UnitOfWork, conversation: JoinedConversation, ordinal: int, **values: object) -> None:
    uow.execute(
        update(messages)
        .where(messages.c.conversation_id == conversation.id, messages.c.ordinal == ordinal)
        .values(**values)
    )


def _announce(
    uow: UnitOfWork, conversation: VisibleConversation, event: MessageSent | MessageEdited | MessageDeleted
) -> None:
    if conversation.is_public:
        uow.emit(to_service(conversation.service_id), event, conversation_id=conversation.id)
    else:
        uow.emit(to_conversation(conversation.id), event)


def _announce_edited(uow: UnitOfWork, conversation: JoinedConversation, event: MessageEdited) -> None:
    """To those who were added after the message, that something changed, and none of its words (R19)."""
    here, came_later = participants.c.conversation_id == conversation.id, participants.c.from_ordinal >= event.ordinal
    is_hidden = select(participants.c.person_id).where(here, came_later).limit(1)
    if conversation.is_public or uow.execute(is_hidden).first() is None:
        _announce(uow, conversation, event)
        return
    hearing = (
        select(people.c.id, came_later.label("came_later"))
        .join(participants, participants.c.person_id == people.c.id)
        .where(
            here,
            participants.c.left_at.is_(None),
            belongs_to(conversation.service_id, conversation.chatter.today(uow)),
        )
    )
    for person_id, is_new in uow.execute(hearing).all():
        uow.emit(to_person(person_id), msgspec.structs.replace(event, text="") if is_new else event)

"""Why somebody was not told of what is new in a conversation: the state of everything on the way from a message to
their phone. Numbers and instants; nothing of what was written, no name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, select

from data.access.actors import Surface, access_chat, access_open_session
from data.access.conversations import access_conversation
from data.access.diagnosis import TracedPerson
from data.db import Reader
from data.errors import ChatError
from data.models import conversations, participants, push_devices, push_notices, sessions
from data.push.quiet import find_end
from data.queries.push import get_alerting

AROUND = timedelta(minutes=15)
SHOWN = 10  # conversations

Cause = Literal[
    "no_session",
    "no_right",
    "left",
    "muted",
    "read",
    "no_device",
    "device_ended",
    "quiet_hours",
    "not_queued",
    "waiting",
    "told",
]


@dataclass(frozen=True)
class NoticeState:
    """What is known of a device and one conversation. `ended_reason`: why it takes nothing more; `due_at`: when it is
    to be told; `told_at`: when it last was; `failed_at`: when its push service last did not take something."""

    device: int
    ended_at: datetime | None
    ended_reason: str | None
    failed_at: datetime | None
    is_queued: bool
    is_held: bool
    attempts: int
    due_at: datetime | None
    told_at: datetime | None


@dataclass(frozen=True)
class Silence:
    """`refusal`: the code with which the conversation is refused to them now. `quiet_until`: they were in quiet hours
    at the moment in question."""

    conversation: int
    last_ordinal: int
    read_ordinal: int
    left_at: datetime | None
    muted_at: datetime | None
    has_session: bool
    refusal: str | None
    quiet_until: datetime | None
    notices: tuple[NoticeState, ...]

    @property
    def causes(self) -> list[Cause]:
        """In the order of the way; the first is what to look at."""
        return list(_list_causes(self))


def _list_causes(silence: Silence) -> Iterator[Cause]:
    if not silence.has_session:
        yield "no_session"
    if silence.left_at is not None:
        yield "left"
    elif silence.refusal is not None:
        yield "no_right"
    if silence.muted_at is not None:
        yield "muted"
    if silence.read_ordinal >= silence.last_ordinal > 0:
        yield "read"
    yield from _explain_devices(silence)


def _explain_devices(silence: Silence) -> Iterator[Cause]:
    active = [each for each in silence.notices if each.ended_at is None]
    if not active:
        yield "device_ended" if silence.notices else "no_device"
        return
    if silence.quiet_until is not None or any(each.is_held for each in active):
        yield "quiet_hours"
    if any(each.due_at is not None and not each.is_held for each in active):
        yield "waiting"
    elif not any(each.is_queued for each in active):
        yield "not_queued"
    if any(each.told_at is not None for each in active):
        yield "told"


def list_conversations_around(reader: Reader, person: TracedPerson, at: datetime) -> list[int]:
    """In which they take part and something was said since a little before, the latest first."""
    rows = reader.execute(
        select(conversations.c.id)
        .join(participants, participants.c.conversation_id == conversations.c.id)
        .where(participants.c.person_id == person.person_id, conversations.c.active_at >= at - AROUND)
        .order_by(conversations.c.active_at.desc(), conversations.c.id)
        .limit(SHOWN)
    )
    return list(rows.scalars())


def find_silence(reader: Reader, person: TracedPerson, conversation_id: int, at: datetime) -> Silence | None:
    """None where the organization has no such conversation."""
    place = and_(participants.c.conversation_id == conversations.c.id, participants.c.person_id == person.person_id)
    row = reader.execute(
        select(
            conversations.c.last_ordinal, participants.c.read_ordinal, participants.c.left_at, participants.c.muted_at
        )
        .outerjoin(participants, place)
        .where(conversations.c.id == conversation_id, conversations.c.organization_id == person.organization_id)
    ).one_or_none()
    if row is None:
        return None
    session_id = _find_session(reader, person)
    return Silence(
        conversation=conversation_id,
        last_ordinal=row.last_ordinal,
        read_ordinal=row.read_ordinal or 0,
        left_at=row.left_at,
        muted_at=row.muted_at,
        has_session=session_id is not None,
        refusal=None if session_id is None else _find_refusal(reader, session_id, conversation_id),
        quiet_until=find_end(get_alerting(reader, person.person_id).quiet, at, person.timezone),
        notices=tuple(_list_notices(reader, person, conversation_id)),
    )


def _find_session(reader: Reader, person: TracedPerson) -> int | None:
    """Of the phone, the last used: nobody is told without one."""
    found: int | None = reader.execute(
        select(sessions.c.id)
        .where(
            sessions.c.person_id == person.person_id,
            sessions.c.surface == Surface.MOBILE.value,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > reader.now,
        )
        .order_by(sessions.c.seen_at.desc())
        .limit(1)
    ).scalar()
    return found


def _find_refusal(reader: Reader, session_id: int, conversation_id: int) -> str | None:
    try:
        access_conversation(reader, access_chat(access_open_session(reader, session_id)), conversation_id)
    except ChatError as error:
        return error.code
    return None


def _list_notices(reader: Reader, person: TracedPerson, conversation_id: int) -> Iterator[NoticeState]:
    here = and_(push_notices.c.device_id == push_devices.c.id, push_notices.c.conversation_id == conversation_id)
    rows: Any = reader.execute(
        select(
            push_devices.c.id,
            push_devices.c.ended_at,
            push_devices.c.ended_reason,
            push_devices.c.failed_at,
            push_notices.c.device_id,
            push_notices.c.is_held,
            push_notices.c.attempts,
            push_notices.c.due_at,
            push_notices.c.told_at,
        )
        .outerjoin(push_notices, here)
        .where(push_devices.c.person_id == person.person_id)
        .order_by(push_devices.c.id)
    )
    for row in rows:
        yield NoticeState(
            device=row.id,
            ended_at=row.ended_at,
            ended_reason=row.ended_reason,
            failed_at=row.failed_at,
            is_queued=row.device_id is not None,
            is_held=bool(row.is_held),
            attempts=row.attempts or 0,
            due_at=row.due_at,
            told_at=row.told_at,
        )

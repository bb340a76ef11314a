"""Notifications: whom something new may concern, what somebody has not seen, one's devices and hours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select

from data import clock
from data.access.actors import Actor
from data.access.conversations import VisibleConversation
from data.access.presence import belongs_to, is_addressed
from data.access.rights import get_option_state
from data.db import Reader
from data.models import (
    added_people,
    assignments,
    conversations,
    messages,
    organizations,
    own_quiet_hours,
    participants,
    people,
    push_devices,
    push_notices,
    service_rights,
    sessions,
)
from data.models.columns import Instant
from data.prepared import Prepared
from data.push.quiet import QuietHours
from data.push.words import News

FIRST_MESSAGE_WITHIN = timedelta(minutes=2)  # so long a new conversation waits for it, to be one notification with it
ROUND = 200  # conversations looked at in one go
WINDOW = 200  # messages of a conversation looked at
COUNTED = 100


@dataclass(frozen=True)
class Unnotified:
    """A conversation in which something may be news. `authors`: of the latest messages, each with the latest ordinal,
    latest first; empty where the conversation itself is the news. `is_new`: nobody was told of it yet."""

    id: int
    organization_id: int
    service_id: int
    is_public: bool
    created_by: int
    last_ordinal: int
    today: date
    authors: tuple[tuple[int, int], ...]
    is_news: bool
    is_urgent: bool
    is_new: bool

    def find_latest_for(self, person_id: int) -> int | None:
        """The ordinal of what is news to that person (0: the conversation itself); None where all is theirs."""
        if not self.authors:
            return None if person_id == self.created_by else 0
        return next((ordinal for author, ordinal in self.authors if author != person_id), None)


@dataclass(frozen=True)
class Audience:
    """`devices` (rows of `id` and `person_id`) of a slice of people; `next_after`: the last of these people, where
    there may be others."""

    devices: Sequence[Any]
    next_after: int | None


@dataclass(frozen=True)
class Alerting:
    """How somebody wants to be alerted, and how the organization allows it."""

    quiet: QuietHours
    is_own: bool
    organization_quiet: QuietHours
    shows_text: bool


@dataclass(frozen=True)
class DeviceRow:
    id: int
    name: str
    since: datetime
    succeeded_at: datetime | None
    failed_at: datetime | None
    is_current: bool

    @property
    def has_failed(self) -> bool:
        """Since something last came there."""
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)


def list_unnotified(reader: Reader) -> list[Unnotified]:
    """A new conversation in which nobody wrote waits a little for its first message."""
    rows = _UNNOTIFIED.list(reader)
    listening = _list_listening(reader, {row.organization_id for row in rows})
    patient = reader.now - FIRST_MESSAGE_WITHIN
    return [
        _build_unnotified(reader, row, is_heard=row.organization_id in listening)
        for row in rows
        if row.last_ordinal > 0 or row.created_at <= patient or row.deleted_at is not None
    ]


_UNNOTIFIED = Prepared(
    select(
        conversations.c.id,
        conversations.c.organization_id,
        conversations.c.service_id,
        conversations.c.kind,
        conversations.c.created_by,
        conversations.c.created_at,
        conversations.c.deleted_at,
        conversations.c.last_ordinal,
        conversations.c.notified_ordinal,
        organizations.c.timezone,
    )
    .join(organizations, organizations.c.id == conversations.c.organization_id)
    .where(conversations.c.last_ordinal > conversations.c.notified_ordinal)
    .order_by(conversations.c.id)
    .limit(ROUND)
)


def _list_listening(reader: Reader, organization_ids: Collection[int]) -> set[int]:
    """Organizations that have a device to tell."""
    has_device = exists(
        select(push_devices.c.id).where(
            push_devices.c.organization_id == organizations.c.id, push_devices.c.ended_at.is_(None)
        )
    )
    listening = select(organizations.c.id).where(organizations.c.id.in_(organization_ids), has_device)
    return set(reader.execute(listening).scalars())


def _build_unnotified(reader: Reader, row: Any, *, is_heard: bool) -> Unnotified:
    place = {"conversation": row.id, "after": row.notified_ordinal, "since": row.created_at}
    said = _WINDOW.list(reader, **place) if is_heard else []
    latest: dict[int, int] = {}
    for message in said:
        latest.setdefault(message.author_id, message.ordinal)
    is_new = row.notified_ordinal < 0
    return Unnotified(
        id=row.id,
        organization_id=row.organization_id,
        service_id=row.service_id,
        is_public=row.kind == "public",
        created_by=row.created_by,
        last_ordinal=row.last_ordinal,
        today=clock.local_day(reader.now, row.timezone),
        authors=tuple(latest.items()),
        is_news=row.deleted_at is None and is_heard and ((is_new and row.last_ordinal == 0) or bool(said)),
        is_urgent=any(message.urgent_reason is not None for message in said),
        is_new=is_new,
    )


# Lines of the system's own are no news, but to whoever is brought back or in by them.
_NEWS = ("text", "resumed", "added", "added_all")
_IS_NEWS = and_(or_(*(messages.c.kind == kind for kind in _NEWS)), messages.c.deleted_at.is_(None))
_WINDOW = Prepared(
    select(messages.c.ordinal, messages.c.author_id, messages.c.urgent_reason)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.ordinal > bindparam("after"),
        messages.c.created_at >= bindparam("since", type_=Instant),
        _IS_NEWS,
    )
    .order_by(messages.c.ordinal.desc())
    .limit(WINDOW)
)


def list_audience(reader: Reader, conversation: Unnotified, *, after: int, limit: int) -> Audience:
    """Devices of the people whom it may concern, a slice of these people at a time, in order. Before anything is sent
    each is looked at once more, by their rights of that moment."""
    option = get_option_state(reader, conversation.organization_id)
    if not option.organization_on and conversation.service_id not in option.services_on:
        return Audience([], None)
    person_ids = _list_candidates(reader, conversation, after=after, limit=limit)
    next_after = person_ids[-1] if len(person_ids) == limit else None
    return Audience(_list_devices(reader, conversation, person_ids), next_after)


def _list_candidates(reader: Reader, conversation: Unnotified, *, after: int, limit: int) -> list[int]:
    """By indexes that hold them in order, so that a slice costs the same in a large service."""
    sources = [(participants, participants.c.conversation_id == conversation.id)]
    if conversation.is_public:
        sources += [
            (assignments, assignments.c.service_id == conversation.service_id),
            (service_rights, service_rights.c.service_id == conversation.service_id),
        ]
    found: set[int] = set()
    for table, condition in sources:
        person = table.c.person_id
        query = select(person).where(condition, person > after).order_by(person).limit(limit)
        found.update(reader.execute(query.distinct()).scalars())
    return sorted(found)[:limit]


def _list_devices(reader: Reader, conversation: Unnotified, person_ids: Sequence[int]) -> Sequence[Any]:
    place = and_(participants.c.conversation_id == conversation.id, participants.c.person_id == people.c.id)
    concerned = belongs_to(conversation.service_id, conversation.today)
    if conversation.is_public:
        has_joined = participants.c.joined_at.is_not(None)
        concerned = or_(is_addressed(conversation.service_id, conversation.today), and_(has_joined, concerned))
    rows: Sequence[Any] = reader.execute(
        select(push_devices.c.id, push_devices.c.person_id)
        .join(people, people.c.id == push_devices.c.person_id)
        .outerjoin(participants, place)
        .where(
            push_devices.c.person_id.in_(person_ids),
            push_devices.c.ended_at.is_(None),
            participants.c.left_at.is_(None),
            participants.c.muted_at.is_(None),
            func.coalesce(participants.c.read_ordinal, 0) < max(1, conversation.last_ordinal),
            concerned,
        )
        .order_by(push_devices.c.id)
    ).all()
    return rows


def find_news(reader: Reader, conversation: VisibleConversation, ordinal: int) -> News | None:
    """What the chatter has not seen, as the badge counts it; or a conversation that is new to them (`ordinal` 0)."""
    rights, place = conversation.chatter.rights, conversation.participation
    since = clock.EPOCH if place is not None else rights.eligible_since.get(conversation.service_id)
    if since is None:
        return None  # an administrator who sees it, and to whom it is not addressed
    found = _UNSEEN.list(
        reader,
        conversation=conversation.id,
        me=conversation.chatter.person_id,
        read=conversation.read_ordinal,
        since=since,
    )
    if found:
        return _describe_news(conversation, found)
    is_new = ordinal == 0 and conversation.last_ordinal == 0 and conversation.created_by != rights.person_id
    return _describe_beginning(reader, conversation) if is_new else None


_IS_MINE = exists(
    select(added_people.c.person_id).where(
        added_people.c.conversation_id == messages.c.conversation_id,
        added_people.c.ordinal == messages.c.ordinal,
        added_people.c.person_id == bindparam("me"),
    )
)
_UNSEEN = Prepared(
    select(
        messages.c.author_id,
        messages.c.kind,
        messages.c.text,
        messages.c.urgent_reason,
        people.c.given_name,
        people.c.family_name,
    )
    .join(people, people.c.id == messages.c.author_id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.author_id != bindparam("me"),
        messages.c.ordinal > bindparam("read"),
        messages.c.created_at >= conversations.c.created_at,
        messages.c.created_at >= bindparam("since", type_=Instant),
        _IS_NEWS,
        or_(messages.c.kind == "text", messages.c.kind == "resumed", _IS_MINE),
    )
    .order_by(messages.c.ordinal.desc())
    .limit(COUNTED)
)


def _describe_news(conversation: VisibleConversation, found: Sequence[Any]) -> News:
    last = next((row for row in found if row.kind == "text"), found[0])
    return News(
        conversation_id=conversation.id,
        name=conversation.name,
        author=f"{last.given_name} {last.family_name}".strip(),
        authors=len({row.author_id for row in found}),
        count=sum(row.kind == "text" for row in found),
        text=last.text,
        is_urgent=any(row.urgent_reason is not None for row in found),
    )


def _describe_beginning(reader: Reader, conversation: VisibleConversation) -> News:
    creator = reader.execute(
        select(people.c.given_name, people.c.family_name).where(people.c.id == conversation.created_by)
    ).one()
    author = f"{creator.given_name} {creator.family_name}".strip()
    return News(conversation.id, conversation.name, author, authors=1, count=0, text="", is_urgent=False)


def list_seen_elsewhere(reader: Reader, device_id: int, person_id: int) -> tuple[int, ...]:
    """Conversations that a device still shows as news and that were read on another screen, or left."""
    rows = _SEEN.list(reader, device=device_id, me=person_id)
    return tuple(row.conversation_id for row in rows)


_SEEN = Prepared(
    select(push_notices.c.conversation_id)
    .join(participants, participants.c.conversation_id == push_notices.c.conversation_id)
    .where(
        push_notices.c.device_id == bindparam("device"),
        push_notices.c.shown_ordinal.is_not(None),
        participants.c.person_id == bindparam("me"),
        or_(participants.c.read_ordinal >= push_notices.c.shown_ordinal, participants.c.left_at.is_not(None)),
    )
    .limit(COUNTED)
)


def get_alerting(reader: Reader, person_id: int) -> Alerting:
    row = _ALERTING.one(reader, me=person_id)
    organization_quiet = QuietHours(row.quiet_starts, row.quiet_ends)
    own = None if row.starts is None else QuietHours(row.starts, row.ends)
    return Alerting(own or organization_quiet, own is not None, organization_quiet, bool(row.shows_text))


_ALERTING = Prepared(
    select(
        organizations.c.quiet_starts,
        organizations.c.quiet_ends,
        organizations.c.shows_text,
        own_quiet_hours.c.starts,
        own_quiet_hours.c.ends,
    )
    .select_from(people)
    .join(organizations, organizations.c.id == people.c.organization_id)
    .outerjoin(own_quiet_hours, own_quiet_hours.c.person_id == people.c.id)
    .where(people.c.id == bindparam("me"))
)


def list_devices(reader: Reader, actor: Actor) -> list[DeviceRow]:
    """Where one's notifications come; this device first."""
    rows = _select_devices(reader, push_devices.c.person_id == actor.person_id)
    found = [_build_device(row, actor.session_id) for row in rows]
    return sorted(found, key=lambda row: not row.is_current)


def list_devices_of(reader: Reader, person_id: int) -> list[DeviceRow]:
    rows = _select_devices(reader, push_devices.c.person_id == person_id)
    return [_build_device(row, None) for row in rows]


def _build_device(row: Any, session_id: int | None) -> DeviceRow:
    return DeviceRow(
        id=row.id,
        name=row.device,
        since=row.created_at,
        succeeded_at=row.succeeded_at,
        failed_at=row.failed_at,
        is_current=row.session_id == session_id,
    )


def _select_devices(reader: Reader, condition: ColumnElement[bool]) -> Sequence[Any]:
    rows: Sequence[Any] = reader.execute(
        select(
            push_devices.c.id,
            sessions.c.device,
            push_devices.c.created_at,
            push_devices.c.succeeded_at,
            push_devices.c.failed_at,
            push_devices.c.session_id,
        )
        .join(sessions, sessions.c.id == push_devices.c.session_id)
        .where(condition, push_devices.c.ended_at.is_(None), sessions.c.expires_at > reader.now)
        .order_by(push_devices.c.created_at.desc(), push_devices.c.id.desc())
    ).all()
    return rows


def find_next_due(reader: Reader) -> datetime | None:
    """When something waits to be sent."""
    due: datetime | None = reader.execute(select(func.min(push_notices.c.due_at))).scalar()
    return due


def count_muted(reader: Reader, person_id: int) -> int:
    """Conversations of which one wants no notifications."""
    found: int = reader.execute(
        select(func.count())
        .select_from(participants)
        .join(conversations, conversations.c.id == participants.c.conversation_id)
        .where(
            participants.c.person_id == person_id,
            participants.c.muted_at.is_not(None),
            participants.c.left_at.is_(None),
            conversations.c.deleted_at.is_(None),
        )
    ).scalar_one()
    return found

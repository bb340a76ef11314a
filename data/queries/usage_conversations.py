"""Public conversations in the figures of usage: heard, active, silent. Private ones are not looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, distinct, exists, func, or_, select

from data.db import Reader
from data.models import conversations, usage_conversations
from data.usage.facts import SILENT_AFTER, last_days
from data.usage.windows import Window, list_months

SHOWN = 50  # conversations on the page


@dataclass(frozen=True)
class LastHeard:
    """The public conversation of a service in which somebody wrote last."""

    conversation_id: int
    at: datetime


def find_last_heard(reader: Reader, service_ids: Collection[int]) -> dict[int, LastHeard]:
    rows = reader.execute(_LAST_HEARD, {"services": list(service_ids)})
    return {row.service_id: LastHeard(row.id, row.active_at) for row in rows}


def count_active(reader: Reader, service_ids: Collection[int], windows: Sequence[Window]) -> list[dict[int, int]]:
    """In how many somebody wrote, deleted since or not, by service, for each period."""
    months, days = usage_conversations.c.month, usage_conversations.c.days
    counts = [
        func.count(distinct(case((is_heard(months, days, window), usage_conversations.c.conversation_id))))
        for window in windows
    ]
    rows = reader.execute(
        select(usage_conversations.c.service_id, *counts)
        .join(conversations, conversations.c.id == usage_conversations.c.conversation_id)
        .where(
            usage_conversations.c.service_id.in_(service_ids),
            usage_conversations.c.month >= min(window.from_on for window in windows).replace(day=1),
            usage_conversations.c.month <= max(window.to_on for window in windows),
            conversations.c.kind == "public",
        )
        .group_by(usage_conversations.c.service_id)
    ).all()
    return [{row[0]: row[number + 1] for row in rows} for number in range(len(windows))]


def is_heard(month: ColumnElement[date], days: ColumnElement[int], window: Window) -> ColumnElement[bool]:
    """A row of days of a month, as bits, has one within the period."""
    whole, cut = list_months(window)
    parts = [and_(month == first, days.bitwise_and(mask) != 0) for first, mask in cut]
    if whole:
        parts.append(and_(month >= whole[0], month <= whole[-1], days != 0))
    return or_(*parts)


def count_silent(
    reader: Reader, service_ids: Collection[int], windows: Sequence[Window], timezone: str
) -> list[dict[int, int]]:
    """In how many, begun before, nobody wrote in the days that end with the period: by service, for each period."""
    counts = [func.sum(case((_is_silent(window, timezone), 1), else_=0)) for window in windows]
    rows = reader.execute(
        select(conversations.c.service_id, *counts).where(*_living(service_ids)).group_by(conversations.c.service_id)
    ).all()
    return [{row[0]: int(row[number + 1]) for row in rows} for number in range(len(windows))]


def _is_silent(window: Window, timezone: str) -> ColumnElement[bool]:
    lately = last_days(window, SILENT_AFTER)
    return and_(conversations.c.created_at < lately.bounds(timezone)[0], ~_was_heard(lately))


def _was_heard(window: Window) -> ColumnElement[bool]:
    """The conversation of the enclosing query, within the period."""
    return exists(
        select(usage_conversations.c.conversation_id)
        .where(
            usage_conversations.c.service_id == conversations.c.service_id,
            usage_conversations.c.conversation_id == conversations.c.id,
            is_heard(usage_conversations.c.month, usage_conversations.c.days, window),
        )
        .correlate(conversations)
    )


@dataclass(frozen=True)
class ConversationFacts:
    id: int
    name: str
    service_id: int
    created_at: datetime
    active_at: datetime
    messages: int
    is_active: bool


def list_latest(reader: Reader, service_ids: Collection[int], window: Window) -> tuple[list[ConversationFacts], int]:
    """The living ones in which somebody wrote last, and how many there are."""
    rows = reader.execute(
        select(
            conversations.c.id,
            conversations.c.name,
            conversations.c.service_id,
            conversations.c.created_at,
            conversations.c.active_at,
            conversations.c.last_ordinal,
            _was_heard(window),
            func.count().over(),
        )
        .where(*_living(service_ids))
        .order_by(conversations.c.active_at.desc(), conversations.c.id.desc())
        .limit(SHOWN)
    ).all()
    found = [ConversationFacts(row[0], row[1] or "", row[2], row[3], row[4], row[5], bool(row[6])) for row in rows]
    return found, rows[0][7] if rows else 0


def _living(service_ids: Collection[int] | BindParameter[Sequence[int]]) -> tuple[ColumnElement[bool], ...]:
    return (
        conversations.c.service_id.in_(service_ids),
        conversations.c.kind == "public",
        conversations.c.deleted_at.is_(None),
    )


_RANKED = (
    select(
        conversations.c.service_id,
        conversations.c.id,
        conversations.c.active_at,
        func.row_number()
        .over(
            partition_by=conversations.c.service_id,
            order_by=(conversations.c.active_at.desc(), conversations.c.id.desc()),
        )
        .label("rank"),
    )
    .where(*_living(bindparam("services", expanding=True)), conversations.c.last_ordinal > 0)
    .subquery()
)
_LAST_HEARD = select(_RANKED).where(_RANKED.c.rank == 1)

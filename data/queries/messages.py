"""Messages of a conversation, by page, and what changed since a client last heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select, tuple_

from data import clock
from data.access.conversations import VisibleConversation
from data.access.presence import is_leading
from data.db import Reader
from data.models import added_people, messages, people
from data.realtime.events import WireMessage, WirePerson

PAGE = 50
CATCH_UP_LIMIT = 500  # beyond that, a client begins again from the latest page
ADDED = ("added", "added_all")  # lines that say who came


@dataclass(frozen=True)
class MessagePage:
    """Messages in order. `older` and `newer`: there are others on that side."""

    messages: list[WireMessage]
    older: bool
    newer: bool


def list_messages(
    reader: Reader, conversation: VisibleConversation, *, before: int | None = None, after: int | None = None
) -> MessagePage:
    """The latest page, or the one just before or just after an ordinal."""
    query = _select_messages(reader, conversation)
    if after is not None:
        after = max(after, conversation.from_ordinal)
        rows = reader.execute(
            query.where(messages.c.ordinal > after).order_by(messages.c.ordinal).limit(PAGE + 1)
        ).all()
        page = build_messages(reader, rows[:PAGE])
        return MessagePage(page, older=after > conversation.from_ordinal, newer=len(rows) > PAGE)
    limit = conversation.last_ordinal + 1 if before is None else before
    rows = reader.execute(
        query.where(messages.c.ordinal < limit).order_by(messages.c.ordinal.desc()).limit(PAGE + 1)
    ).all()
    page = build_messages(reader, rows[:PAGE][::-1])
    return MessagePage(page, older=len(rows) > PAGE, newer=limit <= conversation.last_ordinal)


def list_changes(
    reader: Reader, conversation: VisibleConversation, *, seq: int, ordinal: int
) -> list[WireMessage] | None:
    """Messages after `ordinal`, and those up to it that changed after `seq`, as they stand now; None where they are so
    many that beginning again is quicker, or where the client knows what did not happen (an older state restored)."""
    if seq > conversation.last_seq or ordinal > conversation.last_ordinal:
        return None
    query = _select_messages(reader, conversation)
    new = query.where(messages.c.ordinal > ordinal).order_by(messages.c.ordinal).limit(CATCH_UP_LIMIT + 1)
    changed = (
        query.where(messages.c.changed_seq > seq, messages.c.ordinal <= ordinal)
        .order_by(messages.c.changed_seq)
        .limit(CATCH_UP_LIMIT + 1)
    )
    rows = [*reader.execute(changed), *reader.execute(new)]
    return None if len(rows) > CATCH_UP_LIMIT else build_messages(reader, rows)


def build_messages(reader: Reader, rows: Sequence[Row[Any]]) -> list[WireMessage]:
    added = list_added(reader, rows)
    return [build_message(row, added) for row in rows]


Added = dict[tuple[int, int], list[WirePerson]]  # by conversation and ordinal


def list_added(reader: Reader, rows: Sequence[Row[Any]]) -> Added:
    """Whom the lines among them say to have been added; nothing is asked where there are none."""
    lines = [(row.in_conversation, row.ordinal) for row in rows if row.message_kind in ADDED]
    if not lines:
        return {}
    found = reader.execute(
        select(
            added_people.c.conversation_id,
            added_people.c.ordinal,
            people.c.id,
            people.c.given_name,
            people.c.family_name,
        )
        .join(people, people.c.id == added_people.c.person_id)
        .where(tuple_(added_people.c.conversation_id, added_people.c.ordinal).in_(lines))
        .order_by(people.c.id)
    )
    added: Added = {}
    for row in found:
        added.setdefault((row.conversation_id, row.ordinal), []).append(WirePerson(row.id, join_name(row)))
    return added


def build_message(row: Row[Any], added: Added) -> WireMessage:
    return WireMessage(
        ordinal=row.ordinal,
        author=WirePerson(row.author_id, join_name(row), manager=bool(row.leads)),
        kind=row.message_kind,
        text=row.text,
        ref=row.ref,
        at=clock.to_ms(row.sent_at),
        edited_at=None if row.edited_at is None else clock.to_ms(row.edited_at),
        deleted=row.message_deleted_at is not None,
        urgent=row.urgent_reason is not None,
        added=added.get((row.in_conversation, row.ordinal)),
    )


def join_name(row: Row[Any]) -> str:
    return f"{row.given_name} {row.family_name}".strip()


# What `build_message` reads from a row; `conversations` stands beside them.
MESSAGE_COLUMNS = (
    messages.c.conversation_id.label("in_conversation"),
    messages.c.ordinal,
    messages.c.author_id,
    messages.c.kind.label("message_kind"),
    messages.c.text,
    messages.c.ref,
    messages.c.created_at.label("sent_at"),
    messages.c.edited_at,
    messages.c.deleted_at.label("message_deleted_at"),
    messages.c.urgent_reason,
    people.c.given_name,
    people.c.family_name,
)


def _select_messages(reader: Reader, conversation: VisibleConversation) -> Select[Any]:
    today = conversation.chatter.today(reader)
    return (
        select(*MESSAGE_COLUMNS, is_leading(conversation.service_id, today).label("leads"))
        .join(people, people.c.id == messages.c.author_id)
        .where(
            messages.c.conversation_id == conversation.id,
            messages.c.ordinal > conversation.from_ordinal,
        )
    )

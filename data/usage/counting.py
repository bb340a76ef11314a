"""What was said, deleted and begun: each fact once, by the cursors of its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    false,
    insert,
    literal,
    null,
    select,
    update,
)

from data.aside import Aside
from data.db import Reader
from data.models import conversations, messages, organizations
from data.usage.marks import Overtaken
from data.usage.stats import REPLY_WITHIN
from data.usage.workbench import Cursor, Listing, as_number, batch, cursors, local_hour

IMPORTED = "import:%"  # refs of messages that were written elsewhere
LISTED = 20_000  # conversations at once


def list_uncounted(reader: Reader, after: int) -> Listing:
    """The next conversations with something to count; by service, so that what adds up comes together."""
    rows = reader.execute(
        select(
            conversations.c.id,
            conversations.c.counted_ordinal,
            conversations.c.last_ordinal,
            conversations.c.counted_seq,
            conversations.c.last_seq,
            conversations.c.service_id,
        )
        .where(conversations.c.last_seq > conversations.c.counted_seq, conversations.c.id > after)
        .order_by(conversations.c.id)
        .limit(LISTED)
    ).all()
    found = [Cursor(*row[:5]) for row in sorted(rows, key=lambda row: (row.service_id, row.id))]
    return Listing(found, rows[-1].id if len(rows) == LISTED else None)


def load_counted(aside: Aside) -> None:
    """Lay out the facts between the cursors."""
    for source in (_SENT, _DELETED, _BEGUN):
        aside.execute(source)


def move_counted(aside: Aside, done: Sequence[Cursor]) -> None:
    """`Overtaken` unless all stand where they were read."""
    moved = aside.execute(_MOVE, [_describe(cursor) for cursor in done])
    if moved.rowcount != len(done):
        raise Overtaken()


def _describe(cursor: Cursor) -> dict[str, Any]:
    return {
        "id_": cursor.conversation_id,
        "from_ordinal": cursor.from_ordinal,
        "upto_ordinal": cursor.upto_ordinal,
        "from_seq": cursor.from_seq,
        "upto_seq": cursor.upto_seq,
    }


_MOVE = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("id_"),
        conversations.c.counted_ordinal == bindparam("from_ordinal"),
        conversations.c.counted_seq == bindparam("from_seq"),
    )
    .values(counted_ordinal=bindparam("upto_ordinal"), counted_seq=bindparam("upto_seq"))
)


def in_conversations() -> FromClause:
    """The cursors with what they are about."""
    return cursors.join(conversations, conversations.c.id == cursors.c.conversation_id).join(
        organizations, organizations.c.id == conversations.c.organization_id
    )


def fill_batch(from_: FromClause, *conditions: ColumnElement[bool], **columns: Any) -> Any:
    """Into the batch, messages of the enclosing tables; `columns` tells what differs."""
    found: dict[str, Any] = {
        "conversation_id": messages.c.conversation_id,
        "ordinal": messages.c.ordinal,
        "organization_id": conversations.c.organization_id,
        "service_id": conversations.c.service_id,
        "kind": conversations.c.kind,
        "hour": local_hour(messages.c.created_at),
        "at": as_number(messages.c.created_at),
        "author_id": messages.c.author_id,
        "leads": messages.c.author_leads,
        "employed": messages.c.author_employed,
        "delay": null(),
        "readers": null(),
    } | columns
    return insert(batch).from_select(
        list(found), select(*(found[name] for name in found)).select_from(from_).where(*conditions)
    )


is_human: ColumnElement[bool] = messages.c.kind == "text"
is_between: ColumnElement[bool] = and_(
    messages.c.conversation_id == cursors.c.conversation_id,
    messages.c.ordinal > cursors.c.from_ordinal,
    messages.c.ordinal <= cursors.c.upto_ordinal,
)
_before = messages.alias("before")
_between = messages.alias("between")
_ordinal_before = (
    select(_between.c.ordinal)
    .where(
        _between.c.conversation_id == messages.c.conversation_id,
        _between.c.ordinal < messages.c.ordinal,
        _between.c.kind == "text",
    )
    .order_by(_between.c.ordinal.desc())
    .limit(1)
    .correlate(messages)
    .scalar_subquery()
)
_waited = as_number(messages.c.created_at) - as_number(_before.c.created_at)
_SENT = fill_batch(
    in_conversations()
    .join(messages, is_between)
    .outerjoin(
        _before,
        and_(
            conversations.c.kind == "public",
            _before.c.conversation_id == messages.c.conversation_id,
            _before.c.ordinal == _ordinal_before,
        ),
    ),
    is_human,
    source=literal("sent"),
    delay=case(
        (
            and_(_before.c.author_id != messages.c.author_id, _waited.between(0, REPLY_WITHIN * 1000)),
            _waited // 1000,
        )
    ),
)
_DELETED = fill_batch(
    in_conversations().join(
        messages,
        and_(
            messages.c.conversation_id == cursors.c.conversation_id,
            messages.c.changed_seq > cursors.c.from_seq,
            messages.c.changed_seq <= cursors.c.upto_seq,
        ),
    ),
    is_human,
    messages.c.deleted_at.is_not(None),
    source=literal("deleted"),
)
_is_imported = exists(
    select(messages.c.ordinal)
    .where(
        messages.c.conversation_id == cursors.c.conversation_id,
        messages.c.ordinal == 1,
        messages.c.ref.like(IMPORTED),
    )
    .correlate_except(messages)
)
_BEGUN = fill_batch(
    in_conversations(),
    cursors.c.from_seq < 0,
    ~_is_imported,
    source=literal("begun"),
    conversation_id=cursors.c.conversation_id,
    ordinal=literal(0),
    hour=local_hour(conversations.c.created_at),
    at=as_number(conversations.c.created_at),
    author_id=conversations.c.created_by,
    leads=false(),
    employed=false(),
)

"""What was said, deleted and begun: each fact once, by the cursors of its conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Executable,
    Integer,
    Select,
    bindparam,
    cast,
    exists,
    select,
    type_coerce,
    update,
)

from data.aside import Aside
from data.db import Reader
from data.models import conversations, messages, organizations
from data.usage.marks import Overtaken
from data.usage.stats import NEVER, PUBLIC, Facts, Numbers, Source
from data.usage.workbench import Cursor, Home, Listing, Workbench, fetch

IMPORTED = "import:%"  # refs of messages that were written elsewhere
LISTED = 20_000  # conversations at once
REPLY_WITHIN = 7 * 24 * 3_600_000  # milliseconds

_HOME = (conversations.c.organization_id, conversations.c.service_id, organizations.c.timezone, conversations.c.kind)
IDS = conversations.c.id.in_(bindparam("ids", expanding=True))


def list_uncounted(reader: Reader, after: int) -> Listing:
    """The next conversations with something to count; by service, so that what adds up comes together."""
    rows = reader.execute(_UNCOUNTED, {"after": after}).all()
    found = [Cursor(row.id, Home(*row[1:5]), *row[5:]) for row in rows]
    return Listing(sort_by_service(found), rows[-1].id if len(rows) == LISTED else None)


def sort_by_service(found: list[Cursor]) -> list[Cursor]:
    return sorted(found, key=lambda cursor: (cursor.home.service_id, cursor.conversation_id))


def list_homes() -> Any:
    """Conversations with where they are; the rest is the caller's."""
    return (
        select(conversations.c.id, *_HOME)
        .join(organizations, organizations.c.id == conversations.c.organization_id)
        .where(conversations.c.id > bindparam("after"))
        .order_by(conversations.c.id)
        .limit(LISTED)
    )


_UNCOUNTED = (
    list_homes()
    .add_columns(
        conversations.c.counted_ordinal,
        conversations.c.last_ordinal,
        conversations.c.counted_seq,
        conversations.c.last_seq,
    )
    .where(conversations.c.last_seq > conversations.c.counted_seq)
)


def load_counted(aside: Aside, bench: Workbench) -> Mapping[Source, Facts]:
    return {
        "sent": _load_sent(aside, bench),
        "deleted": _load_deleted(aside, bench),
        "begun": _load_begun(aside, bench),
    }


def move_counted(aside: Aside, done: Sequence[Cursor]) -> None:
    """`Overtaken` unless all stand where they were read."""
    rows = [
        {
            "id_": cursor.conversation_id,
            "from_ordinal": cursor.from_ordinal,
            "upto_ordinal": cursor.upto_ordinal,
            "from_seq": cursor.from_seq,
            "upto_seq": cursor.upto_seq,
        }
        for cursor in done
    ]
    if aside.execute(_MOVE, rows).rowcount != len(done):
        raise Overtaken()


_MOVE = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("id_"),
        conversations.c.counted_ordinal == bindparam("from_ordinal"),
        conversations.c.counted_seq == bindparam("from_seq"),
    )
    .values(counted_ordinal=bindparam("upto_ordinal"), counted_seq=bindparam("upto_seq"))
)


def as_number(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """As the table keeps it."""
    return type_coerce(instant, BigInteger)


# What of a message is read: an array each, in this order.
MESSAGE = (
    messages.c.conversation_id,
    messages.c.ordinal,
    as_number(messages.c.created_at),
    messages.c.author_id,
    (cast(messages.c.author_leads, Integer) + 2 * cast(messages.c.author_employed, Integer)).label("standing"),
)
is_human: ColumnElement[bool] = messages.c.kind == "text"
_here = messages.join(conversations, conversations.c.id == messages.c.conversation_id)


def select_messages(cursor: Column[int], *more: ColumnElement[Any]) -> Select[Any]:
    """Those of people that come after the cursor, no more of a conversation than is counted at once."""
    return (
        select(*MESSAGE, *more)
        .select_from(_here)
        .where(IDS, messages.c.ordinal > cursor, messages.c.ordinal <= cursor + bindparam("most"), is_human)
    )


def fetch_messages(aside: Aside, bench: Workbench, statement: Executable, **parameters: Any) -> Numbers:
    """In the order of conversation and ordinal; the first column is the conversation's row."""
    known = bench.parameters | parameters
    found = fetch(aside, statement, known, len(MESSAGE))
    found[0] = np.searchsorted(bench.ids, found[0])
    found = found[:, found[1] <= bench.upto_ordinals[found[0]]]
    return found[:, np.lexsort((found[1], found[0]))]


def make_facts(bench: Workbench, found: Numbers, **more: Numbers) -> Facts:
    row, _, at, author, standing = found
    return Facts(
        place=bench.place_of[row],
        kind=bench.kinds[row],
        hour=bench.to_hours(row, at),
        conversation=bench.ids[row],
        author=author,
        leads=(standing & 1).astype(bool),
        employed=(standing & 2).astype(bool),
        **more,
    )


def _load_sent(aside: Aside, bench: Workbench) -> Facts:
    found = fetch_messages(aside, bench, _SENT)
    return make_facts(bench, found, replied=_find_replies(bench, found, fetch(aside, _BEFORE, bench.parameters, 3)))


def _find_replies(bench: Workbench, found: Numbers, before: Numbers) -> Numbers:
    """Seconds since the message before in the same public conversation, where that was somebody else's. `before`: the
    last ones that were counted earlier."""
    row, _, at, author, _ = found
    last_author, last_at = (np.full(len(bench.ids), NEVER) for _ in range(2))
    place = np.searchsorted(bench.ids, before[0])
    last_at[place], last_author[place] = before[1], before[2]
    is_first = np.ones(len(row), dtype=bool)
    is_first[1:] = row[1:] != row[:-1]
    author_before = np.where(is_first, last_author[row], np.roll(author, 1))
    delay = at - np.where(is_first, last_at[row], np.roll(at, 1))
    is_reply = (bench.kinds[row] == PUBLIC) & (author_before != NEVER) & (author_before != author)
    return np.where(is_reply & (delay >= 0) & (delay <= REPLY_WITHIN), delay // 1000, NEVER)


_SENT = select_messages(conversations.c.counted_ordinal)
_earlier = messages.alias("earlier")
_BEFORE = (
    select(messages.c.conversation_id, as_number(messages.c.created_at), messages.c.author_id)
    .select_from(_here)
    .where(
        IDS,
        conversations.c.kind == "public",
        messages.c.ordinal
        == select(_earlier.c.ordinal)
        .where(
            _earlier.c.conversation_id == conversations.c.id,
            _earlier.c.ordinal <= conversations.c.counted_ordinal,
            _earlier.c.kind == "text",
        )
        .order_by(_earlier.c.ordinal.desc())
        .limit(1)
        .correlate(conversations)
        .scalar_subquery(),
    )
)


def _load_deleted(aside: Aside, bench: Workbench) -> Facts:
    """Counted once all messages are, with those that were deleted before they were counted."""
    found = fetch(aside, _DELETED, bench.parameters, len(MESSAGE) + 1)
    found[0] = np.searchsorted(bench.ids, found[0])
    upto = np.array([cursor.upto_seq for cursor in bench.cursors], dtype=np.int64)
    return make_facts(bench, found[:-1, found[-1] <= upto[found[0]]])


_DELETED = (
    select(*MESSAGE, messages.c.changed_seq)
    .select_from(_here)
    .where(IDS, messages.c.changed_seq > conversations.c.counted_seq, messages.c.deleted_at.is_not(None), is_human)
)


def _load_begun(aside: Aside, bench: Workbench) -> Facts:
    found = fetch(aside, _BEGUN, bench.parameters, 3)
    row = np.searchsorted(bench.ids, found[0])
    nothing = np.zeros_like(row)
    return make_facts(bench, np.array([row, nothing, found[1], found[2], nothing]))


_is_imported = exists(
    select(messages.c.ordinal).where(
        messages.c.conversation_id == conversations.c.id, messages.c.ordinal == 1, messages.c.ref.like(IMPORTED)
    )
)
_BEGUN = select(conversations.c.id, as_number(conversations.c.created_at), conversations.c.created_by).where(
    IDS, conversations.c.counted_seq < 0, ~_is_imported
)

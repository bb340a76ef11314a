"""How public messages were read, once each is 24 hours old: then nothing that comes changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import bindparam, case, null, or_, select, update

from data.aside import Aside
from data.models import conversations, messages, views
from data.models.columns import Instant
from data.usage.counting import (
    IMPORTED,
    LISTED,
    as_number,
    fetch_messages,
    list_homes,
    make_facts,
    select_messages,
    sort_by_service,
)
from data.usage.marks import Overtaken, find_reading_since
from data.usage.reading import READ_WITHIN, Looks, Said, count_readers, find_first_seen
from data.usage.stats import NEVER, Facts, Numbers, Source
from data.usage.workbench import Cursor, Home, Listing, Workbench, fetch

# A view of the last second may come to light a little later, and seem a little older than what it saw: units wait for
# each other.
GRACE = timedelta(minutes=1)
SKEW = 10_000  # milliseconds


def list_unsettled(aside: Aside, after: int) -> Listing:
    """The next public conversations with messages old enough, by service."""
    old = aside.now - timedelta(milliseconds=READ_WITHIN) - GRACE
    rows = aside.execute(_UNSETTLED, {"old": old, "after": after}).all()
    found = [
        Cursor(row.id, Home(*row[1:5]), row.settled_ordinal, row.last_ordinal if row.young is None else row.young - 1)
        for row in rows
    ]
    ripe = sort_by_service([cursor for cursor in found if cursor.size])
    return Listing(ripe, rows[-1].id if len(rows) == LISTED else None)


def load_settled(aside: Aside, bench: Workbench) -> Mapping[Source, Facts]:
    found = fetch_messages(aside, bench, _SETTLED, since=find_reading_since(aside))
    row, ordinal, at, author, _ = found
    said = Said(row, ordinal, at, author)
    looks = _load_looks(aside, bench, at)
    delay = find_first_seen(said, looks)
    seen = np.where(delay == NEVER, NEVER, delay // 1000)
    return {"settled": make_facts(bench, found, readers=count_readers(said, looks), seen=seen)}


def _load_looks(aside: Aside, bench: Workbench, at: Numbers) -> Looks:
    """By people who worked in the conversation's service at that moment."""
    if not len(at):
        return Looks(*np.zeros((4, 0), dtype=np.int64))
    span = {"first": int(at.min()) - SKEW, "last": int(at.max()) + READ_WITHIN}
    conversation, *looks = fetch(aside, _LOOKS, bench.parameters | span, 4)
    return Looks(np.searchsorted(bench.ids, conversation), *looks)


def move_settled(aside: Aside, done: Sequence[Cursor]) -> None:
    """`Overtaken` unless all stand where they were read."""
    rows: list[dict[str, Any]] = [
        {"id_": cursor.conversation_id, "from_ordinal": cursor.from_ordinal, "upto_ordinal": cursor.upto_ordinal}
        for cursor in done
    ]
    if aside.execute(_MOVE, rows).rowcount != len(done):
        raise Overtaken()


_MOVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("id_"), conversations.c.settled_ordinal == bindparam("from_ordinal"))
    .values(settled_ordinal=bindparam("upto_ordinal"))
)
_OLD = bindparam("old", type_=Instant)
_young = (
    select(messages.c.ordinal)
    .where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.ordinal > conversations.c.settled_ordinal,
        messages.c.created_at > _OLD,
    )
    .order_by(messages.c.ordinal)
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)
_UNSETTLED = (
    list_homes()
    .add_columns(
        conversations.c.settled_ordinal,
        conversations.c.last_ordinal,
        # Where nothing was said lately, all is old: no need to look.
        case((conversations.c.active_at <= _OLD, null()), else_=_young).label("young"),
    )
    .where(conversations.c.kind == "public", conversations.c.last_ordinal > conversations.c.settled_ordinal)
)
_SETTLED = select_messages(conversations.c.settled_ordinal).where(
    # What was imported is not younger than the conversation: most refs need no look.
    or_(messages.c.created_at > conversations.c.created_at, ~messages.c.ref.like(IMPORTED)),
    messages.c.created_at >= bindparam("since", type_=Instant),
)
_LOOKS = select(views.c.conversation_id, views.c.person_id, as_number(views.c.viewed_at), views.c.ordinal).where(
    views.c.conversation_id.in_(bindparam("ids", expanding=True)),
    as_number(views.c.viewed_at).between(bindparam("first"), bindparam("last")),
    views.c.employed,
)

"""How public messages were read, once each is 24 hours old: then nothing that comes changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from data.aside import Aside
from data.models import conversations, messages, views
from data.models.columns import Instant
from data.usage.counting import IMPORTED, LISTED, fill_batch, in_conversations, is_between, is_human
from data.usage.marks import Overtaken, find_reading_since
from data.usage.workbench import Cursor, Listing, as_number, batch, cursors, looks

READ_WITHIN = timedelta(hours=24)
GRACE = timedelta(minutes=1)  # a view of the last second may come to light a little later
DAY = READ_WITHIN // timedelta(milliseconds=1)
SKEW = 10_000  # milliseconds by which a look may seem older than what it saw: units wait for each other


def list_unsettled(aside: Aside, after: int) -> Listing:
    """The next public conversations with messages old enough, by service."""
    rows = aside.execute(_UNSETTLED, {"old": aside.now - READ_WITHIN - GRACE, "after": after}).all()
    found = [
        Cursor(row.id, row.settled_ordinal, row.last_ordinal if row.young is None else row.young - 1)
        for row in sorted(rows, key=lambda row: (row.service_id, row.id))
    ]
    return Listing([cursor for cursor in found if cursor.size], rows[-1].id if len(rows) == LISTED else None)


def load_settled(aside: Aside) -> None:
    """Lay out the messages between the cursors, and who read them."""
    aside.execute(_SETTLED, {"since": find_reading_since(aside)})
    aside.execute(_LOOKS)
    aside.execute(_READ)


def move_settled(aside: Aside, done: Sequence[Cursor]) -> None:
    """`Overtaken` unless all stand where they were read."""
    rows = [
        {"id_": cursor.conversation_id, "from_ordinal": cursor.from_ordinal, "upto_ordinal": cursor.upto_ordinal}
        for cursor in done
    ]
    if aside.execute(_MOVE, rows).rowcount != len(done):
        raise Overtaken()


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
    select(
        conversations.c.id,
        conversations.c.service_id,
        conversations.c.settled_ordinal,
        conversations.c.last_ordinal,
        case((conversations.c.active_at <= _OLD, null()), else_=_young).label("young"),
    )
    .where(
        conversations.c.kind == "public",
        conversations.c.last_ordinal > conversations.c.settled_ordinal,
        conversations.c.id > bindparam("after"),
    )
    .order_by(conversations.c.id)
    .limit(LISTED)
)
_MOVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("id_"), conversations.c.settled_ordinal == bindparam("from_ordinal"))
    .values(settled_ordinal=bindparam("upto_ordinal"))
)
_SETTLED = fill_batch(
    in_conversations().join(messages, is_between),
    is_human,
    ~messages.c.ref.like(IMPORTED),
    messages.c.created_at >= bindparam("since", type_=Instant),
    source=literal("settled"),
)

# Between what somebody saw before and what they see now: the messages of this look that are young enough.
_IS_SETTLED: ColumnElement[str] = literal_column("'settled'")  # spelt out, for the index to be found
_spans = (
    select(
        batch.c.conversation_id,
        func.min(batch.c.at).label("first_at"),
        func.max(batch.c.at).label("last_at"),
    )
    .where(batch.c.source == _IS_SETTLED)
    .group_by(batch.c.conversation_id)
    .subquery("spans")
)
_viewed = as_number(views.c.viewed_at)
_seen = (
    select(
        views.c.conversation_id,
        views.c.person_id,
        views.c.ordinal,
        _viewed.label("at"),
        func.max(views.c.ordinal)
        .over(
            partition_by=(views.c.conversation_id, views.c.person_id),
            order_by=(views.c.viewed_at, views.c.ordinal),
            rows=(None, -1),
        )
        .label("before"),
    )
    .select_from(
        _spans.join(cursors, cursors.c.conversation_id == _spans.c.conversation_id).join(
            views,
            and_(
                views.c.conversation_id == _spans.c.conversation_id,
                _viewed >= _spans.c.first_at - SKEW,
                _viewed <= _spans.c.last_at + DAY,
            ),
        )
    )
    .where(views.c.employed, views.c.ordinal > cursors.c.from_ordinal)
    .subquery("seen")
)
_young_enough = (
    select(batch.c.ordinal)
    .where(
        batch.c.source == _IS_SETTLED,
        batch.c.conversation_id == _seen.c.conversation_id,
        batch.c.at >= _seen.c.at - DAY,
    )
    .order_by(batch.c.at, batch.c.ordinal)
    .limit(1)
    .correlate(_seen)
    .scalar_subquery()
)
_unread = func.coalesce(_seen.c.before, 0) + 1
_looked = select(
    _seen.c.conversation_id, _seen.c.person_id, _seen.c.ordinal, _unread.label("unread"), _young_enough.label("young")
).subquery("looked")
_from = case((_looked.c.unread < _looked.c.young, _looked.c.young), else_=_looked.c.unread)
_LOOKS = insert(looks).from_select(
    ["conversation_id", "person_id", "to_ordinal", "from_ordinal"],
    select(_looked.c.conversation_id, _looked.c.person_id, _looked.c.ordinal, _from).where(
        _looked.c.young.is_not(None), _from <= _looked.c.ordinal
    ),
)

# How many looks are open at each message: they open before it and close after it.
_steps = union_all(
    select(
        looks.c.conversation_id,
        looks.c.from_ordinal.label("ordinal"),
        literal_column("0").label("turn"),
        literal_column("1").label("step"),
    ),
    select(batch.c.conversation_id, batch.c.ordinal, literal_column("1"), literal_column("0")).where(
        batch.c.source == _IS_SETTLED
    ),
    select(looks.c.conversation_id, looks.c.to_ordinal, literal_column("2"), literal_column("-1")),
).subquery("steps")
_open = select(
    _steps.c.conversation_id,
    _steps.c.ordinal,
    _steps.c.turn,
    func.sum(_steps.c.step)
    .over(partition_by=_steps.c.conversation_id, order_by=(_steps.c.ordinal, _steps.c.turn), rows=(None, 0))
    .label("readers"),
).subquery("open")
_own = (
    select(looks.c.from_ordinal)
    .where(
        looks.c.conversation_id == batch.c.conversation_id,
        looks.c.person_id == batch.c.author_id,
        looks.c.to_ordinal >= batch.c.ordinal,
    )
    .order_by(looks.c.to_ordinal)
    .limit(1)
    .correlate(batch)
    .scalar_subquery()
)
_others = _open.c.readers - case((_own <= batch.c.ordinal, 1), else_=0)
_first_look = (
    select(_viewed)
    .where(
        views.c.conversation_id == batch.c.conversation_id,
        _viewed >= batch.c.at - SKEW,
        _viewed <= batch.c.at + DAY,
        views.c.ordinal >= batch.c.ordinal,
        views.c.person_id != batch.c.author_id,
        views.c.employed,
    )
    .order_by(views.c.viewed_at)
    .limit(1)
    .correlate(batch)
    .scalar_subquery()
)
_delay = _first_look - batch.c.at
_carried = [batch.c[name] for name in batch.c.keys() if name not in ("source", "delay", "readers")]  # noqa: SIM118
_READ = insert(batch).from_select(
    ["source", *(column.name for column in _carried), "delay", "readers"],
    select(literal("read"), *_carried, case((_delay < 0, 0), else_=_delay // 1000), _others)
    .select_from(
        _open.join(
            batch,
            and_(
                batch.c.source == _IS_SETTLED,
                batch.c.conversation_id == _open.c.conversation_id,
                batch.c.ordinal == _open.c.ordinal,
            ),
        )
    )
    .where(_open.c.turn == 1, _others > 0),
)

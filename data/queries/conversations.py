"""The list of conversations, a line of it, and the badge over all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from data import clock
from data.access.actors import Chatter
from data.access.conversations import RESTORE_DAYS, VisibleConversation
from data.access.presence import belongs_to, is_leading
from data.db import Reader
from data.models import conversations, messages, participants, people, services
from data.models.columns import Instant
from data.models.unread import count_unread, count_unread_since
from data.prepared import Prepared
from data.queries.messages import MESSAGE_COLUMNS, Added, build_message, join_name, list_added
from data.realtime.events import WireMessage, WirePerson
from data.text import like_pattern

Filter = Literal["all", "public", "private", "left", "hidden", "deleted"]

PAGE = 50


class ConversationRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of somebody's list. Instants are milliseconds since 1970 UTC.

    `closed`: in a one-to-one, why nobody would read an answer: the other person `left`, or is `gone` from the service.
    `deleted`: shown only to who may bring it back. `quiet`: what is said there does not count as unread (an
    administrator who never looked at it)."""

    id: int
    kind: str
    service_id: int
    service: str
    created_by: int
    active_at: int
    last_ordinal: int
    last_seq: int
    name: str | None = None
    people: list[WirePerson] | None = None
    read_ordinal: int = 0
    unread: int = 0
    joined: bool = False
    left: bool = False
    hidden: bool = False
    deleted: bool = False
    quiet: bool = False
    muted: bool = False
    closed: Literal["left", "gone"] | None = None
    last: WireMessage | None = None


@dataclass(frozen=True)
class ConversationList:
    """`more`: there are others after these. `unread`: the badge of the menu, over all conversations."""

    rows: list[ConversationRow]
    more: bool
    unread: int


def list_conversations(
    reader: Reader, chatter: Chatter, *, only: Filter = "all", search: str = "", skip: int = 0
) -> ConversationList:
    """Unread first, then the latest. Left, hidden and deleted ones only where they are asked for; a search through all
    finds hidden ones too."""
    query = _list_query(_shape(chatter), only, bool(search.strip()))
    values = {"pattern": like_pattern(search), "skip": skip, "restorable": reader.now - RESTORE_DAYS}
    found = query.list(reader, **_describe(reader, chatter), **values)
    rows = _build_rows(reader, chatter, found[:PAGE])
    is_counted = only == "all" and not search.strip() and bool(found)
    unread = found[0].unread_together if is_counted else count_all_unread(reader, chatter)
    return ConversationList(rows, len(found) > PAGE, int(unread))


def get_conversation_row(reader: Reader, conversation: VisibleConversation) -> ConversationRow:
    chatter = conversation.chatter
    found = _row_query(_shape(chatter)).list(reader, **_describe(reader, chatter), conversation=conversation.id)
    return _build_rows(reader, chatter, found)[0]


def count_all_unread(reader: Reader, chatter: Chatter) -> int:
    """The badge of the menu."""
    return int(_badge_query(_shape(chatter)).one(reader, **_describe(reader, chatter)).unread)


@dataclass(frozen=True)
class _Shape:
    """What of a person changes the statements themselves; the rest are their parameters. Building one takes longer
    than running it, and colleagues have the same."""

    services_on: tuple[int, ...]
    eligible_in: tuple[int, ...]
    is_administrator: bool

    @property
    def is_here(self) -> ColumnElement[bool]:
        """In one of these services: their numbers stand in the statement itself."""
        return conversations.c.service_id.in_([literal_column(str(service)) for service in self.services_on])


def _shape(chatter: Chatter) -> _Shape:
    rights = chatter.rights
    return _Shape(tuple(sorted(rights.chat_services)), tuple(sorted(rights.eligible_since)), rights.is_administrator)


def _describe(reader: Reader, chatter: Chatter) -> dict[str, Any]:
    since = {f"since_{service}": at for service, at in chatter.rights.eligible_since.items()}
    return {"me": chatter.person_id, "today": chatter.today(reader), **since}


_ME = bindparam("me", type_=BigInteger)
_TODAY = bindparam("today", type_=Date)
_SHAPES = 512  # statements that are kept


@lru_cache(_SHAPES)
def _list_query(shape: _Shape, only: Filter, is_search: bool) -> Prepared:
    mine = (_deleted(shape) if only == "deleted" else _mine(shape)).cte("mine")
    return Prepared(
        _select_rows(mine)
        .add_columns(func.sum(mine.c.unread).over().label("unread_together"))
        .where(_is_shown(mine, only, finds_hidden=is_search), *([_matches()] if is_search else []))
        .order_by((mine.c.unread > 0).desc(), mine.c.active_at.desc(), conversations.c.id.desc())
        .limit(PAGE + 1)
        .offset(bindparam("skip", type_=BigInteger))
    )


@lru_cache(_SHAPES)
def _row_query(shape: _Shape) -> Prepared:
    mine = _mine(shape).cte("mine")
    return Prepared(_select_rows(mine).where(mine.c.id == bindparam("conversation", type_=BigInteger)))


@lru_cache(_SHAPES)
def _badge_query(shape: _Shape) -> Prepared:
    mine = _mine(shape).cte("mine")
    return Prepared(select(func.coalesce(func.sum(mine.c.unread), 0).label("unread")).where(_is_shown(mine, "all")))


def _mine(shape: _Shape) -> Any:
    """All that one may see: where one has a place, and the public conversations of one's services."""
    place = and_(participants.c.conversation_id == conversations.c.id, participants.c.person_id == _ME)
    here = and_(conversations.c.deleted_at.is_(None), shape.is_here)
    since = {service: bindparam(f"since_{service}", type_=Instant) for service in shape.eligible_in}
    has_left = participants.c.left_at.is_not(None)
    ordinal = case((has_left, participants.c.left_ordinal), else_=conversations.c.last_ordinal)
    placed = (
        select(
            conversations.c.id,
            participants.c.read_ordinal,
            true().label("placed"),
            participants.c.joined_at.is_not(None).label("joined"),
            has_left.label("left"),
            func.coalesce(participants.c.hidden_ordinal >= ordinal, false()).label("hidden"),
            participants.c.muted_at.is_not(None).label("muted"),
            case((has_left, 0), else_=count_unread(participants.c.read_ordinal, _ME)).label("unread"),
            ordinal.label("ordinal"),
            case((has_left, participants.c.left_seq), else_=conversations.c.last_seq).label("seq"),
            case((has_left, participants.c.left_at), else_=conversations.c.active_at).label("active_at"),
        )
        .join(participants, place)
        .where(here)
    )
    unseen = select(
        conversations.c.id,
        literal(0),
        false(),
        false(),
        false(),
        false(),
        false(),
        count_unread_since(since, _ME),
        *_STANDS,
    ).where(here, conversations.c.kind == "public", ~exists().where(place))
    return union_all(placed, unseen)


# How far a conversation is: for who left it, how far it was then.
_STANDS = (
    conversations.c.last_ordinal.label("ordinal"),
    conversations.c.last_seq.label("seq"),
    conversations.c.active_at,
)


def _deleted(shape: _Shape) -> Any:
    """What one may still bring back: an administrator the public ones, a creator the own private ones (R10, R16)."""
    whose = [and_(conversations.c.kind != "public", conversations.c.created_by == _ME)]
    if shape.is_administrator:
        whose.append(conversations.c.kind == "public")
    return select(
        conversations.c.id,
        literal(0).label("read_ordinal"),
        true().label("placed"),
        false().label("joined"),
        false().label("left"),
        false().label("hidden"),
        false().label("muted"),
        literal(0).label("unread"),
        *_STANDS,
    ).where(
        conversations.c.deleted_at > bindparam("restorable", type_=Instant),
        shape.is_here,
        or_(*whose),
    )


def _is_shown(mine: CTE, only: Filter, *, finds_hidden: bool = False) -> ColumnElement[bool]:
    if only == "left":
        return mine.c.left
    if only == "hidden":
        return and_(~mine.c.left, mine.c.hidden)
    present = ~mine.c.left if finds_hidden else and_(~mine.c.left, ~mine.c.hidden)
    if only == "public":
        return and_(present, mine.c.id.in_(select(conversations.c.id).where(conversations.c.kind == "public")))
    if only == "private":
        return and_(present, mine.c.id.in_(select(conversations.c.id).where(conversations.c.kind != "public")))
    return present


def _matches() -> ColumnElement[bool]:
    """By the name, or by the other person of a one-to-one."""
    pattern = bindparam("pattern", type_=String)
    other = (
        select(people.c.id)
        .where(
            people.c.id.in_((conversations.c.pair_low, conversations.c.pair_high)),
            people.c.id != _ME,
            people.c.search_name.like(pattern, escape="\\"),
        )
        .correlate(conversations)
    )
    return or_(conversations.c.search_name.like(pattern, escape="\\"), exists(other))


def _select_rows(mine: CTE) -> Select[Any]:
    """What `_build_rows` reads: the conversation, one's place in it, and its last message with the author."""
    return (
        select(
            conversations.c.id,
            conversations.c.kind,
            conversations.c.service_id,
            conversations.c.name,
            conversations.c.created_by,
            conversations.c.deleted_at,
            services.c.name.label("service_name"),
            mine.c.read_ordinal,
            mine.c.joined,
            mine.c.left,
            mine.c.hidden,
            mine.c.muted,
            mine.c.placed,
            mine.c.unread,
            mine.c.ordinal.label("told_ordinal"),
            mine.c.seq.label("told_seq"),
            mine.c.active_at.label("told_at"),
            *MESSAGE_COLUMNS,
            is_leading(conversations.c.service_id, _TODAY).label("leads"),
        )
        .select_from(mine)
        .join(conversations, conversations.c.id == mine.c.id)
        .join(services, services.c.id == conversations.c.service_id)
        .outerjoin(
            messages,
            and_(
                messages.c.conversation_id == conversations.c.id,
                messages.c.ordinal == conversations.c.last_ordinal,
            ),
        )
        .outerjoin(people, people.c.id == messages.c.author_id)
    )


def _build_rows(reader: Reader, chatter: Chatter, found: list[Row[Any]]) -> list[ConversationRow]:
    pairs = _list_pairs(reader, chatter, [row.id for row in found if row.kind == "one_to_one"])
    added = list_added(reader, found)
    return [_build_row(chatter, row, pairs.get(row.id), added) for row in found]


def _build_row(chatter: Chatter, row: Row[Any], pair: list[Row[Any]] | None, added: Added) -> ConversationRow:
    other = next((each for each in pair or () if each.id != chatter.person_id), None)
    closed: Literal["left", "gone"] | None = None
    if other is not None and not row.left:
        closed = "gone" if not other.present else "left" if other.left_at is not None else None
    silent = row.left or row.deleted_at is not None
    last = None if row.ordinal is None or silent else build_message(row, added)
    is_hidden = last is not None and row.kind == "group" and _was_away(chatter, row.service_id, last)
    return ConversationRow(
        id=row.id,
        kind=row.kind,
        service_id=row.service_id,
        service=row.service_name,
        created_by=row.created_by,
        active_at=clock.to_ms(row.told_at),
        last_ordinal=row.told_ordinal,
        last_seq=row.told_seq,
        name=row.name,
        people=None if pair is None else [WirePerson(each.id, join_name(each), bool(each.leads)) for each in pair],
        read_ordinal=row.read_ordinal,
        unread=0 if is_hidden else row.unread,
        joined=bool(row.joined),
        left=bool(row.left),
        hidden=bool(row.hidden),
        muted=bool(row.muted),
        quiet=not row.placed and row.service_id not in chatter.rights.eligible_since,
        deleted=row.deleted_at is not None,
        closed=closed,
        last=None if is_hidden else last,
    )


def _was_away(chatter: Chatter, service_id: int, last: WireMessage) -> bool:
    """They worked elsewhere when it was said, and nothing was since (access/conversations says what they read)."""
    absence = chatter.rights.absences.get(service_id)
    return absence is not None and clock.to_ms(absence[0]) <= last.at < clock.to_ms(absence[1])


def _list_pairs(reader: Reader, chatter: Chatter, conversation_ids: list[int]) -> dict[int, list[Row[Any]]]:
    """The two people of each one-to-one, and whether they are still there to read."""
    if not conversation_ids:
        return {}
    rows = reader.execute(_PAIRS, {"these": conversation_ids, "today": chatter.today(reader)})
    pairs: dict[int, list[Row[Any]]] = {}
    for row in rows:
        pairs.setdefault(row.conversation_id, []).append(row)
    return pairs


_PAIRS = (
    select(
        participants.c.conversation_id,
        participants.c.left_at,
        people.c.id,
        people.c.given_name,
        people.c.family_name,
        is_leading(conversations.c.service_id, _TODAY).label("leads"),
        belongs_to(conversations.c.service_id, _TODAY).label("present"),
    )
    .join(people, people.c.id == participants.c.person_id)
    .join(conversations, conversations.c.id == participants.c.conversation_id)
    .where(participants.c.conversation_id.in_(bindparam("these", expanding=True)))
    .order_by(people.c.id)
)

"""The list of conversations, a line of it, and the badge over all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
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
from data.models.unread import count_unread, count_unread_since
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
    mine = (_deleted(reader, chatter) if only == "deleted" else _mine(chatter)).cte("mine")
    query = (
        _select_rows(mine, chatter.today(reader))
        .where(_is_shown(mine, only, finds_hidden=bool(search.strip())), *_matches(search, chatter))
        .order_by((mine.c.unread > 0).desc(), mine.c.active_at.desc(), conversations.c.id.desc())
        .limit(PAGE + 1)
        .offset(skip)
    )
    found = reader.execute(query).all()
    rows = _build_rows(reader, chatter, found[:PAGE])
    return ConversationList(rows, len(found) > PAGE, count_all_unread(reader, chatter))


def get_conversation_row(reader: Reader, conversation: VisibleConversation) -> ConversationRow:
    mine, today = _mine(conversation.chatter).cte("mine"), conversation.chatter.today(reader)
    found = reader.execute(_select_rows(mine, today).where(mine.c.id == conversation.id)).all()
    return _build_rows(reader, conversation.chatter, found)[0]


def count_all_unread(reader: Reader, chatter: Chatter) -> int:
    """The badge of the menu."""
    mine = _mine(chatter).cte("mine")
    return int(
        reader.execute(select(func.coalesce(func.sum(mine.c.unread), 0)).where(_is_shown(mine, "all"))).scalar_one()
    )


def _mine(chatter: Chatter) -> Any:
    """All that one may see: where one has a place, and the public conversations of one's services."""
    place = and_(participants.c.conversation_id == conversations.c.id, participants.c.person_id == chatter.person_id)
    here = and_(conversations.c.deleted_at.is_(None), conversations.c.service_id.in_(chatter.rights.chat_services))
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
            case((has_left, 0), else_=count_unread(participants.c.read_ordinal, chatter.person_id)).label("unread"),
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
        count_unread_since(dict(chatter.rights.eligible_since), chatter.person_id),
        *_STANDS,
    ).where(here, conversations.c.kind == "public", ~exists().where(place))
    return union_all(placed, unseen)


# How far a conversation is: for who left it, how far it was then.
_STANDS = (
    conversations.c.last_ordinal.label("ordinal"),
    conversations.c.last_seq.label("seq"),
    conversations.c.active_at,
)


def _deleted(reader: Reader, chatter: Chatter) -> Any:
    """What one may still bring back: an administrator the public ones, a creator the own private ones (R10, R16)."""
    whose = [and_(conversations.c.kind != "public", conversations.c.created_by == chatter.person_id)]
    if chatter.rights.is_administrator:
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
        conversations.c.deleted_at > reader.now - RESTORE_DAYS,
        conversations.c.service_id.in_(chatter.rights.chat_services),
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


def _matches(search: str, chatter: Chatter) -> list[ColumnElement[bool]]:
    """By the name, or by the other person of a one-to-one."""
    if not search.strip():
        return []
    pattern = like_pattern(search)
    other = (
        select(people.c.id)
        .where(
            people.c.id.in_((conversations.c.pair_low, conversations.c.pair_high)),
            people.c.id != chatter.person_id,
            people.c.search_name.like(pattern, escape="\\"),
        )
        .correlate(conversations)
    )
    return [or_(conversations.c.search_name.like(pattern, escape="\\"), exists(other))]


def _select_rows(mine: CTE, today: date) -> Select[Any]:
    """What `_build_rows` reads: the conversation, one's place in it, and its last message with the author."""
    return (
        select(
            conversations,
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
            is_leading(conversations.c.service_id, today).label("leads"),
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
        unread=row.unread,
        joined=bool(row.joined),
        left=bool(row.left),
        hidden=bool(row.hidden),
        muted=bool(row.muted),
        quiet=not row.placed and row.service_id not in chatter.rights.eligible_since,
        deleted=row.deleted_at is not None,
        closed=closed,
        last=None if row.ordinal is None or silent else build_message(row, added),
    )


def _list_pairs(reader: Reader, chatter: Chatter, conversation_ids: list[int]) -> dict[int, list[Row[Any]]]:
    """The two people of each one-to-one, and whether they are still there to read."""
    if not conversation_ids:
        return {}
    today = chatter.today(reader)
    rows = reader.execute(
        select(
            participants.c.conversation_id,
            participants.c.left_at,
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            is_leading(conversations.c.service_id, today).label("leads"),
            belongs_to(conversations.c.service_id, today).label("present"),
        )
        .join(people, people.c.id == participants.c.person_id)
        .join(conversations, conversations.c.id == participants.c.conversation_id)
        .where(participants.c.conversation_id.in_(conversation_ids))
        .order_by(people.c.id)
    )
    pairs: dict[int, list[Row[Any]]] = {}
    for row in rows:
        pairs.setdefault(row.conversation_id, []).append(row)
    return pairs

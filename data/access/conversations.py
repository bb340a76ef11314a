"""Who may do what with a conversation (R5 to R16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, select

from data.access.actors import Chatter, Surface
from data.access.rights import Rights
from data.db import Reader
from data.errors import ConversationLeft, NotAllowed, NotFound, PublicFromPortalOnly, ServicesMissing
from data.models import conversations, messages, participants, people, services
from data.models.columns import Instant
from data.prepared import Prepared

Kind = Literal["public", "one_to_one", "group"]

RESTORE_DAYS = timedelta(days=30)


class Participation(Struct, frozen=True):
    """My place in a conversation, where I have one."""

    read_ordinal: int
    joined_at: datetime | None
    left_at: datetime | None
    from_ordinal: int
    muted_at: datetime | None


class VisibleConversation(Struct, frozen=True):
    """A conversation whose messages the chatter may read now."""

    chatter: Chatter
    id: int
    organization_id: int
    service_id: int
    kind: Kind
    name: str | None
    created_by: int
    last_ordinal: int
    last_seq: int
    participation: Participation | None

    @property
    def is_public(self) -> bool:
        return self.kind == "public"

    @property
    def joined_at(self) -> datetime | None:
        return self.participation.joined_at if self.participation else None

    @property
    def has_joined(self) -> bool:
        return self.joined_at is not None

    @property
    def read_ordinal(self) -> int:
        return self.participation.read_ordinal if self.participation else 0

    @property
    def from_ordinal(self) -> int:
        """What was said up to there is not for the chatter (R19)."""
        return self.participation.from_ordinal if self.participation else 0


class JoinedConversation(VisibleConversation, frozen=True):
    """One may write in it: a participant, or somebody of the service who becomes one by doing so."""


class PrivateConversation(JoinedConversation, frozen=True):
    """One takes part in it, and may bring in others."""


class LedConversation(JoinedConversation, frozen=True):
    """A public one whose service one runs: one may alert everybody in it."""


class LeftConversation(VisibleConversation, frozen=True):
    """One left it, and may come back."""


class OwnedConversation(VisibleConversation, frozen=True):
    """One may delete it, or bring it back: `deleted_at` tells which."""

    deleted_at: datetime | None
    deleted_by: int | None


@dataclass(frozen=True)
class ManagedService:
    """A service of which the chatter runs the public conversations, from the portal."""

    chatter: Chatter
    id: int
    organization_id: int
    name: str


@dataclass(frozen=True)
class ChatService:
    """A service in whose private conversations the chatter may take part."""

    chatter: Chatter
    id: int
    organization_id: int
    name: str


def access_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> VisibleConversation:
    """To read. Left ones hold nothing until one comes back: `ConversationLeft`."""
    row = _find(reader, chatter, conversation_id)
    if row.left_at is not None:
        raise ConversationLeft()
    return VisibleConversation(**_common(reader, chatter, row))


def access_joined_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> JoinedConversation:
    """To write, or to say that one has seen."""
    row = _find(reader, chatter, conversation_id)
    if row.left_at is not None:
        raise ConversationLeft()
    return JoinedConversation(**_common(reader, chatter, row))


def access_private_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> PrivateConversation:
    """To bring others in (R19): never into a public one, whose people come by themselves."""
    row = _find(reader, chatter, conversation_id)
    if row.left_at is not None:
        raise ConversationLeft()
    if row.kind == "public":
        raise NotAllowed()
    return PrivateConversation(**_common(reader, chatter, row))


def access_led_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> LedConversation:
    """To mark a message as urgent. `NotAllowed` to others who see it."""
    row = _find(reader, chatter, conversation_id)
    if row.kind != "public" or not chatter.rights.runs(row.service_id):
        raise NotAllowed()
    if row.left_at is not None:
        raise ConversationLeft()
    return LedConversation(**_common(reader, chatter, row))


def access_left_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> LeftConversation:
    """To come back. One that was not left is `NotFound` here, as one that never was."""
    row = _find(reader, chatter, conversation_id)
    if row.left_at is None:
        raise NotFound()
    return LeftConversation(**_common(reader, chatter, row))


def access_listed_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> VisibleConversation:
    """To know that it is there, left or not: for its line in the list, and to hide it."""
    return VisibleConversation(**_common(reader, chatter, _find(reader, chatter, conversation_id)))


def access_owned_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> OwnedConversation:
    """To delete: the creator, or for a public one whoever runs the service. `NotAllowed` to others who see it."""
    row = _find(reader, chatter, conversation_id)
    if not _owns(chatter.rights, row):
        raise NotAllowed()
    return OwnedConversation(**_common(reader, chatter, row), deleted_at=None, deleted_by=None)


def access_deleted_conversation(reader: Reader, chatter: Chatter, conversation_id: int) -> OwnedConversation:
    """To undo or restore within 30 days: an administrator (public), the creator (private), or, while the notice
    shows, the one who deleted it. Others who saw it are told `NotAllowed`; to the rest it never was."""
    row = _select(reader, chatter, conversation_id)
    if row is None or row.deleted_at is None or not _may_see(chatter.rights, row):
        raise NotFound()
    if not may_restore(chatter.rights, row, reader.now):
        raise NotAllowed()
    return OwnedConversation(**_common(reader, chatter, row), deleted_at=row.deleted_at, deleted_by=row.deleted_by)


UNDO_SECONDS = timedelta(seconds=30)  # the notice shows for 8; a slow network gets the rest


def may_restore(rights: Rights, row: Row[Any], now: datetime) -> bool:
    if now - row.deleted_at > RESTORE_DAYS:
        return False
    if row.deleted_by == rights.person_id and now - row.deleted_at <= UNDO_SECONDS:
        return True
    return rights.is_administrator if row.kind == "public" else row.created_by == rights.person_id


def access_managed_services(reader: Reader, chatter: Chatter, service_ids: list[int]) -> list[ManagedService]:
    """To launch public conversations: only from the portal (R5), only in services one runs."""
    if chatter.actor.surface is not Surface.PORTAL:
        raise PublicFromPortalOnly()
    if not chatter.rights.manages:
        raise NotAllowed()
    if not service_ids:
        raise ServicesMissing()
    if not all(chatter.rights.runs(service_id) for service_id in service_ids):
        raise NotFound()
    rows = reader.execute(
        select(services.c.id, services.c.organization_id, services.c.name)
        .where(services.c.id.in_(service_ids))
        .order_by(services.c.id)
    )
    return [ManagedService(chatter, *row) for row in rows]


def access_chat_service(reader: Reader, chatter: Chatter, service_id: int) -> ChatService:
    """To start private conversations in it."""
    if not chatter.rights.sees(service_id):
        raise NotFound()
    row = reader.execute(
        select(services.c.id, services.c.organization_id, services.c.name).where(services.c.id == service_id)
    ).one()
    return ChatService(chatter, *row)


def find_one_to_one(reader: Reader, service: ChatService, person_id: int) -> VisibleConversation | None:
    """What I and that person have in the service, left or not."""
    low, high = sort_pair(service.chatter.person_id, person_id)
    if reader.locks:
        # Two who choose each other in the same moment: the second finds what the first made. (Not FOR UPDATE, here as
        # for every row that others refer to: it would stop whoever writes something new about it.)
        reader.execute(select(people.c.id).where(people.c.id == low).with_for_update(key_share=True))
    conversation_id = reader.execute(
        select(conversations.c.id).where(
            conversations.c.service_id == service.id,
            conversations.c.pair_low == low,
            conversations.c.pair_high == high,
            conversations.c.deleted_at.is_(None),
        )
    ).scalar()
    return None if conversation_id is None else access_listed_conversation(reader, service.chatter, conversation_id)


def find_begun(reader: Reader, chatter: Chatter, ref: str) -> int | None:
    """What the chatter's command began when it was sent for the first time (R22)."""
    if reader.locks:
        me = people.c.id == chatter.person_id
        reader.execute(select(people.c.id).where(me).with_for_update(key_share=True))
    found: int | None = reader.execute(
        select(conversations.c.id).where(
            conversations.c.created_by == chatter.person_id, conversations.c.start_ref == ref
        )
    ).scalar()
    return found


def sort_pair(one: int, other: int) -> tuple[int, int]:
    return (min(one, other), max(one, other))


def _select(reader: Reader, chatter: Chatter, conversation_id: int) -> Any:
    if reader.locks:
        # Everything that changes in a conversation waits here for its turn, leaving and writing alike; what follows
        # is then read after the wait, not before.
        _HOLD.run(reader, wanted=conversation_id, here=chatter.organization_id)
    return _PLACE.one_or_none(reader, wanted=conversation_id, here=chatter.organization_id, me=chatter.person_id)


_HERE = and_(conversations.c.id == bindparam("wanted"), conversations.c.organization_id == bindparam("here"))
_HOLD = Prepared(select(conversations.c.id).where(_HERE).with_for_update(key_share=True))
_PLACE = Prepared(
    select(
        conversations.c.id,
        conversations.c.organization_id,
        conversations.c.service_id,
        conversations.c.kind,
        conversations.c.name,
        conversations.c.created_by,
        conversations.c.last_ordinal,
        conversations.c.last_seq,
        conversations.c.deleted_at,
        conversations.c.deleted_by,
        participants.c.person_id,
        participants.c.read_ordinal,
        participants.c.joined_at,
        participants.c.left_at,
        participants.c.from_ordinal,
        participants.c.muted_at,
    )
    .outerjoin(
        participants,
        and_(
            participants.c.conversation_id == conversations.c.id,
            participants.c.person_id == bindparam("me"),
        ),
    )
    .where(_HERE)
)


def _find(reader: Reader, chatter: Chatter, conversation_id: int) -> Row[Any]:
    row = _select(reader, chatter, conversation_id)
    if row is None or row.deleted_at is not None or not _may_see(chatter.rights, row):
        raise NotFound()
    return row


def _may_see(rights: Rights, row: Row[Any]) -> bool:
    """A public one: whoever sees the service. A private one: its participants, while they see the service."""
    return rights.sees(row.service_id) and (row.kind == "public" or row.person_id is not None)


def _owns(rights: Rights, row: Row[Any]) -> bool:
    return row.created_by == rights.person_id or (row.kind == "public" and rights.runs(row.service_id))


def _find_from(reader: Reader, chatter: Chatter, row: Row[Any]) -> int:
    """Up to where a group is not for the chatter: what was said before they came, or while they worked elsewhere (R11).
    The others saw them gone; back again they read from there on, as whoever is added does (R19)."""
    absence = chatter.rights.absences.get(row.service_id)
    if row.kind != "group" or absence is None or row.joined_at is None or row.joined_at >= absence[0]:
        return int(row.from_ordinal)
    last = _LAST_BEFORE.one_or_none(reader, conversation=row.id, until=absence[1])
    was_away = last is not None and last.created_at >= absence[0]
    return max(row.from_ordinal, last.ordinal) if was_away else int(row.from_ordinal)


_LAST_BEFORE = Prepared(
    select(messages.c.ordinal, messages.c.created_at)
    .where(messages.c.conversation_id == bindparam("conversation"))
    .where(messages.c.created_at < bindparam("until", type_=Instant))
    .order_by(messages.c.ordinal.desc())
    .limit(1)
)


def _common(reader: Reader, chatter: Chatter, row: Row[Any]) -> dict[str, Any]:
    participation = None
    if row.person_id is not None:
        begins = _find_from(reader, chatter, row)
        read = max(row.read_ordinal, begins)
        participation = Participation(read, row.joined_at, row.left_at, begins, row.muted_at)
    return {
        "chatter": chatter,
        "id": row.id,
        "organization_id": row.organization_id,
        "service_id": row.service_id,
        "kind": row.kind,
        "name": row.name,
        "created_by": row.created_by,
        "last_ordinal": row.last_ordinal,
        "last_seq": row.last_seq,
        "participation": participation,
    }

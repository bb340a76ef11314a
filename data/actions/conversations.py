"""Launching, starting, deleting and restoring conversations."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, insert, select, update

from data import clock
from data.access.conversations import (
    ChatService,
    Kind,
    ManagedService,
    OwnedConversation,
    VisibleConversation,
    access_private_conversation,
    sort_pair,
)
from data.access.recipients import Recipient
from data.actions.audit import audit
from data.actions.beginnings import check_beginning
from data.actions.messages import append_message, describe_author
from data.actions.participants import tell_added
from data.db import UnitOfWork
from data.errors import TooFewRecipients, TwinExists
from data.models import conversations, participants
from data.realtime.events import (
    ConversationChanged,
    ConversationCreated,
    ConversationDeleted,
    TopicOpened,
    WireConversation,
    WirePerson,
    to_conversation,
    to_person,
    to_service,
)
from data.text import check_name, fold


def do_launch_public_conversations(uow: UnitOfWork, services: list[ManagedService], name: str) -> list[int]:
    """One public conversation in each service (R6). The one who launches takes part from the start."""
    clean = check_name(name)
    created = []
    for service in services:
        wire = _create(uow, service, "public", [], name=clean)
        uow.emit(to_service(service.id), ConversationCreated(wire))
        created.append(wire.id)
    return created


def do_start_group(
    uow: UnitOfWork, service: ChatService, name: str, recipients: list[Recipient], *, ref: str | None = None
) -> int:
    """A named private conversation with at least two others (R13). `ref`: of the command, so that it begins one only
    (access/conversations.find_begun)."""
    clean = check_name(name)
    if len(recipients) < 2:
        raise TooFewRecipients()
    wire = _create(uow, service, "group", recipients, name=clean, ref=ref)
    _announce_private(uow, wire, [service.chatter.person_id, *(r.person_id for r in recipients)])
    return wire.id


def do_widen_one_to_one(
    uow: UnitOfWork,
    service: ChatService,
    partner: Recipient,
    newcomers: list[Recipient],
    name: str,
    *,
    ref: str,
) -> int:
    """Two who want others with them begin a group; what they said between themselves stays there (R19)."""
    new = [newcomer for newcomer in newcomers if newcomer.person_id != partner.person_id]
    group_id = do_start_group(uow, service, name, [partner, *new], ref=ref)
    tell_added(uow, access_private_conversation(uow, service.chatter, group_id), new, history="start")
    return group_id


def do_start_one_to_one(
    uow: UnitOfWork, service: ChatService, recipient: Recipient, existing: VisibleConversation | None
) -> int:
    """What the pair has in this service, both brought back into it, or a new conversation (R12)."""
    if existing is not None:
        _resume(uow, existing)
        return existing.id
    pair = sort_pair(service.chatter.person_id, recipient.person_id)
    wire = _create(uow, service, "one_to_one", [recipient], pair=pair)
    _announce_private(uow, wire, pair)
    return wire.id


def do_delete_conversation(uow: UnitOfWork, conversation: OwnedConversation) -> None:
    """For everyone. Nothing is lost for 30 days."""
    uow.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(deleted_at=uow.now, deleted_by=conversation.chatter.person_id)
    )
    _audit(uow, conversation, "conversation.deleted")
    uow.emit(_topic(conversation), ConversationDeleted(conversation.id))


def do_restore_conversation(uow: UnitOfWork, conversation: OwnedConversation) -> None:
    """`TwinExists` where the pair has begun another one meanwhile."""
    if conversation.kind == "one_to_one" and _has_twin(uow, conversation):
        raise TwinExists()
    uow.execute(
        update(conversations).where(conversations.c.id == conversation.id).values(deleted_at=None, deleted_by=None)
    )
    _audit(uow, conversation, "conversation.restored")
    if not conversation.is_public:
        _open_topic_again(uow, conversation)
    uow.emit(_topic(conversation), ConversationChanged(conversation.id))


def _create(
    uow: UnitOfWork,
    service: ManagedService | ChatService,
    kind: Kind,
    recipients: list[Recipient],
    *,
    name: str | None = None,
    pair: tuple[int, int] | None = None,
    ref: str | None = None,
) -> WireConversation:
    check_beginning(uow, service, kind)
    chatter = service.chatter
    conversation_id: int = uow.execute(
        insert(conversations)
        .values(
            organization_id=service.organization_id,
            service_id=service.id,
            kind=kind,
            name=name,
            search_name=fold(name or ""),
            pair_low=pair[0] if pair else None,
            pair_high=pair[1] if pair else None,
            created_by=chatter.person_id,
            start_ref=ref,
            created_at=uow.now,
            active_at=uow.now,
        )
        .returning(conversations.c.id)
    ).scalar_one()
    _seat(uow, service, conversation_id, [chatter.person_id, *(recipient.person_id for recipient in recipients)])
    both = [
        describe_author(chatter, service.id),
        *(WirePerson(r.person_id, r.name, manager=r.is_manager) for r in recipients),
    ]
    return WireConversation(
        id=conversation_id,
        kind=kind,
        service_id=service.id,
        service=service.name,
        created_by=chatter.person_id,
        active_at=clock.to_ms(uow.now),
        name=name,
        people=both if kind == "one_to_one" else None,
    )


def _seat(
    uow: UnitOfWork, service: ManagedService | ChatService, conversation_id: int, person_ids: Iterable[int]
) -> None:
    """They take part from the start."""
    uow.execute(
        insert(participants),
        [
            {
                "conversation_id": conversation_id,
                "person_id": person_id,
                "organization_id": service.organization_id,
                "joined_at": uow.now,
                "read_ordinal": 0,
            }
            for person_id in person_ids
        ],
    )


def _announce_private(uow: UnitOfWork, wire: WireConversation, members: Iterable[int]) -> None:
    for person_id in members:
        uow.emit(to_person(person_id), TopicOpened(to_conversation(wire.id)))
    uow.emit(to_conversation(wire.id), ConversationCreated(wire))


def _resume(uow: UnitOfWork, conversation: VisibleConversation) -> None:
    """Bring both back into what they have; whoever had left is told as of a new conversation (R16)."""
    absent = (
        uow.execute(
            select(participants.c.person_id).where(
                participants.c.conversation_id == conversation.id, participants.c.left_at.is_not(None)
            )
        )
        .scalars()
        .all()
    )
    uow.execute(
        update(participants)
        .where(participants.c.conversation_id == conversation.id)
        .values(left_at=None, hidden_ordinal=None)
    )
    for person_id in absent:
        uow.emit(to_person(person_id), TopicOpened(to_conversation(conversation.id)))
    if absent:
        append_message(uow, conversation, kind="resumed", text="", ref=f"resumed:{conversation.last_ordinal + 1}")
    for person_id in {*absent, conversation.chatter.person_id}:
        uow.emit(to_person(person_id), ConversationChanged(conversation.id))


def _open_topic_again(uow: UnitOfWork, conversation: OwnedConversation) -> None:
    """Sockets opened while it was deleted do not hear it yet."""
    present = uow.execute(
        select(participants.c.person_id).where(
            participants.c.conversation_id == conversation.id, participants.c.left_at.is_(None)
        )
    ).scalars()
    for person_id in present:
        uow.emit(to_person(person_id), TopicOpened(to_conversation(conversation.id)))


def _has_twin(uow: UnitOfWork, conversation: OwnedConversation) -> bool:
    twin = conversations.alias("twin")
    return (
        uow.execute(
            select(twin.c.id)
            .join(
                conversations,
                and_(
                    twin.c.service_id == conversations.c.service_id,
                    twin.c.pair_low == conversations.c.pair_low,
                    twin.c.pair_high == conversations.c.pair_high,
                ),
            )
            .where(
                conversations.c.id == conversation.id,
                twin.c.id != conversation.id,
                twin.c.deleted_at.is_(None),
            )
        ).first()
        is not None
    )


def _topic(conversation: OwnedConversation) -> str:
    if conversation.is_public:
        return to_service(conversation.service_id)
    return to_conversation(conversation.id)


def _audit(uow: UnitOfWork, conversation: OwnedConversation, act: str) -> None:
    """A private conversation is nobody's to administer: what its people do with it stays with them."""
    if conversation.is_public:
        audit(
            uow,
            conversation.chatter.actor,
            act,
            f"conversation:{conversation.id}",
            organization_id=conversation.organization_id,
            service=conversation.service_id,
        )

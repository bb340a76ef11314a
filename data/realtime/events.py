"""What happens, one frozen class each. The first part goes to clients as it stands: docs/PROTOCOL.md shows each frame.
The second part speaks to the hub only: it changes what the sockets of this process may hear.

A frame that several people receive holds nothing personal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Union

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    pass


class WirePerson(msgspec.Struct, frozen=True, omit_defaults=True):
    id: int
    name: str
    manager: bool = False


class WireMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Instants (`at`, `edited_at`) are milliseconds since 1970 UTC. `text` is empty once deleted. `added`: whom the
    author brought in, where the line says so."""

    ordinal: int
    author: WirePerson
    kind: str
    text: str
    ref: str
    at: int
    edited_at: int | None = None
    deleted: bool = False
    urgent: bool = False
    added: list[WirePerson] | None = None


class WireConversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is the same for everybody. `people`: the two of a one-to-one, each of whom sees the other's name."""

    id: int
    kind: str
    service_id: int
    service: str
    created_by: int
    active_at: int
    name: str | None = None
    people: list[WirePerson] | None = None


class MessageSent(Event, frozen=True, tag="message.sent"):
    conversation_id: int
    seq: int
    message: WireMessage


class MessageEdited(Event, frozen=True, tag="message.edited"):
    """`text` is empty to whom the message is not shown, having been added after it."""

    conversation_id: int
    seq: int
    ordinal: int
    text: str
    edited_at: int


class MessageDeleted(Event, frozen=True, tag="message.deleted"):
    conversation_id: int
    seq: int
    ordinal: int
    author_id: int


class ConversationCreated(Event, frozen=True, tag="conversation.created"):
    conversation: WireConversation


class ConversationChanged(Event, frozen=True, tag="conversation.changed"):
    """Ask for its row again: it came back, or what one may do in it changed."""

    conversation_id: int


class ConversationDeleted(Event, frozen=True, tag="conversation.deleted"):
    conversation_id: int


class ConversationRead(Event, frozen=True, tag="conversation.read"):
    """To all devices of the reader."""

    conversation_id: int
    read_ordinal: int
    unread: int


class ConversationLeft(Event, frozen=True, tag="conversation.left"):
    """To all devices of the one who left."""

    conversation_id: int


class ConversationHidden(Event, frozen=True, tag="conversation.hidden"):
    conversation_id: int


class ConversationMuted(Event, frozen=True, tag="conversation.muted"):
    """To all devices of whoever wants no notifications of it, or wants them again."""

    conversation_id: int
    muted: bool


class ParticipantsChanged(Event, frozen=True, tag="participants.changed"):
    """Somebody joined, left or came back; whoever shows the participants asks for them again."""

    conversation_id: int


class RightsChanged(Event, frozen=True, tag="rights.changed"):
    """What this person may see changed (a service, the option): say hello again, and draw the menu anew."""


class SessionEnded(Event, frozen=True, tag="session.ended"):
    """Followed by the closing of the socket."""


class HubEvent(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower):
    """Never sent to a client."""


class RightsTouched(HubEvent, frozen=True):
    """The receivers hear nothing more before their rights have been looked at again."""


class TopicOpened(HubEvent, frozen=True):
    """The receivers hear `topic` from now on."""

    topic: str


class TopicClosed(HubEvent, frozen=True):
    topic: str


class ConversationSilenced(HubEvent, frozen=True):
    """The receivers left this public conversation: the service's topic no longer brings it to them."""

    conversation_id: int


class ConversationUnsilenced(HubEvent, frozen=True):
    conversation_id: int


class Emitted(msgspec.Struct, frozen=True):
    """An event and whom it is for. `conversation_id` lets the hub skip those who left that public conversation."""

    topic: str
    event: Event | HubEvent
    conversation_id: int | None = None

    encoder: ClassVar[msgspec.json.Encoder] = msgspec.json.Encoder()

    def frame(self) -> bytes:
        return self.encoder.encode(self.event)


def encode_batch(batch: Sequence[Emitted]) -> bytes:
    """As other processes read it."""
    return Emitted.encoder.encode(batch)


def decode_batch(batch: bytes) -> list[Emitted]:
    return [Emitted(shared.topic, shared.event, shared.conversation_id) for shared in _batches.decode(batch)]


_AnyEvent: Any = Union[(*Event.__subclasses__(), *HubEvent.__subclasses__())]


class _Shared(msgspec.Struct, frozen=True):
    topic: str
    event: _AnyEvent
    conversation_id: int | None = None


_batches = msgspec.json.Decoder(list[_Shared])


def to_service(service_id: int) -> str:
    """Everybody who sees the public conversations of a service."""
    return f"service:{service_id}"


def to_managers(service_id: int) -> str:
    return f"managers:{service_id}"


def to_conversation(conversation_id: int) -> str:
    """The participants of a private conversation."""
    return f"conversation:{conversation_id}"


def to_person(person_id: int) -> str:
    return f"person:{person_id}"


def to_account(account_id: int) -> str:
    return f"account:{account_id}"


def to_organization(organization_id: int) -> str:
    return f"organization:{organization_id}"


def to_session(session_id: int) -> str:
    return f"session:{session_id}"

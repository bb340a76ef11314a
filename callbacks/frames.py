"""What goes over the socket, besides the events: a client's frames and the answers to them, each with its example in
docs/PROTOCOL.md."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from data.actions.participants import History
from data.queries.conversations import ConversationRow, Filter
from data.queries.participants import ParticipantRow
from data.realtime.events import WireMessage

Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Id = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Search = Annotated[str, msgspec.Meta(max_length=100)]
Skip = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Name = Annotated[str, msgspec.Meta(max_length=1_000)]
People = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=200)]


class Frame(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Every frame carries a `ref` of the client's own; exactly one answer, `done` or `refused`, carries it back."""

    ref: Ref


class Hello(Frame, frozen=True, tag="hello"): ...


class Ping(Frame, frozen=True, tag="ping"): ...


class ConversationsList(Frame, frozen=True, tag="conversations.list"):
    only: Filter = "all"
    search: Search = ""
    skip: Skip = 0


class AboutConversation(Frame, frozen=True):
    conversation_id: Id


class ConversationRowGet(AboutConversation, frozen=True, tag="conversation.row"): ...


class ConversationOpen(AboutConversation, frozen=True, tag="conversation.open"): ...


class ConversationPage(AboutConversation, frozen=True, tag="conversation.page"):
    before: Id | None = None
    after: Id | None = None


class ConversationChanges(AboutConversation, frozen=True, tag="conversation.changes"):
    seq: Id
    ordinal: Id


class ConversationView(AboutConversation, frozen=True, tag="conversation.view"):
    ordinal: Id


class ConversationParticipants(AboutConversation, frozen=True, tag="conversation.participants"): ...


class ConversationLeave(AboutConversation, frozen=True, tag="conversation.leave"): ...


class ConversationRejoin(AboutConversation, frozen=True, tag="conversation.rejoin"): ...


class ConversationHide(AboutConversation, frozen=True, tag="conversation.hide"): ...


class ConversationUnhide(AboutConversation, frozen=True, tag="conversation.unhide"): ...


class ConversationDelete(AboutConversation, frozen=True, tag="conversation.delete"): ...


class ConversationRestore(AboutConversation, frozen=True, tag="conversation.restore"): ...


class ConversationMute(AboutConversation, frozen=True, tag="conversation.mute"): ...


class ConversationUnmute(AboutConversation, frozen=True, tag="conversation.unmute"): ...


class ServicesList(Frame, frozen=True, tag="services.list"): ...


class RecipientsList(Frame, frozen=True, tag="recipients.list"):
    service_id: Id
    search: Search = ""
    skip: Skip = 0


class ConversationStart(Frame, frozen=True, tag="conversation.start"):
    """`name`: of a group; the title of a one-to-one is the other person."""

    service_id: Id
    people: People
    name: Name = ""


class ParticipantsCandidates(AboutConversation, frozen=True, tag="participants.candidates"):
    search: Search = ""
    skip: Skip = 0


class ParticipantsAdd(AboutConversation, frozen=True, tag="participants.add"):
    """`name`: of the group that a one-to-one becomes."""

    people: People
    history: History = "now"
    name: Name = ""


class MessageSend(AboutConversation, frozen=True, tag="message.send"):
    """`urgent`: why it alerts in quiet hours too."""

    text: Text
    urgent: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None


class ConversationLook(Frame, frozen=True, tag="conversation.look"):
    """The conversation in front of the person's eyes, or none."""

    conversation_id: Id | None = None


class MessageEdit(AboutConversation, frozen=True, tag="message.edit"):
    ordinal: Id
    text: Text


class MessageDelete(AboutConversation, frozen=True, tag="message.delete"):
    ordinal: Id


class Me(msgspec.Struct, frozen=True):
    """Who one is: `manages` the services one runs, `addressed` those whose public messages count as unread."""

    id: int
    name: str
    administrator: bool
    manages: list[int]
    addressed: list[int]


class Welcome(msgspec.Struct, frozen=True):
    chat: bool
    me: Me | None = None
    rows: list[ConversationRow] = []
    more: bool = False
    unread: int = 0
    timeline: str = ""


class Listed(msgspec.Struct, frozen=True):
    rows: list[ConversationRow]
    more: bool
    unread: int


class RowGot(msgspec.Struct, frozen=True):
    row: ConversationRow
    unread: int


class Opened(msgspec.Struct, frozen=True):
    row: ConversationRow
    messages: list[WireMessage]
    older: bool
    newer: bool


class Page(msgspec.Struct, frozen=True):
    messages: list[WireMessage]
    older: bool
    newer: bool


class Changes(msgspec.Struct, frozen=True):
    """`messages` None: too much happened, open the conversation anew."""

    seq: int
    messages: list[WireMessage] | None


class Sent(msgspec.Struct, frozen=True):
    ordinal: int
    at: int


class ServiceChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """`own`: one works there."""

    id: int
    name: str
    own: bool = False


class Offered(msgspec.Struct, frozen=True):
    """Some of the people one may write to; `count` of all of them."""

    rows: list[ParticipantRow]
    count: int


class Candidates(Offered, frozen=True, omit_defaults=True):
    """`later`: the one who asks came later, and has read the group from there on."""

    later: bool = False


class Started(msgspec.Struct, frozen=True):
    conversation_id: int


class Done(msgspec.Struct, frozen=True, tag_field="type", tag="done"):
    ref: str
    result: Any


class RefusedFrame(msgspec.Struct, frozen=True, tag_field="type", tag="refused", omit_defaults=True):
    """`text` says why in the person's language; `retry_after` seconds where waiting helps."""

    ref: str
    code: str
    text: str
    retry_after: int | None = None

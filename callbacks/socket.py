"""The websocket: a table of commands for each surface, each frame authorised anew. docs/PROTOCOL.md shows them all."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import gevent
import msgspec
import structlog
from flask import Flask, request
from flask_sock import Sock

from callbacks.gate import Gate
from callbacks.identity import current_actor
from callbacks.refusals import describe_fault, describe_refusal
from data import db
from data.access.actors import Actor, Chatter, Surface, access_chat, access_open_session
from data.access.conversations import (
    access_conversation,
    access_deleted_conversation,
    access_joined_conversation,
    access_left_conversation,
    access_listed_conversation,
    access_owned_conversation,
)
from data.access.permissions import Permission, check_permission
from data.access.rights import Rights
from data.actions.conversations import do_delete_conversation, do_restore_conversation
from data.actions.messages import do_delete_message, do_edit_message, do_send_message
from data.actions.participants import do_hide, do_leave, do_rejoin, do_unhide
from data.actions.reading import do_view
from data.actions.sessions import LIFETIME, do_see_session, is_seen_lately
from data.clock import to_ms
from data.db import Reader, UnitOfWork
from data.errors import ChatError, MalformedRequest, NotSignedIn, TooFast
from data.i18n import translator
from data.queries.conversations import (
    ConversationRow,
    Filter,
    count_all_unread,
    get_conversation_row,
    list_conversations,
)
from data.queries.messages import list_changes, list_messages
from data.queries.participants import list_participants
from data.queries.topics import list_hearing, list_service_topics
from data.realtime import bus
from data.realtime.connection import SESSION_ENDED, TRY_AGAIN, Connection
from data.realtime.events import (
    RightsChanged,
    WireMessage,
    to_account,
    to_organization,
    to_person,
    to_session,
)
from data.realtime.hub import Hub, Member

# A person types a few frames a second; a client that catches up sends a burst. After a frame too many all are refused
# for a moment, so that a burst is answered up to a point and not beyond: what is resent keeps its order.
RATE, BURST, PAUSE = 20.0, 60.0, 1

Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Id = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]

log = structlog.get_logger()


class Frame(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Every frame carries a `ref` of the client's own; exactly one answer, `done` or `refused`, carries it back."""

    ref: Ref


class Hello(Frame, frozen=True, tag="hello"): ...


class Ping(Frame, frozen=True, tag="ping"): ...


class ConversationsList(Frame, frozen=True, tag="conversations.list"):
    only: Filter = "all"
    search: Annotated[str, msgspec.Meta(max_length=100)] = ""
    skip: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0


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


class MessageSend(AboutConversation, frozen=True, tag="message.send"):
    text: Text


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


@dataclass(frozen=True)
class Command:
    """`run(reader or unit of work, actor, frame)` gives the result of the answer."""

    frame: type[Frame]
    permission: Permission
    writes: bool
    run: Callable[[Any, Actor, Any], Any]


COMMANDS: dict[Surface, dict[type[Frame], Command]] = {Surface.PORTAL: {}, Surface.MOBILE: {}}


def command(
    frame: type[Frame], *, permission: Permission, writes: bool, surfaces: tuple[Surface, ...] = tuple(Surface)
) -> Callable[[Callable[[Any, Actor, Any], Any]], Callable[[Any, Actor, Any], Any]]:
    """Open a socket command on surfaces."""

    def declare(run: Callable[[Any, Actor, Any], Any]) -> Callable[[Any, Actor, Any], Any]:
        for surface in surfaces:
            COMMANDS[surface][frame] = Command(frame, permission, writes, run)
        return run

    return declare


@command(Ping, permission=Permission.SIGNED_IN, writes=False)
def ping(reader: Reader, actor: Actor, frame: Ping) -> None:
    return None


@command(ConversationsList, permission=Permission.CHAT, writes=False)
def list_(reader: Reader, actor: Actor, frame: ConversationsList) -> Listed:
    found = list_conversations(reader, access_chat(actor), only=frame.only, search=frame.search, skip=frame.skip)
    return Listed(found.rows, found.more, found.unread)


@command(ConversationRowGet, permission=Permission.CHAT, writes=False)
def get_row(reader: Reader, actor: Actor, frame: ConversationRowGet) -> RowGot:
    chatter = access_chat(actor)
    row = get_conversation_row(reader, access_listed_conversation(reader, chatter, frame.conversation_id))
    return RowGot(row, count_all_unread(reader, chatter))


@command(ConversationOpen, permission=Permission.CHAT, writes=False)
def open_conversation(reader: Reader, actor: Actor, frame: ConversationOpen) -> Opened:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    row = get_conversation_row(reader, conversation)
    # Many unread: begin with the first of them, and a few before.
    begins_at = conversation.read_ordinal - 10 if row.joined and row.unread > 40 else None
    page = list_messages(reader, conversation, after=None if begins_at is None else max(0, begins_at))
    return Opened(row, page.messages, page.older, page.newer)


@command(ConversationPage, permission=Permission.CHAT, writes=False)
def get_page(reader: Reader, actor: Actor, frame: ConversationPage) -> Page:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    page = list_messages(reader, conversation, before=frame.before, after=frame.after)
    return Page(page.messages, page.older, page.newer)


@command(ConversationChanges, permission=Permission.CHAT, writes=False)
def get_changes(reader: Reader, actor: Actor, frame: ConversationChanges) -> Changes:
    conversation = access_conversation(reader, access_chat(actor), frame.conversation_id)
    return Changes(conversation.last_seq, list_changes(reader, conversation, seq=frame.seq, ordinal=frame.ordinal))


@command(ConversationParticipants, permission=Permission.CHAT, writes=False)
def get_participants(reader: Reader, actor: Actor, frame: ConversationParticipants) -> Any:
    return list_participants(reader, access_conversation(reader, access_chat(actor), frame.conversation_id))


@command(ConversationView, permission=Permission.CHAT, writes=True)
def view(uow: UnitOfWork, actor: Actor, frame: ConversationView) -> None:
    do_view(uow, access_joined_conversation(uow, access_chat(actor), frame.conversation_id), frame.ordinal)


@command(ConversationLeave, permission=Permission.CHAT, writes=True)
def leave(uow: UnitOfWork, actor: Actor, frame: ConversationLeave) -> None:
    do_leave(uow, access_joined_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationRejoin, permission=Permission.CHAT, writes=True)
def rejoin(uow: UnitOfWork, actor: Actor, frame: ConversationRejoin) -> None:
    do_rejoin(uow, access_left_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationHide, permission=Permission.CHAT, writes=True)
def hide(uow: UnitOfWork, actor: Actor, frame: ConversationHide) -> None:
    do_hide(uow, access_listed_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationUnhide, permission=Permission.CHAT, writes=True)
def unhide(uow: UnitOfWork, actor: Actor, frame: ConversationUnhide) -> None:
    do_unhide(uow, access_listed_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationDelete, permission=Permission.CHAT, writes=True)
def delete(uow: UnitOfWork, actor: Actor, frame: ConversationDelete) -> None:
    do_delete_conversation(uow, access_owned_conversation(uow, access_chat(actor), frame.conversation_id))


@command(ConversationRestore, permission=Permission.CHAT, writes=True)
def restore(uow: UnitOfWork, actor: Actor, frame: ConversationRestore) -> None:
    do_restore_conversation(uow, access_deleted_conversation(uow, access_chat(actor), frame.conversation_id))


@command(MessageSend, permission=Permission.CHAT, writes=True)
def send(uow: UnitOfWork, actor: Actor, frame: MessageSend) -> Sent:
    conversation = access_joined_conversation(uow, access_chat(actor), frame.conversation_id)
    sent = do_send_message(uow, conversation, frame.text, ref=frame.ref)
    return Sent(sent.ordinal, to_ms(sent.sent_at))


@command(MessageEdit, permission=Permission.CHAT, writes=True)
def edit(uow: UnitOfWork, actor: Actor, frame: MessageEdit) -> None:
    conversation = access_joined_conversation(uow, access_chat(actor), frame.conversation_id)
    do_edit_message(uow, conversation, frame.ordinal, frame.text)


@command(MessageDelete, permission=Permission.CHAT, writes=True)
def delete_message(uow: UnitOfWork, actor: Actor, frame: MessageDelete) -> None:
    conversation = access_joined_conversation(uow, access_chat(actor), frame.conversation_id)
    do_delete_message(uow, conversation, frame.ordinal)


@dataclass
class Note:
    """What the edge keeps of a socket. `budget`: frames it may still send (a bucket that refills)."""

    surface: Surface
    language: str
    rights: Rights | None
    budget: float = BURST
    counted_at: float = 0.0
    refused_until: float = 0.0


class SocketEdge:
    """Opens sockets, answers their frames, and looks again at rights that may have changed."""

    def __init__(self) -> None:
        self.hub = Hub(self._look_again)
        self._decoders: dict[Surface, msgspec.json.Decoder[Any]] = {}
        for surface, commands in COMMANDS.items():
            frames: Any = Hello
            for frame in commands:
                frames = frames | frame
            self._decoders[surface] = msgspec.json.Decoder(frames)
        self._keeper: gevent.Greenlet | None = None

    def open(self, ws: Any) -> None:
        """Take the socket over from flask-sock; nothing of the request stays."""
        actor = current_actor()
        member = Member(
            session_id=actor.session_id,
            account_id=actor.account_id,
            control_topics=_list_control_topics(actor),
            note=Note(actor.surface, actor.language, actor.rights),
        )
        member.connection = Connection(
            ws.sock.fileno(), functools.partial(self.answer, member), functools.partial(self.hub.leave, member)
        )
        ws.connected = False
        self.hub.enter(member)
        if self._keeper is None:
            self._keeper = gevent.spawn(self._keep)

    def answer(self, member: Member, text: str) -> None:
        """One frame, one answer, before anything that came of it."""
        with self.hub.answering(member):
            try:
                member.push(self._answer(member, text))
            except NotSignedIn:
                self.hub.close(member, SESSION_ENDED)

    def _answer(self, member: Member, text: str) -> bytes:
        note = member.note
        assert isinstance(note, Note)
        ref = ""
        try:
            _check_rate(note)
            frame = self._parse(note.surface, text)
            ref = frame.ref
            result = self._hello(member, note) if isinstance(frame, Hello) else self._run(member, note, frame)
            return _encode(Done(ref, result))
        except NotSignedIn:
            raise
        except ChatError as error:
            return _refuse(ref or _find_ref(text), error, note)
        except Exception:
            log.exception("frame_failed", session=member.session_id)
            return _admit_fault(ref or _find_ref(text), note)

    def _parse(self, surface: Surface, text: str) -> Frame:
        try:
            frame: Frame = self._decoders[surface].decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise MalformedRequest() from None
        return frame

    def _run(self, member: Member, note: Note, frame: Frame) -> Any:
        known = COMMANDS[note.surface][type(frame)]
        with db.unit_of_work() if known.writes else db.read() as reader:
            actor = access_open_session(reader, member.session_id)
            check_permission(actor, known.permission)
            if isinstance(reader, UnitOfWork):  # who changes something uses the session
                do_see_session(reader, actor)
            return known.run(reader, actor, frame)

    def _hello(self, member: Member, note: Note) -> Welcome:
        self.hub.begin_hello(member)
        try:
            return self._welcome(member, note)
        except BaseException:
            self.hub.expect_hello(member)
            raise

    def _welcome(self, member: Member, note: Note) -> Welcome:
        """Register first, look after: what happens meanwhile waits behind the answer."""
        with db.read() as reader:
            actor = access_open_session(reader, member.session_id)
        if not is_seen_lately(actor, reader.now):
            with db.unit_of_work() as uow:
                do_see_session(uow, actor)
                actor = access_open_session(uow, member.session_id)
        note.rights, note.language = actor.rights, actor.language
        self.hub.trust(member, _find_due(actor))
        if not _may_chat(actor):
            return Welcome(chat=False)
        chatter = access_chat(actor)
        self.hub.add_topics(member, list_service_topics(chatter))
        self._hear_own(member, chatter)
        with db.read() as reader:
            found = list_conversations(reader, chatter)
        return Welcome(chat=True, me=_describe_me(actor), rows=found.rows, more=found.more, unread=found.unread)

    def _hear_own(self, member: Member, chatter: Chatter) -> None:
        """What one takes part in or left, read again if that changed while it was read."""
        member.has_moved = True
        while member.has_moved:
            member.has_moved = False
            with db.read() as reader:
                hearing = list_hearing(reader, chatter)
        self.hub.add_topics(member, hearing.topics)
        member.silenced.update(hearing.silenced)

    def _look_again(self, member: Member) -> None:
        """Rights may have changed: if they did, the client begins anew; if not, what waited goes out."""
        note = member.note
        assert isinstance(note, Note)
        try:
            with db.read() as reader:
                actor = access_open_session(reader, member.session_id)
        except NotSignedIn:
            self.hub.close(member, SESSION_ENDED)
        except Exception as error:
            log.warning("rights_unknown", session=member.session_id, error=type(error).__name__)
            # Better to begin anew than to tell too much.
            self.hub.close(member, TRY_AGAIN)
        else:
            if _are_same(actor.rights, note.rights):
                self.hub.trust(member, _find_due(actor))
            else:
                self.hub.expect_hello(member)
                member.push(_encode(RightsChanged()))

    def _keep(self) -> None:
        """Twice a second: rights that end now. Every five: silence."""
        for beat in itertools.count():
            gevent.sleep(0.5)
            try:
                self.hub.look_at_due()
                if beat % 10 == 0:
                    self.hub.keep_alive()
            except Exception:
                log.exception("hub_keeper_failed")


def register(gate: Gate, server: Flask) -> SocketEdge:
    edge = SocketEdge()
    bus.listen(edge.hub.deliver)
    # No compression (a small frame could become 300 MB), no thread of the library's own.
    server.config["SOCK_SERVER_OPTIONS"] = {"thread_class": _NoThread}

    @server.before_request
    def _refuse_compression() -> None:
        request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)

    sock = Sock(server)
    for path in ("/socket", "/m/socket"):
        sock.route(path, endpoint=f"socket:{path}")(edge.open)
        gate.open_endpoint(f"socket:{path}", Permission.SIGNED_IN)
    return edge


class _NoThread:
    """simple-websocket wants to read in a thread; `Connection` reads instead."""

    name = ""

    def __init__(self, target: object) -> None: ...

    def start(self) -> None: ...


class Done(msgspec.Struct, frozen=True, tag_field="type", tag="done"):
    ref: str
    result: Any


class RefusedFrame(msgspec.Struct, frozen=True, tag_field="type", tag="refused", omit_defaults=True):
    """`text` says why in the person's language; `retry_after` seconds where waiting helps."""

    ref: str
    code: str
    text: str
    retry_after: int | None = None


_encode = msgspec.json.Encoder().encode


def _refuse(ref: str, error: ChatError, note: Note) -> bytes:
    retry_after = error.params.get("retry_after")
    text = describe_refusal(error, translator(note.language))
    return _encode(RefusedFrame(ref, error.code, text, retry_after if isinstance(retry_after, int) else None))


def _admit_fault(ref: str, note: Note) -> bytes:
    return _encode(RefusedFrame(ref, "fault", describe_fault(translator(note.language))))


def _find_ref(text: str) -> str:
    """The ref of a frame that could not be read as one, if it shows."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Any]).get("ref")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return found[:64] if isinstance(found, str) else ""


def _check_rate(note: Note) -> None:
    now = time.monotonic()
    note.budget = min(BURST, note.budget + (now - note.counted_at) * RATE)
    note.counted_at = now
    if note.budget < 1 and now >= note.refused_until:
        note.refused_until = now + PAUSE
    if now < note.refused_until:
        raise TooFast(retry_after=PAUSE)
    note.budget -= 1


def _may_chat(actor: Actor) -> bool:
    try:
        check_permission(actor, Permission.CHAT)
    except ChatError:
        return False
    return True


def _describe_me(actor: Actor) -> Me:
    rights = actor.member
    return Me(
        id=rights.person_id,
        name=actor.name,
        administrator=rights.is_administrator,
        manages=sorted(rights.manages & rights.option_on),
        addressed=sorted(rights.eligible_since),
    )


def _are_same(now: Rights | None, before: Rights | None) -> bool:
    """For what a client hears and shows."""
    if now is None or before is None:
        return now is before
    return _list_shown(now) == _list_shown(before)


def _list_shown(rights: Rights) -> tuple[object, ...]:
    addressed = {service: since for service, since in rights.eligible_since.items() if rights.sees(service)}
    return rights.is_administrator, rights.manages, rights.chat_services, addressed


def _find_due(actor: Actor) -> datetime:
    """When something ends by itself: the session, or a right."""
    session_ends = actor.seen_at + LIFETIME[actor.surface]
    return session_ends if actor.rights is None else min(session_ends, actor.rights.valid_until)


def _list_control_topics(actor: Actor) -> tuple[str, ...]:
    topics = [to_session(actor.session_id), to_account(actor.account_id)]
    if actor.rights is not None:
        topics += [to_person(actor.person_id), to_organization(actor.organization_id)]
    return tuple(topics)

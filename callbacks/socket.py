"""The websocket: opened for who is signed in, each frame authorised anew, answered by the table of commands."""

from __future__ import annotations

import functools
import itertools
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

import gevent
import msgspec
import structlog
from flask import Flask, request
from flask_sock import Sock

from callbacks import chat_commands, participants  # noqa: F401 (they fill the table)
from callbacks.command_table import COMMANDS
from callbacks.frames import ConversationLook, Done, Frame, Hello, MessageSend, RefusedFrame, Welcome
from callbacks.gate import Gate
from callbacks.identity import current_actor
from callbacks.refusals import describe_fault, describe_refusal
from callbacks.welcome import build_welcome, may_chat
from data import db
from data.access.actors import Actor, Chatter, Surface, access_chat, access_open_session
from data.access.permissions import Permission, check_permission
from data.access.rights import Rights, list_changed_elsewhere
from data.actions.participants import do_come_back
from data.actions.sessions import LIFETIME, do_see_session, is_seen_lately
from data.db import UnitOfWork
from data.errors import ChatError, MalformedRequest, NotSignedIn, TooFast, Unavailable
from data.i18n import translator
from data.metrics import counted
from data.queries.topics import list_hearing, list_service_topics
from data.realtime import bus
from data.realtime.connection import SESSION_ENDED, TRY_AGAIN, Connection
from data.realtime.events import (
    Emitted,
    RightsChanged,
    RightsTouched,
    to_account,
    to_organization,
    to_person,
    to_session,
)
from data.realtime.hub import Hub, Member

# A person types a few frames a second; a client that catches up sends a burst. After a frame too many all are refused
# for a moment, so that a burst is answered up to a point and not beyond: what is resent keeps its order.
RATE, BURST, PAUSE = 20.0, 60.0, 1
WEIGHS_ONE = 2_000  # characters that weigh as much as a frame
SHARED = 40.0, 240.0  # frames a second and at once, over all the sockets of a person
FOREIGN_EVERY = 4  # beats of half a second: so often the keeper asks what another process changed

log = structlog.get_logger()


@dataclass
class Budget:
    """What may still be sent: a bucket that refills. A long frame weighs more."""

    rate: float
    burst: float
    left: float
    counted_at: float = 0.0

    @classmethod
    def full(cls, rate: float, burst: float) -> Budget:
        return cls(rate, burst, burst)

    def take(self, weight: float) -> bool:
        """False where it is used up; the frame is then refused, and weighs nothing."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.counted_at) * self.rate)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= weight
        return True


@dataclass
class Note:
    """What the edge keeps of a socket: of its own budget, and of the one that a person's sockets share."""

    surface: Surface
    language: str
    rights: Rights | None
    shared: Budget
    own: Budget = field(default_factory=lambda: Budget.full(RATE, BURST))
    refused_until: float = 0.0

    def check_rate(self, size: int) -> None:
        now = time.monotonic()
        weight = 1 + size / WEIGHS_ONE
        if now >= self.refused_until and not (self.own.take(weight) and self.shared.take(weight)):
            self.refused_until = now + PAUSE
        if now < self.refused_until:
            raise TooFast(retry_after=PAUSE)


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
        self._budgets: WeakValueDictionary[int, Budget] = WeakValueDictionary()
        self._versions: dict[int, int] = {}
        self._keeper: gevent.Greenlet | None = None

    def open(self, ws: Any) -> None:
        """Take the socket over from flask-sock; nothing of the request stays."""
        actor = current_actor()
        member = Member(
            session_id=actor.session_id,
            account_id=actor.account_id,
            control_topics=_list_control_topics(actor),
            note=Note(
                actor.surface,
                actor.language,
                actor.rights,
                self._budgets.setdefault(actor.account_id, Budget.full(*SHARED)),
            ),
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
                member.put(self._answer(member, text))
            except NotSignedIn:
                self.hub.close(member, SESSION_ENDED)

    def _answer(self, member: Member, text: str) -> bytes:
        note = member.note
        assert isinstance(note, Note)
        ref = ""
        try:
            note.check_rate(len(text))
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
        started = time.perf_counter()
        known = COMMANDS[note.surface][type(frame)]
        with db.unit_of_work() if known.writes else db.read() as reader:
            here = note.rights.organization_id if note.rights else None
            actor = access_open_session(reader, member.session_id, here)
            if not _are_same(actor.rights, note.rights):
                self.hub.doubt(member)  # a process that has no way to tell us changed them
            check_permission(actor, known.permission)
            if isinstance(reader, UnitOfWork):  # who changes something uses the session
                do_see_session(reader, actor)
            result = known.run(reader, actor, frame)
        if isinstance(frame, ConversationLook):
            member.looking_at = frame.conversation_id
        took = counted.acknowledgement if isinstance(frame, MessageSend) else counted.answer
        took.note(time.perf_counter() - started)
        return result

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
        if not may_chat(actor):
            return Welcome(chat=False)
        chatter = access_chat(actor)
        if chatter.rights.absences:
            with db.unit_of_work() as uow:
                do_come_back(uow, access_chat(access_open_session(uow, member.session_id)))
        self.hub.add_topics(member, list_service_topics(chatter))
        self._hear_own(member, chatter)
        with db.read() as reader:
            return build_welcome(reader, actor)

    def _hear_own(self, member: Member, chatter: Chatter) -> None:
        """What one takes part in or left, read again if that changed while it was read."""
        member.has_moved = True
        while member.has_moved:
            member.has_moved = False
            with db.read() as reader:
                hearing = list_hearing(reader, chatter)
        bus.tell_due()  # what was said before they were brought in is not for them
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
                if beat % FOREIGN_EVERY == 0:
                    self._look_elsewhere()
                if beat % 10 == 0:
                    self.hub.keep_alive()
            except Unavailable:
                log.warning("rights_elsewhere_unknown")
            except Exception:
                log.exception("hub_keeper_failed")

    def _look_elsewhere(self) -> None:
        """Rights that a command at the console gave or took: the sockets of that organization are looked at again."""
        notes = [member.note for member in self.hub.members if isinstance(member.note, Note)]
        here = {note.rights.organization_id: note.rights.version for note in notes if note.rights is not None}
        self._versions = {id_: self._versions.get(id_, version) for id_, version in here.items()}
        if not here:
            return
        with db.read() as reader:
            changed = list_changed_elsewhere(reader, self._versions)
        self._versions.update(changed)
        self.hub.deliver([Emitted(to_organization(id_), RightsTouched()) for id_ in changed])


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


def _are_same(now: Rights | None, before: Rights | None) -> bool:
    """For what a client hears and shows."""
    if now is before or now is None or before is None:
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

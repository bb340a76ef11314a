"""The open sockets of this process and what each of them may hear. No SQL: who may hear what is told to it.

A member hears nothing before its hello is answered, nothing after its rights may have changed until they have been
looked at again, and nothing of a public conversation it left. An answer comes before all that happened after it was
decided. What comes meanwhile waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import gevent

from data import clock
from data.metrics import counted
from data.realtime.connection import (
    RESTARTS,
    SESSION_ENDED,
    TOO_MANY_SOCKETS,
    Connection,
    encode_text_frame,
)
from data.realtime.events import (
    ConversationSilenced,
    ConversationUnsilenced,
    Emitted,
    HubEvent,
    MessageSent,
    RightsTouched,
    SessionEnded,
    TopicClosed,
    TopicOpened,
    to_account,
)

SOCKETS_PER_ACCOUNT = 8
PING_AFTER = 25.0  # seconds of silence
CUT_AFTER = 70.0
# Of a socket on whose screen a conversation is: when its silence is asked about, and when nobody is thought to look any
# more, though it may come back. (The screen is on: a ping costs its battery nothing.)
PING_LOOKING_AFTER, LOOKS_FOR = 15.0, 30.0


@dataclass(eq=False, slots=True)
class Member:
    """A socket in the hub. `control_topics` reach it from the start, `topics` from its hello. `waiting`: frames held
    back while its own frame is answered (`is_busy`) or its rights, which may have changed (`is_doubted`), are looked at
    (`is_looked_at`). `has_moved`: its topics changed since the flag was taken down. `looking_at`: the conversation
    in front of its person's eyes. `note` is the edge's own."""

    session_id: int
    account_id: int
    control_topics: tuple[str, ...]
    note: object = None
    connection: Connection | None = None
    topics: frozenset[str] = frozenset()
    silenced: set[int] = field(default_factory=set)
    valid_until: datetime | None = None
    has_said_hello: bool = False
    has_moved: bool = False
    is_busy: bool = False
    is_doubted: bool = False
    is_looked_at: bool = False
    waiting: list[bytes] = field(default_factory=list)
    looking_at: int | None = None
    entered_at: float = field(default_factory=time.monotonic)

    def push(self, payload: bytes) -> None:
        """A frame for this member alone, whatever else waits."""
        self.put(payload)
        if self.connection is not None:
            self.connection.flush()

    def put(self, payload: bytes) -> None:
        """As `push`, to go out with what follows."""
        if self.connection is not None and self.connection.is_open:
            self.connection.push_answer(encode_text_frame(payload))


class Hub:
    """`look_again(member)` is called in a greenlet of its own for a member whose rights may have changed; it ends with
    `trust`, `expect_hello` or `close`, and raises nothing."""

    def __init__(self, look_again: Callable[[Member], None]) -> None:
        self.members: set[Member] = set()
        # In the order in which they came: their sockets lie beside each other in memory.
        self._topics: dict[str, dict[Member, None]] = {}
        self._look_again = look_again
        self._is_stopping = False

    def enter(self, member: Member) -> None:
        """A socket opened. The ninth of an account closes its oldest."""
        self.members.add(member)
        for topic in member.control_topics:
            self._subscribe(member, topic)
        own = self._topics[to_account(member.account_id)]
        if self._is_stopping:
            self.close(member, RESTARTS)
        elif len(own) > SOCKETS_PER_ACCOUNT:
            self.close(min(own, key=lambda other: other.entered_at), TOO_MANY_SOCKETS)

    def leave(self, member: Member) -> None:
        """Its socket closed, for whatever reason."""
        self.members.discard(member)
        for topic in (*member.control_topics, *member.topics):
            self._unsubscribe(member, topic)

    @contextmanager
    def answering(self, member: Member) -> Iterator[None]:
        """What happens meanwhile waits behind the answer, and goes out with it."""
        member.is_busy = True
        try:
            yield
        finally:
            member.is_busy = False
            self._let_out(member)
            if member.connection is not None:
                member.connection.flush()

    def begin_hello(self, member: Member) -> None:
        """Its rights are about to be read; `add_topics` says of what it hears from then on."""
        for topic in member.topics:
            self._unsubscribe(member, topic)
        member.topics = frozenset()
        member.silenced.clear()
        member.has_said_hello = True
        member.is_doubted = False

    def add_topics(self, member: Member, topics: Iterable[str]) -> None:
        if member not in self.members:
            return  # its socket closed while it was being answered
        for topic in topics:
            member.topics |= {topic}
            self._subscribe(member, topic)

    def trust(self, member: Member, valid_until: datetime) -> None:
        """Its rights stand, until then."""
        member.valid_until = valid_until

    def expect_hello(self, member: Member) -> None:
        """Its rights changed: nothing more until it says hello again."""
        member.has_said_hello = False
        member.waiting.clear()

    def close(self, member: Member, code: int) -> None:
        if member.connection is not None:
            member.connection.close(code)

    def is_looking(self, topic: str, conversation_id: int) -> bool:
        """Some member of the topic has the conversation in front of their eyes, and was heard of lately."""
        since = time.monotonic() - LOOKS_FOR
        members = self._topics.get(topic, ())
        return any(each.looking_at == conversation_id and _find_heard_at(each) > since for each in members)

    def deliver(self, batch: Sequence[Emitted]) -> None:
        """Committed events, in order. Each frame is built once; each socket is written to once."""
        now, started = clock.now(), time.perf_counter()
        touched: dict[Member, None] = {}
        sent, is_alone = 0, len(batch) == 1
        for emitted in batch:
            receivers = self._topics.get(emitted.topic)
            if not receivers:
                continue
            if isinstance(emitted.event, HubEvent):
                for member in list(receivers):
                    self._apply(member, emitted.event)
                continue
            frame = encode_text_frame(emitted.frame())
            for member in list(receivers):
                if not self._hears(member, emitted, now, frame):
                    continue
                sent += 1
                if is_alone:
                    member.connection.deliver(frame)  # type: ignore[union-attr]
                else:
                    member.connection.push(frame)  # type: ignore[union-attr]
                    touched[member] = None
            if isinstance(emitted.event, SessionEnded):
                for member in list(receivers):
                    self.close(member, SESSION_ENDED)
        for member in touched:
            member.connection.flush()  # type: ignore[union-attr]
        counted.deliveries += sent
        _note_delays(batch, now.timestamp() - started)

    def measure_backlog(self) -> int:
        """Bytes that wait for readers, over all sockets."""
        return sum(member.connection.backlog_size for member in self.members if member.connection is not None)

    def look_at_due(self) -> None:
        """Members whose rights change at an hour that has come (a departure, a switch of the option, the end of their
        session)."""
        now = clock.now()
        for member in list(self.members):
            if member.has_said_hello and _is_due(member, now):
                self.doubt(member)

    def keep_alive(self) -> None:
        """Ping the silent, cut off the dead."""
        now = time.monotonic()
        for member in list(self.members):
            if member.connection is None:
                continue
            silence = now - member.connection.heard_at
            if silence > CUT_AFTER:
                member.connection.cut()
            elif silence > (PING_AFTER if member.looking_at is None else PING_LOOKING_AFTER):
                member.connection.ping()

    def close_all(self) -> None:
        """The server stops: clients come back by themselves."""
        self._is_stopping = True
        for member in list(self.members):
            self.close(member, RESTARTS)

    def _hears(self, member: Member, emitted: Emitted, now: datetime, frame: bytes) -> bool:
        if not member.has_said_hello or emitted.conversation_id in member.silenced:
            return False
        if _is_due(member, now):
            self.doubt(member)
        if member.is_busy or member.is_doubted or member.is_looked_at:
            member.waiting.append(frame)
            return False
        return True

    def _apply(self, member: Member, event: HubEvent) -> None:
        if isinstance(event, RightsTouched):
            self.doubt(member)
            return
        member.has_moved = True
        if isinstance(event, TopicOpened):
            if member.has_said_hello:
                self.add_topics(member, [event.topic])
        elif isinstance(event, TopicClosed):
            member.topics -= {event.topic}
            self._unsubscribe(member, event.topic)
        elif isinstance(event, ConversationSilenced):
            member.silenced.add(event.conversation_id)
        elif isinstance(event, ConversationUnsilenced):
            member.silenced.discard(event.conversation_id)

    def doubt(self, member: Member) -> None:
        """Its rights may have changed."""
        member.is_doubted = True
        member.valid_until = None
        self._let_out(member)

    def _let_out(self, member: Member) -> None:
        """What waited goes out, unless an answer comes first or its rights are in doubt."""
        if member.is_busy or member.is_looked_at:
            return
        if not member.has_said_hello:
            member.waiting.clear()
        elif member.is_doubted:
            member.is_doubted, member.is_looked_at = False, True
            gevent.spawn(self._look, member)
        elif member.waiting and member.connection is not None:
            for frame in member.waiting:
                member.connection.push(frame)
            member.waiting.clear()
            member.connection.flush()

    def _look(self, member: Member) -> None:
        self._look_again(member)
        member.is_looked_at = False
        self._let_out(member)

    def _subscribe(self, member: Member, topic: str) -> None:
        self._topics.setdefault(topic, {})[member] = None

    def _unsubscribe(self, member: Member, topic: str) -> None:
        members = self._topics.get(topic)
        if members is not None:
            members.pop(member, None)
            if not members:
                del self._topics[topic]


def _note_delays(batch: Sequence[Emitted], clock_ahead: float) -> None:
    """From when each message was written, wherever that was (the clock there may be ahead of ours), until all have it.
    `clock_ahead`: of the counter, which is read in a tenth of the time."""
    now = clock_ahead + time.perf_counter()
    for emitted in batch:
        if type(emitted.event) is MessageSent:
            counted.delivery.note(max(0.0, now - emitted.event.message.at / 1000))


def _find_heard_at(member: Member) -> float:
    return member.connection.heard_at if member.connection is not None else 0.0


def _is_due(member: Member, now: datetime) -> bool:
    return member.valid_until is not None and member.valid_until <= now

"""The open sockets of this process and what each of them may hear. No SQL: who may hear what is told to it.

A member hears nothing before its hello is answered, nothing after its rights may have changed until they have been
looked at again (frames wait meanwhile), and nothing of a public conversation it left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import gevent

from data import clock
from data.realtime.connection import (
    GOING_AWAY,
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
    RightsTouched,
    SessionEnded,
    TopicClosed,
    TopicOpened,
    to_account,
)

SOCKETS_PER_ACCOUNT = 8
PING_AFTER = 25.0  # seconds of silence
CUT_AFTER = 70.0


@dataclass(eq=False, slots=True)
class Member:
    """A socket in the hub. `control_topics` reach it from the start, `topics` from its hello. `waiting`: frames held
    back while its rights are looked at; None: it hears at once. `note` is the edge's own."""

    session_id: int
    account_id: int
    control_topics: tuple[str, ...]
    note: object = None
    connection: Connection | None = None
    topics: frozenset[str] = frozenset()
    silenced: set[int] = field(default_factory=set)
    valid_until: datetime | None = None
    has_said_hello: bool = False
    waiting: list[bytes] | None = None
    entered_at: float = field(default_factory=time.monotonic)

    def push(self, payload: bytes) -> None:
        """A frame for this member alone, whatever else waits."""
        if self.connection is not None and self.connection.is_open:
            self.connection.push(encode_text_frame(payload))
            self.connection.flush()


class Hub:
    """`look_again(member)` is called in a greenlet of its own for a member whose rights may have changed; it ends with
    `resume`, `expect_hello` or `close`."""

    def __init__(self, look_again: Callable[[Member], None]) -> None:
        self.members: set[Member] = set()
        self._topics: dict[str, set[Member]] = {}
        self._look_again = look_again

    def enter(self, member: Member) -> None:
        """A socket opened. The ninth of an account closes its oldest."""
        self.members.add(member)
        for topic in member.control_topics:
            self._subscribe(member, topic)
        own = self._topics[to_account(member.account_id)]
        if len(own) > SOCKETS_PER_ACCOUNT:
            self.close(min(own, key=lambda other: other.entered_at), TOO_MANY_SOCKETS)

    def leave(self, member: Member) -> None:
        """Its socket closed, for whatever reason."""
        self.members.discard(member)
        for topic in (*member.control_topics, *member.topics):
            self._unsubscribe(member, topic)

    def begin_hello(self, member: Member, topics: Iterable[str]) -> None:
        """From here on nothing is missed of these topics; what comes waits behind the answer (`resume`)."""
        for topic in member.topics:
            self._unsubscribe(member, topic)
        member.topics = frozenset()
        member.silenced.clear()
        member.has_said_hello = True
        member.waiting = []
        self.add_topics(member, topics)

    def add_topics(self, member: Member, topics: Iterable[str]) -> None:
        for topic in topics:
            member.topics |= {topic}
            self._subscribe(member, topic)

    def resume(self, member: Member, valid_until: datetime) -> None:
        """Its rights stand: what waited goes out."""
        member.valid_until = valid_until
        waiting, member.waiting = member.waiting or [], None
        if member.connection is not None and member.connection.is_open:
            for frame in waiting:
                member.connection.push(frame)
            member.connection.flush()

    def expect_hello(self, member: Member) -> None:
        """Its rights changed: nothing more until it says hello again."""
        member.has_said_hello = False
        member.waiting = None

    def close(self, member: Member, code: int) -> None:
        if member.connection is not None:
            member.connection.close(code)

    def deliver(self, batch: Sequence[Emitted]) -> None:
        """Committed events, in order. Each frame is built once; each socket is written to once."""
        now = clock.now()
        touched: dict[Member, None] = {}
        for emitted in batch:
            receivers = self._topics.get(emitted.topic)
            if not receivers:
                continue
            if isinstance(emitted.event, HubEvent):
                for member in list(receivers):
                    self._apply(member, emitted.event)
                continue
            frame = encode_text_frame(emitted.frame())
            for member in receivers:
                if self._hears(member, emitted, now, frame):
                    member.connection.push(frame)  # type: ignore[union-attr]
                    touched[member] = None
            if isinstance(emitted.event, SessionEnded):
                for member in list(receivers):
                    self.close(member, SESSION_ENDED)
        for member in touched:
            member.connection.flush()  # type: ignore[union-attr]

    def look_at_due(self) -> None:
        """Members whose rights change at an hour that has come (a departure, a switch of the option)."""
        now = clock.now()
        for member in list(self.members):
            if member.has_said_hello and member.valid_until is not None and member.valid_until <= now:
                self._hold(member)

    def keep_alive(self) -> None:
        """Ping the silent, cut off the dead."""
        now = time.monotonic()
        for member in list(self.members):
            if member.connection is None:
                continue
            silence = now - member.connection.heard_at
            if silence > CUT_AFTER:
                member.connection.cut()
            elif silence > PING_AFTER:
                member.connection.ping()

    def close_all(self) -> None:
        """The server stops: clients come back by themselves."""
        for member in list(self.members):
            self.close(member, GOING_AWAY)

    def _hears(self, member: Member, emitted: Emitted, now: datetime, frame: bytes) -> bool:
        if not member.has_said_hello or emitted.conversation_id in member.silenced:
            return False
        if member.waiting is None and member.valid_until is not None and member.valid_until <= now:
            self._hold(member)
        if member.waiting is not None:
            member.waiting.append(frame)
            return False
        return True

    def _apply(self, member: Member, event: HubEvent) -> None:
        if isinstance(event, RightsTouched):
            self._hold(member)
        elif isinstance(event, TopicOpened):
            if member.has_said_hello:
                self.add_topics(member, [event.topic])
        elif isinstance(event, TopicClosed):
            member.topics -= {event.topic}
            self._unsubscribe(member, event.topic)
        elif isinstance(event, ConversationSilenced):
            member.silenced.add(event.conversation_id)
        elif isinstance(event, ConversationUnsilenced):
            member.silenced.discard(event.conversation_id)

    def _hold(self, member: Member) -> None:
        """Hold back what comes until somebody has looked; once is enough."""
        if member.waiting is None:
            member.waiting = []
            gevent.spawn(self._look_again, member)

    def _subscribe(self, member: Member, topic: str) -> None:
        self._topics.setdefault(topic, set()).add(member)

    def _unsubscribe(self, member: Member, topic: str) -> None:
        members = self._topics.get(topic)
        if members is not None:
            members.discard(member)
            if not members:
                del self._topics[topic]

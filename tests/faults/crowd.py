"""Writers and observers who come back whenever they are cut off, and what they can swear to afterwards.

A writer sends each text under a ref of its own until it is acknowledged; an observer follows the conversation by its
seq, as docs/PROTOCOL.md says. Neither knows that servers are being killed."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wsproto.utilities import RemoteProtocolError

from tests.client import Client, Closed, Frame, NotOpened, Refused

COMES_BACK_AFTER = 0.05  # seconds
GIVES_UP_AFTER = 20.0
AWAY = (Closed, NotOpened, TimeoutError, OSError, RemoteProtocolError)  # the last: killed amid the handshake

Connect = Callable[[], Client]


@dataclass(frozen=True)
class Door:
    """The cookie of somebody, at one of several addresses."""

    addresses: Sequence[str]
    cookie: str

    def open(self) -> Client:
        address = random.choice(self.addresses)
        _knock(address)
        return Client(address, "mobile", self.cookie)


PATIENT = ("too_fast", "unavailable")  # try again under the same ref, says the protocol


@dataclass
class Writer:
    """`acknowledged`: the ordinal that the server promised, by ref; `heard_at`: when. It ends at `until`, or after
    `count`. `endures`: refusals that the trial brings about by itself."""

    door: Door
    conversation_id: int
    name: str
    until: threading.Event
    count: int | None = None
    endures: tuple[str, ...] = ()
    acknowledged: dict[str, int] = field(default_factory=dict)
    heard_at: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        client: Client | None = None
        for number in itertools.count() if self.count is None else range(self.count):
            ref = f"{self.name}-{number}"
            if self.count is None and self.until.is_set():
                break
            while ref not in self.acknowledged and not self._is_given_up():
                try:
                    client = client or self.door.open()
                    self.acknowledged[ref] = client.say(self.conversation_id, f"{self.name} dit {number}", ref)
                    self.heard_at[ref] = time.monotonic()
                except Refused as refused:
                    self._note(refused)
                except AWAY:
                    client = _leave(client)
        _leave(client)

    @property
    def last_heard_at(self) -> float:
        return max(self.heard_at.values(), default=0.0)

    _given_up_at: float | None = None

    def _is_given_up(self) -> bool:
        """Long after the end, what still is not acknowledged will not be."""
        if self.until.is_set() and self._given_up_at is None:
            self._given_up_at = time.monotonic() + GIVES_UP_AFTER
        return self._given_up_at is not None and time.monotonic() > self._given_up_at

    def _note(self, refused: Refused) -> None:
        self.told[refused.code] += 1
        if refused.code not in PATIENT + self.endures:
            self.refused.append(refused.code)
        time.sleep(refused.retry_after or COMES_BACK_AFTER)


@dataclass
class Observer:
    """`seen`: the refs in the order in which it would have shown them."""

    door: Door
    conversation_id: int
    until: threading.Event
    expected: int
    asks_after: float = 0.5  # seconds of silence
    seq: int = 0
    seen: list[tuple[int, str]] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        client: Client | None = None
        while not (self.until.is_set() and len(self.seen) >= self.expected) and not self._gives_up():
            try:
                if client is None:
                    client = self.door.open()
                    self._catch_up(client)
                self._hear(client)
            except TimeoutError:
                self._catch_up_if_possible(client)
            except (*AWAY, Refused):
                client = _leave(client)
        _leave(client)

    _gave_up_at: float | None = None

    def _gives_up(self) -> bool:
        """Long after the last was acknowledged what has not come will not."""
        if self.until.is_set() and self._gave_up_at is None:
            self._gave_up_at = time.monotonic() + GIVES_UP_AFTER
        return self._gave_up_at is not None and time.monotonic() > self._gave_up_at

    def _hear(self, client: Client) -> None:
        event = client.wait("message.sent", seconds=self.asks_after, conversation_id=self.conversation_id)
        if event["seq"] == self.seq + 1:
            self._take(event["message"])
            self.seq = event["seq"]
        elif event["seq"] > self.seq:
            self._catch_up(client)

    def _catch_up_if_possible(self, client: Client | None) -> None:
        """Silence may be a gap at the end: nothing else would tell."""
        try:
            if client is not None:
                self._catch_up(client)
        except (*AWAY, Refused):
            pass

    def _catch_up(self, client: Client) -> None:
        """More than the answer holds is read page by page. What was said while the pages were read is in them, beyond
        the answer's seq: only another answer tells how far they go."""
        is_whole = False
        while not is_whole:
            place = {"conversation_id": self.conversation_id, "seq": self.seq, "ordinal": len(self.seen)}
            changes = client.ask("conversation.changes", **place)
            is_whole = changes["messages"] is not None
            for message in changes["messages"] if is_whole else self._read_pages(client):
                self._take(message)
            self.seq = changes["seq"]

    def _read_pages(self, client: Client) -> list[Frame]:
        found: list[Frame] = []
        while True:
            after = found[-1]["ordinal"] if found else len(self.seen)
            page = client.ask("conversation.page", conversation_id=self.conversation_id, after=after)
            found += page["messages"]
            if not page["newer"]:
                return found

    def _take(self, message: Frame) -> None:
        self.seen.append((message["ordinal"], message["ref"]))
        self.seen_at[message["ref"]] = time.monotonic()


def _knock(address: str) -> None:
    """simple_websocket leaves its socket open where nobody listens."""
    parts = urlsplit(address)
    socket.create_connection((str(parts.hostname), parts.port or 80), timeout=5).close()


def _leave(client: Client | None) -> None:
    if client is not None:
        client.close()
    time.sleep(COMES_BACK_AFTER)


@dataclass(frozen=True)
class Verdict:
    """What went wrong, counted; nothing where all is well."""

    acknowledged: int
    lost: int
    doubled: int
    gaps: int
    moved: int  # acknowledged with another place than it has
    unseen: int  # by an observer
    seen_twice: int
    out_of_order: int
    refused: int

    @property
    def is_clean(self) -> bool:
        return self.faults == 0

    @property
    def faults(self) -> int:
        return (
            self.lost + self.doubled + self.gaps + self.moved + self.unseen + self.seen_twice + self.out_of_order
            + self.refused
        )  # fmt: skip


def judge(writers: Sequence[Writer], observers: Sequence[Observer], stored: Sequence[tuple[int, str]]) -> Verdict:
    """`stored`: (ordinal, ref) of the conversation's messages, as the database has them at the end."""
    places = {_text_of(ref): ordinal for ordinal, ref in reversed(stored)}
    promised = {ref: ordinal for writer in writers for ref, ordinal in writer.acknowledged.items()}
    ordinals = [ordinal for ordinal, _ in stored]
    return Verdict(
        acknowledged=len(promised),
        lost=sum(ref not in places for ref in promised),
        doubled=sum(count - 1 for count in Counter(_text_of(ref) for _, ref in stored).values()),
        gaps=len(set(range(1, max(ordinals, default=0) + 1)) - set(ordinals)),
        moved=sum(ref in places and places[ref] != ordinal for ref, ordinal in promised.items()),
        unseen=sum(len(promised.keys() - {_text_of(ref) for _, ref in observer.seen}) for observer in observers),
        seen_twice=sum(len(observer.seen) - len(set(observer.seen)) for observer in observers),
        out_of_order=sum(_count_steps_back(observer.seen) for observer in observers),
        refused=sum(len(writer.refused) for writer in writers),
    )


def _text_of(ref: str) -> str:
    """A server that forgets refs gives others; what was meant is the part before."""
    return ref.partition("~")[0]


def _count_steps_back(seen: Sequence[tuple[int, str]]) -> int:
    return sum(now[0] != before[0] + 1 for before, now in itertools.pairwise(seen))

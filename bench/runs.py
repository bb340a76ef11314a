"""Messages at a pace or as many as go, and what every receiver saw of them."""

from __future__ import annotations

import gc
import itertools
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.load import Client, Load, OnComplete

# About as long as what people write.
TEXT = b"Le four du fond est repare, on peut reprendre la production normale ce soir. Merci a toutes et a tous!"
PATIENCE = 20.0  # seconds for what is under way to come to an end
READ_EVERY = 2.0  # seconds: so often at most the product's panel says what was read
SPIN = 0.0015  # epoll waits whole milliseconds; the rest before a due moment is spent asking again


@dataclass(eq=False, slots=True)
class Table:
    """The clients of one conversation; they speak in turn, so that nobody goes faster than a person may."""

    clients: list[Client]
    turn: Iterator[Client] = field(init=False)
    last_ordinal: int = 0

    def __post_init__(self) -> None:
        self.turn = itertools.cycle(self.clients)


@dataclass
class Outcome:
    """What a run saw. Times in milliseconds, from the scheduled moment; `faults` in words, empty when every receiver
    got every message once and in the same order."""

    messages: int
    deliveries: int
    seconds: float
    load_seconds: float
    delivery_ms: list[float]
    acknowledged_ms: list[float]
    faults: list[str]


def run_schedule(
    load: Load, tables: list[Table], per_second: float, seconds: float, *, all_read: bool = False
) -> Outcome:
    """Open loop: each message has its moment, whatever became of those before. `all_read`: everybody also says what
    they have read, as often as the panel does."""
    run = _Run(load, tables)
    count = max(1, round(per_second * seconds))
    readers = _Readers(tables) if all_read else None
    run.begin()
    begun = time.perf_counter() + 0.05
    for number, table in zip(range(count), itertools.cycle(tables), strict=False):
        due = begun + number / per_second
        while (now := time.perf_counter()) < due:
            left = due - now
            if readers:
                readers.say(now)
                left = min(left, readers.due - now)
            load.take(0 if left < SPIN else left - SPIN)
        run.send(table, due)
        load.take(0)
    return run.finish()


def run_loop(load: Load, tables: list[Table], outstanding: int, seconds: float) -> Outcome:
    """Closed loop: `outstanding` messages under way in each conversation; the next leaves when one of them was
    acknowledged and has reached everybody."""
    run = _Run(load, tables)
    until = time.perf_counter() + seconds
    free: deque[Table] = deque()
    run.begin(on_complete=lambda number: free.append(run.places[number]))
    for table in tables * outstanding:
        run.send(table, time.perf_counter())
    while time.perf_counter() < until:
        load.take(0.05)
        while free:
            run.send(free.popleft(), time.perf_counter())
    return run.finish()


class _Run:
    """The messages of one run: when each was due, acknowledged, and how many have still to come in."""

    def __init__(self, load: Load, tables: list[Table]) -> None:
        self.places: list[Table] = []
        self._tables = tables
        self._load = load
        self._known: dict[bytes, int] = {}
        self._left: list[int] = []
        self._due: list[float] = []
        self._acknowledged: list[float] = []
        self._seqs: list[int] = []
        self._faults: list[str] = []
        self._completed = 0
        self._by_conversation = {str(t.clients[0].seat.conversation_id).encode(): t for t in tables}
        # Refs of one run differ from those of all others.
        self._mark = secrets.token_hex(4).encode() + b"-"

    def begin(self, on_complete: OnComplete = lambda number: None) -> None:
        for table in self._tables:
            for client in table.clients:
                client.numbers, client.times = [], []
        self._on_complete = on_complete
        self._load.listen(self._known, self._left, self._meet, self._complete)
        gc.collect()
        gc.disable()
        self._begun, self._begun_load = time.perf_counter(), time.process_time()

    def send(self, table: Table, due: float) -> None:
        client = next(table.turn)
        number = len(self._due)
        self._due.append(due)
        self._acknowledged.append(0.0)
        self._seqs.append(0)
        self.places.append(table)
        self._left.append(len(table.clients) + 1)
        client.send(
            b'{"type":"message.send","ref":"%b%d","conversation_id":%d,"text":"%b"}'
            % (self._mark, number, client.seat.conversation_id, TEXT)
        )

    def finish(self) -> Outcome:
        """Wait for what is under way, then compare what the receivers saw."""
        until = time.perf_counter() + PATIENCE
        while self._completed < len(self._due) and time.perf_counter() < until:
            self._load.take(0.05)
        seconds = time.perf_counter() - self._begun
        load_seconds = time.process_time() - self._begun_load
        gc.enable()
        self._check()
        due = self._due
        clients = [client for table in self._tables for client in table.clients]
        delivery = [(at - due[number]) * 1000 for c in clients for number, at in zip(c.numbers, c.times, strict=True)]
        acknowledged = [(at - due[number]) * 1000 for number, at in enumerate(self._acknowledged) if at]
        delivery.sort()
        acknowledged.sort()
        return Outcome(len(due), len(delivery), seconds, load_seconds, delivery, acknowledged, self._faults)

    def _meet(self, client: Client, whole: bytes, payload: bytes, now: float) -> int:
        """A frame of which these bytes were not seen before."""
        number = self._find_number(payload)
        if payload.startswith(b'{"type":"message.sent"'):
            self._hear_table(payload)
            if number >= 0:
                self._known[whole] = number
                self._seqs[number] = _find_int(payload, b'"seq":')
            return number
        if payload.startswith(b'{"type":"done"'):
            if number >= 0:
                self._acknowledged[number] = now
                self._left[number] -= 1
                if not self._left[number]:
                    self._complete(number)
        elif payload.startswith(b'{"type":"refused"'):
            self._faults.append(payload[:200].decode(errors="replace"))
        return -1

    def _hear_table(self, payload: bytes) -> None:
        table = self._by_conversation.get(_find(payload, b'"conversation_id":'))
        if table is not None:
            table.last_ordinal = max(table.last_ordinal, _find_int(payload, b'"ordinal":'))

    def _find_number(self, payload: bytes) -> int:
        begin = payload.find(self._mark)
        if begin < 0:
            return -1
        begin += len(self._mark)
        return int(payload[begin : payload.index(b'"', begin)])

    def _complete(self, number: int) -> None:
        self._completed += 1
        self._on_complete(number)

    def _check(self) -> None:
        """Every receiver got every message of its conversation once, in one order, which is that of their numbers."""
        sent: dict[Table, list[int]] = {table: [] for table in self._tables}
        for number, table in enumerate(self.places):
            sent[table].append(number)
        for table, numbers in sent.items():
            reference = table.clients[0].numbers
            if sorted(reference) != numbers:
                self._faults.append(
                    f"sent {len(numbers)}, received {len(reference)}, {len(set(reference))} of them new"
                )
            seqs = [self._seqs[number] for number in reference]
            if seqs != sorted(seqs):
                self._faults.append("not in the order of their numbers")
            others = sum(client.numbers != reference for client in table.clients)
            if others:
                self._faults.append(f"{others} receivers saw another order or other messages")
        unacknowledged = sum(not at for at in self._acknowledged)
        if unacknowledged:
            self._faults.append(f"{unacknowledged} messages were never acknowledged")


class _Readers:
    """Everybody looks at the conversation: each says every two seconds up to where, if there is anything new."""

    def __init__(self, tables: list[Table]) -> None:
        places = [(table, client) for table in tables for client in table.clients]
        self._told = dict.fromkeys((client for _, client in places), 0)
        self._turn = itertools.cycle(places)
        self._every = READ_EVERY / len(places)
        self.due = time.perf_counter()
        self._refs = itertools.count()

    def say(self, now: float) -> None:
        while self.due <= now:
            self.due += self._every
            table, client = next(self._turn)
            if self._told[client] < table.last_ordinal:
                self._told[client] = table.last_ordinal
                client.send(
                    b'{"type":"conversation.view","ref":"v%d","conversation_id":%d,"ordinal":%d}'
                    % (next(self._refs), client.seat.conversation_id, table.last_ordinal)
                )


def _find(payload: bytes, name: bytes) -> bytes:
    """The number behind the first `name`."""
    begin = payload.find(name) + len(name)
    end = begin
    while payload[end : end + 1].isdigit():
        end += 1
    return payload[begin:end]


def _find_int(payload: bytes, name: bytes) -> int:
    return int(_find(payload, name) or 0)

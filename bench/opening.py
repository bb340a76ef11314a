"""Letting a crowd in: handshakes, hellos, welcomes, and whether the server answers others meanwhile."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import CHUNK, Address, Client, Load, Seat

PATIENCE = 20.0  # seconds without any news


@dataclass
class Opening:
    """How long it took until everybody had the welcome, each of them, and /health meanwhile."""

    seconds: float
    hello_ms: list[float]
    health_ms: list[float]
    health_failures: int


def open_sockets(load: Load, seats: Sequence[Seat], *, at_once: int, health_every: float = 0.0) -> Opening:
    """Connect, say hello, wait for every welcome; `at_once` handshakes under way at a time."""
    arrivals = _Arrivals()
    load.listen({}, [], arrivals.meet, lambda number: None)
    probe = _Probe(load.address, health_every)
    waiting = deque(seats)
    begun = last = time.perf_counter()
    while arrivals.welcome < len(seats):
        while waiting and arrivals.under_way < at_once:
            arrivals.begin(load.connect(waiting.popleft()))
        if load.take(0.02):
            last = time.perf_counter()
        elif time.perf_counter() - last > PATIENCE:
            raise RuntimeError(f"{len(seats) - arrivals.welcome} of {len(seats)} sockets got no welcome")
        probe.look()
    seconds = time.perf_counter() - begun
    probe.finish()
    return Opening(seconds, arrivals.milliseconds, probe.milliseconds, probe.failures)


class _Arrivals:
    """Who has begun a handshake, and how long each waited for the welcome."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.welcome = 0
        self._begun: dict[Client, float] = {}

    @property
    def under_way(self) -> int:
        return len(self._begun) - self.welcome

    def begin(self, client: Client) -> None:
        self._begun[client] = time.perf_counter()

    def meet(self, client: Client, whole: bytes, payload: bytes, now: float) -> int:
        if payload.startswith(b'{"type":"refused"'):
            raise RuntimeError(f"the server refused a hello: {payload[:300]!r}")
        if payload.startswith(b'{"type":"done","ref":"hello"'):
            self.milliseconds.append((now - self._begun[client]) * 1000)
            self.welcome += 1
        return -1


class _Probe:
    """Asks /health every so often while the sockets open, and notes how long the answer takes."""

    def __init__(self, address: Address, every: float) -> None:
        self.milliseconds: list[float] = []
        self.failures = 0
        self._address = address
        self._every = every
        self._next = time.perf_counter()
        self._asked: socket.socket | None = None
        self._asked_at = 0.0

    def look(self) -> None:
        now = time.perf_counter()
        if self._asked is not None:
            self._hear(now)
        elif self._every and now >= self._next:
            self._next = now + self._every
            self._asked_at = now
            self._asked = socket.create_connection(self._address)
            self._asked.send(b"GET /health HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            self._asked.setblocking(False)

    def finish(self) -> None:
        until = time.perf_counter() + PATIENCE
        while self._asked is not None and time.perf_counter() < until:
            self.look()
            time.sleep(0.001)

    def _hear(self, now: float) -> None:
        assert self._asked is not None
        try:
            answer = self._asked.recv(CHUNK)
        except BlockingIOError:
            return
        self.milliseconds.append((now - self._asked_at) * 1000)
        self.failures += not answer.startswith(b"HTTP/1.1 200")
        self._asked.close()
        self._asked = None

"""`python -m bench.peers [--quick]`: the same load on Prosody and ejabberd, where they are installed.

On Debian: `apt install prosody lua-dbi-sqlite3 ejabberd erlang-p1-sqlite3`. They need not run: each is started here on
a port of its own with a configuration of its own, one core, rooms archived in SQLite, nobody signed in by a password,
no encryption, no presence but that of joining."""

from __future__ import annotations

import argparse
import re
import select
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench import machine, peer_servers
from bench.peer_servers import Peer
from bench.runs import TEXT
from bench.servers import ROOT, find_port, pin, raise_file_limit, scratching

CHUNK = 262_144
PATIENCE = 180.0  # seconds for everybody to be in: a room tells everybody of everybody
DRAIN = 10.0  # seconds for what is under way to come to an end
AT_ONCE = 20  # handshakes under way
NUMBER = re.compile(rb"m:(\d+);")

STREAM = (
    b"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' version='1.0' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
BIND = b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
JOIN = b"<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
SAY = b"<message type='groupchat' to='%s'><body>m:%d;%s</body></message>"

# What a client waits for, and what it says then, until it is in its room.
STEPS = (
    (b"ANONYMOUS", lambda client: AUTH),
    (b"<success", lambda client: STREAM),
    (b"xmpp-bind", lambda client: BIND),
    (b"'bind'", lambda client: JOIN % (client.room, client.nick)),
    (b"'110'", lambda client: b""),
)


@dataclass(eq=False, slots=True)
class Client:
    sock: socket.socket
    room: bytes
    nick: bytes
    step: int = 0
    rest: bytes = b""

    @property
    def is_in(self) -> bool:
        return self.step == len(STEPS)


@dataclass
class Run:
    """`first`: the number of its first message; `due`: when each was to be sent; `left`: how many receivers each lacks.
    What still comes of a run before is not counted."""

    size: int
    first: int = 0
    due: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    heard_at: float = 0.0  # the last time
    on_complete: Callable[[int], None] = lambda number: None

    def add(self, due: float) -> int:
        self.due.append(due)
        self.left.append(self.size)
        return self.first + len(self.due) - 1

    @property
    def is_over(self) -> bool:
        return not any(self.left)

    def hear(self, number: int, now: float) -> None:
        at = number - self.first
        if at < 0:
            return
        self.delays.append(now - self.due[at])
        self.heard_at = now
        self.left[at] -= 1
        if not self.left[at]:
            self.on_complete(at)


class Crowd:
    """Rooms full of clients, each hearing everything of its room."""

    def __init__(self, port: int, rooms: int, people: int) -> None:
        self.port, self.people = port, people
        self.run = Run(people)
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        names = [(b"room%d@rooms.localhost" % room, b"p%d" % at) for room in range(rooms) for at in range(people)]
        self._fill(names)
        by_room: dict[bytes, list[Client]] = {}
        for client in self._clients.values():
            by_room.setdefault(client.room, []).append(client)
        self.rooms = list(by_room.values())

    def _fill(self, names: Sequence[tuple[bytes, bytes]]) -> None:
        waiting, until = iter(names), time.monotonic() + PATIENCE
        opened = 0
        while (inside := sum(client.is_in for client in self._clients.values())) < len(names):
            if time.monotonic() > until:
                raise RuntimeError(f"{len(names) - inside} of {len(names)} clients are not in after {PATIENCE:.0f} s")
            while opened - inside < AT_ONCE and (name := next(waiting, None)) is not None:
                self._open(*name)
                opened += 1
            self.take(0.05)

    def _open(self, room: bytes, nick: bytes) -> None:
        sock = socket.create_connection(("127.0.0.1", self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(STREAM)
        self._clients[sock.fileno()] = Client(sock, room, nick)
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def take(self, timeout: float) -> None:
        for fd, _ in self._epoll.poll(timeout, 64):
            client = self._clients[fd]
            data = client.sock.recv(CHUNK)
            now = time.perf_counter()
            if not data:
                raise RuntimeError(f"the server closed a connection: {client.rest[-200:]!r}")
            data = client.rest + data
            client.rest = self._count(client, data, now) if client.is_in else _go_on(client, data)

    def _count(self, client: Client, data: bytes, now: float) -> bytes:
        """The answer is what may be the beginning of the next one."""
        end = 0
        for found in NUMBER.finditer(data):
            end = found.end()
            self.run.hear(int(found[1]), now)
        return data[max(end, len(data) - 16) :]

    def say(self, client: Client, number: int) -> None:
        client.sock.sendall(SAY % (client.room, number, TEXT))

    def begin(self) -> Run:
        self.run = Run(self.people, self.run.first + len(self.run.due))
        return self.run

    def end(self) -> Run:
        until = time.monotonic() + DRAIN
        while not self.run.is_over and time.monotonic() < until:
            self.take(0.05)
        return self.run

    def close(self) -> None:
        for client in self._clients.values():
            client.sock.close()


def _go_on(client: Client, data: bytes) -> bytes:
    awaited, say = STEPS[client.step]
    if awaited not in data:
        return data[-4096:]
    client.step += 1
    client.sock.sendall(say(client))
    return b""


def pace(crowd: Crowd, rate: float, seconds: float) -> Run:
    run, speakers = crowd.begin(), _take_turns(crowd)
    begun = time.perf_counter() + 0.05
    for number in range(round(rate * seconds)):
        due = begun + number / rate
        while (now := time.perf_counter()) < due:
            crowd.take(max(0.0, min(0.01, due - now - 0.001)))
        crowd.say(next(speakers), run.add(due))
    return crowd.end()


def loop(crowd: Crowd, seconds: float) -> tuple[Run, float]:
    """One message at a time in each room; how long it took."""
    run, begun = crowd.begin(), time.perf_counter()
    speakers = [cycle(room) for room in crowd.rooms]
    room_of: list[int] = []

    def go_on(room: int) -> None:
        if time.perf_counter() - begun < seconds:
            room_of.append(room)
            crowd.say(next(speakers[room]), run.add(time.perf_counter()))

    run.on_complete = lambda number: go_on(room_of[number])
    for room in range(len(crowd.rooms)):
        go_on(room)
    while time.perf_counter() - begun < seconds:
        crowd.take(0.01)
    return crowd.end(), run.heard_at - begun


def _take_turns(crowd: Crowd) -> Iterator[Client]:
    rooms = [cycle(room) for room in crowd.rooms]
    for room in cycle(rooms):
        yield next(room)


def measure(peer: Peer, rooms: int, people: int, rates: Sequence[float], seconds: float) -> None:
    where = f"{peer.name}: {people} in one room" if rooms == 1 else f"{peer.name}: {rooms} rooms of {people}"
    before = peer.memory_kb()
    watch = machine.Watch([peer])
    watch.begin()
    crowd = Crowd(peer.port, rooms, people)
    grown = (peer.memory_kb() - before) / (rooms * people)
    print(f"{where}: {grown:,.0f} KB a connection, all that joining leaves behind included", flush=True)
    said = len(pace(crowd, 5, 1.0).due)
    spent = peer.cpu_seconds()
    run, took = loop(crowd, seconds)
    spent, said = peer.cpu_seconds() - spent, said + len(run.due)
    print(
        f"{where}, one message at a time: {len(run.delays) / spent:,.0f} deliveries a second of processor, "
        f"{len(run.delays) / took:,.0f} by the clock{_say_missing(run)}",
        flush=True,
    )
    for rate in rates:
        run = pace(crowd, rate, seconds)
        said += len(run.due)
        print(f"{where}, {rate:,.0f} msg/s: delivery {_say_delays(run)}{_say_missing(run)}", flush=True)
    print(
        f"{where}: {peer.count_stored():,} of {said:,} messages in its database; others on the machine used "
        f"{watch.end():.2f} of a core meanwhile",
        flush=True,
    )
    crowd.close()


def _say_delays(run: Run) -> str:
    if not run.delays:
        return "none"
    cuts = statistics.quantiles(run.delays, n=100)
    return f"{cuts[49] * 1000:.1f} / {cuts[98] * 1000:.1f} ms"


def _say_missing(run: Run) -> str:
    missing, twice = sum(left for left in run.left if left > 0), sum(left < 0 for left in run.left)
    said = f" ({missing} deliveries did not come within {DRAIN:.0f} s)" if missing else ""
    return said + (f" ({twice} came twice)" if twice else "")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 in the room, 20 rooms, two seconds each")
    parser.add_argument("--scratch", type=Path, default=ROOT / "var")
    options = parser.parse_args()
    if not (installed := peer_servers.list_installed()):
        print("Neither Prosody nor ejabberd is installed: nothing to compare with.\n\n" + str(__doc__), file=sys.stderr)
        return
    server_core, load_core = machine.list_cores()
    raise_file_limit()
    with scratching(options.scratch) as scratch:
        print(f"{machine.describe(scratch)}\n", flush=True)
        pin(load_core)
        hall, teams, seconds = (50, 20, 2.0) if options.quick else (500, 200, 5.0)
        for start in installed:
            for rooms, people, rates in ((1, hall, (10,)), (teams, 5, (200, 1_000))):
                with start(scratch, find_port(), server_core) as peer:
                    measure(peer, rooms, people, rates, seconds)


if __name__ == "__main__":
    main()

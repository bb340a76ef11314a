"""What is measured, on the product and on bare flask-sock by turns: pace, saturation, memory, return."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.load import Client, Load, Seat
from bench.machine import BUSY, Watch, wait_until_quiet
from bench.nuisances import flooding, not_reading
from bench.opening import open_sockets
from bench.population import Person, Population, Room, age_sessions
from bench.runs import Outcome, Table, run_loop, run_schedule
from bench.servers import Server

Values = tuple[float, ...]

HANDSHAKES = 100  # under way at a time, but for the return after a restart, where all come at once
WARM_UP = 1.0
DEAF = 20
LOAD_LIMIT = 0.9  # share of its core beyond which the load itself is what limits
BEHIND = 1.2  # so many times the length of the schedule: the run could not keep up


@dataclass(frozen=True)
class Plan:
    """How often and how long, in seconds; `patience`: so long at most to wait for a quiet machine before each run."""

    repeats: int
    pace: float
    loop: float
    returns: int
    sockets: tuple[int, ...]
    patience: float = 0.0


@dataclass(frozen=True)
class Repeat:
    """`others`: cores that other processes used meanwhile."""

    values: Values
    others: float


@dataclass
class Figure:
    """A line of the table: the values of each repeat, for each server. `more`: more is better. `behind`: servers that
    could not keep up; `limited`: those that could have done more than the load asked."""

    name: str
    unit: str
    goal: str = ""
    more: bool = False
    places: int = 1
    repeats: dict[str, list[Repeat]] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)

    def note(self, server: Server, values: Values, others: float = 0.0) -> None:
        self.repeats.setdefault(server.name, []).append(Repeat(values, others))

    def choose(self, name: str) -> list[Repeat]:
        """The repeats of that server during which the machine was quiet, or all where there is none."""
        repeats = self.repeats.get(name, [])
        return [repeat for repeat in repeats if repeat.others <= BUSY] or repeats

    @property
    def others(self) -> float:
        return max(repeat.others for name in self.repeats for repeat in self.choose(name))


@dataclass
class Results:
    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def figure(self, name: str, unit: str, goal: str = "", *, more: bool = False, places: int = 1) -> Figure:
        return self.figures.setdefault((name, unit), Figure(name, unit, goal, more, places))


@dataclass(frozen=True)
class Bench:
    """The product and bare flask-sock, both running, and who talks."""

    product: Server
    bare: Server
    population: Population
    plan: Plan
    results: Results
    say: Callable[[str], None]


@dataclass(frozen=True)
class _Side:
    """`idle` lets both sides answer pings for a second."""

    server: Server
    load: Load
    tables: list[Table]
    idle: Callable[[], None]


def measure_hall(bench: Bench) -> None:
    """Everybody of a service in one public conversation."""
    room = bench.population.hall
    size, plan = len(room.people), bench.plan
    where = f"{size} in one conversation"
    with _seat(bench, [room]) as sides:
        for _ in range(plan.repeats):
            for rate in (10, 50):
                for side in sides:
                    _pace(bench, side, f"{where}, {rate} msg/s", rate, "3.5 / 6")
            _pace(bench, sides[0], f"{where}, 10 msg/s, all of them reading", 10, "3.5 / 6", all_read=True)
            for side in sides:
                _loop(bench, side, f"{where}, 1 message at a time", 1, "80,000 / –")
            for side in sides:
                _loop(bench, side, f"{where}, 16 messages at a time", 16, "300,000 / –")


def measure_nuisances(bench: Bench) -> None:
    """What the others in a conversation notice of sockets that never read, and of somebody who floods: their p99 is to
    stay within one and a half times what it is in the same minute."""
    room = bench.population.hall
    where = f"{len(room.people)} in one conversation, 50 msg/s"
    with _seat(bench, [room]) as sides:
        side, address = sides[0], bench.product.address
        seats = _list_seats(bench.product, room.people, room.conversation_id)
        for _ in range(bench.plan.repeats):
            _pace(bench, side, f"{where}, nothing beside", 50, "")
            with not_reading(address, seats[:DEAF]):
                run_loop(side.load, side.tables, 16, bench.plan.loop)  # they owe as much as they may, and more
                _pace(bench, side, f"{where}, {DEAF} sockets that never read", 50, "")
            with flooding(address, seats[-1]) as sent:
                _pace(bench, side, f"{where}, somebody who floods", 50, "")
            bench.say(f"the flood: {sent.value:,} frames")


def measure_teams(bench: Bench) -> None:
    """Many small conversations at once."""
    rooms = bench.population.teams
    where = f"{sum(len(room.people) for room in rooms):,} in {len(rooms)} conversations"
    with _seat(bench, rooms) as sides:
        for _ in range(bench.plan.repeats):
            for rate, goal in ((200, "– / 2"), (1_000, "– / 4")):
                for side in sides:
                    _pace(bench, side, f"{where}, {rate:,} msg/s", rate, goal)
            for side in sides:
                _loop(bench, side, f"{where}, 1 message at a time in each", 1, "60,000 / 12,000")


def measure_memory(start: Callable[[], Server], population: Population, plan: Plan, results: Results) -> None:
    """Of a fresh server, after a first conversation, then with more and more sockets that have said hello."""
    with running(start) as server:
        _warm_up(server, population.hall)
        empty = server.memory_kb()
        load = Load(server.address)
        opened = 0
        for sockets in plan.sockets:
            people = population.everybody[opened:sockets]
            opening = open_sockets(load, _list_seats(server, people), at_once=HANDSHAKES, health_every=0.1)
            opened = sockets
            load.idle(1.0)
            name = f"{sockets:,} sockets"
            each = (server.memory_kb() - empty) / sockets
            results.figure(f"{name}: memory of each", "KB", "20").note(server, (each,))
            if opening.health_failures:
                results.faults.append(f"{server.name}: /health failed {opening.health_failures} times")
            health = opening.health_ms or [0.0]
            figure = results.figure(f"{name} being opened: /health answers, half / all within", "ms", places=0)
            figure.note(server, (statistics.median(health), max(health)))
        load.close()


def measure_return(
    start: Callable[[], Server],
    database: Path,
    population: Population,
    conversations: int,
    plan: Plan,
    results: Results,
) -> None:
    """Everybody was connected when the server restarted; all come back in the same moment."""
    size = len(population.branch)
    name = f"{size:,} people with {conversations} conversations each come back after a restart: half / all of them"
    for _ in range(plan.returns):
        age_sessions(database)
        with running(start) as server:
            wait_until_quiet([server], plan.patience, partial(time.sleep, 1.0))
            watch = Watch([server])
            watch.begin()
            load = Load(server.address)
            opening = open_sockets(load, _list_seats(server, population.branch), at_once=size)
            figure = results.figure(name, "s", "– / 1", places=2)
            figure.note(server, (statistics.median(opening.hello_ms) / 1000, opening.seconds), watch.end())
            load.close()


@contextmanager
def running(start: Callable[[], Server]) -> Iterator[Server]:
    """A server of its own, which explains itself if something goes wrong."""
    server = start()
    try:
        yield server
    except (OSError, RuntimeError) as error:
        raise RuntimeError(f"{server.name}: {error}; {server.describe_end()}") from error
    finally:
        server.stop()


@contextmanager
def _seat(bench: Bench, rooms: list[Room]) -> Iterator[list[_Side]]:
    """Everybody of these conversations connected to both servers, and some first words said."""
    servers = (bench.product, bench.bare)
    loads: list[Load] = []

    def idle() -> None:
        for load in loads:
            load.idle(0.5)

    for server in servers:
        loads.append(Load(server.address))
        seats = [seat for room in rooms for seat in _list_seats(server, room.people, room.conversation_id)]
        open_sockets(loads[-1], seats, at_once=HANDSHAKES)
    sides = [_Side(server, load, _group(load), idle) for server, load in zip(servers, loads, strict=True)]
    for side in sides:
        run_schedule(side.load, side.tables, 20, WARM_UP)
    yield sides
    for side in sides:
        side.load.close()


def _pace(bench: Bench, side: _Side, name: str, rate: float, goal: str, *, all_read: bool = False) -> None:
    seconds = bench.plan.pace

    def run() -> Outcome:
        return run_schedule(side.load, side.tables, rate, seconds, all_read=all_read)

    outcome, _, others = _run(bench, side, name, run)
    delivery = bench.results.figure(f"{name}: delivery", "ms", goal)
    delivery.note(side.server, _percentiles(outcome.delivery_ms), others)
    acknowledged = bench.results.figure(f"{name}: acknowledged", "ms", "– / 2.5" if rate < 100 else "")
    acknowledged.note(side.server, _percentiles(outcome.acknowledged_ms), others)
    if outcome.seconds > seconds * BEHIND:
        delivery.behind.add(side.server.name)
        acknowledged.behind.add(side.server.name)


def _loop(bench: Bench, side: _Side, name: str, outstanding: int, goal: str) -> None:
    def run() -> Outcome:
        return run_loop(side.load, side.tables, outstanding, bench.plan.loop)

    outcome, cpu, others = _run(bench, side, name, run)
    for unit, seconds, its_goal in (("/s of processor", cpu, goal), ("/s", outcome.seconds, "")):
        figure = bench.results.figure(f"{name}: deliveries / messages", unit, its_goal, more=True, places=0)
        figure.note(side.server, (outcome.deliveries / seconds, outcome.messages / seconds), others)
        if outcome.load_seconds > outcome.seconds * LOAD_LIMIT:
            figure.limited.add(side.server.name)


def _run(bench: Bench, side: _Side, name: str, run: Callable[[], Outcome]) -> tuple[Outcome, float, float]:
    """What it saw, the server's seconds of processor, and the cores that others used meanwhile."""
    wait_until_quiet([bench.product, bench.bare], bench.plan.patience, side.idle)
    bench.say(f"{side.server.name}: {name}")
    watch = Watch([bench.product, bench.bare])
    watch.begin()
    before = side.server.cpu_seconds()
    outcome = run()
    cpu = max(0.01, side.server.cpu_seconds() - before)
    bench.results.faults += [f"{side.server.name}, {name}: {fault}" for fault in outcome.faults]
    return outcome, cpu, watch.end()


def _warm_up(server: Server, room: Room) -> None:
    """Whatever a server keeps once and for all, it has afterwards."""
    load = Load(server.address)
    open_sockets(load, _list_seats(server, room.people[:20], room.conversation_id), at_once=HANDSHAKES)
    run_schedule(load, _group(load), 20, WARM_UP)
    load.close()


def _group(load: Load) -> list[Table]:
    clients: dict[int, list[Client]] = {}
    for client in load.clients.values():
        clients.setdefault(client.seat.conversation_id, []).append(client)
    return [Table(those) for those in clients.values()]


def _list_seats(server: Server, people: Iterable[Person], conversation_id: int = 0) -> list[Seat]:
    if server.name == "bare":
        return [Seat(f"/socket/{conversation_id}", "", conversation_id) for _ in people]
    return [Seat("/m/socket", f"chat_mobile={person.token}", conversation_id) for person in people]


def _percentiles(values: list[float]) -> Values:
    """The median and the 99th percentile of sorted values."""
    if not values:
        return (float("nan"), float("nan"))
    return values[len(values) // 2], values[min(len(values) - 1, len(values) * 99 // 100)]

"""People write and read while servers are killed without warning, again and again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from data.access.actors import Surface
from tests import factories, inside
from tests.faults.crowd import Door, Observer, Verdict, Writer, judge
from tests.server import Server

WRITERS, OBSERVERS = 8, 2
ENDS_WITHIN = 900.0  # seconds


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    kills: int
    longest_away: float  # seconds from a kill until that server answers again


def run(servers: Sequence[Server], *, messages: int, kills: int, seed: int = 0) -> Outcome:
    """Eight people send that many messages in all, to servers of one database that are killed that many times."""
    first = servers[0]
    kitchen = first.do(inside.make_kitchen, f"kills{seed}")
    conversation = first.do(factories.launch, kitchen.manager, kitchen.service_id)
    cookies = first.do(inside.hire_many, kitchen, WRITERS)
    watching = [first.give_cookie(somebody, Surface.MOBILE) for somebody in kitchen.staff[:OBSERVERS]]
    addresses, is_over = [server.address for server in servers], threading.Event()
    writers = [
        Writer(Door(addresses, cookie), conversation, f"{n}", messages // WRITERS) for n, cookie in enumerate(cookies)
    ]
    observers = [Observer(Door(addresses, cookie), conversation, is_over, messages) for cookie in watching]
    writing = [threading.Thread(target=writer.run) for writer in writers]
    reading = [threading.Thread(target=observer.run) for observer in observers]
    for thread in (*reading, *writing):
        thread.start()
    away = _kill_while(servers, writers, messages, kills, random.Random(seed))
    for thread in writing:
        thread.join(ENDS_WITHIN)
    is_over.set()
    for thread in reading:
        thread.join(ENDS_WITHIN)
    stored = first.do(inside.list_refs, conversation)
    return Outcome(judge(writers, observers, stored), kills, max(away, default=0.0))


def _kill_while(
    servers: Sequence[Server], writers: Sequence[Writer], messages: int, kills: int, chance: random.Random
) -> list[float]:
    """One after the other, spread over the messages, each at a moment of its own."""
    away = []
    for number in range(kills):
        _await_acknowledged(writers, messages * (number + 1) // (kills + 2))
        time.sleep(chance.random() * 0.05)
        started = time.monotonic()
        servers[number % len(servers)].restart()
        away.append(time.monotonic() - started)
    return away


def _await_acknowledged(writers: Sequence[Writer], count: int) -> None:
    deadline = time.monotonic() + ENDS_WITHIN
    while sum(len(writer.acknowledged) for writer in writers) < count:
        if time.monotonic() > deadline:
            raise TimeoutError("nobody writes any more")
        time.sleep(0.005)

"""Hours of moderate traffic: what the server holds (memory, descriptors, threads) must stay level.

People write at a steady rate, some come and go, pages are opened. After a quarter of the time, in which caches fill, a
line is laid through the rest."""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from data.access.actors import Surface
from tests import factories, inside
from tests.client import Client, Refused, Visitor
from tests.faults.crowd import AWAY
from tests.faults.places import find_workers
from tests.server import Server

PEOPLE = 20
RATE = 20.0  # messages a second, of all together
STAYS = 30.0  # seconds until somebody closes the window and opens it again
LOOKS_EVERY = 2.0
GROWTH = 0.10  # of the memory, over the measured part: beyond, it is not level


@dataclass(frozen=True)
class Look:
    at: float
    memory: int  # bytes
    descriptors: int
    threads: int


@dataclass(frozen=True)
class Level:
    """`growth`: bytes an hour, by the line through the looks after the first quarter."""

    looks: Sequence[Look]
    said: int
    growth: float

    @property
    def measured(self) -> Sequence[Look]:
        return self.looks[len(self.looks) // 4 :]

    @property
    def is_level(self) -> bool:
        first = self.measured[0]
        hours = (self.measured[-1].at - first.at) / 3600
        few = PEOPLE // 2  # sockets that are being opened while one looks, connections of the pools
        return (
            self.growth * hours < GROWTH * first.memory
            and max(look.descriptors for look in self.measured) <= first.descriptors + few
            and max(look.threads for look in self.measured) <= first.threads + 2
        )


def hold(server: Server, *, seconds: float) -> Level:
    kitchen = server.do(inside.make_kitchen, "steady")
    conversation_id = server.do(factories.launch, kitchen.manager, kitchen.service_id)
    cookies = server.do(inside.hire_many, kitchen, PEOPLE)
    visitor = server.give_cookie(kitchen.staff[0], Surface.MOBILE)
    is_over, said = threading.Event(), itertools.count()
    threads = [
        threading.Thread(target=_chat, args=(server, cookie, conversation_id, is_over, said), daemon=True)
        for cookie in cookies
    ]
    threads.append(threading.Thread(target=_browse, args=(server, visitor, is_over), daemon=True))
    for thread in threads:
        thread.start()
    looks = _look(server, seconds)
    is_over.set()
    for thread in threads:
        thread.join(30)
    return Level(looks, next(said), _find_growth(looks[len(looks) // 4 :]))


def _chat(
    server: Server, cookie: str, conversation_id: int, is_over: threading.Event, said: itertools.count[int]
) -> None:
    while not is_over.is_set():
        client = Client(server.address, "mobile", cookie)
        leaves_at = time.monotonic() + STAYS * random.uniform(0.5, 1.5)
        try:
            while time.monotonic() < leaves_at and not is_over.wait(random.expovariate(RATE / PEOPLE)):
                client.say(conversation_id, f"message {next(said)} " + "é" * random.randrange(200))
                client.events.clear()
                client.inbox.clear()
                client.frames.clear()
        except (*AWAY, Refused):
            time.sleep(0.5)
        finally:
            client.close()


def _browse(server: Server, cookie: str, is_over: threading.Event) -> None:
    visitor = Visitor(server.address)
    visitor._opener.addheaders = [("Cookie", f"chat_mobile={cookie}")]
    while not is_over.wait(1):
        visitor.get("/m")
        visitor.get("/health")


def _look(server: Server, seconds: float) -> list[Look]:
    (worker,) = find_workers(server)
    looks, started = [], time.monotonic()
    while (at := time.monotonic() - started) < seconds:
        with worker.oneshot():
            looks.append(Look(at, worker.memory_info().rss, worker.num_fds(), worker.num_threads()))
        time.sleep(min(LOOKS_EVERY, seconds / 20))
    return looks


def _find_growth(looks: Sequence[Look]) -> float:
    slope = statistics.linear_regression([look.at for look in looks], [look.memory for look in looks]).slope
    return slope * 3600

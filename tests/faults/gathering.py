"""People who write and read at several servers of one database while something happens to these, and what is true
afterwards."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from data.access.actors import Surface
from tests import factories, inside
from tests.faults.crowd import Door, Observer, Verdict, Writer, judge
from tests.server import Server

WRITERS, OBSERVERS = 8, 2
ENDS_WITHIN = 900.0  # seconds


@dataclass(frozen=True)
class Outcome:
    """`longest_away`: seconds until everybody's next message was acknowledged. `latest`: until an observer had what was
    acknowledged. `rude`: pages that showed a fault of the server's instead of saying what is the matter. `logged`: what
    the servers themselves called a fault."""

    verdict: Verdict
    longest_away: float = 0.0
    latest: float = 0.0
    told: tuple[str, ...] = ()
    rude: int = 0
    logged: int = 0

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and self.rude == 0 and self.logged == 0


@dataclass
class Reloader:
    """Somebody who opens the phone's page again and again."""

    address: str
    cookie: str
    until: threading.Event
    statuses: Counter[int] = field(default_factory=Counter)
    rude: int = 0

    def run(self) -> None:
        while not self.until.wait(0.5):
            request = urllib.request.Request(
                f"{self.address}/m", headers={"Cookie": f"chat_mobile={self.cookie}", "Accept": "text/html"}
            )
            try:
                with urllib.request.urlopen(request, timeout=15) as answer:
                    self.statuses[answer.status] += 1
            except urllib.error.HTTPError as error:
                with error:
                    self._judge(error.code, error.read().decode())
            except OSError:
                self.statuses[0] += 1  # nobody answers: the browser, or the phone's own copy, says so

    def _judge(self, status: int, page: str) -> None:
        self.statuses[status] += 1
        self.rude += status == 500 or "Traceback" in page or "<h1" not in page


class Gathering:
    def __init__(self, servers: Sequence[Server], *, count: int | None = None, asks_after: float = 0.5) -> None:
        """`count`: how many messages in all; without it, until the end."""
        self._servers, self._first = servers, servers[0]
        first = self._first
        kitchen = first.do(inside.make_kitchen, f"crowd{uuid4().hex[:8]}")
        self.conversation_id = first.do(factories.launch, kitchen.manager, kitchen.service_id)
        cookies = first.do(inside.hire_many, kitchen, WRITERS + 1)
        watching = [first.give_cookie(somebody, Surface.MOBILE) for somebody in kitchen.staff[:OBSERVERS]]
        addresses = [server.address for server in servers]
        self._wrote, self._is_over = threading.Event(), threading.Event()
        each = None if count is None else count // WRITERS
        self.writers = [
            Writer(Door(addresses, cookie), self.conversation_id, f"{n}", self._wrote, each)
            for n, cookie in enumerate(cookies[:WRITERS])
        ]
        self._observers = [
            Observer(
                Door([addresses[n % len(addresses)]], cookie),
                self.conversation_id,
                self._is_over,
                count or 0,
                asks_after,
            )
            for n, cookie in enumerate(watching)
        ]
        self._reloader = Reloader(addresses[-1], cookies[-1], self._is_over)
        self._writing = [_begin(writer.run) for writer in self.writers]
        self._reading = [_begin(observer.run) for observer in (*self._observers, self._reloader)]

    @property
    def acknowledged(self) -> int:
        return sum(len(writer.acknowledged) for writer in self.writers)

    def await_acknowledged(self, count: int) -> None:
        self._await(lambda: self.acknowledged >= count)

    def await_everybody(self, *, within: float = ENDS_WITHIN) -> float:
        """The seconds until each has had one more message acknowledged."""
        started = time.monotonic()
        self._await(lambda: all(writer.last_heard_at > started for writer in self.writers), within)
        return time.monotonic() - started

    def endure(self, *codes: str) -> None:
        """What this trial makes the server refuse, and rightly."""
        for writer in self.writers:
            writer.endures = codes

    def end(self, *, longest_away: float = 0.0) -> Outcome:
        for thread in self._writing:
            if self.writers[0].count is None:
                self._wrote.set()
            thread.join(ENDS_WITHIN)
        self._wrote.set()
        for observer in self._observers:
            observer.expected = self.acknowledged
        self._is_over.set()
        for thread in self._reading:
            thread.join(ENDS_WITHIN)
        stored = self._first.do(inside.list_refs, self.conversation_id)
        told = sorted({code for writer in self.writers for code in writer.told})
        verdict = judge(self.writers, self._observers, stored)
        logged = sum(_count_faults(server) for server in self._servers)
        return Outcome(verdict, longest_away, self._find_latest(), tuple(told), self._reloader.rude, logged)

    def give_up(self) -> None:
        """Something else failed: nobody goes on."""
        self._wrote.set()
        self._is_over.set()

    def _find_latest(self) -> float:
        acknowledged = {ref: at for writer in self.writers for ref, at in writer.heard_at.items()}
        return max(
            (
                at - acknowledged[ref]
                for one in self._observers
                for ref, at in one.seen_at.items()
                if ref in acknowledged
            ),
            default=0.0,
        )

    def _await(self, is_so: Callable[[], bool], within: float = ENDS_WITHIN) -> None:
        deadline = time.monotonic() + within
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError("nobody's messages are acknowledged any more")
            time.sleep(0.005)


def _count_faults(server: Server) -> int:
    """Without what gevent says of a socket for which no descriptor is left."""
    if server.log.is_fifo():
        return 0
    return sum('"level": "error"' in line for line in server.list_faults())


def _begin(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread

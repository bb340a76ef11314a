"""What happens to servers and to what they stand on, each for a while, undone at its end. People go on writing; what
was acknowledged must be there, once and in its place, and all must go on by itself."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from data import db
from tests.client import Visitor
from tests.faults.gathering import Gathering, Outcome
from tests.faults.places import Postgres, Redis, find_workers, frozen
from tests.server import Server

END_OF_SERVERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND backend_type = 'client backend' AND application_name <> 'taken'"
)
HOUR, YEARS = timedelta(hours=1), timedelta(days=4 * 365)
NOT_THEN = ("option_off", "not_allowed", "not_found")  # nobody was employed then, or the chat was not on
KNOWN_AFTER = 20.0  # seconds: a lock held so long is told by /health
BACK_WITHIN = 30.0  # seconds: beyond, it does not recover by itself


@dataclass(frozen=True)
class Stage:
    servers: Sequence[Server]
    postgres: Postgres | None = None
    redis: Redis | None = None


@dataclass(frozen=True)
class Trouble:
    """`lasts`: seconds. `endures`: what the server refuses people meanwhile, and rightly."""

    name: str
    happens: Callable[[Stage], AbstractContextManager[None]]
    lasts: float
    endures: tuple[str, ...] = ()


def go_through(stage: Stage, *troubles: Trouble, lasts: float | None = None, asks_after: float = 0.5) -> Outcome:
    """With people writing before, meanwhile, between and after."""
    gathering, longest = Gathering(stage.servers, asks_after=asks_after), 0.0
    try:
        for trouble in troubles:
            gathering.endure(*trouble.endures)
            gathering.await_everybody()
            with trouble.happens(stage):
                time.sleep(trouble.lasts if lasts is None else lasts)
            longest = max(longest, gathering.await_everybody(within=BACK_WITHIN))
        return gathering.end(longest_away=longest)
    finally:
        gathering.give_up()


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Another process writes to the file, and takes its time."""
    with contextlib.closing(sqlite3.connect(stage.servers[0].database, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        since = time.monotonic()
        yield
        if time.monotonic() > since + KNOWN_AFTER:
            assert "writes" in Visitor(stage.servers[0].address).get("/health").body  # whoever watches knows
        other.execute("COMMIT")


@contextmanager
def full(stage: Stage) -> Iterator[None]:
    """The database may not grow by a page."""
    stage.servers[0].do(limit_pages, 0)
    yield
    stage.servers[0].do(limit_pages, 1 << 30)


def limit_pages(more: int) -> None:
    database = db.current()
    assert isinstance(database, db.SqliteDatabase)
    with database._writers.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")


@contextmanager
def without_descriptors(stage: Stage) -> Iterator[None]:
    """Not one more socket or file can be opened."""
    (worker,) = find_workers(stage.servers[0])
    before = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (worker.num_fds(), before[1]))
    yield
    resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, before)


@contextmanager
def worker_frozen(stage: Stage) -> Iterator[None]:
    with frozen(find_workers(stage.servers[0])):
        yield


def clock_jumps(*aheads: timedelta) -> Callable[[Stage], AbstractContextManager[None]]:
    """From one to the next, half a second apart; then right again."""

    @contextmanager
    def happens(stage: Stage) -> Iterator[None]:
        for ahead in aheads:
            stage.servers[0].set_clock(ahead)
            time.sleep(0.5)
        yield
        stage.servers[0].set_clock(timedelta())

    return happens


@contextmanager
def log_stuck(stage: Stage) -> Iterator[None]:
    """Whoever reads its log, which is a pipe, reads no more; then nobody is there."""
    end = os.open(stage.servers[0].log, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(end, b"." * 4096)
    yield
    os.close(end)


@contextmanager
def ends_connections(stage: Stage) -> Iterator[None]:
    assert stage.postgres is not None
    for _ in range(10):
        stage.postgres.end_connections()
        time.sleep(0.05)
    yield


@contextmanager
def database_killed(stage: Stage) -> Iterator[None]:
    assert stage.postgres is not None
    stage.postgres.kill()
    yield
    stage.postgres.start()


@contextmanager
def database_frozen(stage: Stage) -> Iterator[None]:
    assert stage.postgres is not None
    with frozen(stage.postgres.list_processes()):
        yield


@contextmanager
def table_locked(stage: Stage) -> Iterator[None]:
    assert stage.postgres is not None
    with stage.postgres.locking("messages"):
        yield


@contextmanager
def connections_taken(stage: Stage) -> Iterator[None]:
    """Somebody else has them all."""
    postgres = stage.postgres
    assert postgres is not None
    with ExitStack() as stack:
        admin = stack.enter_context(postgres.connect())
        for _ in range(3):
            admin.execute(END_OF_SERVERS)
            with contextlib.suppress(psycopg.OperationalError):
                for _ in range(100):
                    stack.enter_context(postgres.connect(application_name="taken"))
        yield


@contextmanager
def redis_killed(stage: Stage) -> Iterator[None]:
    assert stage.redis is not None
    stage.redis.kill()
    yield
    stage.redis.start()


@contextmanager
def redis_flushed(stage: Stage) -> Iterator[None]:
    assert stage.redis is not None
    for _ in range(10):
        stage.redis.flush()
        time.sleep(0.02)
    yield


@contextmanager
def redis_frozen(stage: Stage) -> Iterator[None]:
    """As if its network were cut: connections are there, and nothing comes."""
    assert stage.redis is not None
    with frozen(stage.redis.list_processes()):
        yield


OF_SQLITE = (
    Trouble("nobody reads its log, which is a pipe", log_stuck, 5),
    Trouble("database locked by another process", locked, 30),
    Trouble("no room for one more page", full, 5),
    Trouble("no descriptor left", without_descriptors, 10),
    Trouble("the process frozen (SIGSTOP)", worker_frozen, 20),
    Trouble("clock an hour ahead, then right", clock_jumps(HOUR), 5),
    Trouble("clock two hours ahead, then an hour back, then right", clock_jumps(2 * HOUR, HOUR), 5),
    Trouble("clock four years ahead, then right", clock_jumps(YEARS), 5, NOT_THEN),
    Trouble("clock four years behind, then right", clock_jumps(-YEARS), 5, NOT_THEN),
)
OF_POSTGRES = (
    Trouble("PostgreSQL killed (kill -9) and started again", database_killed, 3),
    Trouble("PostgreSQL frozen (SIGSTOP)", database_frozen, 10),
    Trouble("all connections terminated ten times", ends_connections, 0),
    Trouble("messages locked by somebody else", table_locked, 10),
    Trouble("no connection left", connections_taken, 5),
    Trouble("one of two processes frozen (SIGSTOP)", worker_frozen, 20),
    Trouble("one of two clocks an hour ahead, then right", clock_jumps(HOUR), 5),
    Trouble("one of two clocks two hours ahead, then an hour back, then right", clock_jumps(2 * HOUR, HOUR), 5),
    Trouble("Redis killed and started again", redis_killed, 5),
    Trouble("Redis emptied ten times", redis_flushed, 2),
    Trouble("Redis cut off (SIGSTOP)", redis_frozen, 10),
)

"""The database: `read()` for looking, `unit_of_work()` for changing.

SQLite: one write connection a process. Units run one after the other, each whole or not at all (a savepoint), and one
COMMIT ends all that came together; then the callers go on, and events are published in that order. So a hundred people
who write in the same moment wait for one fsync, not a hundred.
PostgreSQL: a transaction of a pool for each unit.
The body of a unit must not wait for anything but the database."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    NullPool,
    QueuePool,
    StaticPool,
    bindparam,
    create_engine,
    event,
    insert,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from data import clock, offload, postgres
from data.errors import Unavailable
from data.metrics import counted
from data.models import outbox
from data.realtime import bus
from data.realtime.events import Emitted, Event, HubEvent, encode_batch

BUSY_PATIENCE = 5.0  # seconds a writer waits for another process before it refuses
MAPPED = 2_147_418_112  # bytes of SQLite's file that are read without copying: as many as it allows
SLICE = 2_000  # rows
SLOW_COMMIT = 0.002  # seconds; above that, COMMIT moves to a thread so that the loop goes on


class Reader:
    """A consistent view: one connection, one instant. `locks`: what is read to decide must be locked until the end
    (PostgreSQL runs units side by side; SQLite one after the other)."""

    def __init__(self, connection: Connection, *, locks: bool = False) -> None:
        self.connection = connection
        self.locks = locks
        self.now: datetime = clock.now()
        self._driver: Any = None

    @property
    def driver(self) -> Any:
        """What the database's own driver executes with, within the transaction of this view."""
        if self._driver is None:
            if not self.connection.in_transaction():
                self.connection.begin()
            connection: Any = self.connection.connection.driver_connection
            # psycopg's connection would make a cursor for each statement.
            self._driver = connection if isinstance(connection, sqlite3.Connection) else connection.cursor()
        return self._driver

    def look_at_clock(self) -> None:
        """After a wait for a lock: what is recorded from here on comes after what was recorded meanwhile."""
        self.now = clock.now()

    def execute(self, statement: Executable, parameters: Any = None) -> Any:
        """The result of SQLAlchemy; its rows have no types (Core's columns have none either)."""
        return self.connection.execute(statement, parameters)

    def send(self, sql: str, values: Any, *, has_rows: bool = True) -> list[Any]:
        """A statement as it is to the driver; its rows. Errors as Core raises them, but without the values: what people
        write stays out of traces."""
        try:
            cursor = self.driver.execute(sql, values)
            return list(cursor.fetchall()) if has_rows else []
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, self.connection.dialect.dbapi.Error):  # type: ignore[union-attr]
                raise
            # Core's own way: it also lets go of connections that are lost, or left in the middle of something.
            self.connection._handle_dbapi_exception(error, sql, None, None, None)

    def stream(self, statement: Executable) -> Any:
        """As `execute`, for very many rows: a slice at a time, so that others come to their turn between two."""
        return self.connection.execute(statement, execution_options={"yield_per": SLICE})


class UnitOfWork(Reader):
    """Rows and events that come true together, or not at all."""

    def __init__(self, connection: Connection, *, locks: bool = False) -> None:
        super().__init__(connection, locks=locks)
        self.emitted: list[Emitted] = []

    def emit(self, topic: str, event: Event | HubEvent, *, conversation_id: int | None = None) -> None:
        self.emitted.append(Emitted(topic, event, conversation_id))


class Database(Protocol):
    name: str
    url: str

    def read(self) -> AbstractContextManager[Reader]: ...
    def read_apart(self) -> AbstractContextManager[Reader]: ...
    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]: ...
    def alone(self, job: str) -> AbstractContextManager[bool]: ...
    def dispose(self) -> None: ...


class SqliteDatabase:
    name = "sqlite"

    def __init__(self, url: str) -> None:
        self.url = url
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._readers = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=24, **_OPTIONS)
        self._apart = create_engine(url, poolclass=NullPool, **_OPTIONS)
        for engine in (self._readers, self._apart):
            event.listen(engine, "connect", _prepare_reader)
            event.listen(engine, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
        self._writers = create_engine(url, poolclass=StaticPool, isolation_level="AUTOCOMMIT", **_OPTIONS)
        event.listen(self._writers, "connect", _prepare_writer)
        self._opening = threading.Lock()
        self._group_commit: _GroupCommit | None = None

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with _refusing_politely(), self._readers.connect() as connection:
            yield Reader(connection)

    @contextmanager
    def read_apart(self) -> Iterator[Reader]:
        with _refusing_politely(), self._apart.connect() as connection:
            yield Reader(connection)

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        if self._group_commit is None:
            self._open()
        assert self._group_commit is not None
        return self._group_commit.unit()

    def _open(self) -> None:
        with self._opening, _refusing_politely():
            self._group_commit = self._group_commit or _GroupCommit(self._writers.connect())

    @contextmanager
    def alone(self, job: str) -> Iterator[bool]:
        """One process serves a SQLite database: it is alone."""
        yield True

    def dispose(self) -> None:
        if self._group_commit is not None:
            self._group_commit.close()
            self._group_commit = None
        self._writers.dispose()
        self._readers.dispose()


_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtext(:job))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext(:job))")
_KEEP = (
    insert(outbox)
    .values(created_at=postgres.NOW, origin=bindparam("origin"), batch=bindparam("batch"))
    .returning(outbox.c.id)
)


class PostgresDatabase:
    """`origin` marks in the outbox what this process wrote. `in_doubt`: entries whose COMMIT was not answered; only the
    database knows whether it came to pass (data/relay asks it)."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = secrets.token_hex(8)
        self.in_doubt: list[int] = []
        options: dict[str, Any] = {"hide_parameters": True, "connect_args": postgres.CONNECTING}
        self._engine: Engine = create_engine(url, pool_size=10, max_overflow=10, pool_timeout=BUSY_PATIENCE, **options)
        event.listen(self._engine, "connect", postgres.prepare)
        self._keep = str(_KEEP.compile(dialect=self._engine.dialect))
        # One instant for all that is read, however many statements it takes.
        self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._apart = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ", **options)
        for engine in (self._engine, self._apart):
            postgres.connect_with(engine)

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with _refusing_politely(), self._readers.connect() as connection:
            yield Reader(connection)

    @contextmanager
    def read_apart(self) -> Iterator[Reader]:
        with _refusing_politely(), self._apart.connect() as connection:
            yield Reader(connection)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        entry_id = None
        try:
            with _refusing_politely(), self._engine.begin() as connection:
                unit = UnitOfWork(connection, locks=True)
                yield unit
                batch = encode_batch(unit.emitted)
                entry_id = self._keep_for_others(unit, batch) if unit.emitted else None
        except BaseException:
            if entry_id is not None:
                self.in_doubt.append(entry_id)
            raise
        counted.commits += 1
        counted.units += 1
        bus.publish(unit.emitted)
        if entry_id is not None:
            bus.carry(entry_id, batch)

    def _keep_for_others(self, unit: UnitOfWork, batch: bytes) -> int:
        ((entry_id,),) = unit.send(self._keep, {"origin": self.origin, "batch": batch})
        return int(entry_id)

    @contextmanager
    def alone(self, job: str) -> Iterator[bool]:
        """False while another process is at this job. The database lets go of it with the connection, so that a process
        that ends leaves nothing locked."""
        with _refusing_politely(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            is_mine = bool(connection.execute(_TRY_LOCK, {"job": job}).scalar_one())
            try:
                yield is_mine
            finally:
                if is_mine:
                    connection.execute(_UNLOCK, {"job": job})

    def dispose(self) -> None:
        self._engine.dispose()


class _Group:
    """Units that share a COMMIT. `error`: none of them was kept."""

    def __init__(self) -> None:
        self.units: list[UnitOfWork] = []
        self.done = threading.Event()
        self.error: BaseException | None = None


class _Turn:
    """One after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a unit of work inside another one would wait for itself")
        self._lock.acquire()
        self._holder = me

    def __exit__(self, *_error: object) -> None:
        self._holder = None
        self._lock.release()


class _GroupCommit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        self._turn = _Turn()
        self._group: _Group | None = None
        self._commit_seconds = 0.0

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        patient_until = time.monotonic() + BUSY_PATIENCE
        with self._turn:
            leads = self._group is None
            group = self._group = self._group or self._begin(patient_until)
            unit = UnitOfWork(self._connection)
            if not leads:
                self._driver.execute("SAVEPOINT unit")
            try:
                yield unit
                if not leads:
                    self._driver.execute("RELEASE unit")
            except BaseException as error:
                self._undo(group, error, leads=leads)
                _raise_politely(error)
                raise
            group.units.append(unit)
        if leads:
            self._end(group)
        else:
            group.done.wait()
        if group.error is not None:
            raise Unavailable() from group.error

    def close(self) -> None:
        with self._turn:
            self._connection.close()

    def _begin(self, patient_until: float) -> _Group:
        """BEGIN IMMEDIATE, asking again while another process writes, without holding up the loop. Whoever waited
        behind others has waited as long as they have."""
        while True:
            try:
                self._driver.execute("BEGIN IMMEDIATE")
                return _Group()
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > patient_until:
                    raise Unavailable() from error
                time.sleep(0.002)

    def _undo(self, group: _Group, error: BaseException, *, leads: bool) -> None:
        """SQLite itself undoes everything where the disk is full or fails: those before in the group hear of it."""
        if leads or not self._driver.in_transaction:
            self._group = None
            group.error = error
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        else:
            self._driver.execute("ROLLBACK TO unit")
            self._driver.execute("RELEASE unit")

    def _end(self, group: _Group) -> None:
        """Let those who are ready join, then commit for all, wake them, and publish in order."""
        try:
            time.sleep(0)
        finally:
            with self._turn:
                if group.error is None:
                    self._commit_for(group)
            group.done.set()
            if group.error is None:
                # Together: whoever hears several of them gets them in one write.
                bus.publish([emitted for unit in group.units for emitted in unit.emitted])

    def _commit_for(self, group: _Group) -> None:
        self._group = None
        try:
            self._commit()
        except sqlite3.Error as error:
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
            group.error = error
        else:
            counted.commits += 1
            counted.units += len(group.units)

    def _commit(self) -> None:
        started = time.perf_counter()
        if self._commit_seconds > SLOW_COMMIT:
            offload.run_in(offload.Lane.COMMIT, self._driver.execute, "COMMIT")
        else:
            self._driver.execute("COMMIT")
        self._commit_seconds += (time.perf_counter() - started - self._commit_seconds) / 16


_OPTIONS: dict[str, Any] = {
    "connect_args": {"check_same_thread": False, "isolation_level": None, "cached_statements": 512},
    "hide_parameters": True,  # what people write stays out of traces
}


def _prepare_reader(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_PATIENCE * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    # An acknowledged message survives a power cut only with FULL: measured, NORMAL lost all of the last ones.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 0")  # from here on BEGIN asks again by itself, without blocking


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def _refusing_politely() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _raise_politely(error)
        raise


def _raise_politely(error: BaseException) -> None:
    """A database that is full, away or too busy is not a fault of the request."""
    is_away = isinstance(error, DBAPIError) and error.connection_invalidated
    if is_away or isinstance(error, OperationalError | PoolExhausted | sqlite3.OperationalError):
        raise Unavailable() from error


_database: Database | None = None


def connect(url: str) -> Database:
    """Use this database from now on; the one before is closed."""
    global _database
    if _database is not None:
        _database.dispose()
    _database = SqliteDatabase(url) if url.startswith("sqlite") else PostgresDatabase(url)
    return _database


def current() -> Database:
    if _database is None:
        raise RuntimeError("connect(url) comes first")
    return _database


def read() -> AbstractContextManager[Reader]:
    return current().read()


def read_apart() -> AbstractContextManager[Reader]:
    """For a thread (data/offload) that reads by itself, off the server's loop: a connection of its own, opened and
    closed."""
    return current().read_apart()


def unit_of_work() -> AbstractContextManager[UnitOfWork]:
    return current().unit_of_work()


def is_answering() -> bool:
    try:
        with read() as reader:
            reader.execute(text("SELECT 1"))
    except (Unavailable, DBAPIError):
        return False
    return True

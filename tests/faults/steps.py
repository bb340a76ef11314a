"""The migration killed at one statement after the other: each time, the next run completes it, and what is there then
is what an undisturbed one makes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, func, select

from data import migrations
from data.models import metadata
from data.models.columns import Instant

KILLED = -signal.SIGKILL


def count_statements(url: str) -> int:
    """Of an undisturbed migration of an empty database."""
    seen = _Statements(die_at=None)
    migrations.upgrade(url)
    seen.stop()
    return seen.count


def list_broken(fresh: Callable[[], str], numbers: Iterable[int]) -> list[int]:
    """The statements after which the next run did not make everything good. `fresh` makes an empty database."""
    undisturbed = fresh()
    migrations.upgrade(undisturbed)
    given = _count_given(undisturbed)
    return [number for number in numbers if not _completes(fresh(), number, given)]


def _completes(url: str, number: int, given: dict[str, int]) -> bool:
    if _migrate_and_die(url, number) != KILLED:
        return False
    migrations.upgrade(url)
    return migrations.is_current(url) and not _list_differences(url) and _count_given(url) == given


def _migrate_and_die(url: str, number: int) -> int:
    """In a process of its own, which is gone before that statement is answered."""
    child = os.fork()
    if child == 0:
        try:
            _Statements(die_at=number)
            migrations.upgrade(url)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class _Statements:
    def __init__(self, die_at: int | None) -> None:
        self.count = 0
        self._die_at = die_at
        event.listen(Engine, "after_cursor_execute", self._note)

    def stop(self) -> None:
        event.remove(Engine, "after_cursor_execute", self._note)

    def _note(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _list_differences(url: str) -> list[Any]:
    """Between the tables and what the models declare."""

    def compare_type(_context: Any, _inspected: Any, declared: Any, _found: Any, type_: Any) -> bool | None:
        return False if isinstance(type_, Instant) else None

    with _connecting(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
        return list(compare_metadata(context, metadata))


def _count_given(url: str) -> dict[str, int]:
    """The rows that the steps themselves fill in."""
    with _connecting(url) as connection:
        return {
            each.name: connection.execute(select(func.count()).select_from(each)).scalar_one()
            for each in metadata.sorted_tables
        }


@contextmanager
def _connecting(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()

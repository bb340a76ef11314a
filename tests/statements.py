"""How many statements reach the database meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from data.db import Reader


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """The SQL of every statement executed meanwhile, in order."""
    seen: list[str] = []
    with noticing_statements(seen.append):
        yield seen


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    """The process ends, without any warning, before that one is executed."""
    left = statement

    def note(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with noticing_statements(note):
        yield


@contextmanager
def noticing_statements(notice: Callable[[str], object]) -> Iterator[None]:
    """`notice` hears of every statement before it is executed."""

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":
            notice(statement)

    event.listen(Engine, "before_cursor_execute", note)
    send = Reader.send

    def note_and_send(self: Reader, sql: str, values: Any, **more: Any) -> Any:
        notice(sql)
        return send(self, sql, values, **more)

    Reader.send = note_and_send  # type: ignore[method-assign]
    try:
        yield
    finally:
        Reader.send = send  # type: ignore[method-assign]
        event.remove(Engine, "before_cursor_execute", note)

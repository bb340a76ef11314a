"""How many statements reach the database meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from data.db import Reader
from data.prepared import OnSqlite


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """The SQL of every statement executed meanwhile, in order."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    send = OnSqlite.list

    def note_and_send(self: OnSqlite, reader: Reader, parameters: dict[str, Any]) -> list[Any]:
        seen.append(self.sql)
        return send(self, reader, parameters)

    OnSqlite.list = note_and_send  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        OnSqlite.list = send  # type: ignore[method-assign]
        event.remove(Engine, "before_cursor_execute", note)

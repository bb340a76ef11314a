"""Statements of the hot path, built once. On SQLite they go straight to the driver: building and compiling the same
statement for each message cost more than the database itself (measured: half of the time of a send)."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from data import clock
from data.db import Reader
from data.models.columns import Instant

Convert = Callable[[Any], Any]


class Prepared:
    """Parameters by the names of its `bindparam`s; rows with named columns, converted as Core converts them."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._on_sqlite: OnSqlite | None = None

    def list(self, reader: Reader, **parameters: Any) -> list[Any]:
        if reader.connection.dialect.name != "sqlite":
            return list(reader.execute(self._statement, parameters).all())
        if self._on_sqlite is None:
            self._on_sqlite = OnSqlite(self._statement, reader.connection.dialect)
        return self._on_sqlite.list(reader, parameters)

    def one_or_none(self, reader: Reader, **parameters: Any) -> Any:
        rows = self.list(reader, **parameters)
        return rows[0] if rows else None

    def one(self, reader: Reader, **parameters: Any) -> Any:
        (row,) = self.list(reader, **parameters)
        return row

    def run(self, reader: Reader, **parameters: Any) -> None:
        """For what returns no rows."""
        if reader.connection.dialect.name != "sqlite":
            reader.execute(self._statement, parameters)
        else:
            self.list(reader, **parameters)


class OnSqlite:
    """The statement as SQLite's driver takes it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        processors: dict[str, Convert] = compiled._bind_processors
        self._names = compiled.positiontup
        self._fixed = dict(compiled.construct_params(_check=False))
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._writes = [
            (name, clock.to_ms_or_none if isinstance(types[name], Instant) else processors[name])
            for name in dict.fromkeys(self._names)
            if name in processors
        ]
        columns = compiled._result_columns
        row: Any = namedtuple("Row", [column.keyname for column in columns]) if columns else None
        self._row: Callable[[Iterable[Any]], Any] = row._make if row else tuple
        found = [_find_convert(column.type, dialect) for column in columns]
        self._reads: list[tuple[int, Convert]] = [(at, convert) for at, convert in enumerate(found) if convert]

    def list(self, reader: Reader, parameters: dict[str, Any]) -> list[Any]:
        given = {**self._fixed, **parameters}
        for name, convert in self._writes:
            given[name] = convert(given[name])
        try:
            rows = reader.driver.execute(self.sql, [given[name] for name in self._names]).fetchall()
        except sqlite3.Error as error:
            # As Core would raise it, but without the parameters: what people write stays out of traces.
            raise DBAPIError.instance(self.sql, None, error, sqlite3.Error) from error
        return [self._convert(row) for row in rows] if self._reads else [self._row(row) for row in rows]

    def _convert(self, row: tuple[Any, ...]) -> Any:
        values = list(row)
        for at, convert in self._reads:
            values[at] = convert(values[at])
        return self._row(values)


def _find_convert(type_: Any, dialect: Dialect) -> Convert | None:
    """An instant by the shortest way: there are several in each row."""
    if isinstance(type_, Instant):
        return clock.from_ms_or_none
    found: Convert | None = type_._cached_result_processor(dialect, None)
    return found

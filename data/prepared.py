"""Statements of the hot path, built once. On SQLite they go straight to the driver: building and compiling the same
statement for each message cost more than the database itself (measured: half of the time of a send)."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from data.db import Reader

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
        fixed = compiled.construct_params(_check=False)
        self._binds = [(name, fixed.get(name), processors.get(name)) for name in compiled.positiontup]
        columns = compiled._result_columns
        self._row: Any = namedtuple("Row", [column.keyname for column in columns]) if columns else tuple
        found = [column.type._cached_result_processor(dialect, None) for column in columns]
        self._converts: list[tuple[int, Convert]] = [(at, convert) for at, convert in enumerate(found) if convert]

    def list(self, reader: Reader, parameters: dict[str, Any]) -> list[Any]:
        values = [
            convert(parameters.get(name, fixed)) if convert else parameters.get(name, fixed)
            for name, fixed, convert in self._binds
        ]
        try:
            rows = reader.driver.execute(self.sql, values).fetchall()
        except sqlite3.Error as error:
            # As Core would raise it, but without the parameters: what people write stays out of traces.
            raise DBAPIError.instance(self.sql, None, error, sqlite3.Error) from error
        return [self._convert(row) for row in rows]

    def _convert(self, row: tuple[Any, ...]) -> Any:
        values = list(row)
        for at, convert in self._converts:
            values[at] = convert(values[at])
        return self._row(*values)

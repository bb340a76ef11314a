"""Statements of the hot path, built once, that go straight to the driver: building and compiling the same statement for
each message cost more than the database itself (measured: half of the time of a send)."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect

from data import clock
from data.db import Reader
from data.models.columns import Instant

Convert = Callable[[Any], Any]


class Prepared:
    """Parameters by the names of its `bindparam`s; rows with named columns, converted as Core converts them."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}

    def list(self, reader: Reader, **parameters: Any) -> list[Any]:
        return self._compile(reader).list(reader, parameters)

    def one_or_none(self, reader: Reader, **parameters: Any) -> Any:
        rows = self.list(reader, **parameters)
        return rows[0] if rows else None

    def one(self, reader: Reader, **parameters: Any) -> Any:
        (row,) = self.list(reader, **parameters)
        return row

    def run(self, reader: Reader, **parameters: Any) -> None:
        """For what returns no rows, or none that matter."""
        self._compile(reader).run(reader, parameters)

    def _compile(self, reader: Reader) -> Compiled:
        dialect = reader.connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = Compiled(self._statement, dialect)
        return compiled


class Compiled:
    """The statement as the database's driver takes it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        processors: dict[str, Convert] = compiled._bind_processors
        self._names: Sequence[str] | None = compiled.positiontup  # None: the driver takes them by name
        required = {name for bind, name in compiled.bind_names.items() if bind.required}
        given = compiled.construct_params(_check=False)
        self._fixed = {name: value for name, value in given.items() if name not in required}
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._writes = [
            (name, clock.to_ms_or_none if isinstance(types[name], Instant) else processors[name])
            for name in types
            if name in processors
        ]
        columns = compiled._result_columns or []
        row: Any = namedtuple("Row", [column.keyname for column in columns])  # type: ignore[misc]
        self._row: Callable[[Iterable[Any]], Any] = row._make
        found = [_find_convert(column.type, dialect) for column in columns]
        self._reads: list[tuple[int, Convert]] = [(at, convert) for at, convert in enumerate(found) if convert]

    def list(self, reader: Reader, parameters: dict[str, Any]) -> list[Any]:
        rows = reader.send(self.sql, self.bind(parameters))
        return [self._convert(row) for row in rows] if self._reads else [*map(self._row, rows)]

    def run(self, reader: Reader, parameters: dict[str, Any]) -> None:
        reader.send(self.sql, self.bind(parameters), has_rows=False)

    def bind(self, parameters: dict[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self._fixed, **parameters}
        for name, convert in self._writes:
            given[name] = convert(given[name])
        return given if self._names is None else [given[name] for name in self._names]

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

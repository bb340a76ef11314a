"""Days of the tables as whole numbers (`date.toordinal`), worked out by the database: a date made of each row costs
more than the row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

DAY_BEFORE_YEAR_1 = 1721424.5  # as SQLite counts days


class DayNumber(FunctionElement[int]):
    """Of a date; nothing of none."""

    type = Integer()
    inherit_cache = True

    def __init__(self, day: ColumnElement[Any]) -> None:
        super().__init__(day)


@compiles(DayNumber, "sqlite")
def _of_text(element: DayNumber, compiler: Any, **options: Any) -> str:
    return f"CAST(julianday({compiler.process(element.clauses, **options)}) - {DAY_BEFORE_YEAR_1} AS INTEGER)"


@compiles(DayNumber)
def _of_date(element: DayNumber, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} - DATE '0001-01-01' + 1)"

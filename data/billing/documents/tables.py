"""A table as files hold it: columns that know what their values are, rows, a line of totals. For any screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from data.billing.rating import Month
from data.text import clean_text

# What a value is: `money` in cents, `price` in 1/10000 $, `rate` in 1/100000, `share` a fraction of 1, `day` a date,
# `moment` a datetime in the zone in which it is to be read, `term` a Term, `flag` a bool, `cell` a Cell.
Kind = Literal[
    "text", "term", "count", "number", "money", "price", "rate", "share", "day", "month", "moment", "flag", "cell"
]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of ours: its `code` for machines, its `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with a kind of its own, where a column holds several."""

    kind: Kind
    value: Value


Value = str | int | float | Decimal | Fraction | date | datetime | Month | Term | Cell | None
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it to machines, in every language; amounts in cents end in `_cents`."""

    key: str
    title: str
    kind: Kind = "text"
    is_summed: bool = False


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    def totals(self) -> list[Value]:
        """The sum of each summed column; empty where none is."""
        if not any(column.is_summed for column in self.columns):
            return []
        return [self._sum(index) if column.is_summed else None for index, column in enumerate(self.columns)]

    def _sum(self, index: int) -> Value:
        numbers: list[Any] = [row[index] for row in self.rows if not is_missing(row[index])]
        return sum(numbers)


def is_missing(value: Value) -> bool:
    """None, and the not-a-number of data frames."""
    return value is None or value != value


# What makes a spreadsheet compute, also behind blanks and in the wide forms of other keyboards.
_FORMULA = re.compile(r"\s*[=+\-@\u2212\uff0b\uff0d\uff1d\uff20]")
# Marks of direction, halves of characters, and what XML has no place for.
_UNSAFE = re.compile("[\u200e\u200f\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\u2028\u2029]+")


def clean_cell(text: str) -> str:
    """One line, as it was written, less what no one can see and what could reorder it."""
    return _BREAKS.sub(" ", _UNSAFE.sub("", clean_text(text))).strip(" ")


def is_formula_like(text: str) -> bool:
    return _FORMULA.match(text) is not None


def format_file_name(title: str, extension: str, *, longest: int = 80) -> str:
    """`facture-F-2026-000001.pdf`: letters, digits, dots and dashes, whatever the title."""
    stem = re.sub(r"[^\w.]+", "-", clean_cell(title)).strip("-._")[:longest]
    return f"{stem or 'document'}.{extension}"

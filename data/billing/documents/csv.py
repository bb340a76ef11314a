"""Tables as CSV, in two profiles: one that opens in Excel as it is set in Québec, one for machines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from data.billing.documents.tables import Cell, Column, Kind, Row, Term, Value, clean_cell, is_missing
from data.billing.taxes import RATE_UNIT
from data.i18n import DEFAULT, translator
from data.money import format_plain_price

CENTS = 100
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Profile:
    """`for_machines`: keys as heads, cents as integers, codes for our words; otherwise as people read them."""

    encoding: str
    delimiter: str
    decimal: str
    for_machines: bool


EXCEL_QUEBEC = Profile("utf-8-sig", ";", ",", for_machines=False)
MACHINE = Profile("utf-8", ",", ".", for_machines=True)
PROFILES = {"excel": EXCEL_QUEBEC, "machine": MACHINE}

# At the start of a cell, and after what another program may take for the start of one.
_DANGEROUS = re.compile(r"(^|[;,])(?=\s*[=+\-@\u2212\uff0b\uff0d\uff1d\uff20])")


def write_csv(columns: Sequence[Column], rows: Iterable[Row], profile: Profile, language: str = DEFAULT) -> bytes:
    """The table's bytes, with a head; `language` says yes and no."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=profile.delimiter, lineterminator="\r\n")
    writer.writerow([column.key if profile.for_machines else neutralise(column.title) for column in columns])
    kinds = [column.kind for column in columns]
    for row in rows:
        writer.writerow([format_cell(value, kind, profile, language) for value, kind in zip(row, kinds, strict=True)])
    return file.getvalue().encode(profile.encoding)


def neutralise(text: str) -> str:
    """What somebody wrote, with an apostrophe before what a spreadsheet would compute."""
    return _DANGEROUS.sub(r"\1'", clean_cell(text))


def format_cell(value: Value, kind: Kind, profile: Profile, language: str = DEFAULT) -> str:
    if isinstance(value, Cell):
        return format_cell(value.value, value.kind, profile, language)
    if is_missing(value):
        return ""
    if kind == "flag":
        return _format_flag(bool(value), profile, language)
    write = (_MACHINE if profile.for_machines else _READ).get(kind) or _BOTH[kind]
    text = write(value)
    return text.replace(".", profile.decimal) if kind in _WITH_DECIMALS else text


def _format_flag(flag: bool, profile: Profile, language: str) -> str:
    if profile.for_machines:
        return "true" if flag else "false"
    t = translator(language)
    return t("Yes") if flag else t("No")


def format_decimal(value: float | Decimal | Fraction) -> str:
    """Six decimals at most, without exponent: `0.299`, `12`."""
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(str(value))
    text = f"{round(exact, _DECIMALS):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cents(cents: int) -> str:
    return f"{Decimal(cents) / CENTS:.2f}"


def _rate(rate: int) -> str:
    return format_decimal(Decimal(rate) / RATE_UNIT)


def _day(day: date) -> str:
    return day.isoformat()


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _instant(moment: datetime) -> str:
    return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat()


_Write = Callable[[Any], str]
_WITH_DECIMALS = frozenset[Kind]({"money", "price", "rate", "share", "number"})
_BOTH: dict[Kind, _Write] = {
    "text": neutralise,
    "count": str,
    "number": format_decimal,
    "price": format_plain_price,
    "rate": _rate,
    "share": format_decimal,
    "day": _day,
    "month": str,
}


def _code(term: Term) -> str:
    return neutralise(term.code)


def _words(term: Term) -> str:
    return neutralise(term.text)


_MACHINE: dict[Kind, _Write] = {"term": _code, "money": str, "moment": _instant}
_READ: dict[Kind, _Write] = {"term": _words, "money": _cents, "moment": _minute}

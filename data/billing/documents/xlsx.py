"""Tables as a workbook: real numbers with formats, heads that stay in sight, filters, totals; never a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data.billing.documents.tables import (
    Cell,
    Column,
    Kind,
    Table,
    Term,
    Value,
    clean_cell,
    is_formula_like,
    is_missing,
)
from data.billing.rating import Month
from data.billing.taxes import RATE_UNIT
from data.i18n import DEFAULT, Translator, translator

INK, HEAD, SUM, LINE = "#16212B", "#DCEFEA", "#ECEEEA", "#D5DAD6"
_LETTER = 1
_NARROWEST, _WIDEST = 9, 48
_LONGEST_TITLE = 31
# Rows whose text the width of a column follows; beyond them the rest looks alike.
_MEASURED_ROWS = 500

_NUMBER_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "number": "#,##0.##",
    "rate": "0.000%",
    "share": "0.0%",
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "moment": "yyyy-mm-dd hh:mm",
}
_MONEY_FORMATS = {
    "fr": {"money": '#,##0.00\\ "$";-#,##0.00\\ "$"', "price": '#,##0.00##\\ "$"'},
    "en": {"money": '"$"#,##0.00;-"$"#,##0.00', "price": '"$"#,##0.00##'},
}
_RIGHT = frozenset[Kind]({"count", "number", "money", "price", "rate", "share"})


def write_xlsx(tables: Sequence[Table], created_on: date, language: str = DEFAULT, title: str = "") -> bytes:
    """One sheet per table. The same tables of the same day give the same bytes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties(
            {"title": clean_cell(title or tables[0].title), "created": datetime.combine(created_on, time(12))}
        )
        formats = Formats(book, translator(language))
        taken: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(format_sheet_name(table.title, taken))
            SheetWriter(sheet, table, formats).write()
    return file.getvalue()


def format_sheet_name(title: str, taken: set[str]) -> str:
    """What Excel accepts as the name of a sheet, and none twice in a workbook."""
    name = re.sub(r"[\[\]:*?/\\]", " ", clean_cell(title)).strip("' ")[:_LONGEST_TITLE].strip("' ") or "1"
    stem, count = name, 1
    while name.casefold() in taken or name.casefold() == "history":
        count += 1
        name = f"{stem[: _LONGEST_TITLE - 4]} {count}"
    taken.add(name.casefold())
    return name


class Formats:
    """The looks of cells, each made once for the workbook."""

    def __init__(self, book: Any, t: Translator) -> None:
        self.t = t
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}

    def of(self, kind: Kind, *, is_total: bool = False, is_quoted: bool = False) -> Format:
        """`is_quoted`: stays text when somebody edits it."""
        look: dict[str, Any] = {"font_color": INK, "valign": "top"}
        if kind in _RIGHT:
            look["align"] = "right"
        if number_format := self._number_format(kind):
            look["num_format"] = number_format
        if is_quoted:
            look["quote_prefix"] = True
        if is_total:
            look |= {"bold": True, "bg_color": SUM, "top": 1, "top_color": LINE}
        return self._make(look)

    def head(self, kind: Kind) -> Format:
        look = {"bold": True, "font_color": INK, "bg_color": HEAD, "bottom": 1, "bottom_color": LINE}
        return self._make({**look, "text_wrap": True, "valign": "vcenter", "align": _side(kind)})

    def _number_format(self, kind: Kind) -> str | None:
        return _MONEY_FORMATS[self.t.language].get(kind) or _NUMBER_FORMATS.get(kind)

    def _make(self, look: dict[str, Any]) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def _side(kind: Kind) -> str:
    return "right" if kind in _RIGHT else "left"


class SheetWriter:
    """One table on one sheet."""

    def __init__(self, sheet: Worksheet, table: Table, formats: Formats) -> None:
        self.sheet = sheet
        self.table = table
        self.formats = formats

    def write(self) -> None:
        columns = self.table.columns
        for index, column in enumerate(columns):
            self.sheet.set_column(index, index, self._width(index, column))
            self.sheet.write_string(0, index, clean_cell(column.title), self.formats.head(column.kind))
        for number, row in enumerate(self.table.rows, start=1):
            for index, (value, column) in enumerate(zip(row, columns, strict=True)):
                self.write_cell(number, index, value, column.kind)
        self._write_totals()
        self._set_up()

    def write_cell(self, row: int, index: int, value: Value, kind: Kind, *, is_total: bool = False) -> None:
        if isinstance(value, Cell):
            kind, value = value.kind, value.value
        look = self.formats.of(kind, is_total=is_total)
        if is_missing(value):
            self.sheet.write_blank(row, index, None, look)
        elif kind in _NUMBERS:
            self.sheet.write_number(row, index, _NUMBERS[kind](value), look)
        elif kind in _DAYS:
            self.sheet.write_datetime(row, index, _DAYS[kind](value), look)
        else:
            text = self._text(value, kind)
            quoted = self.formats.of(kind, is_total=is_total, is_quoted=is_formula_like(text))
            self.sheet.write_string(row, index, text, quoted)

    def _text(self, value: Value, kind: Kind) -> str:
        t = self.formats.t
        if kind == "flag":
            return t("Yes") if value else t("No")
        return clean_cell(value.text if isinstance(value, Term) else str(value))

    def _write_totals(self) -> None:
        """Below the rows, out of the filter's reach."""
        totals = self.table.totals()
        if not totals or not self.table.rows:
            return
        row = len(self.table.rows) + 1
        for index, (value, column) in enumerate(zip(totals, self.table.columns, strict=True)):
            self.write_cell(row, index, value, column.kind, is_total=True)
        if is_missing(totals[0]):
            self.write_cell(row, 0, self.formats.t("Total"), "text", is_total=True)

    def _width(self, index: int, column: Column) -> float:
        """That of the longest text, within reason."""
        texts = [self._measured(row[index], column.kind) for row in self.table.rows[:_MEASURED_ROWS]]
        longest = max([len(column.title) + 3, *texts])
        return min(max(longest + 1, _NARROWEST), _WIDEST)

    def _measured(self, value: Value, kind: Kind) -> int:
        if isinstance(value, Cell):
            return self._measured(value.value, value.kind)
        if is_missing(value):
            return 0
        return len(self._text(value, kind)) if kind in ("text", "term") else 12

    def _set_up(self) -> None:
        """Frozen head, filter, and pages of letter paper that repeat the head."""
        sheet, last = self.sheet, len(self.table.columns) - 1
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 24)
        if self.table.rows:
            sheet.autofilter(0, 0, len(self.table.rows), last)
        sheet.set_paper(_LETTER)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&C&P / &N")


def _in_dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _first(month: Month) -> date:
    return month.first


_NUMBERS: dict[Kind, Callable[[Any], Any]] = {
    "count": int,
    "number": float,
    "money": _in_dollars,
    "price": lambda price: Decimal(price) / 10_000,
    "rate": lambda rate: Decimal(rate) / RATE_UNIT,
    "share": float,
}
_DAYS: dict[Kind, Callable[[Any], date]] = {"day": lambda day: day, "month": _first, "moment": _naive}

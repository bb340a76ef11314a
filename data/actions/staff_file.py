"""A staff file as somebody gives it: CSV, one line an employee, read and checked word by word. Pure.

The columns stand in COLUMNS; docs/STAFF_IMPORT.md explains them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from data.actions.directory import check_code, check_number
from data.errors import (
    CellsExtra,
    ChatError,
    ColumnMissing,
    ColumnTwice,
    DateInvalid,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    FormulaRefused,
    NumberTwice,
    QuotesWrong,
    TooManyLines,
    ValueMissing,
)
from data.text import check_email, check_name, clean_text, find_first_sign, fold

SIZE_LIMIT = 5_000_000
ROW_LIMIT = 20_000
VALUE_SHOWN = 60

# Each column under its French and its English heading. All but the REQUIRED may be missing.
COLUMNS = {
    "number": ("numero", "number"),
    "given_name": ("prenom", "given_name"),
    "family_name": ("nom", "family_name"),
    "service": ("service", "service"),
    "service_name": ("nom_service", "service_name"),
    "department": ("departement", "department"),
    "email": ("courriel", "email"),
    "birth_on": ("date_naissance", "birth_on"),
    "hired_on": ("date_embauche", "hired_on"),
    "moved_on": ("date_mutation", "moved_on"),
    "ended_on": ("date_fin", "ended_on"),
}
REQUIRED = ("number", "given_name", "family_name", "service", "hired_on")

_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Problem:
    """What is wrong where: `line` as an editor counts them, `column` as the file names it (empty: the whole line)."""

    line: int
    column: str
    error: ChatError
    value: str = ""


@dataclass(frozen=True)
class StaffLine:
    line: int
    number: str
    given_name: str
    family_name: str
    email: str | None
    birth_on: date | None
    service: str
    service_name: str | None
    department: str | None
    hired_on: date
    moved_on: date | None
    ended_on: date | None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @cached_property
    def search_name(self) -> str:
        return fold(self.name)

    @cached_property
    def department_key(self) -> str:
        return fold(self.department or "")


@dataclass(frozen=True)
class StaffFile:
    """`titles`: how the file itself names its columns; `unused`: those of its columns that mean nothing here.
    `is_windows`: it was written as Windows-1252, as spreadsheets still do."""

    lines: list[StaffLine]
    problems: list[Problem]
    titles: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    is_windows: bool = False

    def title(self, column: str) -> str:
        return self.titles.get(column, COLUMNS[column][0])


@dataclass(frozen=True)
class _Header:
    positions: dict[str, int]
    titles: dict[str, str]
    unused: tuple[str, ...]
    width: int
    problems: list[Problem]


def read_staff_file(content: bytes) -> StaffFile:
    """The lines of a CSV file (comma or semicolon, UTF-8 with or without BOM, else Windows-1252), and what is wrong.

    Raises `FileTooLarge`, `TooManyLines` or `FileUnreadable` for what is no such file at all."""
    if len(content) > SIZE_LIMIT:
        raise FileTooLarge(megabytes=SIZE_LIMIT // 1_000_000)
    text, is_windows = _decode(content)
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    rows = _list_rows(reader, problems)
    _, titles = next(rows, (1, []))
    if not any(title.strip() for title in titles):
        return StaffFile([], problems or [Problem(1, "", FileEmpty())])
    header = _read_header(titles)
    if header.problems:
        return StaffFile([], header.problems, header.titles, header.unused)
    lines = list(_read_lines(rows, header, problems))
    if not lines and not problems:
        problems.append(Problem(1, "", FileEmpty()))
    return StaffFile(lines, problems, header.titles, header.unused, is_windows)


def parse_day(text: str) -> date:
    """A day written 2026-11-23."""
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise DateInvalid() from None


def _decode(content: bytes) -> tuple[str, bool]:
    """Text, its lines ended as everywhere but on the Macintosh of 1990; and whether it was Windows-1252."""
    try:
        text, is_windows = content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text, is_windows = _decode_windows(content), True
    if "\0" in text or ("\r" in text and "\n" not in text):
        raise FileUnreadable()
    return text, is_windows


def _decode_windows(content: bytes) -> str:
    """Where that gives words as people write them: letters, digits, punctuation and ends of lines alone."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise FileUnreadable() from None
    if not all(char.isprintable() or char in "\r\n\t\u00a0" for char in text):
        raise FileUnreadable()
    return text


def _list_rows(reader: Any, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins; a quotation mark out of place ends the reading."""
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(Problem(begins, "", QuotesWrong()))
            return
        yield begins, cells
        begins = reader.line_num + 1


def _read_header(cells: list[str]) -> _Header:
    positions: dict[str, int] = {}
    titles: dict[str, str] = {}
    unused: list[str] = []
    problems: list[Problem] = []
    for position, cell in enumerate(cells):
        title = _show(cell)
        column = _find_column(title)
        if column is None:
            unused.extend([title] if title else [])
        elif column in positions:
            problems.append(Problem(1, title, ColumnTwice()))
        else:
            positions[column], titles[column] = position, title
    language = _find_language(titles)
    problems += [Problem(1, COLUMNS[name][language], ColumnMissing()) for name in REQUIRED if name not in positions]
    return _Header(positions, titles, tuple(unused), len(cells), problems)


def _find_column(title: str) -> str | None:
    wanted = fold(title).replace(" ", "_")
    return next((column for column, names in COLUMNS.items() if wanted in names), None)


def _find_language(titles: Mapping[str, str]) -> int:
    """1 where a heading is English only: what is missing is then named in English too."""
    return int(any(fold(title).replace(" ", "_") != COLUMNS[column][0] for column, title in titles.items()))


def _read_lines(rows: Iterable[tuple[int, list[str]]], header: _Header, problems: list[Problem]) -> Iterator[StaffLine]:
    seen: dict[str, int] = {}
    for count, (number, cells) in enumerate(rows):
        if count >= ROW_LIMIT:
            raise TooManyLines(limit=ROW_LIMIT)
        if not any(cell.strip() for cell in cells):
            continue
        line = _read_line(number, cells, header, problems)
        if line is None:
            continue
        first = seen.setdefault(line.number, number)
        if first != number:
            problems.append(Problem(number, header.titles["number"], NumberTwice(line=first), line.number))
        yield line


def _read_line(number: int, cells: list[str], header: _Header, problems: list[Problem]) -> StaffLine | None:
    """One employee, or None after noting every problem of the line."""
    before = len(problems)
    if any(cell.strip() for cell in cells[header.width :]):
        problems.append(Problem(number, "", CellsExtra(), _show(cells[header.width])))

    def read(column: str, check: Callable[[str], Any]) -> Any:
        position = header.positions.get(column, len(cells))
        value = cells[position].strip() if position < len(cells) else ""
        try:
            return _check_cell(value, check, required=column in REQUIRED)
        except ChatError as error:
            problems.append(Problem(number, header.titles[column], error, _show(value)))
            return None

    values = {
        "number": read("number", check_number),
        "given_name": read("given_name", check_name),
        "family_name": read("family_name", check_name),
        "service": read("service", check_code),
        "service_name": read("service_name", check_name),
        "department": read("department", check_name),
        "email": read("email", check_email),
        "birth_on": read("birth_on", parse_day),
        "hired_on": read("hired_on", parse_day),
        "moved_on": read("moved_on", parse_day),
        "ended_on": read("ended_on", parse_day),
    }
    return StaffLine(line=number, **values) if len(problems) == before else None


def _check_cell(value: str, check: Callable[[str], Any], *, required: bool) -> Any:
    if not value:
        if required:
            raise ValueMissing()
        return None
    if find_first_sign(value) in _FORMULA:  # what is cleaned away before it is kept does not hide one
        raise FormulaRefused()
    return check(value)


def _show(value: str) -> str:
    """What was written, safe to repeat."""
    clean = " ".join(clean_text(value).split())
    return clean if len(clean) <= VALUE_SHOWN else f"{clean[:VALUE_SHOWN]}…"

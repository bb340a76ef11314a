"""Scenario files: dated facts in, documents out, in the form that BILLING.md describes.

`parse_scenario` reads the facts and the closings asked for, `replay` runs them over books in memory, `print_close`
gives the form of `expected`, and `list_differences` compares the two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from data.billing.books import Books, CreditNote, Invoice, format_number
from data.billing.printed import print_billed, print_credit_note, print_invoice, print_variance
from data.billing.rating import Facts, Mode, Month
from data.billing.scenario_facts import Raw, parse_facts
from data.billing.settlement import Closing, close_month, give_numbers

NAMED_PEOPLE = 40


class BadScenario(ValueError):
    """The file is not in the form of scenario files."""


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """`written_at` is the cutoff as the file writes it."""

    month: Month
    at: datetime
    written_at: str


@dataclass(frozen=True)
class Scenario:
    id: str
    title: str
    facts: Facts
    closes: tuple[CloseRequest, ...]
    expected: Raw | None = None
    expected_if_daily: Raw | None = None
    known_wrong_answers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replay:
    """A close asked again: what is stored."""

    request: CloseRequest
    invoice: Invoice | None


@dataclass(frozen=True, slots=True)
class Closed:
    request: CloseRequest
    closing: Closing


def parse_file(text: str) -> list[Scenario]:
    """The scenarios of a file. Raises `BadScenario`."""
    try:
        return [parse_scenario(raw) for raw in json.loads(text)["scenarios"]]
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadScenario(repr(wrong)) from wrong


def parse_scenario(raw: Raw) -> Scenario:
    """File order means nothing: facts are named in the order of their contents."""
    events = sorted(raw["events"], key=lambda event: json.dumps(event, sort_keys=True))
    named = [(f"fact-{number:05}", event) for number, event in enumerate(events, 1)]
    return Scenario(
        id=raw["id"],
        title=raw.get("title", ""),
        facts=parse_facts(raw["org"], named),
        closes=tuple(sorted(_closes(events), key=lambda close: (close.at, close.month))),
        expected=raw.get("expected"),
        expected_if_daily=raw.get("expected_if_mode_daily"),
        known_wrong_answers=raw.get("known_wrong_answers") or {},
    )


def _closes(events: Sequence[Raw]) -> Iterator[CloseRequest]:
    for event in events:
        if event["type"] == "close":
            yield CloseRequest(Month.parse(event["period"]), datetime.fromisoformat(event["at"]), event["at"])


def with_mode(scenario: Scenario, mode: Mode) -> Scenario:
    """The same facts, billed in that mode."""
    changes = tuple(replace(change, settings=replace(change.settings, mode=mode)) for change in scenario.facts.settings)
    return replace(scenario, facts=replace(scenario.facts, settings=changes))


def replay(scenario: Scenario) -> list[Closed | Replay]:
    """Run the closings in their order over books in memory; numbers count from 1."""
    counters = {"F": 0, "NC": 0}

    def take(series: str, year: int) -> str:
        counters[series] += 1
        return format_number(series, year, counters[series])

    books, done = Books(), list[Closed | Replay]()
    for request in scenario.closes:
        if stored := books.find(request.month):
            done.append(Replay(request, stored.invoice))
            continue
        closing = give_numbers(close_month(books, scenario.facts, request.month, request.at), take)
        books = replace(books, closed=(*books.closed, closing.closed))
        done.append(Closed(request, closing))
    return done


def print_closes(done: Sequence[Closed | Replay]) -> dict[str, Any]:
    return {"closes": [print_replay(each) if isinstance(each, Replay) else print_close(each) for each in done]}


def print_replay(replayed: Replay) -> dict[str, Any]:
    return {**_head(replayed.request), "replay": True, **_documents(replayed.invoice, ())}


def print_close(closed: Closed) -> dict[str, Any]:
    closing = closed.closing
    printed = {**_head(closed.request), **_documents(closing.invoice, closing.credit_notes)}
    if closing.never_opened is not None:
        persons = list(closing.never_opened.persons)
        printed["insight_billed_never_opened"] = {
            "persons": persons,
            "count": len(persons),
            "cents": closing.never_opened.cents,
        }
    if 0 < len(closing.rated.billed) <= NAMED_PEOPLE:
        printed["billed"] = print_billed(closing.rated)
    if closing.variance is not None:
        printed["variance_vs_previous"] = print_variance(closing.variance)
    return printed


def _head(request: CloseRequest) -> dict[str, Any]:
    return {"period": str(request.month), "closed_at": request.written_at}


def _documents(invoice: Invoice | None, notes: Sequence[CreditNote]) -> dict[str, Any]:
    return {
        "invoice": print_invoice(invoice) if invoice else None,
        "credit_notes": [print_credit_note(note) for note in notes],
    }


def list_differences(expected: object, got: object, name: str = "") -> list[str]:
    """Where two printed forms differ, each place by its name: `closes[0].invoice.total_cents: 28 expected, 29 came`."""
    if isinstance(expected, dict) and isinstance(got, dict):
        keys = [*expected, *(key for key in got if key not in expected)]
        return [
            text
            for key in keys
            for text in _differences_at(f"{name}.{key}".lstrip("."), expected.get(key, _ABSENT), got.get(key, _ABSENT))
        ]
    if isinstance(expected, list) and isinstance(got, list):
        pairs = [
            (expected[n] if n < len(expected) else _ABSENT, got[n] if n < len(got) else _ABSENT)
            for n in range(max(len(expected), len(got)))
        ]
        return [text for n, pair in enumerate(pairs) for text in _differences_at(f"{name}[{n}]", *pair)]
    return _differences_at(name, expected, got)


def _differences_at(name: str, expected: object, got: object) -> list[str]:
    if isinstance(expected, dict | list) and type(expected) is type(got):
        return list_differences(expected, got, name)
    same = expected == got and type(expected) is type(got)
    return [] if same else [f"{name}: {_show(expected)} expected, {_show(got)} came"]


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _show(value: object) -> str:
    return repr(value) if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def check_scenario(scenario: Scenario, closes: Callable[[Scenario], Raw]) -> list[str]:
    """Differences from what the scenario expects, in its own mode and in daily mode where it tells that too."""
    found: list[str] = []
    if scenario.expected is not None:
        found += list_differences(scenario.expected, closes(scenario))
    if scenario.expected_if_daily is not None:
        daily = list_differences(scenario.expected_if_daily, closes(with_mode(scenario, "daily")))
        found += [f"daily: {text}" for text in daily]
    return [f"{scenario.id} {text}" for text in found]


def rate_scenario(scenario: Scenario) -> dict[str, Any]:
    """What a scenario comes to, over books in memory."""
    return print_closes(replay(scenario))

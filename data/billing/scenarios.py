"""Scenario files: dated facts in, documents out, in the form that BILLING.md describes.

`parse_scenario` reads the facts and the closings asked for, `replay` runs them over books in memory, `print_close`
gives the form of `expected`, and `list_differences` compares the two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from data.billing.books import Books, CreditNote, Invoice, format_number
from data.billing.journal import JournalEntry, invoice_journal
from data.billing.rating import (
    ActivationVoid,
    AppSeen,
    EmploymentFact,
    Ended,
    Facts,
    Hired,
    Line,
    Merged,
    Mode,
    Month,
    Moved,
    OptionChange,
    PriceChange,
    RatedMonth,
    Settings,
    SettingsChange,
    TaxProfileChange,
)
from data.billing.settlement import Closing, close_month, give_numbers
from data.billing.taxes import CANADIAN_RATES, RATE_UNIT, Tax
from data.billing.variance import Variance
from data.money import format_plain_price, parse_plain_price

Raw = Mapping[str, Any]
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
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


def parse_facts(org: Raw, named: Sequence[tuple[str, Raw]]) -> Facts:
    def all_of(kind: str) -> list[Any]:
        return [fact for name, event in named if event["type"] in _READERS[kind] for fact in _read(kind, name, event)]

    profile = TaxProfileChange("profile", date.min, ALWAYS, org["province"], frozenset(org.get("tax_exempt", ())))
    settings = SettingsChange("settings", date.min, ALWAYS, Settings(**org.get("settings", {})))
    return Facts(
        timezone=org.get("timezone", "America/Toronto"),
        prices=tuple(all_of("prices")),
        settings=(settings,),
        option_changes=tuple(all_of("option_changes")),
        activation_voids=tuple(all_of("activation_voids")),
        employment=tuple(all_of("employment")),
        merges=tuple(all_of("merges")),
        app_seen=tuple(all_of("app_seen")),
        tax_profiles=(profile,),
        tax_rates=CANADIAN_RATES,
    )


def _closes(events: Sequence[Raw]) -> Iterator[CloseRequest]:
    for event in events:
        if event["type"] == "close":
            yield CloseRequest(Month.parse(event["period"]), _at(event), event["at"])


def _at(event: Raw) -> datetime:
    return datetime.fromisoformat(event["at"])


def _recorded_at(event: Raw) -> datetime:
    return datetime.fromisoformat(event.get("recorded_at") or event["at"])


def _on(event: Raw, key: str) -> date:
    return date.fromisoformat(event[key])


def _price(name: str, event: Raw) -> Iterator[PriceChange]:
    yield PriceChange(name, _on(event, "effective_date"), _recorded_at(event), parse_plain_price(event["amount"]))


def _switch(name: str, event: Raw) -> Iterator[OptionChange]:
    scope = None if event.get("scope", "org") == "org" else event["scope"]
    until = _on(event, "trial_until") if event.get("trial_until") else None
    is_on = event["type"] == "option_on"
    yield OptionChange(name, _at(event), _recorded_at(event), is_on, scope, event.get("id"), until)


def _void(name: str, event: Raw) -> Iterator[ActivationVoid]:
    yield ActivationVoid(name, _at(event), _recorded_at(event), event["id"])


def _hire(name: str, event: Raw) -> Iterator[EmploymentFact]:
    is_primary = bool(event.get("primary", False))
    on, recorded_at = _on(event, "start_date"), _recorded_at(event)
    if event["type"] == "hire":
        yield Hired(name, event["person"], on, recorded_at, event["service"], is_primary)
        return
    for number in range(1, event["count"] + 1):
        person = f"{event['prefix']}{number:06}"
        yield Hired(f"{name}-{number:06}", person, on, recorded_at, event["service"], is_primary)


def _end(name: str, event: Raw) -> Iterator[EmploymentFact]:
    yield Ended(name, event["person"], _on(event, "end_date"), _recorded_at(event))


def _move(name: str, event: Raw) -> Iterator[EmploymentFact]:
    yield Moved(name, event["person"], _on(event, "date"), _recorded_at(event), event["from"], event["to"])


def _merge(name: str, event: Raw) -> Iterator[Merged]:
    yield Merged(name, _recorded_at(event), event["from"], event["into"])


def _seen(name: str, event: Raw) -> Iterator[AppSeen]:
    yield AppSeen(name, event["person"], _at(event), _recorded_at(event))


Reader = Callable[[str, Raw], Iterator[Any]]
# For each kind of fact, the events that tell it and how to read them.
_READERS: dict[str, dict[str, Reader]] = {
    "prices": {"price": _price},
    "option_changes": {"option_on": _switch, "option_off": _switch},
    "activation_voids": {"activation_void": _void},
    "employment": {"hire": _hire, "bulk_hire": _hire, "terminate": _end, "move": _move},
    "merges": {"merge": _merge},
    "app_seen": {"app_seen": _seen},
}


def _read(kind: str, name: str, event: Raw) -> Iterator[Any]:
    return _READERS[kind][event["type"]](name, event)


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


def print_invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "invoice_date": invoice.issued_on.isoformat(),
        "currency": "CAD",
        "lines": [print_line(line) for line in invoice.lines],
        "subtotal_cents": invoice.subtotal_cents,
        "taxes": [print_tax(tax) for tax in invoice.taxes],
        "total_cents": invoice.total_cents,
        "journal": [print_entry(entry) for entry in invoice_journal(invoice)],
    }


def print_line(line: Line) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "kind": line.kind,
        "period": str(line.month),
        "service": line.service,
        "quantity": line.quantity,
        "unit_price": None if line.unit_price is None else format_plain_price(line.unit_price),
        "amount_cents": line.amount_cents,
    }
    if line.employee_days is not None:
        printed["employee_days"] = line.employee_days
    if line.kind == "catch_up":
        printed["persons"] = list(line.persons)
    return printed


def print_tax(tax: Tax) -> dict[str, Any]:
    return {"code": tax.code, "rate": format_rate(tax.rate), "amount_cents": tax.amount_cents}


def format_rate(rate: int) -> str:
    """`0.09975` for 9975."""
    whole, decimals = divmod(rate, RATE_UNIT)
    return f"{whole}.{decimals:05}".rstrip("0").rstrip(".")


def print_entry(entry: JournalEntry) -> dict[str, Any]:
    service = {"service": entry.service} if entry.is_revenue else {}
    return {"account": entry.account, **service, "debit": entry.debit, "credit": entry.credit}


def print_credit_note(note: CreditNote) -> dict[str, Any]:
    return {
        "number": note.number,
        "date": note.issued_on.isoformat(),
        "invoice": note.invoice,
        "period": str(note.month),
        "persons": list(note.persons),
        "amount_cents": note.amount_cents,
        "taxes": [print_tax(tax) for tax in note.taxes],
        "total_cents": note.total_cents,
    }


def print_billed(rated: RatedMonth) -> dict[str, Any]:
    return {person: {"service": verdict.service, "days": verdict.day_count} for person, verdict in rated.billed.items()}


def print_variance(variance: Variance) -> dict[str, Any]:
    return {
        "joined": variance.joined,
        "left": variance.left,
        "stayed": variance.stayed,
        "moved": variance.moved,
        "joined_cents": variance.joined_cents,
        "left_cents": variance.left_cents,
        "same_people_cents": variance.same_people_cents,
        "change_cents": variance.change_cents,
        "price_from": None if variance.price_from is None else format_plain_price(variance.price_from),
        "price_to": None if variance.price_to is None else format_plain_price(variance.price_to),
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

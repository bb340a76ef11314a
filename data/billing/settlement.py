"""Closing a month: the invoice, and what months closed before were billed too much or too little. Pure.

A late fact never reopens a month. The months closed among the past twelve are rated again, by the terms they were
closed with; what they come to now, less what was billed for them, is credited or caught up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from data.billing.books import Books, ClosedMonth, CreditNote, Invoice
from data.billing.credits import credit_month, with_taxes
from data.billing.rating import (
    Facts,
    Line,
    Month,
    RatedMonth,
    is_known,
    local_day,
    rate_month,
    round_half_up,
    spread_by,
    top_up_lines,
)
from data.billing.restatement import Restated, restate
from data.billing.taxes import rates_on, taxes_on
from data.billing.variance import Step, Variance, build_waterfall, variance_of


class AlreadyClosed(ValueError):
    """The month has its closing; a repeated one answers with what is stored."""


@dataclass(frozen=True, slots=True)
class NeverOpened:
    """Billed, without having opened the app in the month."""

    persons: tuple[str, ...]
    cents: int


@dataclass(frozen=True)
class Closing:
    """All that closing a month comes to. Numbers of documents are empty until `give_numbers`."""

    closed: ClosedMonth
    rated: RatedMonth
    restated: tuple[Restated, ...]
    previous: RatedMonth | None
    variance: Variance | None
    never_opened: NeverOpened | None

    @property
    def invoice(self) -> Invoice | None:
        return self.closed.invoice

    @property
    def credit_notes(self) -> tuple[CreditNote, ...]:
        return self.closed.credit_notes

    @cached_property
    def waterfall(self) -> tuple[Step, ...]:
        """From the closing before to this one, by name."""
        if self.previous is None:
            return ()
        now = [each.now for each in self.restated if each.month == self.previous.month]
        return build_waterfall(self.previous, self.rated, now[0] if now else self.previous)


def close_month(books: Books, facts: Facts, month: Month, cutoff: datetime) -> Closing:
    """What closing `month` with the facts recorded until `cutoff` comes to. Raises `AlreadyClosed`,
    `NoPriceInForce`, `NoTaxes`."""
    if books.find(month):
        raise AlreadyClosed(str(month))
    rated = rate_month(facts, month, cutoff)
    restated = restate(books, facts, month, cutoff)
    on = invoice_day(cutoff, facts.timezone)
    invoice = build_invoice(rated, restated, facts, on)
    closed = ClosedMonth(month, cutoff, rated.terms, invoice, build_credit_notes(books, restated, facts, cutoff, on))
    previous = previously_rated(books, facts)
    return Closing(
        closed=closed,
        rated=rated,
        restated=restated,
        previous=previous,
        variance=variance_of(previous, rated) if previous else None,
        never_opened=never_opened(facts, rated),
    )


def correct_books(books: Books, facts: Facts, cutoff: datetime) -> tuple[CreditNote, ...]:
    """The credit notes that today's facts ask for, at once: finance need not wait for the next closing."""
    on = invoice_day(cutoff, facts.timezone)
    return build_credit_notes(books, restate(books, facts, Month.of(on), cutoff), facts, cutoff, on)


def give_numbers(closing: Closing, take: Callable[[str, int], str]) -> Closing:
    """Number the documents: `take(series, year)` gives the next of series `F` or `NC`."""
    closed = closing.closed
    invoice = closed.invoice and replace(closed.invoice, number=take("F", closed.invoice.issued_on.year))
    notes = tuple(replace(note, number=take("NC", note.issued_on.year)) for note in closed.credit_notes)
    return replace(closing, closed=replace(closed, invoice=invoice, credit_notes=notes))


def invoice_day(closed_at: datetime, timezone: str) -> date:
    """The local day of the closing."""
    return local_day(closed_at, timezone)


def build_invoice(rated: RatedMonth, restated: Sequence[Restated], facts: Facts, on: date) -> Invoice | None:
    """None where there is nothing to bill."""
    caught_up = [line for each in restated if each.difference_cents > 0 for line in catch_up_lines(each)]
    lines = (*rated.lines, *caught_up, *top_up_lines(rated.top_up_cents, rated.month))
    subtotal = sum(line.amount_cents for line in lines)
    if not subtotal:
        return None
    return Invoice("", rated.month, on, lines, subtotal, taxes_on(subtotal, rates_on(facts, on, rated.cutoff)))


def catch_up_lines(restated: Restated) -> list[Line]:
    """The whole difference, on the services of those of whom more is counted now."""
    came = restated.came
    by_service: dict[str, list[str]] = {}
    for person in sorted(came):
        by_service.setdefault(restated.now.people[person].service or "", []).append(person)
    services = sorted(by_service)
    weights = [sum(came[person] for person in by_service[service]) for service in services]
    return [
        Line(
            "catch_up",
            restated.month,
            service,
            len(by_service[service]),
            cents,
            restated.now.terms.price,
            shares=tuple((person, came[person]) for person in by_service[service]),
        )
        for service, cents in zip(services, spread_by(restated.difference_cents, weights), strict=True)
    ]


def build_credit_notes(
    books: Books, restated: Iterable[Restated], facts: Facts, cutoff: datetime, on: date
) -> tuple[CreditNote, ...]:
    """One per invoice and month, oldest first."""
    order = {invoice.number: index for index, invoice in enumerate(books.invoices)}
    notes = [
        note
        for each in restated
        if each.difference_cents < 0
        for note in credit_month(books, each, -each.difference_cents, cutoff, on)
    ]
    return with_taxes(books, sorted(notes, key=lambda note: (order[note.invoice], note.month)), facts, cutoff)


def previously_rated(books: Books, facts: Facts) -> RatedMonth | None:
    """People as they were rated at the closing before."""
    if not books.closed:
        return None
    last = books.closed[-1]
    return rate_month(facts, last.month, last.cutoff, last.terms)


def never_opened(facts: Facts, rated: RatedMonth) -> NeverOpened | None:
    """Only where openings are known at all."""
    if not any(is_known(fact.recorded_at, rated.cutoff) for fact in facts.app_seen):
        return None
    persons = rated.never_opened()
    return NeverOpened(tuple(persons), round_half_up(rated.charge(persons)))

"""A month of one organization as it stands: closed, or as closing it at this moment would have it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from data.billing.books import Books, ClosedMonth, CreditNote, Invoice
from data.billing.rating import (
    Facts,
    Line,
    Month,
    RatedMonth,
    Settings,
    Terms,
    rate_month,
    spread,
    unit_cents,
)
from data.billing.settlement import Closing, close_month, invoice_day
from data.billing.taxes import Tax, rates_on, taxes_on
from data.billing.variance import Step


@dataclass(frozen=True)
class Bill:
    """`closing`: what the month comes to, against the month before; `stored`: its record, once it is closed."""

    closing: Closing
    stored: ClosedMonth | None
    facts: Facts

    @property
    def month(self) -> Month:
        return self.rated.month

    @property
    def rated(self) -> RatedMonth:
        return self.closing.rated

    @property
    def previous(self) -> RatedMonth:
        assert self.closing.previous is not None
        return self.closing.previous

    @property
    def invoice(self) -> Invoice | None:
        """As issued, or the draft of it, which has no number."""
        return self.stored.invoice if self.stored else self.closing.invoice

    @property
    def credit_notes(self) -> tuple[CreditNote, ...]:
        """Issued in the month's closing, or that would be."""
        return self.stored.credit_notes if self.stored else self.closing.credit_notes

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.invoice.lines if self.invoice else ()

    @property
    def heads(self) -> int:
        return len(self.rated.billed)

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.closing.waterfall

    @cached_property
    def cents(self) -> dict[str, int]:
        """What each person costs; together those of a service cost what its line says."""
        return dict(_cents_of_people(self.rated))

    @cached_property
    def services(self) -> dict[str, list[str]]:
        """Who is billed, by the service that bears the cost."""
        found: dict[str, list[str]] = {}
        for person, verdict in self.rated.billed.items():
            found.setdefault(verdict.service or "", []).append(person)
        return found


def _cents_of_people(rated: RatedMonth) -> Iterator[tuple[str, int]]:
    if not rated.billed:
        return
    unit, by_service = unit_cents(rated.terms, rated.month), dict[str, list[str]]()
    for person, verdict in rated.billed.items():
        by_service.setdefault(verdict.service or "", []).append(person)
    for line in rated.lines:
        persons = by_service[line.service or ""]
        yield from zip(persons, spread(line.amount_cents, [unit * rated.units[each] for each in persons]), strict=True)


def build_bill(facts: Facts, books: Books, month: Month, cutoff: datetime) -> Bill:
    """Of a closed month, what its closing came to, worked out again from the facts of then; it gives the same.

    Raises `NoPriceInForce`, `NoTaxes`."""
    stored = books.find(month)
    until = stored.cutoff if stored else cutoff
    closing = close_month(_books_before(books, stored) if stored else books, facts, month, until)
    if closing.previous is None or closing.previous.month != month.shift(-1):
        closing = replace(closing, previous=rate_month(facts, month.shift(-1), until))
    bill = Bill(closing, stored, facts)
    # Here and now, where nobody waits for the loop.
    assert len(bill.cents) == bill.heads
    assert bill.previous.subtotal_cents + sum(step.cents for step in bill.steps) == bill.rated.subtotal_cents
    return bill


def _books_before(books: Books, stored: ClosedMonth) -> Books:
    """What the closing of a month found in the books."""
    closed = books.closed[: books.closed.index(stored)]
    return Books(closed, tuple(note for note in books.corrections if note.cutoff < stored.cutoff))


@dataclass(frozen=True)
class Simulation:
    """A month by other terms: nothing of it is kept."""

    settings: Settings
    heads: int
    days: int
    subtotal_cents: int
    taxes: tuple[Tax, ...]

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents + sum(tax.amount_cents for tax in self.taxes)


def simulate(bill: Bill, settings: Settings | None = None) -> Simulation:
    """The people of the month alone, topped up; by the terms that it has where no others are asked for."""
    terms: Terms = bill.rated.terms
    rated = bill.rated
    if settings is not None and settings != terms.settings:
        rated = rate_month(bill.facts, bill.month, rated.cutoff, replace(terms, settings=settings))
    on = invoice_day(rated.cutoff, terms.timezone)
    return Simulation(
        settings=rated.terms.settings,
        heads=len(rated.billed),
        days=sum(verdict.day_count for verdict in rated.billed.values()),
        subtotal_cents=rated.total_cents,
        taxes=taxes_on(rated.total_cents, rates_on(bill.facts, on, rated.cutoff)),
    )

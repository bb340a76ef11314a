"""What was issued: invoices, credit notes, closed months. A closed month keeps its terms; a document never changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from data.billing.rating import Line, LineKind, Month, Share, Terms
from data.billing.taxes import Tax

CreditReason = Literal["correction", "goodwill"]


@dataclass(frozen=True, slots=True)
class Invoice:
    """`lines`: employees by service, catch-ups by month and service, the top-up to the minimum last."""

    number: str
    month: Month
    issued_on: date
    lines: tuple[Line, ...]
    subtotal_cents: int
    taxes: tuple[Tax, ...]

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents + sum(tax.amount_cents for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What is given back of the invoice's line at `index`; amounts are positive."""

    index: int
    kind: LineKind
    service: str | None
    amount_cents: int
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Gives back a part of one invoice, for one month. A `goodwill` says nothing about what was owed."""

    number: str
    invoice: str
    month: Month
    issued_on: date
    cutoff: datetime
    lines: tuple[CreditLine, ...]
    persons: tuple[str, ...]
    taxes: tuple[Tax, ...]
    reason: CreditReason = "correction"

    @property
    def amount_cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        return self.amount_cents + sum(tax.amount_cents for tax in self.taxes)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """The record of a closing: by which facts (`cutoff`) and terms, and what was issued in it."""

    month: Month
    cutoff: datetime
    terms: Terms
    invoice: Invoice | None = None
    credit_notes: tuple[CreditNote, ...] = ()


@dataclass(frozen=True)
class Books:
    """One organization's closings in their order, and the credit notes issued between them, in theirs."""

    closed: tuple[ClosedMonth, ...] = ()
    corrections: tuple[CreditNote, ...] = ()

    def find(self, month: Month) -> ClosedMonth | None:
        return next((closed for closed in self.closed if closed.month == month), None)

    @cached_property
    def invoices(self) -> tuple[Invoice, ...]:
        return tuple(closed.invoice for closed in self.closed if closed.invoice)

    @cached_property
    def credit_notes(self) -> tuple[CreditNote, ...]:
        return (*(note for closed in self.closed for note in closed.credit_notes), *self.corrections)

    def net_cents(self, month: Month) -> int:
        """What was billed for a month, less what was corrected; goodwill changes nothing of what was owed."""
        billed = sum(line.amount_cents for invoice in self.invoices for line in invoice.lines if line.month == month)
        return billed - sum(note.amount_cents for note in self._corrections_of(month))

    def settled_at(self, closed: ClosedMonth) -> datetime:
        """The cutoff of the facts that the month's documents agree with."""
        caught_up = (
            other.cutoff
            for other in self.closed
            if other.invoice and any(_catches_up(line, closed.month) for line in other.invoice.lines)
        )
        corrected = (note.cutoff for note in self._corrections_of(closed.month))
        return max([closed.cutoff, *caught_up, *corrected])

    def _corrections_of(self, month: Month) -> Iterator[CreditNote]:
        return (note for note in self.credit_notes if note.month == month and note.reason == "correction")

    def remaining_cents(self, invoice: Invoice) -> int:
        """The part of an invoice's subtotal that was not given back."""
        return invoice.subtotal_cents - sum(
            note.amount_cents for note in self.credit_notes if note.invoice == invoice.number
        )

    def credited_lines(self, invoice: Invoice, index: int) -> Iterator[CreditLine]:
        return (
            line
            for note in self.credit_notes
            if note.invoice == invoice.number
            for line in note.lines
            if line.index == index
        )


def _catches_up(line: Line, month: Month) -> bool:
    return line.kind == "catch_up" and line.month == month


def format_number(series: str, year: int, count: int) -> str:
    """`F-2026-000001`."""
    return f"{series}-{year:04}-{count:06}"

"""Giving back what was billed too much: on the lines, at the price and the rates, on which it was billed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from data.billing.books import Books, CreditLine, CreditNote, Invoice
from data.billing.rating import Facts, Line, Month, RatedMonth, spread_by
from data.billing.taxes import Tax, taxes_given_back


class Rated(Protocol):
    """What a month was first billed by, and the units that went since, by the file that was billed."""

    @property
    def month(self) -> Month: ...
    @property
    def billed(self) -> RatedMonth: ...
    @property
    def went(self) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Slot:
    """A line of an issued invoice that can still give something back."""

    invoice: Invoice
    index: int
    line: Line
    remaining_cents: int
    credited: Mapping[str, int] = field(default_factory=dict)
    billed: RatedMonth | None = None

    def units_of(self, person: str) -> int:
        """What is still counted of the person on this line."""
        return self._billed_units(person) - self.credited.get(person, 0)

    def _billed_units(self, person: str) -> int:
        if self.line.kind == "catch_up":
            return dict(self.line.shares).get(person, 0)
        if self.billed is None or person not in self.billed.units:
            return 0
        return self.billed.units[person] if self.billed.people[person].service == self.line.service else 0


def slots_of(books: Books, month: Month, billed: RatedMonth | None) -> list[Slot]:
    """The lines for a month, on invoices from the oldest; `billed`: the month as it was first invoiced."""
    return [
        _slot(books, invoice, index, line, billed)
        for invoice in books.invoices
        for index, line in enumerate(invoice.lines)
        if line.month == month
    ]


def _slot(books: Books, invoice: Invoice, index: int, line: Line, billed: RatedMonth | None) -> Slot:
    remaining, credited = line.amount_cents, dict[str, int]()
    for credit in books.credited_lines(invoice, index):
        remaining -= credit.amount_cents
        for person, units in credit.shares:
            credited[person] = credited.get(person, 0) + units
    return Slot(invoice, index, line, remaining, credited, billed if line.kind == "employees" else None)


def place(units: Mapping[str, int], slots: Sequence[Slot]) -> list[dict[str, int]]:
    """Where each person's units were billed: per slot, on the oldest lines that name them."""
    placed: list[dict[str, int]] = [{} for _ in slots]
    for person, left in sorted(units.items()):
        for slot, shares in zip(slots, placed, strict=True):
            taken = min(left, slot.units_of(person))
            if taken > 0:
                shares[person] = taken
                left -= taken
    return placed


def amounts_of(total_cents: int, slots: Sequence[Slot], placed: Sequence[Mapping[str, int]]) -> list[int]:
    """Spread a credit on lines by the units given back. No line gives more than it has: the rest comes from others,
    of the same invoices first, then of the oldest."""
    weights = [sum(shares.values()) for shares in placed]
    amounts = spread_by(total_cents, weights) if any(weights) else [0] * len(slots)
    amounts = [min(amount, slot.remaining_cents) for amount, slot in zip(amounts, slots, strict=True)]
    giving = {slot.invoice.number for slot, shares in zip(slots, placed, strict=True) if shares}
    for index in sorted(range(len(slots)), key=lambda index: slots[index].invoice.number not in giving):
        amounts[index] += min(total_cents - sum(amounts), slots[index].remaining_cents - amounts[index])
    return amounts


def credit_month(books: Books, rated: Rated, total_cents: int, cutoff: datetime, on: date) -> list[CreditNote]:
    """One note per invoice, oldest first, for what a month was billed too much; its taxes are still to come."""
    slots = slots_of(books, rated.month, rated.billed)
    placed = place(rated.went, slots)
    lines: dict[str, list[CreditLine]] = {}
    for slot, cents, shares in zip(slots, amounts_of(total_cents, slots, placed), placed, strict=True):
        if cents:
            line = CreditLine(slot.index, slot.line.kind, slot.line.service, cents, tuple(sorted(shares.items())))
            lines.setdefault(slot.invoice.number, []).append(line)
    return [
        CreditNote("", invoice, rated.month, on, cutoff, tuple(given), _named(given, rated.went), ())
        for invoice, given in lines.items()
    ]


def _named(lines: Sequence[CreditLine], went: Mapping[str, int]) -> tuple[str, ...]:
    """Those whose credit is on these lines; where only roundings are, all for whom there is one."""
    return tuple(sorted({person for line in lines for person, _ in line.shares} or went))


def with_taxes(books: Books, notes: Sequence[CreditNote], facts: Facts, cutoff: datetime) -> tuple[CreditNote, ...]:
    """Add to each note the taxes it gives back; several notes on one invoice follow each other."""
    invoices = {invoice.number: invoice for invoice in books.invoices}
    remaining = {number: books.remaining_cents(invoice) for number, invoice in invoices.items()}
    taxed: list[CreditNote] = []
    for note in notes:
        before = remaining[note.invoice]
        remaining[note.invoice] = after = before - note.amount_cents
        taxes = taxes_given_back(credit_taxes(invoices[note.invoice], facts, note.issued_on, cutoff), before, after)
        taxed.append(replace(note, taxes=taxes))
    return tuple(taxed)


def credit_taxes(invoice: Invoice, facts: Facts, on: date, cutoff: datetime) -> Sequence[Tax]:
    """The taxes, and their rates, are those of the invoice, whatever the day of the credit."""
    return invoice.taxes


def goodwill_credit(
    books: Books, facts: Facts, invoice: Invoice, amount_cents: int, cutoff: datetime, on: date
) -> CreditNote:
    """A credit that no fact asks for. Raises ValueError for more than the invoice has left."""
    if not 0 < amount_cents <= books.remaining_cents(invoice):
        raise ValueError(amount_cents)
    slots = [_slot(books, invoice, index, line, None) for index, line in enumerate(invoice.lines)]
    amounts = amounts_of(amount_cents, slots, [{"": slot.remaining_cents} for slot in slots])
    lines = tuple(
        CreditLine(slot.index, slot.line.kind, slot.line.service, cents)
        for slot, cents in zip(slots, amounts, strict=True)
        if cents
    )
    note = CreditNote("", invoice.number, invoice.month, on, cutoff, lines, (), (), "goodwill")
    return with_taxes(books, [note], facts, cutoff)[0]

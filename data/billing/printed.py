"""Documents in the form that scenario files expect them in."""

from __future__ import annotations

from typing import Any

from data.billing.books import CreditNote, Invoice
from data.billing.journal import JournalEntry, invoice_journal
from data.billing.rating import Line, RatedMonth
from data.billing.taxes import RATE_UNIT, Tax
from data.billing.variance import Variance
from data.money import format_plain_price


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

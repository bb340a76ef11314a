"""What a printed document says, in one language, as plain data: the template places it, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from data.billing.books import CreditLine, CreditNote
from data.billing.documents.content import line_people, lines_of, subtotal_cents
from data.billing.documents.people import BilledPersonRow
from data.billing.documents.tables import clean_cell
from data.billing.documents.words import (
    document_kind,
    format_days,
    format_month,
    format_percent,
    print_translator,
    say_exemption,
    service_name,
    tax_name,
)
from data.billing.issued import IssuedDocument
from data.billing.rating import Line
from data.i18n import Translator
from data.money import format_money, format_price

Plain = dict[str, Any]
_UNITS_PER_CENT = 100


@dataclass(frozen=True)
class PrintedDocument:
    """One document to be printed. `payment_days`: within which it is payable (0: at once, None: nothing is said)."""

    issued: IssuedDocument
    people: Sequence[BilledPersonRow] = ()
    payment_days: int | None = 30


def build_page(printed: PrintedDocument, language: str) -> Plain:
    t = print_translator(language)
    issued = printed.issued
    return {
        "language": t.language,
        "title": document_kind(issued, t).text,
        "number": issued.number,
        "file_title": file_title(issued, t),
        "draft": "" if issued.number else t("Draft"),
        "seller": _seller(issued, t),
        "buyer": _buyer(issued, t),
        "facts": [{"label": label, "value": value} for label, value in _facts(printed, t)],
        "about": list(_about(issued, t)),
        "description": t("Description"),
        "columns": [column.title for column in _columns(issued, t)],
        "lines": [_line(issued, line, t) for line in lines_of(issued)],
        "sums": [{"label": label, "amount": amount} for label, amount in _sums(issued, t)],
        "total": {"label": _total_label(issued, t), "amount": format_money(issued.document.total_cents, t.language)},
        "payment": _payment(printed, t),
        "notes": list(_notes(issued, t)),
        "annex": _annex(printed, t) if printed.people else None,
        "questions": t("Questions? Write to {email}", email=clean_cell(issued.seller.email))
        if issued.seller.email
        else "",
        "page": t("Page {page} of {pages}"),
    }


def file_title(issued: IssuedDocument, t: Translator) -> str:
    """Facture F-2026-000001 – Cafés Laurier"""
    kind = document_kind(issued, t).text
    return clean_cell(f"{kind} {issued.number or t('Draft').lower()} – {issued.buyer.name}")


def _seller(issued: IssuedDocument, t: Translator) -> Plain:
    seller = issued.seller
    return {
        "name": clean_cell(seller.name),
        "address": _address_lines(seller.address),
        "registrations": [
            {"label": t("GST/HST no."), "number": clean_cell(seller.gst_number)},
            {"label": t("QST no."), "number": clean_cell(seller.qst_number)},
        ],
    }


def _buyer(issued: IssuedDocument, t: Translator) -> Plain:
    buyer = issued.buyer
    contact = [clean_cell(text) for text in (buyer.contact_name, buyer.contact_email) if text]
    return {
        "label": t("Credited to") if issued.credit_note else t("Billed to"),
        "name": clean_cell(buyer.name),
        "address": [*_address_lines(buyer.address), *contact],
    }


def _address_lines(address: str) -> list[str]:
    return [line for raw in address.splitlines() if (line := clean_cell(raw))]


def _facts(printed: PrintedDocument, t: Translator) -> Iterator[tuple[str, list[str]]]:
    """Each with its value, and what may stand below it."""
    issued = printed.issued
    document = issued.document
    yield t("Date"), [t.day(document.issued_on)]
    yield t("Billing month"), [format_month(document.month, t), format_days(document.month, t)]
    if issued.credit_note:
        yield t("Credited invoice"), [issued.credit_note.invoice]
    elif printed.payment_days is not None:
        yield t("Due date"), [t.day(document.issued_on + timedelta(days=printed.payment_days))]


def _about(issued: IssuedDocument, t: Translator) -> Iterator[str]:
    """Of a credit note: which invoice it gives back a part of, why, and how many people it is about."""
    note = issued.credit_note
    if note is None:
        return
    yield t(
        "This note applies to invoice {invoice}, for {month}.",
        invoice=note.invoice,
        month=format_month(note.month, t),
    )
    yield _why(note, issued, t)
    if note.persons:
        yield t.plural("{n} employee is concerned.", "{n} employees are concerned.", len(note.persons))


def _why(note: CreditNote, issued: IssuedDocument, t: Translator) -> str:
    reason = clean_cell(issued.reason)
    if note.reason == "goodwill":
        return t("Reason: goodwill. {reason}", reason=reason).strip()
    if reason:
        return t("Reason: {reason}", reason=reason)
    return t("Reason: what became known after the month was closed shows that too much was billed.")


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    write: Callable[[Line | CreditLine], str]


def _columns(issued: IssuedDocument, t: Translator) -> list[_Column]:
    """Beside the description: people where there are any, days where they are what is paid for, prices on invoices."""
    language = t.language
    columns = []
    if any(line_people(line) is not None for line in lines_of(issued)):
        columns.append(_Column(t("Employees"), lambda line: _count(line_people(line), t)))
    if issued.invoice and issued.terms.settings.mode == "daily":
        columns.append(_Column(t("Days"), lambda line: _count(getattr(line, "employee_days", None), t)))
    if issued.invoice:
        columns.append(_Column(t("Price per month"), lambda line: _price(getattr(line, "unit_price", None), language)))
    return [*columns, _Column(t("Amount"), lambda line: format_money(line.amount_cents, language))]


def _count(count: int | None, t: Translator) -> str:
    return "" if count is None else t.number(count)


def _price(price: int | None, language: str) -> str:
    return "" if price is None else format_price(price, language)


def _line(issued: IssuedDocument, line: Line | CreditLine, t: Translator) -> Plain:
    return {
        "name": _line_name(issued, line, t),
        "note": _line_note(issued, line, t),
        "cells": [column.write(line) for column in _columns(issued, t)],
    }


def _line_name(issued: IssuedDocument, line: Line | CreditLine, t: Translator) -> str:
    if line.kind == "minimum_top_up":
        return t("Top-up to the minimum")
    return clean_cell(service_name(issued, line.service)) or t("Chat option")


def _line_note(issued: IssuedDocument, line: Line | CreditLine, t: Translator) -> str:
    if line.kind == "catch_up":
        month = line.month if isinstance(line, Line) else issued.document.month
        return t("Catch-up, {month}", month=format_month(month, t))
    if line.kind == "minimum_top_up":
        minimum = issued.terms.settings.minimum_cents
        return t("The minimum is {amount} per month", amount=format_money(minimum, t.language))
    is_ambiguous = list(issued.services.values()).count(service_name(issued, line.service)) > 1
    return clean_cell(line.service or "") if is_ambiguous else ""


def _sums(issued: IssuedDocument, t: Translator) -> Iterator[tuple[str, str]]:
    """The subtotal, and each tax on its own line with its rate."""
    yield t("Subtotal"), format_money(subtotal_cents(issued), t.language)
    for tax in issued.document.taxes:
        yield f"{tax_name(tax.code, t)} {format_percent(tax.rate, t)}", format_money(tax.amount_cents, t.language)


def _total_label(issued: IssuedDocument, t: Translator) -> str:
    return t("Total credited") if issued.credit_note else t("Total to pay")


def _payment(printed: PrintedDocument, t: Translator) -> str:
    days = printed.payment_days
    if printed.issued.credit_note or days is None:
        return ""
    return t.plural("Payable within {n} day", "Payable within {n} days", days) if days else t("Payable on receipt")


def _notes(issued: IssuedDocument, t: Translator) -> Iterator[str]:
    if exemption := say_exemption(issued, t):
        yield exemption
    if issued.invoice:
        yield from _rule(issued, t)
        if _is_spread(issued):
            yield t("Amounts are rounded so that the lines add up to the subtotal, which is rounded once.")
    yield t("Amounts are in Canadian dollars.")


def _rule(issued: IssuedDocument, t: Translator) -> Iterator[str]:
    """Who counts, as the organization's terms were for that month."""
    settings = issued.terms.settings
    if settings.min_days == 1:
        yield t("Each person employed for at least one day on which the option was on counts once.")
    else:
        days = t.number(settings.min_days)
        yield t("Each person employed for at least {days} days on which the option was on counts once.", days=days)
    if settings.basis == "app_user":
        yield t("Only those who opened the application during the month count.")
    if settings.mode == "daily":
        month_days = t.number(issued.document.month.days)
        yield t("Each counts for their days: the price per month, divided by {days}, times days.", days=month_days)


def _is_spread(issued: IssuedDocument) -> bool:
    """Whether some line is not its quantity times its price, to the cent."""
    return any(
        line.kind == "employees" and line.quantity * (line.unit_price or 0) != line.amount_cents * _UNITS_PER_CENT
        for line in lines_of(issued)
        if isinstance(line, Line)
    )


@dataclass(frozen=True, slots=True)
class _PersonColumn:
    """`width`: its part of what the others leave; 0 takes what its texts need."""

    title: str
    write: Callable[[BilledPersonRow], str]
    number: bool = False
    width: float = 0


def _annex(printed: PrintedDocument, t: Translator) -> Plain:
    people = printed.people
    columns = _person_columns(people, t)
    total = sum(person.amount_cents for person in people)
    return {
        "title": t("People credited") if printed.issued.credit_note else t("People billed"),
        "note": t("This list holds personal information: share it only with those who need it."),
        "on_new_page": printed.issued.invoice is not None,
        "columns": [{"title": column.title, "number": column.number, "width": column.width} for column in columns],
        "rows": [[column.write(person) for column in columns] for person in people],
        "count": t.plural("{n} employee", "{n} employees", len(people)),
        "total": format_money(total, t.language),
    }


def _person_columns(people: Sequence[BilledPersonRow], t: Translator) -> list[_PersonColumn]:
    """A column that would be empty for everybody is left out."""
    columns = [
        _PersonColumn(t("Number"), lambda person: clean_cell(person.number)),
        _PersonColumn(t("Name"), lambda person: clean_cell(person.name), width=1.4),
        _PersonColumn(t("Service"), lambda person: clean_cell(person.service_name or person.service_code), width=1),
    ]
    if any(person.department for person in people):
        columns.append(_PersonColumn(t("Department"), lambda person: clean_cell(person.department), width=1))
    if any(person.opened_app is not None for person in people):
        columns.append(_PersonColumn(t("Opened the application"), lambda person: _yes_or_no(person.opened_app, t)))
    columns.append(_PersonColumn(t("Days"), lambda person: t.number(person.days), number=True))
    amount = _PersonColumn(t("Amount"), lambda person: format_money(person.amount_cents, t.language), number=True)
    return [*columns, amount]


def _yes_or_no(flag: bool | None, t: Translator) -> str:
    return "" if flag is None else t("Yes") if flag else t("No")

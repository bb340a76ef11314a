"""How documents call things: kinds of documents and lines, taxes, months. Prices in 1/10000 $, rates in 1/100000."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from babel.dates import format_skeleton

from data.billing.documents.tables import Term, clean_cell
from data.billing.issued import IssuedDocument
from data.billing.rating import LineKind, Month
from data.i18n import LANGUAGES, Translator
from data.money import NO_BREAK_SPACE

_RATE_UNITS_PER_PERCENT = 1000


class PrintTranslator(Translator):
    """With the apostrophes of print, in our own words only."""

    def __call__(self, text: str, **values: object) -> str:
        printed = super().__call__(text).replace("'", "’")
        return printed.format(**values) if values else printed

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        return super().plural(one, many, n, **values).replace("'", "’")


@cache
def print_translator(language: str) -> PrintTranslator:
    return PrintTranslator(language)


def other_language(language: str) -> str:
    return next(each for each in LANGUAGES if each != language)


def document_kind(issued: IssuedDocument, t: Translator) -> Term:
    if issued.invoice:
        return Term("invoice", t("Invoice"))
    return Term("credit_note", t("Credit note"))


def line_kind(kind: LineKind, t: Translator) -> Term:
    names: dict[LineKind, str] = {
        "employees": t("Employees"),
        "catch_up": t("Catch-up"),
        "minimum_top_up": t("Top-up to the minimum"),
    }
    return Term(kind, names[kind])


def tax_name(code: str, t: Translator) -> str:
    names = {"GST": t("GST"), "QST": t("QST"), "HST": t("HST")}
    return names.get(code, code)


def say_exemption(issued: IssuedDocument, t: Translator) -> str:
    """Which taxes an invoice does not charge, and why; nothing of one that charges them all."""
    buyer = issued.buyer
    if issued.invoice is None or not buyer.exempt:
        return ""
    taxes = ", ".join(tax_name(code, t) for code in buyer.exempt)
    return t("Not charged: {taxes}. {reason}", taxes=taxes, reason=clean_cell(buyer.exempt_reason)).strip()


def say_written_in_latin(t: Translator) -> str:
    return t("Some names are written here in Latin letters; the workbook (XLSX) has them as they are.")


def service_name(issued: IssuedDocument, code: str | None) -> str:
    return issued.services.get(code, code) if code else ""


def format_percent(rate: int, t: Translator) -> str:
    """`9,975 %` in French, `9.975%` in English."""
    percent = f"{Decimal(rate) / _RATE_UNITS_PER_PERCENT:.3f}".rstrip("0").rstrip(".")
    return f"{percent.replace('.', ',')}{NO_BREAK_SPACE}%" if t.language == "fr" else f"{percent}%"


def format_month(month: Month, t: Translator) -> str:
    """octobre 2026 · October 2026"""
    return format_skeleton("yMMMM", month.first, locale=t.locale)


def format_days(month: Month, t: Translator) -> str:
    """du 1er au 31 août 2026 · August 1 to August 31, 2026"""
    first = t.day(month.first).split(" " if t.language == "fr" else ",")[0]
    return t("{first} to {last}", first=first, last=t.day(month.last))

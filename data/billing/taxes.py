"""Taxes: the dated table, the taxes of a document, and what a credit gives back of them. Rates are in 1/100000."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from data.billing.rating import Facts, TaxRateChange, find_in_force, round_half_up

RATE_UNIT = 100_000
# The order in which documents print them.
CODES = ("GST", "QST", "HST")


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a document. `rate` in 1/100000."""

    code: str
    rate: int
    amount_cents: int


def _since(day: date, rates: dict[str, dict[str, int]]) -> tuple[TaxRateChange, ...]:
    recorded_at = datetime(2000, 1, 1, tzinfo=UTC)
    return tuple(
        TaxRateChange(f"{province}-{code}-{day}", province, code, rate, day, recorded_at)
        for province, taxes in rates.items()
        for code, rate in taxes.items()
    )


_GST = {"GST": 5000}
_HST_15 = {"HST": 15000}

# What the ledger of rates begins with; an accountant confirms it before the first real invoice.
CANADIAN_RATES = (
    *_since(
        date(2013, 1, 1),
        {
            "QC": {"GST": 5000, "QST": 9975},
            "ON": {"HST": 13000},
            "NB": _HST_15,
            "NL": _HST_15,
            "PE": _HST_15,
            "NS": _HST_15,
            "AB": _GST,
            "BC": _GST,
            "MB": _GST,
            "SK": _GST,
            "NT": _GST,
            "NU": _GST,
            "YT": _GST,
        },
    ),
    *_since(date(2025, 4, 1), {"NS": {"HST": 14000}}),
)


class NoTaxes(ValueError):
    """The organization has no province on that day, or its province no rates."""


def rates_on(facts: Facts, day: date, cutoff: datetime) -> list[tuple[str, int]]:
    """Code and rate of each tax that the organization pays on a document of that day."""
    profile = find_in_force(facts.tax_profiles, day, cutoff)
    there = [change for change in facts.tax_rates if profile and change.province == profile.province]
    if profile is None or not there:
        raise NoTaxes(day)
    in_force = [find_in_force([change for change in there if change.code == code], day, cutoff) for code in CODES]
    charged = [change for change in in_force if change and change.rate and pays(change.code, profile.exempt)]
    return [(change.code, change.rate) for change in charged]


def pays(code: str, exempt: Iterable[str]) -> bool:
    """An exemption is from the taxes that it names."""
    return code not in exempt


def taxes_on(subtotal_cents: int, rates: Sequence[tuple[str, int]]) -> tuple[Tax, ...]:
    """Each tax on the subtotal before tax, rounded once."""
    return tuple(Tax(code, rate, tax_cents(rate, subtotal_cents)) for code, rate in rates)


def tax_cents(rate: int, amount_cents: int) -> int:
    return round_half_up(Fraction(rate * amount_cents, RATE_UNIT))


def taxes_given_back(taxes: Sequence[Tax], before_cents: int, after_cents: int) -> tuple[Tax, ...]:
    """The tax of what an invoice has left before a credit, less that of what it has after: in the end, all of it."""
    return tuple(
        Tax(tax.code, tax.rate, tax_cents(tax.rate, before_cents) - tax_cents(tax.rate, after_cents)) for tax in taxes
    )

"""From counts to cents: exact until the one rounding, at the subtotal, then spread on the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from data.billing.rating.facts import NoPriceInForce, Settings, Terms
from data.billing.rating.months import Month

PRICE_UNITS_PER_CENT = 100

LineKind = Literal["employees", "catch_up", "minimum_top_up"]
# A person and what is counted of them: 1 in flat mode, days in daily mode.
Share = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill. `unit_price` in 1/10000 $ a month; `shares` names the people of a catch-up."""

    kind: LineKind
    month: Month
    service: str | None
    quantity: int
    amount_cents: int
    unit_price: int | None = None
    employee_days: int | None = None
    shares: tuple[Share, ...] = ()

    @property
    def persons(self) -> tuple[str, ...]:
        return tuple(person for person, _ in self.shares)


@dataclass(frozen=True, slots=True)
class Tally:
    """The people billed at one service's cost."""

    service: str
    people: int
    days: int

    def units(self, settings: Settings) -> int:
        return self.days if settings.mode == "daily" else self.people


def unit_cents(terms: Terms, month: Month) -> Fraction:
    """The price, in cents, of what is counted: a person, or a day of one in daily mode."""
    if terms.price is None:
        raise NoPriceInForce(str(month))
    return Fraction(terms.price, PRICE_UNITS_PER_CENT * (month.days if terms.settings.mode == "daily" else 1))


def round_half_up(amount: Fraction) -> int:
    """To whole cents; half a cent goes away from zero."""
    whole = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return whole if amount >= 0 else -whole


def subtotal_of(exact: Sequence[Fraction]) -> int:
    return round_half_up(sum(exact, Fraction(0)))


def spread(total: int, exact: Sequence[Fraction]) -> list[int]:
    """`total` cents on shares that come to it but for rounding, by largest remainder; ties go to the first."""
    floors = [share.numerator // share.denominator for share in exact]
    order = sorted(range(len(exact)), key=lambda index: floors[index] - exact[index])
    for index in order[: total - sum(floors)]:
        floors[index] += 1
    return floors


def spread_by(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """`total` cents in proportion to weights."""
    whole = sum(weights, Fraction(0))
    return spread(total, [Fraction(total) * weight / whole for weight in weights])


def employee_lines(tallies: Sequence[Tally], terms: Terms, month: Month) -> tuple[Line, ...]:
    """One line per service; together they come to the rounded subtotal."""
    if not tallies:
        return ()
    exact = [unit_cents(terms, month) * tally.units(terms.settings) for tally in tallies]
    return tuple(
        Line("employees", month, tally.service, tally.people, cents, terms.price, tally.days)
        for tally, cents in zip(tallies, spread(subtotal_of(exact), exact), strict=True)
    )


def top_up_cents(lines: Sequence[Line], settings: Settings) -> int:
    """What a month in which somebody is billed lacks to its minimum."""
    if not lines:
        return 0
    return max(0, settings.minimum_cents - sum(line.amount_cents for line in lines))


def top_up_lines(cents: int, month: Month) -> tuple[Line, ...]:
    return (Line("minimum_top_up", month, None, 1, cents),) if cents else ()

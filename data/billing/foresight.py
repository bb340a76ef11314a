"""What a switch of the option would cost: months rated as if it had been recorded already. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.billing.rating import Facts, Mode, Month, OptionChange, local_day, rate_month
from data.billing.rating.months import DAY
from data.billing.taxes import Tax, rates_on, taxes_on


@dataclass(frozen=True)
class ForeseenMonth:
    """A month of an organization, whole: today's facts and those planned. `heads`: who is billed."""

    month: Month
    mode: Mode
    heads: int
    subtotal_cents: int
    taxes: tuple[Tax, ...]

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents + sum(tax.amount_cents for tax in self.taxes)


@dataclass(frozen=True)
class ForeseenBill:
    """`during`: the month in which the switch takes effect; `after`: the first month that it governs whole, and none
    of whose days a trial makes free."""

    during: ForeseenMonth
    after: ForeseenMonth

    @property
    def is_whole(self) -> bool:
        """It takes effect with the month."""
        return self.during.month == self.after.month


def foresee_month(facts: Facts, month: Month, now: datetime) -> ForeseenMonth:
    """Raises `NoPriceInForce`, `NoTaxes`."""
    rated = rate_month(facts, month, now)
    issued_on = max(month.last + DAY, local_day(now, facts.timezone))
    taxes = taxes_on(rated.total_cents, rates_on(facts, issued_on, now))
    return ForeseenMonth(month, rated.terms.settings.mode, len(rated.billed), rated.total_cents, taxes)


def foresee_switch(facts: Facts, changes: Sequence[OptionChange], now: datetime) -> ForeseenBill:
    """`changes`: one switch, in one or several scopes, recorded now."""
    supposed = replace(facts, option_changes=(*facts.option_changes, *changes))
    begins_on = local_day(changes[0].effective_at, facts.timezone)
    during = foresee_month(supposed, Month.of(begins_on), now)
    after = Month.of(_find_settled(begins_on, changes[0].trial_until))
    return ForeseenBill(during, during if after == during.month else foresee_month(supposed, after, now))


def _find_settled(begins_on: date, trial_until: date | None) -> date:
    """The first day of the first month that is whole."""
    free_from = begins_on if trial_until is None else trial_until + DAY
    first = Month.of(free_from)
    return free_from if free_from == first.first else first.shift(1).first

"""Each way of getting a bill wrong that somebody might think of is caught by a scenario.

A wrong variant replaces one small named decision of the code; then at least one scenario must come out different."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.billing import credits, restatement, settlement, taxes
from data.billing.books import Books, ClosedMonth, Invoice
from data.billing.credits import Slot
from data.billing.rating import (
    ActivationVoid,
    Ended,
    Facts,
    Line,
    Month,
    Moved,
    OptionChange,
    PriceChange,
    RatedMonth,
    Settings,
    Terms,
    amounts,
    employment,
    facts,
    find_in_force,
    is_known,
    month,
    months,
    option,
    people,
    terms_of,
)
from data.billing.rating.employment import Merges, Stint
from data.billing.scenarios import Scenario, check_scenario, rate_scenario
from data.billing.taxes import Tax
from tests.billing.test_golden import GOLDEN, OWN

SCENARIOS = [scenario for scenario in OWN + GOLDEN if scenario.id != "G22"]
VARIANTS: dict[str, tuple[list[tuple[object, str]], object]] = {}


def wrong(*places: tuple[object, str]) -> Callable[[Any], Any]:
    """Register a replacement for the decision of that name, wherever it is looked up."""

    def register(variant: Any) -> Any:
        VARIANTS[variant.__name__] = (list(places), variant)
        return variant

    return register


# ---- days and zones


@wrong((months, "zone_of"))
def utc_months(timezone: str) -> ZoneInfo:
    return ZoneInfo("UTC")


@wrong((months, "zone_of"))
def every_zone_is_toronto(timezone: str) -> ZoneInfo:
    return ZoneInfo("America/Toronto")


@wrong((settlement, "invoice_day"))
def utc_invoice_date(closed_at: datetime, timezone: str) -> date:
    return closed_at.astimezone(ZoneInfo("UTC")).date()


@wrong((option, "last_local_day"))
def off_at_midnight_is_counted(ends_at: datetime, timezone: str) -> date:
    return months.local_day(ends_at, timezone)


# ---- the option


@wrong((people, "billable"))
def overlapping_switches_count_twice(employed: int, organization_on: int, service_on: int) -> int:
    return (employed & organization_on) | ((employed & service_on) << 31)


@wrong((option, "acts_on"))
def overlapping_switches_end_together(change: OptionChange, scope: str | None) -> bool:
    return change.scope == scope or not change.is_on


@wrong((people, "billable"))
def services_replace_the_organization(employed: int, organization_on: int, service_on: int) -> int:
    return employed & (service_on or organization_on)


@wrong((option, "free_days"))
def the_last_free_day_is_billed(until: date | None, month: Month) -> int:
    return months.days_between(month.first, until - timedelta(days=1), month) if until else 0


@wrong((option, "_is_void"))
def an_annulment_is_only_an_end(change: OptionChange, voids: Iterable[ActivationVoid]) -> bool:
    return False


# ---- employment and people


@wrong((months, "days_between"), (people, "days_between"), (month, "days_between"))
def end_date_is_exclusive(first: date, last: date | None, of: Month) -> int:
    start = max(first, of.first)
    stop = of.last if last is None or last > of.last else last - timedelta(days=1)
    return sum(1 << day.day - 1 for day in (of.first + timedelta(n) for n in range(of.days)) if start <= day <= stop)


@wrong((employment, "is_ended"))
def an_end_ends_one_of_two(stint: Stint, fact: Ended, stints: Sequence[Stint], merges: Merges) -> bool:
    return stint == next(each for each in stints if merges.are_one(each.file, fact.person, fact.recorded_at))


@wrong((employment, "is_ended"))
def an_end_is_of_the_file(stint: Stint, fact: Ended, stints: Sequence[Stint], merges: Merges) -> bool:
    return stint.file == fact.person


@wrong((employment, "is_ended"))
def an_end_is_of_all_that_was_ever_merged(stint: Stint, fact: Ended, stints: Sequence[Stint], merges: Merges) -> bool:
    return True


@wrong((people, "ranking"))
def latest_assignment_pays(stint: Stint) -> tuple[bool, timedelta, str]:
    return (not stint.is_primary, date.max - stint.starts_on, stint.service)


@wrong((people, "ranking"))
def primary_means_nothing(stint: Stint) -> tuple[date, str]:
    return (stint.starts_on, stint.service)


@wrong((people, "ranking"))
def largest_code_pays(stint: Stint) -> tuple[bool, date, list[int]]:
    return (not stint.is_primary, stint.starts_on, [-ord(letter) for letter in stint.service])


@wrong((employment, "moved_on"))
def a_move_loses_primary(stint: Stint, fact: Moved) -> Stint:
    return replace(stint, service=fact.to_service, starts_on=fact.effective_on, is_primary=False)


@wrong((people, "cost_service"))
def a_moves_tie_goes_to_the_former(by_service: dict[str, int]) -> str:
    return max(by_service, key=lambda service: (by_service[service].bit_count(), -by_service[service]))


@wrong((people, "cost_service"))
def the_last_service_pays(by_service: dict[str, int]) -> str:
    return max(by_service, key=lambda service: by_service[service])


@wrong((month, "is_known"), (option, "is_known"), (employment, "is_known"), (facts, "is_known"))
def recorded_at_the_very_cutoff_is_late(recorded_at: datetime, cutoff: datetime) -> bool:
    return recorded_at < cutoff


@wrong((month, "is_known"), (option, "is_known"), (employment, "is_known"), (facts, "is_known"))
def the_future_is_known(recorded_at: datetime, cutoff: datetime) -> bool:
    return True


# ---- prices and rounding


@wrong((facts, "find_price"))
def price_at_the_invoices_date(prices: Iterable[PriceChange], month: Month, cutoff: datetime) -> int | None:
    change = find_in_force(prices, cutoff.date(), cutoff)
    return change.price if change else None


@wrong((amounts, "round_half_up"), (taxes, "round_half_up"), (settlement, "round_half_up"))
def half_even(amount: Fraction) -> int:
    return round(amount)


@wrong((amounts, "subtotal_of"))
def rounded_per_line(exact: Sequence[Fraction]) -> int:
    return sum(amounts.round_half_up(share) for share in exact)


@wrong((amounts, "unit_cents"))
def rounded_per_person(terms: Terms, month: Month) -> Fraction:
    assert terms.price is not None
    days = month.days if terms.settings.mode == "daily" else 1
    return Fraction(amounts.round_half_up(Fraction(terms.price, 100 * days)))


@wrong((amounts, "spread"), (settlement, "spread_by"))
def lines_rounded_half_up_by_themselves(total: int, exact: Sequence[Fraction]) -> list[int]:
    return [amounts.round_half_up(Fraction(share)) for share in exact]


@wrong((amounts, "spread"))
def ties_go_to_the_last_line(total: int, exact: Sequence[Fraction]) -> list[int]:
    return SPREAD(total, exact[::-1])[::-1]


SPREAD = amounts.spread


@wrong((amounts, "unit_cents"))
def thirty_days_in_every_month(terms: Terms, month: Month) -> Fraction:
    assert terms.price is not None
    return Fraction(terms.price, 100 * (30 if terms.settings.mode == "daily" else 1))


# ---- taxes


@wrong((settlement, "taxes_on"))
def one_combined_rate(subtotal_cents: int, rates: Sequence[tuple[str, int]]) -> tuple[Tax, ...]:
    together = taxes.tax_cents(sum(rate for _, rate in rates), subtotal_cents)
    *first, (last, rate) = rates
    before = taxes.taxes_on(subtotal_cents, first)
    return (*before, Tax(last, rate, together - sum(tax.amount_cents for tax in before)))


@wrong((settlement, "taxes_on"))
def tax_on_tax(subtotal_cents: int, rates: Sequence[tuple[str, int]]) -> tuple[Tax, ...]:
    found: list[Tax] = []
    for code, rate in rates:
        base = subtotal_cents + sum(tax.amount_cents for tax in found)
        found.append(Tax(code, rate, taxes.tax_cents(rate, base)))
    return tuple(found)


@wrong((taxes, "pays"))
def one_exemption_exempts_from_all(code: str, exempt: Iterable[str]) -> bool:
    return not exempt


@wrong((taxes, "pays"))
def exemptions_mean_nothing(code: str, exempt: Iterable[str]) -> bool:
    return True


@wrong((credits, "credit_taxes"))
def credited_at_todays_rate(invoice: Invoice, facts: Facts, on: date, cutoff: datetime) -> Sequence[Tax]:
    return taxes.taxes_on(invoice.subtotal_cents, taxes.rates_on(facts, on, cutoff))


@wrong((credits, "taxes_given_back"))
def tax_on_each_credit_by_itself(given: Sequence[Tax], before_cents: int, after_cents: int) -> tuple[Tax, ...]:
    return taxes.taxes_on(before_cents - after_cents, [(tax.code, tax.rate) for tax in given])


# ---- corrections


@wrong((restatement, "kept_terms"))
def caught_up_at_todays_price(closed: ClosedMonth, facts: Facts, cutoff: datetime) -> Terms:
    return terms_of(facts, Month.of(cutoff.date()), cutoff)


@wrong((restatement, "kept_terms"))
def a_closed_month_takes_a_late_price(closed: ClosedMonth, facts: Facts, cutoff: datetime) -> Terms:
    return terms_of(facts, closed.month, cutoff)


@wrong((restatement, "is_in_window"))
def a_window_of_five_months(closed: Month, month: Month) -> bool:
    return 1 <= month.since(closed) <= 5


@wrong((restatement, "is_in_window"))
def a_window_of_thirteen_months(closed: Month, month: Month) -> bool:
    return 1 <= month.since(closed) <= 13


@wrong((restatement, "is_in_window"))
def an_endless_window(closed: Month, month: Month) -> bool:
    return month.since(closed) >= 1


@wrong((restatement, "owed_cents"))
def a_minimum_is_caught_up_beyond(now: RatedMonth) -> int:
    return now.subtotal_cents


@wrong((amounts, "top_up_cents"), (month, "top_up_cents"))
def a_minimum_of_nobody(lines: Sequence[Line], settings: Settings) -> int:
    return max(0, settings.minimum_cents - sum(line.amount_cents for line in lines))


@wrong((credits, "place"))
def everything_is_credited_on_the_first_invoice(units: dict[str, int], slots: Sequence[Slot]) -> list[dict[str, int]]:
    return [dict(units), *({} for _ in slots[1:])]


@wrong((settlement, "never_opened"))
def everybody_counts_as_never_opened(known: Facts, rated: RatedMonth) -> settlement.NeverOpened | None:
    if not any(is_known(fact.recorded_at, rated.cutoff) for fact in known.app_seen):
        return None
    return settlement.NeverOpened(tuple(rated.billed), rated.subtotal_cents)


@wrong((settlement, "previously_rated"))
def compared_with_todays_rating_of_the_month_before(books: Books, facts: Facts) -> RatedMonth | None:
    if not books.closed:
        return None
    last = books.closed[-1]
    return month.rate_month(facts, last.month, last.cutoff + timedelta(days=31), last.terms)


def differing(scenarios: Iterable[Scenario]) -> list[str]:
    """Which scenarios come out different, one that breaks down included."""
    found = []
    for scenario in scenarios:
        try:
            same = check_scenario(scenario, rate_scenario) == []
        except (ValueError, KeyError, IndexError, AssertionError):
            same = False
        if not same:
            found.append(scenario.id)
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_each_wrong_variant_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    places, variant = VARIANTS[name]
    for place, decision in places:
        assert hasattr(place, decision), f"{decision} is no decision of the code any more"
        monkeypatch.setattr(place, decision, variant)
    assert differing(SCENARIOS), f"no scenario notices {name}"


def test_the_code_as_it_is_differs_nowhere() -> None:
    assert differing(SCENARIOS) == []

"""What a switch would cost, rated as if it had been recorded: both bills of R3, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from data.billing.foresight import foresee_month, foresee_switch
from data.billing.rating import (
    Facts,
    Hired,
    Month,
    NoPriceInForce,
    OptionChange,
    PriceChange,
    Settings,
    SettingsChange,
    TaxProfileChange,
)
from data.billing.taxes import CANADIAN_RATES, NoTaxes

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 10, 14, 15, 0, tzinfo=UTC)  # 11:00 in Montréal
NOVEMBER = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)  # midnight there


def organization(people: int = 137, *, rooms: int = 0, **more: Any) -> Facts:
    """With so many in the kitchen, and in the dining room."""
    hired = tuple(
        Hired(f"h{n}", f"p{n:03}", date(2024, 1, 8), LONG_AGO, "salle" if n < rooms else "cuisine", True)
        for n in range(people)
    )
    facts = Facts(
        timezone="America/Toronto",
        prices=(PriceChange("p", date(2020, 1, 1), LONG_AGO, 2500),),
        employment=hired,
        tax_profiles=(TaxProfileChange("t", date(2020, 1, 1), LONG_AGO, "QC"),),
        tax_rates=CANADIAN_RATES,
    )
    return replace(facts, **more)


def switch(at: datetime, *, is_on: bool = True, scope: str | None = None, trial: date | None = None) -> OptionChange:
    return OptionChange("~", at, NOW, is_on, scope, "~", trial)


def on_since(at: datetime, scope: str | None = None) -> OptionChange:
    return OptionChange("o", at, LONG_AGO, True, scope, "o")


def told(bill: Any) -> tuple[str, int, int, list[int], int]:
    taxes = [tax.amount_cents for tax in bill.taxes]
    return str(bill.month), bill.heads, bill.subtotal_cents, taxes, bill.total_cents


def test_r3_both_bills_of_a_switch() -> None:
    from_the_first = foresee_switch(organization(), [switch(NOVEMBER)], NOW)
    assert from_the_first.is_whole
    assert told(from_the_first.during) == ("2026-11", 137, 3425, [171, 342], 3938)
    now = foresee_switch(organization(), [switch(NOW)], NOW)
    assert not now.is_whole
    assert told(now.during) == ("2026-10", 137, 3425, [171, 342], 3938)
    assert told(now.after) == ("2026-11", 137, 3425, [171, 342], 3938)


def test_services_that_are_on_already_are_in_the_bill() -> None:
    facts = organization(10, rooms=4, option_changes=(on_since(LONG_AGO, "cuisine"),))
    assert foresee_month(facts, Month(2026, 11), NOW).heads == 6
    assert foresee_switch(facts, [switch(NOVEMBER, scope="salle")], NOW).during.heads == 10
    assert foresee_switch(facts, [switch(NOVEMBER)], NOW).during.heads == 10
    both = [switch(NOVEMBER, scope="salle"), switch(NOVEMBER, scope="cuisine")]
    assert foresee_switch(organization(10, rooms=4), both, NOW).during.heads == 10


def test_what_is_switched_off_costs_to_the_end_of_its_month() -> None:
    facts = organization(option_changes=(on_since(LONG_AGO),))
    at_the_end = foresee_switch(facts, [switch(NOVEMBER, is_on=False)], NOW)
    assert told(at_the_end.during) == ("2026-11", 0, 0, [0, 0], 0)
    now = foresee_switch(facts, [switch(NOW, is_on=False)], NOW)
    assert (now.during.total_cents, now.after.total_cents) == (3938, 0)


@pytest.mark.parametrize(
    ("until", "during", "after"),
    [
        (date(2026, 11, 30), ("2026-11", 0), ("2026-12", 137)),
        (date(2026, 12, 15), ("2026-11", 0), ("2027-01", 137)),
        (date(2026, 11, 15), ("2026-11", 137), ("2026-12", 137)),
    ],
)
def test_a_trial_is_free_and_what_follows_is_told(until: date, during: tuple[str, int], after: tuple[str, int]) -> None:
    bill = foresee_switch(organization(), [switch(NOVEMBER, trial=until)], NOW)
    assert [told(each)[:2] for each in (bill.during, bill.after)] == [during, after]


def test_by_the_day_a_part_of_a_month_costs_a_part() -> None:
    daily = SettingsChange("s", date(2020, 1, 1), LONG_AGO, Settings(mode="daily"))
    bill = foresee_switch(organization(settings=(daily,)), [switch(NOW)], NOW)
    assert (bill.during.mode, bill.during.subtotal_cents, bill.after.subtotal_cents) == ("daily", 1989, 3425)


def test_without_a_price_or_taxes_nothing_is_made_up() -> None:
    with pytest.raises(NoPriceInForce):
        foresee_switch(organization(prices=()), [switch(NOW)], NOW)
    with pytest.raises(NoTaxes):
        foresee_switch(organization(tax_profiles=()), [switch(NOW)], NOW)

"""What the rating is made of: days, terms, reasons, evidence; its independence and its speed."""

from __future__ import annotations

import ast
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.billing import rating
from data.billing.rating import (
    Ended,
    Facts,
    Hired,
    Month,
    NoPriceInForce,
    OptionChange,
    PriceChange,
    RatedMonth,
    Reason,
    Settings,
    SettingsChange,
    SuspensionChange,
    rate_month,
)
from data.billing.rating.months import days_between, first_instant, last_local_day, local_day

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SEPTEMBER = Month(2026, 9)
CLOSING = datetime(2026, 10, 3, 13, tzinfo=UTC)
FACTS = Facts(
    "America/Toronto",
    prices=(PriceChange("price", date(2020, 1, 1), LONG_AGO, 2500),),
    option_changes=(OptionChange("on", LONG_AGO, LONG_AGO, True),),
    employment=(Hired("hired", "Ana", date(2026, 2, 2), LONG_AGO, "salle"),),
)


def rate(facts: Facts = FACTS) -> RatedMonth:
    return rate_month(facts, SEPTEMBER, CLOSING)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC) + timedelta(hours=4)


def test_the_rating_imports_the_standard_library_only() -> None:
    for path in Path(rating.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names or name.startswith("data.billing.rating"), name


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 8, 1), None, 30),
        (date(2026, 9, 1), date(2026, 9, 30), 30),
        (date(2026, 9, 30), None, 1),
        (date(2026, 10, 1), None, 0),
        (date(2026, 8, 1), date(2026, 8, 31), 0),
        (date(2026, 8, 1), date(2026, 9, 1), 1),
        (date(2026, 9, 5), date(2026, 9, 4), 0),
        (date(2026, 9, 5), date(2026, 9, 5), 1),
    ],
)
def test_days_of_a_month_between_two_days(first: date, last: date | None, days: int) -> None:
    assert days_between(first, last, SEPTEMBER).bit_count() == days


def test_months_count_across_years() -> None:
    assert str(Month(2026, 12).shift(1)) == "2027-01"
    assert Month(2027, 1).since(Month(2026, 11)) == 2
    assert Month.parse("2028-02").days == 29
    assert Month(2026, 12) < Month(2027, 1)


def test_a_day_that_begins_at_one_o_clock_begins_there() -> None:
    """In Havana clocks go from midnight to one o'clock: an end at that instant frees the day."""
    begins_at = first_instant(date(2026, 3, 8), "America/Havana")
    assert local_day(begins_at, "America/Havana") == date(2026, 3, 8)
    assert last_local_day(begins_at, "America/Havana") == date(2026, 3, 7)


def test_without_a_price_nobody_is_billed_in_silence() -> None:
    with pytest.raises(NoPriceInForce):
        rate(replace(FACTS, prices=()))
    assert rate(replace(FACTS, prices=(), employment=())).total_cents == 0


def test_a_setting_of_the_middle_of_the_month_holds_from_the_next() -> None:
    late = SettingsChange("daily", date(2026, 9, 2), LONG_AGO, Settings(mode="daily"))
    first = replace(late, effective_on=date(2026, 9, 1))
    assert rate(replace(FACTS, settings=(late,))).terms.settings.mode == "flat"
    assert rate(replace(FACTS, settings=(first,))).terms.settings.mode == "daily"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FACTS, option_changes=()), Reason.OPTION_OFF),
        (replace(FACTS, employment=(*FACTS.employment, Ended("e", "Ana", date(2026, 8, 31), LONG_AGO))), Reason.LEFT),
        (replace(FACTS, employment=(Hired("h", "Ana", date(2026, 10, 1), LONG_AGO, "salle"),)), Reason.STARTS_LATER),
        (
            replace(
                FACTS, option_changes=(OptionChange("t", LONG_AGO, LONG_AGO, True, None, None, date(2026, 9, 30)),)
            ),
            Reason.TRIAL,
        ),
        (replace(FACTS, suspensions=(SuspensionChange("s", LONG_AGO, LONG_AGO, True),)), Reason.SUSPENDED),
        (
            replace(FACTS, settings=(SettingsChange("s", date.min, LONG_AGO, Settings(basis="app_user")),)),
            Reason.APP_NOT_OPENED,
        ),
        (
            replace(FACTS, settings=(SettingsChange("s", date.min, LONG_AGO, Settings(min_days=31)),)),
            Reason.TOO_FEW_DAYS,
        ),
    ],
)
def test_who_is_not_billed_has_a_reason(facts: Facts, reason: Reason) -> None:
    assert rate(facts).people["Ana"].reason is reason
    assert rate(facts).total_cents == 0
    assert rate(facts).evidence("Ana").verdict.reason is reason


def test_a_suspension_frees_the_whole_days_that_it_covers() -> None:
    spans = (
        SuspensionChange("s1", local(10, 12), LONG_AGO, True),
        SuspensionChange("s2", local(13, 0), LONG_AGO, False),
    )
    assert rate(replace(FACTS, suspensions=spans)).people["Ana"].day_count == 28


def test_a_cent_is_explained_day_by_day() -> None:
    ended = Ended("ended", "Ana", date(2026, 9, 2), LONG_AGO)
    off = OptionChange("off", local(2, 8), LONG_AGO, False)
    again = OptionChange("again", local(2, 20), LONG_AGO, True)
    facts = replace(FACTS, employment=(*FACTS.employment, ended), option_changes=(*FACTS.option_changes, off, again))
    evidence = rate(facts).evidence("Ana")
    assert [(day.day.day, day.service, day.fact_ids) for day in evidence.days] == [
        (1, "salle", ("hired", "ended", "on")),
        (2, "salle", ("hired", "ended", "on", "again")),
    ]
    assert evidence.fact_ids == ("hired", "ended", "on", "off", "again")


def test_a_hundred_thousand_people_are_rated_at_once() -> None:
    """Measured 0.2 s alone; the bound leaves room for a busy machine, not for a walk through the days."""
    people = tuple(
        Hired(f"h{n}", f"P{n:06}", date(2020, 1, 1) + timedelta(days=n % 2300), LONG_AGO, f"s{n % 200:03}")
        for n in range(100_000)
    )
    facts = replace(FACTS, employment=people)
    started = time.process_time()
    rated = rate(facts)
    assert time.process_time() - started < 2
    assert rated.subtotal_cents == 2_500_000
    assert len(rated.lines) == 200

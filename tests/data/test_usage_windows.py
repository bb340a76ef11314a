"""The periods of usage: whole local days, compared with the period before, refused with what to correct (R27)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.errors import (
    ChatError,
    DateInvalid,
    EndBeforeStart,
    PeriodFuture,
    PeriodTooEarly,
    PeriodTooLong,
    PeriodUnknown,
)
from data.usage.windows import (
    DAY,
    KINDS,
    Grain,
    Kind,
    Window,
    find_following,
    find_period,
    find_previous,
    list_months,
    list_ranges,
    make_window,
    parse_window,
)

FIRST, TODAY = date(2024, 1, 15), date(2026, 11, 23)

days = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def parse(period: str | None = None, on: str | None = None, *dates: str) -> Window:
    from_on, to_on = dates if dates else (None, None)
    return parse_window(period, on, from_on, to_on, first=FIRST, today=TODAY)


def ends(window: Window) -> tuple[date, date]:
    return window.from_on, window.to_on


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kind: Kind = draw(st.sampled_from(KINDS))
    first = draw(days)
    if kind == "dates":
        return make_window(kind, first, first + draw(st.integers(0, 800)) * DAY)
    return find_period(kind, first)


def test_r27_without_anything_it_is_the_last_28_days() -> None:
    assert ends(parse()) == (date(2026, 10, 27), TODAY)


@pytest.mark.parametrize(
    ("period", "on", "expected"),
    [
        ("day", "2024-02-29", ("2024-02-29", "2024-02-29")),
        ("week", "2026-11-01", ("2026-10-26", "2026-11-01")),  # Monday to Sunday
        ("month", "2024-02-10", ("2024-02-01", "2024-02-29")),
        ("month", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("quarter", "2026-03-31", ("2026-01-01", "2026-03-31")),
        ("quarter", "2026-04-01", ("2026-04-01", "2026-06-30")),
        ("year", "2025-12-31", ("2025-01-01", "2025-12-31")),
    ],
)
def test_r27_a_period_is_the_whole_one_that_the_day_is_in(period: str, on: str, expected: tuple[str, str]) -> None:
    assert ends(parse(period, on)) == tuple(map(date.fromisoformat, expected))


def test_r27_a_period_that_runs_ends_today_beside_as_many_days_of_the_one_before() -> None:
    window = parse("month", "2026-11-02")
    assert ends(window) == (date(2026, 11, 1), TODAY)
    assert window.is_running
    assert ends(find_previous(window)) == (date(2026, 10, 1), date(2026, 10, 23))
    # Of 31 days of March, February has fewer.
    march = parse_window("month", None, None, None, first=FIRST, today=date(2026, 3, 30))
    assert ends(find_previous(march)) == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_period_is_cut_to_what_there_is_and_says_so() -> None:
    window = parse("month", "2024-01-20")
    assert ends(window) == (FIRST, date(2024, 1, 31))
    assert window.is_narrowed
    assert not parse("month", "2024-02-20").is_narrowed


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (("dates", None, "2026-11-03", "2026-11-02"), EndBeforeStart),
        (("dates", None, "2025-02-29", "2025-03-02"), DateInvalid),
        (("dates", None, "2025-02-2x", "2025-03-02"), DateInvalid),
        (("dates", None, "20250202", "2025-03-02"), DateInvalid),
        (("dates", None, "2026-12-01", "2026-12-02"), PeriodFuture),
        (("dates", None, "2026-12-01", ""), PeriodFuture),
        (("dates", None, "2023-01-01", "2024-01-14"), PeriodTooEarly),
        (("dates", None, "2024-02-01", "2027-02-02"), PeriodTooLong),
        (("month", "2026-12-01"), PeriodFuture),
        (("year", "9999-12-31"), PeriodFuture),
        (("week", "0001-01-01"), PeriodTooEarly),
        (("decade", "2026-11-01"), PeriodUnknown),
        (("month", "2026-11"), DateInvalid),
        (("month", "２０２６-11-1"), DateInvalid),
    ],
)
def test_what_cannot_be_a_period_is_refused(asked: tuple[str, ...], error: type[ChatError]) -> None:
    with pytest.raises(error):
        parse(*asked)


def test_three_years_to_the_day_are_not_too_long() -> None:
    assert parse("dates", None, "2024-02-01", "2027-02-01").to_on == TODAY


@given(windows())
def test_r27_the_period_before_touches_and_is_of_its_kind(window: Window) -> None:
    before = find_previous(window)
    assert before.to_on + DAY == window.from_on
    assert before.kind == window.kind
    if window.kind == "dates":
        assert before.days == window.days
    else:
        assert find_period(window.kind, before.from_on) == before


@given(windows(), st.integers(0, 400))
def test_r27_beside_a_period_that_runs_no_day_too_many(window: Window, elapsed: int) -> None:
    assume(elapsed < (window.ends_on - window.starts_on).days)
    running = Window(window.kind, window.from_on, window.from_on + elapsed * DAY, window.starts_on, window.ends_on)
    before = find_previous(running)
    assert before.days == min(running.days, (before.ends_on - before.starts_on).days + 1)
    assert before.ends_on + DAY == running.starts_on


@given(windows(), days)
def test_what_follows_goes_back_to_where_it_came_from(window: Window, today: date) -> None:
    following = find_following(window, today)
    if window.ends_on >= today:
        assert following is None
    else:
        assert following is not None
        assert following.to_on <= today
        before = find_previous(following)
        assert (before.starts_on, before.ends_on) == (window.starts_on, window.ends_on)


@given(windows())
def test_months_and_their_bits_are_the_days_of_the_period(window: Window) -> None:
    whole, cut = list_months(window)
    found = [first + number * DAY for first, bits in cut for number in range(31) if bits >> number & 1]
    for first in whole:
        found += find_period("month", first).list_days()
    assert sorted(found) == list(window.list_days())


KIND_OF: dict[Grain, Kind] = {"day": "day", "month": "month", "qtr": "quarter"}


@given(windows())
def test_what_a_period_is_added_up_from_is_each_of_its_days_once(window: Window) -> None:
    counted: dict[date, int] = {}
    for each in list_ranges(window):
        last = find_period(KIND_OF[each.grain], each.last).to_on
        for day in make_window("dates", each.first, last).list_days():
            counted[day] = counted.get(day, 0) + each.sign
    assert sorted(day for day, times in counted.items() if times) == list(window.list_days())
    assert set(counted.values()) <= {0, 1}


@given(windows(), st.sampled_from(["America/Toronto", "America/Halifax"]))
def test_r27_bounds_are_local_midnights_over_clock_changes(window: Window, timezone: str) -> None:
    begins, after = window.bounds(timezone)
    changes = (after - begins) - timedelta(days=window.days)
    assert abs(changes) in (timedelta(0), timedelta(hours=1))
    assert find_previous(window).bounds(timezone)[1] == begins


def test_r27_a_day_of_23_and_one_of_25_hours() -> None:
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)):
        begins, after = make_window("day", day, day).bounds("America/Halifax")
        assert after - begins == timedelta(hours=hours)

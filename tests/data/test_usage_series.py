"""The course of a period, against loops over the same counters (R26)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.usage.series import HOURS, Course, build_activity, build_heat, frame_moments
from data.usage.spans import choose_grain, split
from data.usage.windows import DAY, Window, find_period, find_previous, make_window

TODAY = date(2026, 11, 24)
FIRST = date(2025, 1, 1)

days = st.dates(FIRST, TODAY)
# Public messages displayed on a day within an hour, and how many managers sent, deleted ones included.
histories = st.dictionaries(
    st.tuples(days, st.integers(0, HOURS - 1)), st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40
)
History = dict[tuple[date, int], tuple[int, int]]


@given(histories, days, days)
def test_r26_points_are_the_sums_of_their_days(history: History, one: date, other: date) -> None:
    window = make_window("dates", min(one, other), max(one, other))
    previous = find_previous(window)
    grain = choose_grain(window)
    activity = build_activity(window, previous, course_of(history, window), TODAY)
    if grain == "hour":
        spans = [window] * HOURS
        assert [point.hour for point in activity.points] == list(range(HOURS))
    else:
        spans = split(window, grain)
        assert [point.starts_on for point in activity.points] == [span.from_on for span in spans]
    before = [previous] * HOURS if grain == "hour" else split(previous, grain)
    for number, (point, span) in enumerate(zip(activity.points, spans, strict=True)):
        hour = point.hour
        assert point.messages == count(history, span, hour)
        assert point.leaders <= point.messages
        assert point.before == (count(history, before[number], hour) if number < len(before) else None)


@given(histories, days, days)
def test_r26_the_heat_map_has_each_message_in_its_hour(history: History, one: date, other: date) -> None:
    window = make_window("dates", min(one, other), max(one, other))
    expected = [[0] * HOURS for _ in range(7)]
    for (day, hour), (messages, _) in history.items():
        if window.covers(day):
            expected[day.weekday()][hour] += messages
    assert [list(row) for row in build_heat(window, course_of(history, window))] == expected


def test_r26_managers_sent_as_many_as_are_displayed_at_most() -> None:
    """Of three that they sent two were deleted since."""
    window = find_period("week", TODAY)
    course = Course(frame_moments([(TODAY, -1, 1, 3)]), frame_moments([]), {})
    point = build_activity(window, None, course, TODAY).points[1]
    assert (point.starts_on, point.messages, point.leaders, point.before) == (TODAY, 1, 1, None)


def count(history: History, span: Window, hour: int | None) -> int:
    return sum(
        messages for (day, at), (messages, _) in history.items() if span.covers(day) and (hour is None or at == hour)
    )


def course_of(history: History, window: Window) -> Course:
    """As the counters have it: months that the period has whole are not read day by day."""
    grain = choose_grain(window)
    by_day: dict[date, list[int]] = {}
    weeks: dict[int, int] = {}
    hours = []
    whole = whole_months(window) | whole_months(find_previous(window)) if grain == "month" else set()
    of_window = whole_months(window) if grain == "month" else set()
    for (day, hour), (messages, leaders) in history.items():
        first = day.replace(day=1) if day.replace(day=1) in whole else day
        sums = by_day.setdefault(first, [0, 0])
        sums[0], sums[1] = sums[0] + messages, sums[1] + leaders
        if day.replace(day=1) in of_window:
            slot = day.weekday() * HOURS + hour
            weeks[slot] = weeks.get(slot, 0) + messages
        else:
            hours.append((day, hour, messages, leaders))
    return Course(frame_moments([(day, -1, *sums) for day, sums in by_day.items()]), frame_moments(hours), weeks)


def whole_months(window: Window) -> set[date]:
    found = set()
    day = window.from_on
    while day <= window.to_on:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if day.day == 1 and following - DAY <= window.to_on:
            found.add(day)
        day = following
    return found

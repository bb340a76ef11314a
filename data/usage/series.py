"""The course of a period: points over time, who took part when, the hours of the week. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from data.usage.report import Activity, ActivityPoint, Grain
from data.usage.stats import ALL_DAY
from data.usage.windows import DAY, Window, list_months, make_window

Moments = Mapping[tuple[date, int], Mapping[str, int]]

HOURS = 24
BY_DAY, BY_WEEK = 62, 184  # days of a period up to which a point is a day, a week
PEOPLE_BY_DAY, PEOPLE_BY_WEEK = 14, 42


@dataclass(frozen=True)
class Course:
    """Counters of the services together: of days and of months whole (slot ALL_DAY), of days by hour; and what
    the whole months of the period display by the hour of the week."""

    days: Moments
    months: Moments
    hours: Moments
    weeks: Mapping[int, int]


def choose_grain(window: Window) -> Grain:
    if window.days == 1:
        return "hour"
    return "day" if window.days <= BY_DAY else "week" if window.days <= BY_WEEK else "month"


def list_cuts(window: Window) -> list[Window]:
    """The days that have to be looked at one by one: all, or those of months that the period has in part."""
    if choose_grain(window) != "month":
        return [window]
    _, cut = list_months(window)
    return [each for each in _split_months(window) if each.from_on.replace(day=1) in {first for first, _ in cut}]


def list_counted_months(window: Window) -> list[date]:
    """The months that are looked at as a whole."""
    return list_months(window)[0] if choose_grain(window) == "month" else []


def split(window: Window, grain: Grain) -> list[Window]:
    """The spans of the points, one after the other; the first and the last may be cut."""
    if grain == "month":
        return list(_split_months(window))
    length = 7 if grain == "week" else 1
    return [
        make_window("dates", first, min(first + (length - 1) * DAY, window.to_on))
        for first in (window.from_on + number * DAY for number in range(0, window.days, length))
    ]


def split_people(window: Window) -> list[Window]:
    grain: Grain = "day" if window.days <= PEOPLE_BY_DAY else "week" if window.days <= PEOPLE_BY_WEEK else "month"
    return split(window, grain)


def _split_months(window: Window) -> Iterator[Window]:
    first = window.from_on
    while first <= window.to_on:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        yield make_window("dates", first, min(following - DAY, window.to_on))
        first = following


def build_activity(window: Window, previous: Window | None, course: Course, today: date) -> Activity:
    """`previous` None: there was nothing before."""
    grain = choose_grain(window)
    if grain == "hour":
        return Activity(grain, tuple(_list_hours(window, previous, course)))
    before = [_count(each, course)[0] for each in split(previous, grain)] if previous else []
    points = []
    for number, span in enumerate(split(window, grain)):
        messages, leaders = _count(span, course)
        is_partial = span.to_on >= today or (grain == "month" and not _is_whole_month(span))
        is_partial = is_partial or (grain == "week" and span.days < 7)
        then = before[number] if number < len(before) else None
        points.append(ActivityPoint(span.from_on, None, messages, leaders, then, is_partial))
    return Activity(grain, tuple(points))


def _list_hours(window: Window, previous: Window | None, course: Course) -> Iterator[ActivityPoint]:
    for hour in range(HOURS):
        messages, leaders = _read(course.hours.get((window.from_on, hour), {}))
        before = _read(course.hours.get((previous.from_on, hour), {}))[0] if previous else None
        yield ActivityPoint(window.from_on, hour, messages, leaders, before, is_partial=False)


def _count(span: Window, course: Course) -> tuple[int, int]:
    """Of whole months the months' own counters, where they were read."""
    if _is_whole_month(span):
        found = [_read(course.months.get((span.from_on, ALL_DAY), {}))]
    else:
        found = [_read(course.days[day, ALL_DAY]) for day in span.list_days() if (day, ALL_DAY) in course.days]
    return sum(messages for messages, _ in found), sum(leaders for _, leaders in found)


def _is_whole_month(span: Window) -> bool:
    return bool(list_months(span)[0])


def _read(counts: Mapping[str, int]) -> tuple[int, int]:
    """Displayed, and of these by managers: what was deleted since is not told apart by author, so it is taken from both
    alike, and never more than there is."""
    messages = counts.get("public_messages", 0) - counts.get("public_deleted", 0)
    return messages, min(counts.get("public_messages_by_leaders", 0), messages)


def build_heat(window: Window, course: Course) -> tuple[tuple[int, ...], ...]:
    """Public messages displayed, by weekday and hour: whole months as they are, other days one by one."""
    cells = [[0] * HOURS for _ in range(7)]
    whole = set(list_counted_months(window))
    for slot, messages in course.weeks.items():
        cells[slot // HOURS][slot % HOURS] += messages
    for (day, hour), counts in course.hours.items():
        if window.covers(day) and day.replace(day=1) not in whole:
            cells[day.weekday()][hour] += _read(counts)[0]
    return tuple(tuple(row) for row in cells)

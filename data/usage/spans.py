"""What a period is looked at by: hours, days, weeks or months, whichever makes as many points as one takes in. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from data.usage.report import Grain
from data.usage.windows import DAY, Window, list_months, make_window

BY_DAY, BY_WEEK = 62, 184  # days of a period up to which a point is a day, a week
PEOPLE_BY_DAY, PEOPLE_BY_WEEK = 14, 42


def choose_grain(window: Window) -> Grain:
    if window.days == 1:
        return "hour"
    return "day" if window.days <= BY_DAY else "week" if window.days <= BY_WEEK else "month"


def list_cuts(window: Window, grain: Grain) -> list[Window]:
    """The days that have to be looked at one by one: all, or those of months that the period has in part."""
    if grain != "month":
        return [window]
    _, cut = list_months(window)
    return [each for each in _split_months(window) if each.from_on.replace(day=1) in {first for first, _ in cut}]


def list_counted_months(window: Window, grain: Grain) -> list[date]:
    """The months that are looked at as a whole."""
    return list_months(window)[0] if grain == "month" else []


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

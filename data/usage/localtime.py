"""Local days and hours of many instants at once, clock changes included.

Hours are numbered without a gap from the year 1 on, as `date.toordinal` numbers days: hour // 24 is the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data import clock

HOUR = 3_600_000
SINCE_YEAR_1 = date(1970, 1, 1).toordinal() * 24 * HOUR
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
BEGINNING = np.iinfo(np.int64).min

Numbers = NDArray[np.int64]


def to_hours(instants: Numbers, timezone: str) -> Numbers:
    """The local hour of each instant (milliseconds since 1970)."""
    from_at, shifts = _list_offsets(timezone)
    return (instants + shifts[np.searchsorted(from_at, instants, side="right") - 1]) // HOUR


def to_hours_of(organizations: Numbers, instants: Numbers, timezones: Mapping[int, str]) -> Numbers:
    """Each by the clock of its organization."""
    zones: defaultdict[str, list[int]] = defaultdict(list)
    for organization_id, timezone in timezones.items():
        zones[timezone].append(organization_id)
    if len(zones) == 1:
        return to_hours(instants, next(iter(zones)))
    hours = np.zeros_like(instants)
    for timezone, here in zones.items():
        is_here = np.isin(organizations, here)
        hours[is_here] = to_hours(instants[is_here], timezone)
    return hours


@cache
def _list_offsets(timezone: str) -> tuple[Numbers, Numbers]:
    """From when on, and how many milliseconds to add."""
    changes = list(_find_changes(timezone))
    return np.array([at for at, _ in changes]), np.array([offset + SINCE_YEAR_1 for _, offset in changes])


def _find_changes(timezone: str) -> Iterator[tuple[int, int]]:
    at = FIRST
    known = _offset(at, timezone)
    yield BEGINNING, known
    while at < LAST:
        later = at + timedelta(days=7)
        if _offset(later, timezone) != known:
            at = _bisect(at, later, timezone)
            known = _offset(at, timezone)
            yield clock.to_ms(at), known
        else:
            at = later


def _bisect(before: datetime, after: datetime, timezone: str) -> datetime:
    """The second of the change between the two."""
    known = _offset(before, timezone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) // 2).replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, timezone) == known else (before, middle)
    return after


def _offset(at: datetime, timezone: str) -> int:
    shift = at.astimezone(clock.zone(timezone)).utcoffset()
    assert shift is not None
    return shift // timedelta(milliseconds=1)


@cache
def to_date(day: int) -> date:
    return date.fromordinal(max(day, 1))  # an imported message of the year 1 may fall before it, by its zone


@cache
def to_text(day: int) -> str:
    """As SQLite keeps a date."""
    return to_date(day).isoformat()


@cache
def first_of_month(day: int) -> int:
    return to_date(day).replace(day=1).toordinal()


@cache
def first_of_quarter(day: int) -> int:
    on = to_date(day)
    return on.replace(month=on.month - (on.month - 1) % 3, day=1).toordinal()


def to_months(days: Numbers) -> Numbers:
    """The first day of the month of each."""
    return _to_firsts(days, first_of_month)


def to_quarters(days: Numbers) -> Numbers:
    """The first day of the quarter of each."""
    return _to_firsts(days, first_of_quarter)


def _to_firsts(days: Numbers, find_first: Callable[[int], int]) -> Numbers:
    if not len(days):
        return days
    first, last = int(days.min()), int(days.max())
    firsts = np.array([find_first(day) for day in range(first, last + 1)], dtype=np.int64)
    return firsts[days - first]

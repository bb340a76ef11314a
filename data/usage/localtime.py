"""Local days and hours by SQL: when a zone's clock stood how far from UTC, clock changes included.

Hours are numbered without a gap from the year 1 on, as `date.toordinal` numbers days: hour // 24 is the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from data import clock

HOUR = 3_600_000
DAY = 24 * HOUR
SINCE_YEAR_1 = datetime(1970, 1, 1).toordinal() * DAY  # noqa: DTZ001 (a calendar, no instant)
FIRST = datetime(1900, 1, 1, tzinfo=UTC)  # no clock was changed before
BEGINNING = -(2**62)

Offset = tuple[int, int]  # from that instant on, milliseconds to add for numbered local time


@cache
def list_offsets(timezone: str, until_year: int) -> tuple[Offset, ...]:
    """The zone's offsets up to the end of a year, in order."""
    return tuple((at, offset + SINCE_YEAR_1) for at, offset in _find_changes(timezone, until_year))


def _find_changes(timezone: str, until_year: int) -> Iterator[Offset]:
    at, end = FIRST, datetime(until_year + 1, 1, 2, tzinfo=UTC)
    known = _offset(at, timezone)
    yield BEGINNING, known
    while at < end:
        later = at + timedelta(days=7)
        if _offset(later, timezone) != known:
            at = _bisect(at, later, timezone)
            known = _offset(at, timezone)
            yield clock.to_ms(at), known
        else:
            at = later


def _bisect(before: datetime, after: datetime, timezone: str) -> datetime:
    """The second of the first change between the two."""
    known = _offset(before, timezone)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if _offset(middle, timezone) == known else (before, middle)
    return after


def _offset(at: datetime, timezone: str) -> int:
    shift = at.astimezone(clock.zone(timezone)).utcoffset()
    assert shift is not None
    return shift // timedelta(milliseconds=1)

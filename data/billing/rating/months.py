"""Local months and days. A set of days of one month is an integer: bit 0 is the 1st."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; written `2026-09`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        year, number = text.split("-")
        return cls.of(date(int(year), int(number), 1))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @cached_property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @cached_property
    def last(self) -> date:
        return date(self.year, self.number, self.days)

    @cached_property
    def days(self) -> int:
        return monthrange(self.year, self.number)[1]

    def shift(self, months: int) -> Month:
        ordinal = self.year * 12 + self.number - 1 + months
        return Month(ordinal // 12, ordinal % 12 + 1)

    def since(self, other: Month) -> int:
        """How many months after `other`."""
        return (self.year - other.year) * 12 + self.number - other.number


@lru_cache
def zone_of(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def local_day(instant: datetime, timezone: str) -> date:
    return instant.astimezone(zone_of(timezone)).date()


def last_local_day(ends_at: datetime, timezone: str) -> date:
    """The last local day of a half-open period: an end at exactly midnight frees the day that begins."""
    return local_day(ends_at - INSTANT, timezone)


def first_instant(day: date, timezone: str) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(timezone)).astimezone(UTC)


def days_between(first: date, last: date | None, month: Month) -> int:
    """The days of the month from `first` to `last`, both included (None: without end)."""
    start = 1 if first <= month.first else first.day if first <= month.last else month.days + 1
    stop = month.days if last is None or last >= month.last else last.day if last >= month.first else 0
    return ((1 << stop) - 1) >> (start - 1) << (start - 1) if start <= stop else 0


def dates_of(days: int, month: Month) -> tuple[date, ...]:
    return tuple(month.first + DAY * number for number in range(month.days) if days >> number & 1)

"""Quiet hours (R20): a span of the local day in which nothing alerts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from data import clock
from data.errors import HourInvalid

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class QuietHours:
    """From `starts` to just before `ends`, in minutes after midnight; over midnight where it ends before it starts;
    none where both are the same."""

    starts: int
    ends: int

    def covers(self, minute: int) -> bool:
        if self.starts <= self.ends:
            return self.starts <= minute < self.ends
        return minute >= self.starts or minute < self.ends


DEFAULT = QuietHours(21 * 60, 7 * 60)


def find_end(quiet: QuietHours, instant: datetime, timezone: str) -> datetime | None:
    """When the quiet hours around `instant` are over; None outside of them. An hour that the clock shows twice counts
    as late as it can, so that the end is always still to come."""
    local = instant.astimezone(clock.zone(timezone))
    minute = 60 * local.hour + local.minute
    if not quiet.covers(minute):
        return None
    goes_over_midnight = quiet.ends <= quiet.starts and minute >= quiet.starts
    day = local.date() + timedelta(days=int(goes_over_midnight))
    hour = time(quiet.ends // 60 % 24, quiet.ends % 60)
    ends = [
        datetime.combine(day, hour, clock.zone(timezone)).replace(fold=fold).astimezone(UTC) for fold in (False, True)
    ]
    return next((end for end in ends if end > instant), ends[-1])


def check_quiet_hours(quiet: QuietHours) -> None:
    """Hours of a day; `HourInvalid` otherwise."""
    if not (0 <= quiet.starts < DAY_MINUTES and 0 <= quiet.ends < DAY_MINUTES):
        raise HourInvalid()

"""What fields and addresses say, as ids and days. What cannot be one is an id that nobody has, or a refusal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from data import clock
from data.errors import DateInvalid, ServiceMissing

LARGEST = 2**53  # what a script can count to
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"[0-2]\d:[0-5]\d")


def parse_id(value: object) -> int:
    """The id in a choice, a store or an address; 0 for anything else."""
    text = str(value) if isinstance(value, int | str) else ""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0
    return number if number <= LARGEST else 0


def parse_service(value: str | None) -> int:
    if not value:
        raise ServiceMissing()
    return parse_id(value)


def parse_choice(value: str | None) -> int | None:
    """The id behind an optional choice."""
    return parse_id(value) if value else None


def parse_day(text: str | None) -> date:
    """A day as a date field gives it: 2026-11-23."""
    try:
        if text is None or not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise DateInvalid() from None


def parse_moment(day: str | None, hour: str | None, timezone: str) -> datetime:
    """A local day and hour as their fields give them: 2026-11-23, 08:30."""
    try:
        if hour is None or not _HOUR.fullmatch(hour):
            raise ValueError
        return datetime.combine(parse_day(day), time.fromisoformat(hour), clock.zone(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise DateInvalid() from None

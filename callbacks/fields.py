"""What fields and addresses say, as ids and days. What cannot be one is an id that nobody has, or a refusal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import msgspec

from callbacks.bodies import DRAWN_LIMIT
from data import clock
from data.errors import DateInvalid, HourInvalid, ServiceMissing

LARGEST = 2**53  # what a script can count to
CHOSEN_LIMIT = 500

# The lists that a callback may be given; one without an end is held against the server by test_architecture.
Id = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Ids = Annotated[list[Id], msgspec.Meta(max_length=CHOSEN_LIMIT)]
Words = Annotated[list[str], msgspec.Meta(max_length=CHOSEN_LIMIT)]
Shown = Annotated[list[dict[str, Any]], msgspec.Meta(max_length=CHOSEN_LIMIT)]  # the options of a list of choices
Drawn = Annotated[list[int | None], msgspec.Meta(max_length=DRAWN_LIMIT)]  # the clicks of all buttons of a kind
DrawnTexts = Annotated[list[str | None], msgspec.Meta(max_length=DRAWN_LIMIT)]
DrawnIds = Annotated[list[dict[str, Any]], msgspec.Meta(max_length=DRAWN_LIMIT)]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = re.compile(r"[0-2]\d:[0-5]\d")


def parse_id(value: object) -> int:
    """The id in a choice, a store or an address; 0 for anything else."""
    text = str(value) if isinstance(value, int | str) else ""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 17 else 0
    return number if number <= LARGEST else 0


def merge_choice(chosen: list[int], ticked: list[int], shown: list[dict[str, Any]]) -> list[int]:
    """People already chosen stay chosen when the list shows others."""
    listed, now = {parse_id(option.get("value")) for option in shown}, set(ticked)
    kept = [person_id for person_id in chosen if person_id not in listed or person_id in now]
    return list(dict.fromkeys([*kept, *ticked]))[:CHOSEN_LIMIT]


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


def parse_minute(hour: str | None) -> int:
    """Minutes after midnight of an hour as its field gives it: 21:30."""
    try:
        if hour is None or not _HOUR.fullmatch(hour):
            raise ValueError
        at = time.fromisoformat(hour)
    except ValueError:
        raise HourInvalid() from None
    return 60 * at.hour + at.minute


def format_minute(minute: int) -> str:
    """As a field of an hour takes it."""
    return f"{minute // 60:02}:{minute % 60:02}"

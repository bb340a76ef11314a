"""What teams say to each other every day: enough months of it for the figures of usage to have something to compare.
The same each time; from a few sentences, by people who use the application, in hours that they are awake."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data import clock

DAYS = 66
WAKING = (7, 8, 9, 10, 11, 11, 13, 14, 15, 16, 16, 17, 19, 20, 21)


@dataclass(frozen=True)
class Said:
    at: datetime
    number: str
    text: str


@dataclass(frozen=True)
class Looked:
    at: datetime
    number: str


def list_colleagues(conversation: dict[str, Any], people: list[dict[str, Any]], first: date) -> list[str]:
    """Who takes part: those of the service who use the application, were there from the beginning and are still."""
    return [
        person["number"]
        for person in people
        if person["service"] == conversation["service"]
        and person["app"]
        and not person["ended"]
        and date.fromisoformat(person["hired_on"]) < first
    ]


def list_day(
    conversation: dict[str, Any], exchanges: list[list[str]], numbers: list[str], day: date, timezone: str
) -> Iterator[Said | Looked]:
    """In the order of time. At weekends less is said."""
    chance = random.Random(f"{conversation['service']}/{(day - date(2024, 1, 1)).days % DAYS}")  # noqa: S311
    share = 0.8 if day.weekday() < 5 else 0.45
    often = conversation["a_day"] * share
    count = int(often) + (chance.random() < often % 1)
    for hour in sorted(chance.sample(WAKING, count)):
        at = datetime(day.year, day.month, day.day, hour, chance.randint(0, 40), tzinfo=clock.zone(timezone))
        yield from _talk(chance.choice(exchanges), numbers, at.astimezone(UTC), chance)


def _talk(texts: list[str], numbers: list[str], at: datetime, chance: random.Random) -> Iterator[Said | Looked]:
    who = chance.sample(numbers, min(len(texts), len(numbers)))
    for turn, text in enumerate(texts):
        # The third answers the first, who asked.
        yield Said(at, who[0] if turn == 2 else who[turn % len(who)], text)
        at += timedelta(seconds=chance.randint(25, 420))
    for number in chance.sample(numbers, chance.randint(len(numbers) // 3, len(numbers) - 1)):
        at += timedelta(seconds=chance.randint(1, 240))
        yield Looked(at, number)

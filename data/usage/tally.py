"""What a batch adds up to, before it is written (data/usage/writing). Days and months are numbered here as
`date.toordinal` numbers them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from data.usage.stats import Fact, Measure, Slot, list_counting

WHOLE = 0  # the service_id of the organization as a whole

CountKey = tuple[int, int, str, str, int, int]  # organization, service, stat, grain, first day, slot
DelayKey = tuple[int, str, str, int, int]  # service, stat, grain, first day, organization


class Place(NamedTuple):
    organization_id: int
    service_id: int


class Marked(NamedTuple):
    """Somebody, or a conversation, in a month."""

    service_id: int
    month: int
    id: int
    organization_id: int


class Tally:
    """Counts and delays are added to what is there; days (bits of a month) are marked, twice is the same as once."""

    def __init__(self) -> None:
        self.counts: defaultdict[CountKey, int] = defaultdict(int)
        self.delays: defaultdict[DelayKey, Counter[int]] = defaultdict(Counter)
        self.read: defaultdict[Marked, int] = defaultdict(int)
        self.sent: defaultdict[Marked, int] = defaultdict(int)
        self.heard: defaultdict[Marked, int] = defaultdict(int)

    def add_facts(self, place: Place, hour: int, fact: Fact, count: int, readers: int) -> None:
        """Facts of a local hour."""
        organization, service = place
        day = hour // 24
        month = first_of_month(day)
        for stat in list_counting(fact, by_delay=False):
            value = readers if stat.measure is Measure.READERS else count
            by_day, by_month = (hour % 24, (hour - 24) % (7 * 24)) if stat.slot is Slot.HOUR else (0, 0)
            for scope in (service, WHOLE):
                self.counts[organization, scope, stat.name, "day", day, by_day] += value
                self.counts[organization, scope, stat.name, "month", month, by_month] += value

    def add_delays(self, place: Place, day: int, fact: Fact, steps: Mapping[int, int]) -> None:
        """Facts of a local day, by their delay."""
        month = first_of_month(day)
        for stat in list_counting(fact, by_delay=True):
            self.delays[place.service_id, stat.name, "day", day, place.organization_id].update(steps)
            self.delays[place.service_id, stat.name, "month", month, place.organization_id].update(steps)


def mark(days: defaultdict[Marked, int], place: Place, marked_id: int, day: int) -> None:
    month = first_of_month(day)
    days[Marked(place.service_id, month, marked_id, place.organization_id)] |= 1 << (day - month)


@cache
def first_of_month(day: int) -> int:
    return to_date(day).replace(day=1).toordinal()


@cache
def to_date(day: int) -> date:
    return date.fromordinal(max(day, 1))  # an imported message of the year 1 may fall before it, by its zone

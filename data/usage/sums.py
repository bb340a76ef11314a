"""What the facts of a batch add up to, counter by counter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from data.usage.buckets import to_buckets
from data.usage.groups import Groups, group
from data.usage.localtime import to_months, to_quarters
from data.usage.records import Records, make_people, make_steps
from data.usage.stats import ALL_DAY, DELAY_STATS, STATS, DelayStat, Facts, Numbers, Slot, Source, Stat
from data.usage.windows import Grain

WHOLE = 0  # the service_id of the organization as a whole
GRAINS: Mapping[Grain, Callable[[Numbers], Numbers]] = {
    "day": lambda days: days,
    "month": to_months,
    "qtr": to_quarters,
}

Place = tuple[int, int]  # organization, service
CountKey = tuple[int, int, str, str, int, int]  # organization, service, stat, grain, first day, slot
WaitKey = tuple[int, str, str, int, int]  # service, stat, grain, first day, organization
DeedKey = tuple[int, int, int]  # service, month, organization
HeardKey = tuple[int, int, int, int]  # service, month, conversation, organization


@dataclass
class Tally:
    """Counts and delays (`waits`) are added to what is there. Days are marked: bits of a month, twice is the same as
    once. Days, months and quarters are numbered by `date.toordinal`."""

    counts: dict[CountKey, int] = field(default_factory=dict)
    waits: dict[WaitKey, Records] = field(default_factory=dict)
    deeds: dict[DeedKey, Records] = field(default_factory=dict)
    heard: dict[HeardKey, int] = field(default_factory=dict)


def add_up(places: Sequence[Place], sources: Mapping[Source, Facts]) -> Tally:
    tally = Tally()
    for source, facts in sources.items():
        groupings = _Groupings(facts)
        for stat in STATS:
            if stat.source == source:
                _add_stat(tally, places, stat, facts, groupings)
        for delay_stat in DELAY_STATS:
            if delay_stat.source == source:
                _add_waits(tally, places, delay_stat, facts)
    if "sent" in sources:
        _mark_sent(tally, places, sources["sent"])
    return tally


class _Groupings:
    """Facts by place and hour, and what follows from that without sorting again: by day, month or quarter."""

    def __init__(self, facts: Facts) -> None:
        self._by_hour = group(facts.place, facts.hour)
        self._by_day = self._by_hour.coarser(lambda hour: hour // 24)
        self._of_week: Groups | None = None
        self._facts = facts

    def list_for(self, slot: Slot) -> Iterator[tuple[Grain, Groups]]:
        """Keys: place, first day, slot."""
        if slot is Slot.HOUR:
            yield "day", self._by_hour.split(lambda hour: (hour // 24, hour % 24))
            yield "month", self._group_weeks()
        else:
            for grain, to_first in GRAINS.items():
                yield grain, self._by_day.coarser(to_first).split(lambda first: (first, np.full_like(first, ALL_DAY)))

    def _group_weeks(self) -> Groups:
        if self._of_week is None:
            facts = self._facts
            self._of_week = group(facts.place, to_months(facts.day), (facts.hour - 24) % (7 * 24))
        return self._of_week


def _add_stat(tally: Tally, places: Sequence[Place], stat: Stat, facts: Facts, groupings: _Groupings) -> None:
    chosen, amounts = stat.counts(facts), stat.amounts(facts)
    values = chosen.astype(np.int64) if amounts is None else np.where(chosen, amounts, 0)
    for grain, groups in groupings.list_for(stat.slot):
        sums = groups.sum(values)
        some = np.flatnonzero(sums)
        keys = (column[some].tolist() for column in groups.keys)
        for number, first, slot, value in zip(*keys, sums[some].tolist(), strict=True):
            organization, service = places[number]
            for scope in (service, WHOLE):
                key = (organization, scope, stat.name, grain, first, slot)
                tally.counts[key] = tally.counts.get(key, 0) + value


def _add_waits(tally: Tally, places: Sequence[Place], stat: DelayStat, facts: Facts) -> None:
    delays = stat.delays(facts)
    assert delays is not None, stat.name
    chosen = delays >= 0
    place, days, steps = facts.place[chosen], facts.day[chosen], to_buckets(delays[chosen])
    for grain, to_first in GRAINS.items():
        by_step = group(place, to_first(days), steps)
        *keys, each_step = by_step.keys
        records = make_steps(each_step, by_step.count())
        for (number, first), found in _cut(keys, records):
            organization, service = places[number]
            tally.waits[service, stat.name, grain, first, organization] = found


def _mark_sent(tally: Tally, places: Sequence[Place], sent: Facts) -> None:
    works = sent.employed
    mark_people(tally, places, sent.place[works], sent.author[works], sent.day[works], deed="sent")
    number, month, conversation, bits = _mark(sent.place, sent.conversation, sent.day)
    for each, first, whose, days in zip(
        *(found.tolist() for found in (number, month, conversation, bits)), strict=True
    ):
        organization, service = places[each]
        tally.heard[service, first, whose, organization] = days


def mark_people(
    tally: Tally,
    places: Sequence[Place],
    place: Numbers,
    person: Numbers,
    days: Numbers,
    *,
    deed: Literal["read", "sent"],
) -> None:
    """The days on which people did that somewhere."""
    number, month, whose, bits = _mark(place, person, days)
    records = make_people(whose, read=bits) if deed == "read" else make_people(whose, sent=bits)
    for (each, first), found in _cut((number, month), records):
        organization, service = places[each]
        tally.deeds[service, first, organization] = found


def _mark(place: Numbers, whose: Numbers, days: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Place, month, person or conversation; and the days of the month, as bits."""
    months = to_months(days)
    groups = group(place, months, whose)
    bits = np.bitwise_or.reduceat(np.left_shift(1, days - months)[groups.order], groups.starts) if len(days) else days
    number, month, each = groups.keys
    return number, month, each, bits


def _cut(keys: Sequence[Numbers], records: Records) -> Iterator[tuple[list[int], Records]]:
    """Records that lie in the order of their keys, by key."""
    outer = group(*keys)
    for key, begin, end in zip(zip(*outer.list_keys(), strict=True), *outer.list_bounds(), strict=True):
        yield list(key), records[begin:end]

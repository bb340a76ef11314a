"""What the facts of a batch add up to, counter by counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.usage.buckets import to_buckets
from data.usage.groups import Groups, group
from data.usage.localtime import first_of_month, to_months
from data.usage.stats import DELAY_STATS, STATS, DelayStat, Facts, Numbers, Slot, Source, Stat

WHOLE = 0  # the service_id of the organization as a whole

Place = tuple[int, int]  # organization, service
CountKey = tuple[int, int, str, str, int, int]  # organization, service, stat, grain, first day, slot
DelayKey = tuple[int, str, str, int, int]  # service, stat, grain, first day, organization
MarkKey = tuple[int, int, int, int]  # service, month, person or conversation, organization


@dataclass
class Tally:
    """Counts and delays are added to what is there. Days are marked: bits of a month, twice is the same as once. Days
    and months are numbered by `date.toordinal`."""

    counts: dict[CountKey, int] = field(default_factory=dict)
    delays: dict[DelayKey, dict[int, int]] = field(default_factory=dict)
    read: dict[MarkKey, int] = field(default_factory=dict)
    sent: dict[MarkKey, int] = field(default_factory=dict)
    heard: dict[MarkKey, int] = field(default_factory=dict)


def add_up(places: Sequence[Place], sources: Mapping[Source, Facts]) -> Tally:
    tally = Tally()
    for source, facts in sources.items():
        by_hour = group(facts.place, facts.hour)
        by_day = by_hour.coarser(lambda hour: hour // 24 * 24)
        for stat in STATS:
            if stat.source == source:
                _add_stat(tally, places, stat, facts, by_hour if stat.slot is Slot.HOUR else by_day)
        for delay_stat in DELAY_STATS:
            if delay_stat.source == source:
                _add_delays(tally, places, delay_stat, facts)
    if "sent" in sources:
        _mark_sent(tally, places, sources["sent"])
    return tally


def _mark_sent(tally: Tally, places: Sequence[Place], sent: Facts) -> None:
    works = sent.employed
    mark_days(tally.sent, places, sent.place[works], sent.author[works], sent.day[works])
    mark_days(tally.heard, places, sent.place, sent.conversation, sent.day)


def _add_stat(tally: Tally, places: Sequence[Place], stat: Stat, facts: Facts, groups: Groups) -> None:
    chosen, amounts = stat.counts(facts), stat.amounts(facts)
    values = groups.sum(chosen.astype(np.int64) if amounts is None else np.where(chosen, amounts, 0))
    some = np.flatnonzero(values)
    keys = (column[some].tolist() for column in groups.keys)
    for place, hour, value in zip(*keys, values[some].tolist(), strict=True):
        _add_count(tally.counts, places[place], stat, hour, value)


def _add_count(counts: dict[CountKey, int], place: Place, stat: Stat, hour: int, value: int) -> None:
    organization, service = place
    day = hour // 24
    month = first_of_month(day)
    by_day, by_month = (hour % 24, (hour - 24) % (7 * 24)) if stat.slot is Slot.HOUR else (0, 0)
    for scope in (service, WHOLE):
        for key in (
            (organization, scope, stat.name, "day", day, by_day),
            (organization, scope, stat.name, "month", month, by_month),
        ):
            counts[key] = counts.get(key, 0) + value


def _add_delays(tally: Tally, places: Sequence[Place], stat: DelayStat, facts: Facts) -> None:
    delays = stat.delays(facts)
    assert delays is not None, stat.name
    chosen = delays >= 0
    place, days, steps = facts.place[chosen], facts.day[chosen], to_buckets(delays[chosen])
    for grain, starts in (("day", days), ("month", to_months(days))):
        by_step = group(place, starts, steps)
        numbers, first_days, each_step = by_step.keys
        counts = by_step.count()
        outer = group(numbers, first_days)
        for number, first_day, begin, end in zip(*outer.list_keys(), *outer.list_bounds(), strict=True):
            organization, service = places[number]
            key = (service, stat.name, grain, first_day, organization)
            tally.delays[key] = dict(zip(each_step[begin:end].tolist(), counts[begin:end].tolist(), strict=True))


def mark_days(
    marked: dict[MarkKey, int], places: Sequence[Place], place: Numbers, whose: Numbers, days: Numbers
) -> None:
    """The days on which somebody did something somewhere, or something was heard."""
    months = to_months(days)
    groups = group(place, months, whose)
    bits = np.bitwise_or.reduceat(np.left_shift(1, days - months)[groups.order], groups.starts) if len(days) else days
    for number, month, each, mask in zip(*groups.list_keys(), bits.tolist(), strict=True):
        organization, service = places[number]
        marked[service, month, each, organization] = mask

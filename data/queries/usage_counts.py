"""What the counters say of a period: sums by service, delays, the course of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Table, and_, case, false, func, literal, or_, select, union_all

from data.db import Reader
from data.models import usage_counts, usage_delays
from data.usage.buckets import LONGEST, to_buckets, unpack
from data.usage.staff import Numbers
from data.usage.stats import DELAY_STATS, STATS, Slot
from data.usage.windows import Range, Window, list_ranges

Counts = dict[int, dict[str, int]]
Delays = dict[tuple[int, str], Numbers]

SUMMED = [stat.name for stat in STATS if stat.slot is Slot.NONE]
STEPS = int(to_buckets(np.array([LONGEST]))[0]) + 1


def sum_counts(
    reader: Reader, organization_id: int, service_ids: Collection[int], windows: Sequence[Window]
) -> list[Counts]:
    """By service and counter, for each period."""
    parts = [
        select(
            literal(number),
            usage_counts.c.service_id,
            usage_counts.c.stat,
            func.sum(usage_counts.c.value * each.sign),
        )
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(service_ids),
            usage_counts.c.stat.in_(SUMMED),
            _is_within(usage_counts, each),
        )
        .group_by(usage_counts.c.service_id, usage_counts.c.stat)
        for number, window in enumerate(windows)
        for each in list_ranges(window)
    ]
    found: list[Counts] = [{} for _ in windows]
    for number, service_id, stat, value in reader.execute(union_all(*parts)).all():
        counts = found[number].setdefault(service_id, {})
        counts[stat] = counts.get(stat, 0) + int(value)
    return found


def _is_within(table: Table, chosen: Range) -> ColumnElement[bool]:
    """A range of the key."""
    starts_on = table.c.starts_on
    return and_(table.c.grain == chosen.grain, starts_on >= chosen.first, starts_on <= chosen.last)


def read_delays(reader: Reader, service_ids: Collection[int], windows: Sequence[Window]) -> list[Delays]:
    """By service and counter, how many of each step, for each period."""
    parts = [
        select(
            literal(number), literal(each.sign), usage_delays.c.service_id, usage_delays.c.stat, usage_delays.c.steps
        ).where(
            usage_delays.c.service_id.in_(service_ids),
            usage_delays.c.stat.in_([stat.name for stat in DELAY_STATS]),
            _is_within(usage_delays, each),
        )
        for number, window in enumerate(windows)
        for each in list_ranges(window)
    ]
    found: list[Delays] = [{} for _ in windows]
    for number, sign, service_id, stat, text in reader.execute(union_all(*parts)).all():
        delays = found[number].get((service_id, stat))
        if delays is None:
            delays = found[number][service_id, stat] = np.zeros(STEPS, dtype=np.int64)
        delays += _unpack(text) * sign
    return found


@lru_cache(maxsize=8192)
def _unpack(text: str) -> NDArray[np.int32]:
    """Months that are over are looked at again and again, and stay as they are: 4 kB each."""
    found = unpack(text)
    delays = np.zeros(STEPS, dtype=np.int32)
    delays[np.fromiter(found.keys(), np.int64, len(found))] = np.fromiter(found.values(), np.int32, len(found))
    return delays


Moments = Mapping[tuple[date, int], Mapping[str, int]]

TOTALS = ("public_messages_total", "public_messages_by_leaders_total", "public_deleted_total")
HOURS = ("public_messages", "public_messages_by_leaders", "public_deleted")


def read_days(
    reader: Reader, organization_id: int, scope_ids: Collection[int], windows: Iterable[Window], stats: Sequence[str]
) -> Moments:
    """Day by day (and by hour, where the counters are), for the services together."""
    dates = [usage_counts.c.starts_on.between(each.from_on, each.to_on) for each in windows]
    return _read(reader, organization_id, scope_ids, stats, usage_counts.c.grain == "day", or_(false(), *dates))


def read_months(
    reader: Reader, organization_id: int, scope_ids: Collection[int], months: Sequence[date], stats: Sequence[str]
) -> Moments:
    """Month by month, for the services together."""
    here = (usage_counts.c.grain == "month", usage_counts.c.starts_on.in_(months))
    return _read(reader, organization_id, scope_ids, stats, *here)


def sum_weeks(
    reader: Reader, organization_id: int, scope_ids: Collection[int], months: Sequence[date]
) -> Mapping[int, int]:
    """Public messages displayed, by hour of the week, of the months together."""
    value = case((usage_counts.c.stat == "public_deleted", -usage_counts.c.value), else_=usage_counts.c.value)
    rows = reader.execute(
        select(usage_counts.c.slot, func.sum(value))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            usage_counts.c.stat.in_(("public_messages", "public_deleted")),
            usage_counts.c.grain == "month",
            usage_counts.c.starts_on.in_(months),
        )
        .group_by(usage_counts.c.slot)
    ).all()
    return {slot: int(messages) for slot, messages in rows}


def _read(
    reader: Reader,
    organization_id: int,
    scope_ids: Collection[int],
    stats: Sequence[str],
    *when: ColumnElement[bool],
) -> Moments:
    rows = reader.execute(
        select(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat, func.sum(usage_counts.c.value))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            usage_counts.c.stat.in_(stats),
            *when,
        )
        .group_by(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat)
    ).all()
    found: dict[tuple[date, int], dict[str, int]] = {}
    for day, slot, stat, value in rows:
        found.setdefault((day, slot), {})[stat.removesuffix("_total")] = int(value)
    return found

"""What the counters say of a period: sums by service, delays, the course of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)

from data.db import Reader
from data.models import usage_counts, usage_waits
from data.models.usage import TOTALS as IN_TOTALS
from data.usage.buckets import LONGEST, to_buckets
from data.usage.records import STEP, join_records
from data.usage.staff import Numbers
from data.usage.stats import DELAY_STATS
from data.usage.windows import Range, Window, list_ranges

Counts = dict[int, dict[str, int]]
Delays = dict[tuple[int, str], Numbers]

_IS_TOTAL = text(IN_TOTALS)  # as the index says it, or it would not be looked at
STEPS = int(to_buckets(np.array([LONGEST]))[0]) + 1


def sum_counts(
    reader: Reader, organization_id: int, service_ids: Collection[int], windows: Sequence[Window]
) -> list[Counts]:
    """By service and counter, for each period."""
    parts = [
        select(
            literal(number).label("period"),
            usage_counts.c.service_id,
            usage_counts.c.stat,
            (usage_counts.c.value * each.sign).label("value"),
        ).where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(service_ids),
            _is_within(usage_counts, each),
            _IS_TOTAL,
        )
        for number, window in enumerate(windows)
        for each in list_ranges(window)
    ]
    every = union_all(*parts).subquery()
    rows = reader.execute(
        select(every.c.period, every.c.service_id, every.c.stat, func.sum(every.c.value)).group_by(
            every.c.period, every.c.service_id, every.c.stat
        )
    )
    found: list[Counts] = [{} for _ in windows]
    for number, service_id, stat, value in rows:
        found[number].setdefault(service_id, {})[stat] = int(value)
    return found


def _is_within(table: Table, chosen: Range) -> ColumnElement[bool]:
    """A range of the key."""
    starts_on = table.c.starts_on
    return and_(table.c.grain == chosen.grain, starts_on >= chosen.first, starts_on <= chosen.last)


def read_delays(reader: Reader, service_ids: Collection[int], windows: Sequence[Window]) -> list[Delays]:
    """By service and counter, how many of each step, for each period."""
    parts = [
        select(
            literal(number), literal(each.sign), usage_waits.c.service_id, usage_waits.c.stat, usage_waits.c.steps
        ).where(
            usage_waits.c.service_id.in_(service_ids),
            usage_waits.c.stat.in_([stat.name for stat in DELAY_STATS]),
            _is_within(usage_waits, each),
        )
        for number, window in enumerate(windows)
        for each in list_ranges(window)
    ]
    rows = reader.execute(union_all(*parts)).all()
    keys = {key: place for place, key in enumerate({(number, service, stat) for number, _, service, stat, _ in rows})}
    records, sizes = join_records(STEP, [row[4] for row in rows])
    begins = np.repeat(np.array([keys[row[0], row[2], row[3]] * STEPS for row in rows], dtype=np.int64), sizes)
    signs = np.repeat(np.array([row[1] for row in rows], dtype=np.float64), sizes)
    sums = np.bincount(begins + records["step"], records["count"] * signs, len(keys) * STEPS).astype(np.int64)
    found: list[Delays] = [{} for _ in windows]
    for ((number, service, stat), _), delays in zip(keys.items(), sums.reshape(-1, STEPS), strict=True):
        found[number][service, stat] = delays
    return found


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

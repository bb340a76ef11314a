"""What the counters say of a period: sums by service, delays, the course of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select, union_all

from data.db import Reader
from data.models import usage_counts, usage_delays
from data.usage.buckets import unpack
from data.usage.stats import DELAY_STATS, STATS
from data.usage.windows import DAY, Window, list_months

Counts = dict[int, dict[str, int]]
Delays = dict[tuple[int, str], Counter[int]]


def sum_counts(
    reader: Reader, organization_id: int, service_ids: Collection[int], windows: Sequence[Window]
) -> list[Counts]:
    """By service and counter, for each period."""
    parts = [
        _select_sums(number, organization_id, service_ids, grain)
        for number, window in enumerate(windows)
        for grain in _list_grains(window)
    ]
    found: list[Counts] = [{} for _ in windows]
    for number, service_id, stat, value in reader.execute(union_all(*parts)):
        counts = found[number].setdefault(service_id, {})
        counts[stat] = counts.get(stat, 0) + int(value)
    return found


def _select_sums(number: int, organization_id: int, service_ids: Collection[int], grain: ColumnElement[bool]) -> Any:
    return (
        select(literal(number), usage_counts.c.service_id, usage_counts.c.stat, func.sum(usage_counts.c.value))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(service_ids),
            usage_counts.c.stat.in_([stat.name for stat in STATS]),
            grain,
        )
        .group_by(usage_counts.c.service_id, usage_counts.c.stat)
    )


def _list_grains(window: Window, table: Any = usage_counts) -> list[ColumnElement[bool]]:
    """Whole months as months, the rest as days: each a range of the key."""
    whole, _ = list_months(window)
    if not whole:
        return [_is_within(table, "day", window.from_on, window.to_on)]
    found = [_is_within(table, "month", whole[0], whole[-1])]
    if window.from_on < whole[0]:
        found.append(_is_within(table, "day", window.from_on, whole[0] - DAY))
    after = _month_after(whole[-1])
    return [*found, _is_within(table, "day", after, window.to_on)] if after <= window.to_on else found


def _month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _is_within(table: Any, grain: str, first: date, last: date) -> ColumnElement[bool]:
    return and_(table.c.grain == grain, table.c.starts_on >= first, table.c.starts_on <= last)


def read_delays(reader: Reader, service_ids: Collection[int], windows: Sequence[Window]) -> list[Delays]:
    """By service and counter, how many of each step, for each period."""
    stats = [stat.name for stat in DELAY_STATS]
    parts = [
        select(literal(number), usage_delays.c.service_id, usage_delays.c.stat, usage_delays.c.steps).where(
            usage_delays.c.service_id.in_(service_ids), usage_delays.c.stat.in_(stats), grain
        )
        for number, window in enumerate(windows)
        for grain in _list_grains(window, usage_delays)
    ]
    found: list[Delays] = [{} for _ in windows]
    for number, service_id, stat, steps in reader.execute(union_all(*parts)):
        found[number].setdefault((service_id, stat), Counter()).update(unpack(steps))
    return found


Moments = Mapping[tuple[date, int], Mapping[str, int]]

COURSE = ("public_messages", "public_messages_by_leaders", "public_deleted")


def read_course(reader: Reader, organization_id: int, scope_ids: Collection[int], windows: Iterable[Window]) -> Moments:
    """Day by day and hour by hour, what the page draws over time; for the services together."""
    rows = reader.execute(
        select(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat, func.sum(usage_counts.c.value))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            usage_counts.c.stat.in_(COURSE),
            usage_counts.c.grain == "day",
            or_(false(), *(usage_counts.c.starts_on.between(each.from_on, each.to_on) for each in windows)),
        )
        .group_by(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat)
    )
    return _gather(rows)


def read_months(reader: Reader, organization_id: int, scope_ids: Collection[int], months: Sequence[date]) -> Moments:
    """Month by month and, within each, by the hour of the week: for the services together."""
    rows = reader.execute(
        select(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat, func.sum(usage_counts.c.value))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            usage_counts.c.stat.in_(COURSE),
            usage_counts.c.grain == "month",
            usage_counts.c.starts_on.in_(months),
        )
        .group_by(usage_counts.c.starts_on, usage_counts.c.slot, usage_counts.c.stat)
    )
    return _gather(rows)


def _gather(rows: Iterable[Any]) -> Moments:
    found: dict[tuple[date, int], dict[str, int]] = {}
    for day, slot, stat, value in rows:
        found.setdefault((day, slot), {})[stat] = int(value)
    return found

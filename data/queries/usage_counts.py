"""What the counters say of a period: sums by service, delays, the course of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    false,
    func,
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
Moment = tuple[date, int, int, int]  # first day, slot, public messages displayed, sent by managers

_IS_TOTAL = text(IN_TOTALS)  # as the index says it, or it would not be looked at
_SERVICES: BindParameter[Sequence[int]] = bindparam("services", expanding=True)
STEPS = int(to_buckets(np.array([LONGEST]))[0]) + 1


def sum_counts(
    reader: Reader, organization_id: int, service_ids: Collection[int], windows: Sequence[Window]
) -> list[Counts]:
    """By service and counter, for each period."""
    ranges = _list_ranges(windows)
    wanted = _name(ranges) | {"here": organization_id, "services": list(service_ids)}
    rows = reader.execute(_sum_ranges(len(ranges)), wanted).all()
    found: list[Counts] = [{} for _ in windows]
    for number, service_id, stat, value in rows:
        found[number].setdefault(service_id, {})[stat] = int(value)
    return found


def read_delays(reader: Reader, service_ids: Collection[int], windows: Sequence[Window]) -> list[Delays]:
    """By service and counter, how many of each step, for each period."""
    ranges = _list_ranges(windows)
    rows = reader.execute(_list_waits(len(ranges)), _name(ranges) | {"services": list(service_ids)}).all()
    parts: dict[tuple[int, int, str], tuple[list[bytes], list[bytes]]] = {}
    for number, sign, service, stat, steps in rows:
        added, taken = parts.setdefault((number, service, stat), ([], []))
        (added if sign > 0 else taken).append(steps)
    found: list[Delays] = [{} for _ in windows]
    for (number, service, stat), (added, taken) in parts.items():
        found[number][service, stat] = _sum_steps(added) - _sum_steps(taken)
    return found


def _sum_steps(values: Sequence[bytes]) -> Numbers:
    records, _ = join_records(STEP, values)
    return np.bincount(records["step"], records["count"], STEPS).astype(np.int64)


def _list_ranges(windows: Sequence[Window]) -> list[tuple[int, Range]]:
    """With the number of the period each belongs to."""
    return [(number, each) for number, window in enumerate(windows) for each in list_ranges(window)]


def _name(ranges: Sequence[tuple[int, Range]]) -> dict[str, object]:
    """What a statement of as many ranges is told of them."""
    return {
        f"{name}{at}": value
        for at, (number, each) in enumerate(ranges)
        for name, value in (
            ("period", number),
            ("sign", each.sign),
            ("grain", each.grain),
            ("first", each.first),
            ("last", each.last),
        )
    }


# Built once for as many ranges: building them takes longer than some take to run.


@cache
def _sum_ranges(ranges: int) -> Select[tuple[int, int, str, int]]:
    parts = [
        select(
            bindparam(f"period{at}", type_=Integer).label("period"),
            usage_counts.c.service_id,
            usage_counts.c.stat,
            (usage_counts.c.value * bindparam(f"sign{at}", type_=Integer)).label("value"),
        ).where(
            usage_counts.c.organization_id == bindparam("here"),
            usage_counts.c.service_id.in_(_SERVICES),
            _is_within(usage_counts, at),
            _IS_TOTAL,
        )
        for at in range(ranges)
    ]
    every = union_all(*parts).subquery()
    return select(every.c.period, every.c.service_id, every.c.stat, func.sum(every.c.value)).group_by(
        every.c.period, every.c.service_id, every.c.stat
    )


@cache
def _list_waits(ranges: int) -> CompoundSelect[tuple[int, int, int, str, bytes]]:
    return union_all(
        *(
            select(
                bindparam(f"period{at}", type_=Integer),
                bindparam(f"sign{at}", type_=Integer),
                usage_waits.c.service_id,
                usage_waits.c.stat,
                usage_waits.c.steps,
            ).where(
                usage_waits.c.service_id.in_(_SERVICES),
                usage_waits.c.stat.in_([stat.name for stat in DELAY_STATS]),
                _is_within(usage_waits, at),
            )
            for at in range(ranges)
        )
    )


def _is_within(table: Table, at: int) -> ColumnElement[bool]:
    """A range of the key."""
    starts_on = table.c.starts_on
    return and_(
        table.c.grain == bindparam(f"grain{at}"),
        starts_on >= bindparam(f"first{at}"),
        starts_on <= bindparam(f"last{at}"),
    )


@dataclass(frozen=True)
class Said:
    """The counters that tell how many public messages are displayed, and how many of these managers sent."""

    sent: str
    by_leaders: str
    deleted: str


BY_DAY = Said("public_messages_total", "public_messages_by_leaders_total", "public_deleted_total")
BY_HOUR = Said("public_messages", "public_messages_by_leaders", "public_deleted")


def read_days(
    reader: Reader, organization_id: int, scope_ids: Collection[int], windows: Iterable[Window], said: Said
) -> list[Moment]:
    """Day by day (and by hour, where the counters are), for the services together."""
    dates = [usage_counts.c.starts_on.between(each.from_on, each.to_on) for each in windows]
    return _read(reader, organization_id, scope_ids, said, usage_counts.c.grain == "day", or_(false(), *dates))


def read_months(
    reader: Reader, organization_id: int, scope_ids: Collection[int], months: Sequence[date]
) -> list[Moment]:
    """Month by month, for the services together."""
    here = (usage_counts.c.grain == "month", usage_counts.c.starts_on.in_(months))
    return _read(reader, organization_id, scope_ids, BY_DAY, *here)


def sum_weeks(
    reader: Reader, organization_id: int, scope_ids: Collection[int], months: Sequence[date]
) -> Mapping[int, int]:
    """Public messages displayed, by hour of the week, of the months together."""
    rows = reader.execute(
        select(usage_counts.c.slot, _count_displayed(BY_HOUR))
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            usage_counts.c.stat.in_((BY_HOUR.sent, BY_HOUR.deleted)),
            usage_counts.c.grain == "month",
            usage_counts.c.starts_on.in_(months),
        )
        .group_by(usage_counts.c.slot)
    ).all()
    return {slot: int(messages) for slot, messages in rows}


def _read(
    reader: Reader, organization_id: int, scope_ids: Collection[int], said: Said, *when: ColumnElement[bool]
) -> list[Moment]:
    stat, value = usage_counts.c.stat, usage_counts.c.value
    rows = reader.execute(
        select(
            usage_counts.c.starts_on,
            usage_counts.c.slot,
            _count_displayed(said),
            func.sum(case((stat == said.by_leaders, value), else_=0)),
        )
        .where(
            usage_counts.c.organization_id == organization_id,
            usage_counts.c.service_id.in_(scope_ids),
            stat.in_((said.sent, said.by_leaders, said.deleted)),
            *when,
        )
        .group_by(usage_counts.c.starts_on, usage_counts.c.slot)
    ).all()
    return [(day, slot, int(messages), int(leaders)) for day, slot, messages, leaders in rows]


def _count_displayed(said: Said) -> ColumnElement[int]:
    stat, value = usage_counts.c.stat, usage_counts.c.value
    return func.sum(case((stat == said.sent, value), (stat == said.deleted, -value), else_=0))

"""Who works where, who has the application, and who does what, for the figures of usage: by service."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, distinct, func, or_, select

from data.db import Reader
from data.models import accounts, assignments, people, usage_equipment, usage_people
from data.usage.days import DayNumber
from data.usage.staff import ENDLESS, Numbers, Spells, Stints
from data.usage.windows import Window, list_months
from data.usage.workbench import fetch

Deed = Literal["read", "sent", "either"]

_DAYS: Mapping[Deed, ColumnElement[int]] = {
    "read": usage_people.c.read_days,
    "sent": usage_people.c.sent_days,
    "either": usage_people.c.read_days.bitwise_or(usage_people.c.sent_days),
}


def read_stints(reader: Reader, service_ids: Sequence[int], first: date, last: date) -> Stints:
    statement = select(
        assignments.c.person_id,
        assignments.c.service_id,
        DayNumber(assignments.c.starts_on),
        func.coalesce(DayNumber(assignments.c.ends_on), ENDLESS),
    ).where(
        assignments.c.service_id.in_(service_ids),
        assignments.c.starts_on <= last,
        or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= first),
    )
    return Stints.build(fetch(reader, statement, {}, 4), service_ids)


def read_spells(reader: Reader, service_ids: Sequence[int], first: date, last: date) -> tuple[Spells, Numbers]:
    """With the application; and who of these has no access, cut off as it is."""
    here = select(assignments.c.person_id).where(assignments.c.service_id.in_(service_ids))
    statement = (
        select(
            usage_equipment.c.person_id,
            DayNumber(usage_equipment.c.from_on),
            DayNumber(usage_equipment.c.until_on),
            or_(people.c.account_id.is_(None), accounts.c.deactivated_at.is_not(None)),
        )
        .join(people, people.c.id == usage_equipment.c.person_id)
        .outerjoin(accounts, accounts.c.id == people.c.account_id)
        .where(
            usage_equipment.c.person_id.in_(here),
            usage_equipment.c.from_on <= last,
            usage_equipment.c.until_on >= first,
        )
    )
    *columns, is_cut_off = fetch(reader, statement, {}, 4)
    return Spells.build(*columns), columns[0][is_cut_off.astype(bool)]


def count_people(
    reader: Reader, service_ids: Collection[int], wanted: Sequence[tuple[Window, Deed]]
) -> list[dict[int, int]]:
    """How many people read, or wrote, in each service over each of these periods."""
    counts = [_count(window, deed).label(f"c{number}") for number, (window, deed) in enumerate(wanted)]
    rows = reader.execute(
        select(usage_people.c.service_id, *counts)
        .where(
            usage_people.c.service_id.in_(service_ids),
            usage_people.c.month >= min(window.from_on for window, _ in wanted).replace(day=1),
            usage_people.c.month <= max(window.to_on for window, _ in wanted),
        )
        .group_by(usage_people.c.service_id)
    ).all()
    return [{row[0]: row[number + 1] for row in rows} for number in range(len(wanted))]


def count_writers(reader: Reader, service_ids: Collection[int], window: Window) -> dict[int, int]:
    """As `count_people`, of one period: who did not write is not looked at."""
    rows = reader.execute(
        select(usage_people.c.service_id, func.count(distinct(usage_people.c.person_id)))
        .where(
            usage_people.c.service_id.in_(service_ids),
            usage_people.c.month.between(window.from_on.replace(day=1), window.to_on),
            usage_people.c.sent_days != 0,
            did(window, "sent"),
        )
        .group_by(usage_people.c.service_id)
    )
    return dict(rows.all())


def count_by_month(
    reader: Reader, service_ids: Collection[int], spans: Sequence[Window], deeds: Sequence[Deed]
) -> list[tuple[dict[int, int], ...]]:
    """As `count_people`, of spans each of a month of its own: a person has one row in each."""
    counts = [func.sum(case((_did_in_one(spans, deed), 1), else_=0)) for deed in deeds]
    rows = reader.execute(
        select(usage_people.c.month, usage_people.c.service_id, *counts)
        .where(
            usage_people.c.service_id.in_(service_ids),
            usage_people.c.month.between(spans[0].from_on.replace(day=1), spans[-1].to_on),
        )
        .group_by(usage_people.c.service_id, usage_people.c.month)
    )
    found: dict[date, tuple[dict[int, int], ...]] = {
        span.from_on.replace(day=1): tuple({} for _ in deeds) for span in spans
    }
    for month, service_id, *each in rows.all():
        for counted, count in zip(found[month], each, strict=True):
            counted[service_id] = count
    return list(found.values())


def _did_in_one(spans: Sequence[Window], deed: Deed) -> ColumnElement[bool]:
    """In the span of the row's month; those that have it whole need no look at its days."""
    cut = [each for span in spans for each in list_months(span)[1]]
    parts = [or_(usage_people.c.month != first, _DAYS[deed].bitwise_and(mask) != 0) for first, mask in cut]
    return and_(_DAYS[deed] != 0, *parts)


def _count(window: Window, deed: Deed) -> ColumnElement[Any]:
    """Within one month a person has one row; over several they are told apart."""
    found = did(window, deed)
    if window.from_on.replace(day=1) == window.to_on.replace(day=1):
        return func.sum(case((found, 1), else_=0))
    return func.count(distinct(case((found, usage_people.c.person_id))))


def did(window: Window, deed: Deed) -> ColumnElement[bool]:
    """The row of the enclosing query has one of the days."""
    return is_heard(usage_people.c.month, _DAYS[deed], window)


def is_heard(month: ColumnElement[date], days: ColumnElement[int], window: Window) -> ColumnElement[bool]:
    """A row of days of a month, as bits, has one within the period."""
    whole, cut = list_months(window)
    parts = [and_(month == first, days.bitwise_and(mask) != 0) for first, mask in cut]
    if whole:
        parts.append(and_(month >= whole[0], month <= whole[-1], days != 0))
    return or_(*parts)

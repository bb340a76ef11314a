"""The true figures of a period and of the one before: as many statements for many services as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import or_, select

from data.db import Reader
from data.models import assignments, push_devices
from data.option import Span
from data.queries.usage_conversations import count_active, count_silent
from data.queries.usage_counts import read_delays, sum_counts
from data.queries.usage_people import Deed, count_by_month, count_people, count_writers, read_spells, read_stints
from data.usage.facts import Doing, Side, span_of
from data.usage.remarks import count_days_off
from data.usage.staff import Numbers, Stints
from data.usage.windows import Window, make_window
from data.usage.workbench import fetch

ACTIVE: tuple[Doing, ...] = ("active_1", "active_7", "active_28")


@dataclass(frozen=True)
class Frame:
    """Whose figures, and when: both periods, of the same services."""

    organization_id: int
    timezone: str
    service_ids: Sequence[int]
    windows: tuple[Window, Window]
    spans: Sequence[Span]  # of the option


def read_sides(reader: Reader, frame: Frame) -> tuple[Side, Side]:
    now, before = frame.windows
    first = min(span_of("active_28", before).from_on, before.from_on)
    works = read_stints(reader, frame.service_ids, first, now.to_on)
    spells, cut_off = read_spells(reader, frame.service_ids, first, now.to_on)
    has_app = works.meet(spells)
    told = _list_told(reader, frame, now)
    counts = sum_counts(reader, frame.organization_id, frame.service_ids, frame.windows)
    delays = read_delays(reader, frame.service_ids, frame.windows)
    active = count_active(reader, frame.service_ids, frame.windows)
    silent = count_silent(reader, frame.service_ids, frame.windows, frame.timezone)
    sides = []
    for number, window in enumerate(frame.windows):
        reached = _find_reached(frame, has_app, cut_off, window)
        sides.append(
            Side(
                window,
                frame.service_ids,
                works,
                has_app,
                reached,
                reached.choose(np.isin(reached.person, told)),
                _count_doing(reader, frame.service_ids, window),
                counts[number],
                delays[number],
                active[number],
                silent[number],
            )
        )
    return sides[0], sides[1]


def _find_reached(frame: Frame, has_app: Stints, cut_off: Numbers, window: Window) -> Stints:
    """With the application on the last day, an account that is open, and the option."""
    day = make_window("day", window.to_on, window.to_on)
    off = [
        number
        for number, service_id in enumerate(frame.service_ids)
        if count_days_off(frame.spans, service_id, day, frame.timezone)
    ]
    here = has_app.on(window.to_on)
    return here.choose(~np.isin(here.person, cut_off) & ~np.isin(here.service, off))


def _list_told(reader: Reader, frame: Frame, window: Window) -> Numbers:
    """People with a device that took notifications at the end of the period."""
    _, end = window.bounds(frame.timezone)
    at = min(end, reader.now)
    here = select(assignments.c.person_id).where(assignments.c.service_id.in_(frame.service_ids))
    statement = select(push_devices.c.person_id).where(
        push_devices.c.person_id.in_(here),
        push_devices.c.created_at <= at,
        or_(push_devices.c.ended_at.is_(None), push_devices.c.ended_at > at),
    )
    (people,) = fetch(reader, statement, {}, 1)
    return people


def _count_doing(reader: Reader, service_ids: Sequence[int], window: Window) -> Mapping[Doing, Mapping[int, int]]:
    """In two looks: the last weeks, which are short, and the whole period, which may not be."""
    deeds: list[tuple[Window, Deed]] = [(span_of(doing, window), "either") for doing in ACTIVE]
    active = count_people(reader, service_ids, deeds)
    contributors = count_writers(reader, service_ids, window)
    return {**dict(zip(ACTIVE, active, strict=True)), "contributors": contributors}


def read_people(
    reader: Reader, service_ids: Sequence[int], spans: Sequence[Window]
) -> list[tuple[dict[int, int], ...]]:
    """Readers and writers of each span, by service."""
    deeds: tuple[Deed, ...] = ("read", "sent")
    if len({span.from_on.replace(day=1) for span in spans}) == len(spans) and len(spans) > 1:
        return count_by_month(reader, service_ids, spans, deeds)
    found = count_people(reader, service_ids, [(span, deed) for span in spans for deed in deeds])
    return [tuple(found[number : number + 2]) for number in range(0, len(found), 2)]

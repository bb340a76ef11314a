"""The true figures of a period and of the one before: as many statements for many services as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.db import Reader
from data.option import Span
from data.queries.usage_conversations import count_active, count_silent
from data.queries.usage_counts import read_delays, sum_counts
from data.queries.usage_people import read_deeds
from data.queries.usage_staff import list_told, read_spells, read_staff
from data.usage.deeds import Deeds
from data.usage.facts import Doing, Side, span_of
from data.usage.remarks import count_days_off
from data.usage.staff import Numbers, Stints
from data.usage.windows import Window, make_window

ACTIVE: tuple[Doing, ...] = ("active_1", "active_7", "active_28")


@dataclass(frozen=True)
class Frame:
    """Whose figures, and when: both periods, of the same services."""

    organization_id: int
    timezone: str
    service_ids: Sequence[int]
    windows: tuple[Window, Window]
    spans: Sequence[Span]  # of the option


def read_sides(reader: Reader, frame: Frame, deeds: Deeds) -> tuple[Side, Side]:
    staff = read_staff(reader, frame.organization_id)
    works = Stints.build(staff.stints, frame.service_ids)
    has_app = works.meet(read_spells(reader, frame.organization_id))
    told = list_told(reader, frame.organization_id, frame.windows[0], frame.timezone)
    counts = sum_counts(reader, frame.organization_id, frame.service_ids, frame.windows)
    delays = read_delays(reader, frame.service_ids, frame.windows)
    active = count_active(reader, frame.service_ids, frame.windows)
    silent = count_silent(reader, frame.service_ids, frame.windows, frame.timezone)
    sides = []
    for number, window in enumerate(frame.windows):
        reached = _find_reached(frame, has_app, staff.cut_off, window)
        sides.append(
            Side(
                window,
                frame.service_ids,
                works,
                has_app,
                reached,
                reached.choose(np.isin(reached.person, told)) if len(told) else None,
                _count_doing(deeds, window),
                deeds.count(window, "read"),
                counts[number],
                delays[number],
                active[number],
                silent[number],
            )
        )
    return sides[0], sides[1]


def read_frame_deeds(reader: Reader, frame: Frame) -> Deeds:
    """Of both periods, and of the last days before the end of each."""
    now, before = frame.windows
    return read_deeds(reader, frame.service_ids, min(span_of("active_28", before).from_on, before.from_on), now.to_on)


def _find_reached(frame: Frame, has_app: Stints, cut_off: Numbers, window: Window) -> Stints:
    """With the application on the last day, an account that is open, and the option."""
    day = make_window("day", window.to_on, window.to_on)
    days_off = count_days_off(frame.spans, frame.service_ids, day, frame.timezone)
    off = [number for number, service_id in enumerate(frame.service_ids) if days_off[service_id]]
    here = has_app.on(window.to_on)
    return here.choose(~np.isin(here.person, cut_off) & ~np.isin(here.service, off))


def _count_doing(deeds: Deeds, window: Window) -> Mapping[Doing, Numbers]:
    counts = {doing: deeds.count(span_of(doing, window), "either") for doing in ACTIVE}
    return counts | {"contributors": deeds.count(window, "sent")}

"""What has to be said beside the figures, so that nobody reads them wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from data import clock
from data.option import Span
from data.usage.facts import span_of
from data.usage.figures import Services
from data.usage.report import Note, ServiceName
from data.usage.windows import DAY, Window


def count_days_off(
    spans: Sequence[Span], service_ids: Iterable[int], window: Window, timezone: str
) -> Mapping[int, int]:
    """By service, on how many days of the period the chat was off for it, the whole day long."""
    of_all = [span for span in spans if span.service_id is None]
    there = _count_off(of_all, window, timezone)
    own = {span.service_id for span in spans}
    return {
        each: _count_off([*of_all, *_list_own(spans, each)], window, timezone) if each in own else there
        for each in service_ids
    }


def _list_own(spans: Iterable[Span], service_id: int) -> Iterator[Span]:
    return (span for span in spans if span.service_id == service_id)


def _count_off(spans: Iterable[Span], window: Window, timezone: str) -> int:
    begins, ends = window.bounds(timezone)
    reached, days_on = window.from_on, 0
    for span in sorted(spans, key=lambda each: each.starts_at):
        starts_at, ends_at = max(span.starts_at, begins), min(span.ends_at or ends, ends)
        if ends_at > starts_at:
            first = max(clock.local_day(starts_at, timezone), reached)
            after = clock.local_day(ends_at - timedelta(milliseconds=1), timezone) + DAY
            days_on += max((after - first).days, 0)
            reached = max(after, reached)
    return window.days - days_on


def list_notes(
    services: Services,
    names: Mapping[int, ServiceName],
    closings: Mapping[int, date],
    days_off: Mapping[int, int],
    timezone: str,
) -> tuple[Note, ...]:
    window = services.side.window
    notes = [*_list_window_notes(window, timezone), *_list_off_notes(days_off, names)]
    notes += [
        Note("service_closed", (names[each],), on=on) for each, on in closings.items() if on <= window.to_on + DAY
    ]
    return (*notes, *_list_people_notes(services, names))


def _list_window_notes(window: Window, timezone: str) -> list[Note]:
    notes = [Note("running", on=window.to_on)] if window.is_running else []
    notes += [Note("narrowed", on=window.from_on)] if window.is_narrowed else []
    return notes + [Note("hours_twice", on=day) for day in list_clock_changes(window, timezone)]


def list_clock_changes(window: Window, timezone: str) -> list[date]:
    """The days of the period that have 23 or 25 hours."""
    offsets = [clock.local_midnight(day, timezone) for day in [*window.list_days(), window.to_on + DAY]]
    days = zip(window.list_days(), offsets, offsets[1:], strict=False)
    return [day for day, begins, ends in days if ends - begins != timedelta(hours=24)]


def _list_off_notes(days_off: Mapping[int, int], names: Mapping[int, ServiceName]) -> list[Note]:
    """Services that were without it for as many days together."""
    by_days: dict[int, list[ServiceName]] = {}
    for service_id, days in days_off.items():
        if days:
            by_days.setdefault(days, []).append(names[service_id])
    return [Note("option_off", tuple(found), days=days) for days, found in sorted(by_days.items(), reverse=True)]


def _list_people_notes(services: Services, names: Mapping[int, ServiceName]) -> list[Note]:
    window = span_of("active_28", services.side.window)
    if services.is_empty(services.side.window):
        return [Note("nobody")]
    notes = []
    left_out = list_left_out(services)
    if left_out:
        notes.append(Note("left_out", tuple(names[each] for each in left_out)))
    shown = services.shown(window)
    if shown:
        notes.append(Note("approximate"))
    if len(services.ids) > 1:
        heads, places = services.side.count_heads(services.side.window, services.ids)
        if places > heads:
            notes.append(Note("shared", count=places - heads))
    return notes


def list_left_out(services: Services) -> Sequence[int]:
    """With people, but on some day of the period too few: not in the totals of people."""
    window = services.side.window
    shown = {*services.staffed} & {*services.shown(window)} & {*services.shown(span_of("active_28", window))}
    return [each for each in services.ids if each not in shown and not Services(services.side, [each]).is_empty(window)]

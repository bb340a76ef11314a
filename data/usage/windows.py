"""The period that usage is shown for: whole local days, ending on a printed date (R27). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from data import clock
from data.errors import DateInvalid, EndBeforeStart, PeriodFuture, PeriodTooEarly, PeriodTooLong, PeriodUnknown

DAY = timedelta(days=1)
LONGEST = 3  # years

Kind = Literal["day", "week", "month", "quarter", "year", "dates"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Window:
    """From `from_on` to `to_on`, both included. `ends_on`: the last day of the whole period, later than `to_on` while
    it runs. `starts_on`: its first, earlier than `from_on` where the organization began in it."""

    kind: Kind
    from_on: date
    to_on: date
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1

    @property
    def is_running(self) -> bool:
        return self.to_on < self.ends_on

    @property
    def is_narrowed(self) -> bool:
        return self.starts_on < self.from_on

    def covers(self, day: date) -> bool:
        return self.from_on <= day <= self.to_on

    def list_days(self) -> Iterator[date]:
        return (self.from_on + number * DAY for number in range(self.days))

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """From the first local midnight to the one after the last day, which is outside."""
        return clock.local_midnight(self.from_on, timezone), clock.local_midnight(self.to_on + DAY, timezone)


def make_window(kind: Kind, first: date, last: date) -> Window:
    return Window(kind, first, last, first, last)


def find_period(kind: Kind, on: date) -> Window:
    """The whole day, week (from Monday), month, quarter or year that the day is in."""
    if kind == "week":
        first = on - on.weekday() * DAY
        return make_window(kind, first, first + 6 * DAY)
    months = {"month": 1, "quarter": 3, "year": 12}.get(kind)
    if months is None:
        return make_window(kind, on, on)
    first = on.replace(month=on.month - (on.month - 1) % months, day=1)
    return make_window(kind, first, _add_months(first, months) - DAY)


def find_previous(window: Window) -> Window:
    """The period before, of the same kind (dates: of the same length). Beside one that runs: as many days of it."""
    before = find_period(window.kind, window.starts_on - DAY)
    if window.kind == "dates":
        length = window.ends_on - window.starts_on
        before = make_window("dates", window.starts_on - DAY - length, window.starts_on - DAY)
    if not window.is_running:
        return before
    elapsed = window.to_on - window.starts_on
    return replace(before, to_on=min(before.starts_on + elapsed, before.ends_on))


def find_following(window: Window, today: date) -> Window | None:
    """The period after; None where it has not begun."""
    if window.ends_on >= today:
        return None
    after = window.ends_on + DAY
    if window.kind == "dates":
        return cut(make_window("dates", after, after + (window.ends_on - window.starts_on)), date.min, today)
    return cut(find_period(window.kind, after), date.min, today)


def cut(window: Window, first: date, today: date) -> Window:
    """Within what there is to count: from the organization's first day until today."""
    if window.starts_on > today:
        raise PeriodFuture(today=today)
    if window.ends_on < first:
        raise PeriodTooEarly(first=first)
    return replace(window, from_on=max(window.starts_on, first), to_on=min(window.ends_on, today))


def parse_window(
    period: str | None, on: str | None, from_on: str | None, to_on: str | None, *, first: date, today: date
) -> Window:
    """From what an address says; without anything: the last 28 days. Refused with what to correct, or cut to what there
    is (`Window.is_narrowed`, `Window.is_running`)."""
    if period is None and on is None and from_on is None and to_on is None:
        return cut(make_window("dates", today - 27 * DAY, today), min(first, today), today)
    kind = parse_kind(period or ("dates" if from_on or to_on else "month"))
    if kind != "dates":
        day = parse_day(on) if on else today
        if day > find_period(kind, today).ends_on:
            raise PeriodFuture(today=today)
        return cut(find_period(kind, day), first, today)
    return cut(_parse_dates(from_on, to_on, today), first, today)


def parse_kind(period: str) -> Kind:
    for kind in KINDS:
        if period == kind:
            return kind
    raise PeriodUnknown()


def parse_day(text: str) -> date:
    """2026-11-03; no other form, no day that is in no calendar."""
    if len(text) != 10 or not text.isascii():
        raise DateInvalid()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DateInvalid() from error


def list_months(window: Window) -> tuple[list[date], list[tuple[date, int]]]:
    """The months that the period has whole, by their first day; and those cut by its ends, with its days there as bits
    (bit 0 is the 1st)."""
    whole: list[date] = []
    cut_months: list[tuple[date, int]] = []
    first = window.from_on.replace(day=1)
    while first <= window.to_on:
        last = _add_months(first, 1) - DAY
        begins, ends = max(first, window.from_on), min(last, window.to_on)
        if (begins, ends) == (first, last):
            whole.append(first)
        else:
            cut_months.append((first, (1 << ends.day) - (1 << (begins.day - 1))))
        first = last + DAY
    return whole, cut_months


Grain = Literal["day", "month", "qtr"]  # qtr: a quarter


@dataclass(frozen=True)
class Range:
    """Days, whole months or quarters, to count (`sign` 1) or to take away (-1)."""

    sign: int
    grain: Grain
    first: date
    last: date


def list_ranges(window: Window) -> list[Range]:
    """What a period is added up from: whole quarters and months; of a month that it has in part the days, or the month
    without the other days, whichever are fewer."""
    whole, cuts = list_months(window)
    ranges = list(_list_whole_ranges(whole))
    for first, _ in cuts:
        last = _add_months(first, 1) - DAY
        begins, ends = max(first, window.from_on), min(last, window.to_on)
        others = [Range(-1, "day", *span) for span in ((first, begins - DAY), (ends + DAY, last)) if span[0] <= span[1]]
        if (ends - begins).days < sum((other.last - other.first).days + 1 for other in others):
            ranges.append(Range(1, "day", begins, ends))
        else:
            ranges += [Range(1, "month", first, first), *others]
    return ranges


def _list_whole_ranges(months: list[date]) -> Iterator[Range]:
    """Of months one after the other: those before the first whole quarter, the quarters, those after the last."""
    before = min((3 - (months[0].month - 1) % 3) % 3, len(months)) if months else 0
    quarters = (len(months) - before) // 3
    parts: tuple[tuple[Grain, list[date]], ...] = (
        ("month", months[:before]),
        ("qtr", months[before : before + 3 * quarters : 3]),
        ("month", months[before + 3 * quarters :]),
    )
    return (Range(1, grain, firsts[0], firsts[-1]) for grain, firsts in parts if firsts)


def _parse_dates(from_on: str | None, to_on: str | None, today: date) -> Window:
    last = parse_day(to_on) if to_on else today
    first = parse_day(from_on) if from_on else last
    if first > today:
        raise PeriodFuture(today=today)
    if last < first:
        raise EndBeforeStart()
    if last > _add_months(first, 12 * LONGEST):
        raise PeriodTooLong(years=LONGEST)
    return make_window("dates", first, last)


def _add_months(day: date, months: int) -> date:
    """The same day of the month, or the last one where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)

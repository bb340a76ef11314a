"""The course of a period: points over time, the hours of the week. Pure, on frames of what SQL has added up; whoever
imports this brings pandas, a quarter of a second and 40 MB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from data.usage.report import Activity, ActivityPoint, Grain, Heat
from data.usage.spans import choose_grain, split
from data.usage.windows import Window, list_months

HOURS = 24


@dataclass(frozen=True)
class Course:
    """Counters of the services together, each frame as `frame_moments` makes it: of days and whole months, of days by
    hour; and what the whole months of the period display by the hour of the week."""

    days: pd.DataFrame
    hours: pd.DataFrame
    weeks: Mapping[int, int]


def frame_moments(rows: Sequence[tuple[date, int, int, int]]) -> pd.DataFrame:
    """Columns `day` (the first day), `slot` (the hour, where there are hours), `messages` displayed, and `leaders`: how
    many of these managers sent. What was deleted since is not told apart by author, so it is taken from both alike."""
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    days, slots, messages, leaders = (
        np.array(list(values), dtype) for values, dtype in zip(columns, ("datetime64[s]", *3 * ("int64",)), strict=True)
    )
    return pd.DataFrame({"day": days, "slot": slots, "messages": messages, "leaders": np.minimum(leaders, messages)})


def build_activity(window: Window, previous: Window | None, course: Course, today: date) -> Activity:
    """`previous` None: there was nothing before."""
    grain = choose_grain(window)
    now = _add_up(window, grain, course)
    before = _add_up(previous, grain, course)["messages"].tolist() if previous else []
    points = zip(_list_starts(window, grain, today), now["messages"].tolist(), now["leaders"].tolist(), strict=True)
    return Activity(
        grain,
        tuple(
            ActivityPoint(on, hour, messages, leaders, before[number] if number < len(before) else None, is_partial)
            for number, ((on, hour, is_partial), messages, leaders) in enumerate(points)
        ),
    )


def _list_starts(window: Window, grain: Grain, today: date) -> Iterator[tuple[date, int | None, bool]]:
    """Of each point the first day, the hour, and whether it is not a whole one."""
    if grain == "hour":
        yield from ((window.from_on, hour, False) for hour in range(HOURS))
        return
    for span in split(window, grain):
        is_cut = (grain == "month" and not list_months(span)[0]) or (grain == "week" and span.days < 7)
        yield span.from_on, None, span.to_on >= today or is_cut


def _add_up(window: Window, grain: Grain, course: Course) -> pd.DataFrame:
    """Messages and leaders, one row for each point of the period."""
    if grain == "hour":
        here = _within(course.hours, window)
        return here.groupby("slot")[["messages", "leaders"]].sum().reindex(range(HOURS), fill_value=0)
    here = _within(course.days, window)
    starts = np.array([span.from_on for span in split(window, grain)], "datetime64[s]")
    points = np.searchsorted(starts, here["day"].to_numpy(), side="right") - 1
    return here.groupby(points)[["messages", "leaders"]].sum().reindex(range(len(starts)), fill_value=0)


def _within(frame: pd.DataFrame, window: Window) -> pd.DataFrame:
    return frame[frame["day"].between(pd.Timestamp(window.from_on), pd.Timestamp(window.to_on))]


def build_heat(window: Window, course: Course) -> Heat:
    """Public messages displayed, by weekday and hour: whole months as they are, other days one by one."""
    hours = _within(course.hours, window)
    by_hour = hours.groupby(hours["day"].dt.day_of_week * HOURS + hours["slot"])["messages"].sum()
    cells = by_hour.add(pd.Series(course.weeks, dtype="int64"), fill_value=0).reindex(range(7 * HOURS), fill_value=0)
    return tuple(tuple(int(value) for value in day) for day in cells.to_numpy().reshape(7, HOURS))

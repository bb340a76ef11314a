"""The course of time in the figures of usage: activity and the hours of the week."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from data.db import Reader
from data.queries.usage_counts import BY_DAY, BY_HOUR, read_days, read_months, sum_weeks
from data.usage.report import Activity, Heat
from data.usage.series import Course, build_activity, build_heat, frame_moments
from data.usage.spans import choose_grain, list_counted_months, list_cuts
from data.usage.windows import Window


def read_course(
    reader: Reader,
    organization_id: int,
    scope_ids: Collection[int],
    window: Window,
    previous: Window | None,
    today: date,
) -> tuple[Activity, Heat]:
    """Of the services together. `previous` None: there was nothing before."""
    here = (reader, organization_id, scope_ids)
    grain = choose_grain(window)
    windows = [window, previous] if previous else [window]
    cuts = [cut for each in windows for cut in list_cuts(each, grain)]
    whole = [month for each in windows for month in list_counted_months(each, grain)]
    of_hours = windows if grain == "hour" else list_cuts(window, grain)
    course = Course(
        days=frame_moments([*read_days(*here, cuts, BY_DAY), *read_months(*here, whole)]),
        hours=frame_moments(read_days(*here, of_hours, BY_HOUR)),
        weeks=sum_weeks(*here, list_counted_months(window, grain)),
    )
    return build_activity(window, previous, course, today), build_heat(window, course)

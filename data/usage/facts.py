"""What was counted of the services of a scope in one period: the true figures, before anything is hidden (see privacy).
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, get_args

from data.usage.staff import Numbers, Stints, find_fewest
from data.usage.windows import DAY, Window, make_window

Doing = Literal["active_1", "active_7", "active_28", "contributors"]
DOINGS: tuple[Doing, ...] = get_args(Doing)
SILENT_AFTER = 7  # days


def last_days(window: Window, days: int) -> Window:
    """As many days that end with the period."""
    return make_window("dates", window.to_on - (days - 1) * DAY, window.to_on)


@lru_cache
def span_of(doing: Doing, window: Window) -> Window:
    """The days over which people are counted who do that."""
    days = {"active_1": 1, "active_7": 7, "active_28": 28}.get(doing)
    return window if days is None else last_days(window, days)


@dataclass(frozen=True)
class Crowd:
    """Who worked in each service over some days: `people`, each once; and the `fewest` on a day with anybody."""

    people: Numbers
    fewest: Numbers


@dataclass(frozen=True)
class Side:
    """A period: this one, or the one before. By service id, where nothing stands there is 0. `reached`: those with the
    application on the last day whose access is open; `notified`: of these, those with a device that takes notifications
    (None: nobody of the organization has one). `doing`, `readers` (who read in the period): by the place of services.
    `delays`: by service and counter, how many in each step. `silent`: conversations silent at the end of the last
    day."""

    window: Window
    service_ids: Sequence[int]
    works: Stints
    has_app: Stints
    reached: Stints
    notified: Stints | None
    doing: Mapping[Doing, Numbers]
    readers: Numbers
    counts: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    delays: Mapping[tuple[int, str], Numbers] = field(default_factory=dict)
    active: Mapping[int, int] = field(default_factory=dict)
    silent: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def place(self) -> Mapping[int, int]:
        """Where a service stands in the arrays."""
        return {service_id: number for number, service_id in enumerate(self.service_ids)}

    def count(self, service_id: int, stat: str) -> int:
        return self.counts.get(service_id, {}).get(stat, 0)

    def count_heads(self, window: Window, service_ids: Collection[int]) -> tuple[int, int]:
        """How many people worked in these services over some days, each once, and how many places they held there, one
        in each service."""
        people = self.crowd(window).people
        places = int(people[[self.place[each] for each in service_ids]].sum())
        if len(service_ids) < 2:
            return places, places
        known = window.from_on, window.to_on, tuple(service_ids)
        heads = self._heads.get(known)
        if heads is None:
            heads = self._heads[known] = self._unite(self.works.during(window), service_ids)
        return heads, places

    def count_staff(self, service_ids: Sequence[int]) -> Sequence[int]:
        """On the last day, each person once: who works there, with the application, within reach."""
        known = self._staff.get(tuple(service_ids))
        if known is None:
            day = self.window.to_on
            stints = (self.works.on(day), self.has_app.on(day), self.reached)
            known = self._staff[tuple(service_ids)] = [self._unite(each, service_ids) for each in stints]
        return known

    def _unite(self, stints: Stints, service_ids: Collection[int]) -> int:
        return stints.in_services([self.place[each] for each in service_ids]).count_people()

    @cached_property
    def employees(self) -> Sequence[int]:
        found: list[int] = self.works.on(self.window.to_on).count_by_service(len(self.service_ids)).tolist()
        return found

    @cached_property
    def equipped(self) -> Sequence[int]:
        found: list[int] = self.has_app.on(self.window.to_on).count_by_service(len(self.service_ids)).tolist()
        return found

    @cached_property
    def fewest_equipped(self) -> Sequence[int]:
        """With the application, on one day of the period."""
        daily = self.has_app.count_daily(self.window, len(self.service_ids))
        return [int(each) for each in daily.min(axis=1)]

    @cached_property
    def mean_equipped(self) -> Sequence[float]:
        """Over the days of the period."""
        days = self.has_app.count_days(self.window, len(self.service_ids))
        return [float(each) / self.window.days for each in days]

    def crowd(self, window: Window) -> Crowd:
        days = window.from_on, window.to_on
        found = self._crowds.get(days)
        if found is None:
            people = self.works.during(window).count_by_service(len(self.service_ids))
            begin = (window.from_on - self._extent.from_on).days
            fewest = find_fewest(self._daily[:, begin : begin + window.days])
            found = self._crowds[days] = Crowd(people, fewest)
        return found

    @cached_property
    def _extent(self) -> Window:
        """All days over which people are counted."""
        return make_window(
            "dates", min(span_of("active_28", self.window).from_on, self.window.from_on), self.window.to_on
        )

    @cached_property
    def _daily(self) -> Numbers:
        return self.works.count_daily(self._extent, len(self.service_ids))

    @cached_property
    def _staff(self) -> dict[tuple[int, ...], Sequence[int]]:
        return {}

    @cached_property
    def _crowds(self) -> dict[tuple[date, date], Crowd]:
        return {}

    @cached_property
    def _heads(self) -> dict[tuple[date, date, tuple[int, ...]], int]:
        return {}

"""Who worked where from when to when, and who used the application, counted by service over days and periods. Pure;
in arrays, since an organization may have tens of thousands of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.usage.windows import Window

Numbers = NDArray[np.int64]

ENDLESS = date.max.toordinal() - 1
MARKABLE = 4_000_000  # ids up to here are told apart by marks, which is quicker than sorting them


@dataclass(frozen=True)
class Stints:
    """Spells of people in services (by their place in a list), both days included."""

    person: Numbers
    service: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def build(cls, rows: Iterable[tuple[int, int, date, date | None]], service_ids: Sequence[int]) -> Stints:
        """Rows of (person, service, first day, last day or None)."""
        place = {service_id: number for number, service_id in enumerate(service_ids)}
        found = [(p, place[s], a.toordinal(), b.toordinal() if b else ENDLESS) for p, s, a, b in rows]
        columns = np.array(found, dtype=np.int64).reshape(-1, 4).T
        return cls(*columns)

    def choose(self, chosen: NDArray[np.bool_]) -> Stints:
        return Stints(self.person[chosen], self.service[chosen], self.first[chosen], self.last[chosen])

    def during(self, window: Window) -> Stints:
        return self.choose((self.first <= window.to_on.toordinal()) & (self.last >= window.from_on.toordinal()))

    def on(self, day: date) -> Stints:
        number = day.toordinal()
        return self.choose((self.first <= number) & (self.last >= number))

    def in_services(self, places: Collection[int]) -> Stints:
        return self.choose(np.isin(self.service, list(places)))

    def count_people(self) -> int:
        """Each once, in however many services."""
        if not len(self.person) or self.person.max() > MARKABLE:
            return len(np.unique(self.person))
        marked = np.zeros(self.person.max() + 1, dtype=np.bool_)
        marked[self.person] = True
        return int(np.count_nonzero(marked))

    def count_by_service(self, services: int) -> Numbers:
        """Each person once in a service."""
        pairs = np.unique(self.person * services + self.service)
        return np.bincount(pairs % services, minlength=services)

    def count_shared(self) -> int:
        """People who are in several services."""
        pairs = np.unique(np.stack([self.person, self.service]), axis=1)[0]
        return int((np.unique(pairs, return_counts=True)[1] > 1).sum())

    def meet(self, spells: Spells) -> Stints:
        """The time of these stints during which the person has a spell."""
        begins = np.searchsorted(spells.person, self.person, side="left")
        many = np.searchsorted(spells.person, self.person, side="right") - begins
        mine = np.repeat(np.arange(len(self.person)), many)
        theirs = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(begins, many)
        first = np.maximum(self.first[mine], spells.first[theirs])
        last = np.minimum(self.last[mine], spells.last[theirs])
        met = Stints(self.person[mine], self.service[mine], first, last)
        return met.choose(first <= last)

    def count_days(self, window: Window, services: int) -> Numbers:
        """Days of people within the period, by service."""
        begins, ends = window.from_on.toordinal(), window.to_on.toordinal()
        days = np.minimum(self.last, ends) - np.maximum(self.first, begins) + 1
        return np.bincount(self.service, np.maximum(days, 0), minlength=services).astype(np.int64)

    def count_daily(self, window: Window, services: int) -> Numbers:
        """How many are there on each day of the period: a row for each service."""
        begins = window.from_on.toordinal()
        here = self.during(window)
        changes = np.zeros((services, window.days + 1), dtype=np.int64)
        np.add.at(changes, (here.service, np.maximum(here.first - begins, 0)), 1)
        np.add.at(changes, (here.service, np.minimum(here.last - begins + 1, window.days)), -1)
        return np.cumsum(changes, axis=1)[:, :-1]


@dataclass(frozen=True)
class Spells:
    """Of people, sorted by person: with the application, or with an access that was not cut off."""

    person: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def build(cls, rows: Iterable[tuple[int, date, date]]) -> Spells:
        found = sorted((person, first.toordinal(), last.toordinal()) for person, first, last in rows)
        return cls(*np.array(found, dtype=np.int64).reshape(-1, 3).T)


def find_fewest(daily: Numbers) -> tuple[Numbers, Numbers]:
    """The fewest people of each service: on a day at all, and on a day with anybody."""
    staffed = np.where(daily > 0, daily, np.iinfo(np.int64).max).min(axis=1)
    return daily.min(axis=1), np.where(daily.any(axis=1), staffed, 0)

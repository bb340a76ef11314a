"""Who worked where from when to when, and who used the application, counted by service over days and periods. Pure;
in arrays, since an organization may have tens of thousands of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    """Spells of people in services (by their place in a list), both days included; sorted by service and person."""

    person: Numbers
    service: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def build(cls, columns: Numbers, service_ids: Sequence[int]) -> Stints:
        """Of person, service, first and last day; those of other services are left out."""
        by_id = np.argsort(service_ids)
        person, service_id, first, last = columns[:, np.isin(columns[1], service_ids)]
        service = by_id[np.searchsorted(service_ids, service_id, sorter=by_id)]
        order = np.lexsort((person, service))
        return cls(person[order], service[order], first[order], last[order])

    def choose(self, chosen: NDArray[np.bool_]) -> Stints:
        return Stints(self.person[chosen], self.service[chosen], self.first[chosen], self.last[chosen])

    def during(self, window: Window) -> Stints:
        return self.choose((self.first <= window.to_on.toordinal()) & (self.last >= window.from_on.toordinal()))

    def on(self, day: date) -> Stints:
        number = day.toordinal()
        return self.choose((self.first <= number) & (self.last >= number))

    def in_services(self, places: Collection[int]) -> Stints:
        is_wanted = np.zeros(self.service.max(initial=0) + 1, dtype=np.bool_)
        is_wanted[[place for place in places if place < len(is_wanted)]] = True
        return self.choose(is_wanted[self.service])

    def count_people(self) -> int:
        """Each once, in however many services."""
        if not len(self.person) or self.person.max() > MARKABLE:
            return len(np.unique(self.person))
        marked = np.zeros(self.person.max() + 1, dtype=np.bool_)
        marked[self.person] = True
        return int(np.count_nonzero(marked))

    def count_by_service(self, services: int) -> Numbers:
        """Each person once in a service."""
        return np.bincount(self.service[self._list_places()], minlength=services)

    def _list_places(self) -> Numbers:
        """The first stint of each person in each service."""
        is_first = np.ones(len(self.person), dtype=np.bool_)
        is_first[1:] = (self.person[1:] != self.person[:-1]) | (self.service[1:] != self.service[:-1])
        return np.flatnonzero(is_first)

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
        width = window.days + 1
        row = here.service * width
        begun = np.bincount(row + np.maximum(here.first - begins, 0), minlength=services * width)
        ended = np.bincount(row + np.minimum(here.last - begins + 1, window.days), minlength=services * width)
        changes = (begun - ended).reshape(services, width)
        return np.cumsum(changes, axis=1)[:, :-1]


@dataclass(frozen=True)
class Spells:
    """Of people, sorted by person: with the application, or with an access that was not cut off."""

    person: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def build(cls, person: Numbers, first: Numbers, last: Numbers) -> Spells:
        order = np.argsort(person, kind="stable")
        return cls(person[order], first[order], last[order])


def find_fewest(daily: Numbers) -> Numbers:
    """People of each service on a day with anybody; 0 without such a day."""
    staffed = np.where(daily > 0, daily, np.iinfo(np.int64).max).min(axis=1)
    return np.where(daily.any(axis=1), staffed, 0)

"""Who works where, from when to when. Known facts apply in the order of their dates, whenever they were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.billing.rating.facts import EmploymentFact, Ended, Hired, Merged, Moved, is_known
from data.billing.rating.months import DAY, local_day

_KINDS = {Hired: 0, Moved: 1, Ended: 2}


@dataclass(frozen=True, slots=True)
class Stint:
    """An assignment of a file to a service between two local days, both included (`ends_on` None: open).

    `through` holds the services it came through by moves, `fact_ids` what made it."""

    file: str
    service: str
    starts_on: date
    ends_on: date | None = None
    is_primary: bool = False
    through: tuple[str, ...] = ()
    fact_ids: tuple[str, ...] = ()

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def until(self, day: date, fact_id: str) -> Stint | None:
        """Cut to end on `day`; None where nothing of it remains."""
        if self.starts_on > day:
            return None
        if self.ends_on is not None and self.ends_on <= day:
            return self
        return replace(self, ends_on=day, fact_ids=(*self.fact_ids, fact_id))


@dataclass(frozen=True, slots=True)
class PastEnd:
    """An end, and whether somebody was at work to be ended on its day."""

    fact: Ended
    found_somebody: bool


@dataclass(frozen=True)
class Merges:
    """Which file has become which person, and since when that is known."""

    into: dict[str, tuple[str, datetime]]

    @classmethod
    def known(cls, merges: Iterable[Merged], cutoff: datetime) -> Merges:
        known = [merge for merge in merges if is_known(merge.recorded_at, cutoff)]
        ordered = sorted(known, key=lambda merge: (merge.recorded_at, merge.id))
        return cls({merge.from_person: (merge.into_person, merge.recorded_at) for merge in ordered})

    def person_of(self, file: str, at: datetime | None = None) -> str:
        """The person that a file is, by the merges recorded until `at` (None: all)."""
        passed = {file}
        while file in self.into and (at is None or self.into[file][1] <= at) and self.into[file][0] not in passed:
            file = self.into[file][0]
            passed.add(file)
        return file

    def are_one(self, file: str, other: str, at: datetime) -> bool:
        return file == other or self.person_of(file, at) == self.person_of(other, at)


def fold_employment(facts: Sequence[EmploymentFact], merges: Merges, timezone: str) -> list[Stint]:
    """The stints that one person's facts come to. A move or an end of somebody who is not there does nothing."""
    stints: list[Stint] = []
    ends: list[PastEnd] = []
    for fact in sorted(facts, key=_by_date):
        if isinstance(fact, Hired):
            if not any(takes_away(end, fact, merges, timezone) for end in ends):
                stints.append(_hired(fact))
        elif isinstance(fact, Moved):
            stints = [part for stint in stints for part in _moved(stint, fact, stints, merges)]
        else:
            ends.append(PastEnd(fact, _finds_somebody(fact, stints, merges)))
            stints = [kept for stint in stints if (kept := _ended(stint, fact, stints, merges)) is not None]
    return stints


def _by_date(fact: EmploymentFact) -> tuple[date, datetime, int, str]:
    return (fact.effective_on, fact.recorded_at, _KINDS[type(fact)], fact.id)


def takes_away(end: PastEnd, hire: Hired, merges: Merges, timezone: str) -> bool:
    """A later end dated before the first day takes a hire away: one that had not begun when the end was recorded,
    and any, where the end found no other assignment to end (the hire was a mistake)."""
    fact = end.fact
    if fact.effective_on >= hire.effective_on or hire.recorded_at >= fact.recorded_at:
        return False
    if not merges.are_one(hire.person, fact.person, fact.recorded_at):
        return False
    return not end.found_somebody or local_day(fact.recorded_at, timezone) < hire.effective_on


def _finds_somebody(fact: Ended, stints: Iterable[Stint], merges: Merges) -> bool:
    return any(
        stint.covers(fact.effective_on) and merges.are_one(stint.file, fact.person, fact.recorded_at)
        for stint in stints
    )


def _hired(fact: Hired) -> Stint:
    return Stint(fact.person, fact.service, fact.effective_on, None, fact.is_primary, (), (fact.id,))


def _moved(stint: Stint, fact: Moved, stints: Sequence[Stint], merges: Merges) -> list[Stint]:
    if not _is_moved(stint, fact, stints, merges):
        return [stint]
    before = stint.until(fact.effective_on - DAY, fact.id)
    return [before, moved_on(stint, fact)] if before else [moved_on(stint, fact)]


def moved_on(stint: Stint, fact: Moved) -> Stint:
    """The new service until the same end, primary if the former was."""
    return replace(
        stint,
        service=fact.to_service,
        starts_on=fact.effective_on,
        through=(*stint.through, stint.service),
        fact_ids=(*stint.fact_ids, fact.id),
    )


def _is_moved(stint: Stint, fact: Moved, stints: Sequence[Stint], merges: Merges) -> bool:
    """The stint in `from_service`; where an earlier move turns up late, the one that came through it."""
    there = [
        each
        for each in stints
        if each.covers(fact.effective_on) and merges.are_one(each.file, fact.person, fact.recorded_at)
    ]
    exact = [each for each in there if each.service == fact.from_service]
    return stint in (exact or [each for each in there if fact.from_service in each.through])


def _ended(stint: Stint, fact: Ended, stints: Sequence[Stint], merges: Merges) -> Stint | None:
    return stint.until(fact.effective_on, fact.id) if is_ended(stint, fact, stints, merges) else stint


def is_ended(stint: Stint, fact: Ended, stints: Sequence[Stint], merges: Merges) -> bool:
    """All assignments of the person, as its files were one when the end was recorded."""
    return merges.are_one(stint.file, fact.person, fact.recorded_at)

"""What employment facts come to: who works where, from when to when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from data.errors import AlreadyAssigned, NotEmployedThen

DAY = timedelta(days=1)


@dataclass(frozen=True)
class EmploymentFact:
    """A row of `employment_changes`, without what the fold does not need. `kind`: hired, moved, ended."""

    kind: str
    effective_on: date
    service_id: int | None = None
    department_id: int | None = None
    from_service_id: int | None = None
    is_primary: bool = False


@dataclass(frozen=True)
class Stint:
    """Work in one service between two local days, both included (`ends_on` None: open)."""

    service_id: int
    department_id: int | None
    starts_on: date
    ends_on: date | None
    is_primary: bool

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def until(self, day: date) -> Stint | None:
        """Cut to end on `day`; None where nothing of it remains."""
        if self.starts_on > day:
            return None
        return replace(self, ends_on=day if self.ends_on is None else min(self.ends_on, day))


def fold_employment(facts: Iterable[EmploymentFact], before: Iterable[Stint] = ()) -> list[Stint]:
    """The stints that facts, in the order of their recording, come to (after those `before`); sorted by start, service.

    Raises `AlreadyAssigned` or `NotEmployedThen` where a fact contradicts those before it."""
    stints = list(before)
    for fact in facts:
        stints = _FOLDS[fact.kind](stints, fact)
    return sorted(stints, key=lambda stint: (stint.starts_on, stint.service_id))


def _hire(stints: list[Stint], fact: EmploymentFact) -> list[Stint]:
    assert fact.service_id is not None
    for stint in stints:
        if stint.service_id == fact.service_id and (stint.ends_on is None or stint.ends_on >= fact.effective_on):
            raise AlreadyAssigned()
    return [*stints, Stint(fact.service_id, fact.department_id, fact.effective_on, None, fact.is_primary)]


def _move(stints: list[Stint], fact: EmploymentFact) -> list[Stint]:
    """`from` ends the day before, `to` goes on to the same end and keeps the primary mark."""
    assert fact.service_id is not None
    source = next((s for s in stints if s.service_id == fact.from_service_id and s.covers(fact.effective_on)), None)
    if source is None:
        raise NotEmployedThen()
    if fact.service_id != fact.from_service_id and any(
        s.service_id == fact.service_id and (s.ends_on is None or s.ends_on >= fact.effective_on) for s in stints
    ):
        raise AlreadyAssigned()
    target = replace(source, service_id=fact.service_id, department_id=fact.department_id, starts_on=fact.effective_on)
    before = source.until(fact.effective_on - DAY)
    return [s for s in stints if s is not source] + ([before] if before else []) + [target]


def _end(stints: list[Stint], fact: EmploymentFact) -> list[Stint]:
    """All stints end, that day included; those that had not begun fall away."""
    if not any(
        (s.starts_on <= fact.effective_on and (s.ends_on is None or s.ends_on >= fact.effective_on))
        or s.starts_on > fact.effective_on
        for s in stints
    ):
        raise NotEmployedThen()
    return [kept for s in stints if (kept := s.until(fact.effective_on)) is not None]


_FOLDS = {"hired": _hire, "moved": _move, "ended": _end}

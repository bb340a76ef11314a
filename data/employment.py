"""What employment facts come to: who works where, from when to when; and which facts to record so that a bill, which
applies them by their days, reads the same days out of them as the directory, which takes them as they come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from data.billing import rating
from data.billing.rating import employment as billed
from data.errors import AlreadyAssigned, ChangePlanned, NotEmployedThen

DAY = timedelta(days=1)


@dataclass(frozen=True)
class EmploymentFact:
    """A row of `employment_changes`, without what the fold does not need. `kind`: hired, moved, ended. `recorded_at`
    None: not recorded yet."""

    kind: str
    effective_on: date
    service_id: int | None = None
    department_id: int | None = None
    from_service_id: int | None = None
    is_primary: bool = False
    recorded_at: datetime | None = field(default=None, compare=False)


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


def find_last_day(stints: Iterable[Stint]) -> date | None:
    """The last day of all work; None where some goes on, or where there is none."""
    ends = [stint.ends_on for stint in stints]
    return None if not ends or None in ends else max(day for day in ends if day is not None)


def plan_hire(facts: Sequence[EmploymentFact], new: Stint, today: date) -> list[EmploymentFact]:
    """The facts by which somebody works in one more place. A bill would cut it at an end that was recorded earlier for
    that day or later: so all work ends on it once more, and goes on the day after."""
    hired = _rehire(new, new.starts_on)
    fold_employment([*facts, hired])  # refuses what contradicts
    _check_moves(facts, [new])
    ends = [fact.effective_on for fact in facts if fact.kind == "ended" and fact.effective_on >= new.starts_on]
    if not ends:
        return [hired]
    stints = [*fold_employment(facts), new]
    if min(ends) >= today:
        return [hired, EmploymentFact("ended", min(ends)), *plan_return(facts, stints, min(ends))]
    before = min(stint.starts_on for stint in stints) - DAY
    return [EmploymentFact("ended", before), *plan_return(facts, stints, before)]


def plan_move(facts: Sequence[EmploymentFact], move: EmploymentFact) -> list[EmploymentFact]:
    """A move, and another one for each return to the same place that follows without a gap."""
    moves = [move]
    stints = fold_employment([*facts, move])
    while True:
        last = max((s for s in stints if s.service_id == move.service_id), key=lambda stint: stint.starts_on)
        after = None if last.ends_on is None else last.ends_on + DAY
        if not any(s.service_id == move.from_service_id and s.starts_on == after for s in stints) or (
            move.service_id == move.from_service_id and last.department_id == move.department_id
        ):
            return moves
        assert after is not None
        moves.append(replace(move, effective_on=after))
        stints = fold_employment([*facts, *moves])


def plan_end(facts: Sequence[EmploymentFact], day: date, today: date) -> list[EmploymentFact]:
    """The facts by which all work ends on `day`. A bill does not take away work that had begun when a former end is
    recorded, unless an end says so that finds nobody left: so each later beginning gets an end of its own before it."""
    stints = fold_employment(facts)
    begun = sorted({stint.starts_on for stint in stints if day < stint.starts_on <= today}, reverse=True)
    is_at_work = any(stint.covers(day) for stint in stints)
    if is_at_work and day + DAY in begun:
        return _plan_anew(facts, stints, day)
    ends = [EmploymentFact("ended", start - DAY) for start in begun]
    return [*ends, EmploymentFact("ended", day)] if is_at_work or not ends else ends


def _plan_anew(facts: Sequence[EmploymentFact], stints: Sequence[Stint], day: date) -> list[EmploymentFact]:
    """Somebody is at work on `day` itself, and other work began the day after: all of it is taken away by an end before
    the very first day, and told again as far as `day`."""
    before = min(stint.starts_on for stint in stints) - DAY
    kept = [cut for stint in stints if (cut := stint.until(day)) is not None]
    try:
        return [EmploymentFact("ended", before), *plan_return(facts, kept, before)]
    except ChangePlanned:
        return [EmploymentFact("ended", day)]


def plan_return(facts: Sequence[EmploymentFact], wanted: Iterable[Stint], after: date) -> list[EmploymentFact]:
    """The facts by which the `wanted` stints go on once all work has ended on `after`, as if without a gap.

    A bill applies facts by their days: an end that was recorded earlier for a later day would cut them there, so they
    end on it too and begin again the day after. A move that was recorded for a later day would carry them off, which
    nothing can undo: `ChangePlanned`."""
    coming = [stint for stint in wanted if stint.ends_on is None or stint.ends_on > after]
    _check_moves(facts, [replace(stint, starts_on=max(stint.starts_on, after + DAY)) for stint in coming])
    ends = {fact.effective_on for fact in facts if fact.kind == "ended" and fact.effective_on > after}
    ends |= {stint.ends_on for stint in coming if stint.ends_on is not None}
    planned: list[EmploymentFact] = []
    begins = after + DAY
    for end in sorted(ends):
        here = [_rehire(stint, begins) for stint in coming if stint.starts_on <= end and _lasts(stint, begins)]
        planned += [*here, EmploymentFact("ended", end)] if here else []
        begins = end + DAY
    return planned + [_rehire(stint, begins) for stint in coming if _lasts(stint, begins)]


def _check_moves(facts: Iterable[EmploymentFact], stints: Sequence[Stint]) -> None:
    for fact in facts:
        if fact.kind == "moved" and any(_would_move(stint, fact) for stint in stints):
            raise ChangePlanned()


def _would_move(stint: Stint, fact: EmploymentFact) -> bool:
    is_there = stint.service_id == fact.from_service_id and stint.covers(fact.effective_on)
    return is_there and fact.effective_on > stint.starts_on


def _lasts(stint: Stint, day: date) -> bool:
    return stint.ends_on is None or stint.ends_on >= day


def _rehire(stint: Stint, day: date) -> EmploymentFact:
    begins = max(stint.starts_on, day)
    return EmploymentFact("hired", begins, stint.service_id, stint.department_id, is_primary=stint.is_primary)


def plan_facts(facts: Sequence[EmploymentFact], wished: Iterable[EmploymentFact], today: date) -> list[EmploymentFact]:
    """What is wished, one after the other, each told as the directory tells it."""
    planned: list[EmploymentFact] = []
    for wish in wished:
        planned += _plan_one([*facts, *planned], wish, today)
    fold_employment([*facts, *planned])  # refuses what contradicts
    return planned


def _plan_one(facts: Sequence[EmploymentFact], wish: EmploymentFact, today: date) -> list[EmploymentFact]:
    if wish.kind == "ended":
        return plan_end(facts, wish.effective_on, today)
    if wish.kind == "moved":
        return plan_move(facts, wish)
    assert wish.service_id is not None
    return plan_hire(facts, Stint(wish.service_id, wish.department_id, wish.effective_on, None, wish.is_primary), today)


def plan_main_place(stints: Iterable[Stint], after: date) -> list[Stint]:
    """Somebody whose main place ended alone has it where they have worked longest, of the places that go on."""
    going = [stint for stint in stints if stint.ends_on is None or stint.ends_on > after]
    if not going or any(stint.is_primary for stint in going):
        return going
    main = min(going, key=lambda stint: (stint.starts_on > after, stint.starts_on, stint.service_id)).service_id
    return [replace(stint, is_primary=stint.service_id == main) for stint in going]


def settle(
    facts: Sequence[EmploymentFact], planned: Sequence[EmploymentFact], at: datetime, timezone: str
) -> list[EmploymentFact]:
    """The facts to record at that moment so that the bill reads what the directory will. Where it would not, all work
    is ended before its first day and told again; `ChangePlanned` where even that would leave them apart."""
    if not facts and [fact.kind for fact in planned] in (["hired"], ["hired", "ended"]):
        return list(planned)  # nothing before, nothing to part: most lines of an import
    wanted = fold_employment([*facts, *planned])
    if _is_billed_as(wanted, [*facts, *planned], at, timezone):
        return list(planned)
    starts = [stint.starts_on for stint in fold_employment(facts)]
    if not starts:
        raise ChangePlanned()
    before = min(starts + [stint.starts_on for stint in wanted]) - DAY
    anew = [EmploymentFact("ended", before), *plan_return(facts, wanted, before)]
    if not _is_billed_as(wanted, [*facts, *anew], at, timezone):
        raise ChangePlanned()
    return anew


def _is_billed_as(wanted: Sequence[Stint], facts: Sequence[EmploymentFact], at: datetime, timezone: str) -> bool:
    told = [_tell(number, fact, at) for number, fact in enumerate(facts) if not _stays_in_service(fact)]
    ours = [billed.Stint("", str(s.service_id), s.starts_on, s.ends_on, s.is_primary) for s in wanted]
    return _list_days(billed.fold_employment(told, billed.Merges({}), timezone)) == _list_days(ours)


def _stays_in_service(fact: EmploymentFact) -> bool:
    """Another department costs the same service."""
    return fact.kind == "moved" and fact.service_id == fact.from_service_id


def _tell(number: int, fact: EmploymentFact, at: datetime) -> rating.EmploymentFact:
    name, on, recorded_at = f"{number:06}", fact.effective_on, fact.recorded_at or at
    if fact.kind == "ended":
        return rating.Ended(name, "", on, recorded_at)
    if fact.kind == "moved":
        return rating.Moved(name, "", on, recorded_at, str(fact.from_service_id), str(fact.service_id))
    return rating.Hired(name, "", on, recorded_at, str(fact.service_id), fact.is_primary)


def _list_days(stints: Iterable[billed.Stint]) -> list[tuple[str, bool, date, date]]:
    """Service, main or not, first and last day; what goes on without a gap is one."""
    found: list[tuple[str, bool, date, date]] = []
    for stint in sorted(stints, key=lambda each: (each.service, each.is_primary, each.starts_on)):
        last = stint.ends_on or date.max
        if found and found[-1][:2] == (stint.service, stint.is_primary) and found[-1][3] == stint.starts_on - DAY:
            found[-1] = (*found[-1][:3], last)
        else:
            found.append((stint.service, stint.is_primary, stint.starts_on, last))
    return found

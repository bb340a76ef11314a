"""What employment facts come to: a pure fold, held against a plain day-by-day reading of the same facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.billing.rating import employment as rating
from data.billing.rating import facts as ratable
from data.employment import (
    EmploymentFact,
    Stint,
    find_last_day,
    fold_employment,
    plan_end,
    plan_facts,
    plan_hire,
    plan_main_place,
    plan_move,
    plan_return,
    settle,
)
from data.errors import AlreadyAssigned, ChangePlanned, ChatError, NotEmployedThen

DAY0 = date(2026, 1, 1)
DAYS = 40


def day(number: int) -> date:
    return DAY0 + timedelta(days=number)


facts = st.lists(
    st.one_of(
        st.builds(
            EmploymentFact,
            st.just("hired"),
            st.integers(0, DAYS - 1).map(day),
            service_id=st.integers(1, 3),
            is_primary=st.booleans(),
        ),
        st.builds(
            EmploymentFact,
            st.just("moved"),
            st.integers(0, DAYS - 1).map(day),
            service_id=st.integers(1, 3),
            from_service_id=st.integers(1, 3),
        ),
        st.builds(EmploymentFact, st.just("ended"), st.integers(0, DAYS - 1).map(day)),
    ),
    max_size=8,
)


def keep_possible(candidates: list[EmploymentFact]) -> list[EmploymentFact]:
    """The facts that the fold accepts, in order: what the actions would have recorded."""
    kept: list[EmploymentFact] = []
    for fact in candidates:
        try:
            fold_employment([*kept, fact])
        except ChatError:
            continue
        kept.append(fact)
    return kept


def walk(known: list[EmploymentFact]) -> dict[date, set[int]]:
    """Day by day, fact by fact: where the person works. Nothing shared with the fold."""
    works: dict[date, dict[int, int]] = {day(number): {} for number in range(DAYS + 5)}
    for number, fact in enumerate(known):
        for today, places in works.items():
            if fact.kind == "ended" and today > fact.effective_on:
                places.clear()
            if fact.kind == "hired" and today >= fact.effective_on:
                places[fact.service_id or 0] = number
        if fact.kind == "moved":
            _walk_move(works, fact, number)
    return {today: set(places) for today, places in works.items()}


def _walk_move(works: dict[date, dict[int, int]], fact: EmploymentFact, number: int) -> None:
    """From the day of the move on, for as long as the person would have stayed by the fact that brought them there."""
    today, source = fact.effective_on, fact.from_service_id or 0
    brought = works[today].get(source)
    while today in works and brought is not None and works[today].get(source) == brought:
        del works[today][source]
        works[today][fact.service_id or 0] = number
        today += timedelta(days=1)


@given(facts)
def test_folded_stints_cover_the_days_that_a_walk_over_the_days_finds(candidates: list[EmploymentFact]) -> None:
    known = keep_possible(candidates)
    stints = fold_employment(known)
    for today, places in walk(known).items():
        assert {stint.service_id for stint in stints if stint.covers(today)} == places


@given(facts)
def test_stints_of_one_service_never_overlap(candidates: list[EmploymentFact]) -> None:
    stints = fold_employment(keep_possible(candidates))
    for number in range(DAYS + 5):
        today = [stint.service_id for stint in stints if stint.covers(day(number))]
        assert len(today) == len(set(today))


@given(facts)
def test_folding_in_two_goes_is_folding_at_once(candidates: list[EmploymentFact]) -> None:
    known = keep_possible(candidates)
    half = len(known) // 2
    assert fold_employment(known[half:], before=fold_employment(known[:half])) == fold_employment(known)


def test_a_move_ends_the_day_before_and_keeps_the_primary_mark_and_the_end() -> None:
    known = [
        EmploymentFact("hired", day(0), 1, is_primary=True),
        EmploymentFact("ended", day(30)),
        EmploymentFact("moved", day(10), 2, from_service_id=1),
    ]
    assert fold_employment(known) == [Stint(1, None, day(0), day(9), True), Stint(2, None, day(10), day(30), True)]


def test_an_end_includes_its_day_ends_all_and_drops_what_had_not_begun() -> None:
    known = [
        EmploymentFact("hired", day(0), 1, is_primary=True),
        EmploymentFact("hired", day(5), 2),
        EmploymentFact("hired", day(20), 3),
        EmploymentFact("ended", day(10)),
    ]
    assert fold_employment(known) == [Stint(1, None, day(0), day(10), True), Stint(2, None, day(5), day(10), False)]


def test_facts_that_contradict_are_refused() -> None:
    hired = EmploymentFact("hired", day(0), 1)
    with pytest.raises(AlreadyAssigned):
        fold_employment([hired, EmploymentFact("hired", day(3), 1)])
    with pytest.raises(NotEmployedThen):
        fold_employment([hired, EmploymentFact("moved", day(3), 2, from_service_id=3)])
    with pytest.raises(NotEmployedThen):
        fold_employment([hired, EmploymentFact("ended", day(3)), EmploymentFact("ended", day(9))])


# A departure that changes, one service of several that ends: the directory and the bill read the same days out of it.


class File:
    """One person's facts with the day on which each was recorded, as the actions of an administrator record them."""

    def __init__(self, starts: list[int]) -> None:
        self.today = self.acts = 0
        self.recorded: list[tuple[datetime, EmploymentFact]] = []
        self.record([EmploymentFact("hired", day(start), n) for n, start in enumerate(starts, 1)])

    @property
    def facts(self) -> list[EmploymentFact]:
        return [replace(fact, recorded_at=at) for at, fact in self.recorded]

    @property
    def stints(self) -> list[Stint]:
        return fold_employment(self.facts)

    def record(self, facts: list[EmploymentFact]) -> None:
        """As `record_facts` does."""
        self.acts += 1
        at = datetime(2026, 1, 1, 17, tzinfo=UTC) + timedelta(days=self.today, seconds=self.acts)
        self.recorded += [(at, fact) for fact in settle(self.facts, facts, at, "America/Toronto")]

    def wish(self, *wished: EmploymentFact) -> None:
        """As a staff file says it."""
        self.record(plan_facts(self.facts, wished, day(self.today)))

    def tell_raw(self, *facts: EmploymentFact) -> None:
        """Late or early, in any order, as nothing has planned it."""
        self.record(list(facts))

    def end(self, number: int) -> None:
        self.record(plan_end(self.facts, day(number), day(self.today)))

    def assign(self, service: int, number: int) -> None:
        self.record(plan_hire(self.facts, Stint(service, None, day(number), None, False), day(self.today)))

    def move(self, source: int, target: int, number: int) -> None:
        move = EmploymentFact("moved", day(number), target, from_service_id=source)
        if source != target:
            self.record(plan_move(self.facts, move))

    def change_departure(self, number: int | None) -> None:
        known, last = find_last_day(self.stints), None if number is None else day(number)
        if known is None or known < day(self.today):
            raise NotEmployedThen()
        if last is not None and last <= known:
            self.record(plan_end(self.facts, last, day(self.today)))
        else:
            staying = [replace(stint, ends_on=last) for stint in self.stints if stint.ends_on == known]
            self.record(plan_return(self.facts, staying, known))

    def end_service(self, service: int, number: int) -> None:
        last = day(max(number, self.today))
        if any(s.service_id == service and (s.ends_on is None or s.ends_on > last) for s in self.stints):
            staying = plan_main_place([stint for stint in self.stints if stint.service_id != service], last)
            self.record([EmploymentFact("ended", last), *plan_return(self.facts, staying, last)])

    def bill(self) -> list[rating.Stint]:
        """What rating makes of the same facts, whatever the order in which they are read."""
        told = [_tell(number, at, fact) for number, (at, fact) in enumerate(self.recorded)]
        return rating.fold_employment(told, rating.Merges({}), "America/Toronto")


def _tell(number: int, at: datetime, fact: EmploymentFact) -> ratable.EmploymentFact:
    name, on, to = f"e{number:03}", fact.effective_on, str(fact.service_id)
    if fact.kind == "ended":
        return ratable.Ended(name, "p", on, at)
    if fact.kind == "moved":
        return ratable.Moved(name, "p", on, at, str(fact.from_service_id), to)
    return ratable.Hired(name, "p", on, at, to, fact.is_primary)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 9)),
        st.tuples(st.just("end"), st.integers(0, DAYS - 1)),
        st.tuples(st.just("change_departure"), st.one_of(st.none(), st.integers(0, DAYS - 1))),
        st.tuples(st.just("end_service"), st.integers(1, 3), st.integers(0, DAYS - 1)),
        st.tuples(st.just("assign"), st.integers(1, 4), st.integers(0, DAYS - 1)),
        st.tuples(st.just("move"), st.integers(1, 4), st.integers(1, 4), st.integers(0, DAYS - 1)),
        st.builds(lambda wished: ("wish", *wished), facts.filter(lambda each: 0 < len(each) < 3)),
        st.builds(lambda told: ("tell_raw", *told), facts.filter(lambda each: 0 < len(each) < 3)),
    ),
    max_size=7,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.integers(0, DAYS // 2), min_size=1, max_size=3), acts)
def test_the_bill_and_the_directory_read_the_same_days(starts: list[int], done: list[tuple[Any, ...]]) -> None:
    file = File(starts)
    for act, *given_ in done:
        if act == "wait":
            file.today += given_[0]
            continue
        try:
            getattr(file, act)(*given_)
        except ChatError:
            continue
    billed = file.bill()
    for number in range(DAYS + 20):
        today = day(number)
        directory = sorted((str(stint.service_id), stint.is_primary) for stint in file.stints if stint.covers(today))
        assert sorted((stint.service, stint.is_primary) for stint in billed if stint.covers(today)) == directory


def test_a_fact_that_comes_late_is_told_so_that_the_bill_reads_what_the_directory_does() -> None:
    """A hire before an end that was recorded earlier: the bill, which takes facts by their days, would end it there."""
    file = File([0])
    file.tell_raw(EmploymentFact("ended", day(12)))
    file.today = 20
    file.tell_raw(EmploymentFact("hired", day(5), 3))
    for works in (file.stints, file.bill()):
        assert {str(each.service_id if isinstance(each, Stint) else each.service) for each in works} == {"1", "3"}
        assert [sum(each.covers(day(n)) for each in works) for n in (4, 5, 12, 13, 60)] == [1, 2, 2, 1, 1]


def test_where_the_main_place_ends_alone_the_longest_of_the_others_becomes_it() -> None:
    def main_on(number: int) -> dict[int, bool]:
        return {stint.service_id: stint.is_primary for stint in file.stints if stint.covers(day(number))}

    file = File([])
    for service, start in ((1, 3), (2, 0), (3, 5)):
        file.tell_raw(EmploymentFact("hired", day(start), service, is_primary=service == 1))
    file.end_service(1, 12)
    assert main_on(12) == {1: True, 2: False, 3: False}
    assert main_on(13) == {2: True, 3: False}
    file.end_service(3, 15)
    assert main_on(16) == {2: True}


def test_a_departure_that_is_put_off_is_a_return_and_one_service_of_two_ends_alone() -> None:
    file = File([0, 5])
    file.end(20)
    file.today = 10
    file.change_departure(30)
    assert {(s.service_id, s.ends_on) for s in file.stints if s.covers(day(25))} == {(1, day(30)), (2, day(30))}
    file.change_departure(None)
    assert all(any(s.covers(day(100)) and s.service_id == n for s in file.stints) for n in (1, 2))
    file.end_service(2, 12)
    assert {s.service_id for s in file.stints if s.covers(day(12))} == {1, 2}
    assert {s.service_id for n in (13, 25, 100) for s in file.stints if s.covers(day(n))} == {1}


def test_a_return_is_not_carried_off_by_a_move_that_was_planned() -> None:
    moved = EmploymentFact("moved", day(30), 2, from_service_id=1)
    facts = [EmploymentFact("hired", day(0), 1), moved, EmploymentFact("ended", day(20))]
    with pytest.raises(ChangePlanned):
        plan_return(facts, [Stint(1, None, day(0), None, False)], day(20))

"""What employment facts come to: a pure fold, held against a plain day-by-day reading of the same facts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.employment import EmploymentFact, Stint, fold_employment
from data.errors import AlreadyAssigned, ChatError, NotEmployedThen

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
    works: dict[date, set[int]] = {day(number): set() for number in range(DAYS + 5)}
    for fact in known:
        for today, places in works.items():
            if fact.kind == "ended" and today > fact.effective_on:
                places.clear()
            if fact.kind == "hired" and today >= fact.effective_on:
                places.add(fact.service_id or 0)
        if fact.kind == "moved":
            _walk_move(works, fact)
    return works


def _walk_move(works: dict[date, set[int]], fact: EmploymentFact) -> None:
    """From the day of the move on, for as long as the person would have stayed."""
    today = fact.effective_on
    while today in works and fact.from_service_id in works[today]:
        works[today].discard(fact.from_service_id or 0)
        works[today].add(fact.service_id or 0)
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

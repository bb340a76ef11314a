"""R29: nothing on fewer than five people, neither alone nor by difference of services, totals or periods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.usage.facts import DOINGS, Side
from data.usage.figures import Services, count_people, measure
from data.usage.privacy import STEP, Amount, add_up, divide, in_fives, is_crowd, show_within
from data.usage.staff import Spells, Stints
from data.usage.windows import DAY, Window, make_window

BEGIN = date(2026, 11, 1)

Bounds = dict[tuple[int, int, int], tuple[int, int]]  # of (service, first day, last day)


@dataclass(frozen=True)
class Town:
    """Who works where from which day to which, and on which days they do something there."""

    services: int
    days: int
    stints: list[tuple[int, int, int, int]]  # person, service, first day, last day
    deeds: dict[tuple[int, int], frozenset[int]]
    apps: dict[int, tuple[int, int]] = field(default_factory=dict)  # from which day to which a person has it

    def staff(self, service: int, first: int, last: int) -> set[int]:
        return {who for who, where, a, b in self.stints if where == service and a <= last and b >= first}

    def equipped(self, service: int, day: int) -> set[int]:
        return {who for who in self.staff(service, day, day) if who in self.apps and _covers(self.apps[who], day)}

    def fewest(self, service: int, first: int, last: int) -> int:
        heads = [len(self.staff(service, day, day)) for day in range(first, last + 1)]
        return min((each for each in heads if each), default=0)

    def count(self, service: int, first: int, last: int) -> int:
        here = self.staff(service, first, last)
        return sum(any(first <= day <= last for day in self.deeds[who, service]) for who in here)

    def list_spans(self) -> Iterator[tuple[int, int]]:
        return ((first, last) for first in range(self.days) for last in range(first, self.days))


def _covers(days: tuple[int, int], day: int) -> bool:
    return days[0] <= day <= days[1]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Some people come or go on the way, some work in two services; most do the same as everybody, so that figures come
    to lie at the edges of their steps."""
    services, days = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    stints, deeds, apps = [], {}, {}
    habit = [frozenset(draw(st.sets(st.integers(0, days - 1)))) for _ in range(services)]
    for who in range(draw(st.integers(1, 19))):
        for where in draw(st.sets(st.integers(0, services - 1), min_size=1, max_size=2)):
            first = draw(st.sampled_from([0, 0, 0, *range(days)]))
            last = draw(st.sampled_from([days - 1, days - 1, days - 1, *range(first, days)]))
            stints.append((who, where, first, last))
            own = draw(st.one_of(st.just(habit[where]), st.sets(st.integers(0, days - 1)).map(frozenset)))
            deeds[who, where] = frozenset(day for day in own if first <= day <= last)
        if draw(st.sampled_from([True, True, False])):
            opened = draw(st.sampled_from([0, 0, 0, *range(days)]))
            apps[who] = opened, draw(st.sampled_from([days - 1, days - 1, *range(opened, days)]))
    return Town(services, days, stints, deeds, apps)


def make_side(town: Town) -> Side:
    begin = BEGIN.toordinal()
    rows = [(who, where, begin + a, begin + b) for who, where, a, b in town.stints]
    stints = Stints.build(np.array(rows, int).reshape(-1, 4).T, range(town.services))
    spells = [(who, begin + first, begin + last) for who, (first, last) in town.apps.items()]
    has_app = stints.meet(Spells.build(*np.array(spells, int).reshape(-1, 3).T))
    nobody = np.zeros(town.services, dtype=np.int64)
    doing = dict.fromkeys(DOINGS, nobody)
    return Side(span(0, town.days - 1), range(town.services), stints, has_app, has_app, None, doing, nobody)


def span(first: int, last: int) -> Window:
    return make_window("dates", BEGIN + first * DAY, BEGIN + last * DAY)


def show(town: Town, side: Side, services: tuple[int, ...], first: int, last: int) -> Amount | None:
    """What the page shows."""
    counts = np.array([town.count(each, first, last) for each in range(town.services)])
    return count_people(Services(side, services), span(first, last), counts).amount


class Attacker:
    """Knows who works where and when, from the directory; sees every figure of every scope and period; and narrows
    down, until nothing more follows, how many people did something in each service and period."""

    def __init__(self, town: Town, side: Side) -> None:
        self.town = town
        self.known: Bounds = {}
        for service in range(town.services):
            for first, last in town.list_spans():
                shown = show(town, side, (service,), first, last)
                most = len(town.staff(service, first, last))
                low, high = (int(shown.low), int(shown.high)) if shown else (0, most)
                self.known[service, first, last] = max(low, 0), min(high, most)
        self.totals = [
            (services, first, last, shown)
            for count in range(2, town.services + 1)
            for services in combinations(range(town.services), count)
            for first, last in town.list_spans()
            if (shown := show(town, side, services, first, last))
        ]

    def narrow(self) -> None:
        changes = True
        while changes:
            before = dict(self.known)
            for service in range(self.town.services):
                for first, last in self.town.list_spans():
                    for middle in range(first, last):
                        self._split((service, first, last), (service, first, middle), (service, middle + 1, last))
            for total in self.totals:
                self._compare(*total)
            changes = before != self.known

    def _split(self, whole: tuple[int, int, int], one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
        """Whoever did it in the whole period did it in one of the two, or in both."""
        (low, high), (low_1, high_1), (low_2, high_2) = self.known[whole], self.known[one], self.known[other]
        self._learn(whole, max(low_1, low_2), high_1 + high_2)
        self._learn(one, low - high_2, high)
        self._learn(other, low - high_1, high)

    def _compare(self, services: tuple[int, ...], first: int, last: int, total: Amount) -> None:
        """No service has more than the total, all together not less; left out are those that are not shown."""
        keys = [(each, first, last) for each in services if is_crowd(self.town.fewest(each, first, last))]
        for key in keys:
            others = sum(self.known[other][1] for other in keys if other != key)
            self._learn(key, int(total.low) - others, int(total.high))

    def _learn(self, key: tuple[int, int, int], low: int, high: int) -> None:
        known_low, known_high = self.known[key]
        self.known[key] = max(low, known_low), min(high, known_high)

    def list_pinned(self) -> list[object]:
        """One to four people of a service and period, or of a period and not of a shorter one, or who did nothing."""
        pinned: list[object] = []
        for key, (low, high) in self.known.items():
            service, first, last = key
            most = len(self.town.staff(*key))
            pinned += [key] if low == high and 0 < low < STEP else []
            pinned += [("nothing", key)] if low == high and 0 < most - low < STEP else []
            for shorter in (key for key in self.known if key[0] == service and first <= key[1] <= key[2] <= last):
                low_1, high_1 = self.known[shorter]
                pinned += [(key, shorter)] if low - high_1 == high - low_1 and 0 < low - high_1 < STEP else []
        return pinned


# All six of the first day, and four of the nine who followed them: of both days together ten, the bottom of a step.
CHANGED = Town(
    1,
    2,
    [(who, 0, 0, 0) for who in range(6)] + [(who, 0, 1, 1) for who in range(6, 15)],
    {(who, 0): frozenset({0} if who < 6 else {1} if who < 10 else ()) for who in range(15)},
)


@settings(max_examples=80, deadline=None)
@given(towns())
@example(CHANGED)
def test_r29_no_figure_on_one_to_four_people_is_found_out(town: Town) -> None:
    side = make_side(town)
    attacker = Attacker(town, side)
    attacker.narrow()
    for (service, first, last), (low, high) in attacker.known.items():
        assert low <= town.count(service, first, last) <= high, "what is shown is true"
    assert attacker.list_pinned() == []


def list_derived(town: Town, side: Side, service: int) -> Iterator[tuple[int, int]]:
    """Days of which the private totals follow from those shown, as sums and differences: from one midnight to another,
    wherever shown periods lead from this to that."""
    leads = {midnight: {midnight} for midnight in range(town.days + 1)}
    for first, last in town.list_spans():
        if Services(replace(side, window=span(first, last)), [service]).shown_in_private():
            joined = leads[first] | leads[last + 1]
            leads |= dict.fromkeys(joined, joined)
    return ((begin, end - 1) for begin in leads for end in leads[begin] if begin < end)


# Twelve work there, two of them have the application: whatever is written in private is theirs.
TWO_EQUIPPED = Town(1, 2, [(who, 0, 0, 1) for who in range(12)], {}, {0: (0, 1), 1: (0, 1)})
# Five have it on the first day, one of them on the second: both days less the first are that one's.
ONE_LEFT = Town(1, 2, [(who, 0, 0, 1) for who in range(12)], {}, {who: (0, who // 4) for who in range(5)})


@settings(max_examples=80, deadline=None)
@given(towns())
@example(TWO_EQUIPPED)
@example(ONE_LEFT)
def test_r29_no_private_total_is_of_one_to_four_people_however_totals_are_combined(town: Town) -> None:
    side = make_side(town)
    for service in range(town.services):
        for first, last in list_derived(town, side, service):
            assert len(set().union(*(town.equipped(service, day) for day in range(first, last + 1)))) >= STEP


@settings(max_examples=60, deadline=None)
@given(towns(), st.data())
def test_r29_what_fewer_than_five_people_did_changes_no_median(town: Town, data: st.DataObject) -> None:
    """Whatever delays they had, in a service or in a total: the same is shown."""
    services = range(town.services)
    did = {
        each: len({who for who, where in town.deeds if where == each and town.deeds[who, where]}) for each in services
    }
    counts = np.array(list(did.values()))
    delays = st.lists(st.integers(0, 100), max_size=20)
    stats = ("first_read", "first_reply")

    def make(old: Side | None) -> Side:
        steps = {
            (each, stat): np.bincount(data.draw(delays), minlength=101)
            if old is None or did[each] < STEP
            else old.delays[each, stat]
            for each in services
            for stat in stats
        }
        return replace(make_side(town), delays=steps, readers=counts, doing=dict.fromkeys(DOINGS, counts))

    one = make(None)
    other = make(one)
    for count in range(1, town.services + 1):
        for chosen in combinations(services, count):
            shown = [[measure(side, chosen)[stat].amount for stat in stats] for side in (one, other)]
            assert shown[0] == shown[1]


def test_what_is_shown_is_no_more_than_what_it_is_part_of() -> None:
    """Five of eight have the application: of 5 to 8 who are active, 5 are shown; what is known stays as wide."""
    assert show_within(in_fives(6, 8, 8), 5) == Amount(5, 5, 8)
    assert show_within(in_fives(12, 40, 40), 7) == Amount(10, 10, 14)
    assert show_within(in_fives(12, 40, 40), 30) == in_fives(12, 40, 40)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_r27_the_total_holds_the_truth_each_person_once(town: Town) -> None:
    side, last = make_side(town), town.days - 1
    services = tuple(range(town.services))
    shown = show(town, side, services, 0, last)
    counted = [each for each in services if is_crowd(town.fewest(each, 0, last))]
    assert (shown is None) == (not counted)
    if shown is not None:
        people = {who for who, where, *_ in town.stints if where in counted and town.deeds[who, where]}
        assert shown.low <= len(people) <= shown.high


def test_r29_fewer_than_five_hide_a_figure_and_one_more_shows_it() -> None:
    for staff in (4, 5):
        town = Town(1, 1, [(who, 0, 0, 0) for who in range(staff)], {(who, 0): frozenset({0}) for who in range(staff)})
        assert (show(town, make_side(town), (0,), 0, 0) is None) == (staff < 5)


def test_r29_one_day_with_too_few_hides_the_whole_period() -> None:
    stints = [(who, 0, 0, 2 if who < 4 else 1) for who in range(9)]
    town = Town(1, 3, stints, {(who, 0): frozenset({0}) for who in range(9)})
    assert show(town, make_side(town), (0,), 0, 1) is not None
    assert show(town, make_side(town), (0,), 0, 2) is None


@pytest.mark.parametrize(
    ("count", "people", "fewest", "low", "high"),
    [
        (0, 40, 40, 0, 4),
        (4, 40, 40, 0, 4),
        (5, 40, 40, 5, 9),
        (7, 8, 8, 5, 8),
        (5, 5, 5, 5, 5),
        (34, 37, 37, 30, 34),
        (37, 37, 37, 35, 37),
        (23, 60, 25, 20, 24),
        (26, 60, 25, 25, 60),
        (51, 60, 25, 25, 60),
    ],
)
def test_r29_steps_of_five(count: int, people: int, fewest: int, low: int, high: int) -> None:
    found = in_fives(count, people, fewest)
    assert (found.low, found.high) == (low, high)
    assert low <= found.value <= high


def test_r29_a_rate_tells_no_more_than_its_parts() -> None:
    assert divide(in_fives(3, 40, 40), Amount.exactly(40)) is None
    assert divide(in_fives(7, 40, 40), in_fives(2, 40, 40)) is None
    assert divide(in_fives(7, 40, 40), Amount.exactly(40)) == Amount(7 / 40, 5 / 40, 9 / 40)


def test_r27_who_works_in_two_services_counts_once_in_the_total() -> None:
    everybody = in_fives(10, 10, 10)
    assert add_up([everybody, everybody], heads=15, places=20) == Amount.exactly(15)

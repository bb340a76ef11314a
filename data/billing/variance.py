"""Why a month costs more or less than the one closed before, person by person. Cents, without taxes or minimum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, get_args

from data.billing.rating import RatedMonth, round_half_up, unit_cents

StepKind = Literal["joined", "rehired", "caught_up", "moved", "merged", "left", "credited", "price", "days", "rounding"]
STEP_KINDS: tuple[StepKind, ...] = get_args(StepKind)


@dataclass(frozen=True, slots=True)
class Variance:
    """Against the closing before, people as rated at each. Prices in 1/10000 $."""

    joined: int
    left: int
    stayed: int
    moved: int
    joined_cents: int
    left_cents: int
    change_cents: int
    price_from: int | None
    price_to: int | None

    @property
    def same_people_cents(self) -> int:
        return self.change_cents - self.joined_cents - self.left_cents


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way from one subtotal to the next. `people`: exact cents of each who makes it."""

    kind: StepKind
    cents: int
    people: tuple[tuple[str, Fraction], ...] = ()


def variance_of(previous: RatedMonth, current: RatedMonth) -> Variance:
    before, after = previous.billed, current.billed
    stayed = [person for person in after if person in before]
    return Variance(
        joined=len(after) - len(stayed),
        left=len(before) - len(stayed),
        stayed=len(stayed),
        moved=sum(before[person].service != after[person].service for person in stayed),
        joined_cents=round_half_up(current.charge(person for person in after if person not in before)),
        left_cents=-round_half_up(previous.charge(person for person in before if person not in after)),
        change_cents=current.subtotal_cents - previous.subtotal_cents,
        price_from=previous.terms.price,
        price_to=current.terms.price,
    )


def build_waterfall(previous: RatedMonth, current: RatedMonth, previous_now: RatedMonth) -> tuple[Step, ...]:
    """The variance in finer steps that add up to the same change. `previous_now`: that month by today's facts.

    `caught_up` and `credited` are those whose coming or going is older than it looked: the month before is billed or
    credited for them apart. A move costs nothing by itself: it carries what a moved person's days changed."""
    people: dict[StepKind, dict[str, Fraction]] = {kind: {} for kind in STEP_KINDS}
    for kind, person, cents in _deltas(previous, current, previous_now):
        people[kind][person] = people[kind].get(person, Fraction(0)) + cents
    steps = [_step(kind, people[kind]) for kind in STEP_KINDS if people[kind]]
    rest = current.subtotal_cents - previous.subtotal_cents - sum(step.cents for step in steps)
    return tuple([*steps, Step("rounding", rest)] if rest else steps)


def _step(kind: StepKind, people: dict[str, Fraction]) -> Step:
    return Step(kind, round_half_up(sum(people.values(), Fraction(0))), tuple(sorted(people.items())))


def _deltas(
    previous: RatedMonth, current: RatedMonth, previous_now: RatedMonth
) -> Iterator[tuple[StepKind, str, Fraction]]:
    merged_into = {current.merges.person_of(file) for file in previous.billed if _is_merged(file, current)}
    for person in previous.billed:
        if person not in current.billed:
            yield _kind_of_leaving(person, current, previous_now), person, -previous.charge([person])
    for person in current.billed:
        if person not in previous.billed:
            yield _kind_of_joining(person, current, previous_now, merged_into), person, current.charge([person])
    yield from _stayed(previous, current, merged_into)


def _is_merged(file: str, current: RatedMonth) -> bool:
    return current.merges.person_of(file) != file


def _kind_of_leaving(person: str, current: RatedMonth, previous_now: RatedMonth) -> StepKind:
    if _is_merged(person, current):
        return "merged"
    return "left" if person in previous_now.billed else "credited"


def _kind_of_joining(
    person: str, current: RatedMonth, previous_now: RatedMonth, merged_into: Iterable[str]
) -> StepKind:
    if person in merged_into:
        return "merged"
    if person in previous_now.billed:
        return "caught_up"
    return "rehired" if _has_left_before(person, current) else "joined"


def _has_left_before(person: str, current: RatedMonth) -> bool:
    """Worked before, and not until their first billable day."""
    first = current.people[person].dates[0]
    stints = current.stints(person)
    return any(stint.ends_on is not None and stint.ends_on < first for stint in stints) and not any(
        stint.covers(first) and stint.starts_on < current.month.first for stint in stints
    )


def _stayed(
    previous: RatedMonth, current: RatedMonth, merged_into: Iterable[str]
) -> Iterator[tuple[StepKind, str, Fraction]]:
    effects: dict[tuple[int, int], tuple[Fraction, Fraction]] = {}
    for person, after in current.billed.items():
        before = previous.billed.get(person)
        if before is None:
            continue
        units = previous.units[person], current.units[person]
        if units not in effects:
            effects[units] = _effects(previous, current, *units)
        price, days = effects[units]
        has_moved = before.service != after.service
        if price:
            yield "price", person, price
        if days or has_moved:
            yield "moved" if has_moved else "merged" if person in merged_into else "days", person, days


def _effects(previous: RatedMonth, current: RatedMonth, had: int, has: int) -> tuple[Fraction, Fraction]:
    """Of somebody who stayed: what the new price adds to their former count, then what the new count adds."""
    before = unit_cents(previous.terms, previous.month)
    repriced = unit_cents(replace(previous.terms, price=current.terms.price), previous.month)
    after = unit_cents(current.terms, current.month)
    return (repriced - before) * had, after * has - repriced * had

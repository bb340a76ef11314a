"""Months closed before, rated again by today's facts and by the terms they were closed with. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from data.billing.books import Books, ClosedMonth
from data.billing.rating import (
    ActivationVoid,
    AppSeen,
    Facts,
    Merged,
    Month,
    OptionChange,
    RatedMonth,
    SuspensionChange,
    Terms,
    is_known,
    local_day,
    rate_month,
    terms_of,
)

WINDOW_MONTHS = 12


@dataclass(frozen=True)
class Restated:
    """A month closed before: as its documents have it (`before`), and by today's facts. Cents without taxes."""

    closed: ClosedMonth
    billed: RatedMonth
    before: RatedMonth
    now: RatedMonth
    net_cents: int

    @property
    def month(self) -> Month:
        return self.closed.month

    @property
    def difference_cents(self) -> int:
        return owed_cents(self.now) - self.net_cents

    @cached_property
    def _changes(self) -> tuple[dict[str, int], dict[str, int]]:
        return unit_changes(self.before, self.now)

    @property
    def came(self) -> dict[str, int]:
        """Units that came, by person."""
        return self._changes[0]

    @property
    def went(self) -> dict[str, int]:
        """Units that went, by the file that was billed."""
        return self._changes[1]


def owed_cents(now: RatedMonth) -> int:
    """What a month comes to by today's facts; topped up to its minimum, as it was billed."""
    return now.total_cents


def restate(books: Books, facts: Facts, month: Month, cutoff: datetime) -> tuple[Restated, ...]:
    """The closed months of the window that facts recorded since may have changed, rated again, oldest first."""
    within = sorted((closed for closed in books.closed if is_in_window(closed.month, month)), key=lambda c: c.month)
    settled = {closed.month: books.settled_at(closed) for closed in within}
    late = late_facts(facts, min(settled.values(), default=cutoff), cutoff)
    return tuple(
        restate_month(books, facts, closed, settled[closed.month], cutoff)
        for closed in within
        if any(recorded_at > settled[closed.month] and day <= closed.month.last for recorded_at, day in late)
    )


def is_in_window(closed: Month, month: Month) -> bool:
    """Among the twelve months before the one being closed."""
    return 1 <= month.since(closed) <= WINDOW_MONTHS


def late_facts(facts: Facts, since: datetime, cutoff: datetime) -> list[tuple[datetime, date]]:
    """When each fact after `since` was recorded, and the first local day that it can have changed."""
    merges: list[Merged | ActivationVoid] = [*facts.merges, *facts.activation_voids]
    timed: list[OptionChange | SuspensionChange | AppSeen] = [*facts.option_changes, *facts.suspensions]
    if any(change.settings.basis == "app_user" for change in facts.settings):
        timed += facts.app_seen
    dated = [
        *((fact.recorded_at, fact.effective_on) for fact in facts.employment if fact.recorded_at > since),
        *((fact.recorded_at, date.min) for fact in merges),
        *(
            (fact.recorded_at, local_day(fact.effective_at, facts.timezone))
            for fact in timed
            if fact.recorded_at > since
        ),
    ]
    return [(recorded_at, day) for recorded_at, day in dated if recorded_at > since and is_known(recorded_at, cutoff)]


def restate_month(books: Books, facts: Facts, closed: ClosedMonth, settled_at: datetime, cutoff: datetime) -> Restated:
    terms = kept_terms(closed, facts, cutoff)
    billed = rate_month(facts, closed.month, closed.cutoff, terms)
    before = billed if settled_at == closed.cutoff else rate_month(facts, closed.month, settled_at, terms)
    now = rate_month(facts, closed.month, cutoff, terms)
    return Restated(closed, billed, before, now, books.net_cents(closed.month))


def kept_terms(closed: ClosedMonth, facts: Facts, cutoff: datetime) -> Terms:
    """A closed month keeps its terms; one that had no price, since nobody was billed, takes today's for it."""
    if closed.terms.price is not None:
        return closed.terms
    return replace(closed.terms, price=terms_of(facts, closed.month, cutoff).price)


def unit_changes(before: RatedMonth, now: RatedMonth) -> tuple[dict[str, int], dict[str, int]]:
    files: dict[str, list[str]] = {}
    for file in before.units:
        files.setdefault(now.merges.person_of(file), []).append(file)
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    for person in {**files, **now.units}:
        had = sum(before.units[file] for file in files.get(person, ()))
        has = now.units.get(person, 0)
        if has > had:
            came[person] = has - had
        elif has < had:
            went |= _gone(person, files[person], before.units, has)
    return came, went


def _gone(person: str, files: Iterable[str], units: Mapping[str, int], kept: int) -> dict[str, int]:
    """What goes of a person's files when `kept` units stay: the file that has the person's name stays first."""
    gone: dict[str, int] = {}
    for file in sorted(files, key=lambda file: (file != person, file)):
        stays = min(kept, units[file])
        kept -= stays
        if stays < units[file]:
            gone[file] = units[file] - stays
    return gone

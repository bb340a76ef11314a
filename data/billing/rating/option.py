"""On which days of a month the option was on, for which service, and why not on the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from data.billing.rating.facts import ActivationVoid, Facts, OptionChange, SuspensionChange, is_known
from data.billing.rating.months import Month, days_between, last_local_day, local_day

Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Activation:
    """One period of one scope, `[starts_at, ends_at)`; its days of the month as bits."""

    change: OptionChange
    ends_at: datetime | None = None
    ended_by: str | None = None
    is_void: bool = False
    paid: int = 0
    trial: int = 0
    suspended: int = 0
    annulled: int = 0

    @property
    def fact_ids(self) -> tuple[str, ...]:
        return (self.change.id, self.ended_by) if self.ended_by else (self.change.id,)


@dataclass(frozen=True)
class MonthOption:
    """The activations of a month, by scope (None: the organization)."""

    activations: dict[str | None, tuple[Activation, ...]] = field(default_factory=dict)
    paid: dict[str | None, int] = field(default_factory=dict)

    def covering(self, service: str) -> tuple[Activation, ...]:
        return self.activations.get(None, ()) + self.activations.get(service, ())


def option_of(facts: Facts, month: Month, cutoff: datetime) -> MonthOption:
    changes = [change for change in facts.option_changes if is_known(change.recorded_at, cutoff)]
    voids = [void for void in facts.activation_voids if is_known(void.recorded_at, cutoff)]
    suspended = suspended_spans(fact for fact in facts.suspensions if is_known(fact.recorded_at, cutoff))
    activations = {
        scope: tuple(
            with_days(activation, suspended, month, facts.timezone)
            for activation in fold_scope([change for change in changes if acts_on(change, scope)], voids, scope)
        )
        for scope in {change.scope for change in changes}
    }
    return MonthOption(activations, {scope: union(a.paid for a in each) for scope, each in activations.items()})


def acts_on(change: OptionChange, scope: str | None) -> bool:
    """A switch begins and ends periods of its own scope only."""
    return change.scope == scope


def fold_scope(changes: Iterable[OptionChange], voids: Sequence[ActivationVoid], scope: str | None) -> list[Activation]:
    """The periods of one scope. On when on and off when off do nothing; a void ends what it takes away."""
    done: list[Activation] = []
    current: Activation | None = None
    facts: list[OptionChange | ActivationVoid] = [*changes, *voids]
    for fact in sorted(facts, key=_in_time):
        if isinstance(fact, OptionChange) and fact.is_on:
            if current is None and fact.scope == scope and not _is_stillborn(fact, voids):
                current = Activation(fact, is_void=_is_void(fact, voids))
        elif current and (isinstance(fact, OptionChange) or fact.handle == current.change.handle):
            done.append(replace(current, ends_at=fact.effective_at, ended_by=fact.id))
            current = None
    return [*done, current] if current else done


def _in_time(fact: OptionChange | ActivationVoid) -> tuple[datetime, bool, datetime, bool, str]:
    """At one instant voids come first, then the later recorded prevails, then on over off: periods are half-open."""
    is_switch = isinstance(fact, OptionChange)
    return (fact.effective_at, is_switch, fact.recorded_at, isinstance(fact, OptionChange) and fact.is_on, fact.id)


def _is_void(change: OptionChange, voids: Iterable[ActivationVoid]) -> bool:
    return any(void.handle == change.handle for void in voids)


def _is_stillborn(change: OptionChange, voids: Iterable[ActivationVoid]) -> bool:
    """Annulled before it began."""
    return any(void.handle == change.handle and void.effective_at <= change.effective_at for void in voids)


def with_days(activation: Activation, suspended: Sequence[Span], month: Month, timezone: str) -> Activation:
    span = (activation.change.effective_at, activation.ends_at)
    touched = days_touched(span, month, timezone)
    open_days = union(days_touched(part, month, timezone) for part in subtract(span, suspended))
    free = free_days(activation.change.trial_until, month)
    if activation.is_void:
        return replace(activation, annulled=touched)
    return replace(activation, paid=open_days & ~free, trial=touched & free, suspended=touched & ~open_days)


def free_days(until: date | None, month: Month) -> int:
    """The days of a trial, the last free one included."""
    return days_between(month.first, until, month) if until else 0


def days_touched(span: Span, month: Month, timezone: str) -> int:
    """The local days with an instant in the half-open span."""
    starts_at, ends_at = span
    if ends_at is None:
        return days_between(local_day(starts_at, timezone), None, month)
    if ends_at <= starts_at:
        return 0
    return days_between(local_day(starts_at, timezone), last_local_day(ends_at, timezone), month)


def suspended_spans(facts: Iterable[SuspensionChange]) -> list[Span]:
    spans: list[Span] = []
    since: datetime | None = None
    for fact in sorted(facts, key=lambda fact: (fact.effective_at, fact.recorded_at, fact.id)):
        if fact.is_suspended and since is None:
            since = fact.effective_at
        elif not fact.is_suspended and since is not None:
            spans.append((since, fact.effective_at))
            since = None
    return spans if since is None else [*spans, (since, None)]


def subtract(span: Span, holes: Sequence[Span]) -> list[Span]:
    """What remains of a span outside the holes, which are in order and apart."""
    starts_at, ends_at = span
    left: list[Span] = []
    for hole_starts_at, hole_ends_at in holes:
        if hole_ends_at is not None and hole_ends_at <= starts_at:
            continue
        if ends_at is not None and ends_at <= hole_starts_at:
            break
        if starts_at < hole_starts_at:
            left.append((starts_at, hole_starts_at))
        if hole_ends_at is None:
            return left
        starts_at = hole_ends_at
    return [*left, (starts_at, ends_at)]


def union(sets: Iterable[int]) -> int:
    together = 0
    for days in sets:
        together |= days
    return together

"""What option facts come to: where the chat is on at an instant, and what changes when. Pure.

Each scope (the organization, or a service) follows its own switches. On when on and off when off do nothing. A period
is half-open; one that was annulled ends when that was recorded, and never was if that came before it began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data import clock

ANNULLED_WITHIN = timedelta(hours=24)  # a mistaken activation (R1)


@dataclass(frozen=True)
class OptionFact:
    """A row of `option_changes`. `service_id` None: the whole organization. `voided_at`: when this activation was taken
    back."""

    service_id: int | None
    is_on: bool
    effective_at: datetime
    voided_at: datetime | None = None
    id: int = 0


@dataclass(frozen=True)
class Span:
    """A time during which a scope is on without a break: what switched it on, one after the other, and off. An open end
    is None; an annulled span ends by no switch."""

    service_id: int | None
    starts_at: datetime
    ends_at: datetime | None
    begun_by: tuple[OptionFact, ...]
    ended_by: OptionFact | None

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class OptionState:
    organization_on: bool
    services_on: frozenset[int]
    changes_at: datetime | None

    def covers(self, service_id: int) -> bool:
        """On for the organization or on for the service."""
        return self.organization_on or service_id in self.services_on

    def has(self, scope: int | None) -> bool:
        """On by the scope's own switches (None: the organization)."""
        return self.organization_on if scope is None else scope in self.services_on

    @property
    def is_on_somewhere(self) -> bool:
        return self.organization_on or bool(self.services_on)


def fold_option(facts: Iterable[OptionFact], at: datetime) -> OptionState:
    """The state at `at`; `facts` in the order of their recording."""
    spans = list_spans(facts)
    on = {span.service_id for span in spans if span.covers(at)}
    later = [each for span in spans for each in (span.starts_at, span.ends_at) if each is not None and each > at]
    services_on = frozenset(scope for scope in on if scope is not None)
    return OptionState(None in on, services_on, min(later, default=None))


def find_first_of_next_month(now: datetime, timezone: str) -> datetime:
    """When a switch takes effect unless something else was asked (R1)."""
    today = clock.local_day(now, timezone)
    return clock.local_midnight((today.replace(day=1) + timedelta(days=31)).replace(day=1), timezone)


def list_spans(facts: Iterable[OptionFact]) -> list[Span]:
    """When which scope is on; `facts` in the order of their recording."""
    by_scope: dict[int | None, list[OptionFact]] = {}
    for fact in facts:
        by_scope.setdefault(fact.service_id, []).append(fact)
    return [span for each in by_scope.values() for span in _join(_list_periods(each))]


def list_pending(spans: Iterable[Span], now: datetime) -> list[OptionFact]:
    """The switches that have yet to take effect."""
    due: list[OptionFact] = []
    for span in spans:
        due += [each for each in (span.begun_by[0], span.ended_by) if each is not None and each.effective_at > now]
    return due


def _list_periods(facts: Sequence[OptionFact]) -> Iterator[Span]:
    """Of one scope, in order; they may touch."""
    # At one instant what was annulled ends first, then the switch that was recorded last prevails.
    switches = [(fact.effective_at, 1, at, fact) for at, fact in enumerate(facts)]
    voids = [(fact.voided_at, 0, at, fact) for at, fact in enumerate(facts) if fact.voided_at is not None]
    current: OptionFact | None = None
    for at, is_switch, _, fact in sorted([*switches, *voids], key=lambda event: event[:3]):
        if is_switch and fact.is_on:
            current = current or (None if _never_was(fact) else fact)
        elif current is not None and (is_switch or fact is current):
            yield Span(fact.service_id, current.effective_at, at, (current,), fact if is_switch else None)
            current = None
    if current is not None:
        yield Span(current.service_id, current.effective_at, None, (current,), None)


def _never_was(fact: OptionFact) -> bool:
    return fact.voided_at is not None and fact.voided_at <= fact.effective_at


def _join(periods: Iterable[Span]) -> list[Span]:
    """Switched off and on again at the same instant is no break; nothing lasts no time."""
    spans: list[Span] = []
    for period in periods:
        last = spans[-1] if spans else None
        if last is not None and last.ended_by is not None and last.ends_at == period.starts_at:
            begun_by = (*last.begun_by, *period.begun_by)
            spans[-1] = replace(last, ends_at=period.ends_at, begun_by=begun_by, ended_by=period.ended_by)
        elif period.ends_at != period.starts_at:
            spans.append(period)
    return spans

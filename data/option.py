"""What option facts come to: where the chat is on at an instant, and when that changes next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OptionFact:
    """A row of `option_changes`. `service_id` None: the whole organization."""

    service_id: int | None
    is_on: bool
    effective_at: datetime


@dataclass(frozen=True)
class OptionState:
    organization_on: bool
    services_on: frozenset[int]
    changes_at: datetime | None

    def covers(self, service_id: int) -> bool:
        """On for the organization or on for the service."""
        return self.organization_on or service_id in self.services_on

    @property
    def is_on_somewhere(self) -> bool:
        return self.organization_on or bool(self.services_on)


def fold_option(facts: Iterable[OptionFact], at: datetime) -> OptionState:
    """The state at `at`: each scope follows its own latest switch; `facts` in the order of their recording."""
    ordered = sorted(facts, key=lambda fact: fact.effective_at)
    states = {fact.service_id: fact.is_on for fact in ordered if fact.effective_at <= at}
    later = [fact.effective_at for fact in ordered if fact.effective_at > at]
    services_on = frozenset(scope for scope, is_on in states.items() if is_on and scope is not None)
    return OptionState(states.get(None, False), services_on, min(later, default=None))

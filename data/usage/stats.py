"""The counters, each declared once. A new one is an entry here; `usage-rebuild` then counts it for the past too.

Each counts facts (`Fact`) of one source by local day and month, for the service and (delays excepted) for the
organization:
`sent`: messages that people wrote, on the day they were sent. `deleted`: of these, the deleted ones, on the same day.
`begun`: conversations, on the day they began, without what an import began. `settled`: public messages of more than 24
hours, written here. `read`: of these, those that somebody employed there other than the author saw within 24 hours;
they carry how many did, and the delay of the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Literal, NamedTuple

Source = Literal["sent", "deleted", "begun", "settled", "read"]

DAY_SECONDS = 24 * 3600
REPLY_WITHIN = 7 * DAY_SECONDS


class Fact(NamedTuple):
    """What tells facts apart. `leads`, `employed`: what the author was in the service at that moment."""

    source: Source
    kind: str
    leads: bool
    employed: bool


class Slot(Enum):
    """What the slots of a counter are. HOUR: of the day, 0 to 23; by month weekday x 24 + hour, Monday first.
    DELAY: a step (data/usage/buckets). NONE: all is in slot 0."""

    NONE = 0
    HOUR = 1
    DELAY = 2


class Measure(Enum):
    """What a fact adds to a counter: one, or as many as read it."""

    ONE = 0
    READERS = 1


@dataclass(frozen=True)
class Stat:
    name: str
    meaning: str
    counts: Callable[[Fact], bool]
    slot: Slot = Slot.NONE
    measure: Measure = Measure.ONE


def _public(source: Source) -> Callable[[Fact], bool]:
    return lambda fact: fact.source == source and fact.kind == "public"


def _kind(source: Source, kind: str) -> Callable[[Fact], bool]:
    return lambda fact: fact.source == source and fact.kind == kind


STATS = (
    Stat("public_messages", "Written in public conversations.", _public("sent"), Slot.HOUR),
    Stat(
        "public_messages_by_leaders",
        "Of these, by the service's managers and by administrators.",
        lambda fact: _public("sent")(fact) and fact.leads,
        Slot.HOUR,
    ),
    Stat(
        "public_messages_by_employees",
        "Of these, by people who worked in the service that day.",
        lambda fact: _public("sent")(fact) and fact.employed,
    ),
    Stat("group_messages", "Written in private groups.", _kind("sent", "group")),
    Stat("one_to_one_messages", "Written between two people.", _kind("sent", "one_to_one")),
    Stat("public_deleted", "Of the public ones, deleted since.", _public("deleted"), Slot.HOUR),
    Stat("group_deleted", "Of those in groups, deleted since.", _kind("deleted", "group")),
    Stat("one_to_one_deleted", "Of those between two, deleted since.", _kind("deleted", "one_to_one")),
    Stat(
        "first_reply",
        "Public messages that follow somebody else's, by the delay since that one, within 7 days.",
        _public("sent"),
        Slot.DELAY,
    ),
    Stat("settled_messages", "Public messages whose reading is measured.", _public("settled")),
    Stat(
        "settled_by_employees",
        "Of these, by people who worked in the service that day: they are not among their readers.",
        lambda fact: _public("settled")(fact) and fact.employed,
    ),
    Stat(
        "reads_in_24h",
        "How many people read them within 24 hours, message by message.",
        _public("read"),
        measure=Measure.READERS,
    ),
    Stat("first_read", "By the delay until the first of them did.", _public("read"), Slot.DELAY),
    Stat("public_conversations_started", "Public conversations launched.", _public("begun")),
    Stat(
        "private_conversations_started",
        "Private ones started, groups and between two.",
        lambda fact: fact.source == "begun" and fact.kind != "public",
    ),
)


@cache
def list_counting(fact: Fact, *, by_delay: bool) -> tuple[Stat, ...]:
    """The counters that a fact adds to."""
    return tuple(stat for stat in STATS if stat.counts(fact) and (stat.slot is Slot.DELAY) == by_delay)

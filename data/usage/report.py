"""What the usage page shows, as one frozen tree: figures and facts, not words. A figure that may not be shown says
why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from data.usage.privacy import Amount
from data.usage.windows import Window

FigureKey = Literal[
    "employees",
    "equipped",
    "equipment_rate",
    "active_1",
    "active_7",
    "active_28",
    "activity_rate",
    "stickiness",
    "contributors",
    "messages",
    "public_messages",
    "group_messages",
    "one_to_one_messages",
    "deleted_messages",
    "reading_24h",
    "first_read",
    "first_reply",
    "leaders_share",
    "public_conversations_started",
    "private_conversations_started",
    "active_conversations",
    "silent_conversations",
    "cost_per_active",
]

# `rate`: 0.74 is 74 %; `seconds`: a median; `cents`: of one person and month, with fractions.
Unit = Literal["people", "messages", "conversations", "rate", "seconds", "cents"]

# Why there is no figure.
Absence = Literal[
    "few_people",  # fewer than 5 people work there, at least on one day of the period
    "few_released",  # worked out from a figure that is "fewer than 5"
    "few_equipped",  # fewer than 5 people have the application, at least on one day of the period
    "other_services",  # the period before: private conversations may be told of other services than now
    "few_doing",  # fewer than 5 people did what is measured
    "few_messages",  # fewer than 5 messages measured: no median
    "nothing",  # nothing to measure: no message, nobody, no conversation
    "not_yet",  # messages are measured 24 hours after they were sent
    "notifications_unused",  # nobody of the organization takes any
    "needs_bill",  # no month of a price in force, nothing billed
]


@dataclass(frozen=True)
class Value:
    """One of the two: the amount, or why there is none."""

    amount: Amount | None = None
    absence: Absence | None = None


@dataclass(frozen=True)
class Figure:
    """A figure of the period (`now`) beside the period before. Its definition: data/usage/definitions, by `key`."""

    key: FigureKey
    unit: Unit
    now: Value
    before: Value

    @property
    def change(self) -> float | None:
        """The difference of what is shown; 0 for the same step, None where one of the two is not shown."""
        if self.now.amount is None or self.before.amount is None:
            return None
        return self.now.amount.value - self.before.amount.value

    @property
    def growth(self) -> float | None:
        """The change as a share of the period before; None where there is none to compare with."""
        if self.change is None or self.before.amount is None or not self.before.amount.value:
            return None
        return self.change / self.before.amount.value


@dataclass(frozen=True)
class ServiceName:
    id: int
    name: str


@dataclass(frozen=True)
class Scope:
    """One service, or (None) all the viewer's. `is_whole`: the whole organization, as its administrator sees it."""

    service: ServiceName | None
    services: tuple[ServiceName, ...]
    is_whole: bool


Grain = Literal["hour", "day", "week", "month"]


@dataclass(frozen=True)
class ActivityPoint:
    """Public messages displayed (sent, and not deleted since), from the grain's first day (or hour) on. `leaders`: sent
    by managers, deleted ones included, as many as displayed at most. `is_partial`: the grain is not over, or cut by the
    period's ends."""

    starts_on: date
    hour: int | None
    messages: int
    leaders: int
    before: int | None
    is_partial: bool


@dataclass(frozen=True)
class Activity:
    """Over the whole period, without gaps. `before`: the point at the same place in the period before."""

    grain: Grain
    points: tuple[ActivityPoint, ...]


Heat = tuple[tuple[int, ...], ...]  # by weekday and hour


@dataclass(frozen=True)
class PeoplePoint:
    """Who read and who wrote from `from_on` to `to_on`, both included."""

    from_on: date
    to_on: date
    readers: Value
    writers: Value


@dataclass(frozen=True)
class ServiceRow:
    """A service beside the others. `heard_on`: the local day of its last message in a public conversation;
    `silent_days`: full days since, None where there never was one. `is_left_out`: not in the totals of people."""

    service: ServiceName
    figures: Mapping[FigureKey, Figure]
    heard_on: date | None
    silent_days: int | None
    closed_on: date | None
    has_option: bool
    is_left_out: bool


@dataclass(frozen=True)
class ConversationRow:
    """A living public conversation, by its last message, the latest first. `messages`: sent in it since it began."""

    id: int
    name: str
    service: ServiceName
    started_on: date
    messages: int
    heard_on: date
    silent_days: int
    is_active: bool  # a message in the period


StepKey = Literal["employees", "equipped", "reachable", "notified", "seen", "answered"]

LossReason = Literal[
    "no_application",  # employees → equipped
    "no_access",  # reachable: the account was cut off, or the option is off
    "notifications_unused",  # notified: nobody of the organization takes any
    "notifications_off",
    "not_opened",  # seen: not within 24 hours
    "not_written",  # answered
]


@dataclass(frozen=True)
class FunnelStep:
    """How many people a public message gets to. `lost`: fewer than at the step before (or the last known), and why."""

    key: StepKey
    people: Value
    reason: LossReason | None
    lost: Value
    share: float | None  # of the employees


@dataclass(frozen=True)
class SilentService:
    """No message in a public conversation for 7 days or more. `conversation_id`: the last one heard, to write in; None:
    one has to be launched. `days` None: never heard."""

    service: ServiceName
    heard_on: date | None
    days: int | None
    conversation_id: int | None
    without_app: int


FindingKind = Literal[
    "empty",  # nothing was written in the period
    "reading_up",
    "reading_down",
    "messages_up",
    "messages_down",
    "active_up",
    "active_down",
    "steady",  # nothing changed that is worth a word
    "service_silent",  # `service`, `count` days
    "services_silent",  # `count` services
    "without_app",  # `count` people
]


@dataclass(frozen=True)
class Finding:
    """A fact worth the sentence at the top, the weightiest first. `change`: in the figure's unit (points of a rate)."""

    kind: FindingKind
    figure: FigureKey | None = None
    change: float | None = None
    growth: float | None = None
    service: ServiceName | None = None
    count: int | None = None
    conversation_id: int | None = None


NoteKind = Literal[
    "running",  # the period is not over: figures until today, beside as many days of the period before
    "narrowed",  # the period was to begin before the organization did
    "option_off",  # on `days` days of the period (of `service`, or of all)
    "service_closed",  # `service`, on `on`
    "nobody",  # nobody works there (or worked, in the period)
    "left_out",  # `services`: fewer than 5 people; not in the totals of people
    "shared",  # `count` people work in several services: once in the total
    "approximate",  # people who do something are shown in steps of five
    "hours_twice",  # the clock changed in the period: a day of 23 or 25 hours (`on`)
]


@dataclass(frozen=True)
class Note:
    kind: NoteKind
    services: tuple[ServiceName, ...] = ()
    on: date | None = None
    days: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class UsageReport:
    """`figures`: all those that the viewer may see (the cost is for administrators). `heat`: public messages, by
    weekday (Monday first) and local hour. `services`: by name, more than one only in a scope of several.
    `without_app`: how many employees do not use the application; `sees_names`: the viewer may see who."""

    scope: Scope
    window: Window
    previous: Window
    today: date
    timezone: str
    up_to_date_at: datetime
    figures: Mapping[FigureKey, Figure]
    activity: Activity
    people: tuple[PeoplePoint, ...]
    heat: Heat
    services: tuple[ServiceRow, ...]
    conversations: tuple[ConversationRow, ...]
    conversation_count: int
    funnel: tuple[FunnelStep, ...]
    silent_services: tuple[SilentService, ...]
    without_app: int
    sees_names: bool
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]

    @property
    def is_empty(self) -> bool:
        """Nobody wrote in the period."""
        amount = self.figures["messages"].now.amount
        return amount is not None and not amount.value

"""The dated facts that a bill follows from. Each tells when it takes effect and when it was recorded.

`effective_on` is a local day, `effective_at` and `recorded_at` are aware instants. Prices are in 1/10000 $, rates of
tax in 1/100000. Where two facts of one kind contradict each other to the instant, the identifiers decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from data.billing.rating.months import Month

Mode = Literal["flat", "daily"]
Basis = Literal["employee", "app_user"]


@dataclass(frozen=True, slots=True)
class PriceChange:
    """The monthly price of one employee from `effective_on`, in 1/10000 $."""

    id: str
    effective_on: date
    recorded_at: datetime
    price: int


@dataclass(frozen=True, slots=True)
class OptionChange:
    """A switch of the option. `scope`: a service's code, None for the organization; `trial_until`: last free day."""

    id: str
    effective_at: datetime
    recorded_at: datetime
    is_on: bool
    scope: str | None = None
    handle: str | None = None
    trial_until: date | None = None


@dataclass(frozen=True, slots=True)
class ActivationVoid:
    """Takes away, from its start, the period that the switch with this handle began."""

    id: str
    effective_at: datetime
    recorded_at: datetime
    handle: str


@dataclass(frozen=True, slots=True)
class SuspensionChange:
    """The organization's option is suspended, or is so no more."""

    id: str
    effective_at: datetime
    recorded_at: datetime
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Hired:
    """The person's file gets an assignment to a service from `effective_on`, that day included."""

    id: str
    person: str
    effective_on: date
    recorded_at: datetime
    service: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """`from_service` ends the day before `effective_on`; `to_service` starts that day and keeps primary."""

    id: str
    person: str
    effective_on: date
    recorded_at: datetime
    from_service: str
    to_service: str


@dataclass(frozen=True, slots=True)
class Ended:
    """All assignments end; `effective_on` is the last day, included."""

    id: str
    person: str
    effective_on: date
    recorded_at: datetime


EmploymentFact = Hired | Moved | Ended


@dataclass(frozen=True, slots=True)
class Merged:
    """Two files are one person, called `into_person`, at all times."""

    id: str
    recorded_at: datetime
    from_person: str
    into_person: str


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The person opened a client."""

    id: str
    person: str
    effective_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """What the contract says. `minimum_cents`: of a month in which somebody is billed."""

    mode: Mode = "flat"
    basis: Basis = "employee"
    min_days: int = 1
    minimum_cents: int = 0


@dataclass(frozen=True, slots=True)
class SettingsChange:
    id: str
    effective_on: date
    recorded_at: datetime
    settings: Settings


@dataclass(frozen=True, slots=True)
class TaxRateChange:
    """The rate of a tax in a province from `effective_on`, in 1/100000: 9975 is 9.975 %; 0: no longer charged."""

    id: str
    province: str
    code: str
    rate: int
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TaxProfileChange:
    """The organization's province from `effective_on`, and the codes of the taxes it does not pay."""

    id: str
    effective_on: date
    recorded_at: datetime
    province: str
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """All the facts of one organization, in any order. `timezone` is an IANA name."""

    timezone: str
    prices: tuple[PriceChange, ...] = ()
    settings: tuple[SettingsChange, ...] = ()
    option_changes: tuple[OptionChange, ...] = ()
    activation_voids: tuple[ActivationVoid, ...] = ()
    suspensions: tuple[SuspensionChange, ...] = ()
    employment: tuple[EmploymentFact, ...] = ()
    merges: tuple[Merged, ...] = ()
    app_seen: tuple[AppSeen, ...] = ()
    tax_profiles: tuple[TaxProfileChange, ...] = ()
    tax_rates: tuple[TaxRateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a month is rated by, and keeps once it is closed. `price` in 1/10000 $, None where none is in force."""

    price: int | None
    settings: Settings
    timezone: str


class NoPriceInForce(ValueError):
    """Somebody is to be billed for a month that has no price."""


class Dated(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def recorded_at(self) -> datetime: ...


D = TypeVar("D", bound=Dated)


def is_known(recorded_at: datetime, cutoff: datetime) -> bool:
    return recorded_at <= cutoff


def find_in_force(changes: Iterable[D], day: date, cutoff: datetime) -> D | None:
    """The latest change in effect on `day` among those known; of two for one day, the later recorded."""
    known = (change for change in changes if change.effective_on <= day and is_known(change.recorded_at, cutoff))
    return max(known, key=lambda change: (change.effective_on, change.recorded_at, change.id), default=None)


def find_price(prices: Iterable[PriceChange], month: Month, cutoff: datetime) -> int | None:
    """The price in force on the 1st, in 1/10000 $."""
    change = find_in_force(prices, month.first, cutoff)
    return change.price if change else None


def terms_of(facts: Facts, month: Month, cutoff: datetime) -> Terms:
    change = find_in_force(facts.settings, month.first, cutoff)
    settings = change.settings if change else Settings()
    return Terms(find_price(facts.prices, month, cutoff), settings, facts.timezone)

"""What keeps the chat away from somebody, worked out from what is known of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from data.access.actors import Surface
from data.push.quiet import QuietHours
from data.queries.directory import AccountState, AppUse, Presence
from data.queries.push import DeviceRow as PushDeviceRow
from data.text import fold

LinkState = Literal["waiting", "spent", "none"]
CauseKind = Literal[
    "cut_off",
    "no_service",
    "not_started",
    "left",
    "option_off",
    "option_planned",
    "option_partly",
    "link_waiting",
    "link_missing",
    "no_phone",
    "app_unused",
    "no_portal",
    "all_well",
]


@dataclass(frozen=True)
class Cause:
    """What keeps the chat away, or ends a doubt: `day` and `at` say when, `names` where."""

    kind: CauseKind
    day: date | None = None
    at: datetime | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class DiagnosedPlace:
    """A service in which they work, or which they run; `chat_from`: the day on which the chat goes on there."""

    service: str
    presence: Presence
    starts_on: date | None
    ends_on: date | None
    is_on: bool
    chat_from: date | None


@dataclass(frozen=True)
class DeviceRow:
    surface: Surface
    device: str
    seen_at: datetime


@dataclass(frozen=True)
class Alerts:
    """What is known of somebody's notifications. `quiet_until`: they are in their quiet hours; `muted`: how many
    conversations."""

    devices: list[PushDeviceRow]
    quiet: QuietHours
    is_own_quiet: bool
    quiet_until: datetime | None
    muted: int


@dataclass(frozen=True)
class Diagnosis:
    """`number` and `code`, `email`: what they sign in with. `runs`: services, by name, all of them for an
    administrator. `places`: where they work. `phones` and `portals` count sessions; `devices` are named for whom may
    see them."""

    name: str
    code: str
    number: str | None
    email: str | None
    is_administrator: bool
    account: AccountState
    link: LinkState
    link_until: datetime | None
    places: list[DiagnosedPlace]
    runs: list[DiagnosedPlace]
    app: AppUse
    opened_on: date | None
    phones: int
    portals: int
    devices: list[DeviceRow] | None
    alerts: Alerts
    timezone: str

    @property
    def causes(self) -> list[Cause]:
        found = list(_list_causes(self))
        return found or [Cause("all_well")]


def _list_causes(seen: Diagnosis) -> Iterator[Cause]:
    """In the order in which to speak of them. What one cause explains is not said again by another."""
    if seen.account == "cut_off":
        yield Cause("cut_off")
        return
    here = [place for place in (*seen.places, *seen.runs) if place.presence == "present"]
    if not here:
        yield _explain_absence(seen)
        return
    yield from _explain_option(here)
    if seen.account == "unopened":
        is_waiting = seen.link == "waiting"
        yield Cause("link_waiting", at=seen.link_until) if is_waiting else Cause("link_missing")
        return
    yield from _explain_devices(seen)


def _explain_devices(seen: Diagnosis) -> Iterator[Cause]:
    """Who runs a service has the portal as well; an employee, a phone alone."""
    if seen.runs and not seen.portals and not seen.phones:
        yield Cause("no_portal")
    elif seen.places and not seen.runs and not seen.phones:
        yield Cause("no_phone")
    elif seen.phones and seen.app != "uses":
        yield Cause("app_unused", day=seen.opened_on)


def _explain_absence(seen: Diagnosis) -> Cause:
    coming = [place.starts_on for place in seen.places if place.presence == "to_come" and place.starts_on]
    if coming:
        return Cause("not_started", day=min(coming))
    ended = [place.ends_on for place in seen.places if place.ends_on]
    return Cause("left", day=max(ended)) if ended else Cause("no_service")


def _explain_option(here: Sequence[DiagnosedPlace]) -> Iterator[Cause]:
    off = sorted({place.service for place in here if not place.is_on}, key=fold)
    if not off:
        return
    is_somewhere = any(place.is_on for place in here)
    days = [place.chat_from for place in here if not place.is_on and place.chat_from]
    if is_somewhere:
        yield Cause("option_partly", names=tuple(off))
    elif days:
        yield Cause("option_planned", day=min(days), names=tuple(off))
    else:
        yield Cause("option_off", names=tuple(off))

"""Whom a message alerts, and when. Pure: what is known of somebody goes in, what to do comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from data.push.quiet import QuietHours, find_end

Reason = Literal["no_access", "muted", "nothing_new"]

LOOK_AGAIN = timedelta(seconds=15)  # whoever looks says what they read; a socket that died under them says nothing
TOGETHER = timedelta(minutes=2)  # new conversations that follow each other within it come as one


@dataclass(frozen=True)
class Standing:
    """Somebody before a conversation at the moment of alerting. `may_read`: by their rights of now, the option, their
    session, and not having left. `news`: messages of others that count as unread to them, or the conversation itself
    where it is new and nobody wrote yet. `is_looking`: it is on a screen of theirs, in front of their eyes.
    `begun_at`: of a new one, when they were last told of new ones."""

    may_read: bool
    is_muted: bool
    news: int
    is_looking: bool
    is_urgent: bool
    begun_at: datetime | None = None


@dataclass(frozen=True)
class Alert:
    """Tell now."""


@dataclass(frozen=True)
class Hold:
    """Wait in silence, and come in the summary of that moment."""

    until: datetime


@dataclass(frozen=True)
class Wait:
    """Look again then: what is read meanwhile need not be told, and what is new comes together."""

    until: datetime


@dataclass(frozen=True)
class Drop:
    """Nothing to tell, ever."""

    reason: Reason


Verdict = Alert | Hold | Wait | Drop


def decide(standing: Standing, quiet: QuietHours, now: datetime, timezone: str) -> Verdict:
    """What an urgent message breaks through is the quiet hours, and nothing else."""
    if not standing.may_read:
        return Drop("no_access")
    if standing.is_muted:
        return Drop("muted")
    if standing.news == 0:
        return Drop("nothing_new")
    if standing.is_looking:
        return Wait(now + LOOK_AGAIN)
    if standing.is_urgent:
        return Alert()
    quiet_until = find_end(quiet, now, timezone)
    if quiet_until is not None:
        return Hold(quiet_until)
    if standing.begun_at is not None and now < standing.begun_at + TOGETHER:
        return Wait(standing.begun_at + TOGETHER)
    return Alert()

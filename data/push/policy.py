"""Whom a message alerts, and when. Pure: what is known of somebody goes in, what to do comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.push.quiet import QuietHours, find_end

Reason = Literal["no_access", "muted", "nothing_new", "looking"]


@dataclass(frozen=True)
class Standing:
    """Somebody before a conversation at the moment of alerting. `may_read`: by their rights of now, the option, their
    session, and not having left. `news`: messages of others that count as unread to them, or the conversation itself
    where it is new and nobody wrote yet. `is_looking`: it is on a screen of theirs, in front of their eyes."""

    may_read: bool
    is_muted: bool
    news: int
    is_looking: bool
    is_urgent: bool


@dataclass(frozen=True)
class Alert:
    """Tell now."""


@dataclass(frozen=True)
class Hold:
    """Wait in silence, and come in the summary of that moment."""

    until: datetime


@dataclass(frozen=True)
class Drop:
    """Nothing to tell, ever."""

    reason: Reason


Verdict = Alert | Hold | Drop


def decide(standing: Standing, quiet: QuietHours, now: datetime, timezone: str) -> Verdict:
    """What an urgent message breaks through is the quiet hours, and nothing else."""
    if not standing.may_read:
        return Drop("no_access")
    if standing.is_muted:
        return Drop("muted")
    if standing.news == 0:
        return Drop("nothing_new")
    if standing.is_looking:
        return Drop("looking")
    until = None if standing.is_urgent else find_end(quiet, now, timezone)
    return Alert() if until is None else Hold(until)

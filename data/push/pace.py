"""How fast push services and devices bear to be told. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.push.delivery import Reply
from data.push.endpoints import Target

# So many people's devices, one after the other, that are told too much: then it is their push service that is. (Devices
# of one person say nothing about it: whoever wants to could have theirs refused.)
PEOPLE = 3


class Pace:
    """A device that is told too much is left alone for as long as its push service asked; a push service, when it says
    so of itself, or of the devices of several people in a row."""

    def __init__(self) -> None:
        self._rests: dict[str, datetime] = {}
        self._refused: dict[str, dict[int, datetime]] = {}

    def find_rest(self, origin: str, target: Target, now: datetime) -> datetime | None:
        """Until when nothing goes there."""
        rests = (target.rests_until, self._rests.get(origin))
        return max((until for until in rests if until is not None and until > now), default=None)

    def find_paused_until(self, now: datetime) -> datetime | None:
        return max((until for until in self._rests.values() if until > now), default=None)

    def note(self, origin: str, target: Target, reply: Reply, now: datetime) -> None:
        until = now + timedelta(seconds=reply.wait)
        if reply.is_about_device:
            refused = self._refused.setdefault(origin, {})
            refused[target.person_id] = until
            if len(refused) >= PEOPLE:
                self._rest(origin, min(refused.values()))
        elif reply.outcome == "wait":
            self._rest(origin, until)
        else:
            self._refused.pop(origin, None)

    def _rest(self, origin: str, until: datetime) -> None:
        self._rests[origin] = until
        self._refused.pop(origin, None)

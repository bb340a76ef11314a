"""What is to be told goes out: sealed off the loop, vouched for, over a few connections, at the pace that each push
service and each device bears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gevent.pool import Pool

from data import offload
from data.errors import EndpointRefused
from data.push.delivery import PushServices, Reply
from data.push.endpoints import Target, check_endpoint
from data.push.pace import Pace
from data.push.sealing import ServerKey, seal

AT_ONCE = 8  # connections
LASTS = timedelta(days=1)  # a push service keeps it so long for a phone that is off
VOUCHED_ANEW = timedelta(hours=1)


@dataclass(frozen=True)
class Letter:
    """`topic`: a phone that was off finds the latest of a topic alone."""

    target: Target
    content: bytes
    topic: str
    is_urgent: bool


class Sender:
    """`also`: origins of endpoints besides those of the known push services."""

    def __init__(self, key: ServerKey, also: frozenset[str]) -> None:
        self._key = key
        self._also = also
        self._services = PushServices(also)
        self._pace = Pace()
        self._vouchers: dict[str, tuple[datetime, str]] = {}

    def send(self, letters: Sequence[Letter], now: datetime) -> list[Reply]:
        """What became of each."""
        contents = [(each.content, each.target.p256dh, each.target.auth) for each in letters]
        sealed = offload.run_in(offload.Lane.PUSH, _seal, contents) if contents else []
        pairs = list(zip(letters, sealed, strict=True))
        return list(Pool(AT_ONCE).imap(lambda pair: self._post(pair[0], pair[1], now), pairs))

    def find_paused_until(self, now: datetime) -> datetime | None:
        """Until when some push service is left alone."""
        return self._pace.find_paused_until(now)

    def close(self) -> None:
        self._services.close()

    def _post(self, letter: Letter, sealed: bytes, now: datetime) -> Reply:
        try:
            endpoint = check_endpoint(letter.target.endpoint, self._also)
        except EndpointRefused:  # a setting that allowed it is gone
            return Reply("refused")
        until = self._pace.find_rest(endpoint.origin, letter.target, now)
        if until is not None:
            return Reply("wait", wait=(until - now).total_seconds())
        reply = self._services.post(endpoint, self._head(endpoint.origin, letter, now), sealed, now)
        self._pace.note(endpoint.origin, letter.target, reply, now)
        return reply

    def _head(self, origin: str, letter: Letter, now: datetime) -> dict[str, str]:
        return {
            "Authorization": self._vouch(origin, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(LASTS.total_seconds())),
            "Topic": letter.topic,
            "Urgency": "high" if letter.is_urgent else "normal",
        }

    def _vouch(self, origin: str, now: datetime) -> str:
        known = self._vouchers.get(origin)
        if known is None or not timedelta() <= now - known[0] < VOUCHED_ANEW:
            known = self._vouchers[origin] = now, self._key.vouch(origin, now)
        return known[1]


def _seal(contents: Sequence[tuple[bytes, str, str]]) -> list[bytes]:
    return [seal(*content) for content in contents]

"""Over the network to a push service, whose answers are put in the few kinds that one acts upon."""

from __future__ import annotations

import http.client
import ipaddress
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from data.push.endpoints import Endpoint

TOO_MANY = 429
TIMEOUT = 10.0  # seconds
KEPT = 8  # connections to a push service that wait for the next notification
ANSWER_LIMIT = 4_096  # bytes looked at of an answer
LONGEST_WAIT = 86_400.0  # seconds that a push service may ask for
_UNREACHED = (http.client.HTTPException, OSError, ValueError)  # the last: what cannot be the name of a server

Outcome = Literal["taken", "gone", "wait", "refused", "failed"]


@dataclass(frozen=True)
class Reply:
    """`taken`: it will be shown. `gone`: the device is no more. `wait`: come back after so many seconds. `refused`: it
    never will be taken. `failed`: perhaps later."""

    outcome: Outcome
    status: int = 0
    wait: float = 0.0

    @property
    def is_about_device(self) -> bool:
        """This one device is told too much; else its service has too much to do, or was not asked at all."""
        return self.status == TOO_MANY


class PushServices:
    """Connections to push services, kept open from one notification to the next. `local`: origins of a setting, which
    alone may be on a private network. Redirections are never followed."""

    def __init__(self, local: frozenset[str] = frozenset()) -> None:
        self._local = local
        self._kept: dict[str, deque[http.client.HTTPConnection]] = {}

    def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Reply:
        origin = endpoint.origin
        target = endpoint.address.removeprefix(origin) or "/"
        idle = self._kept.setdefault(origin, deque())
        if idle:
            try:
                return self._send(origin, idle.popleft(), target, headers, body, now)
            except _UNREACHED:
                pass  # it was closed while it waited: that says nothing about the service
        try:
            return self._send(origin, self._connect(origin), target, headers, body, now)
        except _UNREACHED:
            return Reply("failed")

    def close(self) -> None:
        for idle in self._kept.values():
            while idle:
                idle.pop().close()

    def _connect(self, origin: str) -> http.client.HTTPConnection:
        parts = urlsplit(origin)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        connection.connect()
        peer = ipaddress.ip_address(connection.sock.getpeername()[0])
        if not peer.is_global and origin not in self._local:
            connection.close()
            raise ConnectionRefusedError("a push service has no private address")
        return connection

    def _send(
        self,
        origin: str,
        connection: http.client.HTTPConnection,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> Reply:
        try:
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            rest = response.read(ANSWER_LIMIT)
        except BaseException:
            connection.close()
            raise
        idle = self._kept[origin]
        if response.will_close or len(rest) == ANSWER_LIMIT or len(idle) >= KEPT:
            connection.close()
        else:
            idle.append(connection)
        return read_reply(response.status, response.headers.get("Retry-After"), now)


def read_reply(status: int, retry_after: str | None, now: datetime) -> Reply:
    if 200 <= status < 300:
        return Reply("taken", status)
    if status in (404, 410):
        return Reply("gone", status)
    asked = _read_wait(retry_after, now)
    if status == TOO_MANY or (status == 503 and asked is not None):
        return Reply("wait", status, 60.0 if asked is None else asked)
    if status >= 500 or status == 408:
        return Reply("failed", status)
    return Reply("refused", status)


def _read_wait(text: str | None, now: datetime) -> float | None:
    """Seconds, or the date until which to wait."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return min(float(text.strip()[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return max(0.0, min(seconds, LONGEST_WAIT))

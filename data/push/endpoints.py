"""Where a notification may be sent: to the push services of the browsers, and nowhere else. An endpoint comes from a
client, and the server goes there: any other address would make it a tool against what only it can reach. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from data.errors import EndpointRefused

LENGTH_LIMIT = 1000
HOSTS = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com"})
APPLE, MICROSOFT = ".push.apple.com", ".notify.windows.com"
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+")  # what can be looked up
# As these services write it. The same address spelled otherwise (a query, a dot, an escaped letter, a slash more) leads
# to the same device, and would be another one to us: somebody else's, perhaps.
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,=:-]+)+")
_TOKEN = re.compile(r"token=([A-Za-z0-9._~-]|%2[BF]|%3D)+")
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """`address`: in the one spelling in which it is kept; `origin`: of the push service."""

    origin: str
    address: str


@dataclass(frozen=True)
class Target:
    """A device, to who sends: whose it is, its address, its keys, and until when it is to be left alone."""

    person_id: int
    endpoint: str
    p256dh: str
    auth: str
    rests_until: datetime | None


def check_endpoint(given: str, also: Collection[str] = ()) -> Endpoint:
    """Of a known push service, or of one of the origins that a setting adds; `EndpointRefused` otherwise."""
    parts, port = _split(given)
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    if origin in also:
        return Endpoint(origin, origin + given[len(origin) :])
    host = parts.hostname or ""
    if parts.scheme != "https" or port not in (None, 443) or not _NAME.fullmatch(host):
        raise EndpointRefused()
    return Endpoint(f"https://{host}", f"https://{host}{_find_target(host, parts)}")


def _split(given: str) -> tuple[SplitResult, int | None]:
    if len(given) > LENGTH_LIMIT or not given.isascii() or not given.isprintable() or set(given) & set(" \\#@"):
        raise EndpointRefused()
    try:
        parts = urlsplit(given)
        return parts, parts.port
    except ValueError:
        raise EndpointRefused() from None


def _find_target(host: str, parts: SplitResult) -> str:
    """What follows the host, as its service writes it."""
    if (host in HOSTS or host.endswith(APPLE)) and _PATH.fullmatch(parts.path) and not parts.query:
        return parts.path
    token = _ESCAPE.sub(lambda found: found[0].upper(), parts.query)
    if host.endswith(MICROSOFT) and parts.path in ("/", "/w/") and _TOKEN.fullmatch(token):
        return f"{parts.path}?{token}"
    raise EndpointRefused()

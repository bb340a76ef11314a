"""Where a notification may be sent: to the push services of the browsers, and nowhere else. An endpoint comes from a
client, and the server goes there: any other address would make it a tool against what only it can reach. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from data.errors import EndpointRefused

LENGTH_LIMIT = 1000
HOSTS = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com"})
DOMAINS = (".push.apple.com", ".notify.windows.com")
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+")  # what can be looked up


def check_endpoint(endpoint: str, also: Collection[str] = ()) -> str:
    """The origin of an endpoint of a known push service, or of one of the origins that a setting adds."""
    if len(endpoint) > LENGTH_LIMIT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise EndpointRefused()
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise EndpointRefused() from None
    if "@" in parts.netloc or "\\" in endpoint or parts.fragment or not parts.hostname:
        raise EndpointRefused()
    if f"{parts.scheme}://{parts.netloc}" in also:
        return f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https" or port not in (None, 443) or not _is_known(parts.hostname):
        raise EndpointRefused()
    return f"https://{parts.hostname}"


def _is_known(host: str) -> bool:
    return _NAME.fullmatch(host) is not None and (host in HOSTS or host.endswith(DOMAINS))

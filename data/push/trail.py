"""What became of each notification, in the log: for whoever asks later why somebody was not told. Numbers of people,
devices and conversations; nothing of what was written, and no address."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from data.metrics import counted
from data.push.delivery import Reply
from data.push.endpoints import APPLE, HOSTS, MICROSOFT

log = structlog.get_logger()


class Noticed(Protocol):
    """A notice, as far as it is told here."""

    @property
    def person_id(self) -> int: ...
    @property
    def device_id(self) -> int: ...
    @property
    def conversation_id(self) -> int: ...
    @property
    def ordinal(self) -> int: ...


def trace_queued(conversation_id: int, ordinal: int, devices: int) -> None:
    log.info("notices_queued", conversation=conversation_id, ordinal=ordinal, devices=devices)


def trace_dropped(notice: Noticed, reason: str) -> None:
    counted.push_dropped[reason] += 1
    log.info("notice_dropped", **_name(notice), reason=reason)


def trace_held(notice: Noticed, until: datetime) -> None:
    log.info("notice_held", **_name(notice), until=until.isoformat())


def trace_reply(notice: Noticed, endpoint: str, reply: Reply) -> None:
    service = name_service(endpoint)
    counted.push_replies[service, reply.outcome] += 1
    log.info("notice_sent", **_name(notice), service=service, outcome=reply.outcome, status=reply.status)


def name_service(endpoint: str) -> str:
    """Of which browsers' push service it is, in few words."""
    host = urlsplit(endpoint).hostname or ""
    if host in HOSTS:
        return host
    return next((domain.removeprefix(".") for domain in (APPLE, MICROSOFT) if host.endswith(domain)), "other")


def _name(notice: Noticed) -> dict[str, int]:
    return {
        "person": notice.person_id,
        "device": notice.device_id,
        "conversation": notice.conversation_id,
        "ordinal": notice.ordinal,
    }

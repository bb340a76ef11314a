"""What the address of the usage page says, and the addresses from there: filters live in them, so that a view can be
kept and sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from components.billing import address
from data.usage.report import ServiceName
from data.usage.windows import Kind, Window, find_following

USAGE = "/usage"
FILES = "/usage/files"
DIRECTORY = "/directory"
CONVERSATIONS = "/conversations"


@dataclass(frozen=True)
class UsagePlace:
    """Which service (None: all one's own), which period (None: the last 28 days), who looks. `sees_names` of the
    people of the service."""

    service_id: int | None
    window: Window | None

    def link(self, path: str = USAGE, **more: object) -> str:
        return address(path, service=self.service_id, **self.period, **more)

    @property
    def period(self) -> dict[str, object]:
        return period_of(self.window) if self.window else {}

    def to(self, window: Window | None) -> str:
        return UsagePlace(self.service_id, window).link()

    def of_kind(self, kind: Kind, on: date) -> str:
        return address(USAGE, service=self.service_id, period=kind, on=on)

    def of_service(self, service: ServiceName) -> str:
        return UsagePlace(service.id, self.window).link()


def period_of(window: Window) -> dict[str, object]:
    """As `parse_window` reads it."""
    if window.kind == "dates":
        return {"from": window.starts_on, "to": window.ends_on}
    return {"period": window.kind, "on": window.starts_on}


def following(window: Window, today: date) -> Window | None:
    return find_following(window, today)


def without_app(service_id: int | None) -> str:
    """The list of those who do not use the application, with their access sheets to print."""
    return address(DIRECTORY, service=service_id, status="without_app")


def write_in(conversation_id: int | None) -> str:
    return f"{CONVERSATIONS}#c{conversation_id}" if conversation_id else CONVERSATIONS

"""What a page of usage should say, counted again, naively: every raw row, person by person and day by day."""

from __future__ import annotations

from collections import Counter
from copy import copy
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from data.models import app_openings, assignments, conversations, messages, organizations, views
from data.usage.deeds import Deed
from data.usage.report import UsageReport, Value
from data.usage.windows import Window
from tests.usage_recount import list_rows

DAY = timedelta(days=1)
DAY_HOURS = timedelta(hours=24)


class PageRecount:
    """One organization; `services` are those of the page."""

    def __init__(self, organization_id: int, services: list[int], now: datetime) -> None:
        self.now, self.services = now, services
        own = [row for row in list_rows(organizations) if row.id == organization_id]
        self.zone = ZoneInfo(own[0].timezone)
        self.stints = [row for row in list_rows(assignments) if row.organization_id == organization_id]
        self.rooms = {row.id: row for row in list_rows(conversations) if row.organization_id == organization_id}
        self.openings = [row for row in list_rows(app_openings) if row.organization_id == organization_id]
        self.said = [row for row in list_rows(messages) if row.conversation_id in self.rooms and row.kind == "text"]
        self.said.sort(key=lambda row: (row.conversation_id, row.ordinal))
        self.views = [row for row in list_rows(views) if row.conversation_id in self.rooms]

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def service_of(self, row: Any) -> int:
        service: int = self.rooms[row.conversation_id].service_id
        return service

    # Who

    def staff(self, service: int, on: date) -> set[int]:
        return {
            row.person_id
            for row in self.stints
            if row.service_id == service and row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)
        }

    def equipped(self, service: int, on: date) -> set[int]:
        """An opening counts for 60 days, its own included."""
        lately = {row.person_id for row in self.openings if on - 59 * DAY <= self.day(row.effective_at) <= on}
        return self.staff(service, on) & lately

    def staffed(self, service: int, window: Window) -> int:
        """The fewest on a day with anybody."""
        heads = [len(self.staff(service, day)) for day in window.list_days()]
        return min((each for each in heads if each), default=0)

    def doing(self, service: int, window: Window, deed: Deed) -> set[int]:
        wrote = {
            row.author_id
            for row in self.said
            if row.author_employed and self.service_of(row) == service and window.covers(self.day(row.created_at))
        }
        read = {
            row.person_id
            for row in self.views
            if row.employed and self.service_of(row) == service and window.covers(self.day(row.viewed_at))
        }
        return {"sent": wrote, "read": read, "either": wrote | read}[deed]

    # What

    def sent(self, window: Window, kind: str, services: list[int] | None = None) -> list[Any]:
        chosen = self.services if services is None else services
        return [
            row
            for row in self.said
            if self.rooms[row.conversation_id].kind == kind
            and self.service_of(row) in chosen
            and window.covers(self.day(row.created_at))
        ]

    def displayed(self, window: Window, kind: str, services: list[int] | None = None) -> int:
        return sum(row.deleted_at is None for row in self.sent(window, kind, services))

    def heat(self, window: Window) -> Counter[tuple[int, int]]:
        local = [row.created_at.astimezone(self.zone) for row in self.sent(window, "public") if row.deleted_at is None]
        return Counter((each.weekday(), each.hour) for each in local)

    def replies(self, window: Window, services: list[int]) -> list[float]:
        found = []
        sent = {(row.conversation_id, row.ordinal) for row in self.sent(window, "public", services)}
        for before, row in zip(self.said, self.said[1:], strict=False):
            waited = row.created_at - before.created_at
            if row.conversation_id != before.conversation_id or row.author_id == before.author_id:
                continue
            if (row.conversation_id, row.ordinal) in sent and timedelta(0) <= waited <= 7 * DAY:
                found.append(waited.total_seconds())
        return found

    def readings(self, window: Window, services: list[int]) -> list[tuple[Any, dict[int, float]]]:
        """Measured messages, each with its readers and their delays."""
        measured = []
        for row in self.sent(window, "public", services):
            if row.ref.startswith("import:") or self.now < row.created_at + DAY_HOURS + timedelta(minutes=1):
                continue
            readers: dict[int, float] = {}
            for view in self.views:
                waited = view.viewed_at - row.created_at
                if view.conversation_id != row.conversation_id or view.ordinal < row.ordinal or not view.employed:
                    continue
                if view.person_id != row.author_id and waited <= DAY_HOURS:
                    seconds = max(waited.total_seconds(), 0)
                    readers[view.person_id] = min(readers.get(view.person_id, seconds), seconds)
            measured.append((row, readers))
        return measured

    def active_rooms(self, window: Window) -> set[int]:
        return {row.conversation_id for row in self.sent(window, "public")}

    def silent_rooms(self, window: Window) -> int:
        begins = window.to_on - 6 * DAY
        lately = Window("dates", begins, window.to_on, begins, window.to_on)
        heard = self.active_rooms(lately)
        return sum(
            room.kind == "public"
            and room.deleted_at is None
            and room.service_id in self.services
            and self.day(room.created_at) < begins
            and room.id not in heard
            for room in self.rooms.values()
        )


def check_report(report: UsageReport, recount: PageRecount) -> None:
    for window, side in ((report.window, "now"), (report.previous, "before")):
        shown = {key: getattr(figure, side) for key, figure in report.figures.items()}
        if side == "before" and shown["messages"].absence == "nothing":
            continue  # before the organization's first day
        check_side(shown, window, recount)
    cells = {(day, hour): n for day, row in enumerate(report.heat) for hour, n in enumerate(row) if n}
    assert cells == recount.heat(report.window)
    assert sum(point.messages for point in report.activity.points) == recount.displayed(report.window, "public")
    for row in report.services:
        alone = copy(recount)
        alone.services = [row.service.id]
        check_side({key: figure.now for key, figure in row.figures.items()}, report.window, alone)


def check_side(shown: dict[Any, Value], window: Window, recount: PageRecount) -> None:
    _check_staff(shown, window, recount)
    _check_doing(shown, window, recount)
    _check_messages(shown, window, recount)
    _check_delays(shown, window, recount)
    if "active_conversations" not in shown:
        return  # a row among services says less
    assert value(shown["active_conversations"]) == len(recount.active_rooms(window))
    assert value(shown["silent_conversations"]) == recount.silent_rooms(window)


def value(shown: Value) -> float | None:
    return shown.amount.value if shown.amount else None


def _check_staff(shown: dict[Any, Value], window: Window, recount: PageRecount) -> None:
    enough = [each for each in recount.services if len(recount.staff(each, window.to_on)) >= 5]
    heads = set().union(*(recount.staff(each, window.to_on) for each in enough))
    equipped = set().union(*(recount.equipped(each, window.to_on) for each in enough))
    if enough:
        assert value(shown["employees"]) == len(heads)
        assert value(shown["equipped"]) == len(equipped)
        assert value(shown["equipment_rate"]) == len(equipped) / len(heads)
    else:
        nobody = not any(recount.staff(each, window.to_on) for each in recount.services)
        assert value(shown["employees"]) == (0 if nobody else None)


def _check_doing(shown: dict[Any, Value], window: Window, recount: PageRecount) -> None:
    for key, days in (("active_1", 1), ("active_7", 7), ("active_28", 28), ("contributors", window.days)):
        if key not in shown:
            continue
        first = window.to_on - (days - 1) * DAY
        span = Window("dates", first, window.to_on, first, window.to_on)
        enough = [each for each in recount.services if recount.staffed(each, span) >= 5]
        amount = shown[key].amount
        assert (amount is None) == (not enough), key
        if amount is not None:
            deed: Deed = "sent" if key == "contributors" else "either"
            truth = [recount.doing(each, span, deed) for each in enough]
            assert amount.low <= len(set().union(*truth)) <= amount.high, key
            if len(enough) == 1:
                assert amount.low % 5 == 0
                assert amount.high - amount.low <= 4 or amount.low == recount.staffed(enough[0], span) // 5 * 5


def _check_messages(shown: dict[Any, Value], window: Window, recount: PageRecount) -> None:
    public = recount.displayed(window, "public")
    sent = recount.sent(window, "public")
    assert value(shown["public_messages"]) == public
    assert value(shown["deleted_messages"]) == len(sent) - public
    leading = sum(row.author_leads for row in sent)
    assert value(shown["leaders_share"]) == (leading / len(sent) if sent else None)
    days = list(window.list_days())
    quiet = [each for each in recount.services if all(len(recount.equipped(each, day)) >= 5 for day in days)]
    groups, pairs = (recount.displayed(window, kind, quiet) for kind in ("group", "one_to_one"))
    expected = (groups, pairs, public + groups + pairs) if quiet else (None, None, None)
    if shown["messages"].absence != "other_services":
        assert tuple(value(shown[key]) for key in ("group_messages", "one_to_one_messages", "messages")) == expected


def _check_delays(shown: dict[Any, Value], window: Window, recount: PageRecount) -> None:
    enough = [each for each in recount.services if recount.staffed(each, window) >= 5]
    for key in ("first_reply", "first_read"):
        if key in shown:
            _check_median(shown[key], key, window, recount, enough)
    _check_reading(shown["reading_24h"], window, recount, enough)


def _check_median(shown: Value, key: str, window: Window, recount: PageRecount, enough: list[int]) -> None:
    by_many = [each for each in enough if len(recount.doing(each, window, DEEDS[key])) >= 5]
    if key == "first_reply":
        delays = recount.replies(window, by_many)
    else:
        delays = [min(readers.values()) for _, readers in recount.readings(window, by_many) if readers]
    found = value(shown)
    assert (found is None) == (len(delays) < 5), key
    if found is not None:
        assert abs(found - median_low(delays)) <= 1 + median_low(delays) / 100, key


DEEDS: dict[str, Deed] = {"first_reply": "sent", "first_read": "read"}


def _check_reading(shown: Value, window: Window, recount: PageRecount, enough: list[int]) -> None:
    readers = could = 0.0
    for service in enough:
        days = list(window.list_days())
        equipped = sum(len(recount.equipped(service, day)) for day in days) / len(days)
        measured = recount.readings(window, [service])
        if equipped >= 5 and measured:
            readers += sum(len(each) for _, each in measured)
            could += equipped * len(measured) - sum(row.author_employed for row, _ in measured)
    if shown.amount is not None:
        assert shown.amount.low <= min(readers / could, 1) <= shown.amount.high
    elif shown.absence == "few_released":
        assert min(len(each) for service in enough for _, each in recount.readings(window, [service])) < 5

"""The figures of usage counted again, naively: every raw row, one after the other, in plain Python."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from data import db
from data.models import (
    app_openings,
    conversations,
    messages,
    organizations,
    usage_conversations,
    usage_counts,
    usage_deeds,
    usage_spells,
    usage_waits,
    views,
)

DAY = timedelta(hours=24)


@dataclass
class Figures:
    """What the tables hold, or should hold."""

    counts: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    delays: dict[tuple[Any, ...], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    read: set[tuple[int, int, date]] = field(default_factory=set)
    sent: set[tuple[int, int, date]] = field(default_factory=set)
    heard: set[tuple[int, int, date]] = field(default_factory=set)
    equipped: set[tuple[int, date]] = field(default_factory=set)


def list_rows(table: Table) -> list[Any]:
    with db.read() as reader:
        return list(reader.execute(select(table)).all())


def read_figures() -> Figures:
    """As they were filled."""
    found = Figures()
    for row in list_rows(usage_counts):
        found.counts[row.organization_id, row.service_id, row.stat, row.grain, row.starts_on, row.slot] = row.value
    for row in list_rows(usage_waits):
        steps = struct.iter_unpack("<II", row.steps)
        found.delays[row.service_id, row.stat, row.grain, row.starts_on] = Counter(dict(steps))
    for row in list_rows(usage_deeds):
        for person_id, read_days, sent_days in struct.iter_unpack("<qII", row.people):
            found.read |= {(row.service_id, person_id, day) for day in _list_days(row.month, read_days)}
            found.sent |= {(row.service_id, person_id, day) for day in _list_days(row.month, sent_days)}
    for row in list_rows(usage_conversations):
        found.heard |= {(row.service_id, row.conversation_id, day) for day in _list_days(row.month, row.days)}
    for row in list_rows(usage_spells):
        for person_id, from_on, until_on in struct.iter_unpack("<qii", row.spells):
            days = {(person_id, date.fromordinal(number)) for number in range(from_on, until_on + 1)}
            assert not found.equipped & days, "spells overlap"
            found.equipped |= days
    return found


def _list_days(month: date, bits: int) -> list[date]:
    assert month.day == 1
    return [month + timedelta(days=number) for number in range(31) if bits >> number & 1]


class Recount:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.figures = Figures()
        self.zones = {row.id: ZoneInfo(row.timezone) for row in list_rows(organizations)}
        self.views = defaultdict(list)
        for view in list_rows(views):
            self.views[view.conversation_id].append(view)
        said = defaultdict(list)
        for message in sorted(list_rows(messages), key=lambda row: (row.conversation_id, row.ordinal)):
            said[message.conversation_id].append(message)
        for conversation in list_rows(conversations):
            self._count_conversation(conversation, said[conversation.id])
        self._count_openings()

    def _count_conversation(self, conversation: Any, said: list[Any]) -> None:
        is_public = conversation.kind == "public"
        if not (said and said[0].ref.startswith("import:")):
            name = "public_conversations_started" if is_public else "private_conversations_started"
            self._add(conversation, name, conversation.created_at)
        human = [message for message in said if message.kind == "text"]
        for number, message in enumerate(human):
            self._count_message(conversation, message)
            if is_public and number:
                self._count_reply(conversation, human[number - 1], message)
            if is_public:
                self._count_reading(conversation, message)
        for view in self.views[conversation.id]:
            if view.employed:
                day = view.viewed_at.astimezone(self.zones[conversation.organization_id]).date()
                self.figures.read.add((conversation.service_id, view.person_id, day))

    def _count_message(self, conversation: Any, message: Any) -> None:
        day = message.created_at.astimezone(self.zones[conversation.organization_id]).date()
        self.figures.heard.add((conversation.service_id, conversation.id, day))
        if message.author_employed:
            self.figures.sent.add((conversation.service_id, message.author_id, day))
        by_hour = conversation.kind == "public"
        self._add(conversation, f"{conversation.kind}_messages", message.created_at, by_hour=by_hour)
        if message.deleted_at is not None:
            self._add(conversation, f"{conversation.kind}_deleted", message.created_at, by_hour=by_hour)
        if by_hour and message.author_leads:
            self._add(conversation, "public_messages_by_leaders", message.created_at, by_hour=True)
            self._add(conversation, "public_messages_by_leaders_total", message.created_at)
        if by_hour:
            self._add(conversation, "public_messages_total", message.created_at)
            self._add(
                conversation, "public_deleted_total", message.created_at, value=int(message.deleted_at is not None)
            )
        if by_hour and message.author_employed:
            self._add(conversation, "public_messages_by_employees", message.created_at)

    def _count_reply(self, conversation: Any, before: Any, message: Any) -> None:
        waited = message.created_at - before.created_at
        if before.author_id != message.author_id and timedelta(0) <= waited <= timedelta(days=7):
            self._add_delay(conversation, "first_reply", message.created_at, waited)

    def _count_reading(self, conversation: Any, message: Any) -> None:
        if message.ref.startswith("import:") or self.now < message.created_at + DAY + timedelta(minutes=1):
            return
        self._add(conversation, "settled_messages", message.created_at)
        if message.author_employed:
            self._add(conversation, "settled_by_employees", message.created_at)
        seen = [
            view
            for view in self.views[conversation.id]
            if view.employed
            and view.ordinal >= message.ordinal
            and view.viewed_at <= message.created_at + DAY
            and view.person_id != message.author_id
        ]
        readers = {view.person_id for view in seen}
        if readers:
            self._add(conversation, "reads_in_24h", message.created_at, value=len(readers))
            first = min(view.viewed_at for view in seen)
            self._add_delay(conversation, "first_read", message.created_at, first - message.created_at)

    def _count_openings(self) -> None:
        for opening in list_rows(app_openings):
            day = opening.effective_at.astimezone(self.zones[opening.organization_id]).date()
            self.figures.equipped |= {(opening.person_id, day + timedelta(days=number)) for number in range(60)}

    def _add(self, conversation: Any, stat: str, at: datetime, *, by_hour: bool = False, value: int = 1) -> None:
        local = at.astimezone(self.zones[conversation.organization_id])
        by_day, by_month = (local.hour, local.weekday() * 24 + local.hour) if by_hour else (-1, -1)
        for service_id in (conversation.service_id, 0):
            place = (conversation.organization_id, service_id, stat)
            self.figures.counts[*place, "day", local.date(), by_day] += value
            self.figures.counts[*place, "month", local.date().replace(day=1), by_month] += value
            if not by_hour:
                self.figures.counts[*place, "qtr", find_quarter(local.date()), -1] += value

    def _add_delay(self, conversation: Any, stat: str, at: datetime, delay: timedelta) -> None:
        day = at.astimezone(self.zones[conversation.organization_id]).date()
        step = find_step(int(delay.total_seconds()))
        for grain, starts_on in (("day", day), ("month", day.replace(day=1)), ("qtr", find_quarter(day))):
            self.figures.delays[conversation.service_id, stat, grain, starts_on][step] += 1


def find_quarter(day: date) -> date:
    return date(day.year, (1, 4, 7, 10)[(day.month - 1) // 3], 1)


def find_step(seconds: int) -> int:
    """Whole seconds up to 127, then 64 steps in each doubling."""
    doubling = 0
    while seconds >> doubling > 127:
        doubling += 1
    return 64 * doubling + (seconds >> doubling)

"""What an administrator decided for the organization, and the messages that managers marked as urgent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from data.access.directory import AdministeredOrganization
from data.db import Reader
from data.models import conversations, messages, organizations, people, services
from data.push.quiet import QuietHours

SHOWN = 50
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class SettingsRow:
    quiet: QuietHours
    shows_text: bool
    formal_address: str
    timezone: str


@dataclass(frozen=True)
class UrgentRow:
    """A message that alerted in quiet hours too, and why; never what it said."""

    at: datetime
    author: str
    service: str
    conversation: str
    reason: str


@dataclass(frozen=True)
class Urgency:
    """`count`: of the last 30 days; `by_author`: of them, by name, most first. `rows`: the latest."""

    count: int
    by_author: list[tuple[str, int]]
    rows: list[UrgentRow]


def get_settings_row(reader: Reader, organization: AdministeredOrganization) -> SettingsRow:
    row = reader.execute(
        select(
            organizations.c.quiet_starts,
            organizations.c.quiet_ends,
            organizations.c.shows_text,
            organizations.c.formal_messaging_url,
            organizations.c.timezone,
        ).where(organizations.c.id == organization.id)
    ).one()
    return SettingsRow(
        quiet=QuietHours(row.quiet_starts, row.quiet_ends),
        shows_text=bool(row.shows_text),
        formal_address=row.formal_messaging_url or "",
        timezone=row.timezone,
    )


def get_urgency(reader: Reader, organization: AdministeredOrganization) -> Urgency:
    is_urgent = and_(messages.c.organization_id == organization.id, messages.c.urgent_reason.is_not(None))
    rows = reader.execute(
        select(
            messages.c.created_at,
            people.c.given_name,
            people.c.family_name,
            services.c.name,
            conversations.c.name,
            messages.c.urgent_reason,
        )
        .join(people, people.c.id == messages.c.author_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(services, services.c.id == conversations.c.service_id)
        .where(is_urgent)
        .order_by(messages.c.created_at.desc())
        .limit(SHOWN)
    )
    found = [UrgentRow(row[0], f"{row[1]} {row[2]}", *row[3:]) for row in rows]
    by_author = _count_by_author(reader, and_(is_urgent, messages.c.created_at > reader.now - LATELY))
    return Urgency(sum(count for _, count in by_author), by_author, found)


def _count_by_author(reader: Reader, condition: ColumnElement[bool]) -> list[tuple[str, int]]:
    count = func.count()
    rows = reader.execute(
        select(people.c.given_name, people.c.family_name, count)
        .select_from(messages)
        .join(people, people.c.id == messages.c.author_id)
        .where(condition)
        .group_by(people.c.id, people.c.given_name, people.c.family_name)
        .order_by(count.desc(), people.c.given_name)
    )
    return [(f"{given} {family}", int(number)) for given, family, number in rows]

"""The option of an organization today: where it is on and since when, what is planned, and all that led there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from data import clock
from data.access.options import ReviewedOrganization
from data.access.presence import covers, get_today, is_equipped
from data.db import Reader
from data.models import assignments, people, services
from data.option import OptionFact, fold_option, list_spans
from data.queries.option_history import OptionEntry, build_fact, build_history, list_rows
from data.text import fold


@dataclass(frozen=True)
class ServiceOption:
    """`is_on`: for its people today, through the organization or by its own switch (`has_own`)."""

    id: int
    name: str
    is_on: bool
    has_own: bool
    since: date | None
    employed: int
    equipped: int


@dataclass(frozen=True)
class OrganizationOption:
    """`employed` and `equipped` today, each person once; `history`: the latest first."""

    is_everywhere: bool
    since: date | None
    services: list[ServiceOption]
    employed: int
    equipped: int
    history: list[OptionEntry]

    @property
    def is_on_somewhere(self) -> bool:
        return self.is_everywhere or any(service.is_on for service in self.services)

    @property
    def due(self) -> list[OptionEntry]:
        """What is planned, the first to come first."""
        return sorted((each for each in self.history if each.standing == "due"), key=lambda each: each.effective_at)


def get_organization_option(reader: Reader, organization: ReviewedOrganization) -> OrganizationOption:
    today = get_today(reader, organization.id)
    rows = list_rows(reader, [organization.id])
    facts = [build_fact(row) for row in rows]
    heads = _count_heads(reader, organization.id, today)
    everywhere = fold_option(facts, reader.now).organization_on
    since = _find_starts(facts, reader.now, organization.timezone)
    here = list_open_on(reader, organization.id, today)
    employed, equipped = heads.get(None, (0, 0))
    return OrganizationOption(
        is_everywhere=everywhere,
        since=since.get(None),
        services=[
            ServiceOption(
                service_id,
                name,
                is_on=everywhere or service_id in since,
                has_own=service_id in since,
                since=since.get(service_id),
                employed=heads.get(service_id, (0, 0))[0],
                equipped=heads.get(service_id, (0, 0))[1],
            )
            for service_id, name in here
        ],
        employed=employed,
        equipped=equipped,
        history=build_history(rows, reader.now),
    )


def _find_starts(facts: Iterable[OptionFact], now: datetime, timezone: str) -> dict[int | None, date]:
    """Of what is on now, by scope."""
    return {
        span.service_id: clock.local_day(span.starts_at, timezone) for span in list_spans(facts) if span.covers(now)
    }


def _count_heads(reader: Reader, organization_id: int, day: date) -> dict[int | None, tuple[int, int]]:
    """Employed, and of these with the application: by service, and (None) in all, each person once."""
    rows = reader.execute(
        select(assignments.c.person_id, assignments.c.service_id, is_equipped(reader))
        .join(people, people.c.id == assignments.c.person_id)
        .where(assignments.c.organization_id == organization_id, covers(day))
    )
    found: dict[int | None, dict[int, bool]] = {}
    for person_id, service_id, has_app in rows:
        for scope in (service_id, None):
            found.setdefault(scope, {})[person_id] = bool(has_app)
    return {scope: (len(heads), sum(heads.values())) for scope, heads in found.items()}


def list_open_on(reader: Reader, organization_id: int, day: date) -> list[tuple[int, str]]:
    rows = reader.execute(
        select(services.c.id, services.c.name).where(
            services.c.organization_id == organization_id,
            or_(services.c.closed_on.is_(None), services.c.closed_on > day),
        )
    )
    return sorted(((row.id, row.name) for row in rows), key=lambda found: (fold(found[1]), found[0]))

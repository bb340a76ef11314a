"""Organizations: what a page needs to know of its own, and the vendor's list of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, distinct, func, or_, select

from data import clock
from data.access.actors import Actor
from data.access.presence import covers, is_equipped
from data.access.rights import list_option_facts
from data.access.support import Supporter
from data.db import Reader
from data.models import assignments, organizations, people, services
from data.option import OptionFact, fold_option, list_spans
from data.text import fold

PAGE_SIZE = 20


@dataclass(frozen=True)
class OptionRow:
    """Where the chat is on, and since which local day: the whole organization, or services by name. `changes_on`: the
    next switch that is due."""

    is_everywhere: bool
    services: list[str]
    since: date | None
    changes_on: date | None

    @property
    def is_on(self) -> bool:
        return self.is_everywhere or bool(self.services)


@dataclass(frozen=True)
class OrganizationRow:
    id: int
    name: str
    code: str
    province: str
    option: OptionRow
    services: int
    employed: int
    equipped: int


@dataclass(frozen=True)
class OrganizationPage:
    """`count`: of all that match; `number`: of the page, from 1."""

    rows: list[OrganizationRow]
    count: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def get_formal_address(reader: Reader, actor: Actor) -> str | None:
    """Where formal requests (leave, replacement) are made (R4)."""
    if actor.rights is None:
        return None
    return reader.execute(
        select(organizations.c.formal_messaging_url).where(organizations.c.id == actor.organization_id)
    ).scalar()


def list_organizations(reader: Reader, _: Supporter, *, search: str = "", number: int = 1) -> OrganizationPage:
    """One page of those whose name or code holds every word of the search, by name. Counts only, no names of people."""
    words = fold(search).split()
    found = [row for row in reader.execute(_ORGANIZATIONS) if _matches(row, words)]
    found.sort(key=lambda row: (fold(row.name), row.id))
    pages = max(1, -(-len(found) // PAGE_SIZE))
    shown = min(max(number, 1), pages)
    page = found[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE]
    return OrganizationPage(_describe(reader, page), len(found), shown)


_ORGANIZATIONS = select(
    organizations.c.id,
    organizations.c.name,
    organizations.c.code,
    organizations.c.province,
    organizations.c.timezone,
)


def _matches(row: Row[Any], words: Iterable[str]) -> bool:
    text = fold(f"{row.name} {row.code}")
    return all(word in text for word in words)


def _describe(reader: Reader, page: Sequence[Row[Any]]) -> list[OrganizationRow]:
    ids = [row.id for row in page]
    days = {row.id: clock.local_day(reader.now, row.timezone) for row in page}
    open_services = _list_open_services(reader, days)
    people_of = _count_people(reader, days)
    facts = list_option_facts(reader, ids)
    return [
        OrganizationRow(
            row.id,
            row.name,
            row.code,
            row.province,
            _describe_option(facts.get(row.id, []), open_services.get(row.id, {}), reader.now, row.timezone),
            len(open_services.get(row.id, {})),
            *people_of.get(row.id, (0, 0)),
        )
        for row in page
    ]


def _list_open_services(reader: Reader, days: dict[int, date]) -> dict[int, dict[int, str]]:
    """Names by id, organization by organization."""
    rows = reader.execute(
        select(services.c.organization_id, services.c.id, services.c.name, services.c.closed_on)
        .where(services.c.organization_id.in_(days))
        .order_by(services.c.name)
    )
    found: dict[int, dict[int, str]] = {}
    for organization_id, service_id, name, closed_on in rows:
        if closed_on is None or closed_on > days[organization_id]:
            found.setdefault(organization_id, {})[service_id] = name
    return found


def _count_people(reader: Reader, days: dict[int, date]) -> dict[int, tuple[int, int]]:
    """Employed today, and how many of these use the application."""
    if not days:
        return {}
    rows = reader.execute(
        select(
            assignments.c.organization_id,
            func.count(distinct(people.c.id)),
            func.count(distinct(people.c.id)).filter(is_equipped(reader)),
        )
        .join(people, people.c.id == assignments.c.person_id)
        .where(or_(*(_employs_on(day, ids) for day, ids in _group_by_day(days))))
        .group_by(assignments.c.organization_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _group_by_day(days: dict[int, date]) -> Iterable[tuple[date, list[int]]]:
    """It is not the same day everywhere."""
    ordered = sorted(days, key=lambda organization_id: days[organization_id])
    return ((day, list(ids)) for day, ids in groupby(ordered, key=lambda organization_id: days[organization_id]))


def _employs_on(day: date, organization_ids: list[int]) -> ColumnElement[bool]:
    return and_(assignments.c.organization_id.in_(organization_ids), covers(day))


def _describe_option(facts: Sequence[OptionFact], names: dict[int, str], now: datetime, timezone: str) -> OptionRow:
    state = fold_option(facts, now)
    on = [name for service_id, name in names.items() if service_id in state.services_on]
    scopes = {None} if state.organization_on else state.services_on & names.keys()
    starts = [span.starts_at for span in list_spans(facts) if span.covers(now) and span.service_id in scopes]
    return OptionRow(
        is_everywhere=state.organization_on,
        services=on,
        since=clock.local_day(min(starts), timezone) if starts else None,
        changes_on=clock.local_day(state.changes_at, timezone) if state.changes_at else None,
    )

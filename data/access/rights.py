"""What a person may see and run at an instant: computed from facts, kept until they change, never stale.

The organization's `rights_version` is read with every use and takes a new random value with every change that may give
or take a right; what is due later (a hire, a move, a departure at midnight, a switch of the option) bounds
`valid_until`."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Date, bindparam, func, select, update

from data import clock, db
from data.db import Database, Reader, UnitOfWork
from data.employment import DAY
from data.models import (
    app_openings,
    assignments,
    option_changes,
    option_voids,
    organizations,
    people,
    service_rights,
    services,
)
from data.option import OptionFact, OptionState, fold_option
from data.prepared import Prepared
from data.realtime.events import RightsTouched, to_organization, to_person

FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rights:
    """`employed_in`: services where the person works today. `manages`: services they run (an administrator: all).
    `option_on`: services where the chat is on. `eligible_since`: from when a public conversation of a service counts as
    addressed to them, whether or not they have looked at it (an administrator sees them all, addressed by none).
    `absences`: of services where they work again, and which they do not run, when they last did not: from, until."""

    person_id: int
    organization_id: int
    is_administrator: bool
    employed_in: frozenset[int]
    manages: frozenset[int]
    named_manager_of: frozenset[int]
    option_on: frozenset[int]
    eligible_since: Mapping[int, datetime]
    absences: Mapping[int, tuple[datetime, datetime]]
    version: int
    valid_from: datetime
    valid_until: datetime

    @property
    def chat_services(self) -> frozenset[int]:
        """Services whose conversations the person can take part in now."""
        return (self.employed_in | self.manages) & self.option_on

    def sees(self, service_id: int) -> bool:
        return service_id in self.option_on and (service_id in self.employed_in or service_id in self.manages)

    def runs(self, service_id: int) -> bool:
        return service_id in self.option_on and service_id in self.manages

    @property
    def has_portal(self) -> bool:
        return self.is_administrator or bool(self.manages)


_caches: WeakKeyDictionary[Database, dict[int, Rights]] = WeakKeyDictionary()


def get_rights(reader: Reader, person_id: int, version: int) -> Rights:
    """The rights of a person of an organization whose `rights_version` was just read as `version`."""
    cache = _caches.setdefault(db.current(), {})
    known = cache.get(person_id)
    if known is not None and known.version == version and known.valid_from <= reader.now < known.valid_until:
        return known
    cache[person_id] = rights = _compute(reader, person_id, version)
    return rights


def get_person_rights(reader: Reader, person_id: int | None) -> Rights | None:
    """The rights of a person before there is a session; None for the vendor's staff."""
    if person_id is None:
        return None
    version: int = reader.execute(
        select(organizations.c.rights_version)
        .join(people, people.c.organization_id == organizations.c.id)
        .where(people.c.id == person_id)
    ).scalar_one()
    return get_rights(reader, person_id, version)


def _compute(reader: Reader, person_id: int, version: int) -> Rights:
    person = _PERSON.one(reader, person=person_id)
    today = clock.local_day(reader.now, person.timezone)
    stints = _STINTS.list(reader, person=person_id)
    granted_at: dict[int, datetime] = dict(_GRANTS.list(reader, person=person_id))
    opened_at = _FIRST_OPENING.one(reader, person=person_id).first
    closings: dict[int, date | None] = dict(_OPEN.list(reader, here=person.organization_id, today=today))
    option = get_option_state(reader, person.organization_id)
    open_services = frozenset(closings)
    started = _find_starts(stints, today)
    # A right rests while its holder works nowhere: before the first day, after the last.
    granted_at = {service: at for service, at in granted_at.items() if started and service in open_services}
    named = frozenset(granted_at)
    manages = open_services if person.is_administrator else named
    days = {s.starts_on for s in stints} | {s.ends_on + DAY for s in stints if s.ends_on} | set(closings.values())
    due = [clock.local_midnight(day, person.timezone) for day in days if day is not None and day > today]
    return Rights(
        person_id=person_id,
        organization_id=person.organization_id,
        is_administrator=person.is_administrator,
        employed_in=frozenset(started.keys() & open_services),
        manages=manages,
        named_manager_of=named,
        option_on=open_services if option.organization_on else option.services_on & open_services,
        eligible_since=_find_eligibility(started, granted_at, opened_at, person.timezone),
        absences=_find_absences(
            stints, {service: day for service, day in started.items() if service not in manages}, person.timezone
        ),
        version=version,
        valid_from=reader.now,
        valid_until=min([*due, option.changes_at or FAR_AWAY]),
    )


_PERSON = Prepared(
    select(people.c.organization_id, people.c.is_administrator, organizations.c.timezone)
    .join(organizations, organizations.c.id == people.c.organization_id)
    .where(people.c.id == bindparam("person"))
)
_STINTS = Prepared(
    select(assignments.c.service_id, assignments.c.starts_on, assignments.c.ends_on)
    .where(assignments.c.person_id == bindparam("person"))
    .order_by(assignments.c.starts_on)
)
_GRANTS = Prepared(
    select(service_rights.c.service_id, service_rights.c.granted_at).where(
        service_rights.c.person_id == bindparam("person")
    )
)
_FIRST_OPENING = Prepared(
    select(func.min(app_openings.c.effective_at).label("first")).where(app_openings.c.person_id == bindparam("person"))
)
_OPEN = Prepared(
    select(services.c.id, services.c.closed_on).where(
        services.c.organization_id == bindparam("here"),
        services.c.closed_on.is_(None) | (services.c.closed_on > bindparam("today", type_=Date)),
    )
)


def _find_starts(stints: Iterable[Any], today: date) -> dict[int, date]:
    """Since when, without a gap, the person works in each of today's services; `stints` in the order of their start."""
    runs: dict[int, tuple[date, date | None]] = {}
    for service_id, starts_on, ends_on in stints:
        if starts_on > today:
            continue
        before = runs.get(service_id)
        goes_on = before is not None and before[1] is not None and before[1] + DAY >= starts_on
        runs[service_id] = (before[0] if before and goes_on else starts_on, ends_on)
    return {service: starts for service, (starts, ends) in runs.items() if ends is None or ends >= today}


def _find_absences(
    stints: Iterable[Any], started: dict[int, date], timezone: str
) -> dict[int, tuple[datetime, datetime]]:
    """Between the last day of what came before and the first day back."""
    left: dict[int, date] = {}
    for service_id, starts_on, ends_on in stints:
        if service_id in started and starts_on < started[service_id] and ends_on is not None:
            left[service_id] = max(ends_on + DAY, left.get(service_id, date.min))
    return {
        service: (clock.local_midnight(day, timezone), clock.local_midnight(started[service], timezone))
        for service, day in left.items()
    }


def _find_eligibility(
    started: dict[int, date], granted_at: dict[int, datetime], opened_at: datetime | None, timezone: str
) -> dict[int, datetime]:
    """An employee: from the first day at work, once the application was opened. A named manager: from the grant."""
    since = dict(granted_at)
    if opened_at is None:
        return since
    for service_id, day in started.items():
        eligible = max(clock.local_midnight(day, timezone), opened_at)
        since[service_id] = min(eligible, since.get(service_id, eligible))
    return since


def get_option_state(reader: Reader, organization_id: int) -> OptionState:
    return fold_option([OptionFact(*row[1:]) for row in _FACTS_OF_ONE.list(reader, here=organization_id)], reader.now)


def list_option_facts(reader: Reader, organization_ids: Collection[int]) -> dict[int, list[OptionFact]]:
    """By organization, in the order of their recording."""
    rows = reader.execute(_FACTS.where(option_changes.c.organization_id.in_(organization_ids)))
    found: dict[int, list[OptionFact]] = {}
    for organization_id, *fact in rows:
        found.setdefault(organization_id, []).append(OptionFact(*fact))
    return found


_FACTS = (
    select(
        option_changes.c.organization_id,
        option_changes.c.service_id,
        option_changes.c.is_on,
        option_changes.c.effective_at,
        option_voids.c.effective_at.label("void_at"),
        option_changes.c.id,
    )
    .outerjoin(option_voids, option_voids.c.option_change_id == option_changes.c.id)
    .order_by(option_changes.c.id)
)
_FACTS_OF_ONE = Prepared(_FACTS.where(option_changes.c.organization_id == bindparam("here")))


def forget_rights(uow: UnitOfWork, organization_id: int) -> None:
    """Whatever was kept about the rights in an organization is computed anew. (Random, not counted up: a number that a
    rolled-back unit used must not come again.)"""
    version = secrets.randbits(53)
    _made_here.append(version)
    uow.execute(update(organizations).where(organizations.c.id == organization_id).values(rights_version=version))


# The latest versions that this process gave: of these its sockets were told.
_made_here: deque[int] = deque(maxlen=4096)


def list_changed_elsewhere(reader: Reader, seen: Mapping[int, int]) -> dict[int, int]:
    """Organizations whose rights another process changed (a command at the console) since their version was `seen`,
    with the version now; without those changed here, of which the sockets were told."""
    rows = reader.execute(
        select(organizations.c.id, organizations.c.rights_version).where(organizations.c.id.in_(seen))
    )
    return {row.id: row.rights_version for row in rows if row.rights_version not in (seen[row.id], *_made_here)}


def change_rights(uow: UnitOfWork, organization_id: int, person_ids: Iterable[int] | None = None) -> None:
    """Call in every unit that gives or takes a right: open sockets of these people (None: of the whole organization)
    hear nothing more before they have been looked at again."""
    forget_rights(uow, organization_id)
    topics = [to_organization(organization_id)] if person_ids is None else [to_person(p) for p in person_ids]
    for topic in topics:
        uow.emit(topic, RightsTouched())

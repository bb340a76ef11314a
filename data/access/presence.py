"""Who belongs to a service on a day, as SQL conditions: the one place that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select

from data import clock
from data.db import Reader
from data.models import accounts, app_openings, assignments, organizations, people, service_rights

Services = int | Collection[int] | ColumnElement[int]
Day = date | ColumnElement[date]


def get_today(reader: Reader, organization_id: int) -> date:
    """The organization's local day."""
    timezone: str = reader.execute(
        select(organizations.c.timezone).where(organizations.c.id == organization_id)
    ).scalar_one()
    return clock.local_day(reader.now, timezone)


def covers(day: Day) -> ColumnElement[bool]:
    """An assignment of the enclosing query runs on that day."""
    return and_(assignments.c.starts_on <= day, or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= day))


def is_employed_in(service: Services, day: Day) -> ColumnElement[bool]:
    """The person of the enclosing query works that day in the service, or in one of several."""
    return exists(
        select(assignments.c.id)
        .where(assignments.c.person_id == people.c.id, _is(assignments.c.service_id, service), covers(day))
        .correlate_except(assignments)
    )


def is_named_manager_of(service: Services, day: Day) -> ColumnElement[bool]:
    """Has a right on it and works somewhere that day: a right ends with the last day at work, and rests meanwhile."""
    works = exists(
        select(assignments.c.id)
        .where(assignments.c.person_id == people.c.id, covers(day))
        .correlate_except(assignments)
    )
    named = exists(
        select(service_rights.c.person_id)
        .where(service_rights.c.person_id == people.c.id, _is(service_rights.c.service_id, service))
        .correlate_except(service_rights)
    )
    return and_(named, works)


def _is(column: ColumnElement[int], service: Services) -> ColumnElement[bool]:
    return column.in_(service) if isinstance(service, Collection) else column == service


def is_leading(service: Services, day: Day) -> ColumnElement[bool]:
    """Shown as "manager" beside the name: a named manager of the service, or an administrator."""
    return or_(people.c.is_administrator, is_named_manager_of(service, day))


def is_active() -> ColumnElement[bool]:
    """No account that was cut off. (A person who never opened theirs is active; one who left is not employed.)"""
    return and_(
        people.c.account_id.is_not(None),
        ~exists(
            select(accounts.c.id)
            .where(accounts.c.id == people.c.account_id, accounts.c.deactivated_at.is_not(None))
            .correlate(people)
        ),
    )


def belongs_to(service: Services, day: Day) -> ColumnElement[bool]:
    """May take part in a private conversation of the service (R11)."""
    return and_(
        is_active(),
        or_(is_employed_in(service, day), is_named_manager_of(service, day), people.c.is_administrator),
    )


def is_equipped(reader: Reader) -> ColumnElement[bool]:
    """Uses the mobile application: a device is signed in and was seen in the last 60 days."""
    return people.c.equipped_until.is_not(None) & (people.c.equipped_until > reader.now)


def is_signed_out() -> ColumnElement[bool]:
    """Has opened the application, and no device is signed in any more."""
    opened = exists(
        select(app_openings.c.id).where(app_openings.c.person_id == people.c.id).correlate_except(app_openings)
    )
    return and_(people.c.equipped_until.is_(None), opened)


def is_reachable(reader: Reader, service: Services, day: Day) -> ColumnElement[bool]:
    """Will see a public conversation: uses the application, or runs the service from the portal."""
    uses_portal = people.c.portal_until.is_not(None) & (people.c.portal_until > reader.now)
    return or_(is_equipped(reader), and_(is_named_manager_of(service, day), uses_portal))


def is_addressed(service: Services, day: Day) -> ColumnElement[bool]:
    """Whom a public conversation of the service is for: who works there, and its named managers."""
    return and_(is_active(), or_(is_employed_in(service, day), is_named_manager_of(service, day)))

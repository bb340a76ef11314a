"""Why somebody does not see the chat, from what is known of their account, work, services and devices. No content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from data import clock
from data.access.actors import Surface
from data.access.diagnosis import DiagnosedPerson
from data.access.directory import SupportedOrganization
from data.access.presence import covers, get_today, is_equipped
from data.access.rights import list_option_facts
from data.db import Reader
from data.models import (
    access_links,
    accounts,
    app_openings,
    assignments,
    employees,
    organizations,
    people,
    service_rights,
    services,
    sessions,
)
from data.option import Span, list_spans
from data.push.quiet import find_end
from data.queries.causes import Alerts, DeviceRow, DiagnosedPlace, Diagnosis, LinkState
from data.queries.directory import Presence
from data.queries.matching import match_names_and_numbers
from data.queries.push import count_muted, get_alerting, list_devices_of

SHOWN = 20


@dataclass(frozen=True)
class Found:
    """Somebody whose name or number holds the search."""

    person_id: int
    name: str
    number: str | None
    service: str | None


def find_people(reader: Reader, organization: SupportedOrganization, search: str) -> list[Found]:
    """By name or number; the first of those who match."""
    if not search.split():
        return []
    today = get_today(reader, organization.id)
    works_in = (
        select(func.min(services.c.name))
        .join(assignments, assignments.c.service_id == services.c.id)
        .where(assignments.c.person_id == people.c.id, covers(today))
        .correlate(people)
        .scalar_subquery()
    )
    rows = reader.execute(
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            people.c.is_administrator,
            employees.c.number,
            works_in,
        )
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(
            people.c.organization_id == organization.id,
            people.c.account_id.is_not(None),
            *match_names_and_numbers(search),
        )
        .order_by(people.c.search_name, people.c.id)
        .limit(SHOWN)
    )
    return [Found(row[0], f"{row[1]} {row[2]}", None if row[3] else row[4], None if row[3] else row[5]) for row in rows]


def get_diagnosis(reader: Reader, person: DiagnosedPerson) -> Diagnosis:
    row = _get_person(reader, person)
    today = clock.local_day(reader.now, person.timezone)
    spans = list_spans(list_option_facts(reader, [person.organization_id]).get(person.organization_id, []))
    places = _list_places(reader, person, today, spans) if person.sees_file else []
    works = any(place.presence == "present" for place in places)
    devices = _list_devices(reader, person)
    link, link_until = _find_link(reader, person)
    return Diagnosis(
        name=f"{row.given_name} {row.family_name}",
        code=row.code,
        number=row.number if person.sees_file else None,
        email=row.email,
        is_administrator=row.is_administrator,
        account="cut_off" if row.deactivated_at is not None else "open" if row.has_password else "unopened",
        link=link,
        link_until=link_until,
        places=places,
        runs=_list_run(reader, person, today, spans, everywhere=row.is_administrator, works=works),
        app="uses" if row.has_app else "stopped" if row.opened_at is not None else "never",
        opened_on=clock.local_day(row.opened_at, person.timezone) if row.opened_at is not None else None,
        phones=sum(device.surface is Surface.MOBILE for device in devices),
        portals=sum(device.surface is Surface.PORTAL for device in devices),
        devices=devices if person.sees_devices else None,
        alerts=_get_alerts(reader, person),
        timezone=person.timezone,
    )


def _get_alerts(reader: Reader, person: DiagnosedPerson) -> Alerts:
    alerting = get_alerting(reader, person.person_id)
    return Alerts(
        devices=list_devices_of(reader, person.person_id),
        quiet=alerting.quiet,
        is_own_quiet=alerting.is_own,
        quiet_until=find_end(alerting.quiet, reader.now, person.timezone),
        muted=count_muted(reader, person.person_id),
    )


def _get_person(reader: Reader, person: DiagnosedPerson) -> Row[Any]:
    opened_at = (
        select(func.max(app_openings.c.effective_at))
        .where(app_openings.c.person_id == people.c.id)
        .correlate(people)
        .scalar_subquery()
    )
    row: Row[Any] = reader.execute(
        select(
            people.c.given_name,
            people.c.family_name,
            people.c.is_administrator,
            organizations.c.code,
            employees.c.number,
            accounts.c.email,
            accounts.c.deactivated_at,
            accounts.c.password_hash.is_not(None).label("has_password"),
            is_equipped(reader).label("has_app"),
            opened_at.label("opened_at"),
        )
        .join(organizations, organizations.c.id == people.c.organization_id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.id == person.person_id)
    ).one()
    return row


def _list_places(reader: Reader, person: DiagnosedPerson, today: date, spans: Sequence[Span]) -> list[DiagnosedPlace]:
    """Where they work, the latest first."""
    rows = reader.execute(
        select(services.c.id, services.c.name, services.c.closed_on, assignments.c.starts_on, assignments.c.ends_on)
        .join(assignments, assignments.c.service_id == services.c.id)
        .where(assignments.c.person_id == person.person_id, *_seen(person, services.c.id))
        .order_by(assignments.c.starts_on.desc(), services.c.name)
    )
    return [_build_place(reader, person, row, today, spans) for row in rows]


def _list_run(
    reader: Reader,
    person: DiagnosedPerson,
    today: date,
    spans: Sequence[Span],
    *,
    everywhere: bool,
    works: bool,
) -> list[DiagnosedPlace]:
    """Services that they run: a right rests while its holder works nowhere."""
    if not everywhere and not works:
        return []
    query = select(services.c.id, services.c.name, services.c.closed_on).where(
        services.c.organization_id == person.organization_id,
        or_(services.c.closed_on.is_(None), services.c.closed_on > today),
        *_seen(person, services.c.id),
    )
    if not everywhere:
        named = select(service_rights.c.service_id).where(service_rights.c.person_id == person.person_id)
        query = query.where(services.c.id.in_(named))
    rows = reader.execute(query.order_by(services.c.name))
    return [_build_place(reader, person, row, today, spans) for row in rows]


def _seen(person: DiagnosedPerson, service: ColumnElement[int]) -> list[ColumnElement[bool]]:
    return [] if person.service_ids is None else [service.in_(person.service_ids)]


def _build_place(
    reader: Reader, person: DiagnosedPerson, row: Row[Any], today: date, spans: Sequence[Span]
) -> DiagnosedPlace:
    starts_on: date | None = getattr(row, "starts_on", None)
    ends_on: date | None = getattr(row, "ends_on", None)
    is_over = (ends_on is not None and ends_on < today) or (row.closed_on is not None and row.closed_on <= today)
    presence: Presence = "to_come" if starts_on and starts_on > today else "left" if is_over else "present"
    own = [span for span in spans if span.service_id in (None, row.id)]
    later = [span.starts_at for span in own if span.starts_at > reader.now]
    return DiagnosedPlace(
        service=row.name,
        presence=presence,
        starts_on=starts_on,
        ends_on=ends_on,
        is_on=any(span.covers(reader.now) for span in own),
        chat_from=clock.local_day(min(later), person.timezone) if later else None,
    )


def _list_devices(reader: Reader, person: DiagnosedPerson) -> list[DeviceRow]:
    """Where they are signed in, the last used first."""
    rows = reader.execute(
        select(sessions.c.surface, sessions.c.device, sessions.c.seen_at)
        .where(
            sessions.c.person_id == person.person_id,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > reader.now,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    return [DeviceRow(Surface(row.surface), row.device, row.seen_at) for row in rows]


def _find_link(reader: Reader, person: DiagnosedPerson) -> tuple[LinkState, datetime | None]:
    """The last access sheet."""
    row = reader.execute(
        select(access_links.c.expires_at, access_links.c.used_at, access_links.c.replaced_at)
        .where(access_links.c.person_id == person.person_id)
        .order_by(access_links.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return "none", None
    works = row.used_at is None and row.replaced_at is None and row.expires_at > reader.now
    return ("waiting", row.expires_at) if works else ("spent", None)

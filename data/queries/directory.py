"""The directory: who is listed, page by page, and the file of one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, or_, select, true

from data.access.directory import (
    AssistedPerson,
    ListedOrganization,
    ListedPerson,
    ListedService,
    ShapedOrganization,
    is_listed,
)
from data.access.presence import covers, get_today, is_employed_in, is_equipped, is_named_manager_of
from data.db import Reader
from data.employment import DAY
from data.models import (
    access_links,
    accounts,
    app_openings,
    assignments,
    departments,
    employees,
    organizations,
    people,
    service_rights,
    services,
    sessions,
)
from data.queries.matching import match_names_and_numbers
from data.queries.recipients import Choice
from data.text import fold

PAGE = 25

Status = Literal["current", "today", "to_come", "left", "with_app", "without_app", "cut_off", "all"]
STATUSES: tuple[Status, ...] = get_args(Status)

Presence = Literal["present", "to_come", "left"]
AppUse = Literal["uses", "stopped", "never"]
AccountState = Literal["open", "unopened", "cut_off"]


@dataclass(frozen=True)
class Place:
    """Work in a service between two local days, both included."""

    service_id: int
    service: str
    department: str | None
    starts_on: date
    ends_on: date | None
    is_primary: bool
    when: Presence


@dataclass(frozen=True)
class PersonRow:
    """`places`: today's, primary first; else those to come; else the last ones. `starts_on`: the first day of the work
    that goes on or is to come; `ends_on`: the last day where it is known. `presence` is None for whom no work is seen
    (a manager from elsewhere). `account` is `unopened` before a password."""

    id: int
    name: str
    number: str
    presence: Presence | None
    places: list[Place]
    starts_on: date | None
    ends_on: date | None
    app: AppUse
    account: AccountState
    is_manager: bool


@dataclass(frozen=True)
class PeoplePage:
    """`number` counts pages from 0. `count` of all who match; `today` is the organization's local day."""

    rows: list[PersonRow]
    count: int
    number: int
    today: date

    @property
    def first(self) -> int:
        return self.number * PAGE + 1

    @property
    def last(self) -> int:
        return self.number * PAGE + len(self.rows)


@dataclass(frozen=True)
class PersonFile:
    """All that the drawer of a person tells. `places` of all times. `sessions` (open ones) and `details`: None for whom
    they do not concern."""

    row: PersonRow
    today: date
    places: list[Place]
    manages: list[Choice]
    email: str | None
    sessions: int | None
    is_self: bool
    details: FileDetails | None


@dataclass(frozen=True)
class FileDetails:
    """What an administrator may correct. `sign_in_email`: the address that signs in, where there is one."""

    given_name: str
    family_name: str
    birth_on: date | None
    sign_in_email: str | None


@dataclass(frozen=True)
class SignInWords:
    """With what a person signs in; `number` None: an administrator without an employee file."""

    name: str
    organization: str
    code: str
    number: str | None
    has_email: bool


def list_listed_services(reader: Reader, organization: ListedOrganization) -> list[Choice]:
    """By which one may narrow the list: those one runs; for an administrator also those that are closed."""
    query = select(services.c.id, services.c.name).where(services.c.organization_id == organization.id)
    if not organization.sees_everybody:
        query = query.where(services.c.id.in_(organization.service_ids))
    return _list_choices(reader, query)


def list_open_services(reader: Reader, organization: ShapedOrganization) -> list[Choice]:
    """Where somebody may begin to work, or be given rights."""
    return _list_choices(
        reader,
        select(services.c.id, services.c.name).where(
            services.c.organization_id == organization.id, services.c.closed_on.is_(None)
        ),
    )


def list_open_departments(reader: Reader, organization: ShapedOrganization, service_id: int) -> list[Choice]:
    return _list_choices(
        reader,
        select(departments.c.id, departments.c.name).where(
            departments.c.organization_id == organization.id,
            departments.c.service_id == service_id,
            departments.c.closed_on.is_(None),
        ),
    )


def list_people(
    reader: Reader,
    organization: ListedOrganization,
    *,
    service: ListedService | None = None,
    status: Status = "all",
    search: str = "",
    page: int = 0,
) -> PeoplePage:
    """By name; the last page where there are not so many."""
    today = get_today(reader, organization.id)
    condition = and_(
        is_listed(reader, organization),
        _has_status(reader, organization, service, status, today),
        *match_names_and_numbers(search),
    )
    count: int = reader.execute(
        select(func.count())
        .select_from(people)
        .join(employees, employees.c.person_id == people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(condition)
    ).scalar_one()
    number = max(0, min(page, (count - 1) // PAGE))
    rows = reader.execute(
        _select_people(reader, organization)
        .where(condition)
        .order_by(people.c.search_name, people.c.id)
        .limit(PAGE)
        .offset(number * PAGE)
    ).all()
    places = _list_places(reader, organization, [row.id for row in rows], today)
    return PeoplePage([_build_row(organization, row, places.get(row.id, [])) for row in rows], count, number, today)


def list_without_app(
    reader: Reader, organization: ListedOrganization, *, service: ListedService | None, search: str
) -> list[int]:
    """Whom the filter "without the application" shows, by name, without oneself."""
    today = get_today(reader, organization.id)
    query = (
        select(people.c.id)
        .join(employees, employees.c.person_id == people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(
            is_listed(reader, organization),
            _has_status(reader, organization, service, "without_app", today),
            people.c.id != organization.actor.person_id,
            *match_names_and_numbers(search),
        )
        .order_by(people.c.search_name, people.c.id)
    )
    return list(reader.execute(query).scalars())


def count_open_links(reader: Reader, assisted: Sequence[AssistedPerson]) -> int:
    """Links given to these people that still work."""
    count: int = reader.execute(
        select(func.count())
        .select_from(access_links)
        .where(
            access_links.c.person_id.in_([person.person_id for person in assisted]),
            access_links.c.used_at.is_(None),
            access_links.c.replaced_at.is_(None),
            access_links.c.expires_at > reader.now,
        )
    ).scalar_one()
    return count


def get_person_file(reader: Reader, person: ListedPerson) -> PersonFile:
    organization = person.organization
    today = get_today(reader, organization.id)
    row = reader.execute(_select_people(reader, organization).where(people.c.id == person.person_id)).one()
    places = _list_places(reader, organization, [person.person_id], today).get(person.person_id, [])
    is_self = person.person_id == organization.actor.person_id
    return PersonFile(
        row=_build_row(organization, row, places),
        today=today,
        places=sorted(places, key=lambda place: (place.starts_on, place.service)),
        manages=_list_managed(reader, person, today),
        email=row.email,
        sessions=_count_sessions(reader, person) if organization.sees_everybody or is_self else None,
        is_self=is_self,
        details=_build_details(row) if organization.sees_everybody else None,
    )


def _build_details(row: Row[Any]) -> FileDetails:
    return FileDetails(row.given_name, row.family_name, row.birth_on, row.sign_in_email)


def get_sign_in_words(reader: Reader, person: AssistedPerson) -> SignInWords:
    row = reader.execute(
        select(organizations.c.name, organizations.c.code, employees.c.number, accounts.c.email.is_not(None))
        .select_from(people)
        .join(organizations, organizations.c.id == people.c.organization_id)
        .join(employees, employees.c.person_id == people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(people.c.id == person.person_id)
    ).one()
    return SignInWords(person.name, row[0], row[1], row[2], bool(row[3]))


def _has_status(
    reader: Reader, organization: ListedOrganization, service: ListedService | None, status: Status, today: date
) -> ColumnElement[bool]:
    """`service` narrows to those who work there (by the status: now, then, ever) or run it."""
    everywhere = None if organization.sees_everybody else organization.service_ids
    scope = [service.id] if service else everywhere
    now_or_later = or_(assignments.c.ends_on.is_(None), assignments.c.ends_on >= today)
    runs = is_named_manager_of(service.id, today) if service else None
    if status == "today":
        return _works(scope, covers(today))
    if status in ("with_app", "without_app"):
        has_app = is_equipped(reader)
        return and_(_works(scope, covers(today)), has_app if status == "with_app" else not_(has_app))
    if status == "to_come":
        return and_(_works(scope, assignments.c.starts_on > today), not_(_works(everywhere, covers(today))))
    if status == "left":
        return and_(_works(scope), not_(_works(everywhere, now_or_later)))
    if status == "current":
        works = _works(scope, now_or_later)
        return works if runs is None else or_(works, runs)
    belongs: ColumnElement[bool] = true()
    if service is not None and runs is not None:
        ever = _works(scope) if organization.sees_everybody else is_employed_in(service.id, today)
        belongs = or_(ever, runs)
    return and_(belongs, accounts.c.deactivated_at.is_not(None)) if status == "cut_off" else belongs


def _works(service_ids: Collection[int] | None, *when: ColumnElement[bool]) -> ColumnElement[bool]:
    """The person of the enclosing query has an assignment like that (None: anywhere)."""
    query = select(assignments.c.id).where(assignments.c.person_id == people.c.id, *when)
    if service_ids is not None:
        query = query.where(assignments.c.service_id.in_(service_ids))
    return exists(query.correlate_except(assignments))


def _select_people(reader: Reader, organization: ListedOrganization) -> Select[Any]:
    """What `_build_row` reads. A manager is one for the actor where they run a service that the actor sees."""
    named = select(service_rights.c.person_id).where(service_rights.c.person_id == people.c.id)
    if not organization.sees_everybody:
        named = named.where(service_rights.c.service_id.in_(organization.service_ids))
    opened = select(app_openings.c.id).where(app_openings.c.person_id == people.c.id)
    return (
        select(
            people.c.id,
            people.c.given_name,
            people.c.family_name,
            employees.c.number,
            employees.c.email,
            employees.c.birth_on,
            accounts.c.email.label("sign_in_email"),
            accounts.c.deactivated_at,
            accounts.c.password_hash.is_not(None).label("has_password"),
            is_equipped(reader).label("has_app"),
            exists(opened.correlate_except(app_openings)).label("opened_app"),
            exists(named.correlate_except(service_rights)).label("is_manager"),
        )
        .select_from(people)
        .join(employees, employees.c.person_id == people.c.id)
        .join(accounts, accounts.c.id == people.c.account_id)
    )


def _list_places(
    reader: Reader, organization: ListedOrganization, person_ids: Sequence[int], today: date
) -> dict[int, list[Place]]:
    """By person; in the services that the actor sees."""
    query = (
        select(
            assignments.c.person_id,
            assignments.c.service_id,
            services.c.name.label("service"),
            departments.c.name.label("department"),
            assignments.c.starts_on,
            assignments.c.ends_on,
            assignments.c.is_primary,
        )
        .join(services, services.c.id == assignments.c.service_id)
        .outerjoin(departments, departments.c.id == assignments.c.department_id)
        .where(assignments.c.person_id.in_(person_ids))
        .order_by(assignments.c.is_primary.desc(), assignments.c.starts_on, services.c.name)
    )
    if not organization.sees_everybody:
        query = query.where(assignments.c.service_id.in_(organization.service_ids))
    places: dict[int, list[Place]] = {}
    for row in reader.execute(query):
        places.setdefault(row.person_id, []).append(_build_place(row, today))
    return {person_id: _join_places(found, today) for person_id, found in places.items()}


def _build_place(row: Row[Any], today: date) -> Place:
    when = _find_presence(row.starts_on, row.ends_on, today)
    return Place(row.service_id, row.service, row.department, row.starts_on, row.ends_on, row.is_primary, when)


def _find_presence(starts_on: date, ends_on: date | None, today: date) -> Presence:
    is_over = ends_on is not None and ends_on < today
    return "to_come" if starts_on > today else "left" if is_over else "present"


def _join_places(places: list[Place], today: date) -> list[Place]:
    """A return the day after, to the same place, is work that went on: a departure that was put off leaves no seam."""
    joined: list[Place] = []
    for place in places:
        before = next((at for at, known in enumerate(joined) if _goes_on(known, place)), None)
        if before is None:
            joined.append(place)
        else:
            starts_on = joined[before].starts_on
            when = _find_presence(starts_on, place.ends_on, today)
            joined[before] = replace(place, starts_on=starts_on, when=when)
    return joined


def _goes_on(before: Place, after: Place) -> bool:
    is_there = (before.service_id, before.department, before.is_primary) == (
        after.service_id,
        after.department,
        after.is_primary,
    )
    return is_there and before.ends_on is not None and before.ends_on + DAY == after.starts_on


def _build_row(organization: ListedOrganization, row: Row[Any], places: list[Place]) -> PersonRow:
    present = [place for place in places if place.when == "present"]
    to_come = [place for place in places if place.when == "to_come"]
    has_left = bool(places) and organization.sees_everybody
    presence: Presence | None = "present" if present else "to_come" if to_come else "left" if has_left else None
    last_days = [place.ends_on for place in (present + to_come or places) if place.ends_on is not None]
    goes_on = any(place.ends_on is None for place in places)
    return PersonRow(
        id=row.id,
        name=f"{row.given_name} {row.family_name}",
        number=row.number,
        presence=presence,
        places=present or to_come or [place for place in places if has_left and place.ends_on == max(last_days)],
        starts_on=_find_start(present or to_come, places),
        ends_on=None if goes_on else max(last_days, default=None),
        app="uses" if row.has_app else "stopped" if row.opened_app else "never",
        account="cut_off" if row.deactivated_at is not None else "open" if row.has_password else "unopened",
        is_manager=bool(row.is_manager),
    )


def _find_start(now: Iterable[Place], places: list[Place]) -> date | None:
    """Since when without a gap, whatever the service."""
    start = min((place.starts_on for place in now), default=None)
    for place in sorted(places, key=lambda place: place.starts_on, reverse=True):
        if start is not None and place.ends_on is not None and place.starts_on < start <= place.ends_on + DAY:
            start = place.starts_on
    return start


def _list_managed(reader: Reader, person: ListedPerson, today: date) -> list[Choice]:
    """Open services that the person runs, of those the actor sees."""
    query = (
        select(services.c.id, services.c.name)
        .join(service_rights, service_rights.c.service_id == services.c.id)
        .where(
            service_rights.c.person_id == person.person_id,
            or_(services.c.closed_on.is_(None), services.c.closed_on > today),
        )
    )
    if not person.organization.sees_everybody:
        query = query.where(services.c.id.in_(person.organization.service_ids))
    return _list_choices(reader, query)


def _list_choices(reader: Reader, query: Select[Any]) -> list[Choice]:
    return sorted((Choice(*row) for row in reader.execute(query)), key=lambda choice: (fold(choice.name), choice.id))


def _count_sessions(reader: Reader, person: ListedPerson) -> int:
    count: int = reader.execute(
        select(func.count())
        .select_from(sessions)
        .where(
            sessions.c.person_id == person.person_id,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > reader.now,
        )
    ).scalar_one()
    return count

"""A believable organization to look at, its rival, and the vendor's staff, made through the product's own actions with
the clock moved into the past: what people see is what the rules would have made of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from data import clock, db
from data.access.actors import Actor, Surface, VendorRole, access_chat, access_open_session
from data.access.conversations import (
    access_chat_service,
    access_joined_conversation,
    access_led_conversation,
    access_managed_services,
    find_one_to_one,
)
from data.access.directory import (
    AdministeredOrganization,
    access_administered_employee,
    access_administered_organization,
    access_listed_organization,
    access_listed_person,
    access_organization_at_console,
    access_service_by_code,
    access_shaped_department,
    access_shaped_service,
)
from data.access.recipients import access_recipients
from data.access.sign_in import SignInCandidate
from data.actions import conversations, directory, employment, options, organizations, sessions
from data.actions.messages import do_send_message, do_send_urgent_message
from data.actions.push import do_choose_quiet_hours
from data.actions.reading import do_view
from data.billing.rating import Month
from data.db import Reader, UnitOfWork
from data.demo import books, everyday
from data.errors import NotFound, NotSignedIn
from data.models import accounts, departments, people
from data.models import organizations as organizations_table
from data.passwords import hash_password, is_password
from data.push.quiet import QuietHours
from data.queries.demonstration import find_by_email, find_by_number, list_suspect_hashes

HERE = Path(__file__).parent
PASSWORD = "bienvenue au café"  # noqa: S105 (shown on the demonstration's own sign-in page)
BEGAN = timedelta(days=400)
ALL = 1_000_000  # messages that somebody looks at

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Showcased:
    """Somebody whom the demonstration's sign-in page offers in one click."""

    key: str
    role: str
    name: str
    organization: str | None


@dataclass
class _Stage:
    """Who is who while the demonstration is written."""

    now: datetime
    timezone: str = "America/Toronto"
    people: dict[tuple[str, str], int] = field(default_factory=dict)
    accounts: dict[tuple[str, str], int] = field(default_factory=dict)
    sessions: dict[tuple[str, str, Surface], int] = field(default_factory=dict)
    conversations: dict[int, int] = field(default_factory=dict)


def is_empty() -> bool:
    with db.read() as reader:
        count: int = reader.execute(select(func.count()).select_from(organizations_table)).scalar_one()
    return count == 0


def load_demonstration(advance: Advance = lambda done, total: None) -> None:
    """Write it all into an empty database; `advance(done, total)` after each step."""
    stage = _Stage(clock.now())
    organizations_ = _read("organizations.json")["organizations"]
    kept = books.list_steps(stage.now, stage.now - BEGAN, organizations_)
    talk = [*_list_talk(stage), *_list_everyday(stage, organizations_)]
    steps = sorted([*_list_foundations(stage), *talk, *kept], key=lambda step: step[0])
    for done, (at, act) in enumerate(steps, start=1):
        with clock.reading(partial(_still, at)), db.unit_of_work() as uow:
            act(uow)
        advance(done, len(steps))


def list_showcase(reader: Reader) -> list[Showcased]:
    """Those of the demonstration who are in this database."""
    found = (_find(reader, entry) for entry in _read("organizations.json")["showcase"])
    return [showcased for showcased, _ in (pair for pair in found if pair is not None)]


def find_showcased(reader: Reader, key: str) -> SignInCandidate:
    """Only those whom the page offers: `NotFound` for anybody else."""
    for entry in _read("organizations.json")["showcase"]:
        if _key_of(entry) == key:
            found = _find(reader, entry)
            if found is not None:
                return found[1]
    raise NotFound()


def is_open_to_everybody() -> bool:
    """Some account of this database has the password that the demonstration's sign-in page shows to anybody."""
    with db.read() as reader:
        found = (_find(reader, entry) for entry in _read("organizations.json")["showcase"])
        hashes = list_suspect_hashes(reader, [pair[1].account_id for pair in found if pair is not None])
    return any(is_password(PASSWORD, password_hash) for password_hash in hashes)


@cache
def _read(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def _still(at: datetime) -> datetime:
    return at


def _key_of(entry: dict[str, str]) -> str:
    return entry.get("email") or f"{entry['organization']}/{entry['number']}"


def _find(reader: Reader, entry: dict[str, str]) -> tuple[Showcased, SignInCandidate] | None:
    if "email" in entry:
        found = find_by_email(reader, entry["email"])
    else:
        found = find_by_number(reader, entry["organization"], entry["number"])
    if found is None:
        return None
    candidate = SignInCandidate(found.account_id, found.person_id, found.organization_id, None)
    return Showcased(_key_of(entry), entry["role"], found.name, found.organization_name), candidate


# The steps: (when, what). Foundations first, then everything people said, as it came.

Step = tuple[datetime, Callable[[UnitOfWork], None]]


def _list_foundations(stage: _Stage) -> list[Step]:
    content = _read("organizations.json")
    password_hash = hash_password(PASSWORD)
    began = stage.now - BEGAN
    steps: list[Step] = [(began, partial(_add_vendor_staff, content["vendor_staff"], password_hash))]
    for organization in content["organizations"]:
        steps.append((began, partial(_add_organization, stage, organization, password_hash)))
        steps.extend(
            (_parse_hiring(stage, person), partial(_add_person, stage, organization["code"], person, password_hash))
            for person in organization["people"]
        )
        yesterday = stage.now - timedelta(hours=20)
        steps.extend(
            (yesterday, partial(_add_group, stage, organization["code"], group)) for group in organization["groups"]
        )
        steps.extend(
            (_parse_telling(stage, person), partial(_end, stage, organization["code"], person))
            for person in organization["people"]
            if person["ended"]
        )
        steps.extend(
            (_months_ago(stage, switch["months_ago"]), partial(_switch_again, organization, switch))
            for switch in organization.get("switches", ())
        )
        steps.append((yesterday, partial(_open_apps_again, stage, organization["code"])))
        steps.extend(
            (yesterday, partial(_choose_quiet_hours, stage, organization["code"], choice))
            for choice in organization.get("quiet_hours", ())
        )
    return steps


def _add_vendor_staff(staff: list[dict[str, str]], password_hash: str, uow: UnitOfWork) -> None:
    for member in staff:
        organizations.do_add_vendor_staff(
            uow, member["name"], member["email"], VendorRole(member["role"]), password_hash
        )


def _add_organization(stage: _Stage, content: dict[str, Any], password_hash: str, uow: UnitOfWork) -> None:
    code = content["code"]
    new = organizations.NewOrganization(
        code,
        content["name"],
        content["province"],
        content["timezone"],
        content["language"],
        content.get("formal_messaging_url"),
        organizations.BillingContact(**content["billing_contact"]),
    )
    organizations.do_create_organization(uow, new)
    console = access_organization_at_console(uow, code)
    for administrator in content["administrators"]:
        person_id = organizations.do_add_administrator(uow, console, **administrator, password_hash=password_hash)
        stage.people.setdefault((code, "administrator"), person_id)
    _sign_in(stage, uow, code, "administrator", console.id, Surface.PORTAL)
    for service in content["services"]:
        service_id = directory.do_create_service(uow, console, service["code"], service["name"])
        for name in service["departments"]:
            directory.do_create_department(uow, access_shaped_service(uow, console, service_id), name)
    switch = options.Switch(is_on=True, effective_at=uow.now)
    options.do_change_option(uow, console, [], switch, options.Demand(f"SC-2041-{code}", _requester(content)))


def _switch_again(content: dict[str, Any], change: dict[str, Any], uow: UnitOfWork) -> None:
    """Off for a quiet month, and on again: nothing is lost."""
    console = access_organization_at_console(uow, content["code"])
    switch = options.Switch(is_on=change["is_on"], effective_at=uow.now)
    options.do_change_option(uow, console, [], switch, options.Demand(change["ticket"], _requester(content)))


def _requester(content: dict[str, Any]) -> str:
    first = content["administrators"][0]
    return f"{first['given_name']} {first['family_name']}"


def _add_person(stage: _Stage, code: str, person: dict[str, Any], password_hash: str, uow: UnitOfWork) -> None:
    organization = _administer(stage, uow, code)
    service = access_service_by_code(uow, organization, person["service"])
    file = directory.NewEmployee(person["number"], person["given_name"], person["family_name"], person["email"] or "")
    person_id = directory.do_hire(
        uow,
        organization,
        file,
        service,
        access_shaped_department(uow, organization, _department(uow, service.id, person["department"])),
        date.fromisoformat(person["hired_on"]),
    )
    stage.people[code, person["number"]] = person_id
    uow.execute(
        update(accounts)
        .where(accounts.c.id.in_(select(people.c.account_id).where(people.c.id == person_id)))
        .values(password_hash=password_hash)
    )
    employee = access_administered_employee(uow, organization, person_id)
    for managed in person["manages"]:
        directory.do_grant_service(uow, employee, access_service_by_code(uow, organization, managed))
    if person["also"]:
        also = access_service_by_code(uow, organization, person["also"]["service"])
        department = access_shaped_department(
            uow, organization, _department(uow, also.id, person["also"]["department"])
        )
        starts_on = date.fromisoformat(person["also"]["from"])
        employment.do_assign(uow, employee, also, department, starts_on, is_primary=False)
    for surface, uses in ((Surface.MOBILE, person["app"]), (Surface.PORTAL, bool(person["manages"]))):
        if uses:
            _sign_in(stage, uow, code, person["number"], organization.id, surface)


def _add_group(stage: _Stage, code: str, group: dict[str, Any], uow: UnitOfWork) -> None:
    owner = _act(stage, uow, code, group["owner"], Surface.PORTAL)
    organization = access_listed_organization(uow, owner)
    members = [access_listed_person(uow, organization, stage.people[code, number]) for number in group["members"]]
    directory.do_save_group(uow, organization, None, group["name"], members)


def _end(stage: _Stage, code: str, person: dict[str, Any], uow: UnitOfWork) -> None:
    ends_on = clock.local_day(stage.now, stage.timezone) + timedelta(days=int(person["ended"].removesuffix("d")))
    employee = access_administered_employee(uow, _administer(stage, uow, code), stage.people[code, person["number"]])
    employment.do_end(uow, employee, ends_on)


def _open_apps_again(stage: _Stage, code: str, uow: UnitOfWork) -> None:
    """They still use it."""
    for organization, number, surface in list(stage.sessions):
        actor = _act(stage, uow, code, number, surface) if organization == code else None
        if actor is not None and (actor.member.employed_in or actor.member.has_portal):
            sessions.do_see_session(uow, actor)


def _choose_quiet_hours(stage: _Stage, code: str, choice: dict[str, Any], uow: UnitOfWork) -> None:
    """Early to bed, early in the kitchen."""
    actor = _act(stage, uow, code, choice["number"], Surface.MOBILE)
    do_choose_quiet_hours(uow, actor, QuietHours(choice["starts"], choice["ends"]))


def _list_talk(stage: _Stage) -> list[Step]:
    steps: list[Step] = []
    for index, content in enumerate(_read("conversations.json")):
        steps.append((_parse_time(stage, content["at"]), partial(_begin, stage, index, content)))
        times = [_parse_time(stage, at) for at, *_ in content["messages"]]
        for (_, number, text, *urgent), at in zip(content["messages"], times, strict=True):
            steps.append((at, partial(_say, stage, index, content["organization"], number, text, urgent)))
        for number, seen in content["reads"].items():
            last = len(times) if seen == "all" else int(seen)
            if last:
                at = min(times[last - 1] + timedelta(seconds=40), stage.now)
                steps.append((at, partial(_look, stage, index, content["organization"], number, last)))
    return steps


def _list_everyday(stage: _Stage, organizations_: list[dict[str, Any]]) -> list[Step]:
    """A day of a conversation is one step, in which time passes."""
    content = _read("everyday.json")
    people = {organization["code"]: organization["people"] for organization in organizations_}
    today = clock.local_day(stage.now, stage.timezone)
    first = today - timedelta(days=everyday.DAYS)
    steps: list[Step] = []
    for index, conversation in enumerate(content["conversations"], start=len(_read("conversations.json"))):
        code = conversation["organization"]
        begin = conversation | {"kind": "public"}
        steps.append((clock.local_midnight(first, stage.timezone), partial(_begin, stage, index, begin)))
        numbers = everyday.list_colleagues(conversation, people[code], first)
        for days in range(everyday.DAYS - conversation["quiet_days"]):
            day = first + timedelta(days=days)
            acts = [*everyday.list_day(conversation, content["exchanges"], numbers, day, stage.timezone)]
            if acts:
                steps.append((acts[0].at, partial(_live_through, stage, index, code, acts)))
    return steps


def _live_through(
    stage: _Stage, index: int, code: str, acts: Sequence[everyday.Said | everyday.Looked], uow: UnitOfWork
) -> None:
    for act in acts:
        with clock.reading(partial(_still, act.at)):
            uow.look_at_clock()
            if act.at.weekday() == 0:  # once a week the application counts as opened
                sessions.do_see_session(uow, _act(stage, uow, code, act.number, _surface_of(stage, code, act.number)))
            if isinstance(act, everyday.Said):
                _say(stage, index, code, act.number, act.text, [], uow)
            else:
                _look(stage, index, code, act.number, ALL, uow)


def _begin(stage: _Stage, index: int, content: dict[str, Any], uow: UnitOfWork) -> None:
    code, by = content["organization"], content["by"]
    surface = Surface.PORTAL if content["kind"] == "public" else _surface_of(stage, code, by)
    chatter = access_chat(_act(stage, uow, code, by, surface))
    service_id = access_service_by_code(uow, access_organization_at_console(uow, code), content["service"]).id
    if content["kind"] == "public":
        services = access_managed_services(uow, chatter, [service_id])
        stage.conversations[index] = conversations.do_launch_public_conversations(uow, services, content["name"])[0]
        return
    service = access_chat_service(uow, chatter, service_id)
    recipients = access_recipients(uow, service, [stage.people[code, number] for number in content["with"]])
    if content["kind"] == "group":
        stage.conversations[index] = conversations.do_start_group(uow, service, content["name"], recipients)
    else:
        existing = find_one_to_one(uow, service, recipients[0].person_id)
        stage.conversations[index] = conversations.do_start_one_to_one(uow, service, recipients[0], existing)


def _say(stage: _Stage, index: int, code: str, number: str, text: str, urgent: list[str], uow: UnitOfWork) -> None:
    """`urgent`: why, or nothing."""
    chatter = access_chat(_act(stage, uow, code, number, _surface_of(stage, code, number)))
    conversation = access_joined_conversation(uow, chatter, stage.conversations[index])
    ref = secrets.token_hex(8)
    if urgent:
        led = access_led_conversation(uow, chatter, conversation.id)
        sent = do_send_urgent_message(uow, led, text, reason=urgent[0], ref=ref)
    else:
        sent = do_send_message(uow, conversation, text, ref=ref)
    joined = access_joined_conversation(uow, chatter, stage.conversations[index])
    do_view(uow, joined, sent.ordinal)


def _look(stage: _Stage, index: int, code: str, number: str, ordinal: int, uow: UnitOfWork) -> None:
    chatter = access_chat(_act(stage, uow, code, number, _surface_of(stage, code, number)))
    do_view(uow, access_joined_conversation(uow, chatter, stage.conversations[index]), ordinal)


def _surface_of(stage: _Stage, code: str, number: str) -> Surface:
    return Surface.MOBILE if (code, number, Surface.MOBILE) in stage.sessions else Surface.PORTAL


def _sign_in(stage: _Stage, uow: UnitOfWork, code: str, number: str, organization_id: int, surface: Surface) -> None:
    person_id = stage.people[code, number]
    account_id = uow.execute(select(people.c.account_id).where(people.c.id == person_id)).scalar_one()
    device = "Chrome, Windows" if surface is Surface.PORTAL else ("iPhone", "Chrome, Android")[person_id % 2]
    candidate = SignInCandidate(account_id, person_id, organization_id, None)
    session = sessions.do_start_session(uow, candidate, surface, token_hash=secrets.token_hex(32), device=device)
    stage.sessions[code, number, surface] = session.id


def _act(stage: _Stage, uow: UnitOfWork, code: str, number: str, surface: Surface) -> Actor:
    """That person, signed in again where the session had lapsed."""
    try:
        return access_open_session(uow, stage.sessions[code, number, surface])
    except NotSignedIn:
        person_id = stage.people[code, number]
        organization_id = uow.execute(select(people.c.organization_id).where(people.c.id == person_id)).scalar_one()
        _sign_in(stage, uow, code, number, organization_id, surface)
        return access_open_session(uow, stage.sessions[code, number, surface])


def _administer(stage: _Stage, uow: UnitOfWork, code: str) -> AdministeredOrganization:
    return access_administered_organization(uow, _act(stage, uow, code, "administrator", Surface.PORTAL))


def _department(uow: UnitOfWork, service_id: int, name: str) -> int:
    department_id: int = uow.execute(
        select(departments.c.id).where(departments.c.service_id == service_id, departments.c.name == name)
    ).scalar_one()
    return department_id


def _parse_hiring(stage: _Stage, person: dict[str, Any]) -> datetime:
    """On the first day at work, where that is later than the beginning of the demonstration."""
    day = date.fromisoformat(person["hired_on"])
    first = clock.local_midnight(day, stage.timezone) + timedelta(hours=9)
    return min(max(stage.now - BEGAN, first), stage.now - timedelta(days=1))


def _parse_telling(stage: _Stage, person: dict[str, Any]) -> datetime:
    """When a departure was told: five days ahead, unless the demonstration says otherwise."""
    told: str | None = person.get("told")
    return _parse_time(stage, f"{told or person['ended']} 09:00") - timedelta(days=0 if told else 5)


def _months_ago(stage: _Stage, count: int) -> datetime:
    """Midnight of the 1st, so many months ago."""
    day = Month.of(clock.local_day(stage.now, stage.timezone)).shift(-count).first
    return clock.local_midnight(day, stage.timezone)


def _parse_time(stage: _Stage, text: str) -> datetime:
    """ "-21d 09:10": that hour of the local day so many days ago; "-35m": minutes ago."""
    if text.endswith("m"):
        return stage.now - timedelta(minutes=int(text[1:-1]))
    days, hour = text.split(" ")
    day = clock.local_day(stage.now, stage.timezone) - timedelta(days=int(days[1:-1]))
    hours, minutes = hour.split(":")
    local = datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=clock.zone(stage.timezone))
    return local.astimezone(UTC)

"""Who is there to talk: an organization in a scratch database, made through the product's own actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from data import clock, db, migrations
from data.access.actors import Actor, Chatter, Surface, access_chat, access_open_session, hash_token
from data.access.conversations import (
    ChatService,
    access_chat_service,
    access_joined_conversation,
    access_managed_services,
)
from data.access.directory import access_administered_organization, access_organization_at_console
from data.access.recipients import access_recipients
from data.access.sign_in import SignInCandidate
from data.actions.conversations import do_launch_public_conversations, do_start_group
from data.actions.messages import do_send_message
from data.actions.options import Demand, Switch, do_change_option
from data.actions.organizations import (
    NewOrganization,
    do_add_administrator,
    do_create_organization,
)
from data.actions.reading import do_view
from data.actions.sessions import do_start_session
from data.actions.staff_file import read_staff_file
from data.actions.staff_import import do_import_staff
from data.db import UnitOfWork
from data.models import employees, people, services, sessions

SECRET = "for-measuring-only-never-for-people"
CODE = "mesures"
AWAY = timedelta(hours=1)  # everybody was last seen that long ago: a hello has that to note, as on a real morning


@dataclass(frozen=True)
class Person:
    number: int
    token: str
    person_id: int
    session_id: int


@dataclass(frozen=True)
class Room:
    """A conversation and those who take part."""

    conversation_id: int
    people: list[Person]


@dataclass(frozen=True)
class Population:
    """`hall`: everybody of a service in its public conversation. `teams`: groups of five. `branch`: people with
    `conversations_each` conversations each. `everybody`: these and all the others."""

    hall: Room
    teams: list[Room]
    branch: list[Person]
    everybody: list[Person]


@dataclass(frozen=True)
class Sizes:
    hall: int = 500
    teams: int = 200
    branch: int = 1_000
    conversations_each: int = 20
    everybody: int = 10_000


TEAM = 5


def fill(path: Path, sizes: Sizes) -> Population:
    """Write it into a new SQLite file and let go of it."""
    return fill_database(f"sqlite:///{path}", sizes)


def fill_database(url: str, sizes: Sizes) -> Population:
    """As `fill`, into an empty database of either kind."""
    migrations.upgrade(url)
    db.connect(url)
    then = clock.now() - AWAY
    with clock.reading(lambda: then):
        services_of = {"hall": sizes.hall, "teams": sizes.teams * TEAM, "branch": sizes.branch}
        services_of["rest"] = max(1, sizes.everybody - sum(services_of.values()))
        with db.unit_of_work() as uow:
            administrator = _found(uow)
        with db.unit_of_work() as uow:
            _hire(uow, access_open_session(uow, administrator), services_of)
        with db.unit_of_work() as uow:
            everybody = list(_sign_everybody_in(uow))
        with db.unit_of_work() as uow:
            population = _bring_together(uow, access_open_session(uow, administrator), everybody, sizes)
    db.current().dispose()
    return population


def age_sessions(path: Path) -> None:
    """While no server runs: everybody was last seen an hour ago again."""
    db.connect(f"sqlite:///{path}")
    with db.unit_of_work() as uow:
        uow.execute(update(sessions).values(seen_at=uow.now - AWAY))
    db.current().dispose()


def _found(uow: UnitOfWork) -> int:
    """The organization with the option on; the session of its administrator."""
    organization_id = do_create_organization(uow, NewOrganization(CODE, "Mesures"))
    organization = access_organization_at_console(uow, CODE)
    do_change_option(uow, organization, [], Switch(is_on=True, effective_at=uow.now), Demand("M-1", "Ada"))
    person_id = do_add_administrator(uow, organization, "Ada", "Ministre", "ada@mesures.example", None)
    account_id = uow.execute(select(people.c.account_id).where(people.c.id == person_id)).scalar_one()
    candidate = SignInCandidate(account_id, person_id, organization_id, None)
    return do_start_session(uow, candidate, Surface.PORTAL, token_hash="ada", device="Chrome, Windows").id


def _hire(uow: UnitOfWork, administrator: Actor, services_of: dict[str, int]) -> None:
    names = [name for name, size in services_of.items() for _ in range(size)]
    lines = ["number,given_name,family_name,service,service_name,hired_on"]
    lines += [
        f"{number},Marie-Ève,Tremblay-{number},{name},{name.capitalize()},2024-01-08"
        for number, name in enumerate(names)
    ]
    file = read_staff_file("\n".join(lines).encode())
    do_import_staff(uow, access_administered_organization(uow, administrator), file)


def _sign_everybody_in(uow: UnitOfWork) -> Iterator[Person]:
    """On a phone each, so that everybody uses the application."""
    rows = uow.execute(
        select(people.c.id, people.c.account_id, people.c.organization_id, employees.c.number)
        .join(employees, employees.c.person_id == people.c.id)
        .order_by(people.c.id)
    ).all()
    for person_id, account_id, organization_id, number in rows:
        token = f"token-of-{number}"
        candidate = SignInCandidate(account_id, person_id, organization_id, None)
        session = do_start_session(
            uow, candidate, Surface.MOBILE, token_hash=hash_token(token, SECRET), device="iPhone"
        )
        yield Person(int(number), token, person_id, session.id)


def _bring_together(uow: UnitOfWork, administrator: Actor, everybody: list[Person], sizes: Sizes) -> Population:
    ids = dict(uow.execute(select(services.c.code, services.c.id)).all())
    waiting = iter(everybody)
    hall = [next(waiting) for _ in range(sizes.hall)]
    team_members = [next(waiting) for _ in range(sizes.teams * TEAM)]
    branch = [next(waiting) for _ in range(sizes.branch)]
    launched = access_managed_services(uow, access_chat(administrator), [ids["hall"], ids["branch"]])
    hall_id, branch_id = do_launch_public_conversations(uow, launched, "Toute l'équipe")
    _greet(uow, access_chat(administrator), hall_id)
    _greet(uow, access_chat(administrator), branch_id)
    for person in hall:
        joined = access_joined_conversation(uow, _act(uow, person), hall_id)
        do_view(uow, joined, joined.last_ordinal)
    for turn in range(sizes.conversations_each - 1):
        for place in range(len(branch) // TEAM):
            members = _pick_team(branch, place, turn)
            _start_team(uow, ids["branch"], members, f"Quart {turn + 1}-{place + 1}")
    teams = [
        _start_team(uow, ids["teams"], team_members[first : first + TEAM], f"Équipe {first // TEAM + 1}")
        for first in range(0, len(team_members), TEAM)
    ]
    return Population(Room(hall_id, hall), teams, branch, everybody)


def _pick_team(branch: list[Person], place: int, turn: int) -> list[Person]:
    """Everybody in one team a turn, each time with other colleagues."""
    teams = len(branch) // TEAM
    return [branch[each * teams + (place + each * turn) % teams] for each in range(TEAM)]


def _start_team(uow: UnitOfWork, service_id: int, members: list[Person], name: str) -> Room:
    first, *others = members
    service: ChatService = access_chat_service(uow, _act(uow, first), service_id)
    recipients = access_recipients(uow, service, [other.person_id for other in others])
    conversation_id = do_start_group(uow, service, name, recipients)
    _greet(uow, service.chatter, conversation_id)
    return Room(conversation_id, members)


def _greet(uow: UnitOfWork, chatter: Chatter, conversation_id: int) -> None:
    conversation = access_joined_conversation(uow, chatter, conversation_id)
    do_send_message(uow, conversation, "Bonjour tout le monde!", ref=f"bonjour-{conversation_id}")


def _act(uow: UnitOfWork, person: Person) -> Chatter:
    return access_chat(access_open_session(uow, person.session_id))

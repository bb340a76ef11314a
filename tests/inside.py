"""Acts that tests have the real server do from inside (`Server.do`) and that the factories do not have."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select, update

from data import clock, db
from data.access.actors import Surface, hash_token
from data.access.conversations import access_joined_conversation
from data.access.directory import (
    access_administered_employee,
    access_administered_organization,
    access_assisted_person,
    access_listed_organization,
    access_shaped_service,
)
from data.access.sign_in import SignInCandidate
from data.actions import directory, employment, sessions
from data.actions.messages import do_send_message
from data.config import DEFAULT_SECRET
from data.models import accounts, conversations, employees, messages, people
from data.passwords import hash_password
from tests.factories import Somebody, World, chatter, new_ref, send


def open_session(somebody: Somebody, surface: Surface) -> str:
    """Signed in without the form: the cookie."""
    token = sessions.new_token()
    with db.unit_of_work() as uow:
        organization_id = None
        if somebody.person_id is not None:
            organization_id = uow.execute(
                select(people.c.organization_id).where(people.c.id == somebody.person_id)
            ).scalar_one()
        candidate = SignInCandidate(somebody.account_id, somebody.person_id, organization_id, None)
        hashed = hash_token(token, DEFAULT_SECRET)
        sessions.do_start_session(uow, candidate, surface, token_hash=hashed, device="Test")
    return token


def issue_link(world: World, somebody: Somebody) -> str:
    """A one-time link for somebody, given by the administrator: its token."""
    token = sessions.new_token()
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, world.administrator.act(Surface.PORTAL))
        person = access_assisted_person(uow, organization, somebody.id)
        sessions.do_issue_access_link(uow, person, token_hash=hash_token(token, DEFAULT_SECRET))
    return token


def find_email(somebody: Somebody) -> str:
    with db.read() as reader:
        email: str = reader.execute(select(accounts.c.email).where(accounts.c.id == somebody.account_id)).scalar_one()
    return email


def grant(world: World, somebody: Somebody, service_id: int) -> None:
    """Make a manager."""
    with db.unit_of_work() as uow:
        organization = access_administered_organization(uow, world.administrator.act(Surface.PORTAL))
        employee = access_administered_employee(uow, organization, somebody.id)
        directory.do_grant_service(uow, employee, access_shaped_service(uow, organization, service_id))


def withdraw(world: World, somebody: Somebody, service_id: int) -> None:
    with db.unit_of_work() as uow:
        organization = access_administered_organization(uow, world.administrator.act(Surface.PORTAL))
        employee = access_administered_employee(uow, organization, somebody.id)
        directory.do_withdraw_service(uow, employee, access_shaped_service(uow, organization, service_id))


def change_password(somebody: Somebody) -> None:
    with db.unit_of_work() as uow:
        sessions.do_change_password(uow, somebody.account_id, "unusable")


def end_sessions(world: World, somebody: Somebody) -> None:
    """By the administrator, on every device."""
    with world.administering(somebody) as (uow, employee):
        directory.do_end_sessions(uow, employee)


def count_messages(conversation_id: int) -> int:
    with db.read() as reader:
        found: int = reader.execute(
            select(func.count()).select_from(messages).where(messages.c.conversation_id == conversation_id)
        ).scalar_one()
    return found


def is_public(conversation_id: int) -> bool:
    with db.read() as reader:
        kind: str = reader.execute(
            select(conversations.c.kind).where(conversations.c.id == conversation_id)
        ).scalar_one()
    return kind == "public"


def find_today() -> date:
    return clock.local_day(clock.now(), "America/Toronto")


def read_real_clock() -> datetime:
    return datetime.now(UTC)


def say_many(somebody: Somebody, conversation_id: int, count: int, text: str = "") -> None:
    """In one go, as an import would."""
    with db.unit_of_work() as uow:
        for n in range(count):
            conversation = access_joined_conversation(uow, chatter(uow, somebody), conversation_id)
            do_send_message(uow, conversation, f"n° {n}{text}", ref=new_ref())


def say_and_end(world: World, leaving: Somebody, manager: Somebody, conversation_id: int) -> None:
    """A message, then a departure as of yesterday, one after the other without a pause."""
    send(manager, conversation_id, "la dernière", surface=Surface.PORTAL)
    with world.administering(leaving) as (uow, employee):
        employment.do_end(uow, employee, clock.local_day(uow.now, "America/Toronto") - timedelta(days=1))
    send(manager, conversation_id, "sans lui", surface=Surface.PORTAL)


@dataclass
class Kitchen:
    """An organization with one service: a manager with a portal, and three employees with phones."""

    world: World
    service_id: int
    manager: Somebody
    staff: list[Somebody]


def make_kitchen(code: str) -> Kitchen:
    world = World.create(code)
    service_id = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", service_id, manages=(service_id,))
    staff = [world.hire(name, service_id) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran")]
    return Kitchen(world, service_id, manager, staff)


def hire_many(kitchen: Kitchen, count: int) -> list[str]:
    """That many more employees: a cookie for the phone of each."""
    people_ = [kitchen.world.hire(f"Employé {n}", kitchen.service_id, app=False) for n in range(count)]
    return [open_session(somebody, Surface.MOBILE) for somebody in people_]


def measure_memory() -> int:
    """The most that the server ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def give_password(somebody: Somebody, password: str) -> None:
    hashed = hash_password(password)
    with db.unit_of_work() as uow:
        uow.execute(update(accounts).where(accounts.c.id == somebody.account_id).values(password_hash=hashed))


def count_employees(world: World) -> int:
    with db.read() as reader:
        found: int = reader.execute(
            select(func.count()).select_from(employees).where(employees.c.organization_id == world.organization_id)
        ).scalar_one()
    return found

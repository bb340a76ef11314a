"""Acts that tests have the real server do from inside (`Server.do`) and that the factories do not have."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import gevent
from gevent import monkey
from sqlalchemy import func, insert, select, update

from callbacks import installed, patience
from data import clock, db, ledgers
from data.access.actors import Surface, VendorRole, hash_token
from data.access.billing import (
    access_bookkeeping_at_console,
    access_kept_organization,
    access_kept_organizations,
)
from data.access.conversations import access_joined_conversation
from data.access.directory import (
    access_administered_employee,
    access_administered_organization,
    access_assisted_person,
    access_listed_organization,
    access_listed_people,
    access_shaped_service,
)
from data.access.sign_in import SignInCandidate
from data.actions import directory, employment, organizations, sessions
from data.actions.messages import do_delete_message, do_edit_message, do_send_message
from data.actions.participants import do_leave
from data.actions.push import Subscription, do_choose_quiet_hours, do_register_device
from data.billing.rating import Month
from data.bills import get_bill, list_figures
from data.bookkeeping import close_month, draft_month
from data.config import DEFAULT_SECRET, DEMONSTRATION_SELLER
from data.models import accounts, conversations, documents, employees, messages, option_changes, participants, people
from data.passwords import hash_password
from data.push.quiet import QuietHours
from data.queries.costs import list_costs
from data.queries.option_switch import foresee_bills
from data.usage import freshness
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


def list_refs(conversation_id: int) -> list[tuple[int, str]]:
    """(ordinal, ref) of each message, in order."""
    query = select(messages.c.ordinal, messages.c.ref).where(messages.c.conversation_id == conversation_id)
    with db.read() as reader:
        return [tuple(row) for row in reader.execute(query.order_by(messages.c.ordinal))]


def is_public(conversation_id: int) -> bool:
    with db.read() as reader:
        kind: str = reader.execute(
            select(conversations.c.kind).where(conversations.c.id == conversation_id)
        ).scalar_one()
    return kind == "public"


def hire_support() -> Somebody:
    """Somebody of the vendor's customer service."""
    with db.unit_of_work() as uow:
        email = f"{new_ref()}@support.example"
        role = VendorRole.CUSTOMER_SERVICE
        return Somebody(None, organizations.do_add_vendor_staff(uow, "Martine Courchesne", email, role, None))


def hire_finance() -> Somebody:
    """Somebody who keeps the vendor's books."""
    with db.unit_of_work() as uow:
        email = f"{new_ref()}@finance.example"
        role = VendorRole.FINANCE
        return Somebody(None, organizations.do_add_vendor_staff(uow, "Vincent Lemaire", email, role, None))


def switch_on_last_month(world: World) -> str:
    """As if the chat had been on since the 1st of last month: that month."""
    month = Month.of(find_today()).shift(-1)
    world.switch_option(is_on=True, at=datetime(month.year, month.number, 1, 16, tzinfo=UTC))
    return str(month)


def close_last_month(world: World) -> int:
    """The invoice's id."""
    month = Month.of(find_today()).shift(-1)
    close_month(access_bookkeeping_at_console(), world.organization_id, month, DEMONSTRATION_SELLER)
    with db.read() as reader:
        here = documents.c.organization_id == world.organization_id
        found: int = reader.execute(select(documents.c.id).where(here, documents.c.kind == "invoice")).scalar_one()
    return found


def share_an_address(world: World, one: Somebody, other: Somebody) -> None:
    """Two files that may be one person."""
    with db.unit_of_work() as uow:
        both = employees.c.person_id.in_([one.id, other.id])
        uow.execute(update(employees).where(both).values(email=f"equipe@{world.code}.example"))


def create_empty_organization() -> int:
    """Still without anybody."""
    with db.unit_of_work() as uow:
        return organizations.do_create_organization(uow, organizations.NewOrganization(new_ref(), "Épicerie Neuve"))


def find_last_switch(world: World) -> datetime:
    """When the option was last switched there."""
    with db.read() as reader:
        at: datetime = reader.execute(
            select(option_changes.c.recorded_at)
            .where(option_changes.c.organization_id == world.organization_id)
            .order_by(option_changes.c.id.desc())
            .limit(1)
        ).scalar_one()
    return at


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


def hire_without_app(kitchen: Kitchen, count: int) -> None:
    for n in range(count):
        kitchen.world.hire(f"Recrue {n}", kitchen.service_id, app=False)


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


def fill_conversation(
    conversation_id: int, authors: list[Somebody], count: int, *, every: timedelta, is_read: bool = False
) -> None:
    """That many messages at once, by each in turn, the last of them now: too many to be said one by one. `is_read`: by
    all who take part."""
    with db.unit_of_work() as uow:
        conversation = uow.execute(select(conversations).where(conversations.c.id == conversation_id)).one()
        first = conversation.last_ordinal + 1
        last = conversation.last_ordinal + count
        rows = [
            {
                "conversation_id": conversation_id,
                "organization_id": conversation.organization_id,
                "ordinal": ordinal,
                "author_id": authors[ordinal % len(authors)].id,
                "kind": "text",
                "text": f"n° {ordinal}",
                "ref": f"filled-{ordinal}",
                "created_at": uow.now - (last - ordinal) * every,
            }
            for ordinal in range(first, last + 1)
        ]
        for at in range(0, count, 10_000):
            uow.execute(insert(messages), rows[at : at + 10_000])
        uow.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(
                last_ordinal=last,
                last_seq=conversation.last_seq + count,
                created_at=uow.now - count * every,
                active_at=uow.now,
            )
        )
        if is_read:
            uow.execute(
                update(participants).where(participants.c.conversation_id == conversation_id).values(read_ordinal=last)
            )


def count_usage() -> None:
    """All that happened until now; after a count that is under way, which may have begun before."""
    with freshness._counting:
        pass
    freshness.count_now()


def save_group(owner: Somebody, name: str, members: list[Somebody]) -> None:
    """One of a manager's own groups."""
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, owner.act(Surface.PORTAL))
        chosen = access_listed_people(uow, organization, [member.id for member in members])
        directory.do_save_group(uow, organization, None, name, chosen)


def add_departments(world: World, service_id: int, *names: str) -> list[int]:
    with db.unit_of_work() as uow:
        organization = access_administered_organization(uow, world.administrator.act(Surface.PORTAL))
        service = access_shaped_service(uow, organization, service_id)
        return [directory.do_create_department(uow, service, name) for name in names]


def list_texts(conversation_id: int) -> list[str]:
    """What was said, in order."""
    with db.read() as reader:
        query = select(messages.c.text).where(messages.c.conversation_id == conversation_id)
        return list(reader.execute(query.order_by(messages.c.ordinal)).scalars())


def edit_last(somebody: Somebody, conversation_id: int, text: str) -> None:
    """Their last message, on the phone."""
    with db.unit_of_work() as uow:
        conversation = access_joined_conversation(uow, chatter(uow, somebody), conversation_id)
        do_edit_message(uow, conversation, conversation.last_ordinal, text)


def delete_last(somebody: Somebody, conversation_id: int) -> None:
    with db.unit_of_work() as uow:
        conversation = access_joined_conversation(uow, chatter(uow, somebody), conversation_id)
        do_delete_message(uow, conversation, conversation.last_ordinal)


def leave(somebody: Somebody, conversation_id: int) -> None:
    with db.unit_of_work() as uow:
        do_leave(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation_id))


def wait_for_bodies(seconds: float) -> None:
    """How long the server waits for the body of a request."""
    patience.PATIENCE = seconds


def is_loop_free_during(ask: Callable[[World], object], world: World) -> bool:
    """Reading its facts waits, as it would for very many of them, until something else has run on the server's loop:
    for ever, where the reading holds that loop."""
    door = monkey.get_original("_thread", "allocate_lock")()  # gevent's own would let the loop go on
    door.acquire()
    read, was_free = ledgers._build_facts, []

    def read_slowly(*args: Any) -> Any:
        was_free.append(door.acquire(timeout=5))
        return read(*args)

    ledgers._build_facts = read_slowly
    try:
        gevent.spawn_later(0.01, door.release)
        ask(world)
    finally:
        ledgers._build_facts = read
    return was_free != [] and all(was_free)


def read_bill(world: World) -> None:
    with db.read() as reader:
        kept = access_kept_organization(reader, access_bookkeeping_at_console(), world.organization_id)
    get_bill(kept, Month.of(find_today()))


def read_bills_of_all(world: World) -> None:
    with db.read() as reader:
        kept = access_kept_organizations(reader, access_bookkeeping_at_console(), [world.organization_id])
        list_figures(reader, kept, Month.of(find_today()))


def read_costs(world: World) -> None:
    with db.read() as reader:
        kept = access_kept_organization(reader, access_bookkeeping_at_console(), world.organization_id)
        list_costs(reader, [kept])


def draft_closing(world: World) -> None:
    draft_month(access_bookkeeping_at_console(), world.organization_id, Month.of(find_today()))


def foresee_switch(world: World) -> None:
    with db.read() as reader:
        kept = access_kept_organization(reader, access_bookkeeping_at_console(), world.organization_id)
        foresee_bills(reader, kept, [], {"now": reader.now}, is_on=False, trial_until=None)


def release_anew() -> str:
    """As if a new version of the product had been installed: the phones' worker differs, and what it keeps."""
    body = installed._read_body() + "\n// another version"
    installed._read_body = lambda: body
    installed.get_version.cache_clear()
    installed.build_worker.cache_clear()
    return installed.get_version()


def find_read_ordinal(somebody: Somebody, conversation_id: int) -> int | None:
    """Up to where they have seen it; None where they never looked."""
    place = (participants.c.conversation_id == conversation_id, participants.c.person_id == somebody.id)
    with db.read() as reader:
        found: int | None = reader.execute(select(participants.c.read_ordinal).where(*place)).scalar()
    return found


def register_device(somebody: Somebody, given: Subscription, origin: str) -> None:
    """On the phone, for notifications."""
    with db.unit_of_work() as uow:
        do_register_device(uow, somebody.act(), given, {origin})


def have_no_quiet_hours(somebody: Somebody) -> None:
    with db.unit_of_work() as uow:
        do_choose_quiet_hours(uow, somebody.act(), QuietHours(0, 0))

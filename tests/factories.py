"""An organization to work in, made through the product's own actions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from data import clock, db
from data.access.actors import Actor, Chatter, Surface, VendorRole, access_chat, access_open_session
from data.access.conversations import (
    access_chat_service,
    access_conversation,
    access_joined_conversation,
    access_managed_services,
    access_private_conversation,
    find_one_to_one,
)
from data.access.directory import (
    AdministeredEmployee,
    access_administered_employee,
    access_administered_organization,
    access_organization_at_console,
    access_shaped_service,
)
from data.access.recipients import access_partner, access_recipients
from data.access.sign_in import SignInCandidate
from data.actions import conversations as conversation_actions
from data.actions import directory, employment, messages, options, organizations, sessions
from data.actions import participants as participant_actions
from data.db import UnitOfWork
from data.realtime import bus
from data.realtime.events import Emitted

HIRED = date(2024, 1, 8)
_refs = itertools.count()


def new_ref() -> str:
    return f"ref-{next(_refs)}"


@dataclass
class Somebody:
    """A person with the ids that tests need; `act()` is who they are now, looked up anew each time."""

    person_id: int | None
    account_id: int
    session_ids: dict[Surface, int] = field(default_factory=dict)

    def act(self, surface: Surface = Surface.MOBILE) -> Actor:
        with db.read() as reader:
            return access_open_session(reader, self.session_ids[surface])

    @property
    def id(self) -> int:
        assert self.person_id is not None
        return self.person_id


@dataclass
class World:
    """An organization with the option on, an administrator, and whatever a test adds."""

    organization_id: int
    code: str
    administrator: Somebody

    @classmethod
    def create(cls, code: str = "laurier", *, option: bool = True, timezone: str = "America/Toronto") -> World:
        with db.unit_of_work() as uow:
            new = organizations.NewOrganization(code=code, name=f"Cafés {code}", timezone=timezone)
            organization_id = organizations.do_create_organization(uow, new)
            console = access_organization_at_console(uow, code)
            person_id = organizations.do_add_administrator(
                uow, console, "Ada", "Ministre", f"admin@{code}.example", None
            )
            account_id = _account_of(uow, person_id)
        administrator = Somebody(person_id, account_id)
        world = cls(organization_id, code, administrator)
        world.sign_in(administrator, Surface.PORTAL)
        if option:
            world.switch_option(is_on=True)
        return world

    def switch_option(self, *, is_on: bool, service_id: int | None = None, at: datetime | None = None) -> None:
        """At a moment past, as somebody would have done it then."""
        with ExitStack() as then:
            if at is not None and at < clock.now():
                then.enter_context(clock.reading(lambda: at))
            uow = then.enter_context(db.unit_of_work())
            console = access_organization_at_console(uow, self.code)
            chosen = [access_shaped_service(uow, console, service_id)] if service_id else []
            switch = options.Switch(is_on=is_on, effective_at=at or uow.now)
            options.do_change_option(uow, console, chosen, switch, options.Demand(new_ref(), "Ada Ministre"))

    def add_service(self, code: str, *departments: str) -> int:
        with db.unit_of_work() as uow:
            organization = access_administered_organization(uow, self.administrator.act(Surface.PORTAL))
            service_id = directory.do_create_service(uow, organization, code, code.capitalize())
            service = access_shaped_service(uow, organization, service_id)
            for name in departments:
                directory.do_create_department(uow, service, name)
        return service_id

    def hire(
        self,
        name: str,
        service_id: int,
        *,
        app: bool = True,
        manages: tuple[int, ...] = (),
        starts_on: date = HIRED,
        department_id: int | None = None,
    ) -> Somebody:
        """An employee; `app`: signed in on a phone and the application opened; a manager also on the portal."""
        given, _, family = name.partition(" ")
        with db.unit_of_work() as uow:
            organization = access_administered_organization(uow, self.administrator.act(Surface.PORTAL))
            service = access_shaped_service(uow, organization, service_id)
            number = f"E{next(_refs)}"
            file = directory.NewEmployee(number, given, family or "Tremblay", f"{number}@{self.code}.example")
            department = None
            if department_id is not None:
                from data.access.directory import access_shaped_department

                department = access_shaped_department(uow, organization, department_id)
            person_id = directory.do_hire(uow, organization, file, service, department, starts_on)
            somebody = Somebody(person_id, _account_of(uow, person_id))
            for managed in manages:
                employee = access_administered_employee(uow, organization, person_id)
                directory.do_grant_service(uow, employee, access_shaped_service(uow, organization, managed))
        if app:
            self.open_app(somebody)
        if manages:
            self.sign_in(somebody, Surface.PORTAL)
        return somebody

    def sign_in(self, somebody: Somebody, surface: Surface) -> None:
        with db.unit_of_work() as uow:
            candidate = SignInCandidate(
                somebody.account_id, somebody.person_id, self.organization_id if somebody.person_id else None, None
            )
            session = sessions.do_start_session(uow, candidate, surface, token_hash=new_ref(), device="Test")
        somebody.session_ids[surface] = session.id

    def open_app(self, somebody: Somebody) -> None:
        self.sign_in(somebody, Surface.MOBILE)

    @contextmanager
    def administering(self, somebody: Somebody) -> Iterator[tuple[UnitOfWork, AdministeredEmployee]]:
        with db.unit_of_work() as uow:
            organization = access_administered_organization(uow, self.administrator.act(Surface.PORTAL))
            yield uow, access_administered_employee(uow, organization, somebody.id)

    def move(self, somebody: Somebody, from_service: int, to_service: int, on: date) -> None:
        with self.administering(somebody) as (uow, employee):
            source = access_shaped_service(uow, employee.organization, from_service)
            target = access_shaped_service(uow, employee.organization, to_service)
            employment.do_move(uow, employee, source, target, None, on)

    def end(self, somebody: Somebody, on: date) -> None:
        with self.administering(somebody) as (uow, employee):
            employment.do_end(uow, employee, on)

    def cut(self, somebody: Somebody) -> None:
        with self.administering(somebody) as (uow, employee):
            directory.do_cut_access(uow, employee)


def add_vendor_staff(role: VendorRole) -> Somebody:
    with db.unit_of_work() as uow:
        account_id = organizations.do_add_vendor_staff(
            uow, role.value, f"{role.value}-{new_ref()}@vendor.example", role, None
        )
        candidate = SignInCandidate(account_id, None, None, None)
        session = sessions.do_start_session(uow, candidate, Surface.PORTAL, token_hash=new_ref(), device="Test")
    return Somebody(None, account_id, {Surface.PORTAL: session.id})


def chatter(uow: db.Reader, somebody: Somebody, surface: Surface = Surface.MOBILE) -> Chatter:
    return access_chat(access_open_session(uow, somebody.session_ids[surface]))


def sign_out(somebody: Somebody, surface: Surface = Surface.MOBILE) -> None:
    with db.unit_of_work() as uow:
        sessions.do_sign_out(uow, somebody.act(surface))


def launch(manager: Somebody, *service_ids: int, name: str = "Équipe") -> int:
    """A public conversation in each service; the id of the first."""
    with db.unit_of_work() as uow:
        services = access_managed_services(uow, chatter(uow, manager, Surface.PORTAL), list(service_ids))
        return conversation_actions.do_launch_public_conversations(uow, services, name)[0]


def start_one_to_one(somebody: Somebody, other: Somebody, service_id: int) -> int:
    with db.unit_of_work() as uow:
        service = access_chat_service(uow, chatter(uow, somebody), service_id)
        (recipient,) = access_recipients(uow, service, [other.id])
        existing = find_one_to_one(uow, service, other.id)
        return conversation_actions.do_start_one_to_one(uow, service, recipient, existing)


def start_group(somebody: Somebody, others: list[Somebody], service_id: int, name: str = "Fermeture") -> int:
    with db.unit_of_work() as uow:
        service = access_chat_service(uow, chatter(uow, somebody), service_id)
        recipients = access_recipients(uow, service, [other.id for other in others])
        return conversation_actions.do_start_group(uow, service, name, recipients)


def send(
    somebody: Somebody, conversation_id: int, text: str, *, ref: str | None = None, surface: Surface = Surface.MOBILE
) -> messages.SentMessage:
    with db.unit_of_work() as uow:
        conversation = access_joined_conversation(uow, chatter(uow, somebody, surface), conversation_id)
        return messages.do_send_message(uow, conversation, text, ref=ref or new_ref())


def add_participants(
    somebody: Somebody, conversation_id: int, newcomers: list[Somebody], *, history: participant_actions.History = "now"
) -> None:
    with db.unit_of_work() as uow:
        conversation = access_private_conversation(uow, chatter(uow, somebody), conversation_id)
        service = access_chat_service(uow, conversation.chatter, conversation.service_id)
        chosen = access_recipients(uow, service, [newcomer.id for newcomer in newcomers])
        participant_actions.do_add_participants(uow, conversation, chosen, history=history)


def widen(somebody: Somebody, conversation_id: int, newcomers: list[Somebody], name: str) -> int:
    """Others come to a one-to-one: the group that it becomes."""
    with db.unit_of_work() as uow:
        conversation = access_private_conversation(uow, chatter(uow, somebody), conversation_id)
        service = access_chat_service(uow, conversation.chatter, conversation.service_id)
        chosen = access_recipients(uow, service, [newcomer.id for newcomer in newcomers])
        partner = access_partner(uow, conversation)
        return conversation_actions.do_widen_one_to_one(uow, service, partner, chosen, name, ref=new_ref())


def mute(somebody: Somebody, conversation_id: int) -> None:
    with db.unit_of_work() as uow:
        participant_actions.do_mute(uow, access_conversation(uow, chatter(uow, somebody), conversation_id))


@contextmanager
def listening() -> Iterator[list[Emitted]]:
    """Everything published meanwhile."""
    heard: list[Emitted] = []
    stop = bus.listen(heard.extend)
    try:
        yield heard
    finally:
        stop()


def _account_of(uow: UnitOfWork, person_id: int) -> int:
    from sqlalchemy import select

    from data.models import people

    account_id: Any = uow.execute(select(people.c.account_id).where(people.c.id == person_id)).scalar_one()
    return int(account_id)

"""What is done at each message, what goes on beside it, and what pages ask for, goes by indexes on both databases: no
statement reads a table that grows with what people write from its first row to its last."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app import create_app
from callbacks.identity import COOKIES
from callbacks.push import get_notifier
from callbacks.socket import Budget, Note, SocketEdge
from data import db, relay
from data.access.actors import Surface, VendorRole, access_open_session
from data.actions.push import do_register_device
from data.bookkeeping import close_due_months
from data.config import DEMONSTRATION_SELLER, Settings
from data.realtime.hub import Member
from data.relay import Relay
from data.usage.freshness import count_now
from tests.callbacks.conftest import Visitor, _start_session
from tests.callbacks.test_directory import read_page
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, launch, new_ref, send, start_one_to_one
from tests.plans import list_whole_reads, recording_statements, write_faults
from tests.push_service import Device

NOWHERE = "http://127.0.0.1:9"  # a push service that is not there
GROWING = frozenset(
    {
        *("messages", "participants", "outbox", "conversations", "added_people", "views"),
        *("push_notices", "sessions", "audit_entries"),
    }
)


@pytest.fixture
def application(moment: Moment, database: db.Database, database_url: str) -> Flask:
    return create_app(Settings(database_url=database_url, push_origins=NOWHERE))


@pytest.fixture
def kitchen(application: Flask) -> World:
    return World.create()


def speak(application: Flask, somebody: Somebody, surface: Surface, *frames: dict[str, Any]) -> None:
    """Over the socket, as far as the commands go."""
    edge: SocketEdge = application.extensions["socket_edge"]
    with db.read() as reader:
        actor = access_open_session(reader, somebody.session_ids[surface])
    note = Note(surface, actor.language, actor.rights, Budget.full(1e6, 1e6), Budget.full(1e6, 1e6))
    member = Member(actor.session_id, actor.account_id, (), note)
    for frame in ({"type": "hello"}, *frames):
        answer = json.loads(edge._answer(member, json.dumps({"ref": new_ref(), **frame})))
        assert answer["type"] == "done", (frame, answer)


def list_frames(conversation: int, service: int, others: list[int]) -> list[dict[str, Any]]:
    about = {"conversation_id": conversation}
    return [
        {"type": "services.list"},
        {"type": "conversations.list"},
        {"type": "conversations.list", "search": "équipe"},
        *({"type": f"conversation.{each}", **about} for each in ("row", "open", "participants", "look")),
        {"type": "conversation.page", "before": 3, **about},
        {"type": "conversation.page", "after": 1, **about},
        {"type": "conversation.changes", "seq": 0, "ordinal": 0, **about},
        {"type": "conversation.view", "ordinal": 2, **about},
        {"type": "message.send", "text": "Reçu", **about},
        {"type": "message.edit", "ordinal": 4, "text": "Bien reçu", **about},
        {"type": "message.delete", "ordinal": 4, **about},
        *(
            {"type": f"conversation.{each}", **about}
            for each in ("mute", "unmute", "hide", "unhide", "leave", "rejoin")
        ),
        {"type": "recipients.list", "service_id": service, "search": "a"},
        {"type": "conversation.start", "service_id": service, "people": others, "name": "Relève"},
    ]


def test_what_is_said_over_the_socket_goes_by_indexes(application: Flask, kitchen: World) -> None:
    service = kitchen.add_service("cuisine", "Chaud")
    ariane = kitchen.hire("Ariane Gagnon", service, manages=(service,))
    karim, nadia, leo = (kitchen.hire(name, service) for name in ("Karim Benali", "Nadia Roy", "Léo Tran"))
    team = launch(ariane, service)
    for text in ("Un", "Deux", "Trois"):
        send(ariane, team, text, surface=Surface.PORTAL)
    start_one_to_one(karim, nadia, service)
    kitchen.sign_in(karim, Surface.MOBILE)
    with recording_statements() as said:
        speak(application, karim, Surface.MOBILE, *list_frames(team, service, [nadia.id, leo.id]))
    assert len(said) > 30
    found = list_whole_reads(said, GROWING)
    assert not found, write_faults(found)


def test_what_goes_on_beside_goes_by_indexes(application: Flask, kitchen: World) -> None:
    service = kitchen.add_service("cuisine", "Chaud")
    ariane = kitchen.hire("Ariane Gagnon", service, manages=(service,))
    karim = kitchen.hire("Karim Benali", service)
    with db.unit_of_work() as uow:
        kitchen_actor = access_open_session(uow, karim.session_ids[Surface.MOBILE])
        do_register_device(uow, kitchen_actor, Device(NOWHERE).subscription, frozenset({NOWHERE}))
    send(ariane, launch(ariane, service), "Bonjour", surface=Surface.PORTAL)
    with recording_statements() as said:
        notifier = get_notifier(application)
        notifier.run()
        application.extensions["vitals"].beat()
        count_now()
        close_due_months(DEMONSTRATION_SELLER)
        if isinstance(database := db.current(), db.PostgresDatabase):
            Relay(database, lambda batch: None)._look()
            relay.prune()
    found = list_whole_reads(said, GROWING)
    assert not found, write_faults(found)


PAGES: dict[str, tuple[str, ...]] = {
    "manager": ("/conversations", "/usage", "/directory", "/directory?search=ka", "/groups", "/account"),
    "administrator": ("/services", "/options", "/settings", "/billing/month", "/usage", "/directory"),
    "customer_service": ("/organizations", "/operations", "/options?organization={o}", "/diagnosis?organization={o}"),
    "finance": ("/billing", "/billing/month?organization={o}"),
}


def test_what_pages_ask_for_goes_by_indexes(application: Flask, kitchen: World) -> None:
    service = kitchen.add_service("cuisine", "Chaud")
    ariane = kitchen.hire("Ariane Gagnon", service, manages=(service,))
    send(kitchen.hire("Karim Benali", service), launch(ariane, service), "Bonjour")
    count_now()
    people = {
        "manager": ariane,
        "administrator": kitchen.administrator,
        "customer_service": add_vendor_staff(VendorRole.CUSTOMER_SERVICE),
        "finance": add_vendor_staff(VendorRole.FINANCE),
    }
    with recording_statements() as said:
        for role, paths in PAGES.items():
            visitor = enter(application, people[role])
            for path in paths:
                read_page(visitor, path.format(o=kitchen.organization_id))
    found = list_whole_reads(said, GROWING)
    assert not found, write_faults(found)


def enter(application: Flask, somebody: Somebody) -> Visitor:
    visitor = Visitor(application.test_client())
    token = _start_session(somebody, Surface.PORTAL, application.config["CHAT_SETTINGS"].secret_key)
    visitor.client.set_cookie(COOKIES[Surface.PORTAL], token, path="/")
    return visitor

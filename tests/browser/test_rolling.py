"""Whose server restarts goes to another one, and is told nothing of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from data.realtime import bus
from data.realtime.connection import RESTARTS
from data.realtime.hub import Hub
from tests import factories
from tests.browser.surfaces import find_message, open_conversation, open_phone, write
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

NOTE_STATES = """() => {
  window.shown = [];
  Chat.store.subscribe({ draw: (state) => window.shown.push(state.connection) });
}"""


def close_sockets(account_id: int) -> None:
    """Of one person, as a server that restarts closes all."""
    hubs = [each.__self__ for each in bus._listeners if isinstance(getattr(each, "__self__", None), Hub)]
    for hub in hubs:
        for member in list(hub.members):
            if member.account_id == account_id:
                hub.close(member, RESTARTS)


def test_a_restart_of_the_server_shows_nowhere(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Relève")
    karim, marie = kitchen.staff[:2]
    phone = open_phone(browser, server, karim)
    open_conversation(phone, "Relève")
    phone.evaluate(NOTE_STATES)
    server.do(close_sockets, karim.account_id)
    write(phone, "Pendant ce temps")
    server.do(factories.send, marie, conversation, "Et moi aussi")
    expect(find_message(phone, "Et moi aussi")).to_be_visible()
    expect(find_message(phone, "Pendant ce temps")).to_be_visible()
    phone.wait_for_function("() => window.shown.at(-1) === 'open' && window.shown.includes('connecting')")
    assert "waiting" not in phone.evaluate("window.shown")

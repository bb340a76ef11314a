"""An older state of the database was restored: open windows and phones drop what is of a future that did not come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from data.access.actors import Surface
from data.copying import copy_database
from tests import factories, inside
from tests.browser.surfaces import open_conversation, open_phone, open_portal
from tests.browser.test_offline import HAS_PAGE, KEPT, reopen, until
from tests.server import Server

pytestmark = pytest.mark.browser

KEPT_TEXTS = "async (id) => (await Chat.vault.get('conversations', id)).messages.map(({ text }) => text)"


def list_bodies(page: Page) -> list[str]:
    return page.locator(".message-body").all_inner_texts()


def test_after_restoring_an_older_state_nobody_is_shown_holes_or_messages_that_are_no_more(
    own_server: Server, browser: Browser
) -> None:
    kitchen = own_server.do(inside.make_kitchen, "reprise")
    karim, sofia = kitchen.staff[:2]
    conversation_id = own_server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    own_server.do(factories.send, sofia, conversation_id, "avant")
    portal, phone = open_portal(browser, own_server, kitchen.manager), open_phone(browser, own_server, karim)
    backup = own_server.folder / "backup.db"
    copy_database(f"sqlite:///{own_server.database}", f"sqlite:///{backup}")
    for text in ("perdu un", "perdu deux"):
        own_server.do(factories.send, sofia, conversation_id, text)
    for page in (portal, phone):
        open_conversation(page, "Équipe")
        expect(page.locator(".message")).to_have_count(3)
    until(phone, HAS_PAGE)
    until(phone, f"{KEPT}.then((ids) => ids.includes({conversation_id}))")
    for page in (portal, phone):
        page.context.set_offline(True)
    own_server.stop()
    for path in own_server.folder.glob("chat.db*"):
        path.unlink()
    copy_database(f"sqlite:///{backup}", f"sqlite:///{own_server.database}", turns_back=True)
    phone = reopen(phone, own_server)
    open_conversation(phone, "Équipe")
    assert list_bodies(phone) == ["avant", "perdu un", "perdu deux"]  # without network: as it was kept
    own_server.start()
    said = ["avant", "un", "deux", "trois"]  # further than the clients have got to: no number tells them
    for text in said[1:]:
        own_server.do(factories.send, kitchen.manager, conversation_id, text, surface=Surface.PORTAL)
    for page in (portal, phone):
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")  # rather than wait for the next try
        expect(page.locator(".message-body")).to_have_text(said)
    until(phone, f"Chat.vault.get('conversations', {conversation_id}).then((kept) => kept?.messages.length === 4)")
    assert phone.evaluate(KEPT_TEXTS, conversation_id) == said

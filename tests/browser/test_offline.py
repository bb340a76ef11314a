"""The installed application in a real Chromium without network: it opens, reads, keeps what is typed, and keeps nothing
of whom it no longer serves."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from callbacks.identity import COOKIES, MARK_COOKIE, PATHS
from data.access.actors import Surface
from tests import factories, inside
from tests.browser.surfaces import find_line, find_message, open_conversation, open_phone, t, write
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

# What a phone holds of somebody: the browser's stores, one by one.
HOLDINGS = """async () => ({
  caches: await caches.keys(), databases: await indexedDB.databases(),
  drafts: sessionStorage.length, notes: localStorage.length,
})"""
NOTHING: dict[str, object] = {"caches": [], "databases": [], "drafts": 0, "notes": 0}
HAS_PAGE = "caches.match('/m').then(Boolean)"
KEPT = "Chat.vault.keys('conversations')"


def until(page: Page, question: str) -> None:
    """Asked again until the answer, which may be a promise's, is yes."""
    for _ in range(300):
        with contextlib.suppress(Error):  # the page was left meanwhile
            if page.evaluate(question):
                return
        page.wait_for_timeout(50)
    raise AssertionError(question)


def talk(server: Server, kitchen: Kitchen, *texts: str) -> int:
    """The manager says these in a conversation called Équipe."""
    conversation_id = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    for text in texts:
        server.do(factories.send, kitchen.manager, conversation_id, text, surface=Surface.PORTAL)
    return conversation_id


def read_once(browser: Browser, server: Server, somebody: Somebody, conversation_id: int) -> Page:
    """The first visit, after which the phone has what it needs."""
    page = open_phone(browser, server, somebody)
    open_conversation(page, "Équipe")
    until(page, HAS_PAGE)
    until(page, f"{KEPT}.then((ids) => ids.includes({conversation_id}))")
    for _ in range(300):
        if server.do(inside.find_read_ordinal, somebody, conversation_id) is not None:
            return page
        page.wait_for_timeout(50)
    raise AssertionError("what was on screen is not read")


def reopen(page: Page, server: Server) -> Page:
    """The application is closed, and opened again."""
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"{server.address}/m")
    return page


def list_waiting(page: Page) -> list[str]:
    expect(page.locator(".message.pending").first).to_be_visible()
    return page.locator(".message.pending .message-body").all_inner_texts()


def holds_nothing(page: Page) -> None:
    """In the end, of all that a browser keeps."""
    until(page, f"({HOLDINGS})().then((found) => JSON.stringify(found) === JSON.stringify({json.dumps(NOTHING)}))")


def test_a_list_that_is_opened_does_not_move_while_the_application_connects(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    talk(server, kitchen, "Le four est réparé.")
    page = open_phone(browser, server, kitchen.staff[0])
    page.add_init_script("window.WebSocket = class { close() {} }")  # a network on which nothing answers
    page.reload(wait_until="commit")
    find_line(page, "Équipe").wait_for()
    takes_room_unseen = "!stale.hidden && !stale.checkVisibility({ opacityProperty: true })"
    assert not page.evaluate(takes_room_unseen)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#stale")).to_contain_text(t("Connecting…"))


def test_r21_it_opens_without_network_and_what_is_typed_goes_once_and_in_order(
    own_server: Server, browser: Browser
) -> None:
    kitchen = own_server.do(inside.make_kitchen, "horsligne")
    karim = kitchen.staff[0]
    conversation_id = talk(own_server, kitchen, "Le four est réparé.")
    page = read_once(browser, own_server, karim, conversation_id)
    own_server.stop()
    page = reopen(page, own_server)
    expect(page.locator("#stale")).to_contain_text("Dernière mise à jour")
    open_conversation(page, "Équipe")
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    for text in ("un", "deux", "trois"):
        write(page, text)
    expect(page.locator(".message.pending").first).to_contain_text(t("Waits for the network…"))
    until(page, "Chat.vault.list('outbox').then((items) => items.length === 3)")
    page = reopen(page, own_server)
    expect(find_line(page, "Équipe")).to_contain_text("3 messages en attente")
    open_conversation(page, "Équipe")
    assert list_waiting(page) == ["un", "deux", "trois"]
    own_server.start()
    page.evaluate("dispatchEvent(new Event('online'))")  # rather than wait for the next try
    expect(page.locator(".message.pending")).to_have_count(0)
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator(".message").last).to_contain_text(t("Sent"))
    assert own_server.do(inside.list_texts, conversation_id) == ["Le four est réparé.", "un", "deux", "trois"]
    assert page.locator(".message-body").all_inner_texts() == ["Le four est réparé.", "un", "deux", "trois"]
    until(page, "Chat.vault.list('outbox').then((items) => items.length === 0)")


def test_signing_out_leaves_nothing_without_network_too(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation_id = talk(server, kitchen, "Code de l'alarme 4711.")
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    sign_out(page)
    expect(page).to_have_url(f"{server.address}/m/sign-in")
    holds_nothing(page)
    page.context.close()
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    page.context.set_offline(True)
    sign_out(page)
    expect(page.get_by_role("heading", name=t("No connection"), exact=True)).to_be_visible()
    holds_nothing(page)
    # At the next contact the server is told.
    page.context.set_offline(False)
    page.goto(f"{server.address}/m")
    expect(page).to_have_url(f"{server.address}/m/sign-in")
    holds_nothing(page)
    assert not list_cookies(page.context) & {MARK_COOKIE, "chat_leaving"}


def sign_out(page: Page) -> None:
    page.evaluate("document.getElementById('sign-out').requestSubmit()")


def list_cookies(context: BrowserContext) -> set[str]:
    return {cookie["name"] for cookie in context.cookies()}


def test_a_session_that_was_ended_meanwhile_leaves_nothing(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    karim, sofia = kitchen.staff[:2]
    conversation_id = talk(server, kitchen, "Code de l'alarme 4711.")
    page = read_once(browser, server, karim, conversation_id)
    page.context.set_offline(True)
    write(page, "Reçu.")
    server.do(inside.end_sessions, kitchen.world, karim)
    page.context.set_offline(False)
    expect(page).to_have_url(f"{server.address}/m/sign-in")
    holds_nothing(page)
    assert server.do(inside.list_texts, conversation_id) == ["Code de l'alarme 4711."]
    # Closed all the while, and opened by somebody else who signed in by a link.
    page = read_once(browser, server, sofia, conversation_id)
    context = page.context
    page.close()
    token = server.do(inside.issue_link, kitchen.world, kitchen.staff[2])
    page = context.new_page()
    page.goto(f"{server.address}/access/{token}")
    page.locator("#password").fill("quatre mots sans lien")
    page.keyboard.press("Enter")
    expect(page.locator("#chat")).to_be_visible()
    until(page, "window.Chat?.store?.getState().me?.name === 'Léa Tran'")
    assert page.evaluate(KEPT) == []


def test_what_somebody_typed_is_never_sent_by_who_signed_in_after_them(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    """A page that slept through the sign-out and the next sign-in, in another window."""
    karim, sofia = kitchen.staff[:2]
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    page = read_once(browser, server, karim, conversation_id)
    page.context.set_offline(True)
    write(page, "Je cherche un autre emploi.")
    (cookie,) = (each for each in page.context.cookies(f"{server.address}/m") if is_session(each))
    given = server.give_cookie(sofia, Surface.MOBILE)
    page.context.add_cookies(
        [{"name": cookie["name"], "value": given, "domain": cookie["domain"], "path": cookie["path"]}]
    )
    page.context.set_offline(False)
    until(page, "window.Chat?.store?.getState().me?.name === 'Sofia Lavoie'")
    expect(page.locator(".message.pending")).to_have_count(0)
    page.wait_for_timeout(1000)
    assert server.do(inside.list_texts, conversation_id) == ["Le four est réparé."]


def is_session(cookie: Any) -> bool:
    """The one that the server gave, which is for the application alone."""
    return bool(cookie["name"] == COOKIES[Surface.MOBILE] and cookie["path"] == PATHS[Surface.MOBILE])


def test_what_one_may_no_longer_read_goes_at_the_next_contact(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    karim, sofia = kitchen.staff[:2]
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    pair = server.do(factories.start_one_to_one, sofia, karim, kitchen.service_id)
    page = read_once(browser, server, karim, conversation_id)
    page.context.set_offline(True)
    write(page, "perdu")
    server.do(inside.leave, karim, conversation_id)
    page.evaluate("location.hash = ''")
    # Never read here: said plainly, and what is typed in the other one is refused later.
    find_line(page, "Sofia Lavoie").click()
    expect(page.get_by_text(t("This conversation was not read on this phone yet."))).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".composer")).to_be_visible()
    page.context.set_offline(True)
    write(page, "Tu viens?")
    server.do(inside.leave, sofia, pair)
    page.context.set_offline(False)
    expect(page.locator(".message-meta.failed")).to_be_visible()
    until(page, f"{KEPT}.then((ids) => ids.join() === '{pair}')")
    assert "perdu" not in server.do(inside.list_texts, conversation_id)
    # What was refused outlives the page too, and can be corrected or dropped.
    page = reopen(page, server)
    expect(find_line(page, "Sofia Lavoie")).to_contain_text("1 message non envoyé")
    open_panel(page, "Sofia Lavoie")
    page.get_by_role("button", name=t("Discard")).click()
    until(page, "Chat.vault.list('outbox').then((items) => items.length === 0)")
    server.do(kitchen.world.switch_option, is_on=False)
    expect(page.get_by_text(t("The chat is not activated for your workplace.")).first).to_be_visible()
    until(page, f"{KEPT}.then((ids) => ids.length === 0)")
    assert page.evaluate("Chat.vault.get('facts', 'list')") is None


def open_panel(page: Page, name: str) -> None:
    """Of a conversation whose box is closed."""
    find_line(page, name).click()
    expect(page.locator(".panel-head").get_by_role("heading", name=name)).to_be_visible()


def test_a_new_version_takes_over_and_no_page_is_stuck(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    version = server.do(inside.release_anew)
    page.evaluate("navigator.serviceWorker.getRegistration('/m').then((found) => found.update())")
    until(page, f"caches.keys().then((names) => names.join() === 'chat-{version}')")
    write(page, "Merci")
    until(
        page,
        f"Chat.vault.get('conversations', {conversation_id}).then((kept) => kept.messages.at(-1).text === 'Merci')",
    )
    page.context.set_offline(True)
    page = reopen(page, server)
    open_conversation(page, "Équipe")
    expect(find_message(page, "Merci")).to_be_visible()


def test_a_shared_text_goes_where_one_chooses_and_the_language_follows_at_once(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    page.goto(f"{server.address}/m?title=Menu&text=Soupe&url=https%3A%2F%2Fmenu.example")
    expect(page.locator(".share-banner")).to_contain_text("Soupe")
    # Meanwhile the icon counts what is missed (R20).
    page.evaluate("navigator.setAppBadge = async (count) => { window.onIcon = count; };0")
    server.do(factories.send, kitchen.manager, conversation_id, "Soupe aussi?", surface=Surface.PORTAL)
    until(page, "window.onIcon === 1")
    open_conversation(page, "Équipe")
    expect(page.locator(".composer textarea")).to_have_value("Menu\nSoupe\nhttps://menu.example")
    page.evaluate("document.getElementById('preferences').requestSubmit()")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    until(page, HAS_PAGE)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert MARK_COOKIE in list_cookies(page.context)


def test_r22_nothing_is_lost_doubled_or_out_of_order_on_a_flapping_network_with_a_wrong_clock(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    """Two phones of one person, the clock of one a day late; its network comes and goes, it is frozen and thawed."""
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    other = read_once(browser, server, kitchen.staff[0], conversation_id)
    page.evaluate("(now => { Date.now = () => now() - 86400000; })(Date.now.bind(Date))")
    session = page.context.new_cdp_session(page)
    texts = [f"mot {n}" for n in range(12)]
    for n, text in enumerate(texts):
        page.context.set_offline(n % 3 == 1)
        write(page, text)
        if n == 6:
            session.send("Page.setWebLifecycleState", {"state": "frozen"})
            server.do(factories.send, kitchen.manager, conversation_id, "Bien reçu.", surface=Surface.PORTAL)
            session.send("Page.setWebLifecycleState", {"state": "active"})
    page.context.set_offline(False)
    expect(page.locator(".message.pending")).to_have_count(0)
    expect(page.locator(".message")).to_have_count(14)
    expect(other.locator(".message")).to_have_count(14)
    stored = server.do(inside.list_texts, conversation_id)
    assert [text for text in stored if text.startswith("mot")] == texts
    for phone in (page, other):
        assert phone.locator(".message-body").all_inner_texts() == stored


def test_a_full_phone_says_so_and_sends_all_the_same(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    conversation_id = talk(server, kitchen, "Le four est réparé.")
    page = read_once(browser, server, kitchen.staff[0], conversation_id)
    page.evaluate("IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };0")
    write(page, "Merci")
    expect(
        page.get_by_text(t("This phone has no room left. Keep this page open until your message is sent."))
    ).to_be_visible()
    expect(find_message(page, "Merci")).to_contain_text(t("Sent"))

"""The service worker with real push events, given by the browser's own tools."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, expect

from tests import factories
from tests.browser.surfaces import find_line, find_message, open_conversation, open_phone, t
from tests.inside import Kitchen
from tests.server import Server

SHOWN = """async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.map(({ tag, title, body }) => [tag, title, body]).sort();
}"""


def begin(browser: Browser, server: Server, kitchen: Kitchen) -> tuple[Page, CDPSession, str]:
    """The phone of somebody who allows notifications, its worker, and the worker's number among the browser's."""
    page = open_phone(browser, server, kitchen.staff[0])
    page.context.grant_permissions(["notifications"], origin=server.address)
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    tools = page.context.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    return page, tools, found[-1]


def test_r20_notifications_replace_one_another_open_the_right_place_and_go_when_read(
    browser: Browser, server: Server, kitchen: Kitchen
) -> None:
    team = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    menu = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Menu")
    for conversation in (team, menu):
        server.do(factories.send, kitchen.manager, conversation, "Bonjour")
    page, tools, registration = begin(browser, server, kitchen)
    expect(find_line(page, "Menu")).to_be_visible()

    def push(tag: str, title: str, body: str, **more: Any) -> None:
        conversation = int(tag[1:]) if tag.startswith("c") else None
        data = {"tag": tag, "conversation": conversation, "title": title, "body": body, "lang": "fr"}
        data |= {"urgent": False, "unread": 1, "read": []} | more
        given = {"origin": server.address, "registrationId": registration, "data": json.dumps(data)}
        tools.send("ServiceWorker.deliverPushMessage", given)

    def expect_shown(*shown: list[str]) -> None:
        page.wait_for_function(
            f"async (wanted) => JSON.stringify(await ({SHOWN})()) === JSON.stringify(wanted)", arg=sorted(shown)
        )

    push(f"c{team}", "Équipe", "Ariane Gagnon a écrit")
    push(f"c{menu}", "Menu", "Ariane Gagnon a écrit", quietly="Trop tard", until=4_000_000_000_000)
    push(f"c{team}", "Équipe", "Ariane Gagnon a écrit 2 messages")
    expect_shown(
        [f"c{team}", "Équipe", "Ariane Gagnon a écrit 2 messages"], [f"c{menu}", "Menu", "Ariane Gagnon a écrit"]
    )

    open_conversation(page, "Équipe")  # read here: it goes
    expect_shown([f"c{menu}", "Menu", "Ariane Gagnon a écrit"])

    # Read elsewhere: it goes with the next. What that one says comes too late.
    push("test", "Messagerie Chat", "Je suis malade", read=[menu], quietly="Essai", until=1_000)
    expect_shown(["test", "Messagerie Chat", "Essai"])

    push("summary", "3 nouveaux messages pendant les heures de silence", "Équipe, Menu")
    expect_shown(["summary", "3 nouveaux messages pendant les heures de silence", "Équipe, Menu"])
    worker = page.context.service_workers[0]
    worker.evaluate(
        """async (conversation) => openFrom({ close() {}, data: { conversation } }).catch(() => undefined)""", menu
    )
    expect(page.locator(".panel-head").get_by_role("heading", name="Menu")).to_be_visible()
    expect(find_message(page, "Bonjour")).to_be_visible()

    # Beside: what the worker takes for the end of a sign-in, which leaves nothing on the phone.
    refusals = ['{"code":"not_allowed","text":"…"}', '{"code":"origin_refused","text":"…"}', "<h1>Forbidden</h1>", ""]
    ends = "texts => Promise.all(texts.map(text => isShutOut(new Response(text, { status: 403 }))))"
    assert worker.evaluate(ends, refusals) == [True, False, False, False]


def test_r20_notifications_are_asked_for_after_the_first_message_read(
    browser: Browser, server: Server, kitchen: Kitchen
) -> None:
    team = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    server.do(factories.send, kitchen.manager, team, "Bonjour")
    page = open_phone(browser, server, kitchen.staff[0])
    page.evaluate("Object.defineProperty(Notification, 'permission', { get: () => 'default' }); 0")
    card = page.get_by_role("region", name=t("Know at once when somebody writes to you?"))
    expect(find_line(page, "Équipe")).to_be_visible()
    expect(card).to_be_hidden()
    open_conversation(page, "Équipe")
    expect(find_message(page, "Bonjour")).to_be_visible()
    page.go_back()
    expect(card).to_be_visible()
    card.get_by_role("button", name=t("Later")).click()
    expect(card).to_be_hidden()
    page.reload()
    open_conversation(page, "Équipe")
    page.go_back()
    expect(find_line(page, "Équipe")).to_be_visible()
    expect(card).to_be_hidden()


def test_r20_blocked_notifications_are_told_with_what_to_do(browser: Browser, server: Server, kitchen: Kitchen) -> None:
    page = open_phone(browser, server, kitchen.staff[0])
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.goto(f"{server.address}/m/notifications")
    blocked = (
        "Your browser blocks notifications of this site. Allow them in its settings (the lock beside the address, "
        "then Notifications), and come back here."
    )
    expect(page.get_by_text(t(blocked))).to_be_visible()
    expect(page.get_by_role("button", name=t("Turn on notifications"))).to_have_count(0)
    page.context.close()

"""The phone application as people hold it: first access, private conversations, bringing others in, and what counts as
seen, at 390 px in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from data.access.actors import Surface
from tests import factories, inside
from tests.browser.surfaces import (
    answer,
    choose_act,
    find_line,
    find_message,
    open_conversation,
    open_phone,
    open_portal,
    t,
    write,
)
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "quatre mots sans lien"


def tick(page: Page, *names: str) -> None:
    for name in names:
        page.locator(".pick-line", has_text=name).tap()


def confirm(page: Page) -> None:
    """The main act of the sheet."""
    page.locator("dialog .button.main").tap()


def test_r7_first_access_from_a_scanned_code_to_the_list(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    recruit = server.do(kitchen.world.hire, "Noah Côté", kitchen.service_id, app=False)
    server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    token = server.do(inside.issue_link, kitchen.world, recruit)
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server.address}/access/{token}")
    box = page.get_by_label(t("Choose your password"))
    box.fill(PASSWORD)
    page.get_by_role("button", name=t("Show the password")).first.tap()
    expect(box).to_have_attribute("type", "text")
    page.get_by_role("button", name=t("Enter"), exact=True).tap()
    expect(page.get_by_role("heading", name=t("Welcome, {name}", name="Noah"))).to_be_visible()
    expect(page.get_by_role("heading", name=t("Add it to your home screen"))).to_be_visible()
    confirm(page)
    expect(page.locator("dialog")).to_have_count(0)
    expect(find_line(page, "Équipe")).to_be_visible()
    # Once, and never again unless asked for; French first, English one tap away.
    page.reload()
    expect(find_line(page, "Équipe")).to_be_visible()
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("#mobile-menu").tap()
    page.get_by_role("menuitem", name=t("Add it to your home screen")).tap()
    page.get_by_role("button", name="English").tap()
    expect(page.get_by_role("searchbox", name="Search conversations")).to_be_visible()


def test_r18_r19_a_group_is_begun_on_a_phone_and_grows(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    newcomer = server.do(kitchen.world.hire, "Noah Côté", kitchen.service_id)
    phone = open_phone(browser, server, kitchen.staff[0])
    phone.get_by_role("button", name=t("New private conversation")).tap()
    tick(phone, "Sofia Lavoie")
    expect(phone.locator("dialog .button.main")).to_have_text(t("Write to {name}", name="Sofia Lavoie"))
    phone.get_by_label(t("Search people")).fill("lea")
    tick(phone, "Léa Tran")
    confirm(phone)
    expect(phone.locator("dialog [role=alert]")).to_have_text(t("Give a name."))
    phone.get_by_label(t("Name of the group")).fill("Fermeture")
    confirm(phone)
    expect(phone.locator(".panel-head").get_by_role("heading", name="Fermeture")).to_be_visible()
    write(phone, "entre nous trois")
    # Beside it, at the portal, on the same conversation: somebody is brought in from now on.
    phone.get_by_role("button", name=t("Participants")).tap()
    phone.get_by_role("button", name=t("Add"), exact=True).tap()
    expect(phone.locator(".pick-line")).to_have_count(2)
    tick(phone, "Noah Côté")
    confirm(phone)
    expect(phone.locator(".person-line", has_text="Noah Côté")).to_be_visible()
    other = open_phone(browser, server, newcomer)
    open_conversation(other, "Fermeture")
    expect(other.locator(".told-line")).to_contain_text(t("{name} brought you in.", name="Karim Benali"))
    expect(find_message(other, "entre nous trois")).to_have_count(0)
    write(other, "bonjour à tous")
    phone.go_back()
    expect(phone.locator(".told-line")).to_contain_text(t("You added {names}.", names="Noah Côté"))
    expect(find_message(phone, "bonjour à tous")).to_be_visible()
    # Muted, and left: both said, both undone.
    choose_act(other, t("Mute notifications"))
    other.get_by_role("button", name=t("Undo")).tap()
    choose_act(other, t("Mute notifications"))
    choose_act(other, t("Leave…"))
    answer(other, t("Leave"))
    other.get_by_role("button", name=t("Undo")).tap()
    expect(find_message(other, "bonjour à tous")).to_be_visible()
    other.get_by_role("button", name=t("Back to the list")).tap()
    expect(find_line(other, "Fermeture")).to_contain_text(t("Muted"))


def test_r5_a_manager_is_told_on_the_phone_where_public_ones_are_launched_and_r12_a_pair_is_opened_again(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    pair = server.do(factories.start_one_to_one, kitchen.staff[0], kitchen.manager, kitchen.service_id)
    phone = open_phone(browser, server, kitchen.manager)
    phone.get_by_role("button", name=t("New private conversation")).tap()
    expect(phone.get_by_role("link", name=t("Open the web portal"))).to_have_attribute("href", "/conversations")
    phone.go_back()
    expect(phone.locator("dialog")).to_have_count(0)
    phone.get_by_role("button", name=t("New private conversation")).tap()
    tick(phone, "Karim Benali")
    confirm(phone)
    expect(phone.locator(".composer")).to_be_visible()
    assert phone.url.endswith(f"#c{pair}")


def test_r8_what_a_window_without_focus_or_a_screen_elsewhere_receives_is_not_seen(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    public = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    server.do(factories.send, kitchen.manager, public, "un", surface=Surface.PORTAL)
    phone = open_phone(browser, server, kitchen.staff[0])
    session = phone.context.new_cdp_session(phone)
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    front = phone.context.new_page()
    front.bring_to_front()
    phone.evaluate(f"location.hash = '#c{public}'")
    expect(find_message(phone, "un")).to_be_visible()
    server.do(factories.send, kitchen.manager, public, "deux", surface=Surface.PORTAL)
    expect(find_message(phone, "deux")).to_be_visible()
    desk = open_portal(browser, server, kitchen.manager)
    open_conversation(desk, "Équipe")
    told = desk.locator(".people-body")
    expect(told).to_contain_text(t("Notified, not opened yet"))
    assert server.do(inside.find_read_ordinal, kitchen.staff[0], public) is None
    # In front, it is.
    session.send("Emulation.setFocusEmulationEnabled", {"enabled": True})
    phone.bring_to_front()
    expect(told.get_by_text("Karim Benali")).to_be_visible()
    expect(phone.locator("#mobile-badge")).to_have_text("")
    assert server.do(inside.find_read_ordinal, kitchen.staff[0], public) == 2
    # Delivered while one looks at something else on the same page: not seen either.
    phone.get_by_role("button", name=t("Participants")).tap()
    server.do(factories.send, kitchen.manager, public, "trois", surface=Surface.PORTAL)
    expect(phone.locator("#mobile-badge")).to_have_text("1")
    phone.go_back()
    expect(phone.locator("#mobile-badge")).to_have_text("")


def test_the_box_stays_above_a_keyboard_that_covers_the_page(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    phone = open_phone(browser, server, kitchen.staff[0])
    open_conversation(phone, "Équipe")
    box = phone.locator(".composer textarea")
    phone.evaluate(
        """Object.defineProperty(visualViewport, "height", { configurable: true, get: () => 480 });
           visualViewport.dispatchEvent(new Event("resize"))"""
    )
    place = box.bounding_box()
    assert place is not None
    assert place["y"] + place["height"] <= 480
    phone.evaluate("delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize'))")
    expect(box).to_be_in_viewport()
    place = box.bounding_box()
    assert place is not None
    assert place["y"] > 700


def test_the_list_holds_no_more_lines_than_one_asked_for(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    karim, sofia, lea = kitchen.staff
    for n in range(17):  # by three people: nobody begins fifty within an hour
        server.do(factories.launch, kitchen.manager, kitchen.service_id, name=f"Équipe {n}.")
        server.do(factories.start_group, sofia, [karim, lea], kitchen.service_id, name=f"De Sofia {n}.")
        server.do(factories.start_group, lea, [karim, sofia], kitchen.service_id, name=f"De Léa {n}.")
    phone = open_phone(browser, server, karim)
    expect(phone.locator(".row-line")).to_have_count(50)
    latest = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="La dernière")
    server.do(factories.send, kitchen.manager, latest, "bonjour", surface=Surface.PORTAL)
    expect(phone.locator(".row-line").first).to_contain_text("La dernière")
    expect(phone.locator(".row-line")).to_have_count(50)
    phone.get_by_role("button", name=t("Show more")).tap()
    expect(phone.locator(".row-line")).to_have_count(52)

"""Whole procedures by keyboard alone, from the sign-in on; wherever the focus is, it shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components import ids
from tests import factories, inside
from tests.browser.surfaces import find_message, open_portal, t
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "quatre mots sans lien"
FAR = 60  # stops that nobody would go beyond

# What shows that the element with the focus has it: an outline or a ring, of its own or of the box that it fills.
DESCRIBE_FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "nothing";
  const shows = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const box = element.closest(".composer-box, .upload");
  const styles = [getComputedStyle(element), getComputedStyle(element, "::after")];
  if (box) styles.push(getComputedStyle(box));
  const place = element.getBoundingClientRect();
  const isOnScreen = place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
  return isOnScreen && styles.some(shows) ? "" : element.outerHTML.slice(0, 200);
}"""


def go_to(page: Page, target: Locator, *, by: str = "Tab") -> None:
    """Key by key, the focus in sight at every stop."""
    expect(target).to_be_visible()
    for _ in range(FAR):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(by)
        assert page.evaluate(DESCRIBE_FOCUS) in ("", "nothing")
    pytest.fail(f"no way by {by} to {target}")


def press(page: Page, target: Locator, key: str = "Enter", *, by: str = "Tab") -> None:
    go_to(page, target, by=by)
    assert page.evaluate(DESCRIBE_FOCUS) == ""
    page.keyboard.press(key)


def expect_ready_to_write(page: Page) -> None:
    expect(page.locator(".composer textarea")).to_be_focused()


def say(page: Page, text: str) -> None:
    """Where one already is: in the box."""
    expect_ready_to_write(page)
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(find_message(page, text)).to_be_visible()
    expect(page.locator(".message.pending")).to_have_count(0)


def open_menu(page: Page) -> None:
    press(page, page.get_by_role("button", name=t("More actions")), by="Shift+Tab")
    expect(page.get_by_role("menuitem").first).to_be_focused()


def test_signing_in_and_launching_a_public_conversation(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    server.do(inside.give_password, kitchen.manager, PASSWORD)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{server.address}/sign-in")
    expect(page.get_by_label(t("E-mail or employee number"))).to_be_focused()
    page.keyboard.type(server.do(inside.find_email, kitchen.manager))
    go_to(page, page.get_by_label(t("Password")))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    # The first stop leads past the menu.
    expect(page.locator(f"#{ids.CREATE_PUBLIC}")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=t("Skip to the content"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    press(page, page.locator(f"#{ids.CREATE_PUBLIC}"))
    expect(page.locator(f"#{ids.PUBLIC_NAME}")).to_be_focused()
    page.keyboard.type("Horaire des fêtes")
    service = page.get_by_role("checkbox", name="Cuisine")
    expect(service).to_be_checked()
    press(page, service, "Space")
    expect(page.locator(f"#{ids.PUBLIC_REACH}")).to_have_text(t("Choose at least one service."))
    page.keyboard.press("Space")
    press(page, page.locator(f"#{ids.PUBLIC_SAVE}"))
    say(page, "Bonjour à tous")
    # The skip link does not close what one reads.
    press(page, skip, by="Shift+Tab")
    expect(find_message(page, "Bonjour à tous")).to_be_visible()


def test_writing_to_one_person(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.manager)
    opener = page.locator(f"#{ids.create('one')}")
    press(page, opener)
    search = page.locator(f"#{ids.picker('one', 'search')}")
    expect(search).to_be_focused()
    expect(page.get_by_role("radio")).to_have_count(3)
    # Escape gives the focus back to where one was.
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(search).to_be_focused()
    page.keyboard.type("sofia")
    offered = page.get_by_role("radio")
    expect(offered).to_have_count(1)
    press(page, offered, "Space")
    expect(offered).to_be_checked()
    expect(offered).to_be_focused()
    press(page, page.locator(f"#{ids.picker('one', 'save')}"))
    say(page, "Peux-tu fermer samedi?")
    expect(page.locator(".panel-head")).to_contain_text("Sofia Lavoie")


def test_writing_to_several_people(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.manager)
    press(page, page.locator(f"#{ids.create('group')}"))
    expect(page.locator(f"#{ids.picker('group', 'name')}")).to_be_focused()
    page.keyboard.type("Fermeture samedi")
    for name in ("Karim Benali", "Sofia Lavoie"):
        ticked = page.get_by_role("checkbox", name=name)
        press(page, ticked, "Space")
        expect(page.locator(f"#{ids.picker('group', 'chosen')}")).to_contain_text(name)
        expect(ticked).to_be_checked()
        expect(ticked).to_be_focused()
    # One of the chosen is taken back, by its own button.
    press(page, page.locator(f"#{ids.picker('group', 'chosen')}").get_by_role("button", name="Karim"), by="Shift+Tab")
    expect(page.get_by_role("checkbox", name="Karim Benali")).not_to_be_checked()
    press(page, page.get_by_role("checkbox", name="Léa Tran"), "Space")
    expect(page.locator(f"#{ids.picker('group', 'chosen')}")).to_contain_text("Léa Tran")
    press(page, page.locator(f"#{ids.picker('group', 'save')}"))
    say(page, "Qui a la clé du cellier?")
    expect(page.locator(".people-body")).to_contain_text("Léa Tran")
    expect(page.locator(".people-body")).not_to_contain_text("Karim Benali")


def test_r16_leaving_coming_back_deleting_and_undoing(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    server.do(factories.launch, kitchen.manager, kitchen.service_id)
    page = open_portal(browser, server, kitchen.manager)
    press(page, page.locator(".row-line"))
    say(page, "Le four est réparé.")
    open_menu(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=t("More actions"))).to_be_focused()
    page.keyboard.press("Enter")
    press(page, page.get_by_role("menuitem", name=t("Leave…")), by="ArrowDown")
    expect(page.get_by_role("button", name=t("Stay"))).to_be_focused()
    press(page, page.locator("dialog.ask").get_by_role("button", name=t("Leave")))
    expect(page.get_by_role("heading", name=t("You left this conversation."))).to_be_focused()
    press(page, page.get_by_role("button", name=t("Come back")))
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    expect_ready_to_write(page)
    open_menu(page)
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name=t("Delete for everyone…"))).to_be_focused()
    page.keyboard.press("Enter")
    press(page, page.locator("dialog.ask").get_by_role("button", name=t("Delete")))
    press(page, page.locator("#toasts").get_by_role("button", name=t("Undo")))
    expect(find_message(page, "Le four est réparé.")).to_be_visible()
    expect_ready_to_write(page)


def test_editing_and_deleting_a_message(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    server.do(factories.launch, kitchen.manager, kitchen.service_id)
    page = open_portal(browser, server, kitchen.manager)
    press(page, page.locator(".row-line"))
    say(page, "Le four est réparé.")
    say(page, "Merci Karim.")
    tools = find_message(page, "Le four est réparé.").get_by_role("button")
    press(page, tools, by="Shift+Tab")
    expect(page.get_by_role("menuitem", name=t("Edit"))).to_be_focused()
    page.keyboard.press("Enter")
    expect_ready_to_write(page)
    page.keyboard.press("End")
    page.keyboard.type(" Enfin!")
    page.keyboard.press("Enter")
    expect(find_message(page, "Le four est réparé. Enfin!")).to_contain_text(t("edited"))
    expect_ready_to_write(page)
    press(page, tools, by="Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    press(page, page.locator("dialog.ask").get_by_role("button", name=t("Delete")))
    expect(page.locator(".message.deleted")).to_have_count(1)
    # The button that opened the question is gone: one is back where one writes.
    expect_ready_to_write(page)


def test_the_menu_of_a_narrow_portal(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.manager, width=640)
    button = page.get_by_role("button", name=t("Menu"))
    groups = page.get_by_role("link", name=t("My groups"))
    press(page, button)
    expect(groups).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(groups).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    press(page, groups)
    expect(page.get_by_role("heading", name=t("My groups"), level=1)).to_be_visible()
    expect(groups).to_be_hidden()

"""The option switched by customer service in a real Chromium, by keyboard, while a manager's portal and an employee's
phone are open: their menus gain and lose the chat without reloading, what is open closes kindly, sockets refuse."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components import ids
from data import clock
from data.clock import to_ms
from tests import factories, inside
from tests.browser.surfaces import find_faults, open_conversation, open_phone, open_portal, t, write
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

WITHIN = 1_000  # milliseconds
# Notes when the chat comes to the menu, or leaves it.
WATCH = """() => {
  const has = () => document.querySelector("#menu a[href='/conversations']") !== null;
  const before = has();
  new MutationObserver(() => { if (has() !== before) window.changedAt ??= Date.now(); })
    .observe(document.body, { childList: true, subtree: true });
}"""


@pytest.fixture
def support(server: Server) -> Somebody:
    return server.do(inside.hire_support)


def open_option(browser: Browser, server: Server, support: Somebody, kitchen: Kitchen, *, width: int = 1280) -> Page:
    page = open_portal(browser, server, support, f"/options?organization={kitchen.world.organization_id}", width=width)
    expect(page.locator(f"#{ids.OPTION_SWITCH_ON}")).to_be_visible()
    return page


def find_chat(page: Page) -> Locator:
    """The entry of the menu."""
    return page.locator(f"#{ids.MENU}").locator("a[href='/conversations']")


def switch_by_keyboard(page: Page, ticket: str, *, is_on: bool) -> None:
    """Now, in the whole organization, asked by its administrator."""
    page.locator(f"#{ids.OPTION_SWITCH_ON if is_on else ids.OPTION_SWITCH_OFF}").focus()
    page.keyboard.press("Enter")
    confirm = page.locator(f"#{ids.OPTION_CONFIRM}")
    expect(confirm).to_be_enabled()
    page.locator(f"#{ids.OPTION_WHEN} input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(confirm).to_have_text(t("Switch on now") if is_on else t("Switch off now"))
    page.locator(f"#{ids.OPTION_TICKET}").focus()
    page.keyboard.type(ticket)
    page.keyboard.press("Tab")
    page.keyboard.type("Ada")
    confirm.focus()
    page.keyboard.press("Enter")


def test_r2_the_whole_procedure_by_keyboard_with_open_menus(
    server: Server, browser: Browser, kitchen: Kitchen, support: Somebody
) -> None:
    server.do(kitchen.world.switch_option, is_on=False)
    portal = open_portal(browser, server, kitchen.manager, "/account")
    phone = open_phone(browser, server, kitchen.staff[0])
    expect(portal.locator(f"#{ids.MENU}").get_by_text(t("My account"))).to_be_visible()
    expect(phone.get_by_text(t("The chat is not activated for your workplace.")).first).to_be_visible()
    expect(find_chat(portal)).to_have_count(0)
    portal.evaluate(WATCH)

    page = open_portal(browser, server, support, "/organizations")
    page.locator(f"#{ids.ORGANIZATIONS_SEARCH}").focus()
    page.keyboard.type(kitchen.world.code)
    link = page.get_by_role("link", name=f"Cafés {kitchen.world.code}", exact=True)
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Cafés {kitchen.world.code}")
    switch_by_keyboard(page, f"SC-{kitchen.world.code}", is_on=True)
    # In menus that were open, without a reload.
    expect(find_chat(portal)).to_be_visible()
    expect(phone.get_by_text(t("No conversation yet. Write to a colleague."))).to_be_visible()
    assert portal.evaluate("window.changedAt") - to_ms(server.do(inside.find_last_switch, kitchen.world)) < WITHIN
    done = page.locator(f"#{ids.OPTION_DONE}")
    expect(done).to_contain_text("Ada Ministre")
    expect(done.get_by_role("link", name=t("Write to {name}").format(name="Ada Ministre"))).to_have_attribute(
        "href", re.compile(r"^mailto:admin@.*subject=")
    )
    expect(page.locator(f"#{ids.OPTION_BODY}")).to_contain_text(f"SC-{kitchen.world.code}")
    assert find_faults(page) == []
    letter_path = done.get_by_role("link", name=t("Open the confirmation")).get_attribute("href")
    assert letter_path is not None
    letter = page.context.new_page()
    letter.goto(server.address + letter_path)
    expect(letter.get_by_role("heading", level=1)).to_contain_text("activation de la Messagerie Chat")
    assert find_faults(letter) == []
    letter.emulate_media(media="print")
    expect(letter.get_by_role("button")).to_be_hidden()


def test_r2_what_is_open_closes_kindly_and_its_socket_is_refused(
    server: Server, browser: Browser, kitchen: Kitchen, support: Somebody
) -> None:
    conversation = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Service du soir")
    portal = open_portal(browser, server, kitchen.manager)
    phone = open_phone(browser, server, kitchen.staff[0])
    for screen in (portal, phone):
        open_conversation(screen, "Service du soir")
    write(portal, "Bonsoir")
    portal.evaluate(WATCH)
    page = open_option(browser, server, support, kitchen)
    switch_by_keyboard(page, f"SC-off-{kitchen.world.code}", is_on=False)
    kindly = t("The chat is not activated for your workplace.")
    expect(find_chat(portal)).to_have_count(0)
    assert portal.evaluate("window.changedAt") - to_ms(server.do(inside.find_last_switch, kitchen.world)) < WITHIN
    for screen in (portal, phone):
        expect(screen.locator(".composer")).to_have_count(0)
        expect(screen.get_by_text(kindly).first).to_be_visible()
        expect(screen.get_by_text("Service du soir")).to_have_count(0)
        refused = screen.evaluate(
            "id => Chat.store.listParticipants(id).then(() => 'answered', (refusal) => refusal.code)", conversation
        )
        assert refused == "option_off"
        assert find_faults(screen) == []
    # On again, everything is where it was.
    switch_by_keyboard(page, f"SC-on-{kitchen.world.code}", is_on=True)
    expect(find_chat(portal)).to_be_visible()
    expect(portal.locator(".row-line")).to_contain_text("Bonsoir")


def test_r1_a_switch_for_one_service_reaches_that_service_alone(
    server: Server, browser: Browser, kitchen: Kitchen, support: Somebody
) -> None:
    world = kitchen.world
    room = server.do(world.add_service, "salle")
    other = server.do(world.hire, "Maude Roy", room, manages=(room,))
    waiter = server.do(world.hire, "Théo Serveur", room)
    server.do(world.switch_option, is_on=False)
    portals = [open_portal(browser, server, somebody, "/account") for somebody in (kitchen.manager, other)]
    phones = [open_phone(browser, server, somebody) for somebody in (kitchen.staff[0], waiter)]
    off = t("The chat is not activated for your workplace.")
    for phone in phones:
        expect(phone.get_by_text(off).first).to_be_visible()
    page = open_option(browser, server, support, kitchen)
    page.locator(f"#{ids.OPTION_SWITCH_ON}").click()
    page.get_by_text(t("Some services"), exact=True).click()
    expect(page.locator(f"#{ids.OPTION_CONFIRM}")).to_be_disabled()
    page.locator(f"#{ids.OPTION_SERVICES}").get_by_text("Salle").click()
    page.get_by_text(t("From now on"), exact=True).click()
    page.locator(f"#{ids.OPTION_TICKET}").fill(f"SC-one-{world.code}")
    page.locator(f"#{ids.OPTION_REQUESTER}").select_option(label=t("{name}, administrator").format(name="Ada Ministre"))
    expect(page.locator(f"#{ids.OPTION_CONFIRM}")).to_be_enabled()
    page.locator(f"#{ids.OPTION_CONFIRM}").click()
    expect(find_chat(portals[1])).to_be_visible()
    expect(phones[1].get_by_text(off)).to_have_count(0)
    expect(find_chat(portals[0])).to_have_count(0)
    expect(phones[0].get_by_text(off).first).to_be_visible()


def test_a_planned_switch_takes_effect_by_itself(
    server: Server, browser: Browser, kitchen: Kitchen, support: Somebody
) -> None:
    portal = open_portal(browser, server, kitchen.manager, "/account")
    phone = open_phone(browser, server, kitchen.staff[0])
    expect(find_chat(portal)).to_be_visible()
    page = open_option(browser, server, support, kitchen)
    at = server.do(clock.now) + timedelta(seconds=6)  # time enough to look at it before
    server.do(kitchen.world.switch_option, is_on=False, at=at)
    page.reload()
    expect(page.locator(f"#{ids.OPTION_BODY}").get_by_text(t("Planned"), exact=True)).to_be_visible()
    expect(find_chat(portal)).to_have_count(0)
    expect(phone.get_by_text(t("The chat is not activated for your workplace.")).first).to_be_visible()


def test_a_planned_switch_is_given_up_and_a_mistake_annulled(
    server: Server, browser: Browser, kitchen: Kitchen, support: Somebody
) -> None:
    page = open_option(browser, server, support, kitchen)
    page.locator(f"#{ids.OPTION_SWITCH_OFF}").click()
    expect(page.locator(f"#{ids.OPTION_CONFIRM}")).to_be_enabled()
    page.locator(f"#{ids.OPTION_TICKET}").fill(f"SC-{kitchen.world.code}")
    page.locator(f"#{ids.OPTION_REQUESTER}").select_option(index=1)
    page.locator(f"#{ids.OPTION_CONFIRM}").click()
    planned = page.locator(".row-list").filter(has_text=f"SC-{kitchen.world.code}")
    expect(planned).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    planned.get_by_role("button", name=t("Give up")).click()
    dialog = page.get_by_role("dialog").filter(has_text=t("Give up this switch?"))
    expect(dialog.locator(f"#{ids.OPTION_UNDO_TICKET}")).to_be_visible()
    assert find_faults(page) == []
    dialog.get_by_role("button", name=t("Confirm")).click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.locator(f"#{ids.OPTION_UNDO_TICKET}").fill(f"SC-{kitchen.world.code}")
    dialog.locator(f"#{ids.OPTION_UNDO_REQUESTER}").select_option(index=1)
    dialog.get_by_role("button", name=t("Confirm")).click()
    expect(dialog).to_have_count(0)
    expect(planned).to_have_count(0)
    # The kitchen's own activation is minutes old, and nobody wrote.
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name=t("Annul"), exact=False).first.click()
    dialog = page.get_by_role("dialog").filter(has_text=t("Annul this activation?"))
    dialog.locator(f"#{ids.OPTION_UNDO_TICKET}").fill(f"SC-undo-{kitchen.world.code}")
    dialog.locator(f"#{ids.OPTION_UNDO_REQUESTER}").select_option(value="nobody")
    dialog.get_by_role("button", name=t("Confirm")).click()
    expect(page.get_by_text(t("The chat is off."))).to_be_visible()
    expect(dialog).to_have_count(0)
    assert find_faults(page) == []


@pytest.mark.parametrize("width", [1280, 320])
def test_a_customer_is_brought_in(server: Server, browser: Browser, support: Somebody, width: int) -> None:
    page = open_portal(browser, server, support, "/organizations", width=width)
    page.locator(f"#{ids.ORGANIZATION_NEW}").click()
    code = f"neuf{width}"
    page.locator(f"#{ids.ORGANIZATION_NAME}").fill("Épicerie Neuve")
    page.locator(f"#{ids.ORGANIZATION_CODE}").fill(code)
    page.locator(f"#{ids.ORGANIZATION_PROVINCE}").select_option("BC")
    expect(page.locator(f"#{ids.ORGANIZATION_ZONE}")).to_have_value("America/Vancouver")
    page.locator(f"#{ids.ORGANIZATION_SAVE}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Épicerie Neuve")
    page.locator(f"#{ids.FIRST_OPEN}").click()
    page.locator(f"#{ids.FIRST_GIVEN}").fill("Ève")
    page.locator(f"#{ids.FIRST_FAMILY}").fill("Roy")
    page.locator(f"#{ids.FIRST_EMAIL}").fill(f"eve@{code}.example")
    page.locator(f"#{ids.FIRST_SAVE}").click()
    sheet = page.locator(".sheet")
    expect(sheet).to_be_visible()
    link = page.locator(f"#{ids.LINK_TEXT}").inner_text()
    assert find_faults(page) == []
    page.locator(f"#{ids.LINK_CLOSE}").click()
    expect(sheet).to_have_count(0)
    expect(page.locator(f"#{ids.CONTACTS_BODY}")).to_contain_text("Ève Roy")
    newcomer = browser.new_context().new_page()
    newcomer.goto(link)
    newcomer.locator("#password").fill("quatre mots sans lien")
    newcomer.keyboard.press("Enter")
    expect(newcomer.locator(f"#{ids.MENU}")).to_contain_text("Épicerie Neuve")
    page.reload()
    expect(page.locator(f"#{ids.CONTACTS_BODY}")).to_contain_text("Ève Roy")
    expect(page.locator(f"#{ids.FIRST_OPEN}")).to_have_count(0)


def test_helping_on_the_telephone(server: Server, browser: Browser, kitchen: Kitchen, support: Somebody) -> None:
    path = f"/diagnosis?organization={kitchen.world.organization_id}"
    page = open_portal(browser, server, support, path)
    page.locator(f"#{ids.DIAGNOSIS_SEARCH}").focus()
    # Each letter draws the list anew: the last answer is waited for.
    with page.expect_response(lambda answer: '"sofia"' in (answer.request.post_data or "")):
        page.keyboard.type("sofia")
    found = page.get_by_role("button", name="Sofia Lavoie")
    expect(found).to_be_visible()
    found.focus()
    page.keyboard.press("Enter")
    body = page.locator(f"#{ids.DIAGNOSIS_BODY}")
    expect(body.get_by_role("heading", name="Sofia Lavoie")).to_be_visible()
    expect(body).to_contain_text(t("They have no password, and no access sheet that works."))
    assert find_faults(page) == []

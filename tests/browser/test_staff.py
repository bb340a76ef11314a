"""Keeping staff in a real Chromium: forms that lead to what is wrong, a server that is away, sheets on paper."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from components import ids
from components.controls import field_error
from tests import inside
from tests.browser.surfaces import find_faults, open_portal, t
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser


def test_what_is_wrong_is_marked_and_has_the_focus(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.world.administrator, "/directory")
    page.locator(f"#{ids.HIRE_OPEN}").click()
    page.locator(f"#{ids.HIRE_GIVEN}").fill("Zoé")
    page.locator(f"#{ids.HIRE_SAVE}").click()
    expect(page.locator(f"#{ids.HIRE_FAMILY}")).to_be_focused()
    expect(page.locator(f"#{ids.HIRE_FAMILY}")).to_have_class(re.compile("is-invalid"))
    expect(page.locator(f"#{field_error(ids.HIRE_NUMBER)}")).not_to_be_empty()
    expect(page.locator(f"#{field_error(ids.HIRE_GIVEN)}")).to_be_empty()
    expect(page.get_by_role("dialog").get_by_role("button", name=t("Close"), exact=True)).to_be_visible()
    assert find_faults(page) == []


def test_a_form_says_that_nothing_was_saved_while_the_server_is_away(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager, "/groups")
    page.locator(f"#{ids.GROUP_NEW}").click()
    page.locator(f"#{ids.GROUP_NAME}").fill("Ouverture")
    expect(page.locator(f"#{ids.GROUP_PEOPLE} input").first).to_be_visible()
    page.context.set_offline(True)
    page.locator(f"#{ids.GROUP_SAVE}").click()
    toast = page.locator(".toast-line")
    expect(toast).to_have_text(t("Nothing was saved: the server does not answer. What you typed is still here."))
    page.context.set_offline(False)
    expect(toast).to_have_text(t("The server answers again: you can save."))
    expect(page.locator(f"#{ids.GROUP_NAME}")).to_have_value("Ouverture")
    page.locator(f"#{ids.GROUP_SAVE}").click()
    expect(page.locator(f"#{ids.GROUPS_LIST}")).to_contain_text("Ouverture")


def test_a_page_that_did_not_come_comes_when_the_server_is_back(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    page = open_portal(browser, server, kitchen.manager, "/groups")
    expect(page.locator(f"#{ids.GROUP_NEW}")).to_be_visible()
    page.context.set_offline(True)
    page.locator('.menu a[href="/directory"]').click()
    said = t("The server does not answer. The page comes as soon as it does.")
    expect(page.locator(".toast-line")).to_have_text(said)
    page.context.set_offline(False)
    expect(page.locator(f"#{ids.DIRECTORY_TABLE}")).to_be_visible()


def test_an_unknown_address_of_the_portal_has_a_way_back(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.manager, "/groups")
    expect(page.locator(f"#{ids.GROUP_NEW}")).to_be_visible()
    # Within the portal, without the server's own refusal: as a link of an older version would.
    page.evaluate(
        "() => { history.pushState({}, '', '/nowhere'); dispatchEvent(new CustomEvent('_dashprivate_pushstate')); }"
    )
    expect(page.get_by_role("heading", name=t("There is nothing at this address."))).to_be_visible()
    page.locator("#main").get_by_role("link", name=t("Back to the start")).click()
    expect(page).to_have_url(f"{server.address}/conversations")


@pytest.mark.parametrize("width", [320, 1280, 1920])
def test_the_table_uses_the_screen_and_names_stay_whole(
    server: Server, browser: Browser, kitchen: Kitchen, width: int
) -> None:
    page = open_portal(browser, server, kitchen.world.administrator, "/directory", width=width)
    expect(page.locator(".row-button").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 1920:
        box = page.locator(".table-box").bounding_box()
        assert box is not None
        assert box["width"] > 1500
    # A word of a name stands on one line.
    assert page.evaluate(
        """() => [...document.querySelectorAll(".row-button span")].every((name) => {
             const text = name.firstChild, range = document.createRange();
             return [...text.data.matchAll(/\\S+/g)].every(({ index, 0: word }) => {
               range.setStart(text, index); range.setEnd(text, index + word.length);
               return range.getClientRects().length === 1;
             });
           })"""
    )


def test_sheets_are_printed_one_on_a_page_and_nothing_else(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    server.do(inside.hire_without_app, kitchen, 3)
    page = open_portal(browser, server, kitchen.world.administrator, "/directory")
    page.locator(f"#{ids.DIRECTORY_STATUS}").select_option("without_app")
    page.locator(f"#{ids.SHEETS_OPEN}").click()
    expect(page.locator(f"#{ids.ask('sheets', 'ask-body')}")).to_be_visible()
    page.locator(f"#{ids.ask('sheets', 'confirm')}").click()
    sheets = page.locator(".sheet")
    expect(sheets.first).to_be_visible()
    page.locator(f"#{ids.SHEETS_CLOSE}").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(sheets).to_have_count(0)
    page.locator(f"#{ids.SHEETS_OPEN}").click()
    page.locator(f"#{ids.ask('sheets', 'confirm')}").click()
    expect(sheets.first).to_be_visible()
    pages = read_pages(page)
    assert len(pages) == sheets.count() == 3
    for text in pages:
        assert t("Messagerie Chat") in text
        assert f"{server.address}/m" in text
        assert t("Staff") not in text
    # One sheet alone.
    page.reload()
    page.locator(".row-button").first.click()
    page.locator(f"#{ids.LINK_ISSUE}").click()
    expect(sheets.first).to_be_visible()
    assert len(read_pages(page)) == 1


def read_pages(page: Page) -> list[str]:
    return [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages]

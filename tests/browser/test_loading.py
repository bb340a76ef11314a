"""What is slow says so: a skeleton after 300 ms, a word after 5 s, and the space of what stood there is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from components import ids
from tests import inside
from tests.browser.surfaces import find_faults, open_portal, t
from tests.server import Server

pytestmark = pytest.mark.browser

LIST_DELAYS = """(veil) => veil.getAnimations({ subtree: true })
    .filter((each) => each.animationName === "loading-shown").map((each) => each.effect.getTiming().delay).sort()"""
PASS_TIME = "(veil) => veil.getAnimations({ subtree: true }).forEach((each) => { each.currentTime = 6000 })"


def hold_answers(page: Page) -> Callable[[], None]:
    """The server answers when it is let."""
    held: list[Route] = []
    page.route("**/_dash-update-component**", lambda route: held.append(route))

    def release() -> None:
        for route in held:
            route.continue_()
        page.unroute("**/_dash-update-component**")

    return release


def expect_slowness_told(veil: Locator, area: Locator) -> None:
    word = veil.locator(".loading-word")
    expect(veil).to_be_visible()
    expect(area).to_be_hidden()
    assert veil.evaluate(LIST_DELAYS) == [300, 5000]
    expect(word).to_be_hidden()
    veil.evaluate(PASS_TIME)
    expect(word).to_be_visible()
    expect(word).to_have_text(t("This takes longer than usual. One moment, please."))


def test_a_slow_table_and_a_slow_page_say_so_in_their_own_space(server: Server, browser: Browser) -> None:
    server.do(inside.create_empty_organization)
    page = open_portal(browser, server, server.do(inside.hire_support), "/organizations")
    table = page.locator(f"#{ids.ORGANIZATIONS_TABLE}")
    expect(table.locator("tbody tr").first).to_be_visible()
    veil = page.locator(".loading > .loading-veil")
    expect(veil).to_be_hidden()
    height = table.bounding_box()
    release = hold_answers(page)
    page.locator(f"#{ids.ORGANIZATIONS_SEARCH}").fill("epicerie")
    expect_slowness_told(veil, table)
    assert find_faults(page) == []
    assert table.bounding_box() == height
    expect(page.locator(".page-loading > .loading-veil")).to_be_hidden()  # the rest of the page is not slow
    release()
    expect(veil).to_be_hidden()
    expect(table.locator("tbody tr").first).to_be_visible()
    # Another page.
    release = hold_answers(page)
    page.locator(f"#{ids.MENU}").get_by_text(t("Option")).click()
    expect_slowness_told(page.locator(".page-loading > .loading-veil"), table)
    release()
    expect(page.locator(".page-loading > .loading-veil")).to_be_hidden()
    expect(page.locator(f"#{ids.OPTIONS_TABLE}")).to_be_visible()

"""R22: a conversation of 100,000 messages is read like any other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import factories, inside
from tests.browser.surfaces import find_message, open_conversation, open_phone, open_portal, t
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

COUNT = 100_000
PAGE = 50
# Of the list of messages: 200 of them, each of some nine elements, and the lines of days.
MOST_NODES = 200 * 10


@pytest.fixture(scope="module")
def long_kitchen(server: Server) -> tuple[Kitchen, int]:
    """A kitchen that has talked for years."""
    kitchen = server.do(inside.make_kitchen, "long")
    conversation_id = server.do(factories.launch, kitchen.manager, kitchen.service_id)
    server.do(
        inside.fill_conversation, conversation_id, kitchen.staff, COUNT, every=timedelta(minutes=20), is_read=True
    )
    return kitchen, conversation_id


def list_ordinals(page: Page) -> list[int]:
    shown: list[int] = page.locator(".panel-scroll").evaluate(
        "scroll => [...scroll.querySelectorAll('[data-ordinal]')].map((line) => Number(line.dataset.ordinal))"
    )
    return shown


def check_window(page: Page) -> list[int]:
    """No gap, nothing twice, and a bounded part of it all in the page."""
    ordinals = list_ordinals(page)
    assert ordinals == list(range(ordinals[0], ordinals[-1] + 1))
    assert page.locator(".panel-scroll").evaluate("scroll => scroll.querySelectorAll('*').length") < MOST_NODES
    return ordinals


def find_ordinal(page: Page, ordinal: int) -> Locator:
    return page.locator(f"[data-ordinal='{ordinal}']")


def measure_top(line: Locator) -> float:
    return float(line.evaluate("line => line.getBoundingClientRect().top"))


def check_little_moves(page: Page, server: Server, kitchen: Kitchen, conversation_id: int) -> None:
    """At the end of a full window, what is new pushes out what is old, and everything between stays as it is."""
    scroll = page.locator(".panel-scroll")
    scroll.evaluate(
        """scroll => { window.gone = 0; scroll.scrollTop = scroll.scrollHeight;
           new MutationObserver((changes) => { for (const { removedNodes } of changes) gone += removedNodes.length; })
             .observe(scroll.firstElementChild, { childList: true }); }"""
    )
    server.do(factories.send, kitchen.staff[1], conversation_id, "au bout")
    expect(find_message(page, "au bout")).to_be_in_viewport()
    assert 0 < page.evaluate("gone") <= 4
    for _ in range(300):  # seen by whoever stays a moment
        if server.do(inside.find_read_ordinal, kitchen.manager, conversation_id) == list_ordinals(page)[-1]:
            return
        page.wait_for_timeout(50)
    raise AssertionError("what came at the end is not read")


def test_r22_it_opens_at_its_end_and_scrolls_back_without_a_gap_or_a_jump(
    server: Server, browser: Browser, long_kitchen: tuple[Kitchen, int]
) -> None:
    kitchen, _ = long_kitchen
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    expect(find_ordinal(page, COUNT)).to_be_in_viewport()
    scroll = page.locator(".panel-scroll")
    first = check_window(page)[0]
    for _ in range(6):
        top = find_ordinal(page, first)
        # The line at the top of the screen stays where it is while an older page is put above it.
        before = scroll.evaluate("scroll => { scroll.scrollTop = 0; return scroll.getBoundingClientRect().top; }")
        stood_at = measure_top(top)
        expect(find_ordinal(page, first - PAGE)).to_be_attached()
        assert stood_at >= before
        assert abs(measure_top(top) - stood_at) < 2
        first = check_window(page)[0]
    assert first == COUNT + 1 - 7 * PAGE
    # And forward again, by the keyboard, to where it began.
    scroll.focus()
    while find_ordinal(page, COUNT).count() == 0:
        last = check_window(page)[-1]
        page.keyboard.press("End")
        expect(find_ordinal(page, last + 1)).to_be_attached()
    check_window(page)


def test_r22_what_one_reads_further_up_stays_while_others_go_on_talking(
    server: Server, browser: Browser, long_kitchen: tuple[Kitchen, int]
) -> None:
    kitchen, conversation_id = long_kitchen
    page = open_portal(browser, server, kitchen.manager)
    open_conversation(page, "Équipe")
    scroll = page.locator(".panel-scroll")
    for _ in range(3):
        first = check_window(page)[0]
        scroll.evaluate("scroll => { scroll.scrollTop = 0; }")
        expect(find_ordinal(page, first - PAGE)).to_be_attached()
    check_little_moves(page, server, kitchen, conversation_id)
    scroll.evaluate("scroll => { scroll.scrollTop = 1200; }")
    first = check_window(page)[0]
    read = next(n for n in list_ordinals(page) if measure_top(find_ordinal(page, n)) > 200)
    stood_at = measure_top(find_ordinal(page, read))
    server.do(inside.say_many, kitchen.staff[0], conversation_id, 30, " – en direct")
    jump = page.locator(".jump")
    expect(jump).to_have_text(t.plural("{n} new message", "{n} new messages", 30))
    assert check_window(page)[0] == first
    assert abs(measure_top(find_ordinal(page, read)) - stood_at) < 2
    jump.click()
    expect(find_message(page, "n° 29 – en direct")).to_be_in_viewport()
    assert check_window(page)[-1] == list_ordinals(page)[-1]
    server.do(factories.send, kitchen.staff[1], conversation_id, "la toute dernière")
    expect(find_message(page, "la toute dernière")).to_be_in_viewport()
    check_window(page)


def test_r22_a_phone_holds_as_little_of_it(server: Server, browser: Browser, long_kitchen: tuple[Kitchen, int]) -> None:
    kitchen, _ = long_kitchen
    phone = open_phone(browser, server, kitchen.staff[1])
    open_conversation(phone, "Équipe")
    first = check_window(phone)[0]
    for _ in range(5):
        phone.locator(".panel-scroll").evaluate("scroll => { scroll.scrollTop = 0; }")
        expect(find_ordinal(phone, first - PAGE)).to_be_attached()
        first = check_window(phone)[0]

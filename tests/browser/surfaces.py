"""The portal and the phone as somebody signed in has them, and what axe finds on a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Locator, Page, expect

from callbacks.identity import COOKIES, PATHS
from data.access.actors import Surface
from data.i18n import translator
from tests.factories import Somebody
from tests.server import Server

# People of a test organization read French.
t = translator("fr")


def open_portal(
    browser: Browser, server: Server, somebody: Somebody, path: str = "/conversations", *, width: int = 1280
) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="en-CA")
    cookie = server.give_cookie(somebody, Surface.PORTAL)
    context.add_cookies([{"name": COOKIES[Surface.PORTAL], "value": cookie, "url": server.address}])
    page = context.new_page()
    page.goto(server.address + path)
    return page


def open_phone(browser: Browser, server: Server, somebody: Somebody, *, width: int = 390) -> Page:
    """The application in a hand: small, touched."""
    context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    cookie = server.give_cookie(somebody, Surface.MOBILE)
    address = server.address + PATHS[Surface.MOBILE]
    context.add_cookies([{"name": COOKIES[Surface.MOBILE], "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address)
    return page


def find_line(page: Page, name: str) -> Locator:
    """A conversation's line in the list."""
    return page.locator(".row-line").filter(has=page.locator(".row-name", has_text=name))


def open_conversation(page: Page, name: str) -> None:
    find_line(page, name).click()
    expect(page.locator(".panel-head").get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator(".composer")).to_be_visible()


def write(page: Page, text: str) -> None:
    """Into the box at the foot, and send, as on that surface."""
    page.locator(".composer textarea").fill(text)
    page.get_by_role("button", name=t("Send"), exact=True).click()


def find_message(page: Page, text: str) -> Locator:
    return page.locator(".message").filter(has=page.locator(".message-body", has_text=text))


def choose_act(page: Page, act: str) -> None:
    """From the menu of the open conversation."""
    page.get_by_role("button", name=t("More actions")).click()
    page.get_by_role("menuitem", name=act).click()


def answer(page: Page, act: str) -> None:
    """The question that stands in a dialog."""
    page.locator("dialog.ask").get_by_role("button", name=act).click()


@cache
def _read_axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def find_faults(page: Page, *, rules: str = "all") -> list[str]:
    """What axe finds: the rule, and where. `shape` leaves out contrast, on which it spends most of its time and which
    `looks.js` works out wholly; `colour` keeps what else depends on the theme."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_read_axe() + ";0")
    found: list[str] = page.evaluate(
        """async (rules) => {
           const passing = document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime < 5000);
           await Promise.allSettled(passing.map((each) => each.finished)); // what fades in is faint meanwhile
           return axe.run(document, {
             resultTypes: ["violations"],
             ...(rules === "shape" ? { rules: { "color-contrast": { enabled: false } } } : {}),
             ...(rules === "colour" ? { runOnly: ["link-in-text-block"] } : {}),
           }).then(({ violations }) => violations.map(
             ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)); }""",
        rules,
    )
    return found

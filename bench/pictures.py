"""`python -m bench.pictures`: the pictures of the README, taken anew of the demonstration in a real Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from bench.servers import ROOT, find_port
from tests import chromium

FOLDER = ROOT / "docs" / "img"
DESK = {"width": 1440, "height": 860}
PHONE = {"width": 390, "height": 780}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        desk(browser, address, "Ariane Gagnon", "fr", "light", "conversations-fr-light", show_conversation)
        desk(browser, address, "Ariane Gagnon", "en", "dark", "conversations-en-dark", show_conversation)
        desk(browser, address, "Vincent Lemaire", "fr", "light", "billing-fr-light", show_month)
        desk(browser, address, "Hélène Castonguay", "fr", "light", "usage-fr-light", show_usage)
        desk(browser, address, "Martine Courchesne", "fr", "light", "option-fr-light", show_switch)
        phone(browser, address, "fr", "light", "phone-fr-light")
        phone(browser, address, "en", "dark", "phone-en-dark")
        browser.close()


@contextmanager
def serving() -> Iterator[str]:
    port = find_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/chat.db", "PORT": str(port)}
        server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(address: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health").close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not start")


def desk(
    browser: Browser, address: str, who: str, language: str, theme: str, name: str, act: Callable[[Page], None]
) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    _enter(page, address, "", who, language)
    act(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def phone(browser: Browser, address: str, language: str, theme: str, name: str) -> None:
    context = browser.new_context(
        viewport=PHONE,
        color_scheme=theme,
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,  # type: ignore[arg-type]
    )
    page = context.new_page()
    _enter(page, address, "/m", "Karim Benali", language)
    page.locator(".row-line").filter(has_text="cuisine").first.tap()
    page.locator(".message").first.wait_for()
    _settle(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def _enter(page: Page, address: str, surface: str, who: str, language: str) -> None:
    page.goto(f"{address}{surface}/sign-in")
    page.get_by_role("button", name=who).click()
    page.wait_for_load_state("networkidle")
    if language == "en":
        if surface:
            page.locator("#mobile-menu").tap()
            page.get_by_role("menuitem", name="English").tap()
        else:
            page.get_by_role("button", name="English").first.click()
        page.wait_for_load_state("networkidle")
    _settle(page)


def show_conversation(page: Page) -> None:
    page.locator(".row-line").filter(has_text="cuisine").first.click()
    page.locator(".message").first.wait_for()
    _settle(page)


def show_month(page: Page) -> None:
    page.get_by_role("link", name="Groupe Laurier").first.click()
    page.get_by_text("Pourquoi").first.wait_for()
    _settle(page)


def show_usage(page: Page) -> None:
    page.get_by_role("link", name="Utilisation").click()
    page.locator(".usage-chart.activity .js-line").first.wait_for(state="attached")
    _settle(page)


def show_switch(page: Page) -> None:
    page.get_by_role("link", name="Groupe Laurier").first.click()
    page.wait_for_load_state("networkidle")
    _settle(page)


def _settle(page: Page) -> None:
    page.wait_for_timeout(900)


if __name__ == "__main__":
    sys.exit(main())

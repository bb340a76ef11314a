"""A real Chromium, and a kitchen whose people open the portal and their phones in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium, inside
from tests.inside import Kitchen
from tests.server import Server

_codes = itertools.count(1)

expect.set_options(timeout=15_000)  # of what should be there at once, on a machine with much else to do


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all the tests of this process."""
    with sync_playwright() as playwright:
        launched = chromium.launch(playwright)
        yield launched
        launched.close()


@pytest.fixture(autouse=True)
def _windows_are_closed(browser: Browser) -> Iterator[None]:
    """What a test opened would go on talking with the server while others run."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def kitchen(server: Server) -> Kitchen:
    """An organization of this test's own: people of other tests are not in it."""
    return server.do(inside.make_kitchen, f"browser{next(_codes)}")

"""The pages of one's account and of imports in a real Chromium: whole procedures, by keyboard where it matters, with
nothing for axe to find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from components import ids
from tests import inside
from tests.browser.surfaces import find_faults, open_portal
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "quatre mots sans lien"
NEW = "une autre phrase sans lien"
STAFF = "numero;prenom;nom;service;nom_service;date_embauche\n900;Léa;Roy;bar;Bar;2024-02-05\n"


def test_a_new_password_keeps_this_page_signed_in_and_no_other(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    server.do(inside.give_password, kitchen.manager, PASSWORD)
    other = open_portal(browser, server, kitchen.manager, "/account")
    expect(other.locator(f"#{ids.PASSWORD_NEW}")).to_be_visible()
    page = open_portal(browser, server, kitchen.manager, "/account")
    page.locator(f"#{ids.PASSWORD_CURRENT}").fill("au hasard, tiens")
    page.locator(f"#{ids.PASSWORD_NEW}").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=".")).to_be_visible()
    assert find_faults(page) == []
    page.locator(f"#{ids.PASSWORD_CURRENT}").fill(PASSWORD)
    page.locator(f"#{ids.PASSWORD_NEW}").fill(NEW)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.address}/account?changed=password")
    expect(page.locator(".notice-box.good")).to_be_visible()
    expect(page.locator(f"#{ids.SESSIONS_LIST} li")).to_have_count(1)
    # The other page hears of it over its socket.
    expect(other).to_have_url(f"{server.address}/sign-in")


def test_signing_another_device_out(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    other = open_portal(browser, server, kitchen.manager, "/account")
    expect(other.locator(f"#{ids.SESSIONS_LIST} li")).not_to_have_count(0)
    page = open_portal(browser, server, kitchen.manager, "/account")
    rows = page.locator(f"#{ids.SESSIONS_LIST} li")
    expect(rows.first).to_be_visible()
    before = rows.count()
    rows.nth(1).get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before - 1)
    expect(other).to_have_url(f"{server.address}/sign-in")


@pytest.mark.parametrize("width", [1280, 320])
def test_a_staff_file_is_imported_by_keyboard_alone(
    server: Server, browser: Browser, kitchen: Kitchen, tmp_path: Path, width: int
) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF.replace("2024-02-05", "hier"), encoding="utf-8")
    before = server.do(inside.count_employees, kitchen.world)
    page = open_portal(browser, server, kitchen.world.administrator, "/import", width=width)
    page.on("filechooser", lambda chooser: chooser.set_files(path))
    field = page.locator("input[type=file]")
    expect(field).to_have_accessible_name(re.compile(r"\w+ \w+"))
    field.focus()
    assert page.locator(".upload").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".problems-table tbody tr")).to_have_count(1)
    assert find_faults(page) == []
    # Corrected, and chosen again under the same name.
    path.write_text(STAFF, encoding="utf-8")
    # Chromium tells of no change where the name is the same: the field is emptied before it opens.
    field.evaluate("e => e.addEventListener('click', () => { window.before = e.value; }, { once: true })")
    field.focus()
    page.keyboard.press("Space")
    expect(page.locator(f"#{ids.IMPORT_APPLY}")).to_be_visible()
    assert page.evaluate("window.before") == ""
    assert find_faults(page) == []
    assert server.do(inside.count_employees, kitchen.world) == before
    page.locator(f"#{ids.IMPORT_APPLY}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#{ids.IMPORT_RESULT} .told.good")).to_be_visible()
    expect(page.locator(f"#{ids.IMPORT_PREVIEW}")).to_be_empty()
    assert find_faults(page) == []
    assert server.do(inside.count_employees, kitchen.world) == before + 1


def test_a_file_that_the_door_would_refuse_is_told_at_once(
    server: Server, browser: Browser, kitchen: Kitchen, tmp_path: Path
) -> None:
    path = tmp_path / "staff.csv"
    path.write_bytes(b"x" * 9_000_000)
    page = open_portal(browser, server, kitchen.world.administrator, "/import")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(f"#{ids.IMPORT_ERROR}")).not_to_be_empty()
    expect(page.locator(f"#{ids.IMPORT_PREVIEW}")).to_be_empty()

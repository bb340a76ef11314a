"""Usage in a real Chromium: charts in the colours of the theme, filters in the address, from a finding to an act,
pictures; for everybody's eyes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from callbacks.identity import COOKIES
from components import ids
from data.access.actors import Surface
from data.i18n import LANGUAGES
from tests import factories, inside
from tests.browser.surfaces import open_phone, open_portal, t
from tests.browser.test_looks import WIDTHS, choose_language, look
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser
FIRST_LINE = ".usage-chart.activity .scatterlayer .lines path"


@pytest.fixture
def bar(server: Server, kitchen: Kitchen) -> int:
    """The kitchen talks and has a few people more; its bar says nothing."""
    world, (karim, sofia, *_) = kitchen.world, kitchen.staff
    for number in range(4):
        server.do(world.hire, f"Aide {number}", kitchen.service_id, app=bool(number))
    conversation = server.do(factories.launch, kitchen.manager, kitchen.service_id, name="Équipe")
    server.do(inside.fill_conversation, conversation, [karim, sofia], 12, every=timedelta(minutes=7), is_read=True)
    bar: int = server.do(world.add_service, "bar")
    server.do(world.hire, "Marie-Joëlle Desrochers-Vaillancourt", bar, app=False)
    server.do(inside.count_usage)
    return bar


def wait_for_charts(page: Page) -> None:
    for chart in page.locator(".usage-plot").all():
        expect(chart.locator(".main-svg").first).to_be_attached()
    expect(page.locator(FIRST_LINE).first).to_be_attached()


def test_charts_follow_the_theme_and_filters_stand_in_the_address(
    server: Server, browser: Browser, kitchen: Kitchen, bar: int
) -> None:
    page = open_portal(browser, server, kitchen.world.administrator, "/conversations")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name=t("Usage"), exact=True).click()
    wait_for_charts(page)
    assert any("plotly" in url for url in asked)

    line = page.locator(FIRST_LINE).first
    light = line.evaluate("line => getComputedStyle(line).stroke")
    page.emulate_media(color_scheme="dark")
    expect(line).not_to_have_css("stroke", light)

    page.locator(f"#{ids.USAGE_SERVICE}").select_option(str(kitchen.service_id))
    expect(page).to_have_url(re.compile(rf"/usage\?service={kitchen.service_id}$"))
    week = page.get_by_role("link", name=t("Week"), exact=True)
    expect(week).to_have_attribute("href", re.compile(f"service={kitchen.service_id}&"))
    week.click()
    expect(page).to_have_url(re.compile(rf"service={kitchen.service_id}&period=week&on="))
    expect(page.locator(".usage-kinds .current")).to_have_text(t("Week"))
    expect(page.locator(".usage-steps .previous.off")).to_be_visible()  # the organization began this week
    page.get_by_role("link", name=t("Year"), exact=True).click()
    expect(page.locator(".usage-kinds .current")).to_have_text(t("Year"))
    wait_for_charts(page)
    page.go_back()
    expect(page.locator(".usage-kinds .current")).to_have_text(t("Week"))
    page.locator(".usage-other > summary").click()
    page.locator(f"#{ids.USAGE_FROM}").fill("2026-01-05")
    page.locator(f"#{ids.USAGE_TO}").fill("2026-01-02")
    page.locator(f"#{ids.USAGE_SHOW}").click()
    expect(page.get_by_role("alert").first).to_contain_text(t("The last day comes before the first."))
    expect(page.locator(f"#{ids.USAGE_FROM}")).to_have_value("2026-01-05")


def test_from_a_finding_to_an_act(server: Server, browser: Browser, kitchen: Kitchen, bar: int) -> None:
    page = open_portal(browser, server, kitchen.world.administrator, f"/usage?service={kitchen.service_id}")
    wait_for_charts(page)
    with page.expect_download() as download:
        page.locator(".usage-chart.activity [data-file]").click()
    assert download.value.suggested_filename.endswith(".png")
    assert download.value.path().stat().st_size > 5_000
    definition = page.locator(".definition summary").first
    definition.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".definition-box").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".definition-box").first).to_be_hidden()
    expect(definition).to_be_focused()
    page.locator(".usage-losses").get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"/directory\?service={kitchen.service_id}&status=without_app"))
    expect(page.locator(".people-table tbody tr")).to_have_count(1)
    expect(page.locator(f"#{ids.SHEETS_OPEN}")).to_be_visible()


def test_the_charts_weigh_on_no_other_page(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    for page in (open_portal(browser, server, kitchen.manager), open_phone(browser, server, kitchen.staff[0])):
        page.wait_for_load_state("networkidle")
        loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
        assert not [name for name in loaded if "plotly" in name or "async-graph" in name]


@pytest.mark.parametrize("width", WIDTHS)
def test_usage_is_for_everybodys_eyes(server: Server, browser: Browser, kitchen: Kitchen, bar: int, width: int) -> None:
    context = browser.new_context(reduced_motion="reduce", locale="de-DE", viewport={"width": width, "height": 900})
    cookie = server.give_cookie(kitchen.world.administrator, Surface.PORTAL)
    context.add_cookies([{"name": COOKIES[Surface.PORTAL], "value": cookie, "url": server.address}])
    page, faults = context.new_page(), []
    for language in LANGUAGES:
        choose_language(server, context, Surface.PORTAL, language, is_known=True)
        page.goto(f"{server.address}/usage")
        wait_for_charts(page)
        for summary in page.locator(".usage-page summary").all():
            if "definition" not in (summary.locator("..").get_attribute("class") or ""):
                summary.click()
        faults += [f"usage, {language}: {fault}" for fault in look(page, language)]
        page.goto(f"{server.address}/usage?period=day&on=1999-01-01")
        expect(page.get_by_role("alert").first).to_be_visible()
        faults += [f"refused, {language}: {fault}" for fault in look(page, language)]
    assert not faults, "\n".join(faults)

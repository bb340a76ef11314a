"""The bill in a real Chromium: finance closes a month and goes from its total to a day and its facts; payments; an
administrator's own bill and its files; every page for everybody's eyes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from callbacks.identity import COOKIES
from components import ids
from data.access.actors import Surface
from data.i18n import LANGUAGES
from tests import inside
from tests.browser.surfaces import find_faults, open_portal, t
from tests.browser.test_looks import WIDTHS, choose_language, look
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def finance(server: Server) -> Somebody:
    return server.do(inside.hire_finance)


def test_finance_closes_a_month_and_goes_from_its_total_to_a_day(
    server: Server, browser: Browser, kitchen: Kitchen, finance: Somebody
) -> None:
    month = server.do(inside.switch_on_last_month, kitchen.world)
    page = open_portal(browser, server, finance, f"/billing?month={month}")
    page.locator(f"#{ids.BILLS_SEARCH}").fill(kitchen.world.code)
    expect(page.locator(f"#{ids.BILLS_TABLE} tbody tr")).to_have_count(1)
    page.get_by_role("link", name=re.compile(t("Review and close"))).focus()
    page.keyboard.press("Enter")
    close = page.locator(f"#{ids.CLOSE_MONTH}")
    expect(close).to_be_visible()
    assert find_faults(page) == []
    close.focus()
    page.keyboard.press("Enter")
    # The month again, issued.
    expect(page).to_have_url(re.compile("/billing/month"))
    expect(page.get_by_role("link", name=re.compile(r"F-\d{4}-\d{6}"))).to_be_visible()
    expect(page.locator(".toast-line")).to_contain_text("F-")
    total = page.locator(".figures dd.count").last.text_content()
    page.get_by_role("link", name="Cuisine").click()
    rows = page.locator(f"#{ids.BILLED_TABLE} tbody tr")
    expect(rows).to_have_count(4)
    page.locator(f"#{ids.BILLED_SEARCH}").fill("benali")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Karim Benali").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Karim Benali")
    page.locator(".calendar td.billed a").nth(4).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=date]")).to_be_visible()
    facts = page.locator(".fact-list li")
    expect(facts).to_have_count(2)  # hired, and the chat switched on
    expect(facts.first).to_contain_text("Ada Ministre")
    assert find_faults(page) == []
    # On the invoice, the same total.
    invoice = server.do(inside.close_last_month, kitchen.world)
    page.goto(f"{server.address}/billing/invoice?organization={kitchen.world.organization_id}&document={invoice}")
    expect(page.locator(".figures dd.count").first).to_have_text(total or "")


def test_a_suspected_duplicate_is_settled_where_it_stands_in_the_way(
    server: Server, browser: Browser, kitchen: Kitchen, finance: Somebody
) -> None:
    month = server.do(inside.switch_on_last_month, kitchen.world)
    server.do(inside.share_an_address, kitchen.world, *kitchen.staff[:2])
    place = f"organization={kitchen.world.organization_id}&month={month}"
    page = open_portal(browser, server, finance, f"/billing/closing?{place}")
    expect(page.locator(".suspect")).to_have_count(1)
    expect(page.locator(f"#{ids.CLOSE_MONTH}")).to_have_count(0)
    assert find_faults(page) == []
    page.get_by_role("button", name=t("Different people, who share this address")).click()
    expect(page.locator(".suspect")).to_have_count(0)
    expect(page.locator(f"#{ids.CLOSE_MONTH}")).to_be_visible()


def test_a_payment_is_recorded_and_what_is_wrong_with_it_is_said(
    server: Server, browser: Browser, kitchen: Kitchen, finance: Somebody
) -> None:
    server.do(inside.switch_on_last_month, kitchen.world)
    invoice = server.do(inside.close_last_month, kitchen.world)
    place = f"organization={kitchen.world.organization_id}&document={invoice}"
    page = open_portal(browser, server, finance, f"/billing/invoice?{place}")
    left = page.locator(".figures dd.count").last
    amount = left.text_content() or ""
    page.get_by_text(t("A payment"), exact=True).click()
    page.locator(f"#{ids.PAYMENT_AMOUNT}").fill("beaucoup")
    page.locator(f"#{ids.PAYMENT_REFERENCE}").fill("=virement 12")
    page.locator(f"#{ids.PAYMENT_SAVE}").click()
    expect(page.locator(f"#{ids.PAYMENT_ERROR}")).not_to_be_empty()
    assert find_faults(page) == []
    page.locator(f"#{ids.PAYMENT_AMOUNT}").fill(amount)
    page.locator(f"#{ids.PAYMENT_SAVE}").click()
    expect(page.locator(".bill-title .tag")).to_have_text(t("Paid"))
    expect(left).to_have_text("0,00\u00a0$")
    expect(page.get_by_text("=virement 12")).to_be_visible()


def test_an_administrator_sees_their_own_bill_and_takes_it_away(
    server: Server, browser: Browser, kitchen: Kitchen
) -> None:
    month = server.do(inside.switch_on_last_month, kitchen.world)
    server.do(inside.close_last_month, kitchen.world)
    page = open_portal(browser, server, kitchen.world.administrator, "/account")
    page.locator(f"#{ids.MENU}").get_by_text(t("Billing")).click()
    expect(page.locator(".bill-places")).to_be_visible()
    expect(page.locator(f"#{ids.MENU} .current")).to_have_text(t("Billing"))
    page.get_by_role("link", name=t("Previous month")).click()
    link = page.get_by_role("link", name=re.compile(r"F-\d{4}-\d{6}"))
    expect(link).to_be_visible()
    expect(page.get_by_text(t("Review and close"))).to_have_count(0)
    link.click()
    with page.expect_download() as download:
        page.get_by_role("link", name=t("PDF in French"), exact=True).click()
    assert download.value.suggested_filename.endswith(".pdf")
    with page.expect_download() as download:
        page.get_by_role("link", name=t("Names as CSV")).click()
    assert "Karim Benali" in download.value.path().read_text(encoding="utf-8-sig")
    assert month


def test_no_chart_needs_a_library(server: Server, browser: Browser, kitchen: Kitchen) -> None:
    page = open_portal(browser, server, kitchen.world.administrator, "/account")
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{server.address}/billing/month")
    expect(page.locator(".bars.waterfall")).to_be_visible()
    assert [url for url in loaded if "plotly" in url] == []


def list_addresses(kitchen: Kitchen, month: str, invoice: int) -> list[str]:
    """Every page of the bill, in each of its states."""
    here, karim = f"organization={kitchen.world.organization_id}", kitchen.staff[0].id
    return [
        f"/billing?month={month}",
        f"/billing/month?{here}&month={month}",
        f"/billing/month?{here}",
        f"/billing/people?{here}&month={month}&service=cuisine",
        f"/billing/people?{here}&month={month}&show=others",
        f"/billing/person?{here}&month={month}&person={karim}",
        f"/billing/person?{here}&month={month}&person={karim}&day={month}-05",
        f"/billing/closing?{here}&month={month}",
        "/billing/invoices",
        f"/billing/invoices?{here}",
        f"/billing/invoice?{here}&document={invoice}",
        "/billing/terms",
        f"/billing/terms?{here}&month={month}",
    ]


def unfold(page: Page) -> None:
    """What is folded away is to be seen too."""
    for summary in page.locator("main summary").all():
        summary.click()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_for_everybodys_eyes(
    server: Server, browser: Browser, kitchen: Kitchen, finance: Somebody, language: str, width: int
) -> None:
    month = server.do(inside.switch_on_last_month, kitchen.world)
    invoice = server.do(inside.close_last_month, kitchen.world)
    server.do(inside.share_an_address, kitchen.world, *kitchen.staff[1:3])
    context = browser.new_context(reduced_motion="reduce", locale="de-DE", viewport={"width": width, "height": 900})
    cookie = server.give_cookie(finance, Surface.PORTAL)
    context.add_cookies([{"name": COOKIES[Surface.PORTAL], "value": cookie, "url": server.address}])
    choose_language(server, context, Surface.PORTAL, language, is_known=True)
    page, faults = context.new_page(), []
    for address in list_addresses(kitchen, month, invoice):
        page.goto(server.address + address)
        expect(page.locator(".bill-page")).to_be_visible()
        unfold(page)
        faults += [f"{address}: {fault}" for fault in look(page, language)]
    assert not faults, "\n".join(faults)

"""The usage page over HTTP: whose services, forged filters, periods that cannot be, files; figures as they happened."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import load_workbook

from data.access.actors import Surface, VendorRole
from tests import factories
from tests.callbacks.conftest import Visitor
from tests.callbacks.test_billing import read_page
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff

Visit = Callable[..., Visitor]
NBSP = "\u00a0"


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def team(app_world: World, kitchen: int) -> list[Somebody]:
    return [app_world.hire(f"Membre {number}", kitchen) for number in range(6)]


@pytest.fixture
def talk(moment: Moment, app_world: World, kitchen: int, ariane: Somebody, team: list[Somebody]) -> int:
    """Eleven messages in the kitchen last week, two of them private."""
    conversation = factories.launch(ariane, kitchen, name="Équipe")
    for number in range(9):
        moment.advance(hours=1)
        factories.send(team[number % 3], conversation, f"Message {number}")
    pair = factories.start_one_to_one(team[0], team[1], kitchen)
    for text in ("Tu viens?", "Oui!"):
        factories.send(team[0], pair, text)
    moment.advance(days=3)
    app_world.sign_in(app_world.administrator, Surface.PORTAL)  # the session before ended by itself
    return conversation


@pytest.fixture
def rival(application: object, app_world: World) -> World:
    return World.create("boreal")


def count_messages(page: str) -> int:
    found = re.search(r'"messages"\D*?(\d+)', page)
    assert found
    return int(found[1])


def read_rows(visitor: Visitor, address: str) -> dict[str, list[str]]:
    """A file for machines, by its first column."""
    response = visitor.get(address)
    assert response.status_code == 200, response.text
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8"))))
    return {row[0]: row[1:] for row in rows}


# Whose services


def test_r26_a_manager_sees_the_service_they_run_and_an_administrator_all(
    visit: Visit, app_world: World, kitchen: int, ariane: Somebody, talk: int
) -> None:
    bar = app_world.add_service("terrasse")
    mine = read_page(visit(ariane), "/usage")
    assert "usage-strip" in mine
    assert "Terrasse" not in mine
    whole = read_page(visit(app_world.administrator), "/usage")
    assert "Terrasse" in whole
    assert "Cuisine" in whole
    assert "usage-strip" in read_page(visit(app_world.administrator), f"/usage?service={bar}")


def test_a_service_of_somebody_else_is_like_one_that_never_was(
    visit: Visit, app_world: World, rival: World, ariane: Somebody
) -> None:
    bar, elsewhere = app_world.add_service("terrasse"), rival.add_service("comptoir")
    asked = [str(bar), str(elsewhere), "999999", "x", "-1", "1e3", "0", "9" * 40]
    pages = {read_page(visit(ariane), f"/usage?service={each}") for each in asked}
    assert len(pages) == 1
    assert "usage-page" not in pages.pop()
    files = [visit(ariane).get(f"/usage/files?sheet=figures&service={each}") for each in asked]
    assert {response.status_code for response in files} == {404}
    assert "usage-page" not in read_page(visit(app_world.administrator), f"/usage?service={elsewhere}")


def test_nobody_else_comes_in(visit: Visit, app_world: World, kitchen: int, team: list[Somebody]) -> None:
    visitors = [visit(add_vendor_staff(role)) for role in VendorRole] + [visit(team[0], Surface.MOBILE), visit()]
    for visitor in visitors:
        assert visitor.get("/usage/files?sheet=figures").status_code in (303, 401, 403)
    for visitor in visitors[:2]:
        assert "usage-page" not in read_page(visitor, "/usage")


def test_the_menu_leads_there_where_the_chat_is(visit: Visit, app_world: World, ariane: Somebody, kitchen: int) -> None:
    assert '"/usage"' in read_menu(visit(ariane))
    assert '"/usage"' in read_menu(visit(app_world.administrator))
    assert '"/usage"' not in read_menu(visit(add_vendor_staff(VendorRole.FINANCE)))
    app_world.switch_option(is_on=False)
    assert '"/usage"' not in read_menu(visit(ariane))


def read_menu(visitor: Visitor) -> str:
    response = visitor.call("menu.children", [("_pages_location", "pathname", "/account"), ("menu-version", "data", 1)])
    return json.dumps(response.get_json(), ensure_ascii=False)


# Filters


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("from=2026-11-20&to=2026-11-01", "Le dernier jour vient avant le premier."),
        ("from=2026-02-29&to=2026-03-01", "date"),
        ("period=month&on=2026-13-01", "date"),
        ("period=month&on=x", "date"),
        ("period=fortnight", "Choisissez"),
        ("period=day&on=2027-01-01", "nous sommes le"),
        ("from=2020-01-01&to=2026-11-01", "3 ans"),
        ("period=year&on=1999-01-01", "rien à compter"),
        ("period=day&on=0000-00-00", "date"),
    ],
)
def test_a_period_that_cannot_be_is_refused_in_words_and_without_a_figure(
    visit: Visit, ariane: Somebody, talk: int, search: str, said: str
) -> None:
    page = read_page(visit(ariane), f"/usage?{search}")
    assert said.lower() in page.lower()
    assert "usage-strip" not in page
    assert visit(ariane).get(f"/usage/files?sheet=figures&{search}").status_code == 400


def test_what_a_client_makes_up_is_no_fault_of_the_server(visit: Visit, ariane: Somebody, talk: int) -> None:
    visitor = visit(ariane)
    for search in ("service[]=1", "period=", "from=&to=", "on=2026-11-03", "x=1&period=week", "period=week&period=day"):
        assert "usage-page" in read_page(visitor, f"/usage?{search}")


def test_filters_stay_in_every_address_of_the_page(visit: Visit, app_world: World, kitchen: int, talk: int) -> None:
    app_world.add_service("terrasse")
    page = read_page(visit(app_world.administrator), f"/usage?service={kitchen}&period=week&on=2026-11-23")
    assert f'"/usage?service={kitchen}&period=week&on=2026-11-16"' in page
    assert f'"/usage?service={kitchen}&period=month&on=2026-11-26"' in page
    assert f'"/usage/files?service={kitchen}&period=week&on=2026-11-23&sheet=activity&form=csv"' in page


# Figures and files


def test_r26_figures_are_what_happened(visit: Visit, ariane: Somebody, talk: int) -> None:
    rows = read_rows(visit(ariane), "/usage/files?sheet=figures&form=machine")
    assert rows["public_messages"][0] == "9"
    assert rows["one_to_one_messages"][0] == "2"
    assert rows["messages"][0] == "11"
    assert rows["employees"][0] == "7"
    assert rows["contributors"][0] == "0-4"


def test_r28_a_file_says_what_the_page_says(visit: Visit, ariane: Somebody, talk: int) -> None:
    visitor = visit(ariane)
    days = read_rows(visitor, "/usage/files?sheet=activity&form=machine&period=day&on=2026-11-23")
    assert sum(int(row[1]) for name, row in days.items() if name != "from") == 9
    workbook = visitor.get("/usage/files?form=xlsx")
    assert workbook.headers["Content-Disposition"].endswith(".xlsx")
    book = load_workbook(io.BytesIO(workbook.data))
    assert "Chiffres" in book.sheetnames
    assert workbook.headers["Cache-Control"] == "no-store"


def test_forged_files_are_refused(visit: Visit, ariane: Somebody, talk: int) -> None:
    visitor = visit(ariane)
    assert visitor.get("/usage/files?sheet=figures&form=pdf").status_code == 400
    assert visitor.get("/usage/files?form=csv").status_code == 404
    assert visitor.get("/usage/files?sheet=x&form=csv").status_code == 404


def test_an_empty_period_says_why_and_what_to_do(visit: Visit, ariane: Somebody, talk: int, moment: Moment) -> None:
    page = read_page(visit(ariane), f"/usage?period=day&on={date(2026, 11, 25)}")
    assert "Personne n'a écrit" in page
    assert "/conversations" in page

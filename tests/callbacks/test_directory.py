"""The directory over HTTP: hiring, the drawer, access sheets, as each kind of person and as a forger."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from callbacks.identity import COOKIES
from components import ids
from components.controls import NONE, field_error
from data import db
from data.access.actors import Surface, VendorRole
from data.access.directory import (
    access_administered_employee,
    access_administered_organization,
    access_shaped_service,
)
from data.access.sign_in import find_candidate
from data.actions.directory import do_give_access_back
from data.actions.employment import do_assign
from data.errors import NotSignedIn
from data.models import access_links, accounts, assignments, employees, employment_changes
from tests.callbacks.conftest import ORIGIN, Visitor, notices
from tests.factories import HIRED, Somebody, World, add_vendor_staff
from tests.server import Server

Visit = Callable[..., Visitor]
Who = Callable[[], Visitor]


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine", "Plonge")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Karim Benali", kitchen)


@pytest.fixture
def rival(app_world: World) -> World:
    return World.create("rival")


def hire(visitor: Visitor, service: object, *, number: str = "7001", day: str = "2026-11-23") -> TestResponse:
    return visitor.call(
        f"{ids.HIRE_ERROR}.children@",
        [(ids.HIRE_SAVE, "n_clicks", 1)],
        [
            (ids.HIRE_NUMBER, "value", number),
            (ids.HIRE_GIVEN, "value", "Zoé"),
            (ids.HIRE_FAMILY, "value", "Éthier"),
            (ids.HIRE_EMAIL, "value", ""),
            (ids.HIRE_SERVICE, "value", service),
            (ids.HIRE_DEPARTMENT, "value", ""),
            (ids.HIRE_DATE, "value", day),
        ],
    )


def press(
    visitor: Visitor, button: str, person: object, *fields: tuple[str, object], clicks: object = 1
) -> TestResponse:
    """A button of the drawer, with the fields that its callback reads besides."""
    state = [(ids.PERSON_ID, "data", person), *((field, "value", value) for field, value in fields)]
    return visitor.call(find_callback(visitor, button), [(button, "n_clicks", clicks)], state)


def find_callback(visitor: Visitor, button: str) -> str:
    """The callback that this button alone sets off."""
    app = visitor.client.application.view_functions["/_dash-dependencies"].__self__
    inputs = [{"id": button, "property": "n_clicks"}]
    return next(key for key, spec in app.callback_map.items() if spec["inputs"] == inputs)


def confirm(visitor: Visitor, asking: TestResponse, person: object) -> TestResponse:
    """Agree to what the dialog asks."""
    asked = said(asking)[ids.ask("person", "asked")]["data"]
    state = [(ids.PERSON_ID, "data", person), (ids.ask("person", "asked"), "data", asked)]
    return visitor.call(
        find_callback(visitor, ids.ask("person", "confirm")), [(ids.ask("person", "confirm"), "n_clicks", 1)], state
    )


def issue(visitor: Visitor, person: object) -> TestResponse:
    return visitor.call(
        f"{ids.LINK_DIALOG}.is_open...{ids.LINK_BODY}.children...",
        [(ids.LINK_ISSUE, "n_clicks", 1)],
        [(ids.PERSON_ID, "data", person)],
    )


def open_person(visitor: Visitor, person: object) -> TestResponse:
    button = {"type": "person", "person": person}
    return visitor.call(
        f"{ids.PERSON_DRAWER}.is_open...",
        [([button], "n_clicks", [1])],
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )


def draw(visitor: Visitor, *, search: Any = "", service: Any = "", status: Any = "all", page: Any = 0) -> TestResponse:
    return visitor.call(
        f"{ids.DIRECTORY_TABLE}.children",
        [
            (ids.DIRECTORY_SEARCH, "value", search),
            (ids.DIRECTORY_SERVICE, "value", service),
            (ids.DIRECTORY_STATUS, "value", status),
            (ids.DIRECTORY_PREVIOUS, "n_clicks", 0),
            (ids.DIRECTORY_NEXT, "n_clicks", 0),
            (ids.DIRECTORY_VERSION, "data", None),
        ],
        [(ids.DIRECTORY_PAGE, "data", page)],
        triggered=f"{ids.DIRECTORY_VERSION}.data",
    )


def read_page(visitor: Visitor, path: str) -> str:
    """What Dash's own callback answers for a page, with its address."""
    pathname, _, search = path.partition("?")
    response = visitor.call(
        "_pages_content.children",
        [("_pages_location", "pathname", pathname), ("_pages_location", "search", f"?{search}" if search else "")],
    )
    assert response.status_code == 200, response.text
    return json.dumps(response.get_json(), ensure_ascii=False)


def said(response: TestResponse) -> dict[str, Any]:
    """The properties that an answer changes, by component."""
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.get_json()["response"]
    return changed


def count(table: Any) -> int:
    with db.read() as reader:
        counted: int = reader.execute(select(func.count()).select_from(table)).scalar_one()
    return counted


def find_employee(number: str) -> int | None:
    with db.read() as reader:
        person: int | None = reader.execute(select(employees.c.person_id).where(employees.c.number == number)).scalar()
    return person


def find_link(response: TestResponse) -> str:
    found = re.search(r'"(http://[^"]*/access/[^"]+)"', json.dumps(said(response)))
    assert found, said(response)
    return found[1]


# Hiring


def test_an_administrator_hires_and_the_drawer_offers_the_sheet(
    visit: Visit, app_world: World, kitchen: int, ariane: Somebody
) -> None:
    answer = said(hire(visit(app_world.administrator), str(kitchen), day="2026-12-01"))
    person = find_employee("7001")
    assert answer[ids.HIRE_DIALOG]["is_open"] is False
    assert answer[ids.PERSON_DRAWER]["is_open"] is True
    assert answer[ids.PERSON_NAME]["children"] == "Zoé Éthier"
    assert answer[ids.PERSON_ID]["data"] == person
    body = json.dumps(answer[ids.PERSON_BODY])
    assert ids.LINK_ISSUE in body
    assert "2026" in body


def test_what_is_wrong_is_said_beside_the_form_and_nothing_is_stored(
    visit: Visit, app_world: World, kitchen: int, karim: Somebody
) -> None:
    visitor = visit(app_world.administrator)
    before = count(employment_changes)
    for given in (
        {"service": ""},
        {"service": str(kitchen), "number": ""},
        {"service": str(kitchen), "number": "../x y"},
        {"service": str(kitchen), "day": ""},
        {"service": str(kitchen), "day": "2026-02-30"},
        {"service": str(kitchen), "day": "20261123"},
        {"service": str(10**30)},
        {"service": "x"},
    ):
        answer = said(hire(visitor, **given))  # type: ignore[arg-type]
        assert ids.HIRE_DIALOG not in answer
        wrong = answer[ids.HIRE_WRONG]["data"]["id"]
        assert answer[wrong]["invalid"] is True
        assert answer[field_error(wrong)]["children"]
    assert count(employment_changes) == before
    assert find_employee("7001") is None


def test_a_service_of_another_organization_is_absent(visit: Visit, app_world: World, rival: World) -> None:
    counter = rival.add_service("comptoir")
    foreign = said(hire(visit(app_world.administrator), str(counter)))
    unknown = said(hire(visit(app_world.administrator), "999999"))
    foreign[ids.HIRE_WRONG]["data"].pop("at"), unknown[ids.HIRE_WRONG]["data"].pop("at")
    assert foreign == unknown
    assert foreign[field_error(ids.HIRE_SERVICE)]["children"]
    assert find_employee("7001") is None


def test_all_that_is_wrong_is_said_at_once_each_under_its_field(
    visit: Visit, app_world: World, kitchen: int, karim: Somebody
) -> None:
    visitor = visit(app_world.administrator)
    answer = said(hire(visitor, "", number="", day="hier"))
    told = {field for field in (ids.HIRE_NUMBER, ids.HIRE_SERVICE, ids.HIRE_DATE, ids.HIRE_GIVEN)
            if answer[field_error(field)]["children"]}  # fmt: skip
    assert told == {ids.HIRE_NUMBER, ids.HIRE_SERVICE, ids.HIRE_DATE}
    assert answer[field_error(ids.HIRE_SERVICE)]["children"] == "Choisissez un service."
    assert answer[ids.HIRE_WRONG]["data"]["id"] == ids.HIRE_NUMBER
    hire(visitor, str(kitchen), number="7001")
    assert said(hire(visitor, str(kitchen), number="7001"))[ids.HIRE_WRONG]["data"]["id"] == ids.HIRE_NUMBER


def test_nobody_else_hires(visit: Visit, app_world: World, kitchen: int, ariane: Somebody, karim: Somebody) -> None:
    customer_service = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    finance = add_vendor_staff(VendorRole.FINANCE)
    for somebody in (ariane, karim, customer_service, finance):
        assert hire(visit(somebody), str(kitchen)).status_code == 403
    assert hire(visit(), str(kitchen)).status_code == 401
    assert find_employee("7001") is None


# Cutting access


def test_an_administrator_cuts_access_and_gives_it_back(visit: Visit, app_world: World, karim: Somebody) -> None:
    visitor = visit(app_world.administrator)
    asking = press(visitor, ids.CUT_ACCESS, karim.id)
    assert karim.act()
    answer = said(confirm(visitor, asking, karim.id))
    assert set(answer) == {
        ids.ask("person", "ask-error"),
        ids.ask("person", "ask"),
        ids.PERSON_BODY,
        ids.DIRECTORY_VERSION,
    }
    body = json.dumps(answer[ids.PERSON_BODY])
    assert ids.GIVE_ACCESS_BACK in body
    assert ids.LINK_ISSUE not in body
    with pytest.raises(NotSignedIn):
        karim.act()
    assert ids.CUT_ACCESS in json.dumps(said(press(visitor, ids.GIVE_ACCESS_BACK, karim.id)))
    app_world.sign_in(karim, Surface.MOBILE)
    assert karim.act()
    press(visitor, ids.END_SESSIONS, karim.id)
    with pytest.raises(NotSignedIn):
        karim.act()


def test_a_form_that_has_just_been_drawn_does_nothing(visit: Visit, app_world: World, karim: Somebody) -> None:
    """Dash calls back for buttons that appear; nobody has pressed them."""
    visitor = visit(app_world.administrator)
    for clicks in (0, None):
        assert said(press(visitor, ids.CUT_ACCESS, karim.id, clicks=clicks)) == {}
    assert karim.act()


def test_nobody_else_cuts_access(
    visit: Visit, app_world: World, rival: World, ariane: Somebody, karim: Somebody
) -> None:
    for somebody in (ariane, karim):
        assert press(visit(somebody), ids.CUT_ACCESS, karim.id).status_code == 403
    assert press(visit(), ids.CUT_ACCESS, karim.id).status_code == 401
    stranger = visit(rival.administrator)
    foreign, unknown = (press(stranger, ids.CUT_ACCESS, person) for person in (karim.id, 999_999))
    assert said(foreign) == said(unknown)
    assert set(said(foreign)) == {ids.person_error("access")}
    assert karim.act()


# Ends and departures, asked before they are done


def list_days(person: int) -> list[tuple[int, date, date | None]]:
    with db.read() as reader:
        query = select(assignments.c.service_id, assignments.c.starts_on, assignments.c.ends_on)
        rows = reader.execute(query.where(assignments.c.person_id == person).order_by(assignments.c.starts_on))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_an_end_says_what_ends_and_what_falls_away_before_it_is_done(
    visit: Visit, app_world: World, kitchen: int, karim: Somebody
) -> None:
    visitor = visit(app_world.administrator)
    bar = app_world.add_service("bar")
    assign(app_world, karim, bar, date(2027, 1, 4))
    before = list_days(karim.id)
    asking = press(visitor, ids.END_SAVE, karim.id, (ids.END_DATE, "2026-12-04"))
    answer = said(asking)
    assert answer[ids.ask("person", "ask")]["is_open"] is True
    body = json.dumps(answer[ids.ask("person", "ask-body")], ensure_ascii=False)
    assert body.index("Prennent fin") < body.index("Cuisine") < body.index("N'auront pas lieu") < body.index("Bar, ")
    assert list_days(karim.id) == before
    done = confirm(visitor, asking, karim.id)
    assert "Karim Benali" in done.get_json()["sideUpdate"]["notice"]["data"]["text"]
    assert list_days(karim.id) == [(kitchen, HIRED, date(2026, 12, 4))]


def test_a_departure_is_put_off_and_cancelled(visit: Visit, app_world: World, kitchen: int, karim: Somebody) -> None:
    visitor = visit(app_world.administrator)
    app_world.end(karim, date(2026, 12, 4))
    assert ids.DEPARTURE_CANCEL in json.dumps(said(open_person(visitor, karim.id)))
    asking = press(visitor, ids.DEPARTURE_SAVE, karim.id, (ids.DEPARTURE_DATE, "2026-12-18"))
    confirm(visitor, asking, karim.id)
    # The drawer shows one piece of work, without a seam.
    shown = said(open_person(visitor, karim.id))[ids.PERSON_BODY]
    assert json.dumps(shown, ensure_ascii=False).count("au 18 décembre 2026") == 1
    assert list_days(karim.id)[-1] == (kitchen, date(2026, 12, 5), date(2026, 12, 18))
    confirm(visitor, press(visitor, ids.DEPARTURE_CANCEL, karim.id), karim.id)
    assert list_days(karim.id)[-1] == (kitchen, date(2026, 12, 19), None)
    assert ids.END_SAVE in json.dumps(said(open_person(visitor, karim.id)))


def test_one_service_of_two_ends_and_work_to_come_is_given_up(
    visit: Visit, app_world: World, kitchen: int, karim: Somebody
) -> None:
    visitor = visit(app_world.administrator)
    bar = app_world.add_service("bar")
    assign(app_world, karim, bar, date(2027, 1, 4))
    button = ids.place_cancel(bar)
    asking = visitor.call(
        next(key for key in visitor.client.application.extensions["gate"].callbacks if "places-error" in key),
        [([button], "n_clicks", [1])],
        [(ids.PERSON_ID, "data", karim.id)],
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )
    confirm(visitor, asking, karim.id)
    assert [service for service, _, ends in list_days(karim.id) if ends is None] == [kitchen]
    assign(app_world, karim, bar, date(2026, 11, 2))
    fields = ((ids.END_SERVICE, str(kitchen)), (ids.END_SERVICE_DATE, "2026-11-27"))
    confirm(visitor, press(visitor, ids.END_SERVICE_SAVE, karim.id, *fields), karim.id)
    for day, places in ((date(2026, 11, 27), {kitchen, bar}), (date(2026, 11, 28), {bar}), (date(2027, 6, 1), {bar})):
        there = {service for service, begins, ends in list_days(karim.id) if begins <= day <= (ends or day)}
        assert there == places


def assign(world: World, somebody: Somebody, service: int, on: date) -> None:
    with world.administering(somebody) as (uow, employee):
        do_assign(uow, employee, access_shaped_service(uow, employee.organization, service), None, on, is_primary=False)


# Many sheets at once


def test_sheets_for_those_without_the_application_are_asked_made_once_and_at_most_a_hundred(
    visit: Visit, app_world: World, kitchen: int, ariane: Somebody, karim: Somebody
) -> None:
    newcomers = [app_world.hire(f"Recrue N{n}", kitchen, app=False).id for n in range(3)]
    app_world.hire("Chef Autre", kitchen, app=False, manages=(app_world.add_service("bar"),))
    visitor = visit(ariane)
    assert "(4)" in json.dumps(said(draw(visitor, status="without_app"))[ids.SHEETS_PLACE])
    assert said(draw(visitor, status="all"))[ids.SHEETS_PLACE]["children"] is None
    issue(visitor, newcomers[0])
    fields = [(ids.DIRECTORY_SEARCH, "value", ""), (ids.DIRECTORY_SERVICE, "value", "")]
    asking = said(visitor.call(find_callback(visitor, ids.SHEETS_OPEN), [(ids.SHEETS_OPEN, "n_clicks", 1)], fields))
    body = json.dumps(asking[ids.ask("sheets", "ask-body")], ensure_ascii=False)
    assert "1 lien déjà remis" in body
    assert "1 personne est laissée de côté" in body
    asked = asking[ids.ask("sheets", "asked")]["data"]
    assert sorted(asked) == newcomers
    assert count(access_links) == 1
    made = make_sheets(visitor, [*asked, asked[0], karim.id, 999_999])
    links = re.findall(r"http://[^\"]*/access/[\w-]+", json.dumps(said(made)[ids.SHEETS_BODY]))
    assert len(set(links)) == 4  # whom one names oneself may be given one as well, once
    assert count(access_links) == 5
    home = links[0].partition("/access/")[0]
    assert f"{home}/m " in json.dumps(said(made)[ids.SHEETS_BODY])
    for nobody in ([], [999_999], [ariane.id]):
        assert said(make_sheets(visitor, nobody))[ids.ask("sheets", "ask-error")]["children"]
    assert make_sheets(visit(karim), asked).status_code == 403


def make_sheets(visitor: Visitor, asked: list[int]) -> TestResponse:
    button = ids.ask("sheets", "confirm")
    state = [(ids.ask("sheets", "asked"), "data", asked)]
    return visitor.call(find_callback(visitor, button), [(button, "n_clicks", 1)], state)


# Correcting a file


def correct(visitor: Visitor, person: int, **given: str) -> TestResponse:
    values = {"number": "K-1", "given": "Karim", "family": "Benali", "email": "", "birth": ""} | given
    fields = [
        (ids.CORRECT_NUMBER, values["number"]),
        (ids.CORRECT_GIVEN, values["given"]),
        (ids.CORRECT_FAMILY, values["family"]),
        (ids.CORRECT_EMAIL, values["email"]),
        (ids.CORRECT_BIRTH, values["birth"]),
    ]
    return press(visitor, ids.CORRECT_FILE, person, *fields)


def test_a_file_is_corrected_and_the_address_signs_in(
    visit: Visit, app_world: World, kitchen: int, ariane: Somebody, karim: Somebody
) -> None:
    visitor = visit(app_world.administrator)
    answer = said(
        correct(visitor, karim.id, number="4021", family="Ben Ali", email="Karim@X.example", birth="1990-05-01")
    )
    assert answer[ids.PERSON_NAME]["children"] == "Karim Ben Ali"
    with db.read() as reader:
        file = reader.execute(select(employees).where(employees.c.person_id == karim.id)).one()
        assert (file.number, file.email, str(file.birth_on)) == ("4021", "karim@x.example", "1990-05-01")
        assert find_candidate(reader, "karim@x.example", "") is not None
        assert find_candidate(reader, "4021", app_world.code) is not None
    assert "Karim Ben Ali" in json.dumps(said(draw(visitor, search="4021")), ensure_ascii=False)
    with db.read() as reader:
        taken = reader.execute(select(employees.c.number, employees.c.email).where(employees.c.person_id == ariane.id))
        number, email = taken.one()
    for wrong in ({"number": number}, {"email": email}, {"given": " "}, {"birth": "2026-01-01"}, {"email": "x"}):
        assert set(said(correct(visitor, karim.id, **{"number": "4021", **wrong}))) == {ids.person_error("file")}
    # No address: the number alone signs in.
    said(correct(visitor, karim.id, number="4021"))
    with db.read() as reader:
        assert find_candidate(reader, "karim@x.example", "") is None


# The drawer and its address


def test_the_drawer_shows_whom_one_may_see(
    visit: Visit, app_world: World, rival: World, kitchen: int, ariane: Somebody, karim: Somebody
) -> None:
    bar = app_world.add_service("bar")
    elsewhere = app_world.hire("Sofia Lavoie", bar)
    answer = said(open_person(visit(ariane), karim.id))
    assert answer[ids.PERSON_NAME]["children"] == "Karim Benali"
    body = json.dumps(answer[ids.PERSON_BODY])
    assert ids.LINK_ISSUE in body
    for kept_from_managers in (ids.CUT_ACCESS, ids.MOVE_SAVE, ids.END_SAVE, ids.RIGHTS_SAVE, ids.ASSIGN_SAVE):
        assert kept_from_managers not in body
        assert kept_from_managers in json.dumps(said(open_person(visit(app_world.administrator), karim.id)))
    stranger = rival.hire("Mireille Savard", rival.add_service("comptoir"))
    absent = [open_person(visit(ariane), each) for each in (elsewhere.id, stranger.id, 999_999, 10**30, "x", None)]
    assert [notices(response) for response in absent] == [["not_found"]] * len(absent)
    assert open_person(visit(karim), karim.id).status_code == 403


def test_the_address_of_a_person_opens_the_drawer_or_says_so_kindly(
    visit: Visit, app_world: World, rival: World, ariane: Somebody, karim: Somebody
) -> None:
    stranger = rival.hire("Mireille Savard", rival.add_service("comptoir"))
    opened = read_page(visit(ariane), f"/directory?person={karim.id}")
    assert ids.LINK_ISSUE in opened
    pages = [read_page(visit(ariane), f"/directory?person={each}") for each in (stranger.id, 999_999, "x", 10**40)]
    assert len(set(pages)) == 1
    assert "Mireille" not in pages[0]
    assert "notice-box" in pages[0]
    assert "notice-box" not in read_page(visit(ariane), "/directory")


def test_the_table_holds_no_more_than_one_may_see(
    visit: Visit, app_world: World, rival: World, ariane: Somebody, karim: Somebody
) -> None:
    bar = app_world.add_service("bar")
    app_world.hire("Planté Ailleurs", bar)
    rival.hire("Planté Rival", rival.add_service("comptoir"))
    for status in ("all", "current", "today", "to_come", "left", "with_app", "without_app", "cut_off"):
        told = draw(visit(ariane), status=status).text
        assert "Plant" not in told
        assert "Bar" not in told
    assert "Rival" not in draw(visit(app_world.administrator)).text
    assert notices(draw(visit(ariane), service=str(bar))) == ["not_found"]
    assert notices(draw(visit(app_world.administrator), service="999999")) == ["not_found"]
    assert draw(visit(karim)).status_code == 403


def test_the_address_narrows_the_list_and_offers_the_sheets(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    app_world.hire("Léa Sans", kitchen, app=False)
    app_world.hire("Noé Ailleurs", app_world.add_service("bar"), app=False)
    visitor = visit(app_world.administrator)
    page = read_page(visitor, f"/directory?service={kitchen}&status=without_app")
    assert "Léa Sans" in page
    assert "Noé" not in page
    assert "Karim" not in page
    assert ids.SHEETS_OPEN in page
    assert ids.SHEETS_OPEN not in read_page(visitor, f"/directory?service={kitchen}&status=x")
    bar = read_page(visit(ariane), "/directory?service=999999")
    assert bar == read_page(visit(ariane), "/directory?service=x")
    assert "Léa" not in bar


def test_all_services_may_be_chosen_again(visit: Visit, app_world: World, karim: Somebody) -> None:
    told = draw(visit(app_world.administrator), service=NONE)
    assert notices(told) == []
    assert "Karim" in told.text


def test_malformed_filters_are_refused(visit: Visit, app_world: World) -> None:
    visitor = visit(app_world.administrator)
    for given in ({"search": 7}, {"status": "x"}, {"status": None}, {"page": "x"}, {"service": ["1"]}, {"search": {}}):
        assert draw(visitor, **given).status_code == 400
    assert draw(visitor, page=10**30).status_code == 200
    assert draw(visitor, page=-1).status_code == 200
    assert draw(visitor, search="x" * 100_000).status_code == 200


# Access sheets


def test_a_manager_hands_over_a_sheet_that_works_once(
    visit: Visit, application: Flask, ariane: Somebody, karim: Somebody
) -> None:
    first, answer = find_link(issue(visit(ariane), karim.id)), issue(visit(ariane), karim.id)
    link = find_link(answer)
    token = link.rpartition("/")[2]
    settings = application.config["CHAT_SETTINGS"]
    assert link.startswith(f"{settings.public_address}/access/")
    sheet = json.dumps(said(answer)[ids.LINK_BODY])
    assert "data:image/svg+xml" in sheet
    assert "Karim Benali" in sheet
    guest = visit()
    assert guest.get(f"/access/{first.rpartition('/')[2]}").status_code == 409
    assert guest.get(f"/access/{token}").status_code == 200
    assert guest.post(f"/access/{token}", {"password": "quatre mots sans lien"}).status_code == 303
    assert guest.get(f"/access/{token}").status_code == 409
    with db.read() as reader:
        kept = reader.execute(select(access_links)).all()
    assert not any(token in str(row) for row in kept)


def test_a_link_is_in_no_log(server: Server) -> None:
    world = server.do(World.create, "feuille")
    kitchen = server.do(world.add_service, "cuisine")
    karim = server.do(world.hire, "Karim Benali", kitchen)
    body = {
        "output": f"..{ids.LINK_DIALOG}.is_open...{ids.LINK_BODY}.children...{ids.person_error('link')}.children..",
        "outputs": [
            {"id": ids.LINK_DIALOG, "property": "is_open"},
            {"id": ids.LINK_BODY, "property": "children"},
            {"id": ids.person_error("link"), "property": "children"},
        ],
        "inputs": [{"id": ids.LINK_ISSUE, "property": "n_clicks", "value": 1}],
        "state": [{"id": ids.PERSON_ID, "property": "data", "value": karim.id}],
        "changedPropIds": [f"{ids.LINK_ISSUE}.n_clicks"],
    }
    cookie = f"{COOKIES[Surface.PORTAL]}={server.give_cookie(world.administrator, Surface.PORTAL)}"
    headers = {"Content-Type": "application/json", "Origin": server.address, "Cookie": cookie}
    asked = Request(f"{server.address}/_dash-update-component", json.dumps(body).encode(), headers)
    with urlopen(asked, timeout=30) as answer:
        found = re.search(r"/access/([\w-]+)", json.dumps(json.load(answer)))
    assert found
    with urlopen(f"{server.address}/access/{found[1]}", timeout=30) as page:
        assert page.status == 200
    logged = server.log.read_text()
    assert "/access/" in logged
    assert found[1] not in logged


def test_a_sheet_is_refused_kindly_where_it_would_give_too_much(
    visit: Visit, app_world: World, kitchen: int, ariane: Somebody, karim: Somebody
) -> None:
    bar = app_world.add_service("bar")
    above = app_world.hire("Isabelle Fontaine", kitchen, manages=(kitchen, bar))
    for person in (above, ariane):
        answer = said(issue(visit(ariane), person.id))
        assert set(answer) == {ids.person_error("link")}
        assert answer[ids.person_error("link")]["children"]
    app_world.cut(karim)
    assert set(said(issue(visit(app_world.administrator), karim.id))) == {ids.person_error("link")}
    assert count(access_links) == 0
    find_link(issue(visit(app_world.administrator), above.id))


def test_nobody_else_issues_a_link(
    visit: Visit, app_world: World, rival: World, kitchen: int, ariane: Somebody, karim: Somebody
) -> None:
    counter = rival.add_service("comptoir")
    elsewhere = app_world.hire("Sofia Lavoie", app_world.add_service("bar"))
    rival_manager = rival.hire("Mireille Savard", counter, manages=(counter,))
    customer_service = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    assert issue(visit(karim), karim.id).status_code == 403
    assert issue(visit(customer_service), karim.id).status_code == 403
    assert issue(visit(), karim.id).status_code == 401
    unknown = said(issue(visit(ariane), 999_999))
    assert said(issue(visit(ariane), elsewhere.id)) == unknown
    assert said(issue(visit(ariane), app_world.administrator.id)) == unknown
    for stranger in (rival_manager, rival.administrator):
        assert said(issue(visit(stranger), karim.id)) == unknown
    assert count(access_links) == 0


def test_the_link_leaves_the_page_with_the_dialog(visit: Visit, ariane: Somebody) -> None:
    def closed(*, is_open: bool) -> TestResponse:
        return visit(ariane).call(f"{ids.LINK_BODY}.children@", [(ids.LINK_DIALOG, "is_open", is_open)])

    assert said(closed(is_open=False))[ids.LINK_BODY]["children"] is None
    assert said(closed(is_open=True)) == {}


def test_a_request_from_another_site_does_nothing(visit: Visit, app_world: World, karim: Somebody) -> None:
    visitor = visit(app_world.administrator)
    assert press(visitor, ids.END_SESSIONS, 0).status_code == 200  # the shape of the request is right
    keys = visitor.client.application.extensions["gate"].callbacks
    key = next(key for key in keys if f"{ids.person_error('access')}.children@" in key)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": f"{ORIGIN}.evil.example"}, {"Origin": "null"}, {}):
        response = visitor.client.post("/_dash-update-component", json={"output": key}, headers=headers)
        assert response.status_code == 403
    assert karim.act()


# Employment and rights in the drawer


def change(visitor: Visitor, form: str, button: str, person: int, *given: tuple[str, Any]) -> TestResponse:
    return visitor.call(
        f"{ids.person_error(form)}.children@",
        [(button, "n_clicks", 1)],
        [(ids.PERSON_ID, "data", person), *((component, "value", value) for component, value in given)],
    )


def test_the_forms_of_the_drawer_move_assign_end_and_give_rights(
    visit: Visit, app_world: World, kitchen: int, karim: Somebody
) -> None:
    bar = app_world.add_service("bar")
    visitor = visit(app_world.administrator)
    move = [
        (ids.MOVE_FROM, str(kitchen)),
        (ids.MOVE_SERVICE, str(bar)),
        (ids.MOVE_DEPARTMENT, ""),
        (ids.MOVE_DATE, "2026-11-23"),
    ]
    assert said(change(visitor, "move", ids.MOVE_SAVE, karim.id, *move))[ids.DIRECTORY_VERSION]["data"]
    assert karim.act().member.employed_in == {bar}
    assign = [
        (ids.ASSIGN_SERVICE, str(kitchen)),
        (ids.ASSIGN_DEPARTMENT, None),
        (ids.ASSIGN_DATE, "2026-11-23"),
        (ids.ASSIGN_PRIMARY, False),
    ]
    change(visitor, "assign", ids.ASSIGN_SAVE, karim.id, *assign)
    assert karim.act().member.employed_in == {bar, kitchen}
    again = said(change(visitor, "assign", ids.ASSIGN_SAVE, karim.id, *assign))
    assert set(again) == {ids.person_error("assign")}
    change(visitor, "rights", ids.RIGHTS_SAVE, karim.id, (ids.RIGHTS_SERVICES, [bar]))
    assert karim.act().member.manages == {bar}
    change(visitor, "rights", ids.RIGHTS_SAVE, karim.id, (ids.RIGHTS_SERVICES, [kitchen]))
    assert karim.act().member.manages == {kitchen}
    refused = said(change(visitor, "rights", ids.RIGHTS_SAVE, karim.id, (ids.RIGHTS_SERVICES, [bar, 999_999])))
    assert set(refused) == {ids.person_error("rights")}
    assert karim.act().member.manages == {kitchen}
    confirm(visitor, press(visitor, ids.END_SAVE, karim.id, (ids.END_DATE, "2026-11-22")), karim.id)
    assert karim.act().member.employed_in == frozenset()


def test_a_manager_changes_nobody(visit: Visit, ariane: Somebody, karim: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    assert change(visitor, "end", ids.END_SAVE, karim.id, (ids.END_DATE, "2026-11-22")).status_code == 403
    assert change(visitor, "rights", ids.RIGHTS_SAVE, karim.id, (ids.RIGHTS_SERVICES, [kitchen])).status_code == 403
    assert karim.act().member.employed_in == {kitchen}
    assert karim.act().member.manages == frozenset()


def test_an_account_without_a_password_is_told_apart(visit: Visit, app_world: World, karim: Somebody) -> None:
    body = json.dumps(said(open_person(visit(app_world.administrator), karim.id))[ids.PERSON_BODY])
    with db.unit_of_work() as uow:
        uow.execute(accounts.update().where(accounts.c.id == karim.account_id).values(password_hash="x"))
    assert body != json.dumps(said(open_person(visit(app_world.administrator), karim.id))[ids.PERSON_BODY])


def test_giving_back_is_an_act_of_the_own_administrator(app_world: World, rival: World, karim: Somebody) -> None:
    app_world.cut(karim)
    with db.read() as reader, pytest.raises(Exception, match="not_found"):
        organization = access_administered_organization(reader, rival.administrator.act(Surface.PORTAL))
        access_administered_employee(reader, organization, karim.id)
    with app_world.administering(karim) as (uow, employee):
        do_give_access_back(uow, employee)
    app_world.sign_in(karim, Surface.MOBILE)
    assert karim.act()

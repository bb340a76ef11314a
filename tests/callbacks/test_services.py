"""Services and departments over HTTP: an administrator's own organization, or the one that customer service names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import VendorRole
from data.models import departments, services
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import find_callback, read_page, said
from tests.factories import Somebody, World, add_vendor_staff, launch

Visit = Callable[..., Visitor]


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine", "Plonge")


@pytest.fixture
def rival(app_world: World) -> World:
    return World.create("rival")


@pytest.fixture
def support(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def create(visitor: Visitor, code: Any, name: Any, *, organization: Any = None) -> TestResponse:
    return visitor.call(
        f"...{ids.SERVICE_ERROR}.children@",
        [(ids.SERVICE_SAVE, "n_clicks", 1), (ids.SERVICE_CODE, "n_submit", None)],
        [
            (ids.SERVICES_ORGANIZATION, "data", organization),
            (ids.SERVICE_CODE, "value", code),
            (ids.SERVICE_NAME, "value", name),
        ],
    )


def ask_to_close(visitor: Visitor, service: Any, day: str = "2026-11-23", *, organization: Any = None) -> TestResponse:
    return visitor.call(
        find_callback(visitor, ids.SERVICE_CLOSE),
        [(ids.SERVICE_CLOSE, "n_clicks", 1)],
        [
            (ids.SERVICES_ORGANIZATION, "data", organization),
            (ids.SERVICE_ID, "data", service),
            (ids.SERVICE_CLOSE_DATE, "value", day),
        ],
    )


def confirm(visitor: Visitor, asked: Any, *, organization: Any = None) -> TestResponse:
    button = ids.ask("service", "confirm")
    return visitor.call(
        find_callback(visitor, button),
        [(button, "n_clicks", 1)],
        [(ids.SERVICES_ORGANIZATION, "data", organization), (ids.ask("service", "asked"), "data", asked)],
    )


def close(visitor: Visitor, service: Any, day: str = "2026-11-23", *, organization: Any = None) -> TestResponse:
    """Without having been asked, as a forger would."""
    return confirm(visitor, {"service": service, "department": 0, "day": day}, organization=organization)


def reopen(visitor: Visitor, service: int) -> TestResponse:
    state = [(ids.SERVICES_ORGANIZATION, "data", None), (ids.SERVICE_ID, "data", service)]
    return visitor.call(find_callback(visitor, ids.SERVICE_REOPEN), [(ids.SERVICE_REOPEN, "n_clicks", 1)], state)


def rename(visitor: Visitor, service: Any, name: Any, *, organization: Any = None) -> TestResponse:
    return visitor.call(
        f"{ids.SERVICE_RENAME_ERROR}.children@",
        [(ids.SERVICE_RENAME, "n_clicks", 1), (ids.SERVICE_NEW_NAME, "n_submit", None)],
        [
            (ids.SERVICES_ORGANIZATION, "data", organization),
            (ids.SERVICE_ID, "data", service),
            (ids.SERVICE_NEW_NAME, "value", name),
        ],
    )


def act_on_department(visitor: Visitor, part: str, service: int, department: int, name: str = "") -> TestResponse:
    button, field = ids.department(part, department), ids.department("name", department)
    state: list[tuple[Any, str, Any]] = [
        (ids.SERVICES_ORGANIZATION, "data", None),
        (ids.SERVICE_ID, "data", service),
    ]
    if part == "rename":
        state += [([field], "value", [name]), ([field], "id", [field])]
    return visitor.call(
        find_callback(visitor, f'{{"department":["ALL"],"type":"department-{part}"}}'),
        [([button], "n_clicks", [1])],
        state,
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )


def add_department(visitor: Visitor, service: int, name: str) -> TestResponse:
    return visitor.call(
        next(k for k in visitor.client.application.extensions["gate"].callbacks if ids.DEPARTMENT_ERROR in k),
        [(ids.DEPARTMENT_SAVE, "n_clicks", 1), (ids.DEPARTMENT_NAME, "n_submit", None)],
        [
            (ids.SERVICES_ORGANIZATION, "data", None),
            (ids.SERVICE_ID, "data", service),
            (ids.DEPARTMENT_NAME, "value", name),
        ],
    )


def list_names(organization_id: int) -> list[str]:
    with db.read() as reader:
        query = select(services.c.name).where(services.c.organization_id == organization_id).order_by(services.c.id)
        return list(reader.execute(query).scalars())


def list_departments(service_id: int) -> list[tuple[int, str, date | None]]:
    with db.read() as reader:
        rows = reader.execute(
            select(departments.c.id, departments.c.name, departments.c.closed_on)
            .where(departments.c.service_id == service_id)
            .order_by(departments.c.id)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_an_administrator_shapes_the_own_organization(visit: Visit, app_world: World, kitchen: int) -> None:
    visitor = visit(app_world.administrator)
    assert said(create(visitor, "bar", "Bar"))[ids.SERVICE_DIALOG]["is_open"] is False
    assert said(rename(visitor, kitchen, "Grande cuisine"))[ids.SERVICE_TITLE]["children"] == "Grande cuisine"
    assert list_names(app_world.organization_id) == ["Grande cuisine", "Bar"]
    ((department, _, _),) = list_departments(kitchen)
    said(act_on_department(visitor, "rename", kitchen, department, "Vaisselle"))
    asking = said(act_on_department(visitor, "close", kitchen, department))
    assert list_departments(kitchen) == [(department, "Vaisselle", None)]
    said(confirm(visitor, asking[ids.ask("service", "asked")]["data"]))
    assert list_departments(kitchen) == [(department, "Vaisselle", date(2026, 11, 23))]
    said(act_on_department(visitor, "reopen", kitchen, department))
    assert list_departments(kitchen) == [(department, "Vaisselle", None)]


def test_closing_says_what_goes_before_it_is_done_and_is_undone(visit: Visit, app_world: World, kitchen: int) -> None:
    bar = app_world.add_service("bar")
    manager = app_world.hire("Ariane Gagnon", bar, manages=(kitchen,))
    launch(manager, kitchen)
    visitor = visit(app_world.administrator)
    asking = said(ask_to_close(visitor, kitchen))
    body = json.dumps(asking[ids.ask("service", "ask-body")], ensure_ascii=False)
    assert "1 conversation est hors d'atteinte" in body
    assert "1 gestionnaire" in body
    assert manager.act().member.manages == {kitchen}
    done = confirm(visitor, asking[ids.ask("service", "asked")]["data"])
    assert "ferme le 23 novembre 2026" in done.get_json()["sideUpdate"]["notice"]["data"]["text"]
    assert manager.act().member.manages == frozenset()
    said(reopen(visitor, kitchen))
    assert manager.act().member.manages == {kitchen}
    # Who still works there is counted, and nothing is asked.
    assert "1 personne y travaille" in json.dumps(said(ask_to_close(visitor, bar)))


def test_two_open_services_or_departments_never_have_one_name(visit: Visit, app_world: World, kitchen: int) -> None:
    visitor = visit(app_world.administrator)
    bar = app_world.add_service("bar")
    assert set(said(create(visitor, "autre", "CUISINÉ"))) == {ids.SERVICE_ERROR}
    assert set(said(rename(visitor, bar, "cuisine"))) == {ids.SERVICE_RENAME_ERROR}
    assert said(rename(visitor, kitchen, "CUISINE"))[ids.SERVICE_TITLE]["children"] == "CUISINE"
    said(close(visitor, kitchen))
    said(create(visitor, "autre", "Cuisine"))
    assert set(said(reopen(visitor, kitchen))) == {ids.SERVICE_CLOSE_ERROR}
    said(add_department(visitor, bar, "Réserve"))
    assert set(said(add_department(visitor, bar, "reserve"))) == {ids.DEPARTMENT_ERROR}


def test_what_is_wrong_is_said_and_nothing_is_stored(visit: Visit, app_world: World, kitchen: int) -> None:
    visitor = visit(app_world.administrator)
    app_world.hire("Karim Benali", kitchen, app=False)
    for code, name in (("", "Bar"), ("a b", "Bar"), ("cuisine", "Bar"), ("bar", "\u200b"), ("bar", "x" * 81)):
        assert set(said(create(visitor, code, name))) == {ids.SERVICE_ERROR}
    for day in ("2026-11-23", "", "hier"):
        assert set(said(ask_to_close(visitor, kitchen, day))) == {ids.SERVICE_CLOSE_ERROR}
        forged = said(close(visitor, kitchen, day))
        assert set(forged) == {ids.ask("service", "ask"), ids.ask("service", "ask-error")}
        assert forged[ids.ask("service", "ask")]["is_open"] is True
    assert set(said(rename(visitor, kitchen, "  "))) == {ids.SERVICE_RENAME_ERROR}
    assert list_names(app_world.organization_id) == ["Cuisine"]
    for malformed in (7, {}, ["x"]):
        assert create(visitor, malformed, "Bar").status_code == 400


def test_closed_services_stand_apart(visit: Visit, app_world: World, kitchen: int) -> None:
    visitor = visit(app_world.administrator)
    bar = app_world.add_service("bar")
    assert read_page(visitor, "/services").count("services-table") == 1
    said(close(visitor, bar, "2026-12-01"))  # not yet
    assert read_page(visitor, "/services").count("services-table") == 1
    said(close(visitor, kitchen, "2026-11-23"))
    page = read_page(visitor, "/services")
    assert page.count("services-table") == 2
    assert page.index("Bar") < page.index("Cuisine")


def test_customer_service_shapes_the_organization_it_names(
    visit: Visit, app_world: World, rival: World, support: Somebody
) -> None:
    visitor = visit(support)
    page = read_page(visitor, f"/services?organization={rival.organization_id}")
    assert "Cafés rival" in page
    said(create(visitor, "bar", "Bar", organization=rival.organization_id))
    assert list_names(rival.organization_id) == ["Bar"]
    assert list_names(app_world.organization_id) == []
    for absent in (999_999, 0, -1, 10**30):
        assert set(said(create(visitor, "bar", "Bar", organization=absent))) == {ids.SERVICE_ERROR}
    pages = {read_page(visitor, f"/services{address}") for address in ("", "?organization=999999", "?organization=x")}
    assert len(pages) == 1
    assert "Cafés" not in pages.pop()


def test_an_administrator_names_no_other_organization(
    visit: Visit, app_world: World, rival: World, kitchen: int
) -> None:
    visitor = visit(app_world.administrator)
    counter = rival.add_service("comptoir")
    for organization in (rival.organization_id, 999_999):
        assert set(said(create(visitor, "bar", "Bar", organization=organization))) == {ids.SERVICE_ERROR}
        assert set(said(rename(visitor, counter, "Volé", organization=organization))) == {ids.SERVICE_RENAME_ERROR}
    assert said(rename(visitor, counter, "Volé")) == said(rename(visitor, 999_999, "Volé"))
    assert said(close(visitor, counter)) == said(close(visitor, 999_999))
    assert list_names(rival.organization_id) == ["Comptoir"]
    assert "Comptoir" not in read_page(visitor, f"/services?organization={rival.organization_id}")


def test_nobody_else_shapes_anything(visit: Visit, app_world: World, kitchen: int) -> None:
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    finance = add_vendor_staff(VendorRole.FINANCE)
    for somebody in (manager, finance):
        for organization in (None, app_world.organization_id):
            assert create(visit(somebody), "bar", "Bar", organization=organization).status_code == 403
            assert close(visit(somebody), kitchen, organization=organization).status_code == 403
            assert rename(visit(somebody), kitchen, "Volé", organization=organization).status_code == 403
        assert "Cuisine" not in read_page(visit(somebody), "/services")
    assert create(visit(), "bar", "Bar").status_code == 401
    assert list_names(app_world.organization_id) == ["Cuisine"]


def test_a_service_of_nobody_opens_no_drawer(visit: Visit, app_world: World, rival: World) -> None:
    counter = rival.add_service("comptoir")
    for service in (counter, 999_999, "x"):
        button = {"service": service, "type": "service"}
        response = visit(app_world.administrator).call(
            f"{ids.SERVICE_DRAWER}.is_open...",
            [([button], "n_clicks", [1])],
            [(ids.SERVICES_ORGANIZATION, "data", None)],
            triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
        )
        assert notices(response) == ["not_found"]

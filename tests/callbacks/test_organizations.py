"""The vendor's list of organizations over HTTP: for customer service alone, with figures and no names of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from components import ids
from data.access.actors import VendorRole
from tests.callbacks.conftest import Visitor
from tests.callbacks.test_directory import read_page, said
from tests.factories import Somebody, World, add_vendor_staff, launch, send

Visit = Callable[..., Visitor]


@pytest.fixture
def support(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def draw(visitor: Visitor, *, search: Any = "", page: Any = 1, pressed: str = ids.ORGANIZATIONS_SEARCH) -> TestResponse:
    return visitor.call(
        f"{ids.ORGANIZATIONS_TABLE}.children",
        [
            (ids.ORGANIZATIONS_SEARCH, "value", search),
            (ids.ORGANIZATIONS_PREVIOUS, "n_clicks", 0),
            (ids.ORGANIZATIONS_NEXT, "n_clicks", 1),
        ],
        [(ids.ORGANIZATIONS_PAGE, "data", page)],
        triggered=f"{pressed}.{'value' if pressed == ids.ORGANIZATIONS_SEARCH else 'n_clicks'}",
    )


def test_it_shows_organizations_and_nobody_in_them(visit: Visit, app_world: World, support: Somebody) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    send(manager, launch(manager, kitchen, name="Horaire"), "SECRET")
    World.create("rival")
    page = read_page(visit(support), "/organizations")
    for shown in ("Cafés laurier", "Cafés rival", f"/options?organization={app_world.organization_id}"):
        assert shown in page
    one = read_page(visit(support), f"/options?organization={app_world.organization_id}")
    for place in ("/services", "/import"):
        assert f"{place}?organization={app_world.organization_id}" in one
    for hidden in ("Ariane", "Gagnon", "Horaire", "SECRET", "Ministre"):
        assert hidden not in page


def test_it_is_searched_and_paged(visit: Visit, app_world: World, support: Somebody) -> None:
    for n in range(24):
        World.create(f"o{n:02d}")
    visitor = visit(support)
    found = said(draw(visitor, pressed=ids.ORGANIZATIONS_NEXT))
    assert found[ids.ORGANIZATIONS_PAGE]["data"] == 2
    assert (found[ids.ORGANIZATIONS_PREVIOUS]["disabled"], found[ids.ORGANIZATIONS_NEXT]["disabled"]) == (False, True)
    assert "Cafés o23" in json.dumps(found, ensure_ascii=False)
    # A new search begins at its first page.
    found = said(draw(visitor, search="o07", page=2))
    assert found[ids.ORGANIZATIONS_PAGE]["data"] == 1
    assert "Cafés o23" not in json.dumps(found, ensure_ascii=False)
    for page in (0, -3, 10**9, None):
        assert draw(visitor, page=page, pressed=ids.ORGANIZATIONS_NEXT).status_code == 200
    for malformed in ({"a": 1}, ["x"], 7):
        assert draw(visitor, search=malformed).status_code == 400


def test_it_is_for_customer_service_alone(visit: Visit, app_world: World) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    for somebody in (app_world.administrator, manager, add_vendor_staff(VendorRole.FINANCE)):
        assert draw(visit(somebody)).status_code == 403
        assert "?organization=" not in read_page(visit(somebody), "/organizations")
    assert draw(visit()).status_code == 401

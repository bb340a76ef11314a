"""Helping on the telephone over HTTP: customer service finds a person, managers come from the staff list, one looks at
one's own; never a word of what anybody wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import Surface, VendorRole
from data.models import audit_entries
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import open_person, read_page, said
from tests.callbacks.test_options import text_of
from tests.data.test_diagnosis import give_password
from tests.factories import Somebody, World, add_vendor_staff, launch, send

Visit = Callable[..., Visitor]


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Karim Benali", kitchen)


@pytest.fixture
def support(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def find(visitor: Visitor, organization: object, search: Any) -> TestResponse:
    return visitor.call(
        f"{ids.DIAGNOSIS_FOUND}.children",
        [(ids.DIAGNOSIS_SEARCH, "value", search)],
        [(ids.DIAGNOSIS_ORGANIZATION, "data", organization)],
    )


def explain(visitor: Visitor, organization: object, person: object) -> TestResponse:
    button = {"type": "diagnosis", "person": person}
    return visitor.call(
        f"{ids.DIAGNOSIS_BODY}.children",
        [([button], "n_clicks", [1])],
        [(ids.DIAGNOSIS_ORGANIZATION, "data", organization)],
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )


def test_customer_service_finds_who_calls_and_reads_nothing(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, kitchen: int, support: Somebody
) -> None:
    conversation = launch(ariane, kitchen, name="HORAIRE")
    send(karim, conversation, "SECRET")
    give_password(karim)
    visitor, here = visit(support), app_world.organization_id
    assert f"/diagnosis?organization={here}" in read_page(visitor, f"/options?organization={here}")
    found = text_of(said(find(visitor, here, "kar")))
    assert "Karim Benali" in found
    assert "Ariane" not in found
    told = text_of(said(explain(visitor, here, karim.id)))
    assert told in text_of(said(explain(visitor, here, karim.id)))
    for shown in ("Karim Benali", "Tout est en ordre.", "Cuisine", "laurier"):
        assert shown in told
    page = read_page(visitor, f"/diagnosis?organization={here}&person={karim.id}")
    for hidden in ("SECRET", "HORAIRE", "hashed"):
        assert hidden not in told + page
    assert text_of(said(find(visitor, here, " "))).count("Karim") == 0
    for malformed in ({"a": 1}, ["x"], 7):
        assert find(visitor, here, malformed).status_code == 400


def list_looks() -> list[tuple[int, str, str]]:
    with db.read() as reader:
        looks = select(audit_entries).where(audit_entries.c.act == "person.diagnosed").order_by(audit_entries.c.id)
        return [(row.actor_id, row.subject, row.details) for row in reader.execute(looks)]


def test_the_journal_keeps_who_looked_whom_up(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, support: Somebody
) -> None:
    """Once for each person shown, however long one searched; nothing of what was seen, nothing of one's own."""
    visitor, here = visit(support), app_world.organization_id
    for typed in ("k", "ka", "karim"):
        find(visitor, here, typed)
    assert list_looks() == []
    explain(visitor, here, karim.id)
    read_page(visit(ariane), f"/diagnosis?person={karim.id}")
    assert list_looks() == [(who.account_id, f"person:{karim.id}", "{}") for who in (support, ariane)]
    read_page(visit(ariane), f"/diagnosis?person={ariane.id}")
    visit(karim, Surface.MOBILE).get("/m/diagnosis")
    explain(visitor, here, 999_999)
    assert len(list_looks()) == 2


def test_managers_come_from_the_staff_list(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    bar = app_world.add_service("bar")
    elsewhere = app_world.hire("Maude Roy", bar, manages=(bar,))
    for somebody in (ariane, app_world.administrator):
        assert f"/diagnosis?person={karim.id}" in text_of(said(open_person(visit(somebody), karim.id)))
        page = read_page(visit(somebody), f"/diagnosis?person={karim.id}")
        assert "Karim Benali" in page
        assert ids.DIAGNOSIS_SEARCH not in page
        assert ("Appareils" in page) is (somebody is not ariane)
    foreign, unknown = (read_page(visit(elsewhere), f"/diagnosis?person={person}") for person in (karim.id, 999_999))
    assert foreign == unknown
    assert "Karim" not in foreign
    assert notices(explain(visit(elsewhere), None, karim.id)) == ["not_found"]


def test_nobody_else_looks(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, support: Somebody
) -> None:
    here, rival = app_world.organization_id, World.create("rival")
    for somebody in (ariane, app_world.administrator, rival.administrator):
        assert find(visit(somebody), here, "kar").status_code == 403
    for somebody in (karim, add_vendor_staff(VendorRole.FINANCE)):
        assert explain(visit(somebody), here, karim.id).status_code == 403
        assert "Karim Benali" not in read_page_or_nothing(visit(somebody), f"/diagnosis?person={karim.id}")
    assert explain(visit(), here, karim.id).status_code == 401
    for organization, person in (
        (rival.organization_id, karim.id),
        (here, 999_999),
        (here, 10**30),
        (999_999, karim.id),
        (None, karim.id),
    ):
        assert notices(explain(visit(support), organization, person)) == ["not_found"]
    assert notices(explain(visit(rival.administrator), here, karim.id)) == ["not_found"]


def read_page_or_nothing(visitor: Visitor, path: str) -> str:
    response = visitor.get(path)
    return response.text if response.status_code != 200 else read_page(visitor, path)


def test_one_looks_at_ones_own(visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, kitchen: int) -> None:
    give_password(ariane, karim)
    phone = visit(karim, Surface.MOBILE).get("/m/diagnosis")
    assert "Tout est en ordre." in phone.text
    assert "Pourquoi est-ce que je ne vois pas la messagerie?" in read_page(visit(ariane), "/account")
    app_world.switch_option(is_on=False)
    assert "Cuisine" in visit(karim, Surface.MOBILE).get("/m/diagnosis").text
    assert visit().get("/m/diagnosis").status_code == 303
    assert "Pourquoi" not in read_page(visit(add_vendor_staff(VendorRole.FINANCE)), "/account")

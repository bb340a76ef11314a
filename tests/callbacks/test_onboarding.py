"""Bringing a customer in over HTTP: creating it, naming its first administrator, by customer service alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import VendorRole
from data.models import access_links, organizations, people
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import count, find_link, read_page, said
from tests.callbacks.test_options import text_of
from tests.data.test_onboarding import give_password
from tests.factories import Somebody, World, add_vendor_staff

Visit = Callable[..., Visitor]

PASSPHRASE = "quatre mots sans lien"


@pytest.fixture
def support(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def create(visitor: Visitor, **fields: Any) -> TestResponse:
    given = {
        ids.ORGANIZATION_CODE: "boreal",
        ids.ORGANIZATION_NAME: "Boréal",
        ids.ORGANIZATION_PROVINCE: "QC",
        ids.ORGANIZATION_ZONE: "America/Toronto",
        ids.ORGANIZATION_LANGUAGE: "fr",
        ids.ORGANIZATION_CONTACT: "Zoé Comptable",
        ids.ORGANIZATION_EMAIL: "zoe@boreal.example",
        ids.ORGANIZATION_ADDRESS: "1, rue des Pins",
    } | fields
    return visitor.call(
        f"{ids.ORGANIZATION_GO}.href",
        [(ids.ORGANIZATION_SAVE, "n_clicks", 1)],
        [(name, "value", value) for name, value in given.items()],
    )


def name_administrator(visitor: Visitor, organization: object, *, email: Any = "eve@boreal.example") -> TestResponse:
    return visitor.call(
        f"..{ids.FIRST_ERROR}.children@",
        [(ids.FIRST_SAVE, "n_clicks", 1)],
        [
            (ids.OPTION_ORGANIZATION, "data", organization),
            (ids.FIRST_GIVEN, "value", "Ève"),
            (ids.FIRST_FAMILY, "value", "Roy"),
            (ids.FIRST_EMAIL, "value", email),
        ],
    )


def give_sheet(visitor: Visitor, organization: object, person: object) -> TestResponse:
    known = visitor.client.application.extensions["gate"].callbacks
    key = next(each for each in known if each.startswith(f"..{ids.LINK_DIALOG}.is_open@"))
    return visitor.call(
        key,
        [([ids.first_link(person)], "n_clicks", [1])],  # type: ignore[arg-type]
        [(ids.OPTION_ORGANIZATION, "data", organization)],
        triggered=f'{{"person":{person},"type":"first-link"}}.n_clicks',
    )


def save_contact(visitor: Visitor, organization: object, **fields: Any) -> TestResponse:
    given = {ids.CONTACT_NAME: "Léo", ids.CONTACT_EMAIL: "leo@laurier.example", ids.CONTACT_ADDRESS: ""} | fields
    return visitor.call(
        f"..{ids.CONTACT_ERROR}.children@",
        [(ids.CONTACT_SAVE, "n_clicks", 1)],
        [(ids.OPTION_ORGANIZATION, "data", organization), *((name, "value", value) for name, value in given.items())],
    )


def find_organization(code: str) -> int | None:
    with db.read() as reader:
        found: int | None = reader.execute(select(organizations.c.id).where(organizations.c.code == code)).scalar()
    return found


def test_a_customer_is_brought_in(visit: Visit, app_world: World, support: Somebody) -> None:
    visitor = visit(support)
    assert ids.ORGANIZATION_SAVE in read_page(visitor, "/organizations")
    answer = said(create(visitor))
    here = find_organization("boreal")
    assert answer[ids.ORGANIZATION_GO]["href"] == f"/options?organization={here}"
    page = read_page(visitor, f"/options?organization={here}")
    for step in ("Mise en route", f"/import?organization={here}", ids.FIRST_OPEN, "Zoé Comptable"):
        assert step in page
    named = name_administrator(visitor, here)
    assert said(named)[ids.LINK_DIALOG]["is_open"] is True
    lost = find_link(named)
    assert "Ève Roy" in text_of(said(named)[ids.CONTACTS_BODY])
    with db.read() as reader:
        person = reader.execute(select(people.c.id).where(people.c.organization_id == here)).scalar_one()
    link = find_link(give_sheet(visitor, here, person))
    path = link.partition("8050")[2]
    assert visit().get(lost.partition("8050")[2]).status_code == 409
    assert visit().post(path, {"password": PASSPHRASE}).status_code == 303
    page = read_page(visitor, f"/options?organization={here}")
    assert ids.FIRST_OPEN not in page
    assert set(said(name_administrator(visitor, here, email="autre@boreal.example"))) == {ids.FIRST_ERROR}
    assert notices(give_sheet(visitor, here, person)) == ["already_administered"]


def test_what_cannot_be_is_said_beside_the_form(visit: Visit, app_world: World, support: Somebody) -> None:
    visitor = visit(support)
    before = count(organizations)
    for fields in (
        {ids.ORGANIZATION_CODE: "LAURIER"},
        {ids.ORGANIZATION_CODE: ""},
        {ids.ORGANIZATION_NAME: None},
        {ids.ORGANIZATION_PROVINCE: "QB"},
        {ids.ORGANIZATION_ZONE: "../../etc/passwd"},
        {ids.ORGANIZATION_LANGUAGE: "de"},
        {ids.ORGANIZATION_EMAIL: "zoe"},
        {ids.ORGANIZATION_ADDRESS: "x" * 301},
    ):
        assert set(said(create(visitor, **fields))) == {ids.ORGANIZATION_ERROR}, fields
    assert create(visitor, **{ids.ORGANIZATION_NAME: ["x"]}).status_code == 400
    here = app_world.organization_id
    for email in ("", "x", "admin@laurier.example", None):
        assert set(said(name_administrator(visitor, here, email=email))) == {ids.FIRST_ERROR}
    assert set(said(save_contact(visitor, here, **{ids.CONTACT_EMAIL: "x"}))) == {ids.CONTACT_ERROR}
    assert "Léo" in text_of(said(save_contact(visitor, here)))
    assert count(organizations) == before


def test_it_is_for_customer_service_alone(visit: Visit, app_world: World, support: Somebody) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    rival = World.create("rival")
    here, ada = app_world.organization_id, app_world.administrator
    before = count(organizations), count(people), count(access_links)

    def try_all(visitor: Visitor) -> set[int]:
        tries = (
            create(visitor),
            name_administrator(visitor, here),
            give_sheet(visitor, here, ada.id),
            save_contact(visitor, here),
        )
        return {each.status_code for each in tries}

    for somebody in (ada, manager, rival.administrator, add_vendor_staff(VendorRole.FINANCE)):
        assert try_all(visit(somebody)) == {403}
    assert try_all(visit()) == {401}
    assert (count(organizations), count(people), count(access_links)) == before


def test_customer_service_helps_no_one_who_runs_their_place(visit: Visit, app_world: World, support: Somebody) -> None:
    visitor = visit(support)
    here = app_world.organization_id
    karim = app_world.hire("Karim Benali", app_world.add_service("cuisine"))
    for nobody in (karim.id, 999_999, 10**30):
        assert notices(give_sheet(visitor, here, nobody)) == ["not_found"]
    give_password(app_world.administrator)
    assert notices(give_sheet(visitor, here, app_world.administrator.id)) == ["already_administered"]
    for nowhere in (999_999, "x", None):
        response = name_administrator(visitor, nowhere)
        assert response.status_code == 400 or set(said(response)) == {ids.FIRST_ERROR}
    assert count(access_links) == 0

"""One's own account over HTTP: its password, its sessions, its other organizations; and what a forger gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from callbacks import account
from callbacks.identity import COOKIES
from components import ids
from data import db
from data.access.account import access_membership
from data.access.actors import Surface, VendorRole
from data.actions.directory import do_end_sessions
from data.actions.preferences import do_choose_language
from data.errors import NotSignedIn
from data.models import accounts, people
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import read_page, said
from tests.callbacks.test_sign_in import PASSWORD, describe, give_password
from tests.factories import Somebody, World, add_vendor_staff

Visit = Callable[..., Visitor]

NEW = "une autre phrase sans lien"


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    somebody = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    give_password(somebody)
    return somebody


def speak_english(somebody: Somebody) -> None:
    with db.unit_of_work() as uow:
        do_choose_language(uow, somebody.act(Surface.PORTAL), "en")


def change(visitor: Visitor, current: str = PASSWORD, new: str = NEW) -> TestResponse:
    form = {"current": current, "new": new, "next": "/account?changed=password"}
    return visitor.post("/account/password", form)


def end(visitor: Visitor, session_id: Any) -> TestResponse:
    button = ids.end_session(session_id)
    return visitor.call(
        f"{ids.SESSIONS_LIST}.children",
        [([button], "n_clicks", [1])],
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )


def get_hash(somebody: Somebody) -> str | None:
    with db.read() as reader:
        return reader.execute(select(accounts.c.password_hash).where(accounts.c.id == somebody.account_id)).scalar_one()


def is_signed_in(somebody: Somebody, surface: Surface) -> bool:
    try:
        somebody.act(surface)
    except NotSignedIn:
        return False
    return True


def sign_in(visitor: Visitor, email: str, password: str) -> int:
    return visitor.post("/sign-in", {"identifier": email, "password": password}).status_code


def test_a_new_password_ends_every_session_and_goes_on_in_a_new_one(visit: Visit, ariane: Somebody) -> None:
    visitor, elsewhere = visit(ariane), visit(ariane, Surface.MOBILE)
    before = visitor.client.get_cookie(COOKIES[Surface.PORTAL]).value  # type: ignore[union-attr]
    stolen = visit()
    stolen.client.set_cookie(COOKIES[Surface.PORTAL], before)
    response = change(visitor)
    assert (response.status_code, response.headers["Location"]) == (303, "/account?changed=password")
    assert visitor.client.get_cookie(COOKIES[Surface.PORTAL]).value != before  # type: ignore[union-attr]
    assert visitor.get("/session").status_code == 204
    assert stolen.get("/session", headers={"Accept": "application/json"}).status_code == 401
    assert elsewhere.get("/m/session", headers={"Accept": "application/json"}).status_code == 401
    assert not any(is_signed_in(ariane, surface) for surface in Surface)
    email, _ = describe(ariane)
    assert (sign_in(visit(), email, PASSWORD), sign_in(visit(), email, NEW)) == (401, 303)


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("autre chose de faux", NEW, "password_wrong"),
        ("", NEW, "password_wrong"),
        (PASSWORD, "quatorze carac", "password_too_short"),
        (PASSWORD, "x" * 201, "password_too_long"),
        (PASSWORD, "motdepassemotdepasse", "password_common"),
        (PASSWORD, "", "password_too_short"),
    ],
)
def test_a_password_that_is_refused_changes_nothing(
    visit: Visit, ariane: Somebody, current: str, new: str, code: str
) -> None:
    visitor = visit(ariane)
    before = get_hash(ariane)
    response = change(visitor, current, new)
    assert (response.status_code, response.headers["Location"]) == (303, f"/account?refused={code}")
    assert get_hash(ariane) == before
    assert all(is_signed_in(ariane, surface) for surface in Surface)
    speak_english(ariane)
    page = read_page(visitor, f"/account?refused={code}")
    assert '"role": "alert"' in page
    assert ("at least 15 characters" in page) == (code == "password_too_short")


def test_what_an_address_says_is_not_repeated(visit: Visit, ariane: Somebody) -> None:
    page = read_page(visit(ariane), "/account?refused=<script>&changed=<b>")
    assert "<script>" not in page
    assert '"role": "alert"' not in page


def test_the_current_password_is_not_guessed(visit: Visit, ariane: Somebody) -> None:
    """Five wrong ones in a quarter of an hour; then not even the right one."""
    visitor = visit(ariane)
    for _ in range(5):
        assert change(visitor, current="au hasard").status_code == 303
    refused = change(visitor)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert sign_in(visit(), describe(ariane)[0], PASSWORD) == 303


def test_nobody_without_a_portal_changes_a_password_there(visit: Visit, app_world: World, kitchen: int) -> None:
    karim = app_world.hire("Karim Benali", kitchen)
    assert change(visit(karim)).status_code == 403
    assert change(visit()).status_code == 303  # to the sign-in page
    assert visit(karim).post("/account/organization", {"organization": "1"}).status_code == 403


def test_ending_another_session_of_mine(visit: Visit, ariane: Somebody) -> None:
    visitor = visit(ariane)
    visit(ariane, Surface.MOBILE)
    phone = ariane.session_ids[Surface.MOBILE]
    response = end(visitor, phone)
    shown = json.dumps(said(response)[ids.SESSIONS_LIST])
    assert f'"session": {phone}' not in shown
    assert not is_signed_in(ariane, Surface.MOBILE)
    assert is_signed_in(ariane, Surface.PORTAL)


def test_a_session_of_somebody_else_is_one_that_never_was(visit: Visit, app_world: World, ariane: Somebody) -> None:
    visitor = visit(ariane)
    foreign = app_world.administrator.session_ids[Surface.PORTAL]
    answers = [end(visitor, session_id) for session_id in (foreign, 999_999, "x", None, 10**30)]
    assert [notices(answer) for answer in answers] == [["not_found"]] * 5
    assert is_signed_in(app_world.administrator, Surface.PORTAL)
    assert json.dumps(foreign) not in read_page(visitor, "/account").partition(ids.SESSIONS_LIST)[2]


def test_switching_to_another_organization_of_mine(visit: Visit, ariane: Somebody) -> None:
    rival, stranger = World.create("rival"), World.create("stranger")
    with db.unit_of_work() as uow:
        uow.execute(
            insert(people).values(
                organization_id=rival.organization_id,
                account_id=ariane.account_id,
                given_name="Ariane",
                family_name="Gagnon",
                search_name="ariane gagnon",
                is_administrator=True,
                created_at=uow.now,
            )
        )
    visitor = visit(ariane)
    page = read_page(visitor, "/account")
    assert "Cafés rival" in page
    assert "Cafés stranger" not in page
    for organization_id in (stranger.organization_id, 999_999, "x", ""):
        refused = visitor.post("/account/organization", {"organization": str(organization_id)})
        assert refused.status_code == 404
    assert is_signed_in(ariane, Surface.PORTAL)
    before = ariane.session_ids[Surface.PORTAL]
    response = visitor.post("/account/organization", {"organization": str(rival.organization_id)})
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert "Cafés rival" in visitor.get("/account").text or "Cafés rival" in read_page(visitor, "/account")
    ariane.session_ids[Surface.PORTAL] = before
    assert not is_signed_in(ariane, Surface.PORTAL)


def test_a_switch_that_was_under_way_does_not_outlive_the_session(
    visit: Visit, app_world: World, ariane: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_and_be_signed_out(*asked: Any) -> Any:
        found = access_membership(*asked)
        with app_world.administering(ariane) as (uow, employee):
            do_end_sessions(uow, employee)
        return found

    monkeypatch.setattr(account, "access_membership", find_and_be_signed_out)
    answer = visit(ariane).post("/account/organization", {"organization": str(app_world.organization_id)})
    assert answer.headers["Location"].startswith("/sign-in")
    assert "Set-Cookie" not in answer.headers


def test_each_role_is_told_what_is_there_for_them(visit: Visit, app_world: World, ariane: Somebody) -> None:
    finance, support = add_vendor_staff(VendorRole.FINANCE), add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    words = {}
    for somebody in (finance, support, app_world.administrator, ariane):
        visitor = visit(somebody)
        speak_english(somebody)
        words[somebody.account_id] = read_page(visitor, "/account")
    assert "your account is all there is for you here" in words[finance.account_id]
    assert "You help all organizations" in words[support.account_id]
    assert "You run the whole organization" in words[app_world.administrator.account_id]
    assert "Cuisine" in words[ariane.account_id]

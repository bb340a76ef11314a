"""Signing out without network: the first thing that the phone asks for afterwards ends the session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from callbacks.identity import COOKIES, MARK_COOKIE
from callbacks.leaving import LEAVING_COOKIE
from data import db
from data.access.actors import Surface
from data.actions.sessions import do_sign_out
from data.models import sessions
from tests.callbacks.conftest import Visitor
from tests.callbacks.test_sign_in import PASSWORD, describe, give_password
from tests.factories import Somebody, World

Visit = Callable[..., Visitor]


@pytest.fixture
def karim(app_world: World) -> Somebody:
    return app_world.hire("Karim Benali", app_world.add_service("cuisine"), app=False)


@pytest.fixture
def phone(visit: Visit, karim: Somebody) -> Visitor:
    """It was signed out without network."""
    phone = visit(karim, Surface.MOBILE)
    phone.client.set_cookie(LEAVING_COOKIE, "1", path="/m")
    return phone


def list_open(somebody: Somebody) -> list[int]:
    mine = (sessions.c.account_id == somebody.account_id, sessions.c.ended_at.is_(None))
    with db.read() as reader:
        return list(reader.execute(select(sessions.c.id).where(*mine)).scalars())


def list_cookies(phone: Visitor) -> set[str]:
    names = (COOKIES[Surface.MOBILE], MARK_COOKIE, LEAVING_COOKIE)
    return {name for name in names if phone.client.get_cookie(name, path="/m")}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/m", 303),
        ("/m/notifications", 303),
        ("/m/diagnosis", 303),
        ("/m/sign-in", 200),
        ("/m/sw.js", 200),
    ],
)
def test_whatever_is_asked_for_ends_the_session(phone: Visitor, karim: Somebody, path: str, status: int) -> None:
    assert len(list_open(karim)) == 1
    assert phone.get(path).status_code == status
    assert list_open(karim) == []
    assert list_cookies(phone) == set()


def test_a_socket_and_what_a_script_sends_are_answered_as_to_anybody(phone: Visitor, karim: Somebody) -> None:
    shake = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "http://localhost", "Accept": "*/*"}
    assert phone.get("/m/socket", headers=shake).status_code == 401
    assert list_open(karim) == []
    assert phone.post("/m/push/devices", headers={"Accept": "*/*"}).status_code == 401


def test_what_comes_after_a_socket_that_could_not_take_the_cookies_takes_them(phone: Visitor, karim: Somebody) -> None:
    with db.unit_of_work() as uow:
        do_sign_out(uow, karim.act())
    assert phone.get("/m").status_code == 303
    assert list_cookies(phone) == set()


def test_the_portal_knows_nothing_of_it(visit: Visit, app_world: World) -> None:
    administrator = visit(app_world.administrator)
    administrator.client.set_cookie(LEAVING_COOKIE, "1", path="/")
    assert administrator.get("/session").status_code == 204


def test_whoever_signs_in_next_stays(phone: Visitor, karim: Somebody) -> None:
    (before,) = list_open(karim)
    give_password(karim)
    answer = phone.post("/m/sign-in", {"identifier": describe(karim)[0], "password": PASSWORD})
    assert answer.status_code == 303
    assert phone.get("/m/session").status_code == 204
    (after,) = list_open(karim)
    assert after != before


def test_whoever_signs_in_next_by_a_link_stays(visit: Visit, karim: Somebody) -> None:
    """Its page does not get the cookie, which is the phone application's."""
    give_password(karim)
    phone = visit()
    phone.client.set_cookie(LEAVING_COOKIE, "1", path="/m")
    phone.post("/sign-in", {"identifier": describe(karim)[0], "password": PASSWORD})
    assert phone.get("/m/session").status_code == 204

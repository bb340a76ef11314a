"""The application on the test's database, and people who use it over HTTP as a browser would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from callbacks.identity import COOKIES
from data import db
from data.access.actors import Surface, hash_token
from data.access.sign_in import SignInCandidate
from data.actions import sessions
from data.config import Settings
from tests.conftest import Moment
from tests.factories import Somebody, World, new_ref

ORIGIN = "http://localhost"
# What Chromium says that it accepts: several types as good as a page.
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,*/*;q=0.8"


class Visitor:
    """Somebody's browser: cookies, the Origin header, pages and Dash callbacks."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        headers = {"Accept": PAGE} | options.pop("headers", {})
        return self.client.get(path, headers=headers, buffered=True, **options)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> TestResponse:
        headers = {"Origin": ORIGIN, "Accept": PAGE} | options.pop("headers", {})
        return self.client.post(path, data=form or {}, headers=headers, **options)

    def call(
        self,
        output: str,
        inputs: list[tuple[Any, str, Any]],
        state: list[tuple[Any, str, Any]] = (),
        *,
        triggered: str | None = None,
    ) -> TestResponse:  # type: ignore[assignment]
        """Post to a Dash callback as its page would. `output` is the key of the callback or a part of it; inputs and
        state are (id, property, value)."""
        known = self.client.application.extensions["gate"].callbacks
        key = output if output in known else next(name for name in known if output in name)
        first_id, first_property, _ = inputs[0]
        changed = triggered or f"{_name(first_id)}.{first_property}"
        body = {
            "output": key,
            "outputs": _outputs(key),
            "inputs": [_argument(*given) for given in inputs],
            "state": [_argument(*given) for given in state],
            "changedPropIds": [changed],
        }
        return self.client.post("/_dash-update-component", json=body, headers={"Origin": ORIGIN})


def notices(response: TestResponse) -> list[str]:
    """The codes of the notices that an answer shows."""
    told = (response.get_json(silent=True) or {}).get("sideUpdate", {}).get("notice", {})
    return [told["data"]["code"]] if told else []


def _name(component_id: Any) -> str:
    return (
        component_id
        if isinstance(component_id, str)
        else json.dumps(component_id, sort_keys=True, separators=(",", ":"))
    )


def _argument(component_id: Any, property_name: str, value: Any) -> Any:
    """One input; a list of ids is what a pattern matched, with the list of their values."""
    if isinstance(component_id, list):
        return [
            {"id": each, "property": property_name, "value": one} for each, one in zip(component_id, value, strict=True)
        ]
    return {"id": component_id, "property": property_name, "value": value}


def _outputs(key: str) -> Any:
    parts = key.strip(".").split("...") if key.startswith("..") else [key]
    found = []
    for part in parts:
        component_id, _, property_name = part.rpartition(".")
        found.append({"id": component_id, "property": property_name})
    return found if key.startswith("..") else found[0]


@pytest.fixture
def application(moment: Moment, sqlite: db.Database, tmp_path: Path) -> Flask:
    """The whole application on an empty SQLite file; `world` comes after it."""
    server = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'chat.db'}"))
    server.testing = True
    return server


@pytest.fixture
def app_world(application: Flask) -> World:
    return World.create()


@pytest.fixture
def visit(application: Flask) -> Callable[..., Visitor]:
    """`visit()` is nobody; `visit(somebody, surface)` has signed in."""

    def enter(somebody: Somebody | None = None, surface: Surface = Surface.PORTAL) -> Visitor:
        visitor = Visitor(application.test_client())
        if somebody is not None:
            token = _start_session(somebody, surface, application.config["CHAT_SETTINGS"].secret_key)
            path = "/m" if surface is Surface.MOBILE else "/"
            visitor.client.set_cookie(COOKIES[surface], token, path=path)
        return visitor

    return enter


def _start_session(somebody: Somebody, surface: Surface, secret: str) -> str:
    from sqlalchemy import select

    from data.models import people

    token = new_ref()
    with db.unit_of_work() as uow:
        organization_id = uow.execute(
            select(people.c.organization_id).where(people.c.id == somebody.person_id)
        ).scalar()
        candidate = SignInCandidate(somebody.account_id, somebody.person_id, organization_id, None)
        session = sessions.do_start_session(
            uow, candidate, surface, token_hash=hash_token(token, secret), device="Test"
        )
    somebody.session_ids[surface] = session.id
    return token

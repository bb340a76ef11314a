"""Staff from a file over HTTP: shown, then done, by those who may; a file that is none stores nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from callbacks.staff_import import EXAMPLE, build_example
from components import ids
from data import db
from data.access.actors import VendorRole
from data.actions.staff_file import COLUMNS, read_staff_file
from data.models import employees, people, services
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import read_page, said
from tests.factories import World, add_vendor_staff

Visit = Callable[..., Visitor]

HEADINGS = "numero;prenom;nom;service;nom_service;date_embauche"
GOOD = f"{HEADINGS}\n100;Léa;Roy;cuisine;Cuisine;2024-02-05\n".encode()
BAD = f"{HEADINGS}\n100;Léa;Roy;cuisine;Cuisine;hier\n".encode()


def encode(content: bytes) -> str:
    return "data:text/csv;base64," + base64.b64encode(content).decode()


def preview(visitor: Visitor, content: Any, *, organization: Any = None) -> TestResponse:
    return visitor.call(
        f"..{ids.IMPORT_PREVIEW}.children...{ids.IMPORT_RESULT}.children..",
        [(ids.IMPORT_CONTENT, "data", content)],
        [(ids.IMPORT_FILE, "filename", "staff.csv"), (ids.IMPORT_ORGANIZATION, "data", organization)],
    )


def apply(visitor: Visitor, content: Any, *, organization: Any = None, clicks: Any = 1) -> TestResponse:
    return visitor.call(
        f"{ids.IMPORT_FILE}.contents..",
        [(ids.IMPORT_APPLY, "n_clicks", clicks)],
        [
            (ids.IMPORT_CONTENT, "data", content),
            (ids.IMPORT_FILE, "filename", "staff.csv"),
            (ids.IMPORT_ORGANIZATION, "data", organization),
        ],
    )


def shows(response: TestResponse, part: str = ids.IMPORT_PREVIEW) -> str:
    return json.dumps(said(response)[part], ensure_ascii=False)


def count(organization_id: int | None = None) -> int:
    query = select(func.count()).select_from(employees)
    if organization_id is not None:
        query = query.where(employees.c.organization_id == organization_id)
    with db.read() as reader:
        return reader.execute(query).scalar_one()


@pytest.fixture
def rival(app_world: World) -> World:
    return World.create("rival")


def test_it_shows_then_does(visit: Visit, app_world: World) -> None:
    visitor = visit(app_world.administrator)
    shown = shows(preview(visitor, encode(GOOD)))
    assert "Léa Roy (100)" in shown
    assert ids.IMPORT_APPLY in shown
    assert count() == 0
    assert "Léa Roy (100)" in shows(apply(visitor, encode(GOOD)), ids.IMPORT_RESULT)
    assert count(app_world.organization_id) == 1
    # Again: nothing left to agree to.
    shown = shows(preview(visitor, encode(GOOD)))
    assert ids.IMPORT_APPLY not in shown
    apply(visitor, encode(GOOD))
    assert count() == 1


def test_what_is_wrong_is_said_with_line_column_and_reason(visit: Visit, app_world: World) -> None:
    visitor = visit(app_world.administrator)
    shown = shows(preview(visitor, encode(BAD)))
    for word in ('"2"]', "date_embauche", "hier"):
        assert word in shown
    assert ids.IMPORT_APPLY not in shown
    # A forged agreement is no agreement.
    assert "date_embauche" in shows(apply(visitor, encode(BAD)), ids.IMPORT_RESULT)
    assert count() == 0


def test_a_hundred_lines_are_shown_of_many(visit: Visit, app_world: World) -> None:
    lines = "".join(f"{n};a;b;c;;avant-hier\n" for n in range(5_000))
    shown = shows(preview(visit(app_world.administrator), encode(f"{HEADINGS}\n{lines}".encode())))
    assert shown.count("avant-hier") == 100
    assert "4\u00a0900" in shown or "4,900" in shown


@pytest.mark.parametrize(
    "content",
    [
        encode(b"\xff\xd8\xff\xe0\x00\x10JFIF" * 50),
        encode(GOOD.decode().encode("utf-16")),
        encode(GOOD.replace(b"\n", b"\r")),
        encode(b"x" * 5_000_001),
        encode(HEADINGS.encode() + b"\n" + b"1;a;b;c;d;2024-01-01\n" * 25_000),
        encode(b'numero;"prenom'),
        encode(b""),
        "data:text/csv;base64,@@@@",
        "not a file",
        "",
    ],
    ids=["jpeg", "utf-16", "cr", "6 MB", "25,000", "quote", "empty", "no base64", "no url", "nothing"],
)
def test_what_is_no_staff_file_is_refused_in_words(visit: Visit, app_world: World, content: str) -> None:
    visitor = visit(app_world.administrator)
    shown = shows(preview(visitor, content))
    assert "told danger" in shown
    assert ids.IMPORT_APPLY not in shown
    apply(visitor, content)
    assert count() == 0


def test_what_is_malformed_or_too_large_for_the_door(visit: Visit, app_world: World) -> None:
    visitor = visit(app_world.administrator)
    for malformed in (7, ["x"], {"a": 1}):
        assert preview(visitor, malformed).status_code == 400
        assert apply(visitor, malformed).status_code == 400
    for organization in ("x", [1], {}):
        assert preview(visitor, encode(GOOD), organization=organization).status_code == 400
    assert preview(visitor, "x" * 8_100_000).status_code == 413
    assert count() == 0


def test_customer_service_imports_where_it_says(visit: Visit, app_world: World, rival: World) -> None:
    visitor = visit(add_vendor_staff(VendorRole.CUSTOMER_SERVICE))
    assert "Cafés rival" in read_page(visitor, f"/import?organization={rival.organization_id}")
    for absent in (None, 999_999, -1, 10**18):
        assert notices(apply(visitor, encode(GOOD), organization=absent)) == ["not_found"]
        assert notices(preview(visitor, encode(GOOD), organization=absent)) == ["not_found"]
    apply(visitor, encode(GOOD), organization=rival.organization_id)
    assert (count(rival.organization_id), count(app_world.organization_id)) == (1, 0)


def test_an_administrator_imports_at_home_only(visit: Visit, app_world: World, rival: World) -> None:
    visitor = visit(app_world.administrator)
    for organization in (rival.organization_id, 999_999):
        assert notices(preview(visitor, encode(GOOD), organization=organization)) == ["not_found"]
        assert notices(apply(visitor, encode(GOOD), organization=organization)) == ["not_found"]
    assert count() == 0
    pages = {
        read_page(visitor, f"/import?organization={organization}") for organization in (rival.organization_id, 999_999)
    }
    assert len(pages) == 1


def test_nobody_else_imports(visit: Visit, app_world: World) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    before = count()
    for somebody in (manager, add_vendor_staff(VendorRole.FINANCE)):
        visitor = visit(somebody)
        assert preview(visitor, encode(GOOD)).status_code == 403
        assert apply(visitor, encode(GOOD), organization=app_world.organization_id).status_code == 403
        assert visitor.get(EXAMPLE).status_code == 403
        assert ids.IMPORT_FILE not in read_page(visitor, "/import")
    assert apply(visit(), encode(GOOD)).status_code == 401
    assert count() == before


def test_names_are_shown_as_they_are_written(visit: Visit, app_world: World) -> None:
    """Markup is text; a formula never comes in, so that it never goes out into a spreadsheet."""
    content = f"{HEADINGS}\n100;<b>Léa</b>;Roy;cuisine;Cuisine;2024-02-05\n101;+Léa;Roy;cuisine;Cuisine;2024-02-05\n"
    assert "+Léa" in shows(preview(visit(app_world.administrator), encode(content.encode())))
    apply(visit(app_world.administrator), encode(content.encode()))
    assert count() == 0


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_example_can_be_imported(visit: Visit, app_world: World, language: str) -> None:
    content = build_example(language)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[0].split(";") == [
        names[language == "en"] for names in COLUMNS.values()
    ]
    assert (read_staff_file(content).problems, read_staff_file(content).unused) == ([], ())
    visitor = visit(app_world.administrator)
    response = visitor.get(EXAMPLE)
    assert response.headers["Content-Disposition"].startswith("attachment")
    apply(visitor, encode(content))
    with db.read() as reader:
        assert reader.execute(select(func.count()).select_from(people)).scalar_one() == 4
        assert reader.execute(select(func.count()).select_from(services)).scalar_one() == 2

"""The option over HTTP: looking ahead, switching, taking back, reading, as each kind of person and as a forger."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import Surface, VendorRole
from data.access.directory import access_organization_at_console, access_service_by_code
from data.access.rights import get_option_state
from data.actions.staff_file import read_staff_file
from data.actions.staff_import import do_import_staff
from data.models import option_changes, option_voids, organizations
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import count, read_page, said
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, launch, send
from tests.mail_server import taking_mail

Visit = Callable[..., Visitor]

DECEMBER = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)


@pytest.fixture
def support(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


@pytest.fixture
def finance(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.FINANCE)


@pytest.fixture
def off(app_world: World) -> World:
    """An organization where the chat has never been on, with two services."""
    world = World.create("boreal", option=False)
    for code in ("cuisine", "salle"):
        world.add_service(code)
    return world


def form(
    world: World | object,
    *,
    is_on: Any = True,
    scope: Any = "all",
    services: Any = (),
    when: Any = "2026-12-01",
    day: Any = "",
    hour: Any = "00:00",
    trial: Any = "",
) -> dict[str, Any]:
    return {
        ids.OPTION_SCOPE: scope,
        ids.OPTION_SERVICES: list(services) if isinstance(services, tuple) else services,
        ids.OPTION_WHEN: when,
        ids.OPTION_DAY: day,
        ids.OPTION_HOUR: hour,
        ids.OPTION_TRIAL: trial,
        ids.OPTION_ORGANIZATION: world.organization_id if isinstance(world, World) else world,
        ids.OPTION_DIRECTION: is_on,
    }


def look_ahead(visitor: Visitor, world: World | object, **fields: Any) -> TestResponse:
    given = form(world, **fields)
    stores = (ids.OPTION_ORGANIZATION, ids.OPTION_DIRECTION)
    return visitor.call(
        f"{ids.OPTION_PREVIEW}.children",
        [(name, "value", value) for name, value in given.items() if name not in stores],
        [(name, "data", given[name]) for name in stores],
    )


def confirm(
    visitor: Visitor,
    world: World | object,
    *,
    ticket: Any = "SC-1",
    requester: Any = None,
    clicks: Any = 1,
    **fields: Any,
) -> TestResponse:
    given = form(world, **fields)
    asked = str(world.administrator.id) if requester is None and isinstance(world, World) else requester
    order = (ids.OPTION_SCOPE, ids.OPTION_SERVICES, ids.OPTION_WHEN, ids.OPTION_DAY, ids.OPTION_HOUR, ids.OPTION_TRIAL)
    return visitor.call(
        f"..{ids.OPTION_ERROR}.children...",
        [(ids.OPTION_CONFIRM, "n_clicks", clicks)],
        [
            (ids.OPTION_ORGANIZATION, "data", given[ids.OPTION_ORGANIZATION]),
            (ids.OPTION_DIRECTION, "data", given[ids.OPTION_DIRECTION]),
            *((name, "value", given[name]) for name in order),
            (ids.OPTION_TICKET, "value", ticket),
            (ids.OPTION_REQUESTER, "value", asked),
        ],
    )


def open_form(visitor: Visitor, world: World | object, pressed: str = ids.OPTION_SWITCH_ON) -> TestResponse:
    return visitor.call(
        f"..{ids.OPTION_DRAWER}.is_open...{ids.OPTION_TITLE}",
        [(ids.OPTION_SWITCH_ON, "n_clicks", 1), (ids.OPTION_SWITCH_OFF, "n_clicks", 1)],
        [(ids.OPTION_ORGANIZATION, "data", world.organization_id if isinstance(world, World) else world)],
        triggered=f"{pressed}.n_clicks",
    )


def open_undoing(visitor: Visitor, world: World, way: object, change_id: object) -> TestResponse:
    button = {"type": "option-undo", "way": way, "change": change_id}
    return visitor.call(
        f"..{ids.OPTION_UNDO_DIALOG}.is_open...{ids.OPTION_UNDO_TITLE}",
        [([button], "n_clicks", [1])],
        [(ids.OPTION_ORGANIZATION, "data", world.organization_id)],
        triggered=json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks",
    )


def undo(
    visitor: Visitor, world: World, way: object, change_id: object, *, ticket: Any = "SC-2", requester: Any = None
) -> TestResponse:
    key = next(
        name
        for name in visitor.client.application.extensions["gate"].callbacks
        if name.startswith(f"..{ids.OPTION_UNDO_DIALOG}.is_open@") and ids.OPTION_BODY in name
    )
    return visitor.call(
        key,
        [(ids.OPTION_UNDO_SAVE, "n_clicks", 1)],
        [
            (ids.OPTION_ORGANIZATION, "data", world.organization_id),
            (ids.OPTION_UNDO_WHAT, "data", {"way": way, "change": change_id}),
            (ids.OPTION_UNDO_TICKET, "value", ticket),
            (ids.OPTION_UNDO_REQUESTER, "value", str(world.administrator.id) if requester is None else requester),
        ],
    )


def list_latest(visitor: Visitor, *, search: Any = "", page: Any = 1) -> TestResponse:
    return visitor.call(
        f"{ids.OPTIONS_TABLE}.children",
        [
            (ids.OPTIONS_SEARCH, "value", search),
            (ids.OPTIONS_PREVIOUS, "n_clicks", 0),
            (ids.OPTIONS_NEXT, "n_clicks", 1),
        ],
        [(ids.OPTIONS_PAGE, "data", page)],
    )


def text_of(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def first_service(world: World, code: str) -> int:
    with db.read() as reader:
        return access_service_by_code(reader, access_organization_at_console(reader, world.code), code).id


def first_change(world: World) -> int:
    with db.read() as reader:
        found: int = (
            reader.execute(select(option_changes.c.id).where(option_changes.c.organization_id == world.organization_id))
            .scalars()
            .first()
        )
    return found


def is_on(world: World) -> bool:
    with db.read() as reader:
        return get_option_state(reader, world.organization_id).is_on_somewhere


# Switching.


def test_r3_one_looks_ahead_in_figures_before_confirming(visit: Visit, off: World, support: Somebody) -> None:
    kitchen = off.add_service("bar")
    off.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    off.hire("Karim Benali", kitchen, app=False)
    visitor = visit(support)
    opened = said(open_form(visitor, off))
    assert opened[ids.OPTION_DRAWER]["is_open"] is True
    assert "Ada Ministre" in text_of(opened)
    assert "2026-12-01" in text_of(opened)
    before = count(option_changes)
    answer = said(look_ahead(visitor, off))
    words = "Activer le 1er décembre 2026, 0\u00a0h\u00a000"
    assert answer[ids.OPTION_CONFIRM] == {"children": words, "disabled": False}
    assert (answer[ids.OPTION_SERVICES_PART]["hidden"], answer[ids.OPTION_OTHER_PART]["hidden"]) == (True, True)
    figures = re.findall(r'"children": "(\d+)", "className": "count"', text_of(answer))
    assert figures == ["3", "2", "1", "0"]
    now = said(look_ahead(visitor, off, when="now", scope="services", services=(kitchen,)))
    assert now[ids.OPTION_CONFIRM]["children"] == "Activer maintenant"
    assert now[ids.OPTION_SERVICES_PART]["hidden"] is False
    assert count(option_changes) == before


def test_r3_both_bills_stand_beside_the_moments(visit: Visit, off: World, support: Somebody, moment: Moment) -> None:
    lines = "numero;prenom;nom;service;date_embauche\n" + "".join(
        f"{n};Léa;Roy;{'salle' if n < 20 else 'cuisine'};2024-02-05\n" for n in range(137)
    )
    with db.unit_of_work() as uow:
        here = access_organization_at_console(uow, "boreal")
        do_import_staff(uow, here, read_staff_file(lines.encode()))
    visitor = visit(support)

    def costs(**fields: Any) -> list[str]:
        moments = said(look_ahead(visitor, off, **fields))[ids.OPTION_WHEN]["options"]
        spans = [each["label"]["props"]["children"] for each in moments]
        return [span[1]["props"]["children"].replace("\u00a0", " ") for span in spans]

    assert costs() == [
        "137 employés, 34,25 $ + TPS 1,71 $ + TVQ 3,42 $ = 39,38 $ par mois",
        "Novembre 2026 est facturé en entier, 39,38 $",
        "",
    ]
    assert costs(scope="services", services=(first_service(off, "salle"),))[0].startswith("20 employés, 5,00 $ + TPS")
    assert costs(scope="services") == ["", "", ""]
    assert costs(trial="2026-12-31")[0].startswith("Gratuit au début; ensuite 137 employés")
    assert costs(trial="2026-12-31")[1].startswith("Gratuit au début; ensuite 137 employés")
    confirm(visitor, off, when="now", ticket="SC-1")
    moment.advance(minutes=1)
    assert costs(is_on=False)[:2] == [
        "Rien n'est facturé à partir de ce moment.",
        "Novembre 2026 est facturé en entier, 39,38 $, puis plus rien.",
    ]
    page = read_page(visitor, f"/options?organization={off.organization_id}").replace("\u00a0", " ")
    assert "39,38 $" in page
    assert "39,38 $" in read_page(visitor, "/organizations").replace("\u00a0", " ")


def test_what_cannot_be_is_said_before_confirming(
    visit: Visit, app_world: World, off: World, support: Somebody
) -> None:
    visitor = visit(support)
    for fields in (
        {"scope": "services"},
        {"when": "other"},
        {"when": "other", "day": "2026-11-22"},
        {"when": "other", "day": "2026-12-02", "hour": "29:00"},
        {"when": "other", "day": "2026-12-02", "hour": None},
        {"when": "x"},
        {"when": None},
        {"trial": "2026-11-30"},
        {"trial": "demain"},
        {"is_on": False},
    ):
        answer = said(look_ahead(visitor, off, **fields))
        assert answer[ids.OPTION_CONFIRM]["disabled"] is True, fields
        assert "notice-box" in text_of(answer[ids.OPTION_PREVIEW])
    assert said(look_ahead(visitor, app_world, is_on=False))[ids.OPTION_CONFIRM]["disabled"] is False


def test_r1_a_switch_is_confirmed_and_its_confirmation_offered(
    visit: Visit, off: World, support: Somebody, moment: Moment
) -> None:
    visitor = visit(support)
    answer = said(confirm(visitor, off, ticket="SC-7", trial="2026-12-31"))
    assert answer[ids.OPTION_ERROR]["children"] == ""
    assert answer[ids.OPTION_DRAWER]["is_open"] is False
    change = first_change(off)
    done = text_of(answer[ids.OPTION_DONE])
    assert f"/options/confirmation/{change}" in done
    assert "mailto:admin@boreal.example?subject=" in done
    assert "SC-7" in text_of(answer[ids.OPTION_BODY])
    with db.read() as reader:
        row = reader.execute(select(option_changes).where(option_changes.c.id == change)).one()
    assert (row.effective_at, row.requested_by, row.recorded_by) == (DECEMBER, "Ada Ministre", support.account_id)
    assert not is_on(off)
    moment.at = DECEMBER
    assert is_on(off)


def use_mail_server(application: Flask, url: str) -> None:
    settings = application.config["CHAT_SETTINGS"].model_copy(
        update={"smtp_url": url, "mail_from": "chat@horaire.example"}
    )
    application.config["CHAT_SETTINGS"] = settings


def test_r1_the_confirmation_goes_to_who_asked_where_there_is_a_mail_server(
    application: Flask, visit: Visit, off: World, support: Somebody
) -> None:
    with taking_mail() as mail:
        use_mail_server(application, mail.url)
        done = text_of(said(confirm(visit(support), off, ticket="SC-7"))[ids.OPTION_DONE])
    (letter,) = mail.letters
    assert (letter["To"], letter["From"]) == ("admin@boreal.example", "chat@horaire.example")
    assert "activation de la Messagerie Chat" in letter["Subject"]
    assert "SC-7" in letter.get_content()
    assert "a reçu la confirmation écrite" in done


def test_r1_a_confirmation_that_could_not_be_sent_is_said_and_the_switch_stands(
    application: Flask, visit: Visit, off: World, support: Somebody, moment: Moment
) -> None:
    with taking_mail(refuses=True) as mail:
        use_mail_server(application, mail.url)
        done = text_of(said(confirm(visit(support), off))[ids.OPTION_DONE])
    assert "n'a pas pu être envoyée" in done
    later = confirm(visit(support), off, is_on=False, when="2027-01-01", ticket="SC-8")  # nobody listens there any more
    assert "n'a pas pu être envoyée" in text_of(said(later)[ids.OPTION_DONE])
    moment.at = DECEMBER
    assert is_on(off)


def test_a_form_that_has_just_been_drawn_switches_nothing(visit: Visit, off: World, support: Somebody) -> None:
    before = count(option_changes)
    for clicks in (0, None):
        assert said(confirm(visit(support), off, clicks=clicks)) == {}
    assert count(option_changes) == before


def test_what_is_refused_is_said_beside_the_form(visit: Visit, app_world: World, off: World, support: Somebody) -> None:
    visitor = visit(support)
    karim = off.hire("Karim Benali", off.add_service("bar"))
    confirm(visitor, off, ticket="SC-1")
    before = count(option_changes)
    kitchen = app_world.add_service("cuisine")
    for fields in (
        {"ticket": ""},
        {"ticket": None},
        {"ticket": "x" * 41},
        {"ticket": "sc-1", "is_on": False, "when": "2027-01-01"},
        {"ticket": "SC-2"},  # on already then
        {"ticket": "SC-2", "when": "2026-11-01"},
        {"ticket": "SC-2", "when": "now", "requester": ""},
        {"ticket": "SC-2", "when": "now", "requester": "billing"},
        {"ticket": "SC-2", "when": "now", "requester": str(karim.id)},
        {"ticket": "SC-2", "when": "now", "requester": str(app_world.administrator.id)},
        {"ticket": "SC-2", "when": "now", "scope": "services", "services": (kitchen,)},
        {"ticket": "SC-2", "when": "now", "scope": "services"},
        {"ticket": "SC-2", "when": "now", "scope": "services", "services": (999_999,)},
    ):
        answer = said(confirm(visitor, off, **fields))
        assert set(answer) == {ids.OPTION_ERROR}, fields
        assert answer[ids.OPTION_ERROR]["children"], fields
    assert count(option_changes) == before


def test_the_billing_contact_may_have_asked(visit: Visit, off: World, support: Somebody) -> None:
    with db.unit_of_work() as uow:
        uow.execute(
            organizations.update()
            .where(organizations.c.id == off.organization_id)
            .values(billing_contact_name="Zoé Comptable", billing_contact_email="zoe@boreal.example")
        )
    assert "Zoé Comptable" in text_of(said(open_form(visit(support), off)))
    answer = said(confirm(visit(support), off, requester="billing"))
    assert "mailto:zoe@boreal.example" in text_of(answer[ids.OPTION_DONE])


def test_r1_only_customer_service_switches(
    visit: Visit, app_world: World, off: World, support: Somebody, finance: Somebody
) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = app_world.hire("Karim Benali", kitchen)
    change = first_change(app_world)
    before = count(option_changes) + count(option_voids)

    def try_all(visitor: Visitor) -> set[int]:
        tries = (
            open_form(visitor, app_world),
            look_ahead(visitor, app_world, is_on=False),
            confirm(visitor, app_world, is_on=False, when="now"),
            open_undoing(visitor, app_world, "annul", change),
            undo(visitor, app_world, "annul", change),
        )
        return {each.status_code for each in tries}

    for somebody in (app_world.administrator, manager, karim, finance, off.administrator):
        assert try_all(visit(somebody)) == {403}
    assert try_all(visit(karim, Surface.MOBILE)) == {401}  # the phone's session is none at the portal
    assert try_all(visit()) == {401}
    assert count(option_changes) + count(option_voids) == before
    assert is_on(app_world)


def test_an_organization_that_is_not_there_is_absent(visit: Visit, off: World, support: Somebody) -> None:
    visitor = visit(support)
    for nowhere in (999_999, 0, 10**30, "x", None):
        for response in (open_form(visitor, nowhere), look_ahead(visitor, nowhere)):
            assert response.status_code == 400 or notices(response) == ["not_found"]
        response = confirm(visitor, nowhere, requester="1")
        assert response.status_code == 400 or set(said(response)) == {ids.OPTION_ERROR}


def test_forged_payloads_are_refused(visit: Visit, off: World, support: Somebody) -> None:
    visitor = visit(support)
    before = count(option_changes)
    for fields in (
        {"scope": ["all"]},
        {"services": "1"},
        {"services": [{"a": 1}]},
        {"when": 7},
        {"day": {}},
        {"is_on": "yes"},
        {"ticket": ["x"]},
        {"requester": 7},
    ):
        assert confirm(visitor, off, **fields).status_code == 400, fields
    assert undo(visitor, off, "annul", 1, ticket=7).status_code == 400
    for way, change in (("erase", 1), (None, 1), ("cancel", "x"), ("cancel", 10**30), ("annul", None)):
        assert set(said(undo(visitor, off, way, change))) == {ids.OPTION_UNDO_ERROR}
    assert count(option_changes) == before


# Taking back.


def test_a_planned_switch_is_given_up(visit: Visit, off: World, support: Somebody, moment: Moment) -> None:
    visitor = visit(support)
    confirm(visitor, off, ticket="SC-1")
    change = first_change(off)
    opened = said(open_undoing(visitor, off, "cancel", change))
    assert opened[ids.OPTION_UNDO_DIALOG]["is_open"] is True
    assert opened[ids.OPTION_UNDO_WHAT]["data"] == {"way": "cancel", "change": change}
    assert said(undo(visitor, off, "cancel", change, requester=""))[ids.OPTION_UNDO_ERROR]["children"]
    answer = said(undo(visitor, off, "cancel", change, ticket="SC-1"))
    assert answer[ids.OPTION_UNDO_DIALOG]["is_open"] is False
    assert ids.option_undo("cancel", change)["type"] not in text_of(answer[ids.OPTION_BODY])
    page = visitor.get(f"/options/confirmation/{change}")
    assert "abandonné depuis" in page.text
    moment.at = DECEMBER
    assert not is_on(off)


def test_r1_a_mistake_is_annulled_or_the_reason_told(
    visit: Visit, off: World, support: Somebody, moment: Moment
) -> None:
    bar = off.add_service("bar")
    manager = off.hire("Ariane Gagnon", bar, manages=(bar,))
    visitor = visit(support)
    confirm(visitor, off, ticket="SC-1", when="now")
    change = first_change(off)
    assert "option-undo" in read_page(visitor, f"/options?organization={off.organization_id}")
    assert "nobody" in text_of(said(open_undoing(visitor, off, "annul", change)))
    send(manager, launch(manager, bar), "Bonjour")
    refused = said(undo(visitor, off, "annul", change, requester="nobody"))
    assert "messages" in refused[ids.OPTION_UNDO_ERROR]["children"]
    assert is_on(off)
    confirm(visitor, off, ticket="SC-3", when="now", is_on=False)
    assert not is_on(off)
    moment.advance(hours=1)
    confirm(visitor, off, ticket="SC-4", when="now")
    with db.read() as reader:
        last = reader.execute(select(option_changes.c.id).order_by(option_changes.c.id.desc())).scalars().first()
    assert said(undo(visitor, off, "annul", last, requester="nobody", ticket="SC-4"))[ids.OPTION_UNDO_DIALOG] == {
        "is_open": False
    }
    assert not is_on(off)


# Reading.


def test_the_history_is_for_the_vendor_and_ones_own_administrator(
    visit: Visit, app_world: World, off: World, support: Somebody, finance: Somebody
) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    confirm(visit(support), app_world, ticket="SC-77", is_on=False)
    for somebody in (support, finance):
        page = read_page(visit(somebody), f"/options?organization={app_world.organization_id}")
        assert "SC-77" in page
        assert (ids.OPTION_SWITCH_ON in page) is (somebody is support)
        assert ("option-undo" in page) is (somebody is support)
    own = read_page(visit(app_world.administrator), "/options")
    assert "SC-77" in own
    assert ids.OPTION_SWITCH_ON not in own
    assert own == read_page(visit(app_world.administrator), f"/options?organization={app_world.organization_id}")
    foreign, unknown = (
        read_page(visit(off.administrator), f"/options?organization={each}")
        for each in (app_world.organization_id, 999_999)
    )
    assert foreign == unknown
    assert "SC-77" not in foreign
    for somebody in (manager,):
        assert "SC-77" not in read_page(visit(somebody), "/options")
    karim = app_world.hire("Karim Benali", kitchen)
    assert visit(karim).get("/options").status_code == 403


def test_the_confirmation_is_read_by_whom_the_history_is(
    visit: Visit, app_world: World, off: World, support: Somebody, finance: Somebody
) -> None:
    kitchen = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    confirm(visit(support), app_world, ticket="<b>SC-8</b>", is_on=False)
    with db.read() as reader:
        change = reader.execute(select(option_changes.c.id).order_by(option_changes.c.id.desc())).scalars().first()
    path = f"/options/confirmation/{change}"
    letters = [visit(somebody).get(path) for somebody in (support, finance, app_world.administrator)]
    assert [letter.status_code for letter in letters] == [200] * 3
    assert all("désactivation de la Messagerie Chat" in letter.text for letter in letters)
    assert all("&lt;b&gt;SC-8" in letter.text for letter in letters)
    assert ["mailto:" in letter.text for letter in letters] == [True, False, False]
    body = unquote(re.search(r'href="(mailto:[^"]+)"', letters[0].text)[1])  # type: ignore[index]
    assert "Cafés laurier" in body
    assert "1er décembre 2026, 0\u00a0h\u00a000" in body
    foreign, unknown = (visit(off.administrator).get(each) for each in (path, "/options/confirmation/999999"))
    assert (foreign.status_code, foreign.text) == (404, unknown.text)
    for odd in ("x", "0", "-1", "9" * 40, "1e3"):
        assert visit(support).get(f"/options/confirmation/{odd}").status_code == 404
    assert visit(manager).get(path).status_code == 403
    assert visit().get(path).status_code == 303


def test_every_switch_of_all_is_listed_for_the_vendor(
    visit: Visit, app_world: World, off: World, support: Somebody, finance: Somebody
) -> None:
    confirm(visit(support), off, ticket="SC-100")
    page = read_page(visit(finance), "/options")
    assert f"/options?organization={off.organization_id}" in page
    assert "SC-100" in page
    found = text_of(said(list_latest(visit(finance), search="BORÉAL")))
    assert "SC-100" in found
    assert "0,00\xa0$ ce mois-ci, taxes comprises" in found
    assert "Cafés laurier" not in found
    assert "SC-100" in text_of(said(list_latest(visit(support), search="sc-10")))
    assert "SC-100" not in text_of(said(list_latest(visit(support), search="sc_10")))
    for page_number in (0, -3, 10**9, None):
        assert list_latest(visit(support), page=page_number).status_code == 200
    assert list_latest(visit(app_world.administrator)).status_code == 200
    assert notices(list_latest(visit(app_world.administrator))) == ["not_allowed"]
    assert list_latest(visit()).status_code == 401

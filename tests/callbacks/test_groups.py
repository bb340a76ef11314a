"""Personal groups over HTTP: chosen people stay chosen while one searches; nobody touches another one's group."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import Surface
from data.access.directory import access_listed_organization
from data.queries.groups import list_groups
from tests.callbacks.conftest import Visitor, notices
from tests.callbacks.test_directory import read_page, said
from tests.factories import Somebody, World

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
def sofia(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Sofia Lavoie", kitchen)


def save(visitor: Visitor, name: Any, chosen: Any, *, group: Any = None) -> TestResponse:
    return visitor.call(
        f"{ids.GROUP_ERROR}.children@",
        [(ids.GROUP_SAVE, "n_clicks", 1), (ids.GROUP_NAME, "n_submit", None)],
        [(ids.GROUP_ID, "data", group), (ids.GROUP_NAME, "value", name), (ids.GROUP_CHOSEN_IDS, "data", chosen)],
    )


def pick(
    visitor: Visitor, *, search: Any = "", ticked: Any = (), shown: Any = (), chosen: Any = (), triggered: str
) -> dict[str, Any]:
    return said(
        visitor.call(
            f"{ids.GROUP_PEOPLE}.options@",
            [(ids.GROUP_SEARCH, "value", search), (ids.GROUP_PEOPLE, "value", list(ticked)), ([], "n_clicks", [])],
            [
                (ids.GROUP_PEOPLE, "options", [{"value": person} for person in shown]),
                (ids.GROUP_CHOSEN_IDS, "data", list(chosen)),
            ],
            triggered=triggered,
        )
    )


def press(visitor: Visitor, button: dict[str, Any], output: str, *others: tuple[Any, str, Any]) -> TestResponse:
    triggered = json.dumps(button, sort_keys=True, separators=(",", ":")) + ".n_clicks"
    inputs: list[tuple[Any, str, Any]] = [([button], "n_clicks", [1])]
    before = [each for each in others if each[0] == ids.GROUP_NEW]
    after = [each for each in others if each[0] != ids.GROUP_NEW]
    return visitor.call(output, [*before, *inputs, *after], triggered=triggered)


def edit(visitor: Visitor, group: object) -> TestResponse:
    others = ((ids.GROUP_NEW, "n_clicks", None), (ids.GROUP_CANCEL, "n_clicks", None))
    return press(visitor, {"type": "saved-group", "group": group}, f"{ids.GROUP_DIALOG}.is_open...", *others)


def delete(visitor: Visitor, group: object) -> TestResponse:
    return visitor.call(
        f"{ids.GROUP_DELETE_DIALOG}.is_open@",
        [(ids.GROUP_DELETE, "n_clicks", 1)],
        [(ids.GROUP_DELETE_ID, "data", group)],
    )


def groups_of(owner: Somebody) -> dict[str, int]:
    with db.read() as reader:
        groups = list_groups(reader, access_listed_organization(reader, owner.act(Surface.PORTAL)))
    return {group.name: group.id for group in groups}


def test_people_chosen_stay_chosen_while_one_searches(
    visit: Visit, ariane: Somebody, karim: Somebody, sofia: Somebody
) -> None:
    visitor = visit(ariane)
    shown = [karim.id, sofia.id]
    ticked = pick(visitor, ticked=[karim.id], shown=shown, triggered=f"{ids.GROUP_PEOPLE}.value")
    assert ticked[ids.GROUP_CHOSEN_IDS]["data"] == [karim.id]
    searched = pick(visitor, search="LÀvoïe", chosen=[karim.id], triggered=f"{ids.GROUP_SEARCH}.value")
    assert [option["value"] for option in searched[ids.GROUP_PEOPLE]["options"]] == [sofia.id]
    assert searched[ids.GROUP_CHOSEN_IDS]["data"] == [karim.id]
    more = pick(
        visitor,
        search="lavoie",
        ticked=[sofia.id],
        shown=[sofia.id],
        chosen=[karim.id],
        triggered=f"{ids.GROUP_PEOPLE}.value",
    )
    assert more[ids.GROUP_CHOSEN_IDS]["data"] == [karim.id, sofia.id]
    unticked = pick(
        visitor, ticked=[sofia.id], shown=shown, chosen=[karim.id, sofia.id], triggered=f"{ids.GROUP_PEOPLE}.value"
    )
    assert unticked[ids.GROUP_CHOSEN_IDS]["data"] == [sofia.id]


def test_a_choice_forged_with_strangers_holds_none(visit: Visit, app_world: World, ariane: Somebody) -> None:
    elsewhere = app_world.hire("Planté Ailleurs", app_world.add_service("bar"))
    answer = pick(visit(ariane), chosen=[elsewhere.id, 999_999, 2**53], triggered=f"{ids.GROUP_SEARCH}.value")
    assert answer[ids.GROUP_CHOSEN_IDS]["data"] == []
    assert "Plant" not in json.dumps(answer)
    refused = said(save(visit(ariane), "Volé", [elsewhere.id]))
    assert set(refused) == {ids.GROUP_ERROR}
    assert groups_of(ariane) == {}


def test_a_group_is_made_changed_and_deleted(visit: Visit, ariane: Somebody, karim: Somebody, sofia: Somebody) -> None:
    visitor = visit(ariane)
    assert said(save(visitor, "Fermeture", [karim.id]))[ids.GROUP_DIALOG]["is_open"] is False
    group = groups_of(ariane)["Fermeture"]
    opened = said(edit(visitor, group))
    assert opened[ids.GROUP_NAME]["value"] == "Fermeture"
    assert opened[ids.GROUP_CHOSEN_IDS]["data"] == [karim.id]
    said(save(visitor, "Soirs", [sofia.id], group=group))
    assert groups_of(ariane) == {"Soirs": group}
    asked = press(
        visitor,
        {"type": "saved-group-delete", "group": group},
        f"{ids.GROUP_DELETE_DIALOG}.is_open...",
        (ids.GROUP_KEEP, "n_clicks", None),
    )
    assert "Soirs" in said(asked)[ids.GROUP_DELETE_TEXT]["children"]
    assert groups_of(ariane) == {"Soirs": group}  # asking deletes nothing
    said(delete(visitor, group))
    assert groups_of(ariane) == {}


def test_nobody_touches_another_ones_group(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, kitchen: int
) -> None:
    said(save(visit(ariane), "Secret", [karim.id]))
    group = groups_of(ariane)["Secret"]
    benoit = app_world.hire("Benoît Carrière", kitchen, manages=(kitchen,))
    rival = World.create("rival")
    for other in (benoit, app_world.administrator, rival.administrator):
        assert "Secret" not in read_page(visit(other), "/groups")
        for absent in (group, 999_999, "x"):
            assert notices(edit(visit(other), absent)) == ["not_found"]
            assert notices(delete(visit(other), absent if absent != "x" else 0)) == ["not_found"]
            assert set(said(save(visit(other), "Volé", [], group=absent if absent != "x" else 0))) == {ids.GROUP_ERROR}
    assert groups_of(ariane) == {"Secret": group}
    assert save(visit(karim), "Moi", []).status_code == 403
    assert save(visit(), "Moi", []).status_code == 401


def test_malformed_requests_are_refused(visit: Visit, ariane: Somebody) -> None:
    visitor = visit(ariane)
    for name, chosen, group in ((7, [], None), ("x", "y", None), ("x", [None], None), ("x", [], "y"), ("x", [], {})):
        assert save(visitor, name, chosen, group=group).status_code == 400
    assert set(said(save(visitor, "", []))) == {ids.GROUP_ERROR}
    assert groups_of(ariane) == {}

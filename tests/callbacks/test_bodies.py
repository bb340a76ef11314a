"""What a request may bring: no list without an end, no body without a measure, and what is malformed is refused as such
(400, 413), never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from components import ids
from tests.callbacks.conftest import ORIGIN, Visitor, notices
from tests.factories import Somebody, World

Visit = Callable[..., Visitor]


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


def find_endless(hint: Any) -> Iterator[Any]:
    """The lists in an annotation that may be of any length."""
    if get_origin(hint) is Annotated:
        bare, *notes = get_args(hint)
        if any(isinstance(note, msgspec.Meta) and note.max_length is not None for note in notes):
            bare = get_args(bare)[0] if get_args(bare) else Any
        yield from find_endless(bare)
    elif hint is list or get_origin(hint) in (list, set, tuple, frozenset):
        yield hint
    else:
        for part in get_args(hint):
            yield from find_endless(part)


def test_no_callback_takes_a_list_without_an_end(application: Flask) -> None:
    functions = application.extensions["gate"].functions
    assert len(functions) > 50
    for function in functions:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        assert {name: hint for name, hint in hints.items() if list(find_endless(hint))} == {}, function.__qualname__
        assert function.__code__.co_flags & 0x0C == 0, f"{function.__qualname__} takes whatever comes"


def body_of(visitor: Visitor, output: str, inputs: list[Any], state: Any = (), **changes: Any) -> dict[str, Any]:
    """What `visitor.call` would send, with something of it changed."""
    sent: list[Any] = []
    post = visitor.client.post

    def keep(*_: Any, json: Any, **__: Any) -> Any:
        sent.append(json)

    visitor.client.post = keep  # type: ignore[method-assign]
    visitor.call(output, inputs, state)
    visitor.client.post = post  # type: ignore[method-assign]
    return {**sent[0], **changes}


def send(visitor: Visitor, body: Any) -> TestResponse:
    """As bytes: what no honest page would write can be sent too."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    return visitor.client.post("/_dash-update-component", data=data, headers=headers)


def picking(visitor: Visitor, service_id: int, *, kind: str = "group", **given: Any) -> dict[str, Any]:
    return body_of(
        visitor,
        f"{kind}-people.options",
        [
            (f"{kind}-service", "value", str(service_id)),
            (f"{kind}-department", "value", given.get("department", "")),
            (f"{kind}-group", "value", ""),
            (f"{kind}-search", "value", given.get("search", "")),
            (f"{kind}-people", "value", given.get("ticked")),
            ([], "n_clicks", []),
        ],
        [(f"{kind}-people", "options", given.get("shown")), (f"{kind}-chosen-ids", "data", given.get("chosen"))],
    )


def test_lists_are_bounded(visit: Visit, ariane: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    assert send(visitor, picking(visitor, kitchen, chosen=[1] * 500)).status_code == 200
    assert send(visitor, picking(visitor, kitchen, chosen=[1] * 501)).status_code == 400
    assert send(visitor, picking(visitor, kitchen, shown=[{"value": 1}] * 501)).status_code == 400
    reaching = body_of(visitor, f"{ids.PUBLIC_REACH}.children", [(ids.PUBLIC_SERVICES, "value", [kitchen] * 501)])
    assert send(visitor, reaching).status_code == 400


def test_an_id_is_one(visit: Visit, ariane: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    for impossible in (10**30, 2**63, -1, 1e300, "5"):
        assert send(visitor, picking(visitor, kitchen, chosen=[impossible])).status_code == 400
        assert send(visitor, picking(visitor, kitchen, kind="one", ticked=impossible)).status_code == 400


def test_a_body_is_as_large_as_its_callback_needs(visit: Visit, app_world: World, ariane: Somebody) -> None:
    """Only the import of staff brings a file, and only who may hand one in may send that much."""
    large = "x" * 300_000
    for somebody in (ariane, app_world.administrator):
        visitor = visit(somebody)
        kitchen_search = picking(visitor, 1, search=large)
        assert send(visitor, kitchen_search).status_code == 413
        assert visitor.post("/session/end", {"x": large}).status_code in (404, 405, 413)
    importing = [(ids.IMPORT_CONTENT, "data", "data:text/csv;base64," + "QUFB" * 100_000)]
    state = [(ids.IMPORT_FILE, "filename", "x.csv"), (ids.IMPORT_ORGANIZATION, "data", None)]
    visitor = visit(app_world.administrator)
    assert send(visitor, body_of(visitor, ids.IMPORT_PREVIEW, importing, state)).status_code == 200
    visitor = visit(ariane)
    assert send(visitor, body_of(visitor, ids.IMPORT_PREVIEW, importing, state)).status_code == 413


@pytest.mark.parametrize("text", ["a\ud800b", "a\u0000b"])
def test_what_no_text_can_hold_is_malformed(visit: Visit, ariane: Somebody, kitchen: int, text: str) -> None:
    visitor = visit(ariane)
    answers = [
        send(visitor, picking(visitor, kitchen, search=text)),
        send(visitor, picking(visitor, kitchen, department=text)),
        send(visitor, {**picking(visitor, kitchen), text: 1}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3


def test_emoji_written_as_escapes_are_texts(visit: Visit, ariane: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    assert send(visitor, picking(visitor, kitchen, search="\U0001f600")).status_code == 200


def test_nul_in_addresses_and_forms_is_malformed(visit: Visit) -> None:
    assert visit().get("/sign-in?next=%00").status_code == 400
    answer = visit().post("/sign-in", {"identifier": "a\x00b", "code": "laurier", "password": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"changedPropIds": None},
        {"changedPropIds": "abc"},
        {"changedPropIds": {"a": 1}},
        {"changedPropIds": [5]},
        {"changedPropIds": [None]},
        {"changedPropIds": ["zzz"]},
        {"changedPropIds": ["{bad.n_clicks"]},
        {"changedPropIds": ['{"a":1}.n_clicks']},
        {"changedPropIds": ['{"person":{"x":1},"type":"group-chip"}.n_clicks']},
        {"changedPropIds": ['{"person":1,"type":"other"}.n_clicks']},
        {"changedPropIds": ["{" * 100_000 + ".n_clicks"]},
        {"changedPropIds": ["group-search.value"] * 1_001},
        {"outputs": None},
        {"outputs": 5},
    ],
    ids=repr,
)
def test_a_call_is_one_of_a_page(visit: Visit, ariane: Somebody, kitchen: int, changes: dict[str, Any]) -> None:
    visitor = visit(ariane)
    answer = send(visitor, {**picking(visitor, kitchen), **changes})
    assert (answer.status_code, notices(answer)) == (400, [])


def test_a_call_names_its_outputs(visit: Visit, ariane: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    body = picking(visitor, kitchen)
    del body["outputs"]
    assert send(visitor, body).status_code == 400


def test_a_pattern_may_have_changed(visit: Visit, ariane: Somebody, kitchen: int) -> None:
    visitor = visit(ariane)
    changed = ['{"person":7,"type":"group-chip"}.n_clicks']
    answer = send(visitor, {**picking(visitor, kitchen), "changedPropIds": changed})
    assert (answer.status_code, notices(answer)) == (200, [])


def test_a_body_may_be_as_deep_as_it_likes(visit: Visit, ariane: Somebody) -> None:
    visitor = visit(ariane)
    assert send(visitor, "[" * 100_000 + "]" * 100_000).status_code == 400
    assert send(visitor, '{"output":"x","inputs":' + "[" * 50_000 + "]" * 50_000 + "}").status_code == 400


def test_a_file_in_other_letters_is_no_file(visit: Visit, app_world: World) -> None:
    visitor = visit(app_world.administrator)
    importing = [(ids.IMPORT_CONTENT, "data", "data:,é")]
    state = [(ids.IMPORT_FILE, "filename", "x.csv"), (ids.IMPORT_ORGANIZATION, "data", None)]
    answer = visitor.call(ids.IMPORT_PREVIEW, importing, state)
    assert (answer.status_code, notices(answer)) == (200, [])
    assert "told danger" in answer.get_data(as_text=True)

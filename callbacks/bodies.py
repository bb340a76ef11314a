"""What a request brings, looked at before anybody else reads it: how much, of which characters, of what shape. What is
wrong with it is the sender's fault (400, 413), never the server's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from data.errors import MalformedRequest
from data.text import is_storable

BODY_LIMIT = 256_000  # bytes: some hundreds of people chosen, with all that their page shows of them
FILE_LIMIT = 8_000_000  # where a file comes with the request
DRAWN_LIMIT = 1_000  # components of one pattern in a page

Dependencies = Sequence[dict[str, Any]]


def check_fields(request: Request) -> None:
    """Addresses and forms."""
    given: list[str] = [request.path]
    for fields in (request.args, request.form):
        for name, values in fields.lists():
            given += [name, *values]
    if not all(map(is_storable, given)):
        raise MalformedRequest()


def check_length(request: Request, limit: int) -> None:
    """For a body that was let through before one knew what it was for."""
    if len(request.get_data()) > limit:
        raise RequestEntityTooLarge()


def read_update(request: Request) -> dict[str, Any]:
    """The call of a callback, as its page sends it."""
    try:
        body = request.get_json()
        if not isinstance(body, dict) or not isinstance(body.get("output"), str):
            raise MalformedRequest()
        # A character that has no place in a text can only come as an escape.
        if b"\\u" in request.get_data() and not all(map(is_storable, _list_strings(body))):
            raise MalformedRequest()
    except RecursionError:
        raise MalformedRequest() from None
    return body


def check_update(body: dict[str, Any], inputs: Dependencies) -> None:
    """It names outputs, as its page does, and what changed is one of the inputs that the callback declared."""
    if not isinstance(body.get("outputs"), list | dict):
        raise MalformedRequest()
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or len(changed) > DRAWN_LIMIT:
        raise MalformedRequest()
    declared = [(_read_id(each["id"]), each["property"]) for each in inputs]
    if not all(isinstance(each, str) and _is_declared(each, declared) for each in changed):
        raise MalformedRequest()


def _is_declared(changed: str, declared: Iterable[tuple[Any, str]]) -> bool:
    component, _, name = changed.rpartition(".")
    component_id = _read_id(component)
    return any(name == expected and _matches(component_id, pattern) for pattern, expected in declared)


def _read_id(component: str) -> Any:
    """The id of a component: a name, or a pattern's parts."""
    if not component.startswith("{"):
        return component
    try:
        return json.loads(component)
    except (ValueError, RecursionError):
        raise MalformedRequest() from None


def _matches(component_id: Any, pattern: Any) -> bool:
    if isinstance(component_id, str) or isinstance(pattern, str):
        return bool(component_id == pattern)
    if not isinstance(component_id, dict) or component_id.keys() != pattern.keys():
        return False
    return all(
        not isinstance(part, list | dict) if isinstance(pattern[name], list) else part == pattern[name]
        for name, part in component_id.items()
    )


def _list_strings(body: Any) -> Iterable[str]:
    """Every string in it, names included; without calling itself, for a body may be as deep as it likes."""
    rest = [body]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            rest += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            rest += value

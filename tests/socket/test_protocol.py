"""docs/PROTOCOL.md is the code in words: everything that exists stands there, and every example there is one."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest

from callbacks import command_table, frames, gate, identity, sign_in
from callbacks import participants as beginnings
from callbacks import socket as edge
from data import errors, passwords, text
from data.access import actors, conversations, permissions, recipients
from data.access import sign_in as sign_in_access
from data.access.actors import Surface
from data.actions import conversations as conversation_actions
from data.actions import messages, participants, reading, sessions
from data.actions.beginnings import MOST_BEGUN
from data.config import ROOT
from data.queries.participants import Participants
from data.realtime import connection, events, hub

DOCUMENT = (ROOT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
COMMANDS = {str(frame.__struct_config__.tag): frame for table in command_table.COMMANDS.values() for frame in table}
COMMANDS["hello"] = frames.Hello
EVENTS = {str(event.__struct_config__.tag): event for event in events.Event.__subclasses__()}
# Whatever a socket or somebody who signs in can be refused by.
REFUSING = [
    *(gate, identity, sign_in, edge, beginnings, passwords, text),
    *(actors, conversations, permissions, recipients, sign_in_access),
    *(conversation_actions, messages, participants, reading, sessions),
]


def list_examples() -> list[dict[str, Any]]:
    blocks = re.findall(r"^```json\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return [json.loads(line) for block in blocks for line in block.splitlines()]


EXAMPLES = list_examples()
ASKED = {example["ref"]: example for example in EXAMPLES if example["type"] in COMMANDS}


def list_codes() -> Iterator[str]:
    """The codes of the errors that these modules raise."""
    for module in REFUSING:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                function = node.exc.func
                name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                error = getattr(errors, name, None)
                if isinstance(error, type) and issubclass(error, errors.ChatError):
                    yield error().code


@pytest.mark.parametrize("tag", [*COMMANDS, *EVENTS])
def test_every_command_and_event_has_an_example(tag: str) -> None:
    assert any(example["type"] == tag for example in EXAMPLES)


@pytest.mark.parametrize("code", sorted({*list_codes(), errors.Unavailable().code, "fault"}))
def test_every_refusal_is_named(code: str) -> None:
    assert f"`{code}`" in DOCUMENT


def test_every_close_code_is_named() -> None:
    codes = {value for name, value in vars(connection).items() if name.isupper() and str(value).isdecimal()}
    for code in sorted(code for code in codes if 1000 <= code < 5000):
        assert re.search(rf"^\| .*\b{code}\b", DOCUMENT, re.MULTILINE), code


@pytest.mark.parametrize("name", frames.ConversationRow.__struct_fields__)
def test_every_field_of_a_row_is_explained(name: str) -> None:
    assert re.search(rf"^\| .*`{name}`", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['type']} {example.get('ref', '')}")
def test_every_example_is_what_the_code_reads_and_writes(example: dict[str, Any]) -> None:
    kind = example["type"]
    if kind in COMMANDS:
        decoded = edge.SocketEdge()._parse(Surface.MOBILE, json.dumps(example))
        assert type(decoded) is COMMANDS[kind]
    elif kind == "done":
        found = find_result_type(ASKED[example["ref"]]["type"])
        assert write(msgspec.convert(example["result"], found)) == example["result"]
    elif kind == "refused":
        assert write(msgspec.convert(example, frames.RefusedFrame)) == example
    else:
        assert write(msgspec.convert(example, EVENTS[kind])) == example


def write(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def find_result_type(tag: str) -> Any:
    if tag == "hello":
        return frames.Welcome
    if tag == "conversation.participants":
        return Participants
    return get_type_hints(command_table.COMMANDS[Surface.MOBILE][COMMANDS[tag]].run)["return"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (edge.RATE, "60 at once, then 20 a second"),
        (edge.BURST, "60 at once, then 20 a second"),
        (edge.PAUSE, "`too_fast` for one second"),
        (connection.FLOOD_LIMIT, "500 in a second"),
        (connection.MESSAGE_LIMIT, "65,536 characters"),
        (connection.BACKLOG_LIMIT, "256 KiB"),
        (connection.INBOX_LIMIT, "beyond 8 the server reads no further"),
        (hub.SOCKETS_PER_ACCOUNT, "sockets of an account | 8"),
        (hub.PING_AFTER, "pings after 25 s"),
        (hub.CUT_AFTER, "after 70 s without"),
        (hub.PING_LOOKING_AFTER, "after 15 s where"),
        (hub.LOOKS_FOR, "after 30 s without"),
        (text.TEXT_LIMIT, "4,000 code points"),
        (MOST_BEGUN, "20 in an hour"),
        (messages.REF_LIMIT, "1 to 64 printable ASCII"),
    ],
)
def test_every_limit_is_the_one_in_force(value: float, words: str) -> None:
    assert words in DOCUMENT
    numbers = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", words)}
    numbers |= {number * 1024 for number in numbers} | ({1} if "one second" in words else set())
    assert value in numbers

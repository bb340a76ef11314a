"""Frames that no client of ours sends: a clear refusal or a clear end, nothing stored, nobody else disturbed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from callbacks.socket import COMMANDS
from data.access.actors import Surface
from tests import inside
from tests.client import Client
from tests.socket.conftest import Team
from tests.socket.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, build_frame, build_text

TAGS = sorted(str(frame.__struct_config__.tag) for frame in COMMANDS[Surface.PORTAL])

# One good frame of each command: what the bad ones are made from. `{id}` stands for a conversation.
GOOD: dict[str, dict[str, Any]] = {
    "hello": {},
    "ping": {},
    "conversations.list": {"only": "all", "search": "", "skip": 0},
    "conversation.row": {"conversation_id": 0},
    "conversation.open": {"conversation_id": 0},
    "conversation.page": {"conversation_id": 0, "before": 10},
    "conversation.changes": {"conversation_id": 0, "seq": 0, "ordinal": 0},
    "conversation.view": {"conversation_id": 0, "ordinal": 1},
    "conversation.participants": {"conversation_id": 0},
    "conversation.leave": {"conversation_id": 0},
    "conversation.rejoin": {"conversation_id": 0},
    "conversation.hide": {"conversation_id": 0},
    "conversation.unhide": {"conversation_id": 0},
    "conversation.delete": {"conversation_id": 0},
    "conversation.restore": {"conversation_id": 0},
    "conversation.mute": {"conversation_id": 0},
    "conversation.unmute": {"conversation_id": 0},
    "conversation.look": {"conversation_id": 0},
    "conversation.start": {"service_id": 0, "people": [0], "name": ""},
    "services.list": {},
    "recipients.list": {"service_id": 0, "search": "", "skip": 0},
    "participants.candidates": {"conversation_id": 0, "search": "", "skip": 0},
    "participants.add": {"conversation_id": 0, "people": [0], "history": "now", "name": ""},
    "message.send": {"conversation_id": 0, "text": "x"},
    "message.edit": {"conversation_id": 0, "ordinal": 1, "text": "x"},
    "message.delete": {"conversation_id": 0, "ordinal": 1},
}


# What may be left out, and what may be null.
OPTIONAL = {
    "conversations.list": ("only", "search", "skip"),
    "conversation.page": ("before",),
    "conversation.look": ("conversation_id",),
    "conversation.start": ("name",),
    "recipients.list": ("search", "skip"),
    "participants.candidates": ("search", "skip"),
    "participants.add": ("history", "name"),
}
NULLABLE = {("conversation.page", "before"), ("conversation.look", "conversation_id")}


def test_the_table_here_is_whole() -> None:
    assert sorted(GOOD) == sorted([*TAGS, "hello"])


def refuse(client: Client, text: str) -> dict[str, Any]:
    """The refusal that this frame meets."""
    client.write(text)
    seen = len(client.frames)
    client.ask("ping")
    (answer,) = [frame for frame in client.frames[seen:] if frame["type"] == "refused"]
    return answer


def build(tag: str, conversation_id: int, /, **fields: Any) -> dict[str, Any]:
    frame = {"type": tag, "ref": "bad", **GOOD[tag]}
    if "conversation_id" in frame:
        frame["conversation_id"] = conversation_id
    return frame | fields


NOT_FRAMES = {
    "nothing": "",
    "a space": " ",
    "words": "bonjour",
    "an unfinished object": '{"type": "ping", "ref": "a"',
    "two objects": '{"type": "ping", "ref": "a"}{"type": "ping", "ref": "b"}',
    "null": "null",
    "true": "true",
    "a number": "12",
    "a string": '"ping"',
    "an array": '[{"type": "ping", "ref": "a"}]',
    "an empty object": "{}",
    "NaN": '{"type": "conversation.open", "ref": "a", "conversation_id": NaN}',
    "Infinity": '{"type": "conversation.open", "ref": "a", "conversation_id": -Infinity}',
    "single quotes": "{'type': 'ping', 'ref': 'a'}",
    "deep arrays": '{"type": "ping", "ref": ' + "[" * 30_000 + "]" * 30_000 + "}",
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "deep and unfinished": "[" * 60_000,
    "a lone surrogate": '{"type": "message.send", "ref": "a", "conversation_id": 1, "text": "\\ud800"}',
    "a lone surrogate in the ref": '{"type": "ping", "ref": "\\udc00"}',
    "a surrogate pair the wrong way round": '{"type": "ping", "ref": "\\udc00\\ud800"}',
    "a byte order mark": '\ufeff{"type": "ping", "ref": "a"}',
    "a control character in a string": '{"type": "ping", "ref": "a\nb"}',
}


@pytest.mark.parametrize("text", NOT_FRAMES.values(), ids=list(NOT_FRAMES))
def test_what_is_no_frame_is_refused_and_the_socket_goes_on(team: Team, text: str) -> None:
    phone = team.open(team.staff[0])
    assert refuse(phone, text)["code"] == "malformed_request"


@pytest.mark.parametrize(
    "type_",
    ["", "pong", "PING", "done", "refused", "message.sent", "session.ended", "__class__", 5, None, ["ping"], {}],
)
def test_unknown_types_are_refused(team: Team, type_: Any) -> None:
    phone = team.open(team.staff[0])
    answer = refuse(phone, json.dumps({"type": type_, "ref": "a"}))
    assert (answer["code"], answer["ref"]) == ("malformed_request", "a")


def list_bad(conversation_id: int) -> Iterator[dict[str, Any]]:
    """Each command with each of its fields spoilt, missing, or with one too many."""
    extras = ("author_id", "organization_id", "person_id", "role", "kind", "created_at", "seq", "surface", "actor", "x")
    numbers: tuple[Any, ...] = (-1, 10**30, -(10**30), 2**53 + 1, 1.5, "1", "x", None, True, [1], {"id": 1})
    texts: tuple[Any, ...] = (None, 5, 1e400, True, ["a"], {"a": 1})
    for tag, fields in GOOD.items():
        for extra in extras:
            if extra not in fields:
                yield build(tag, conversation_id, **{extra: 1})
        for ref in ("", "r" * 65, None, 5, ["r"], {"r": 1}):
            yield build(tag, conversation_id, ref=ref)
        for name, value in fields.items():
            for bad in numbers if isinstance(value, int) else texts:
                if not (bad is None and (tag, name) in NULLABLE):
                    yield build(tag, conversation_id, **{name: bad})
        for name in (*fields, "ref"):
            frame = build(tag, conversation_id)
            del frame[name]
            if name not in OPTIONAL.get(tag, ()):
                yield frame
    yield build("conversations.list", conversation_id, only="others")
    yield build("conversations.list", conversation_id, search="a" * 101)
    yield build("conversations.list", conversation_id, skip=100_001)
    yield build("message.send", conversation_id, text="a" * 20_001)
    yield build("message.send", conversation_id, ref="é")
    yield build("message.send", conversation_id, ref="a\x00b")


def test_every_field_of_every_command_is_checked_and_nothing_is_stored(team: Team) -> None:
    conversation = team.launch()
    portal = team.open_portal()
    portal.say(conversation, "un")
    before = portal.ask("conversation.open", conversation_id=conversation)
    bad = list(list_bad(conversation))
    accepted = []
    more = [team.server.do(team.world.hire, name, team.home.service_id) for name in ("Rosa Cyr", "Hugo Morin")]
    people = itertools.cycle([team.manager, *team.staff, *more])  # what one person may send would not be enough
    for start in range(0, len(bad), 15):  # as many as one socket may send at once, the long ones among them
        client = team.open(next(people))
        for frame in bad[start : start + 15]:
            client.write(json.dumps(frame))
        client.ask("ping")
        answers = [frame for frame in client.frames if frame["type"] in ("done", "refused")][1:-1]
        pairs = zip(bad[start : start + 15], answers, strict=True)
        accepted += [frame for frame, answer in pairs if answer.get("code") != "malformed_request"]
        client.close()
    assert accepted == []
    assert portal.ask("conversation.open", conversation_id=conversation) == before


@pytest.mark.parametrize("conversation_id", [0, 999_999, 2**53])
def test_conversations_that_do_not_exist_are_all_alike(team: Team, conversation_id: int) -> None:
    phone = team.open(team.staff[0])
    codes = set()
    for tag in GOOD:
        if "conversation_id" in GOOD[tag]:
            codes.add(refuse(phone, json.dumps(build(tag, conversation_id)))["code"])
    assert codes == {"not_found"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_blank"),
        (" \n\t ", "text_blank"),
        ("\u200b\u200d\u2060", "text_blank"),
        ("\x00\x07", "text_blank"),
        ("\u202e", "text_blank"),
        ("é" * 4001, "text_too_long"),
        ("😀" * 4001, "text_too_long"),
    ],
)
def test_texts_that_are_none_or_too_long(team: Team, text: str, code: str) -> None:
    phone, conversation = team.open(team.staff[0]), team.launch()
    assert refuse(phone, json.dumps(build("message.send", conversation, text=text)))["code"] == code


@pytest.mark.parametrize(
    "text", ["é" * 4000, "😀" * 4000, "👩🏽‍🍳 👨‍👩‍👧‍👦 🇨🇦", "<script>alert(1)</script>", "%_'\\;--", "عربى"]
)
def test_texts_that_are_meant_arrive_as_they_are(team: Team, text: str) -> None:
    """Also with every character escaped: the longest frame that a good client can send."""
    phone, other, conversation = team.open(team.staff[0]), team.open(team.staff[1]), team.launch()
    phone.say(conversation, text)
    assert other.wait("message.sent")["message"]["text"] == text


# Below JSON: the websocket itself.


@pytest.fixture
def raw(team: Team) -> RawSocket:
    return team.open_raw(team.server.give_cookie(team.staff[0], Surface.MOBILE))


PING_TEXT = b'{"type": "ping", "ref": "p"}'

BAD_FRAMES = {
    "binary": ([build_frame(BINARY, PING_TEXT)], 1003),
    "binary in fragments": ([build_frame(BINARY, b"a", fin=False), build_frame(CONTINUATION, b"b")], 1003),
    "invalid UTF-8": ([build_frame(TEXT, b'{"type": "\xff"}')], 1007),
    "a surrogate in UTF-8": ([build_frame(TEXT, b'"\xed\xa0\x80"')], 1007),
    "UTF-8 cut short": ([build_frame(TEXT, '"é"'.encode()[:2])], 1007),
    "UTF-8 cut by a fragment and never finished": (
        [build_frame(TEXT, '"é'.encode()[:2], fin=False), build_frame(CONTINUATION, b'"')],
        1007,
    ),
    "unmasked": ([build_frame(TEXT, PING_TEXT, mask=False)], 1002),
    "a reserved bit": ([build_frame(TEXT, PING_TEXT, reserved=4)], 1002),
    "another reserved bit": ([build_frame(TEXT, PING_TEXT, reserved=1)], 1002),
    "an unknown opcode": ([build_frame(3, PING_TEXT)], 1002),
    "an unknown control opcode": ([build_frame(11)], 1002),
    "a continuation of nothing": ([build_frame(CONTINUATION, PING_TEXT)], 1002),
    "a text inside a text": ([build_frame(TEXT, b"a", fin=False), build_frame(TEXT, b"b")], 1002),
    "a ping in fragments": ([build_frame(PING, b"a", fin=False)], 1002),
    "a ping too long": ([build_frame(PING, b"a" * 126)], 1002),
    "a close of one byte": ([build_frame(CLOSE, b"\x03")], 1002),
    "a close with a code that is none": ([build_frame(CLOSE, b"\x00\x07")], 1002),
    "a close with a code that is never sent": ([build_frame(CLOSE, b"\x03\xee")], 1002),
    "a close whose reason is not UTF-8": ([build_frame(CLOSE, b"\x03\xe8\xff")], 1007),
    "oversize": ([build_frame(TEXT, b'"' + b"a" * 65_536 + b'"')], 1009),
    "oversize in fragments": (
        [build_frame(TEXT, b"a" * 40_000, fin=False), build_frame(CONTINUATION, b"a" * 40_000, fin=False)],
        1009,
    ),
    "a gigabyte announced": ([build_frame(TEXT, b"a" * 70_000, length=2**30)], 1009),
    "a length beyond all": ([build_frame(TEXT, b"", length=2**63)], 1002),
    "not the protocol at all": ([b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"], 1002),
}


@pytest.mark.parametrize(("frames", "code"), BAD_FRAMES.values(), ids=list(BAD_FRAMES))
def test_bad_websocket_frames_end_the_socket_with_a_code(
    team: Team, raw: RawSocket, frames: list[bytes], code: int
) -> None:
    other = team.open(team.staff[1])
    raw.hello()
    raw.send(*frames)
    assert raw.wait_closed() == code
    other.ask("ping")


GOOD_FRAMES = {
    "one frame": [build_frame(TEXT, PING_TEXT)],
    "fragments": [
        build_frame(TEXT, PING_TEXT[:5], fin=False),
        build_frame(CONTINUATION, PING_TEXT[5:9], fin=False),
        build_frame(CONTINUATION, PING_TEXT[9:]),
    ],
    "a character cut in two by fragments": [
        build_frame(TEXT, b'{"type": "ping", "ref": "\xc3', fin=False),
        build_frame(CONTINUATION, b'\xa9"}'),
    ],
    "empty fragments": [
        build_frame(TEXT, b"", fin=False),
        build_frame(CONTINUATION, b"", fin=False),
        build_frame(CONTINUATION, PING_TEXT),
    ],
    "a ping between fragments": [
        build_frame(TEXT, PING_TEXT[:5], fin=False),
        build_frame(PING, b"in between"),
        build_frame(CONTINUATION, PING_TEXT[5:]),
    ],
    "a pong nobody asked for": [build_frame(PONG, b"x"), build_frame(TEXT, PING_TEXT)],
}


@pytest.mark.parametrize("frames", GOOD_FRAMES.values(), ids=list(GOOD_FRAMES))
def test_unusual_but_good_websocket_frames_are_understood(raw: RawSocket, frames: list[bytes]) -> None:
    for frame in frames:
        raw.send(frame)
    assert raw.receive()["type"] == "done"


def test_frames_that_come_byte_by_byte_are_understood(raw: RawSocket) -> None:
    for byte in build_frame(TEXT, PING_TEXT):
        raw.send(bytes([byte]))
    assert raw.receive() == {"type": "done", "ref": "p", "result": None}


def test_pings_are_answered_with_what_they_carry(raw: RawSocket) -> None:
    raw.send(build_frame(PING, b"allo"))
    assert next(raw.frames()) == (PONG, b"allo")


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe8au revoir", b"\x0f\xa0"])
def test_a_closing_is_answered_in_kind(raw: RawSocket, payload: bytes) -> None:
    raw.send(build_frame(CLOSE, payload))
    assert next(raw.frames()) == (CLOSE, payload)


def test_nothing_is_done_after_a_closing(team: Team, raw: RawSocket) -> None:
    conversation = team.launch()
    raw.hello()
    late = build_text({"type": "message.send", "ref": "late", "conversation_id": conversation, "text": "trop tard"})
    raw.send(build_frame(CLOSE, b"\x03\xe8"), late)
    assert raw.wait_closed() == 1000
    assert team.server.do(inside.count_messages, conversation) == 0

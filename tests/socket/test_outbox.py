"""assets/outbox.js by itself: what is typed without network goes once, in the order in which it was typed (R21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.socket.reducer import calling

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def outbox() -> Iterator[Call]:
    with calling("outbox.js") as call:
        yield call


def typed(ref: str, conversation_id: int = 7) -> dict[str, Any]:
    return {"ref": ref, "conversation_id": conversation_id, "text": f"mot {ref}", "at": 1000}


def fill(outbox: Call, *refs: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for ref in refs:
        items = outbox("add", items, typed(ref))
    return items


def refs(items: list[dict[str, Any]]) -> list[str]:
    return [item["ref"] for item in items]


def test_r21_the_first_typed_is_due_until_it_is_sent(outbox: Call) -> None:
    items = fill(outbox, "a", "b", "c")
    assert outbox("due", items)["ref"] == "a"
    assert outbox("due", outbox("without", items, "a"))["ref"] == "b"
    assert outbox("due", []) is None


def test_r21_what_was_refused_holds_nobody_up_and_is_not_sent_by_itself(outbox: Call) -> None:
    items = outbox("refuse", fill(outbox, "a", "b"), "a", "Trop long.")
    assert outbox("due", items)["ref"] == "b"
    assert outbox("due", outbox("without", items, "b")) is None
    assert outbox("listPending", items, 7)[0] == {"ref": "a", "text": "mot a", "at": 1000, "refused": "Trop long."}
    assert outbox("count", items) == {"7": {"waiting": 1, "refused": 1}}


def test_r21_what_an_earlier_page_kept_goes_before_what_this_one_typed(outbox: Call) -> None:
    """The phone lists by ref; the order is that of typing."""
    kept = list(reversed(fill(outbox, "z", "y")))
    joined = outbox("join", kept, fill(outbox, "a", "y"))
    assert refs(joined) == ["z", "y", "a"]
    assert [item["n"] for item in joined] == [1, 2, 3]


def test_numbers_grow_over_what_was_sent_meanwhile(outbox: Call) -> None:
    items = outbox("add", outbox("without", fill(outbox, "a", "b"), "a"), typed("c"))
    assert refs(sorted(items, key=lambda item: item["n"])) == ["b", "c"]


def test_a_conversation_that_is_lost_takes_its_words_with_it(outbox: Call) -> None:
    items = outbox("add", fill(outbox, "a"), typed("b", 8))
    assert refs(outbox("withoutConversation", items, 7)) == ["b"]
    assert outbox("listPending", items, 8) == [{"ref": "b", "text": "mot b", "at": 1000}]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("too_fast", "again"),
        ("unavailable", "again"),
        ("disconnected", "again"),
        ("not_found", "gone"),
        ("conversation_left", "gone"),
        ("option_off", "gone"),
        ("text_too_long", "refused"),
        ("recipient_gone", "refused"),
        ("ref_conflict", "refused"),
        ("fault", "refused"),
    ],
)
def test_what_becomes_of_a_refusal(outbox: Call, code: str, verdict: str) -> None:
    assert outbox("judge", code) == verdict

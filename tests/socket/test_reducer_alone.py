"""The reducer by itself: doubles, gaps, what comes late, what waits to be sent, and its window (R22)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.socket.reducer import Event, Node, Reducer

ME = {"id": 1, "name": "Ariane Gagnon", "administrator": False, "manages": [], "addressed": [3]}
KARIM = {"id": 2, "name": "Karim Benali"}
WINDOW = 200


def message(ordinal: int, text: str = "", *, author: dict[str, Any] = KARIM, ref: str = "") -> Event:
    return {
        "ordinal": ordinal,
        "author": author,
        "kind": "text",
        "text": text or f"n° {ordinal}",
        "ref": ref or f"r{ordinal}",
        "at": 1000 + ordinal,
    }


def sent(seq: int, ordinal: int | None = None, **fields: Any) -> Event:
    return {"type": "message.sent", "conversation_id": 7, "seq": seq, "message": message(ordinal or seq, **fields)}


def edited(seq: int, ordinal: int, text: str = "corrigé") -> Event:
    return {
        "type": "message.edited",
        "conversation_id": 7,
        "seq": seq,
        "ordinal": ordinal,
        "text": text,
        "edited_at": 5000,
    }


def row(count: int, **fields: Any) -> Event:
    return {
        "id": 7,
        "kind": "public",
        "name": "Horaire",
        "service_id": 3,
        "service": "Cuisine",
        "created_by": 2,
        "active_at": 1000 + count,
        "last_ordinal": count,
        "last_seq": count,
        "joined": True,
        "read_ordinal": count,
        **fields,
    }


def page_of(first: int, last: int) -> list[Event]:
    return [message(ordinal) for ordinal in range(first, last + 1)]


@pytest.fixture
def page(node: Node) -> Reducer:
    """A page that shows a conversation of three messages."""
    return open_page(node, 3)


def open_page(node: Node, count: int) -> Reducer:
    page = Reducer(node)
    page.take(
        {"type": "welcome", "chat": True, "me": ME, "rows": [row(count)], "more": False, "unread": 0},
        {"type": "open.start", "id": 7},
        {
            "type": "opened",
            "row": row(count),
            "messages": page_of(max(1, count - 49), count),
            "older": count > 50,
            "newer": False,
        },
    )
    assert page.asks == []
    return page


def texts(page: Reducer) -> list[str]:
    return [each["text"] for each in page.state["open"]["messages"]]


def ordinals(page: Reducer) -> list[int]:
    return [each["ordinal"] for each in page.state["open"]["messages"]]


def unread(page: Reducer) -> tuple[int, int]:
    return page.state["rows"]["7"].get("unread", 0), page.state["unread"]


def test_an_empty_welcome_is_a_page_too(node: Node) -> None:
    for chat in (True, False):
        page = Reducer(node)
        page.take({"type": "welcome", "chat": chat, "me": ME if chat else None, "rows": [], "more": False, "unread": 0})
        assert page.state["rows"] == {}


def test_another_timeline_drops_what_was_shown_and_keeps_what_one_typed(page: Reducer) -> None:
    """An older state was restored: the same numbers, other messages."""
    welcome = {"type": "welcome", "chat": True, "me": ME, "rows": [row(3)], "more": False, "unread": 0}
    page.take({**welcome, "timeline": "one"})
    assert [ask["ask"] for ask in page.asks] == ["changes"]
    page.take({"type": "send.pending", "conversation_id": 7, "ref": "mine", "text": "J'arrive", "at": 0})
    page.take({**welcome, "rows": [row(2)], "timeline": "two"})
    assert page.asks[1:] == [{"ask": "open", "id": 7}]
    shown = page.state["open"]
    assert (shown["status"], shown["messages"], shown["seq"], shown["last"]) == ("loading", [], 0, 0)
    assert [mine["ref"] for mine in shown["pending"]] == ["mine"]
    page.take({"type": "kept", "conversation_id": 7, "row": row(3), "messages": page_of(1, 3), "timeline": "one"})
    assert page.state["open"]["status"] == "loading"


def test_messages_come_one_after_the_other(page: Reducer) -> None:
    page.take(sent(4), sent(5))
    assert ordinals(page) == [1, 2, 3, 4, 5]
    assert unread(page) == (2, 2)
    assert page.asks == []


def test_the_same_event_again_changes_nothing(page: Reducer) -> None:
    page.take(sent(4), edited(5, 4))
    before = page.state
    page.take(sent(4), edited(5, 4), sent(2), edited(3, 1, "ancien"))
    assert page.state == before
    assert page.asks == []


def test_a_gap_is_asked_for_and_filled_in_order(page: Reducer) -> None:
    page.take(sent(6, 5))
    assert ordinals(page) == [1, 2, 3]
    assert page.asks == [{"ask": "changes", "id": 7, "seq": 3, "ordinal": 3}]
    page.take(
        {"type": "changes", "conversation_id": 7, "seq": 6, "messages": [message(2, "corrigé"), message(4), message(5)]}
    )
    assert ordinals(page) == [1, 2, 3, 4, 5]
    assert texts(page)[1] == "corrigé"
    page.take(sent(7, 6))
    assert ordinals(page)[-1] == 6


def test_events_in_the_wrong_order_are_not_shown_in_it(page: Reducer) -> None:
    page.take(sent(5), sent(4))
    assert ordinals(page) == [1, 2, 3, 4]
    assert page.asks == [{"ask": "changes", "id": 7, "seq": 3, "ordinal": 3}]
    page.take({"type": "changes", "conversation_id": 7, "seq": 5, "messages": [message(4), message(5)]})
    assert ordinals(page) == [1, 2, 3, 4, 5]


def test_changes_that_come_after_newer_events_take_nothing_back(page: Reducer) -> None:
    page.take(sent(4), sent(5))
    page.take({"type": "changes", "conversation_id": 7, "seq": 4, "messages": [message(4)]})
    assert ordinals(page) == [1, 2, 3, 4, 5]
    assert page.state["open"]["seq"] == 5


def test_too_many_changes_open_the_conversation_anew(page: Reducer) -> None:
    page.take({"type": "changes", "conversation_id": 7, "seq": 900, "messages": None})
    assert page.asks == [{"ask": "open", "id": 7}]


def test_a_new_welcome_asks_what_was_missed(page: Reducer) -> None:
    page.take({"type": "welcome", "chat": True, "me": ME, "rows": [row(9, unread=6)], "more": False, "unread": 6})
    assert page.asks == [{"ask": "changes", "id": 7, "seq": 3, "ordinal": 3}]
    assert ordinals(page) == [1, 2, 3]
    assert unread(page) == (6, 6)


def test_what_waits_becomes_what_was_sent_once(page: Reducer) -> None:
    """Whichever comes first: the event, or the changes after a cut."""
    page.take({"type": "send.pending", "conversation_id": 7, "ref": "mine", "text": "moi", "at": 1})
    page.take({"type": "send.pending", "conversation_id": 7, "ref": "later", "text": "puis moi", "at": 2})
    assert [mine["ref"] for mine in page.state["open"]["pending"]] == ["mine", "later"]
    page.take(sent(4, author=ME, ref="mine", text="moi"))
    assert [mine["ref"] for mine in page.state["open"]["pending"]] == ["later"]
    assert texts(page)[-1] == "moi"
    assert unread(page) == (0, 0)
    again = [message(4, "moi", author=ME, ref="mine"), message(5, "puis moi", author=ME, ref="later")]
    page.take({"type": "changes", "conversation_id": 7, "seq": 5, "messages": again})
    assert page.state["open"]["pending"] == []
    assert texts(page)[-2:] == ["moi", "puis moi"]


def test_what_was_refused_stays_with_its_reason_until_it_is_dropped(page: Reducer) -> None:
    page.take({"type": "send.pending", "conversation_id": 7, "ref": "mine", "text": "moi", "at": 1})
    page.take({"type": "send.refused", "conversation_id": 7, "ref": "mine", "text": "Trop long."})
    assert page.state["open"]["pending"] == [{"ref": "mine", "text": "moi", "at": 1, "refused": "Trop long."}]
    page.take({"type": "send.dropped", "conversation_id": 7, "ref": "mine"})
    assert page.state["open"]["pending"] == []


def test_what_waits_outlives_opening_again(page: Reducer) -> None:
    page.take({"type": "send.pending", "conversation_id": 7, "ref": "mine", "text": "moi", "at": 1})
    page.take({"type": "opened", "row": row(3), "messages": page_of(1, 3), "older": False, "newer": False})
    assert [mine["ref"] for mine in page.state["open"]["pending"]] == ["mine"]
    opened = [*page_of(1, 3), message(4, "moi", author=ME, ref="mine")]
    page.take({"type": "opened", "row": row(4), "messages": opened, "older": False, "newer": False})
    assert page.state["open"]["pending"] == []


def test_an_edit_of_what_is_not_shown_is_counted_all_the_same(node: Node) -> None:
    page = open_page(node, 60)
    page.take(edited(61, 2), sent(62, 61))
    assert ordinals(page)[-1] == 61
    assert page.asks == []


def test_the_window_holds_two_hundred_and_says_that_there_are_others(node: Node) -> None:
    page = open_page(node, 3)
    page.take(*(sent(seq) for seq in range(4, WINDOW + 1)))
    assert ordinals(page) == list(range(1, WINDOW + 1))
    assert not page.state["open"]["older"]
    page.take(sent(WINDOW + 1))
    assert ordinals(page) == list(range(2, WINDOW + 2))
    assert page.state["open"]["older"]


def test_scrolling_back_drops_the_latest_and_new_ones_do_not_fall_in_between(node: Node) -> None:
    page = open_page(node, 500)
    for first in (401, 351, 301, 251):
        page.take({"type": "older", "conversation_id": 7, "messages": page_of(first, first + 49), "older": True})
    assert ordinals(page) == list(range(251, 451))
    assert page.state["open"]["newer"]
    page.take(sent(501))
    assert ordinals(page) == list(range(251, 451))
    assert page.state["rows"]["7"]["last"]["ordinal"] == 501
    page.take({"type": "newer", "conversation_id": 7, "messages": page_of(451, 500), "newer": True})
    page.take({"type": "newer", "conversation_id": 7, "messages": [message(501)], "newer": False})
    assert ordinals(page) == list(range(302, 502))
    assert not page.state["open"]["newer"]
    page.take(sent(502))
    assert ordinals(page)[-1] == 502


def test_a_page_that_comes_twice_or_late_is_placed_once(node: Node) -> None:
    page = open_page(node, 60)
    older = {"type": "older", "conversation_id": 7, "messages": page_of(1, 10), "older": False}
    page.take(older, older)
    assert ordinals(page) == list(range(1, 61))
    page.take({"type": "open.stop"}, older)
    assert page.state["open"] is None


def test_answers_about_another_conversation_are_not_shown(page: Reducer) -> None:
    other = row(1) | {"id": 8}
    page.take({"type": "opened", "row": other, "messages": [message(1)], "older": False, "newer": False})
    page.take({"type": "changes", "conversation_id": 8, "seq": 9, "messages": [message(9)]})
    page.take({"type": "open.refused", "id": 8, "code": "not_found"})
    assert ordinals(page) == [1, 2, 3]
    assert page.state["open"]["status"] == "ready"


def test_a_message_of_a_conversation_that_is_not_listed_asks_for_its_row(node: Node) -> None:
    page = Reducer(node)
    page.take({"type": "welcome", "chat": True, "me": ME, "rows": [], "more": True, "unread": 0}, sent(9))
    assert page.asks == [{"ask": "row", "id": 7}]


def test_the_badge_stops_at_a_hundred_and_goes_down_with_reading(page: Reducer) -> None:
    page.take(*(sent(seq) for seq in range(4, 120)))
    assert unread(page) == (100, 100)
    page.take({"type": "conversation.read", "conversation_id": 7, "read_ordinal": 119, "unread": 0})
    assert unread(page) == (0, 0)


def test_lines_of_the_system_are_shown_and_not_counted(page: Reducer) -> None:
    left = sent(4)
    left["message"] |= {"kind": "left", "text": ""}
    page.take(left)
    assert unread(page) == (0, 0)
    assert ordinals(page)[-1] == 4


def test_events_that_are_not_known_yet_change_nothing(page: Reducer) -> None:
    before = page.state
    page.take({"type": "reaction.added", "conversation_id": 7, "seq": 4})
    assert page.state == before

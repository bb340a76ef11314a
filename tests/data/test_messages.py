"""Messages: once, in order, cleaned and bounded, with a trace (R20, R22, and TRUST's hostile texts)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from data import db
from data.access.actors import Surface
from data.access.conversations import access_conversation, access_joined_conversation
from data.actions.messages import do_delete_message, do_edit_message
from data.actions.reading import do_view
from data.errors import ChatError, MalformedRequest, NotFound, RefConflict, TextBlank, TextTooLong
from data.models import messages
from data.queries.conversations import count_all_unread, list_conversations
from data.queries.messages import PAGE, list_changes, list_messages
from data.realtime.events import MessageDeleted, MessageEdited, MessageSent, WireMessage
from data.text import check_name, check_text, is_blank
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, listening, send


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def ariane(world: World, kitchen: int) -> Somebody:
    return world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(world: World, kitchen: int) -> Somebody:
    return world.hire("Karim Benali", kitchen)


@pytest.fixture
def team(ariane: Somebody, kitchen: int) -> int:
    return launch(ariane, kitchen)


def read_page(somebody: Somebody, conversation: int, **place: int) -> list[WireMessage]:
    with db.read() as reader:
        found = access_conversation(reader, chatter(reader, somebody), conversation)
        return list_messages(reader, found, **place).messages


def edit(somebody: Somebody, conversation: int, ordinal: int, text: str) -> None:
    with db.unit_of_work() as uow:
        do_edit_message(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation), ordinal, text)


def erase(somebody: Somebody, conversation: int, ordinal: int) -> None:
    with db.unit_of_work() as uow:
        do_delete_message(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation), ordinal)


def view(somebody: Somebody, conversation: int, ordinal: int) -> None:
    with db.unit_of_work() as uow:
        do_view(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation), ordinal)


def unread(somebody: Somebody, conversation: int) -> int:
    with db.read() as reader:
        rows = list_conversations(reader, chatter(reader, somebody)).rows
        return next(row.unread for row in rows if row.id == conversation)


# Once, and in order (R22)


def test_r22_the_same_ref_is_the_same_message(karim: Somebody, team: int, moment: Moment) -> None:
    first = send(karim, team, "Une fois", ref="abc")
    moment.advance(minutes=5)
    with listening() as heard:
        again = [send(karim, team, "Une fois", ref="abc") for _ in range(5)]
    assert again == [first] * 5
    assert heard == []
    assert [message.text for message in read_page(karim, team)] == ["Une fois"]


def test_r22_the_same_ref_with_another_text_is_a_conflict(karim: Somebody, team: int) -> None:
    send(karim, team, "Une fois", ref="abc")
    with pytest.raises(RefConflict):
        send(karim, team, "Deux fois", ref="abc")


def test_r22_the_same_ref_of_two_people_are_two_messages(ariane: Somebody, karim: Somebody, team: int) -> None:
    send(karim, team, "De Karim", ref="abc")
    send(ariane, team, "D'Ariane", ref="abc")
    assert [message.text for message in read_page(karim, team)] == ["De Karim", "D'Ariane"]


def test_r22_a_resend_after_an_edit_finds_the_edited_message(karim: Somebody, team: int) -> None:
    first = send(karim, team, "Avant", ref="abc")
    edit(karim, team, 1, "Après")
    assert send(karim, team, "Avant", ref="abc") == first
    assert [message.text for message in read_page(karim, team)] == ["Après"]


def test_r22_ordinals_and_sequences_have_no_gaps(ariane: Somebody, karim: Somebody, team: int) -> None:
    with listening() as heard:
        for number in range(10):
            send((ariane, karim)[number % 2], team, f"n° {number}")
        edit(karim, team, 2, "corrigé")
        erase(karim, team, 4)
    events = [item.event for item in heard if isinstance(item.event, MessageSent | MessageEdited | MessageDeleted)]
    assert [event.seq for event in events] == list(range(1, 13))
    assert [event.message.ordinal for event in events if isinstance(event, MessageSent)] == list(range(1, 11))


@pytest.mark.parametrize("ref", ["", "x" * 65, "é", "a\nb", "a\0b", "left:2", "returned:7", "resumed:1"])
def test_r22_a_ref_is_short_and_plain(karim: Somebody, team: int, ref: str) -> None:
    with db.unit_of_work() as uow:
        conversation = access_joined_conversation(uow, chatter(uow, karim), team)
        from data.actions.messages import do_send_message

        with pytest.raises(MalformedRequest):
            do_send_message(uow, conversation, "Bonjour", ref=ref)


# Texts


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\u200b",
        "\u200d\ufe0f",
        "\u2800",
        "\u3164 \u115f",
        "\u0301",
        "\x00\x01",
        "\u202e",
        "\ufffc",
        "\U0001d159",
        "\U00012327 \U00013441",
    ],
)
def test_a_text_that_nobody_could_see_is_refused(karim: Somebody, team: int, text: str) -> None:
    with pytest.raises(TextBlank):
        send(karim, team, text)
    assert read_page(karim, team) == []


def test_four_thousand_code_points_and_not_one_more(karim: Somebody, team: int) -> None:
    send(karim, team, "😀" * 4000)
    with pytest.raises(TextTooLong) as refused:
        send(karim, team, "😀" * 4001)
    assert refused.value.params == {"limit": 4000, "length": 4001}
    assert [len(message.text) for message in read_page(karim, team)] == [4000]


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "👍🏽",
        "1️⃣",
        "é ≠ é",
        "مرحبا",
        "שלום",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "100 % _ \\",
        "a\tb\nc",
    ],
)
def test_texts_come_back_exactly_as_they_were_typed(karim: Somebody, team: int, text: str) -> None:
    send(karim, team, text)
    assert [message.text for message in read_page(karim, team)] == [text]


def test_controls_and_overrides_are_taken_out(karim: Somebody, team: int) -> None:
    send(karim, team, "ab\x00c\x1b[31md\u202eegg\r\nz\r")
    assert [message.text for message in read_page(karim, team)] == ["abc[31mdegg\nz"]


@given(st.text(max_size=60))
def test_a_clean_text_is_clean_already_and_never_invisible(text: str) -> None:
    try:
        clean = check_text(text)
    except ChatError:
        return
    assert check_text(clean) == clean
    assert not is_blank(clean)
    assert not set(clean) & set(map(chr, [*range(9), *range(11, 32), 127, *range(0x202A, 0x202F)]))


@given(st.text(max_size=60))
def test_a_clean_name_is_one_visible_line(text: str) -> None:
    try:
        clean = check_name(text)
    except ChatError:
        return
    assert check_name(clean) == clean
    assert "\n" not in clean
    assert not set(clean) & set("\u200e\u200f\u2066\u2067\u2068\u2069")


# Edit and delete one's own, with a trace (R23 as far as it goes here)


def test_editing_says_so_and_the_same_text_changes_nothing(karim: Somebody, team: int, moment: Moment) -> None:
    send(karim, team, "Bonjour")
    with listening() as heard:
        edit(karim, team, 1, "Bonjour")
    assert heard == []
    moment.advance(minutes=1)
    edit(karim, team, 1, "Bonsoir")
    (message,) = read_page(karim, team)
    assert message.text == "Bonsoir"
    assert message.edited_at is not None


def test_deleting_keeps_the_place_and_loses_the_words(karim: Somebody, team: int) -> None:
    send(karim, team, "Secret regretté")
    erase(karim, team, 1)
    (message,) = read_page(karim, team)
    assert (message.ordinal, message.text, message.deleted) == (1, "", True)
    with db.read() as reader:
        assert reader.execute(select(messages.c.text)).scalars().all() == [""]


def test_only_ones_own_message_and_only_while_it_is_there(ariane: Somebody, karim: Somebody, team: int) -> None:
    send(karim, team, "À moi")
    for act in (lambda: edit(ariane, team, 1, "À elle"), lambda: erase(ariane, team, 1), lambda: erase(karim, team, 2)):
        with pytest.raises(NotFound):
            act()
    erase(karim, team, 1)
    with pytest.raises(NotFound):
        edit(karim, team, 1, "Trop tard")
    with pytest.raises(NotFound):
        erase(karim, team, 1)


# Pages and catching up


def test_pages_go_back_to_the_first_message_without_gap_or_double(karim: Somebody, team: int) -> None:
    total = 2 * PAGE + 7
    for number in range(total):
        send(karim, team, str(number))
    page = read_page(karim, team)
    ordinals = [message.ordinal for message in page]
    while page[0].ordinal > 1:
        page = read_page(karim, team, before=page[0].ordinal)
        ordinals = [message.ordinal for message in page] + ordinals
    assert ordinals == list(range(1, total + 1))
    assert [message.ordinal for message in read_page(karim, team, after=PAGE)] == list(range(PAGE + 1, 2 * PAGE + 1))
    with db.read() as reader:
        found = access_conversation(reader, chatter(reader, karim), team)
        assert (list_messages(reader, found).older, list_messages(reader, found).newer) == (True, False)
        last = list_messages(reader, found, after=total - 1)
        assert (last.older, last.newer) == (True, False)


@pytest.mark.parametrize("place", [{"before": 0}, {"before": 10**9}, {"after": 10**9}, {"before": 1}])
def test_a_page_beyond_either_end_is_empty_or_the_end(karim: Somebody, team: int, place: dict[str, int]) -> None:
    send(karim, team, "Seul")
    expected = [1] if place == {"before": 10**9} else []
    assert [message.ordinal for message in read_page(karim, team, **place)] == expected


def test_catching_up_brings_what_is_new_and_what_changed_as_it_stands_now(karim: Somebody, team: int) -> None:
    for number in range(5):
        send(karim, team, str(number))
    edit(karim, team, 2, "deux")
    edit(karim, team, 2, "deux encore")
    erase(karim, team, 3)
    send(karim, team, "nouveau")
    with db.read() as reader:
        found = access_conversation(reader, chatter(reader, karim), team)
        changes = list_changes(reader, found, seq=5, ordinal=5)
        nothing = list_changes(reader, found, seq=found.last_seq, ordinal=found.last_ordinal)
    assert changes is not None
    assert [(message.ordinal, message.text, message.deleted) for message in changes] == [
        (2, "deux encore", False),
        (3, "", True),
        (6, "nouveau", False),
    ]
    assert nothing == []


def test_who_knows_what_did_not_happen_begins_again(world: World, karim: Somebody, team: int) -> None:
    """An older state was put back under the server."""
    send(karim, team, "un")
    with db.read() as reader:
        found = access_conversation(reader, chatter(reader, karim), team)
        for seq, ordinal in ((found.last_seq + 1, found.last_ordinal), (found.last_seq, found.last_ordinal + 1)):
            assert list_changes(reader, found, seq=seq, ordinal=ordinal) is None


# The badge, one definition (R20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("ariane"), st.just(0)),
            st.tuples(st.just("karim"), st.just(0)),
            st.tuples(st.just("view"), st.integers(0, 12)),
            st.tuples(st.just("erase"), st.integers(1, 12)),
        ),
        max_size=14,
    )
)
def test_r20_unread_is_messages_not_mine_after_my_last_read_one(
    sqlite_world: World, acts: list[tuple[str, int]]
) -> None:
    world = sqlite_world
    number = next(_numbers)
    kitchen = world.add_service(f"cuisine{number}")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    team = launch(ariane, kitchen)
    said: list[list[object]] = []  # author, still there
    read, has_joined = 0, False
    for act, place in acts:
        if act in ("ariane", "karim"):
            send(ariane if act == "ariane" else karim, team, "…")
            if act == "karim" and not has_joined:
                read = len(said)  # writing in it for the first time is looking at it
            has_joined = has_joined or act == "karim"
            said.append([act, True])
        elif act == "view":
            view(karim, team, place)
            has_joined = True
            read = max(read, min(place, len(said)))
        elif place <= len(said) and said[place - 1] == ["ariane", True]:
            erase(ariane, team, place)
            said[place - 1][1] = False
    expected = sum(author == "ariane" and there for author, there in said[read:])
    assert unread(karim, team) == expected
    with db.read() as reader:
        assert count_all_unread(reader, chatter(reader, karim)) == expected


_numbers = itertools.count()


def test_r20_beyond_ninety_nine_nobody_counts(ariane: Somebody, karim: Somebody, team: int) -> None:
    for number in range(103):
        send(ariane, team, str(number))
    assert unread(karim, team) == 100


def test_r20_read_on_one_device_is_read_on_all(ariane: Somebody, karim: Somebody, team: int) -> None:
    send(ariane, team, "Bonjour")
    with listening() as heard:
        view(karim, team, 1)
    assert f"person:{karim.person_id}" in [item.topic for item in heard]
    with listening() as heard:
        view(karim, team, 1)
        view(karim, team, 0)
    assert heard == []


def test_a_removed_author_still_has_a_name(
    world: World, karim: Somebody, ariane: Somebody, team: int, moment: Moment
) -> None:
    from datetime import date

    send(karim, team, "Bye")
    world.end(karim, date(2026, 11, 23))
    moment.advance(days=2)
    world.sign_in(ariane, Surface.MOBILE)
    assert [message.author.name for message in read_page(ariane, team)] == ["Karim Benali"]


def test_messages_are_counted_once_in_the_table(karim: Somebody, team: int) -> None:
    for _ in range(3):
        send(karim, team, "x", ref="same")
    with db.read() as reader:
        assert reader.execute(select(func.count()).select_from(messages)).scalar_one() == 1

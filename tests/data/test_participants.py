"""Beginning private conversations, bringing others in, muting (R12, R18, R19, R20)."""

from __future__ import annotations

import pytest

from data import db
from data.access.actors import Surface
from data.access.conversations import (
    access_chat_service,
    access_conversation,
    access_joined_conversation,
    access_private_conversation,
    find_begun,
)
from data.access.recipients import access_recipients
from data.actions.conversations import do_start_group
from data.actions.messages import do_edit_message
from data.actions.participants import do_unmute
from data.errors import ChatError, NotAllowed, ParticipantLeft, RecipientGone, TooFewRecipients
from data.queries.conversations import ConversationRow, get_conversation_row, list_conversations
from data.queries.messages import list_changes, list_messages
from data.queries.participants import list_participants
from data.queries.recipients import list_recipients
from data.realtime.events import MessageEdited, to_conversation, to_person
from tests.factories import (
    Somebody,
    World,
    add_participants,
    chatter,
    launch,
    listening,
    mute,
    send,
    start_group,
    start_one_to_one,
    widen,
)
from tests.inside import leave
from tests.statements import counting_statements

Team = list[Somebody]


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def team(world: World, kitchen: int) -> Team:
    return [world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran", "Noah Côté")]


def read_texts(somebody: Somebody, conversation_id: int, **where: int) -> list[str]:
    with db.read() as reader:
        conversation = access_conversation(reader, chatter(reader, somebody), conversation_id)
        return [message.text or message.kind for message in list_messages(reader, conversation, **where).messages]


def get_row(somebody: Somebody, conversation_id: int) -> ConversationRow:
    with db.read() as reader:
        return get_conversation_row(reader, access_conversation(reader, chatter(reader, somebody), conversation_id))


def list_names(somebody: Somebody, conversation_id: int) -> set[str]:
    with db.read() as reader:
        conversation = access_conversation(reader, chatter(reader, somebody), conversation_id)
        return {row.name for row in list_participants(reader, conversation).joined}


@pytest.fixture
def group(team: Team, kitchen: int) -> int:
    """Of Karim, Sofia and Léa, with two messages."""
    karim, sofia, lea, _ = team
    conversation_id = start_group(karim, [sofia, lea], kitchen)
    send(karim, conversation_id, "un")
    send(sofia, conversation_id, "deux")
    return conversation_id


def test_r19_newcomers_read_a_group_from_now_on_unless_said(team: Team, group: int) -> None:
    karim, sofia, _, noah = team
    add_participants(karim, group, [noah])
    send(sofia, group, "trois")
    assert read_texts(noah, group) == ["added", "trois"]
    assert read_texts(noah, group, after=0) == ["added", "trois"]
    assert read_texts(noah, group, before=3) == []
    assert read_texts(sofia, group) == ["un", "deux", "added", "trois"]
    with db.read() as reader:
        conversation = access_conversation(reader, chatter(reader, noah), group)
        page = list_messages(reader, conversation, after=0)
        assert (page.older, page.newer) == (False, False)
        changes = list_changes(reader, conversation, seq=0, ordinal=0)
        assert changes is not None
        assert [message.ordinal for message in changes] == [3, 4]


def test_r19_or_from_the_start_and_nothing_of_it_is_unread(team: Team, group: int) -> None:
    karim, sofia, _, noah = team
    add_participants(sofia, group, [noah], history="start")
    assert read_texts(noah, group) == ["un", "deux", "added_all"]
    assert get_row(noah, group).unread == 0
    send(karim, group, "trois")
    assert get_row(noah, group).unread == 1


def test_r19_nobody_gives_more_of_the_history_than_they_read(
    team: Team, group: int, world: World, kitchen: int
) -> None:
    karim, _, _, noah = team
    add_participants(karim, group, [noah])
    accomplice = world.hire("Théo Serveur", kitchen)
    add_participants(noah, group, [accomplice], history="start")
    assert read_texts(noah, group) == ["added", "added_all"]
    assert read_texts(accomplice, group) == ["added", "added_all"]
    assert read_texts(accomplice, group, before=3) == []


def test_r19_a_line_says_to_all_who_came(team: Team, group: int) -> None:
    karim, sofia, _, noah = team
    add_participants(karim, group, [noah])
    for somebody in (sofia, noah):
        last = get_row(somebody, group).last
        assert last is not None
        assert (last.kind, last.author.id, last.added and [person.name for person in last.added]) == (
            "added",
            karim.id,
            ["Noah Côté"],
        )
    assert list_names(sofia, group) == {"Karim Benali", "Sofia Lavoie", "Léa Tran", "Noah Côté"}


def test_r19_what_was_said_before_does_not_reach_newcomers_when_it_is_corrected(team: Team, group: int) -> None:
    karim, sofia, lea, noah = team
    leave(lea, group)
    add_participants(karim, group, [noah])
    with listening() as heard, db.unit_of_work() as uow:
        do_edit_message(uow, access_joined_conversation(uow, chatter(uow, karim), group), 1, "secret d'avant")
    told = {emitted.topic: emitted.event for emitted in heard if isinstance(emitted.event, MessageEdited)}
    assert {topic: event.text for topic, event in told.items()} == {
        to_person(karim.id): "secret d'avant",
        to_person(sofia.id): "secret d'avant",
        to_person(noah.id): "",
    }
    with db.read() as reader:
        changes = list_changes(reader, access_conversation(reader, chatter(reader, noah), group), seq=0, ordinal=4)
        assert changes == []
    with listening() as heard, db.unit_of_work() as uow:
        do_edit_message(uow, access_joined_conversation(uow, chatter(uow, karim), group), 1, "encore")
    send(noah, group, "bonjour")
    with listening() as heard, db.unit_of_work() as uow:
        do_edit_message(uow, access_joined_conversation(uow, chatter(uow, noah), group), 5, "bonsoir")
    (told_to_all,) = heard
    assert told_to_all.topic == to_conversation(group)


def test_r19_adding_again_changes_nothing_and_who_left_comes_back_alone(team: Team, group: int) -> None:
    karim, sofia, lea, noah = team
    add_participants(karim, group, [noah])
    with listening() as heard:
        add_participants(sofia, group, [noah, lea])
    assert heard == []
    leave(lea, group)
    with pytest.raises(ParticipantLeft) as refused:
        add_participants(karim, group, [lea])
    assert refused.value.params == {"name": "Léa Tran"}
    offered = list_candidates(karim, group)
    assert offered == set()


def list_candidates(somebody: Somebody, conversation_id: int) -> set[str]:
    with db.read() as reader:
        conversation = access_private_conversation(reader, chatter(reader, somebody), conversation_id)
        service = access_chat_service(reader, conversation.chatter, conversation.service_id)
        return {row.name for row in list_recipients(reader, service, beside=conversation).rows}


def test_r19_only_private_conversations_and_people_of_the_service(
    world: World, kitchen: int, team: Team, group: int
) -> None:
    karim, _, _, noah = team
    hall = world.add_service("salle")
    stranger = world.hire("Théo Serveur", hall)
    boss = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    assert list_candidates(karim, group) == {"Noah Côté", "Ariane Gagnon"}
    with pytest.raises(ChatError, match="not_found"):
        add_participants(karim, group, [noah, stranger])
    assert "Noah Côté" not in list_names(karim, group)
    public = launch(boss, kitchen)
    with pytest.raises(NotAllowed):
        add_participants(boss, public, [noah])
    for outsider in (noah, stranger, boss):
        with pytest.raises(ChatError, match="not_found"):
            add_participants(outsider, group, [outsider])


def test_r19_adding_to_a_one_to_one_makes_a_named_group_and_the_one_to_one_stays(team: Team, kitchen: int) -> None:
    karim, sofia, lea, _ = team
    pair = start_one_to_one(karim, sofia, kitchen)
    send(karim, pair, "entre nous")
    group_id = widen(sofia, pair, [lea], "Samedi")
    assert group_id != pair
    assert list_names(lea, group_id) == {"Karim Benali", "Sofia Lavoie", "Léa Tran"}
    row = get_row(karim, group_id)
    assert (row.kind, row.name, row.last and row.last.kind) == ("group", "Samedi", "added_all")
    assert read_texts(lea, group_id) == ["added_all"]
    assert read_texts(karim, pair) == ["entre nous"]
    with pytest.raises(ChatError, match="not_found"):
        read_texts(lea, pair)
    with pytest.raises(ChatError, match="name_blank"):
        widen(karim, pair, [lea], " ")
    with pytest.raises(TooFewRecipients):
        widen(karim, pair, [sofia], "Nous deux")
    leave(sofia, pair)
    with pytest.raises(RecipientGone):
        widen(karim, pair, [lea], "Sans elle")


def test_r22_what_a_command_began_is_found_by_its_ref_and_by_its_author_alone(team: Team, kitchen: int) -> None:
    karim, sofia, lea, _ = team
    with db.unit_of_work() as uow:
        service = access_chat_service(uow, chatter(uow, karim), kitchen)
        recipients = access_recipients(uow, service, [sofia.id, lea.id])
        begun = do_start_group(uow, service, "Fermeture", recipients, ref="r1")
    with db.unit_of_work() as uow:
        assert find_begun(uow, chatter(uow, karim), "r1") == begun
        assert find_begun(uow, chatter(uow, karim), "r2") is None
        assert find_begun(uow, chatter(uow, sofia), "r1") is None


def test_r20_muting_says_so_in_the_row_and_reads_nothing(world: World, kitchen: int, team: Team) -> None:
    boss = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = team[0]
    public = launch(boss, kitchen)
    send(boss, public, "un", surface=Surface.PORTAL)
    mute(karim, public)
    row = get_row(karim, public)
    assert (row.muted, row.unread, row.joined) == (True, 1, False)
    send(boss, public, "deux", surface=Surface.PORTAL)
    assert get_row(karim, public).unread == 2
    with db.unit_of_work() as uow:
        do_unmute(uow, access_conversation(uow, chatter(uow, karim), public))
    assert get_row(karim, public).muted is False
    assert get_row(team[1], public).muted is False


def test_r20_an_administrator_who_mutes_what_was_never_looked_at_reads_it(
    world: World, kitchen: int, team: Team
) -> None:
    """What is said there was never unread for them."""
    boss = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    public = launch(boss, kitchen)
    send(boss, public, "un", surface=Surface.PORTAL)
    world.open_app(world.administrator)
    mute(world.administrator, public)
    assert get_row(world.administrator, public).unread == 0


def test_a_list_with_added_people_costs_one_statement_more(sqlite_world: World) -> None:
    kitchen = sqlite_world.add_service("cuisine")
    karim, sofia, lea, noah = (
        sqlite_world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran", "Noah Côté")
    )
    counts = []
    for _ in range(3):
        add_participants(karim, start_group(karim, [sofia, lea], kitchen), [noah])
        with counting_statements() as counted, db.read() as reader:
            list_conversations(reader, chatter(reader, karim))
        counts.append(len(counted))
    assert len(set(counts)) == 1

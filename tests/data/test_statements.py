"""Hot paths cost a fixed number of statements, whatever the size (pinned at two sizes)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data import db
from data.access.actors import Surface
from data.access.conversations import access_chat_service, access_conversation, access_joined_conversation
from data.actions.reading import do_view
from data.queries.conversations import get_conversation_row, list_conversations
from data.queries.messages import list_changes, list_messages
from data.queries.participants import list_participants
from data.queries.recipients import list_recipients
from data.queries.topics import list_hearing
from tests.factories import Somebody, World, chatter, launch, send, start_one_to_one
from tests.statements import counting_statements

Work = Callable[[Somebody, int, int], None]


def send_one(karim: Somebody, team: int, kitchen: int) -> None:
    send(karim, team, "Bonjour")


def view_one(karim: Somebody, team: int, kitchen: int) -> None:
    with db.unit_of_work() as uow:
        do_view(uow, access_joined_conversation(uow, chatter(uow, karim), team), 10**6)


def list_all(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        list_conversations(reader, chatter(reader, karim))


def say_hello(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        list_hearing(reader, chatter(reader, karim))


def open_one(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        found = access_conversation(reader, chatter(reader, karim), team)
        get_conversation_row(reader, found)
        list_messages(reader, found)


def catch_up(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        list_changes(reader, access_conversation(reader, chatter(reader, karim), team), seq=0, ordinal=0)


def show_participants(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        list_participants(reader, access_conversation(reader, chatter(reader, karim), team))


def pick(karim: Somebody, team: int, kitchen: int) -> None:
    with db.read() as reader:
        list_recipients(reader, access_chat_service(reader, chatter(reader, karim), kitchen), search="a")


@pytest.mark.parametrize(
    ("work", "limit"),
    [
        (send_one, 5),
        (view_one, 6),
        (list_all, 4),
        (say_hello, 2),
        (open_one, 4),
        (catch_up, 4),
        (show_participants, 7),
        (pick, 3),
    ],
)
def test_the_number_of_statements_does_not_grow(sqlite_world: World, work: Work, limit: int) -> None:
    world = sqlite_world
    kitchen = world.add_service("cuisine", "Chaud")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    team = launch(ariane, kitchen)
    send(ariane, team, "Un", surface=Surface.PORTAL)
    counts = []
    for size in (2, 12):
        for number in range(size):
            start_one_to_one(karim, world.hire(f"Ami {number}", kitchen), kitchen)
            send(ariane, team, str(number), surface=Surface.PORTAL)
        work(karim, team, kitchen)  # what is computed once (rights) is computed
        send(ariane, team, "Un de plus", surface=Surface.PORTAL)
        with counting_statements() as seen:
            work(karim, team, kitchen)
        counts.append(len(seen))
    assert counts[0] == counts[1], seen
    assert counts[0] <= limit, seen

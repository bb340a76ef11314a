"""Public and private conversations: who may what (R5 to R16)."""

from __future__ import annotations

import pytest

from data import db
from data.access.actors import Surface
from data.access.conversations import access_conversation, access_joined_conversation, access_managed_services
from data.actions.reading import do_view
from data.errors import NotFound, PublicFromPortalOnly
from data.queries.conversations import list_conversations
from data.queries.messages import list_messages
from tests.factories import World, chatter, launch, send, start_group, start_one_to_one


def test_r5_public_only_from_the_portal(world: World) -> None:
    kitchen = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    with db.unit_of_work() as uow, pytest.raises(PublicFromPortalOnly):
        access_managed_services(uow, chatter(uow, manager, Surface.MOBILE), [kitchen])


def test_list_and_send(world: World) -> None:
    kitchen = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    conversation = launch(manager, kitchen)
    send(manager, conversation, "Bonjour", surface=Surface.PORTAL)
    with db.read() as reader:
        found = list_conversations(reader, chatter(reader, karim))
        assert [row.unread for row in found.rows] == [1]
        assert found.unread == 1
    with db.unit_of_work() as uow:
        do_view(uow, access_joined_conversation(uow, chatter(uow, karim), conversation), 1)
    with db.read() as reader:
        found = list_conversations(reader, chatter(reader, karim))
        assert [row.unread for row in found.rows] == [0]
        page = list_messages(reader, access_conversation(reader, chatter(reader, karim), conversation))
        assert [m.text for m in page.messages] == ["Bonjour"]


def test_private(world: World) -> None:
    kitchen = world.add_service("cuisine")
    a = world.hire("Ariane Gagnon", kitchen)
    b = world.hire("Karim Benali", kitchen)
    c = world.hire("Sofia Lavoie", kitchen)
    pair = start_one_to_one(a, b, kitchen)
    assert start_one_to_one(b, a, kitchen) == pair
    start_group(a, [b, c], kitchen)
    send(a, pair, "allo")
    with db.read() as reader:
        rows = list_conversations(reader, chatter(reader, b)).rows
        assert [(r.kind, r.unread) for r in rows] == [("one_to_one", 1), ("group", 0)]
        with pytest.raises(NotFound):
            access_conversation(reader, chatter(reader, c), pair)

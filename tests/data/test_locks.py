"""People who act at once on PostgreSQL: nobody waits for somebody who waits for them, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import func, select

from callbacks.frames import ConversationStart, ParticipantsAdd
from callbacks.participants import add_participants, start
from data import db
from data.access.actors import Surface, access_open_session
from data.access.conversations import access_deleted_conversation, access_owned_conversation
from data.actions.audit import GENESIS
from data.actions.beginnings import MOST_BEGUN
from data.actions.conversations import do_delete_conversation, do_restore_conversation
from data.errors import NotFound, TooManyBeginnings
from data.models import audit_entries, messages
from tests.conftest import Moment, _use_postgres
from tests.factories import Somebody, World, chatter, launch, send, start_group, start_one_to_one

ROUNDS = 12


@pytest.fixture
def postgres_world(moment: Moment, postgres_url: str) -> Iterator[World]:
    for _database in _use_postgres(postgres_url):
        yield World.create()


def delete_and_restore(somebody: Somebody, conversation_id: int) -> None:
    for _ in range(ROUNDS):
        with db.unit_of_work() as uow:
            owned = access_owned_conversation(uow, chatter(uow, somebody, Surface.PORTAL), conversation_id)
            do_delete_conversation(uow, owned)
        with db.unit_of_work() as uow:
            deleted = access_deleted_conversation(uow, chatter(uow, somebody, Surface.PORTAL), conversation_id)
            do_restore_conversation(uow, deleted)


def write_until(done: threading.Event, somebody: Somebody, conversation_ids: list[int]) -> list[str]:
    """What was acknowledged."""
    sent = []
    for number in count():
        if done.is_set():
            return sent
        try:
            text = f"{somebody.id}-{number}"
            send(somebody, conversation_ids[number % len(conversation_ids)], text)
            sent.append(text)
        except NotFound:
            continue  # deleted just now
    raise AssertionError


def run_against_writers(
    writers: list[Somebody], conversation_ids: list[int], acts: list[Callable[[], None]]
) -> list[str]:
    """All at once; any error of theirs is ours. What the writers were told is kept."""
    done = threading.Event()
    with ThreadPoolExecutor(len(writers) + len(acts)) as pool:
        writing = [pool.submit(write_until, done, writer, conversation_ids) for writer in writers]
        acting = [pool.submit(act) for act in acts]
        try:
            for each in acting:
                each.result(timeout=60)
        finally:
            done.set()
        return [text for each in writing for text in each.result(timeout=60)]


def list_texts(conversation_ids: list[int]) -> list[str]:
    query = select(messages.c.text).where(messages.c.conversation_id.in_(conversation_ids), messages.c.kind == "text")
    with db.read() as reader:
        return list(reader.execute(query).scalars())


def test_deleting_a_public_conversation_stops_nobody(postgres_world: World) -> None:
    world = postgres_world
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    writers = [world.hire(f"Karim {number}", kitchen) for number in range(3)]
    ids = [launch(ariane, kitchen), launch(ariane, kitchen)]
    acts: list[Callable[[], None]] = [
        lambda: delete_and_restore(ariane, ids[0]),
        lambda: delete_and_restore(world.administrator, ids[1]),
    ]
    sent = run_against_writers(writers, ids, acts)
    assert sorted(list_texts(ids)) == sorted(sent)
    assert sent
    check_journal(world, acts=4 * ROUNDS)


def check_journal(world: World, *, acts: int) -> None:
    """Each entry follows the one before it."""
    mine = audit_entries.c.organization_id == world.organization_id
    with db.read() as reader:
        rows = reader.execute(select(audit_entries).where(mine).order_by(audit_entries.c.id)).all()
        counted = reader.execute(
            select(func.count()).where(mine, audit_entries.c.act.like("conversation.%"))
        ).scalar_one()
    assert counted == acts
    assert [row.previous_hash for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]


def test_beginning_and_bringing_in_stop_nobody(postgres_world: World) -> None:
    """Both hold people and a conversation: in the same order."""
    world = postgres_world
    kitchen = world.add_service("cuisine")
    sofia, karim, lea = (world.hire(name, kitchen) for name in ("Sofia Lavoie", "Karim Benali", "Léa Tran"))
    pair = start_one_to_one(karim, sofia, kitchen)

    def begin() -> None:
        for number in range(3 * ROUNDS):
            with db.unit_of_work() as uow:
                frame = ConversationStart(ref=f"begin-{number}", service_id=kitchen, people=[sofia.id])
                assert (
                    start(uow, access_open_session(uow, karim.session_ids[Surface.MOBILE]), frame).conversation_id
                    == pair
                )

    def bring_in() -> None:
        for _ in range(3 * ROUNDS):
            with db.unit_of_work() as uow:
                frame = ParticipantsAdd(ref="widen", conversation_id=pair, people=[lea.id], name="Samedi")
                add_participants(uow, access_open_session(uow, sofia.session_ids[Surface.MOBILE]), frame)

    run_against_writers([karim], [pair], [begin, bring_in])


def test_nobody_begins_more_from_two_devices_at_once(postgres_world: World) -> None:
    world = postgres_world
    kitchen = world.add_service("cuisine")
    karim, sofia, lea = (world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran"))

    devices = [replace(karim, session_ids={}) for _ in range(4)]
    for device in devices:
        world.sign_in(device, Surface.MOBILE)

    for _ in range(MOST_BEGUN - 1):
        start_group(karim, [sofia, lea], kitchen)
    together = threading.Barrier(len(devices))

    def begin(device: Somebody) -> bool:
        together.wait()
        try:
            start_group(device, [sofia, lea], kitchen)
        except TooManyBeginnings:
            return False
        return True

    with ThreadPoolExecutor(len(devices)) as pool:
        assert sum(pool.map(begin, devices)) == 1


def test_choosing_somebody_again_stops_nobody(postgres_world: World) -> None:
    """The pair is held while it is looked for, and whoever writes in it refers to the same people."""
    world = postgres_world
    kitchen = world.add_service("cuisine")
    karim, sofia = world.hire("Karim Benali", kitchen), world.hire("Sofia Lavoie", kitchen)
    conversation_id = start_one_to_one(karim, sofia, kitchen)

    def choose(one: Somebody, other: Somebody) -> None:
        for _ in range(3 * ROUNDS):
            assert start_one_to_one(one, other, kitchen) == conversation_id

    acts: list[Callable[[], None]] = [lambda: choose(karim, sofia), lambda: choose(sofia, karim)]
    sent = run_against_writers([karim, sofia], [conversation_id], acts)
    assert sorted(list_texts([conversation_id])) == sorted(sent)

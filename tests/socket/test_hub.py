"""What the hub does with moments too short to catch from outside: each member is a real connection over a pair of
sockets, in this process's own loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import gevent.socket
import msgspec
import pytest

from data.realtime import events
from data.realtime.connection import (
    BACKLOG_LIMIT,
    MESSAGE_LIMIT,
    SESSION_ENDED,
    TRY_AGAIN,
    Connection,
    encode_text_frame,
)
from data.realtime.events import Emitted, to_account, to_conversation, to_person, to_service
from data.realtime.hub import CUT_AFTER, LOOKS_FOR, PING_AFTER, PING_LOOKING_AFTER, Hub, Member
from tests.conftest import Moment
from tests.socket.raw import CLOSE, CONTINUATION, PING, PONG, TEXT, build_frame

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
SERVICE = to_service(1)
PERSON = to_person(1)


class Room:
    """A hub, its members and the other ends of their sockets. `looks`: how often somebody's rights were looked at;
    what that finds is the `verdict`."""

    def __init__(self) -> None:
        self.hub = Hub(self.look)
        self.looks = 0
        self.verdict: Any = lambda member: self.hub.trust(member, FOREVER)
        self.ends: list[gevent.socket.socket] = []
        self.heard: list[str] = []

    def look(self, member: Member) -> None:
        self.looks += 1
        self.verdict(member)

    def enter(self, *topics: str, hello: bool = True) -> tuple[Member, gevent.socket.socket]:
        ours, theirs = gevent.socket.socketpair()
        theirs.settimeout(5)
        member = Member(session_id=1, account_id=len(self.ends), control_topics=(PERSON, to_account(len(self.ends))))
        member.connection = Connection(ours.fileno(), self.heard.append, lambda: self.hub.leave(member))
        ours.close()
        self.ends.append(theirs)
        self.hub.enter(member)
        if hello:
            with self.hub.answering(member):
                self.hub.begin_hello(member)
                self.hub.add_topics(member, topics)
                self.hub.trust(member, FOREVER)
        return member, theirs

    def tell(self, topic: str, event: Any, conversation_id: int | None = None) -> None:
        self.hub.deliver([Emitted(topic, event, conversation_id)])

    def say(self, number: int) -> None:
        """An event that everybody of the service hears."""
        self.tell(SERVICE, events.ConversationDeleted(number))


@pytest.fixture
def room(moment: Moment) -> Iterator[Room]:
    room = Room()
    yield room
    for member in list(room.hub.members):
        assert member.connection is not None
        member.connection.cut()
    for end in room.ends:
        end.close()


def read_frame(end: gevent.socket.socket) -> tuple[int, bytes]:
    head = end.recv(2)
    return (head[0] & 15, end.recv(head[1])) if head else (-1, b"")


def read_numbers(end: gevent.socket.socket) -> list[int]:
    """The conversations of the events that have come so far."""
    numbers = []
    gevent.sleep(0)
    end.setblocking(False)
    try:
        while True:
            opcode, payload = read_frame(end)
            if opcode != TEXT:
                break
            numbers.append(msgspec.json.decode(payload)["conversation_id"])
    except BlockingIOError:
        pass
    finally:
        end.settimeout(5)
    return numbers


@contextmanager
def looking_lasts(room: Room) -> Iterator[gevent.event.Event]:
    """Looking at rights waits for the database until the event is set."""
    done = gevent.event.Event()
    verdict = room.verdict

    def wait(member: Member) -> None:
        done.wait(5)
        verdict(member)

    room.verdict = wait
    yield done
    done.set()
    room.verdict = verdict


def test_nothing_is_heard_before_hello(room: Room) -> None:
    _, end = room.enter(hello=False)
    room.tell(PERSON, events.ConversationDeleted(1))
    assert read_numbers(end) == []


def test_what_happens_while_one_is_answered_comes_after_the_answer(room: Room) -> None:
    member, end = room.enter(SERVICE)
    with room.hub.answering(member):
        room.say(1)
        assert read_numbers(end) == []
        member.push(msgspec.json.encode({"conversation_id": 0}))
    room.say(2)
    assert read_numbers(end) == [0, 1, 2]


def test_what_happens_while_rights_are_looked_at_waits_and_is_not_lost(room: Room) -> None:
    _, end = room.enter(SERVICE)
    with looking_lasts(room):
        room.tell(PERSON, events.RightsTouched())
        room.say(1)
        assert read_numbers(end) == []
    gevent.sleep(0)
    room.say(2)
    assert read_numbers(end) == [1, 2]


def test_what_waits_is_dropped_where_the_right_is_gone(room: Room) -> None:
    _, end = room.enter(SERVICE)
    room.verdict = room.hub.expect_hello
    with looking_lasts(room):
        room.tell(PERSON, events.RightsTouched())
        room.say(1)
    gevent.sleep(0)
    room.say(2)
    assert read_numbers(end) == []


def test_rights_touched_again_while_they_are_looked_at_are_looked_at_again(room: Room) -> None:
    """The first look may have read before the second change."""
    _, end = room.enter(SERVICE)
    done = gevent.event.Event()

    def find_nothing_new(member: Member) -> None:
        room.verdict = room.hub.expect_hello
        done.wait(5)
        room.hub.trust(member, FOREVER)

    room.verdict = find_nothing_new
    room.tell(PERSON, events.RightsTouched())
    gevent.sleep(0)
    room.tell(PERSON, events.RightsTouched())
    room.say(1)
    done.set()
    for _ in range(3):
        gevent.sleep(0)
    assert room.looks == 2
    assert read_numbers(end) == []


def test_rights_touched_during_hello_are_looked_at_before_anything_is_heard(room: Room) -> None:
    member, end = room.enter(hello=False)
    room.verdict = room.hub.expect_hello
    with room.hub.answering(member):
        room.hub.begin_hello(member)
        room.tell(PERSON, events.RightsTouched())
        room.hub.add_topics(member, [SERVICE])
        room.hub.trust(member, FOREVER)
        room.say(1)
    room.say(2)
    gevent.sleep(0)
    room.say(3)
    assert room.looks == 1
    assert read_numbers(end) == []


def test_rights_that_end_now_are_looked_at_by_the_event_itself_or_by_the_keeper(room: Room, moment: Moment) -> None:
    for look in (lambda: room.say(1), room.hub.look_at_due):
        member, end = room.enter(SERVICE)
        room.verdict = room.hub.expect_hello
        room.hub.trust(member, moment() + timedelta(seconds=10))
        moment.advance(seconds=9)
        room.hub.look_at_due()
        assert room.looks == 0
        moment.advance(seconds=1)
        look()
        gevent.sleep(0)
        assert room.looks == 1
        assert read_numbers(end) == []
        room.looks = 0


def test_a_socket_that_closes_while_it_is_answered_leaves_nothing_behind(room: Room) -> None:
    member, _ = room.enter(hello=False)
    assert member.connection is not None
    with room.hub.answering(member):
        room.hub.begin_hello(member)
        member.connection.cut()
        room.hub.add_topics(member, [SERVICE])
    assert room.hub.members == set()
    assert room.hub._topics == {}


def test_one_who_left_a_public_conversation_hears_the_others_of_the_service(room: Room) -> None:
    member, end = room.enter(SERVICE)
    room.tell(PERSON, events.ConversationSilenced(7))
    room.tell(SERVICE, events.ConversationDeleted(1), conversation_id=7)
    room.tell(SERVICE, events.ConversationDeleted(2), conversation_id=8)
    room.tell(PERSON, events.ConversationUnsilenced(7))
    room.tell(SERVICE, events.ConversationDeleted(3), conversation_id=7)
    assert read_numbers(end) == [2, 3]
    assert member.has_moved


def test_a_topic_opens_and_closes(room: Room) -> None:
    _, end = room.enter()
    topic = to_conversation(5)
    room.tell(topic, events.ConversationDeleted(1))
    room.tell(PERSON, events.TopicOpened(topic))
    room.tell(topic, events.ConversationDeleted(2))
    room.tell(PERSON, events.TopicClosed(topic))
    room.tell(topic, events.ConversationDeleted(3))
    assert read_numbers(end) == [2]


def test_half_open_peers_are_pinged_then_cut_off(room: Room) -> None:
    member, end = room.enter(SERVICE)
    assert member.connection is not None
    room.hub.keep_alive()
    assert read_numbers(end) == []
    member.connection.heard_at -= PING_AFTER + 1
    room.hub.keep_alive()
    assert read_frame(end) == (PING, b"")
    member.connection.heard_at -= CUT_AFTER - PING_AFTER
    room.hub.keep_alive()
    assert read_frame(end) == (-1, b"")
    assert room.hub.members == set()


def test_a_pong_is_a_sign_of_life(room: Room) -> None:
    member, end = room.enter(SERVICE)
    assert member.connection is not None
    member.connection.heard_at -= CUT_AFTER - 1
    room.hub.keep_alive()
    assert read_frame(end) == (PING, b"")
    end.sendall(build_frame(PONG))
    gevent.idle()
    member.connection.heard_at -= 2
    room.hub.keep_alive()
    assert room.hub.members == {member}


def test_r20_whoever_is_not_heard_of_looks_at_nothing(room: Room) -> None:
    """Their phone lost its network with the conversation on its screen: they are told after half a minute."""
    member, end = room.enter(SERVICE)
    assert member.connection is not None
    member.looking_at = 7
    member.connection.heard_at -= PING_LOOKING_AFTER + 1
    room.hub.keep_alive()
    assert read_frame(end) == (PING, b"")
    assert room.hub.is_looking(SERVICE, 7)
    member.connection.heard_at -= LOOKS_FOR - PING_LOOKING_AFTER
    assert not room.hub.is_looking(SERVICE, 7)
    end.sendall(build_frame(PONG))
    gevent.idle()
    assert room.hub.is_looking(SERVICE, 7)


def test_a_peer_that_vanished_is_forgotten(room: Room) -> None:
    _, end = room.enter(SERVICE)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    end.close()
    gevent.idle()
    assert room.hub.members == set()


@pytest.mark.parametrize("code", [SESSION_ENDED, TRY_AGAIN])
def test_closing_says_why_and_looks_at_nothing_more(room: Room, code: int) -> None:
    member, end = room.enter(SERVICE)
    end.sendall(build_frame(TEXT, b"on its way"))
    room.hub.close(member, code)
    assert room.hub.members == set()
    assert read_frame(end) == (CLOSE, code.to_bytes(2, "big"))
    end.sendall(build_frame(TEXT, b"later"))
    assert read_frame(end) == (-1, b"")
    end.close()
    gevent.idle()
    assert room.heard == []


def test_a_server_that_stops_closes_those_who_still_come(room: Room) -> None:
    room.hub.close_all()
    _, end = room.enter(hello=False)
    assert read_frame(end) == (CLOSE, (1012).to_bytes(2, "big"))


def test_what_the_network_takes_in_parts_arrives_whole_and_once(room: Room) -> None:
    """From one who pauses, then reads: nothing is lost, repeated or mixed with what comes meanwhile."""
    member, end = room.enter(SERVICE)
    connection = member.connection
    assert connection is not None
    connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    frames = [encode_text_frame(str(n).encode() * 2000) for n in range(60)]
    assert 100_000 < sum(map(len, frames)) < BACKLOG_LIMIT
    for frame in frames[:40]:
        connection.push(frame)
        connection.flush()
    received = b""
    while len(received) < 50_000:
        received += end.recv(5000)
    for frame in frames[40:]:
        connection.push(frame)
        connection.flush()
    while len(received) < sum(map(len, frames)):
        received += end.recv(5000)
    assert received == b"".join(frames)


def test_one_who_owes_too_much_is_cut_off(room: Room) -> None:
    member, _ = room.enter(SERVICE)
    connection = member.connection
    assert connection is not None
    connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    owed = 0
    while connection.is_open:
        connection.push(b"x" * 10_000)
        connection.flush()
        owed += 10_000
    assert BACKLOG_LIMIT < owed < BACKLOG_LIMIT + 50_000
    assert room.hub.members == set()


def test_endless_empty_fragments_take_no_memory(room: Room) -> None:
    member, end = room.enter(SERVICE)
    assert member.connection is not None
    end.sendall(build_frame(TEXT, b"a", fin=False) + build_frame(CONTINUATION, b"", fin=False) * 300)
    gevent.idle()
    assert member.connection._parts == ["a"]


def test_commands_that_wait_for_their_answer_are_few(room: Room) -> None:
    """One who sends without waiting is read no further: the memory that waits is his own."""
    started, go_on = gevent.event.Event(), gevent.event.Event()
    member, end = room.enter(SERVICE)
    connection = member.connection
    assert connection is not None

    def answer(text: str) -> None:
        started.set()
        go_on.wait(5)
        room.heard.append(text)

    connection._on_frame = answer
    sender = gevent.spawn(end.sendall, build_frame(TEXT, b"a" * (MESSAGE_LIMIT - 1)) * 100)
    started.wait(5)
    gevent.idle()
    assert len(connection._inbox) <= 9
    go_on.set()
    sender.join(5)
    with gevent.Timeout(5):
        while len(room.heard) < 100:
            gevent.idle()

"""Floods, readers that do not read, peers that are gone, a whole company that comes back at once: others go on."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from data.access.actors import Surface
from tests import inside
from tests.client import Client, Refused
from tests.socket.conftest import Team
from tests.socket.raw import CONTINUATION, PING, TEXT, RawSocket, build_frame, build_text

MEGABYTE = 1_000_000


def time_deliveries(speaker: Client, listener: Client, conversation: int, count: int) -> list[float]:
    """Seconds from the sending of a message to its arrival at another."""
    delays = []
    for n in range(count):
        started = time.monotonic()
        ref = speaker.tell("message.send", conversation_id=conversation, text=f"n° {n}")
        listener.wait("message.sent")
        delays.append(time.monotonic() - started)
        speaker.result(ref)
    return delays


@contextmanager
def flooding(sockets: list[RawSocket], data: bytes) -> Iterator[None]:
    """Each sends all of it as fast as the server takes it, beside what happens here."""

    def send(raw: RawSocket) -> None:
        with suppress(OSError):  # cut off in the middle
            raw.send(data)

    threads = [threading.Thread(target=send, args=[raw]) for raw in sockets]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


FLOODS = {
    "commands": build_text({"type": "ping", "ref": "flood"}) * 3000,
    "nonsense": build_frame(TEXT, b"{" * 200) * 3000,
    "pings": build_frame(PING) * 3000,
    "fragments of nothing": build_frame(TEXT, b"", fin=False) + build_frame(CONTINUATION, b"", fin=False) * 3000,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_refused_then_cut_off_and_disturbs_nobody(team: Team, kind: str) -> None:
    speaker, listener, conversation = team.open(team.staff[0]), team.open(team.staff[1]), team.launch()
    quiet = time_deliveries(speaker, listener, conversation, 20)
    cookie = team.server.give_cookie(team.staff[2], Surface.MOBILE)
    sockets = [team.open_raw(cookie) for _ in range(8)]
    with flooding(sockets, FLOODS[kind]):
        disturbed = time_deliveries(speaker, listener, conversation, 20)
    for raw in sockets:
        heard = list(raw.frames())
        codes = [payload for opcode, payload in heard if opcode == TEXT and b'"too_fast"' in payload]
        assert bool(codes) is (kind in ("commands", "nonsense"))
        assert heard[-1][1][:2] == (1008).to_bytes(2, "big")
    assert max(disturbed) < 0.5
    assert statistics.median(disturbed) < 5 * statistics.median(quiet) + 0.05
    assert listener.list_said(conversation) == [f"n° {n}" for n in range(20)] * 2


def test_too_fast_says_how_long_to_wait_and_keeps_its_word(team: Team) -> None:
    """All are refused until then, so that what is sent again in order keeps it; and all are heard from then on."""
    phone = team.open(team.staff[0])
    answers = [phone.answer(ref) for ref in [phone.tell("ping") for _ in range(80)]]
    refused_at = time.monotonic()
    assert {answer.get("code") for answer in answers} == {None, "too_fast"}
    assert {answer.get("retry_after") for answer in answers} == {None, 1}
    while time.monotonic() < refused_at + 0.7:
        with pytest.raises(TimeoutError):
            phone.wait("rights.changed", seconds=0.1)
        with pytest.raises(Refused, match="too_fast"):
            phone.ask("ping")
    with pytest.raises(TimeoutError):
        phone.wait("rights.changed", seconds=0.3)
    for _ in range(10):
        phone.ask("ping")


def test_one_who_never_reads_is_cut_off_and_slows_nobody(team: Team) -> None:
    listener, conversation = team.open(team.staff[0]), team.launch()
    cookie = team.server.give_cookie(team.staff[1], Surface.MOBILE)
    stalled = [team.open_raw(cookie, receive_buffer=4096) for _ in range(8)]
    for raw in stalled:
        raw.send(build_text({"type": "hello", "ref": "h"}))
    listener.ask("ping")
    before = team.server.do(inside.measure_memory)
    batches, size = 30, 25
    for batch in range(batches):  # 11 MB for each of them
        team.server.do(inside.say_many, team.staff[2], conversation, size, "é" * 3800)
        listener.wait("message.sent", seq=(batch + 1) * size)
    assert [event["seq"] for event in listener.events if event["type"] == "message.sent"] == list(
        range(1, batches * size + 1)
    )
    assert team.server.do(inside.measure_memory) - before < 30 * MEGABYTE
    for raw in stalled:
        assert 0 < sum(opcode == TEXT for opcode, _ in raw.frames()) < batches * size


def test_five_hundred_who_come_back_at_once_after_a_restart_are_all_welcomed(own_team: Team) -> None:
    team, own_server = own_team, own_team.server
    conversation = team.launch()
    cookies = own_server.do(inside.hire_many, team.home, 100) * 5
    own_server.restart()

    def come_back(cookie: str) -> int:
        raw = team.open_raw(cookie)
        raw.send(build_text({"type": "hello", "ref": "h"}))
        return len(raw.receive()["result"]["rows"])

    with ThreadPoolExecutor(250) as pool:
        assert list(pool.map(come_back, cookies)) == [1] * 500
    phone = team.open(team.staff[0])
    phone.say(conversation, "tout le monde est là")


def test_told_to_stop_it_stops_within_two_seconds_and_says_so(own_team: Team) -> None:
    team, own_server = own_team, own_team.server
    clients = [team.open(somebody) for somebody in team.staff] + [team.open_portal()]
    clients.append(team.open(team.staff[0], hello=False))
    assert own_server.stop() < 2
    for client in clients:
        assert client.wait_closed() == 1012
    own_server.start()
    team.open(team.staff[0]).ask("ping")


def test_an_answer_however_large_reaches_one_who_reads(team: Team) -> None:
    """Long messages of a colleague take the chat away from nobody: over packets of an ordinary network, the list, a
    page and what is missing are more than a socket takes at once."""
    conversations = [team.launch(f"Publique {n}") for n in range(20)]
    for conversation in conversations:
        team.server.do(inside.say_many, team.staff[1], conversation, 1, "😀" * 3990)
    team.server.do(inside.say_many, team.staff[1], conversations[0], 60, "😀" * 3990)
    raw = team.open_raw(team.server.give_cookie(team.staff[0], Surface.MOBILE), segment=1400)
    about = {"conversation_id": conversations[0]}
    asked = [
        {"type": "hello", "ref": "a"},
        {"type": "conversation.open", "ref": "b", **about},
        {"type": "conversation.page", "ref": "c", "before": 60, **about},
        {"type": "conversation.changes", "ref": "d", "seq": 0, "ordinal": 0, **about},
    ]
    for frame in asked:
        raw.send(build_text(frame))
    answers = [raw.receive() for _ in asked]
    assert [answer["ref"] for answer in answers] == ["a", "b", "c", "d"]
    assert {answer["type"] for answer in answers} == {"done"}


def test_the_sockets_of_a_person_share_a_limit(own_team: Team) -> None:
    """Eight sockets are no way around it, and colleagues are not slowed by it."""
    team = own_team
    phones = [team.open(team.staff[0]) for _ in range(8)]
    answers = [phone.answer(ref) for phone in phones for ref in [phone.tell("ping") for _ in range(55)]]
    assert {answer.get("code") for answer in answers} == {None, "too_fast"}
    assert 200 <= sum(answer["type"] == "done" for answer in answers) < 400
    team.open(team.staff[1]).ask("ping")

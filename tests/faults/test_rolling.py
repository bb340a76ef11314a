"""Two instances behind a proxy are restarted one after the other while people write and open pages: nobody loses a
message, hears one twice or sees an error."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from callbacks.serving import GOODBYES_TAKE
from data.access.actors import Surface
from deploy.instances import is_ready, restart_in_turn
from deploy.proxy import start_proxy, stop_proxy
from tests import factories, inside
from tests.client import Client, Closed
from tests.server import START_WITHIN, Server, find_port

RESTARTS = 1012  # the closing code that says: another one is there already


class Behind(Server):
    """An instance at a Unix socket; people know the address of the proxy alone."""

    def __init__(self, folder: Path, template: Path, door: Path, port: int, **settings: str) -> None:
        folder.mkdir()
        address = f"http://127.0.0.1:{port}"
        super().__init__(
            folder, template, **{"BIND": f"unix:{door}", "TRUSTED_PROXIES": "1", "ORIGIN": address, **settings}
        )
        self.address = address
        self.door = door

    def restart(self) -> None:
        """Told to stop, as a supervisor does."""
        self.stop()
        self.start()

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not is_ready(self.door):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline
            time.sleep(0.02)


@dataclass
class Talker:
    """Somebody with a phone: sends one message after the other, each under its ref until it is acknowledged; a closing
    code other than that of a restart is an error that they would see."""

    address: str
    cookie: str
    conversation_id: int
    until: threading.Event
    said: list[str] = field(default_factory=list)
    closings: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        client: Client | None = None
        while not self.until.wait(0.06):
            ref = f"{self.cookie[:8]}-{len(self.said)}"
            while ref not in self.said:
                try:
                    client = client or Client(self.address, "mobile", self.cookie)
                    client.say(self.conversation_id, ref, ref)
                    self.said.append(ref)
                except Closed as closed:
                    self.closings[closed.code] += 1
                    client = None


@dataclass
class Reader:
    """Somebody who opens pages and chooses a theme, again and again."""

    address: str
    cookie: str
    until: threading.Event
    statuses: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        while not self.until.wait(0.02):
            self._ask("GET", "/m")
            self._ask("POST", "/m/preferences", "theme=dark&next=/m")

    def _ask(self, method: str, path: str, body: str | None = None) -> None:
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=30)
        headers = {"Cookie": f"chat_mobile={self.cookie}", "Origin": self.address, "Sec-Fetch-Site": "same-origin"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        self.statuses[connection.getresponse().status] += 1
        connection.close()


@pytest.fixture
def pair(tmp_path: Path, sqlite_template: Path, fresh_postgres: str) -> Iterator[list[Behind]]:
    """Behind the proxy that `make run-scaled` would start on this machine: nginx or Caddy."""
    port = find_port()
    with TemporaryDirectory(prefix="chat-") as doors:
        servers = [
            Behind(tmp_path / name, sqlite_template, Path(doors) / name, port, DATABASE_URL=fresh_postgres)
            for name in ("one", "two")
        ]
        try:
            for server in servers:
                server.start()
            proxy = start_proxy(tmp_path, "127.0.0.1", port, [each.door for each in servers])
            try:
                yield servers
            finally:
                stop_proxy(proxy)
        finally:
            for server in servers:
                if server.process is not None:
                    server.kill()


def test_a_rolling_restart_loses_no_message_and_shows_no_error(pair: list[Behind]) -> None:
    first = pair[0]
    kitchen = first.do(inside.make_kitchen, "rolling")
    conversation = first.do(factories.launch, kitchen.manager, kitchen.service_id)
    cookies = [first.give_cookie(somebody, Surface.MOBILE) for somebody in kitchen.staff]
    is_over = threading.Event()
    talkers = [Talker(first.address, cookie, conversation, is_over) for cookie in cookies[:2]]
    reader = Reader(first.address, cookies[2], is_over)
    threads = [threading.Thread(target=each.run) for each in (*talkers, reader)]
    for thread in threads:
        thread.start()
    while not all(talker.said for talker in talkers):
        assert all(thread.is_alive() for thread in threads)
        time.sleep(0.01)
    restart_in_turn(pair)
    is_over.set()
    for thread in threads:
        thread.join(30)
    assert set(reader.statuses) == {200, 303}
    assert {code for talker in talkers for code in talker.closings} == {RESTARTS}
    _check(first, conversation, talkers)


def _check(server: Server, conversation: int, talkers: Sequence[Talker]) -> None:
    """What was acknowledged stands there once, each person's in their order."""
    stored = [ref for _, ref in server.do(inside.list_refs, conversation)]
    assert sorted(stored) == sorted(ref for talker in talkers for ref in talker.said)
    for talker in talkers:
        assert len(talker.said) > 20
        assert [ref for ref in stored if ref in set(talker.said)] == talker.said


def test_whoever_asked_before_a_stop_gets_an_answer(own_server: Server) -> None:
    """Here, who is still sending what they ask; the socket that opens after them shows that they were let in."""
    kitchen = own_server.do(inside.make_kitchen, "stop")
    cookie = own_server.give_cookie(kitchen.staff[0], Surface.MOBILE)
    form = b"identifier=nobody&password=nothing&code="
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{own_server.port}\r\nOrigin: {own_server.address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=20) as slow:
        slow.sendall(head.encode() + form[:10])
        phone = Client(own_server.address, "mobile", cookie)
        stopping = threading.Thread(target=own_server.stop)
        stopping.start()
        assert phone.wait_closed() == RESTARTS
        time.sleep(3 * GOODBYES_TAKE)  # by then it would have left
        slow.sendall(form[10:])
        assert slow.recv(9) == b"HTTP/1.1 "
    stopping.join(20)
    assert not stopping.is_alive()

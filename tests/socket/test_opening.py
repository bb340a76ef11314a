"""Before the handshake is accepted: where the page comes from, and whose session it is."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from data.access.actors import Surface
from tests.socket.conftest import Team
from tests.socket.raw import RawSocket

PATHS = {Surface.PORTAL: "/socket", Surface.MOBILE: "/m/socket"}
NAMES = {Surface.PORTAL: "chat_portal", Surface.MOBILE: "chat_mobile"}


def knock(team: Team, surface: Surface, cookie: str | None, origin: str | None, *, name: Surface | None = None) -> int:
    """The status of the answer."""
    headers = {}
    if cookie is not None:
        headers["Cookie"] = f"{NAMES[name or surface]}={cookie}"
    if origin is not None:
        headers["Origin"] = origin
    with RawSocket(team.server.address, PATHS[surface], headers) as raw:
        return raw.status


@pytest.mark.parametrize("surface", list(Surface))
@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}@evil.example",
        "http://127.0.0.1:{port} http://evil.example",
        "HTTP://127.0.0.1:{port}",
        "ws://127.0.0.1:{port}",
        "http://localhost:{port}",
    ],
)
def test_a_page_of_another_site_opens_no_socket(team: Team, surface: Surface, origin: str | None) -> None:
    cookie = team.server.give_cookie(team.manager, surface)
    sent = origin.format(port=team.server.port) if origin is not None else None
    assert knock(team, surface, cookie, sent) == 403
    assert knock(team, surface, cookie, team.server.address) == 101


@pytest.mark.parametrize("surface", list(Surface))
@pytest.mark.parametrize(
    "cookie", [None, "", "x", "a" * 43, "../../etc/passwd", "'; DROP TABLE sessions; --", "é" * 20, "0" * 4000]
)
def test_no_cookie_and_forged_cookies_open_no_socket(team: Team, surface: Surface, cookie: str | None) -> None:
    assert knock(team, surface, cookie, team.server.address) == 401


@pytest.mark.parametrize(("theirs", "asked"), [(Surface.MOBILE, Surface.PORTAL), (Surface.PORTAL, Surface.MOBILE)])
def test_a_cookie_of_one_surface_does_not_open_the_other(team: Team, theirs: Surface, asked: Surface) -> None:
    """Neither under its own name nor under that of the other surface."""
    cookie = team.server.give_cookie(team.manager, theirs)
    for name in Surface:
        assert knock(team, asked, cookie, team.server.address, name=name) == 401


@pytest.mark.parametrize("path", ["/socket/", "/m/socket/", "/socket/x", "/m//socket", "/_dash-socket", "/SOCKET"])
def test_there_is_no_other_socket(team: Team, path: str) -> None:
    cookie = team.server.give_cookie(team.manager, Surface.PORTAL)
    headers = {"Cookie": f"chat_portal={cookie}; chat_mobile={cookie}", "Origin": team.server.address}
    with RawSocket(team.server.address, path, headers) as raw:
        assert raw.status in (400, 401, 404)


def test_compression_is_not_agreed_to(team: Team) -> None:
    """A frame of 300 kB could become 300 MB."""
    headers = {
        "Cookie": f"chat_mobile={team.server.give_cookie(team.staff[0], Surface.MOBILE)}",
        "Origin": team.server.address,
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    }
    with RawSocket(team.server.address, "/m/socket", headers) as raw:
        assert raw.status == 101
        assert b"deflate" not in raw.head.lower()


def test_the_ninth_socket_of_an_account_closes_the_oldest(team: Team) -> None:
    """All its devices together, on both surfaces; nobody else's."""
    other = team.open(team.staff[0])
    first = team.open(team.manager)
    later = [team.open_portal() for _ in range(4)] + [team.open(team.manager) for _ in range(3)]
    ninth = team.open_portal()
    assert first.wait_closed() == 4409
    for client in (*later, ninth, other):
        client.ask("ping")


@pytest.mark.parametrize(
    "handshake",
    [
        {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"Sec-WebSocket-Version": "13"},
        {"Sec-WebSocket-Version": "8", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="},
    ],
)
def test_a_handshake_that_is_none_is_the_senders_fault(team: Team, handshake: dict[str, str]) -> None:
    """(A fault of the server's would be in its log, and fail the session.)"""
    cookie = team.server.give_cookie(team.staff[0], Surface.MOBILE)
    host = urlsplit(team.server.address).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    asked = {"Cookie": f"chat_mobile={cookie}", "Origin": team.server.address, "Upgrade": "websocket"}
    connection.request("GET", "/m/socket", headers=asked | {"Connection": "Upgrade"} | handshake)
    assert 400 <= connection.getresponse().status < 500
    connection.close()

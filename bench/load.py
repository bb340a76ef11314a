"""The load: one process, one epoll, raw sockets, as little as possible done with each frame.

All receivers of a message get the same bytes, so the first to come is read and the others are looked up whole: a frame
costs two microseconds here, and the server is what is measured. Nothing is parsed but a few fields, by search."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Address = tuple[str, int]

CHUNK = 65_536


@dataclass(frozen=True)
class Seat:
    """Where one socket goes: the path, the cookie of a session (none: no sign-in), the conversation it talks in; the
    address, where it is another than that of the load."""

    path: str
    cookie: str
    conversation_id: int
    address: Address | None = None


@dataclass(eq=False, slots=True)
class Client:
    """An open socket, and which messages it received when (numbers of the run, seconds)."""

    sock: socket.socket
    seat: Seat
    recv: Callable[[int], bytes]
    rest: bytes = b""
    hello_sent: bool = False
    numbers: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def send(self, payload: bytes) -> None:
        self.sock.send(build_frame(payload))


OnFrame = Callable[[Client, bytes, bytes, float], int]
OnComplete = Callable[[int], None]


class Load:
    """A crowd of sockets to one server. `clients` by file descriptor."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.clients: dict[int, Client] = {}
        self._epoll = select.epoll()
        self.ignore()

    def listen(self, known: dict[bytes, int], left: list[int], on_frame: OnFrame, on_complete: OnComplete) -> None:
        """From now on `known` frames count as the message of that number, of which `left` more are to come;
        `on_frame(client, frame, payload, now)` tells the number of another one, -1 for none."""
        self._known, self._left, self._on_frame, self._on_complete = known, left, on_frame, on_complete

    def ignore(self) -> None:
        """Whatever comes counts for nothing; pings are answered."""
        self.listen({}, [], lambda client, frame, payload, now: -1, lambda number: None)

    def idle(self, seconds: float) -> None:
        self.ignore()
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.take(left)

    def close(self) -> None:
        for client in self.clients.values():
            client.sock.close()
        self.clients.clear()
        self._epoll.close()

    def connect(self, seat: Seat) -> Client:
        """Begin a handshake; hello follows by itself."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Client(sock, seat, sock.recv)
        result = sock.connect_ex(seat.address or self.address)
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, os.strerror(result))
        self.clients[sock.fileno()] = client
        self._epoll.register(sock.fileno(), select.EPOLLIN | select.EPOLLOUT)
        return client

    def take(self, timeout: float) -> int:
        """Receive what is there, 64 sockets at most, so that what is due to be sent does not wait long."""
        known, left, clients = self._known, self._left, self.clients
        events = self._epoll.poll(timeout, 64)
        for fd, mask in events:
            client = clients[fd]
            if mask & select.EPOLLOUT:
                self._shake_hands(client)
                continue
            data = client.recv(CHUNK)
            now = time.perf_counter()
            number = known.get(data, -1) if not client.rest else -1
            if number < 0:
                self._read(client, data, now)
                continue
            client.numbers.append(number)
            client.times.append(now)
            left[number] -= 1
            if not left[number]:
                self._on_complete(number)
        return len(events)

    def _read(self, client: Client, data: bytes, now: float) -> None:
        """Several frames, a part of one, or one not seen before."""
        if not data:
            raise RuntimeError("the server closed a socket")
        if client.rest:
            data = client.rest + data
        if not client.hello_sent:
            data = self._end_handshake(client, data)
            if not client.hello_sent:
                client.rest = data
                return
        begin, size = 0, len(data)
        while size - begin >= 2:
            length, start = data[begin + 1], begin + 2
            if length == 126:
                length, start = int.from_bytes(data[begin + 2 : begin + 4]), begin + 4
            elif length == 127:
                length, start = int.from_bytes(data[begin + 2 : begin + 10]), begin + 10
            end = start + length
            if end > size:
                break
            self._count(client, data[begin:end], data[start:end], now)
            begin = end
        client.rest = data[begin:]

    def _count(self, client: Client, whole: bytes, payload: bytes, now: float) -> None:
        number = self._known.get(whole, -1)
        if number < 0:
            number = self._meet(client, whole, payload, now)
        if number >= 0:
            client.numbers.append(number)
            client.times.append(now)
            self._left[number] -= 1
            if not self._left[number]:
                self._on_complete(number)

    def _meet(self, client: Client, whole: bytes, payload: bytes, now: float) -> int:
        kind = whole[0] & 0x0F
        if kind == 0x9:
            client.sock.send(build_frame(payload, 0x8A))
        elif kind == 0x8:
            raise RuntimeError(f"the server closed a socket: {payload!r}")
        elif kind == 0x1:
            return self._on_frame(client, whole, payload, now)
        return -1

    def _shake_hands(self, client: Client) -> None:
        error = client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        self._epoll.modify(client.sock.fileno(), select.EPOLLIN)
        seat = client.seat
        host, port = seat.address or self.address
        lines = [
            f"GET {seat.path} HTTP/1.1",
            f"Host: {host}:{port}",
            f"Origin: http://{host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        if seat.cookie:
            lines.append(f"Cookie: {seat.cookie}")
        client.sock.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _end_handshake(self, client: Client, data: bytes) -> bytes:
        """Greet once the server has switched; the answer is what came behind, or all of it where more is to come."""
        head, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            return data
        if b" 101 " not in head[:20]:
            raise RuntimeError(f"no websocket: {head[:200]!r}")
        client.hello_sent = True
        client.send(b'{"type":"hello","ref":"hello"}')
        return rest


def build_frame(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame. The key is zero, which leaves the payload as it is."""
    if len(payload) < 126:
        return bytes((first, 0x80 | len(payload))) + b"\0\0\0\0" + payload
    return bytes((first, 0x80 | 126)) + struct.pack("!H", len(payload)) + b"\0\0\0\0" + payload

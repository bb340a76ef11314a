"""One open websocket: frames in, frames out, never blocking the loop, never holding much.

The handshake is flask-sock's. From then on the raw socket is ours: a watcher of the loop reads it (no thread and no
greenlet waits on it), one writer at a time sends what is due, several frames in one call, and a reader that does not
keep up is cut off instead of slowing the others or filling the memory."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from wsproto.connection import Connection as Protocol
from wsproto.connection import ConnectionType
from wsproto.events import CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from data.metrics import counted

RECEIVE_SIZE = 8_192  # bytes looked at before others have their turn
MESSAGE_LIMIT = 65_536  # characters of one frame: 4,000 code points, each escaped at its longest, fit
INBOX_LIMIT = 8  # frames read but not yet answered; beyond, the client's own sending waits
BACKLOG_LIMIT = 262_144  # bytes of events that a slow reader may owe; answers, which it asked for, are apart
FLOOD_LIMIT = 500  # frames of any kind in a second, pings and fragments too; beyond, it is cut off
LINGER, LINGER_LIMIT = 2.0, 1_000_000  # seconds and bytes of patience with a client that was told goodbye

READABLE, WRITABLE = 1, 2
PROTOCOL_ERROR, UNSUPPORTED, POLICY, TOO_BIG, RESTARTS, TRY_AGAIN = 1002, 1003, 1008, 1009, 1012, 1013
SESSION_ENDED, TOO_MANY_SOCKETS = 4401, 4409


def encode_text_frame(payload: bytes) -> bytes:
    """An unmasked final text frame, as a server sends it (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


class Connection:
    """`on_frame(text)` runs in a greenlet of its own, one frame after the other; `on_closed()` once. `heard_at` is when
    the client last sent anything (monotonic seconds)."""

    __slots__ = (
        "_backlog",
        "_backlog_size",
        "_counted",
        "_counted_from",
        "_inbox",
        "_on_closed",
        "_on_frame",
        "_owed",
        "_parts",
        "_parts_size",
        "_protocol",
        "_read",
        "_sock",
        "_thrown_away",
        "_timer",
        "_working",
        "_write",
        "heard_at",
        "is_open",
    )

    def __init__(
        self,
        fd: int,
        on_frame: Callable[[str], None],
        on_closed: Callable[[], None],
    ) -> None:
        self.is_open = True
        self.heard_at = time.monotonic()
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._sock = socket.socket(fileno=os.dup(fd))
        self._sock.setblocking(False)
        self._protocol = Protocol(ConnectionType.SERVER)
        self._parts: list[str] = []
        self._parts_size = 0
        self._inbox: deque[str] = deque()
        self._working = False
        self._backlog: deque[bytes] = deque()
        self._backlog_size = 0
        self._owed = 0
        self._counted = 0
        self._counted_from = self.heard_at
        loop = gevent.get_hub().loop
        self._read = loop.io(self._sock.fileno(), READABLE)
        self._write: Any = None
        self._timer: Any = None
        self._thrown_away = 0
        self._read.start(self._receive)

    @property
    def backlog_size(self) -> int:
        """Bytes that wait for it."""
        return self._backlog_size

    def push(self, frame: bytes) -> None:
        """Queue an encoded event; `flush` sends it."""
        self._owed += len(frame)
        self.push_answer(frame)

    def push_answer(self, frame: bytes) -> None:
        """Queue what the client asked for. However large, it is no reason to cut off somebody who reads: the next
        question waits until most of it is gone."""
        self._backlog.append(frame)
        self._backlog_size += len(frame)

    def deliver(self, frame: bytes) -> None:
        """Send an encoded event now, or behind what waits."""
        if self._backlog or not self.is_open:
            self.push(frame)
            self.flush()
            return
        sent = self._try_to_send(frame)
        if sent is not None and sent < len(frame):
            self.push(frame[sent:])
            self._wait_until_writable()

    def flush(self) -> None:
        """Send what the socket takes now; the rest follows when it takes more."""
        if not self.is_open or self._write is not None:
            if self._owed > BACKLOG_LIMIT:
                self._cut_off()
            return
        self._send()

    def ping(self) -> None:
        self.push(self._protocol.send(Ping()))
        self.flush()

    def close(self, code: int) -> None:
        """Say goodbye, then end it: nothing that the client still sends is looked at."""
        if self.is_open:
            self._say_goodbye(CloseConnection(code=code))

    def cut(self) -> None:
        """End it now."""
        if self.is_open:
            self._stop()
            self._hang_up()

    def _cut_off(self) -> None:
        """It does not read what it is sent."""
        counted.cut_off += self.is_open
        self.cut()

    def _say_goodbye(self, goodbye: CloseConnection) -> None:
        """What is on its way from the client is taken and thrown away for a moment: hanging up on it would destroy the
        goodbye before it is read."""
        with contextlib.suppress(LocalProtocolError):  # the client said goodbye first
            self.push(self._protocol.send(goodbye))
        self._send()
        if not self.is_open:
            return
        self._stop()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        self._read.start(self._throw_away)
        self._timer = gevent.get_hub().loop.timer(LINGER)
        self._timer.start(self._hang_up)

    def _stop(self) -> None:
        self.is_open = False
        self._inbox.clear()
        self._backlog.clear()
        self._read.stop()
        self._forget_write()
        self._on_closed()

    def _throw_away(self) -> None:
        try:
            data = self._sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        self._thrown_away += len(data)
        if not data or self._thrown_away > LINGER_LIMIT:
            self._hang_up()

    def _hang_up(self) -> None:
        for watcher in (self._read, self._timer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _send(self) -> None:
        while self._backlog:
            chunk = self._backlog.popleft() if len(self._backlog) == 1 else b"".join(self._backlog)
            self._backlog.clear()
            sent = self._try_to_send(chunk)
            if sent is None:
                return
            self._backlog_size = len(chunk) - sent
            self._owed = min(self._owed, self._backlog_size)
            if sent < len(chunk):
                self._backlog.append(chunk[sent:])
                self._wait_until_writable()
                return
        self._forget_write()

    def _try_to_send(self, chunk: bytes) -> int | None:
        """As many bytes as the socket takes; None where nobody is there any more."""
        try:
            return self._sock.send(chunk)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.cut()
            return None

    def _forget_write(self) -> None:
        if self._write is not None:
            self._write.stop()
            self._write.close()
            self._write = None

    def _wait_until_writable(self) -> None:
        if self._owed > BACKLOG_LIMIT:
            self._cut_off()
        elif self._write is None:
            self._write = gevent.get_hub().loop.io(self._sock.fileno(), WRITABLE)
            self._write.start(self._send)

    def _receive(self) -> None:
        try:
            data = self._sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.cut()
            return
        self.heard_at = time.monotonic()
        try:
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                self._handle(event)
                if not self.is_open:
                    return
        except (RemoteProtocolError, LocalProtocolError):
            self.close(PROTOCOL_ERROR)
        except AssertionError:  # wsproto asserts on some malformed control frames
            self.close(PROTOCOL_ERROR)

    def _handle(self, event: object) -> None:
        if getattr(event, "frame_finished", True) and self._is_flooding():
            self.close(POLICY)
        elif isinstance(event, TextMessage):
            self._take(event)
        elif isinstance(event, Ping):
            self.push(self._protocol.send(event.response()))
            self.flush()
        elif isinstance(event, CloseConnection):
            self._say_goodbye(event.response())
        elif not isinstance(event, Pong):
            self.close(UNSUPPORTED)

    def _is_flooding(self) -> bool:
        if self.heard_at - self._counted_from > 1:
            self._counted, self._counted_from = 0, self.heard_at
        self._counted += 1
        return self._counted > FLOOD_LIMIT

    def _take(self, event: TextMessage) -> None:
        self._parts_size += len(event.data)
        if self._parts_size > MESSAGE_LIMIT:
            self.close(TOO_BIG)
            return
        if event.data:
            self._parts.append(event.data)
        if not event.message_finished:
            return
        self._inbox.append("".join(self._parts))
        self._parts.clear()
        self._parts_size = 0
        if len(self._inbox) >= INBOX_LIMIT:
            self._read.stop()
        if not self._working:
            self._working = True
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._inbox:
                while self.is_open and self._backlog_size > BACKLOG_LIMIT:
                    gevent.sleep(0.02)
                if not self._inbox:
                    return  # closed meanwhile
                self._on_frame(self._inbox.popleft())
                if self.is_open and not self._read.active and len(self._inbox) < INBOX_LIMIT // 2:
                    self._read.start(self._receive)
                if self._inbox:
                    gevent.sleep(0)  # others have their turn
        finally:
            self._working = False

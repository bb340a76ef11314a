"""A websocket by hand, to send what no library would."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE = 30.0


def build_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    mask: bool = True,
    reserved: int = 0,
    length: int | None = None,
) -> bytes:
    """One frame; `length` is what it claims, true or not."""
    size = len(payload) if length is None else length
    head = bytes([fin << 7 | reserved << 4 | opcode])
    bit = 0x80 if mask else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65_536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    padded = (key * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(padded, "big")
    return head + key + masked.to_bytes(len(payload), "big")


def build_text(frame: dict[str, Any]) -> bytes:
    return build_frame(TEXT, json.dumps(frame).encode())


class RawSocket:
    """`status` of the handshake's answer; from 101 on, frames. `segment`: bytes of a packet, as few as on a real
    network; loopback's own are so large that they hide what a network does."""

    def __init__(
        self,
        address: str,
        path: str,
        headers: dict[str, str],
        *,
        receive_buffer: int | None = None,
        segment: int | None = None,
    ) -> None:
        host = urlsplit(address).netloc
        name, port = host.split(":")
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if segment is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((name, int(port)))
        asked = {
            "Host": host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **headers,
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{key}: {value}" for key, value in asked.items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        self._data = b""
        while b"\r\n\r\n" not in self._data:
            self._more()
        self.head, self._data = self._data.split(b"\r\n\r\n", 1)
        self.status = int(self.head.split()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *frames: bytes) -> None:
        self.socket.sendall(b"".join(frames))

    def hello(self) -> None:
        self.send(build_text({"type": "hello", "ref": "h"}))
        assert self.receive()["type"] == "done"

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """What the server sends, frame by frame, until it hangs up."""
        while True:
            try:
                head = self._take(2)
                size = head[1]
                if size == 126:
                    size = struct.unpack("!H", self._take(2))[0]
                elif size == 127:
                    size = struct.unpack("!Q", self._take(8))[0]
                yield head[0] & 15, self._take(size)
            except (EOFError, ConnectionResetError):
                return

    def receive(self) -> Any:
        """The next text frame, decoded."""
        for opcode, payload in self.frames():
            if opcode == TEXT:
                return json.loads(payload)
        raise EOFError

    def wait_closed(self) -> int:
        """The code of the closing frame; 1006 where there is none."""
        for opcode, payload in self.frames():
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0] if payload else 1005
        return 1006

    def _take(self, size: int) -> bytes:
        while len(self._data) < size:
            self._more()
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def _more(self) -> None:
        data = self.socket.recv(65_536)
        if not data:
            raise EOFError
        self._data += data

"""A push service on this machine, with devices: it checks the sender's word and opens what it receives with the keys of
the device, as a browser would; and it fails in every way that it is told to."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from data.actions.push import Subscription
from data.push.sealing import encode


class Device:
    """A browser's subscription: an address at the service, and the keys that open what is sent there."""

    def __init__(self, origin: str) -> None:
        self.path = f"/push/{secrets.token_hex(8)}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = secrets.token_bytes(16)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = Subscription(origin + self.path, encode(point), encode(self.secret))

    def open(self, sealed: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(sealed, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found


@dataclass
class Received:
    device: Device
    headers: dict[str, str]
    content: dict[str, Any]


@dataclass
class PushService:
    """`received`: what it took, in order; `asked`: all that came. `refusals`: status and headers for what is for these
    devices; `answers`: of the next requests else, 201 where none is left."""

    origin: str
    devices: dict[str, Device] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    asked: int = 0
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    came: threading.Condition = field(default_factory=threading.Condition)

    def subscribe(self) -> Device:
        device = Device(self.origin)
        self.devices[device.path] = device
        return device

    def refuse(self, device: Device, status: int, headers: dict[str, str]) -> None:
        self.refusals[device.path] = status, headers

    def take(self) -> list[Received]:
        """What came since the last time."""
        with self.came:
            taken, self.received = self.received, []
        return taken

    def wait(self, count: int = 1, seconds: float = 10.0) -> list[Received]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, seconds), f"{self.asked} asked"
        return self.take()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        with self.came:
            self.asked += 1
            status, more = self._find_answer(path)
            if status == 201:
                assert Vapid02.verify(headers["Authorization"])
                self.received.append(Received(self.devices[path], headers, self.devices[path].open(body)))
            self.came.notify_all()
        return status, more

    def _find_answer(self, path: str) -> tuple[int, dict[str, str]]:
        if path in self.refusals:
            return self.refusals[path]
        return self.answers.pop(0) if self.answers else (201, {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = self.service.answer(self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def running() -> Iterator[PushService]:
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener:
        listener.daemon_threads = True
        service = handler.service = PushService(f"http://127.0.0.1:{listener.server_port}")  # type: ignore[attr-defined]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield service
        finally:
            listener.shutdown()
            thread.join()

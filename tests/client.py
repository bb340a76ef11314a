"""A client of the chat, written from docs/PROTOCOL.md alone: no import of the product's code.

`Visitor` signs in over HTTP and keeps its cookies; `Client` is one socket. Whatever waits has a deadline."""

from __future__ import annotations

import itertools
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import Any, Literal

import simple_websocket

Surface = Literal["portal", "mobile"]
Frame = dict[str, Any]

PREFIXES: dict[Surface, str] = {"portal": "", "mobile": "/m"}
COOKIES: dict[Surface, str] = {"portal": "chat_portal", "mobile": "chat_mobile"}
PATIENCE = 10.0
ABNORMAL, NO_STATUS = 1006, 1005


class Refused(Exception):
    """A command was refused."""

    def __init__(self, frame: Frame) -> None:
        self.code: str = frame["code"]
        self.text: str = frame["text"]
        self.retry_after: int | None = frame.get("retry_after")
        super().__init__(self.code)


class Closed(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class NotOpened(Exception):
    """The handshake was answered with an HTTP status instead of 101."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: str


class Visitor:
    """A program in front of the server, with a cookie jar."""

    def __init__(self, address: str, *, origin: str | None = None) -> None:
        self.address = address
        self.origin = origin or address
        self.jar = CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self._opener = urllib.request.build_opener(cookies, _NoRedirect())

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.address + path))

    def post(self, path: str, **fields: str) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(self.address + path, body, {"Origin": self.origin}))

    def sign_in(self, surface: Surface, identifier: str, password: str, code: str = "") -> Answer:
        return self.post(f"{PREFIXES[surface]}/sign-in", identifier=identifier, code=code, password=password)

    def sign_out(self, surface: Surface) -> Answer:
        return self.post(f"{PREFIXES[surface]}/sign-out")

    def is_signed_in(self, surface: Surface) -> bool:
        return self.get(f"{PREFIXES[surface]}/session").status == 204

    def find_cookie(self, surface: Surface) -> str | None:
        return next((cookie.value for cookie in self.jar if cookie.name == COOKIES[surface]), None)

    def connect(self, surface: Surface) -> Client:
        return Client(self.address, surface, self.find_cookie(surface) or "")

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=PATIENCE) as response:
                return Answer(response.status, response.headers, response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())


class Client:
    """One socket. `welcome` is the answer to its hello; `events` is all that it heard, in order; `wait` takes them one
    by one out of `inbox`."""

    def __init__(
        self, address: str, surface: Surface, cookie: str, *, origin: str | None = None, hello: bool = True
    ) -> None:
        headers = [("Cookie", f"{COOKIES[surface]}={cookie}"), ("Origin", address if origin is None else origin)]
        url = address.replace("http", "ws", 1) + PREFIXES[surface] + "/socket"
        try:
            self.socket = _Socket(url, headers=headers)
        except simple_websocket.ConnectionError as error:
            raise NotOpened(error.status_code) from None
        self.events: list[Frame] = []
        self.inbox: list[Frame] = []
        self.frames: list[Frame] = []
        self._answers: dict[str, Frame] = {}
        self._close_code: int | None = None
        self._refs = (f"{secrets.token_hex(6)}-{n}" for n in itertools.count(1))
        self.welcome: Frame = self.ask("hello") if hello else {}

    def new_ref(self) -> str:
        return next(self._refs)

    def tell(self, type_: str, ref: str | None = None, **fields: Any) -> str:
        """Send a command without waiting for its answer; its ref."""
        ref = ref or self.new_ref()
        self.write(json.dumps({"type": type_, "ref": ref, **fields}))
        return ref

    def write(self, text: str | bytes) -> None:
        """Send a frame as it is."""
        try:
            self.socket.send(text)
        except (simple_websocket.ConnectionClosed, OSError):
            raise Closed(self.wait_closed()) from None

    def answer(self, ref: str, seconds: float = PATIENCE) -> Frame:
        """The answer that carries this ref, `done` or `refused`."""
        deadline = time.monotonic() + seconds
        while ref not in self._answers:
            self._receive(deadline)
        return self._answers.pop(ref)

    def result(self, ref: str) -> Any:
        frame = self.answer(ref)
        if frame["type"] == "refused":
            raise Refused(frame)
        return frame["result"]

    def ask(self, type_: str, ref: str | None = None, **fields: Any) -> Any:
        """Send a command and wait for its result; raises `Refused`."""
        return self.result(self.tell(type_, ref, **fields))

    def say(self, conversation_id: int, text: str, ref: str | None = None) -> int:
        """Send a message; its ordinal."""
        sent: int = self.ask("message.send", ref, conversation_id=conversation_id, text=text)["ordinal"]
        return sent

    def wait(self, type_: str, seconds: float = PATIENCE, **fields: Any) -> Frame:
        """The next event of this type with these fields; what else came stays in the inbox."""
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            for at in range(seen, len(self.inbox)):
                event = self.inbox[at]
                if event["type"] == type_ and fields.items() <= event.items():
                    return self.inbox.pop(at)
            seen = len(self.inbox)
            self._receive(deadline)

    def settle(self) -> list[Frame]:
        """Everything that was told before now has come: the events since the last time."""
        self.ask("ping")
        events, self.inbox = self.inbox, []
        return events

    def list_said(self, conversation_id: int) -> list[str]:
        """The texts of the messages heard in a conversation, in the order of their coming."""
        return [
            event["message"]["text"]
            for event in self.events
            if event["type"] == "message.sent" and event["conversation_id"] == conversation_id
        ]

    def hello(self) -> Frame:
        self.welcome = self.ask("hello")
        return self.welcome

    def wait_closed(self, seconds: float = PATIENCE) -> int:
        """The code with which the socket closes; 1006 where none was said."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._receive(deadline)
        except Closed as closed:
            return closed.code

    def close(self) -> None:
        try:
            self.socket.close()
        except (simple_websocket.ConnectionClosed, OSError):
            self.socket.sock.close()
        self.socket.thread.join(PATIENCE)

    def _receive(self, deadline: float) -> None:
        """One more frame, or `Closed`, or `TimeoutError`."""
        try:
            text = self.socket.receive(timeout=max(0.0, deadline - time.monotonic()))
        except simple_websocket.ConnectionClosed as closed:
            code = int(closed.reason or NO_STATUS)
            raise Closed(ABNORMAL if code == NO_STATUS else code) from None
        if text is None:
            raise TimeoutError(f"nothing came; the inbox holds {[event['type'] for event in self.inbox]}")
        frame: Frame = json.loads(text)
        self.frames.append(frame)
        if frame["type"] in ("done", "refused"):
            self._answers[frame["ref"]] = frame
        else:
            self.events.append(frame)
            self.inbox.append(frame)


class _Socket(simple_websocket.Client):  # type: ignore[misc]
    def handshake(self) -> None:
        try:
            super().handshake()
        except BaseException:
            self.sock.close()
            raise


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A 303 is an answer like any other."""

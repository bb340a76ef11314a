"""Requests that take long: whether somebody still waits for an answer, and how long a body may take to come. Without an
end, twelve thousand that never come close the door to everybody: each holds a place of the server's meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gevent
from werkzeug.exceptions import RequestTimeout
from werkzeug.wsgi import ClosingIterator

PATIENCE = 20.0  # seconds for a body, and one more for each SLOWEST bytes that did come
SLOWEST = 20_000  # bytes a second: a file of the largest size may take seven minutes as long as it comes
PIECE = 16_384

Application = Callable[..., Iterable[bytes]]


class CountedRequests:
    """A WSGI application of which it is known whether somebody still waits for an answer."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.open = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.open += 1
        try:
            return ClosingIterator(self._application(environ, start_response), self._close)
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        self.open -= 1

    def wait(self, seconds: float) -> None:
        """Until nobody does, or so long."""
        until = time.monotonic() + seconds
        while self.open and time.monotonic() < until:
            gevent.sleep(0.02)


class TimedBodies:
    """A WSGI application whose requests' bodies are read against the clock; 408 where one takes too long."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"] = TimedBody(environ["wsgi.input"])
        return self._application(environ, start_response)


class TimedBody:
    def __init__(self, body: Any) -> None:
        self._body = body
        self._started_at: float | None = None
        self._received = 0

    def read(self, size: int | None = -1) -> bytes:
        """In pieces, so that what comes steadily is waited for."""
        left = float("inf") if size is None or size < 0 else size
        pieces = []
        while left > 0:
            piece = self._wait(self._body.read, int(min(left, PIECE)))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        return self._wait(self._body.readline, -1 if size is None else size)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _wait(self, read: Callable[[int], bytes], size: int) -> bytes:
        now = time.monotonic()
        self._started_at = now if self._started_at is None else self._started_at
        left = self._started_at + PATIENCE + self._received / SLOWEST - now
        # An exception of the usual kind: the server then knows that the connection cannot serve another request.
        with gevent.Timeout(max(left, 0.001), RequestTimeout()):
            piece = read(size)
        self._received += len(piece)
        return piece

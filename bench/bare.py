"""The yardstick: rooms as flask-sock alone makes them. No accounts, no rights, no database, nothing kept.

gunicorn --worker-class gevent bench.bare:app
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Flask
from flask_sock import ConnectionClosed, Sock

app = Flask(__name__)
sock = Sock(app)
rooms: dict[int, set[Any]] = defaultdict(set)
numbers: dict[int, Iterator[int]] = defaultdict(partial(itertools.count, 1))

_encode = partial(json.dumps, separators=(",", ":"))


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ready": True}


@sock.route("/socket/<int:room>")  # type: ignore[untyped-decorator]
def talk(ws: Any, room: int) -> None:
    members = rooms[room]
    members.add(ws)
    try:
        while True:
            frame = json.loads(ws.receive())
            if frame["type"] == "message.send":
                _tell(members, _build_message(room, frame))
            ws.send(_encode({"type": "done", "ref": frame["ref"]}))
    finally:
        members.discard(ws)


def _tell(members: set[Any], message: str) -> None:
    for member in list(members):
        with contextlib.suppress(ConnectionClosed, OSError):
            member.send(message)


def _build_message(room: int, frame: dict[str, Any]) -> str:
    """As long as the product's own frame."""
    number = next(numbers[room])
    author = {"id": room, "name": "Marie-Ève Tremblay"}
    message = {"ordinal": number, "author": author, "kind": "text", "text": frame["text"], "ref": frame["ref"]}
    at = time.time_ns() // 1_000_000
    return _encode({"type": "message.sent", "conversation_id": room, "seq": number, "message": {**message, "at": at}})

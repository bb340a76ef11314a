"""The product's real server, for tests: `python -m tests.serve`. What a test can do to it: move its clock (CLOCK names
a file that holds milliseconds to add), make it wrong (MUTANT, see faults/mutants), and have a function run inside it
(DOOR names a Unix socket that takes a pickled call), so that what it changes reaches the open sockets as if a page had
done it."""

from __future__ import annotations

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()

import os
import pickle
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from gevent import socket
from gevent.server import StreamServer

import app
from callbacks import serving
from data import clock, db, demo, migrations
from data.config import Settings, load_settings
from tests.factories import World
from tests.faults.mutants import MUTANTS

CLOCK = os.open(os.environ["CLOCK"], os.O_RDONLY)  # kept: the clock goes on where no file can be opened
DOOR = Path(os.environ["DOOR"])


def read_clock() -> datetime:
    return clock.from_ms(time.time_ns() // 1_000_000 + int(os.pread(CLOCK, 32, 0)))


def create_app(settings: Settings) -> Flask:
    server = app.create_app(settings)
    DOOR.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(DOOR))
    listener.listen(64)
    StreamServer(listener, _answer).start()
    return server


def _answer(caller: socket.socket, _address: object) -> None:
    with caller.makefile("rwb") as file:
        function, arguments, options = pickle.load(file)
        answer: Any
        try:
            answer = (True, function(*arguments, **options))
        except Exception as error:
            answer = (False, error)
        pickle.dump(answer, file)


def main() -> None:
    settings = load_settings()
    if mutant := os.environ.get("MUTANT"):
        MUTANTS[mutant]()
    migrations.upgrade(settings.database_url)
    db.connect(settings.database_url)
    with clock.reading(read_clock):
        if demo.is_empty():
            World.create("first")  # so that the demonstration is not written
        serving.serve(settings, create_app)


if __name__ == "__main__":
    main()

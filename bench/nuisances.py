"""Who makes it hard for a server: sockets that never read, and one who sends as fast as it is taken."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from bench.load import Address, Load, Seat, build_frame
from bench.opening import open_sockets

FLOOD = build_frame(b'{"type":"ping","ref":"flood"}') * 200


@contextlib.contextmanager
def not_reading(address: Address, seats: Sequence[Seat]) -> Iterator[None]:
    """They are welcomed, and read nothing from then on."""
    load = Load(address)
    open_sockets(load, seats, at_once=len(seats))
    for client in load.clients.values():
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    yield
    load.close()


@contextlib.contextmanager
def flooding(address: Address, seat: Seat) -> Iterator[Any]:
    """In a process of its own; cut off, it comes again. The answer counts what it sent."""
    sent = multiprocessing.Value("q", 0)
    process = multiprocessing.Process(target=_flood, args=(address, seat, sent), daemon=True)
    process.start()
    yield sent
    process.terminate()
    process.join()


def _flood(address: Address, seat: Seat, sent: Any) -> None:
    while True:
        load = Load(address)
        with contextlib.suppress(OSError, RuntimeError):
            open_sockets(load, [seat], at_once=1)
            (client,) = load.clients.values()
            client.sock.setblocking(True)
            client.sock.settimeout(5)
            while True:
                client.sock.sendall(FLOOD)
                sent.value += 200
        load.close()

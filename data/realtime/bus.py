"""Carries committed events to whoever listens in this process, in the order of the commits; and, where other processes
serve the same database, what they must hear to whoever carries it there (data/relay)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.realtime.events import Emitted

Listener = Callable[[Sequence[Emitted]], None]
Carrier = Callable[[int, bytes], None]

_listeners: list[Listener] = []
_carriers: list[Carrier] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` with every batch from now on; the answer stops it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def publish(batch: Sequence[Emitted]) -> None:
    for listener in _listeners:
        listener(batch)


def carry_with(carrier: Carrier) -> Callable[[], None]:
    """Hand every batch of this process, as an outbox entry, to `carrier` too; the answer stops it."""
    _carriers.append(carrier)
    return lambda: _carriers.remove(carrier)


def carry(entry_id: int, batch: bytes) -> None:
    for carrier in _carriers:
        carrier(entry_id, batch)

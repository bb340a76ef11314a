"""Carries committed events to whoever listens in this process, in the order of the commits; and, where other processes
serve the same database, what they must hear to whoever carries it there (data/relay)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gevent
import structlog
from gevent.monkey import is_module_patched

from data.realtime.events import Emitted

Listener = Callable[[Sequence[Emitted]], None]
Carrier = Callable[[int, bytes], None]

_listeners: list[Listener] = []
_carriers: list[Carrier] = []
_due: list[Emitted] = []  # committed, and not told yet

log = structlog.get_logger()


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` with every batch from now on; the answer stops it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def publish(batch: Sequence[Emitted]) -> None:
    """Where gevent serves, once those who did it have gone on: they hear that it is done before five hundred others
    hear what it was. What is committed meanwhile is told together."""
    if not is_module_patched("threading"):
        _tell(batch)
    elif batch:
        if not _due:
            gevent.spawn(tell_due)
        _due.extend(batch)


def tell_due() -> None:
    """What is committed and not told yet, now: before somebody begins to listen to what they were not to hear of."""
    batch = tuple(_due)
    _due.clear()
    _tell(batch)


def _tell(batch: Sequence[Emitted]) -> None:
    """Listeners do not wait, so that one batch is told after the other."""
    for listener in tuple(_listeners):
        try:
            listener(batch)
        except Exception:
            log.exception("events_not_told")


def carry_with(carrier: Carrier) -> Callable[[], None]:
    """Hand every batch of this process, as an outbox entry, to `carrier` too; the answer stops it."""
    _carriers.append(carrier)
    return lambda: _carriers.remove(carrier)


def carry(entry_id: int, batch: bytes) -> None:
    for carrier in _carriers:
        carrier(entry_id, batch)

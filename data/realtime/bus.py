"""Carries committed events to whoever listens in this process, in the order of the commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.realtime.events import Emitted

Listener = Callable[[Sequence[Emitted]], None]

_listeners: list[Listener] = []

NAME = "local"


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` with every batch from now on; the answer stops it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def publish(batch: Sequence[Emitted]) -> None:
    for listener in _listeners:
        listener(batch)

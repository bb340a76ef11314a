"""How much is counted at once: little where others wait to write, much where nobody does."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from data.usage.workbench import Cursor

LEAST, MOST = 50, 400_000  # facts
LONGEST = 0.015  # seconds that others may wait for their turn


class Pace:
    """`hurried`: nobody waits (a command by itself); else units of writing are kept short, whatever the machine."""

    def __init__(self, *, hurried: bool = False) -> None:
        self._hurried = hurried
        self.size = MOST if hurried else 40 * LEAST

    @contextmanager
    def writing(self) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if not self._hurried:
            self._adapt(time.perf_counter() - begun)

    def _adapt(self, seconds: float) -> None:
        if seconds > LONGEST:
            self.size = max(self.size // 2, LEAST)
        elif seconds < LONGEST / 3:
            self.size = min(self.size * 2, MOST)


def take(waiting: deque[Cursor], most: int) -> list[Cursor]:
    """From the front, about `most` facts; what is cut off stays in front."""
    taken: list[Cursor] = []
    left = most
    while waiting and left > 0:
        first, rest = waiting.popleft().cut(left)
        taken.append(first)
        left -= first.size + 1  # that it is looked at has its cost too
        if rest is not None:
            waiting.appendleft(rest)
    return taken

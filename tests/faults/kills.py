"""People write and read while servers are killed without warning, again and again."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Protocol

from tests.faults.gathering import Gathering, Outcome
from tests.server import Server


class Restarted(Protocol):
    def restart(self) -> None:
        """Killed, and started again."""


def run(
    servers: Sequence[Server], *, messages: int, kills: int, also: Sequence[Restarted] = (), seed: int = 0
) -> Outcome:
    """Eight people send that many messages in all, to servers of one database that are killed that many times in turn;
    `also` what they stand on."""
    gathering = Gathering(servers, count=messages)
    try:
        away = _kill_while([*servers, *also], gathering, messages, kills, random.Random(seed))
        return gathering.end(longest_away=max(away, default=0.0))
    finally:
        gathering.give_up()


def _kill_while(
    victims: Sequence[Restarted], gathering: Gathering, messages: int, kills: int, chance: random.Random
) -> list[float]:
    """One after the other, spread over the messages, each at a moment of its own: the seconds until it answered
    again."""
    away = []
    for number in range(kills):
        gathering.await_acknowledged(messages * (number + 1) // (kills + 2))
        time.sleep(chance.random() * 0.05)
        started = time.monotonic()
        victims[number % len(victims)].restart()
        away.append(time.monotonic() - started)
    return away

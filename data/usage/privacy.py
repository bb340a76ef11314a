"""R29 in one place: what may be shown of people. Pure.

Who is employed, and who uses the application, is in the directory that the same viewer reads: exact. What people do
(read, write, take notifications) is told in steps of five, so that one more or one less of them is not seen. Fewer
than five people in a service on a single day of the period: nothing on people for that period. Fewer than five with the
application on a single day: nothing on private conversations, for who could have written them is in the directory. A
median stands on five people or more, not only on five messages: else it would be the habit of one.

Why differences tell nothing. Facts belong to one service, so the figures of two services never speak of the same fact;
a total is worked out from what is shown of its services, so it adds nothing; and of the periods of one service: that so
many did something in both together is said only up to the fewest who worked there on a day, which no shorter period
undercuts. So two periods, or four, never fix how many there were in one of them; it would take five that share nobody,
each exactly at the top of its step (tests/data/test_usage_privacy plays the attacker)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.usage.stats import Numbers

STEP = 5


@dataclass(frozen=True)
class Amount:
    """`value` is what is shown; the truth lies between `low` and `high`, both included (all three equal: exact)."""

    value: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Amount:
        return cls(value, value, value)

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    @property
    def is_few(self) -> bool:
        """Shown as "fewer than 5", zero included."""
        return not self.is_exact and self.low == 0 and self.high < STEP


def is_crowd(base: int) -> bool:
    """Enough people for a figure on them."""
    return base >= STEP


def in_fives(count: int, people: int, fewest: int) -> Amount:
    """How many do something, to the step of five: its middle. `people`: how many there were in all, `fewest` on one
    day; from the step of the fewest on, up to all, there is one step only."""
    low, high = _find_step(count, people, fewest)
    return Amount((low + high) // 2, low, high)


def _find_step(count: Any, people: Any, fewest: Any) -> tuple[Any, Any]:
    """Of numbers, or of arrays of them."""
    top = fewest - fewest % STEP
    low = count - count % STEP
    low = low - (low - top) * (low > top)
    above = low + STEP - 1
    return low, above + (people - above) * (low == top)


def show_within(amount: Amount, whole: float) -> Amount:
    """Shown as no more than what it is part of, which is exact and stands beside it. What is known of it stays."""
    return amount if amount.value <= whole else replace(amount, value=max(whole, amount.low))


def add_up(parts: Iterable[Amount], heads: int, places: int) -> Amount:
    """How many people of several services do something, worked out from what is shown of each service alone: whoever
    sees the parts learns nothing from the total. `heads` people hold `places` places in these services: one who works
    in several counts once."""
    lows, highs = np.array([(part.low, part.high) for part in parts], dtype=np.int64).T
    return _add_up(lows, highs, heads, places)


def add_up_fives(counts: Numbers, people: Numbers, fewest: Numbers, heads: int, places: int) -> Amount:
    """`add_up` of the counts of services, each `in_fives`."""
    lows, highs = _find_step(counts, people, fewest)
    return _add_up(lows, highs, heads, places)


def _add_up(lows: Numbers, highs: Numbers, heads: int, places: int) -> Amount:
    total, twice = int(lows.sum()), places - heads
    low, high = max(int(lows.max()), total - twice, 0), min(int(highs.sum()), heads)
    # "Fewer than 5" of a service adds nothing to what is shown: five services where nobody was are not ten people.
    is_few = (lows == 0) & (highs > 0) & (highs < STEP)
    shown = int(((lows + highs) // 2)[~is_few].sum())
    value = round(shown * heads / places) if places else 0
    return Amount(min(max(value, low), high), low, high)


def divide(part: Amount, whole: Amount) -> Amount | None:
    """A rate of what is shown; None where it would tell more than "fewer than 5" does, or of nothing."""
    if part.is_few or whole.is_few or not whole.value or not whole.low:
        return None
    return Amount(min(part.value / whole.value, 1), min(part.low / whole.high, 1), min(part.high / whole.low, 1))

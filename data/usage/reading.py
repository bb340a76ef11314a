"""Who saw which message within 24 hours, from what people had seen when. Pure; in steps that do not grow with readers
times messages: each look covers all that the same person had not seen before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.usage.stats import NEVER, Numbers

READ_WITHIN = 24 * 3_600_000  # milliseconds
BITS = 32  # more messages than a conversation has


@dataclass(frozen=True)
class Said:
    """Messages, in the order of their conversation and ordinal. `row`: the conversation's number."""

    row: Numbers
    ordinal: Numbers
    at: Numbers
    author: Numbers

    @property
    def places(self) -> Numbers:
        """Sorted: where a message is, in one number."""
        return (self.row << BITS) | self.ordinal


@dataclass(frozen=True)
class Looks:
    """At that moment the person had seen the conversation up to the ordinal."""

    row: Numbers
    person: Numbers
    at: Numbers
    ordinal: Numbers

    def take(self, chosen: Numbers) -> Looks:
        return Looks(self.row[chosen], self.person[chosen], self.at[chosen], self.ordinal[chosen])


def count_readers(said: Said, looks: Looks) -> Numbers:
    """How many people other than its author saw each message in time."""
    own = looks.take(np.lexsort((looks.ordinal, looks.at, looks.person, looks.row)))
    first, end = _find_covered(said, own)
    covers = first < end
    readers = np.zeros(len(said.row) + 1, dtype=np.int64)
    readers += np.bincount(first[covers], minlength=len(readers))
    readers -= np.bincount(end[covers], minlength=len(readers))
    return np.cumsum(readers)[:-1] - _saw_own(said, own.take(np.flatnonzero(covers)), first[covers])


def _find_covered(said: Said, looks: Looks) -> tuple[Numbers, Numbers]:
    """Of each look (by person, in time): the first message that is new to them and young enough, and the end."""
    is_first = np.ones(len(looks.row), dtype=bool)
    is_first[1:] = (looks.row[1:] != looks.row[:-1]) | (looks.person[1:] != looks.person[:-1])
    group = np.cumsum(is_first)
    furthest = np.maximum.accumulate((group << BITS) | looks.ordinal) & ((1 << BITS) - 1)
    before = np.where(is_first, 0, np.roll(furthest, 1))
    new = np.searchsorted(said.places, (looks.row << BITS) | (before + 1))
    young = _find_young(said, looks)
    end = np.searchsorted(said.places, (looks.row << BITS) | looks.ordinal, side="right")
    return np.maximum(new, young), end


def _find_young(said: Said, looks: Looks) -> Numbers:
    """The first message of the conversation that was not 24 hours old at the look."""
    earliest = min(int(said.at.min(initial=0)), int(looks.at.min(initial=0)) - READ_WITHIN)
    span = max(int(said.at.max(initial=0)), int(looks.at.max(initial=0))) - earliest + 1
    times = np.maximum.accumulate(said.row * span + (said.at - earliest))
    return np.searchsorted(times, looks.row * span + (looks.at - READ_WITHIN - earliest))


def _saw_own(said: Said, looks: Looks, first: Numbers) -> Numbers:
    """1 where the author is among those who saw the message."""
    if not len(looks.row):
        return np.zeros(len(said.row), dtype=np.int64)
    people = np.unique(np.concatenate((looks.person, said.author)))
    pairs = looks.row * len(people) + np.searchsorted(people, looks.person)
    own = said.row * len(people) + np.searchsorted(people, said.author)
    known, whose = np.unique(pairs, return_inverse=True)
    found = np.searchsorted((whose << BITS) | looks.ordinal, (np.searchsorted(known, own) << BITS) | said.ordinal)
    within = np.minimum(found, len(pairs) - 1)
    is_own = (found < len(pairs)) & (pairs[within] == own) & (first[within] <= np.arange(len(own)))
    return is_own.astype(np.int64)


def find_first_seen(said: Said, looks: Looks) -> Numbers:
    """Milliseconds until somebody other than its author saw each message; NEVER: not in time."""
    timed = looks.take(np.lexsort((looks.ordinal, looks.at, looks.row)))
    here = _find_frontier(said, timed)
    other = _find_others(timed)
    waiting = np.flatnonzero(here < len(timed.row))
    seen = np.full(len(said.row), NEVER, dtype=np.int64)
    while len(waiting):
        look = here[waiting]
        is_theirs = (timed.row[look] == said.row[waiting]) & (timed.at[look] - said.at[waiting] <= READ_WITHIN)
        waiting, look = waiting[is_theirs], look[is_theirs]
        is_author = timed.person[look] == said.author[waiting]
        sees = ~is_author & (timed.ordinal[look] >= said.ordinal[waiting])
        seen[waiting[sees]] = np.maximum(timed.at[look[sees]] - said.at[waiting[sees]], 0)
        here[waiting] = np.where(is_author, other[look], look + 1)
        waiting = waiting[~sees]
        waiting = waiting[here[waiting] < len(timed.row)]
    return seen


def _find_frontier(said: Said, timed: Looks) -> Numbers:
    """The first look of anybody, in time, that reached the message."""
    if not len(timed.row):
        return np.zeros(len(said.row), dtype=np.int64)
    frontier = np.maximum.accumulate((timed.row << BITS) | timed.ordinal)
    return np.searchsorted(frontier, said.places)


def _find_others(timed: Looks) -> Numbers:
    """Of each look, the next one by somebody else."""
    count = len(timed.row)
    changes = np.flatnonzero((timed.person[1:] != timed.person[:-1]) | (timed.row[1:] != timed.row[:-1])) + 1
    ends = np.append(changes, count)
    return ends[np.searchsorted(changes, np.arange(count), side="right")]

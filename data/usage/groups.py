"""Facts with the same keys, together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.usage.stats import Numbers


@dataclass(frozen=True)
class Groups:
    """`order` sorts the facts by key; each group begins at one of `starts`. `keys`: the columns, once a group."""

    keys: tuple[Numbers, ...]
    order: Numbers
    starts: Numbers

    def count(self) -> Numbers:
        return np.diff(np.append(self.starts, len(self.order)))

    def sum(self, values: Numbers) -> Numbers:
        return np.add.reduceat(values[self.order], self.starts) if len(self.starts) else values

    def coarser(self, coarsen: Callable[[Numbers], Numbers]) -> Groups:
        """By fewer values of the last key, in the same order."""
        *others, last = self.keys
        keys = (*others, coarsen(last))
        first = np.flatnonzero(_differs(keys))
        return Groups(tuple(column[first] for column in keys), self.order, self.starts[first])

    def split(self, parse: Callable[[Numbers], tuple[Numbers, Numbers]]) -> Groups:
        """The same groups, with the last key told in two."""
        *others, last = self.keys
        return Groups((*others, *parse(last)), self.order, self.starts)

    def list_keys(self) -> list[list[int]]:
        return [column.tolist() for column in self.keys]

    def list_bounds(self) -> tuple[list[int], list[int]]:
        """Where each group begins and ends."""
        return self.starts.tolist(), np.append(self.starts, len(self.order))[1:].tolist()


def group(*columns: Numbers) -> Groups:
    """By the first column, then the second, and so on."""
    order = _sort(columns)
    ordered = [column[order] for column in columns]
    starts = np.flatnonzero(_differs(ordered))
    return Groups(tuple(column[starts] for column in ordered), order, starts)


def _differs(columns: Sequence[Numbers]) -> NDArray[np.bool_]:
    """Where something else begins."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return differs


def _sort(columns: tuple[Numbers, ...]) -> Numbers:
    """As one number where that fits: several times quicker, the more so as facts come nearly sorted."""
    lows = [int(column.min(initial=0)) for column in columns]
    spans = [int(column.max(initial=0)) - low + 1 for column, low in zip(columns, lows, strict=True)]
    if np.prod(np.array(spans, dtype=float)) > 2**62:
        return np.lexsort(columns[::-1])
    key = np.zeros_like(columns[0])
    for column, low, span in zip(columns, lows, spans, strict=True):
        key = key * span + (column - low)
    return np.argsort(key, kind="stable")

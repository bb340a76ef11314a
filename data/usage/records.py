"""Many little facts in one value of a table, by the bytes that numpy reads. A row of its own for each person and month,
or for each step of delay, costs more to read than all that is worked out from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.usage.stats import Numbers

Records = NDArray[np.void]

PERSON = np.dtype([("person", "<i8"), ("read", "<u4"), ("sent", "<u4")])  # days of a month as bits: bit 0 is the 1st
STEP = np.dtype([("step", "<u4"), ("count", "<u4")])  # of delay: see buckets
SPELL = np.dtype([("person", "<i8"), ("from_on", "<i4"), ("until_on", "<i4")])  # days as `date.toordinal` numbers them


def make_people(person: Numbers, *, read: Any = 0, sent: Any = 0) -> Records:
    return _make(PERSON, person=person, read=read, sent=sent)


def make_steps(step: Numbers, count: Numbers) -> Records:
    return _make(STEP, step=step, count=count)


def unite_people(known: Records, new: Records) -> Records:
    """Each person once, in order, with the days of both."""
    return _unite(np.bitwise_or, "person", known, new)


def add_steps(known: Records, new: Records) -> Records:
    """Each step once, in order, as often as in both."""
    return _unite(np.add, "step", known, new)


def read_records(kind: np.dtype[np.void], value: bytes) -> Records:
    return np.frombuffer(value, kind)


def join_records(kind: np.dtype[np.void], values: Sequence[bytes]) -> tuple[Records, Numbers]:
    """The records of many values, one after the other, and how many each has."""
    sizes = np.fromiter(map(len, values), np.int64, len(values)) // kind.itemsize
    return np.frombuffer(b"".join(values), kind), sizes


def _make(kind: np.dtype[np.void], **columns: Any) -> Records:
    (size,) = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))
    made = np.zeros(size, kind)
    for name, column in columns.items():
        made[name] = column
    return made


def _unite(how: np.ufunc, key: str, *parts: Records) -> Records:
    everything = np.concatenate(parts)
    everything = everything[np.argsort(everything[key], kind="stable")]
    keys = everything[key]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))[: len(keys)]
    united = everything[starts]
    for name in everything.dtype.names or ():
        if name != key and len(starts):
            united[name] = how.reduceat(everything[name], starts)
    return united

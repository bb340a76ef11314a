"""Delays are kept by steps: whole seconds up to two minutes, then steps of 1/64 to 1/128 of the delay. A median read
off them is right to one hundredth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

STEPS = 64  # in each doubling
DOUBLINGS = 14
LONGEST = (STEPS << DOUBLINGS) - 1  # seconds: twelve days


def to_buckets(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The steps that delays fall into; longer ones than `LONGEST` fall into the last."""
    within = np.clip(seconds, 0, LONGEST)
    doublings = np.searchsorted(_DOUBLED, within, side="right")
    return STEPS * doublings + (within >> doublings)


_DOUBLED = np.array([STEPS << (doubling + 1) for doubling in range(DOUBLINGS)])


def to_seconds(bucket: int) -> float:
    """The middle of a step."""
    doubling = max(bucket // STEPS - 1, 0)
    return float((bucket - STEPS * doubling) << doubling) + ((1 << doubling) - 1) / 2


def find_median(counts: Mapping[int, int]) -> float | None:
    """Of the delays counted by step, in seconds; None of none."""
    half = sum(counts.values()) / 2
    passed = 0
    for bucket in sorted(counts):
        passed += counts[bucket]
        if passed >= half and counts[bucket]:
            return to_seconds(bucket)
    return None

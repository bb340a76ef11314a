"""What this process counts of itself: plain integers, added to where things happen and looked at when somebody asks.
Nothing here tells who or what. (A library's counters take a lock each time, on the hottest path.)"""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from data import clock

# Seconds: the goals of the real-time path lie between the second and the seventh.
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PACE_OVER = 60.0  # seconds


class Duration:
    """How long something took, by how many within each of the bounds; the last place is for what took longer."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class JobState(msgspec.Struct):
    """Scheduled work in this process: milliseconds since 1970 of the last time it was done and of the last time it
    failed, with the kind of what was raised."""

    succeeded_at: int | None = None
    failed_at: int | None = None
    failure: str | None = None
    failures: int = 0


class Counted:
    """Since the process began."""

    def __init__(self) -> None:
        self.started_at = clock.now()
        self.acknowledgement = Duration()  # a message, from its frame until its answer goes, after the COMMIT
        self.answer = Duration()  # any other command
        self.delivery = Duration()  # a message, from when it was written to when it goes to the sockets of this process
        self.callback = Duration()
        self.request = Duration()
        self.bus_lag = Duration()  # what another process did, from there to here
        self.deliveries = 0
        self.commits = 0
        self.units = 0
        self.cut_off = 0  # sockets whose reader did not keep up
        self.bus_dropped = 0  # entries that found no place while Redis was away; the database brings them
        self.bus_missed = 0  # entries that the database brought instead of Redis
        self.push_replies: Counter[tuple[str, str]] = Counter()  # (push service, outcome)
        self.push_dropped: Counter[str] = Counter()  # by reason
        self.jobs: dict[str, JobState] = {}
        self._pace: deque[tuple[float, int, int, int]] = deque()

    @property
    def messages(self) -> int:
        return sum(self.acknowledgement.counts)

    def measure_pace(self) -> tuple[float, float, float]:
        """Messages, deliveries and commits a second over the last minute, as far as this was asked meanwhile."""
        now = time.monotonic()
        self._pace.append((now, self.messages, self.deliveries, self.commits))
        while self._pace[0][0] < now - PACE_OVER:
            self._pace.popleft()
        then, *before = self._pace[0]
        passed = now - then
        after = self._pace[-1][1:]
        rates = [(new - old) / passed if passed else 0.0 for new, old in zip(after, before, strict=True)]
        return rates[0], rates[1], rates[2]


# One for the process: what counts is everywhere, and nobody should hand it on.
counted = Counted()


def _begin_anew() -> None:
    """A worker counts what it does itself, not what its parent did before."""
    counted.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def noting_job(name: str) -> Iterator[None]:
    """When this scheduled work was last done here, or what kept it from being done."""
    state = counted.jobs.setdefault(name, JobState())
    try:
        yield
    except BaseException as error:
        state.failed_at, state.failure = clock.to_ms(clock.now()), type(error).__name__
        state.failures += 1
        raise
    state.succeeded_at = clock.to_ms(clock.now())


class Histogram(msgspec.Struct):
    counts: list[int]
    total: float


class Figures(msgspec.Struct):
    """A process as it tells the others of itself: `counts` only grow, `gauges` are of the moment, `rates` a second."""

    counts: dict[str, int]
    gauges: dict[str, float]
    rates: dict[str, float]
    durations: dict[str, Histogram]
    push_replies: list[tuple[str, str, int]]
    push_dropped: dict[str, int]
    jobs: dict[str, JobState]


_COUNTS = ("deliveries", "commits", "units", "cut_off", "bus_dropped", "bus_missed")
_DURATIONS = ("acknowledgement", "answer", "delivery", "callback", "request", "bus_lag")


def take_figures(gauges: Mapping[str, float]) -> Figures:
    """Of this process, now; `gauges` come from who knows them."""
    messages, deliveries, commits = counted.measure_pace()
    return Figures(
        counts={name: getattr(counted, name) for name in _COUNTS},
        gauges=dict(gauges),
        rates={"messages": messages, "deliveries": deliveries, "commits": commits},
        durations={name: _copy(getattr(counted, name)) for name in _DURATIONS},
        push_replies=[(*key, count) for key, count in sorted(counted.push_replies.items())],
        push_dropped=dict(counted.push_dropped),
        jobs={name: msgspec.structs.replace(state) for name, state in counted.jobs.items()},
    )


def _copy(duration: Duration) -> Histogram:
    return Histogram(list(duration.counts), duration.total)


def write_figures(figures: Figures) -> str:
    return msgspec.json.encode(figures).decode()


def read_figures(text: str) -> Figures | None:
    """None for what a process of another version wrote."""
    try:
        return msgspec.json.decode(text, type=Figures)
    except (msgspec.MsgspecError, UnicodeError):
        return None


def find_quantile(found: Histogram, share: float) -> float | None:
    """Within so many seconds: the upper bound of the place where it lies; None where nothing was measured."""
    wanted = share * sum(found.counts)
    if not wanted:
        return None
    reached = 0
    for bound, count in zip((*BOUNDS, float("inf")), found.counts, strict=True):
        reached += count
        if reached >= wanted:
            return bound
    return float("inf")


def add_up(histograms: list[Histogram]) -> Histogram:
    sums: list[Any] = [sum(places) for places in zip(*(each.counts for each in histograms), strict=True)]
    return Histogram(sums or [0] * (len(BOUNDS) + 1), sum(each.total for each in histograms))

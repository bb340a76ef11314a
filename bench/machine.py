"""The machine: what it is, in words that do not name it, and how busy others keep it while we measure."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from bench.servers import TICK

BUSY = 0.15  # cores that others may use before a figure is marked


def describe(scratch: Path) -> str:
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory_kb / 1_048_576:.0f} GB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, fsync {_time_fsync(scratch):.2f} ms"
    )


def list_cores() -> tuple[int, int]:
    """One for the server, one for the load; the same one twice where there is no other."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


class Measured(Protocol):
    def cpu_seconds(self) -> float: ...


class Watch:
    """Counts the cores that processes other than ours keep busy, from `begin` to `end`."""

    def __init__(self, servers: Sequence[Measured]) -> None:
        self._servers = servers

    def begin(self) -> None:
        self._at, self._all, self._ours = time.perf_counter(), _read_all(), self._read_ours()

    def end(self) -> float:
        seconds = time.perf_counter() - self._at
        others = (_read_all() - self._all) - (self._read_ours() - self._ours)
        return max(0.0, others / seconds)

    def _read_ours(self) -> float:
        return time.process_time() + sum(server.cpu_seconds() for server in self._servers)


def wait_until_quiet(servers: Sequence[Measured], patience: float, pause: Callable[[], None]) -> None:
    """Until others leave the cores alone during a `pause`, `patience` seconds at most."""
    until = time.monotonic() + patience
    watch = Watch(servers)
    while time.monotonic() < until:
        watch.begin()
        pause()
        if watch.end() <= BUSY:
            return


def _read_all() -> float:
    """Seconds in which the cores worked, or were taken away by the host."""
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + interrupts + soft + stolen) / TICK


def _time_fsync(scratch: Path) -> float:
    path = scratch / "fsync"
    taken = []
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    path.unlink()
    return statistics.median(taken)

"""Nobody is told that a message is kept before it is on the disk: the calls of the server to the system, one after the
other, as strace sees them."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.access.actors import Surface
from tests import factories, inside
from tests.client import Client
from tests.faults.places import await_that, find_workers
from tests.server import Server

CALLS = "trace=pwrite64,fdatasync,fsync,sendto"
WRITTEN = re.compile(r"pwrite64\(\d+<[^>]*-wal>.*= \d+$")
SYNCED = re.compile(r"f(data)?sync\(\d+<[^>]*-wal>.*= 0$|<\.\.\. f(data)?sync resumed>.*= 0$")
TOLD = re.compile(r'sendto\(.*\\"type\\":\\"done\\",\\"ref\\":\\"sync-(\d+)\\"')


@dataclass(frozen=True)
class Told:
    """How many messages were acknowledged, and how many of them before they were on the disk."""

    acknowledged: int
    early: int


def find_obstacle() -> str | None:
    """Why it cannot be done here."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True)
    return None if probe.returncode == 0 else "strace may not look at processes here"


def watch(server: Server, folder: Path, *, messages: int) -> Told:
    """One person sends them one after the other; the log of the calls is read afterwards."""
    kitchen = server.do(inside.make_kitchen, "syncs")
    conversation_id = server.do(factories.launch, kitchen.manager, kitchen.service_id)
    client = Client(server.address, "mobile", server.give_cookie(kitchen.staff[0], Surface.MOBILE))
    with _tracing(server, folder / "calls"):
        for number in range(messages):
            client.say(conversation_id, f"message {number}", f"sync-{number}")
    client.close()
    return judge((folder / "calls").read_text(errors="replace").splitlines())


def judge(calls: list[str]) -> Told:
    """Each acknowledgement comes after something was written and then synchronised, since the one before."""
    acknowledged = early = 0
    is_written = is_synced = False
    for call in calls:
        if WRITTEN.search(call):
            is_written, is_synced = True, False
        elif SYNCED.search(call):
            is_synced = is_written
        elif TOLD.search(call):
            acknowledged += 1
            early += not is_synced
            is_written = is_synced = False
    return Told(acknowledged, early)


@contextmanager
def _tracing(server: Server, log: Path) -> Iterator[None]:
    (worker,) = find_workers(server)
    command = ["strace", "-f", "-y", "-s", "200", "-e", CALLS, "-o", str(log), "-p", str(worker.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as strace:
        try:
            await_that(lambda: _is_traced(worker.pid), 10)
            yield
        finally:
            time.sleep(0.1)
            with contextlib.suppress(ProcessLookupError):
                strace.send_signal(signal.SIGINT)
            strace.wait(10)


def _is_traced(pid: int) -> bool:
    return "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text()

"""Starting, stopping, killing and restarting the real server on a database of its own, and reaching inside it."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from data.access.actors import Surface
from data.config import ROOT
from tests import inside
from tests.factories import Somebody

START_WITHIN = 60.0

P = ParamSpec("P")
R = TypeVar("R")


class Server:
    """`folder` holds its database, its clock, its door and its log; the address stays the same over restarts."""

    def __init__(self, folder: Path, template: Path, **settings: str) -> None:
        self.folder = folder
        self.database = folder / "chat.db"
        self.log = folder / "log"
        shutil.copy(template, self.database)
        self.port = find_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{self.database}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "ORIGIN": self.address,
            "CLOCK": str(folder / "clock"),
            "DOOR": str(folder / "door"),
            **settings,
        }
        self.set_clock(timedelta())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.serve"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_health()

    def stop(self) -> float:
        """SIGTERM, as `kill` or a supervisor would; the seconds it took."""
        started = time.monotonic()
        process = self._leave()
        process.terminate()
        process.wait(timeout=20)
        return time.monotonic() - started

    def kill(self) -> None:
        """Without any warning: kill -9, master and worker."""
        process = self._leave()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)

    def restart(self) -> None:
        self.kill()
        self.start()

    def set_clock(self, ahead: timedelta) -> None:
        """How far its clock is ahead of the real one."""
        clock = os.open(self.folder / "clock", os.O_WRONLY | os.O_CREAT)
        os.pwrite(clock, b"%31d\n" % (ahead // timedelta(milliseconds=1)), 0)
        os.close(clock)

    def do(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function of a module inside the server; its answer, or what it raised."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(30)
            door.connect(str(self.folder / "door"))
            with door.makefile("rwb") as file:
                pickle.dump((function, args, kwargs), file)
                file.flush()
                is_done, answer = pickle.load(file)
        if not is_done:
            raise answer
        return answer  # type: ignore[no-any-return]

    def give_cookie(self, somebody: Somebody, surface: Surface) -> str:
        """Signed in without the form."""
        return self.do(inside.open_session, somebody, surface)

    def list_faults(self) -> list[str]:
        """What it logged that must not happen."""
        marks = ('"level": "error"', "Traceback", "Exception")
        return [line for line in self.log.read_text().splitlines() if any(mark in line for mark in marks)]

    def _leave(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        process, self.process = self.process, None
        return process

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=START_WITHIN):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        said = self.log.read_text()[-4000:] if self.log.is_file() else "(its log is a pipe)"
        raise RuntimeError(f"the server did not start:\n{said}")


def run_server(folder: Path, template: Path) -> Iterator[Server]:
    """For fixtures: started, and nothing left of it. What it logged as a fault is a failure."""
    server = Server(folder, template)
    server.start()
    try:
        yield server
        assert not server.list_faults()
    finally:
        if server.process is not None:
            server.kill()


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

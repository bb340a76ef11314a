"""Instances of the server behind a proxy, each at a Unix socket of its own, restarted one after the other."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 120.0  # seconds; the first one writes the demonstration
STOPS_WITHIN = 20.0


class Instance:
    """`door`: its socket. `command` starts it."""

    def __init__(
        self,
        door: Path,
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "app.py"),
        is_quiet: bool = False,
    ) -> None:
        self.door = door
        self._environment = {**environment, "BIND": f"unix:{door}", "TRUSTED_PROXIES": "1"}
        self._command = command
        self._is_quiet = is_quiet
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it can serve."""
        printed = subprocess.DEVNULL if self._is_quiet else None
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=printed, start_new_session=True
        )
        deadline = time.monotonic() + STARTS_WITHIN
        while not is_ready(self.door):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The server at {self.door} did not start.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Its people go to the others; whoever asked gets an answer."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=STOPS_WITHIN)

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def is_there(self) -> bool:
        return self._process is not None and self._process.poll() is None


def restart_in_turn(instances: Sequence[Instance]) -> None:
    """Each when the one before can serve again: there is always one."""
    for instance in instances:
        instance.restart()


def is_ready(door: Path) -> bool:
    connection = _Connection(door)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, door: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._door = door

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._door))

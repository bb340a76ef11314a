"""The servers under measure, each in a process of its own on the first core, and what they cost."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from bench.population import SECRET

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
START_PATIENCE = 60.0


@contextlib.contextmanager
def scratching(folder: Path) -> Iterator[Path]:
    """A folder of its own in that one, gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="bench-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def pin(core: int) -> None:
    """Keep this process, and those that it starts, on one core (where there are two)."""
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})


def raise_file_limit() -> int:
    """As many open sockets as the machine lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Server:
    """A running server. `cpu_seconds` and `memory_kb` are of its process and the worker behind it."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], port: int, core: int, log: Path):
        self.name = name
        self.address = ("127.0.0.1", port)
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=lambda: pin(core),
        )
        self._log_path = log

    @classmethod
    def start_product(cls, database: Path, core: int, log: Path, port: int | None = None) -> Self:
        return cls.start_product_on(f"sqlite:///{database}", core, log, port=port)

    @classmethod
    def start_product_on(
        cls, database_url: str, core: int, log: Path, *, redis_url: str = "", port: int | None = None
    ) -> Self:
        port = port or find_port()
        environment = {
            "MODE": "demonstration",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "ORIGIN": "",
            "SECRET_KEY": SECRET,
            "DEBUG": "false",
            "TRUSTED_PROXIES": "0",
            "LOG_LEVEL": "info",
        }
        server = cls("product", [sys.executable, "-u", "app.py"], environment, port, core, log)
        server.wait_until_ready()
        return server

    @classmethod
    def start_bare(cls, core: int, log: Path) -> Self:
        port = find_port()
        options = ["-k", "gevent", "-w", "1", "--worker-connections", "12000", "-b", f"127.0.0.1:{port}"]
        options += ["--no-control-socket", "--graceful-timeout", "1", "--log-level", "error", "bench.bare:app"]
        server = cls("bare", [sys.executable, "-m", "gunicorn", *options], {}, port, core, log)
        server.wait_until_ready()
        return server

    def wait_until_ready(self) -> None:
        until = time.monotonic() + START_PATIENCE
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError, urllib.error.URLError):
                host, port = self.address
                with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not start: {self.describe_end()}")

    def describe_end(self) -> str:
        """Whether it still runs, and what it complained of last."""
        code = self._process.poll()
        lines = [line for line in self._log_path.read_text().splitlines() if '"level": "info"' not in line]
        state = "it runs" if code is None else f"it ended with code {code}"
        return "\n".join([state, *lines[-20:]])

    def stop(self) -> float:
        """Ask it to end; the seconds that took."""
        begun = time.perf_counter()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        return time.perf_counter() - begun

    @property
    def processes(self) -> list[int]:
        pid = self._process.pid
        return [pid, *(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def cpu_seconds(self) -> float:
        return sum(read_cpu_seconds(pid) for pid in self.processes)

    def memory_kb(self) -> int:
        """Private memory in use. Pages of the database file that the kernel maps in are left out: they are shared, and
        given back when others need them."""
        return sum(_read_status(pid, "RssAnon:") for pid in self.processes)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def read_cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _read_status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise KeyError(name)

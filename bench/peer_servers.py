"""Prosody and ejabberd on a port and in a folder of their own, on one core."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.servers import pin

READY_WITHIN = 30.0  # seconds
EJABBERD = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin"))
EJABBERD_TABLES = Path("/usr/share/ejabberd/sql/lite.sql")

PROSODY_SAYS = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
log = {{ warn = "{folder}/prosody.log" }}
modules_enabled = {{ "saslauth", "disco" }}
modules_disabled = {{ "s2s", "offline" }}
c2s_require_encryption = false
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
s2s_ports = {{}}
default_storage = "memory"
storage = {{ muc_log = "sql" }}
sql = {{ driver = "SQLite3", database = "{folder}/prosody.sqlite" }}
VirtualHost "localhost"
    authentication = "anonymous"
Component "rooms.localhost" "muc"
    modules_enabled = {{ "muc_mam" }}
    muc_room_locking = false
    muc_log_by_default = true
"""

EJABBERD_SAYS = """
hosts: [localhost]
loglevel: error
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none, access: all}}
auth_method: [anonymous]
anonymous_protocol: sasl_anon
default_db: sql
sql_type: sqlite
sql_database: "{folder}/ejabberd.sqlite"
modules:
  mod_disco: {{}}
  mod_mam: {{default: always}}
  mod_muc:
    host: rooms.localhost
    access_create: all
    history_size: 0
    max_users: 2000
    default_room_options: {{mam: true, max_users: 2000}}
"""


@dataclass(frozen=True)
class Peer:
    name: str
    port: int
    process: psutil.Process
    archive: Path
    table: str  # of the archive

    def count_stored(self) -> int:
        """Messages in its database now. (A room that everybody has left takes its own with it.)"""
        with contextlib.closing(sqlite3.connect(self.archive)) as database:
            count: int = database.execute(f"SELECT count(*) FROM {self.table}").fetchone()[0]
        return count

    def cpu_seconds(self) -> float:
        return sum(sum(each.cpu_times()[:2]) for each in self._list_processes())

    def memory_kb(self) -> float:
        return sum(each.memory_info().rss for each in self._list_processes()) / 1024

    def _list_processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


Start = Callable[[Path, int, int], AbstractContextManager[Peer]]


def list_installed() -> list[Start]:
    found: list[Start] = []
    if shutil.which("prosody"):
        found.append(start_prosody)
    if EJABBERD and shutil.which("erl"):
        found.append(start_ejabberd)
    return found


@contextlib.contextmanager
def start_prosody(scratch: Path, port: int, core: int) -> Iterator[Peer]:
    folder = _make_folder(scratch, "prosody", port)
    config = folder / "prosody.cfg.lua"
    config.write_text(PROSODY_SAYS.format(folder=folder, port=port))
    archive = _make_archive(folder / "prosody.sqlite")
    with _running(["prosody", "-F", "--config", str(config)], folder, port, core) as process:
        yield Peer("Prosody", port, process, archive, "prosodyarchive")


@contextlib.contextmanager
def start_ejabberd(scratch: Path, port: int, core: int) -> Iterator[Peer]:
    folder = _make_folder(scratch, "ejabberd", port)
    config = folder / "ejabberd.yml"
    config.write_text(EJABBERD_SAYS.format(folder=folder, port=port))
    archive = _make_archive(folder / "ejabberd.sqlite", EJABBERD_TABLES.read_text())
    command = ["erl", "-noinput", "+S", "1", "-pa", str(EJABBERD[-1])]
    command += ["-mnesia", "dir", f'"{folder}/mnesia"', "-ejabberd", "config", f'"{config}"']
    command += ["-ejabberd", "log_path", f'"{folder}/ejabberd.log"', "-s", "ejabberd"]
    with _running(command, folder, port, core) as process:
        yield Peer("ejabberd", port, process, archive, "archive")


def _make_folder(scratch: Path, name: str, port: int) -> Path:
    folder = scratch / f"{name}-{port}"
    folder.mkdir()
    return folder


def _make_archive(path: Path, tables: str = "") -> Path:
    """With a write-ahead log, as the product's, which the file remembers."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(tables)
    return path


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int, core: int) -> Iterator[psutil.Process]:
    output = folder / "output.log"
    with output.open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, preexec_fn=lambda: pin(core))
    try:
        _wait_until_ready(process, port, output)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} does not start:\n{output.read_text()[-2000:]}")

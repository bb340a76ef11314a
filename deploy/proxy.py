"""A proxy in front of the instances of one machine: nginx where it is installed, else Caddy, which a package has."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
STOPS_WITHIN = 10.0  # seconds

NGINX = """\
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 12000; }}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {here}/nginx/upgrading.conf;
    upstream chat {{
        least_conn;
        {servers}
    }}
    server {{
        listen {host}:{port};
        include {here}/nginx/proxying.conf;
    }}
}}
"""

CADDY = """\
{{
    admin off
    auto_https off
    persist_config off
    log default {{
        output file {folder}/caddy.log
        level ERROR
    }}
}}
http://:{port} {{
    bind {host}
    respond /metrics 404
    reverse_proxy {servers} {{
        lb_policy least_conn
        lb_try_duration 5s
        lb_try_interval 20ms
        transport http {{
            keepalive off
        }}
    }}
}}
"""


def start_proxy(folder: Path, host: str, port: int, doors: Sequence[Path]) -> subprocess.Popen[bytes]:
    """In front of the Unix sockets `doors`."""
    nginx = find_nginx()
    if nginx is not None:
        command = [nginx, "-p", str(folder), "-c", str(_write_nginx(folder, host, port, doors))]
        return subprocess.Popen(command, start_new_session=True)
    caddy = shutil.which("caddy", path=str(Path(sys.executable).parent)) or "caddy"
    config = _write_caddy(folder, host, port, doors)
    with (folder / "caddy.started").open("wb") as printed:
        command = [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]
        return subprocess.Popen(command, stdout=printed, stderr=printed, start_new_session=True)


def find_nginx() -> str | None:
    """Also where the path of most people does not lead."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def stop_proxy(proxy: subprocess.Popen[bytes]) -> None:
    proxy.terminate()
    proxy.wait(timeout=STOPS_WITHIN)


def _write_nginx(folder: Path, host: str, port: int, doors: Sequence[Path]) -> Path:
    """An instance that is away for a moment is asked again at the next request: its door is missing, which costs
    nothing to find out."""
    path = folder / "nginx.conf"
    servers = "\n        ".join(f"server unix:{door} max_fails=0;" for door in doors)
    user = f"user {getpass.getuser()};" if getpass.getuser() == "root" else ""
    path.write_text(NGINX.format(user=user, folder=folder, here=HERE, servers=servers, host=host, port=port))
    return path


def _write_caddy(folder: Path, host: str, port: int, doors: Sequence[Path]) -> Path:
    path = folder / "Caddyfile"
    servers = " ".join(f"unix/{door}" for door in doors)
    path.write_text(CADDY.format(folder=folder, servers=servers, host=host, port=port))
    return path

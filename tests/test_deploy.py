"""What stands under deploy/ for running it for real: read, compared with the product, and tried as far as can be."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import create_app
from callbacks import serving
from callbacks.bodies import FILE_LIMIT
from data.config import ROOT, Settings
from data.realtime.hub import CUT_AFTER
from deploy.proxy import find_nginx

DEPLOY = ROOT / "deploy"
NAMES = {name.upper() for name in Settings.model_fields}
OF_THE_COMPOSITION = {"POSTGRES_PASSWORD", "CERTIFICATES"}
SITES = ("nginx/chat.conf", "container/site.conf")


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def read_unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(read(f"systemd/{name}"))
    return unit


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("container/compose.yaml"))
    return loaded


def test_the_example_of_an_environment_names_settings_that_there_are() -> None:
    lines = [line.partition("=")[0] for line in read("environment.example").splitlines() if line and line[0] != "#"]
    assert set(lines) <= NAMES
    assert {"MODE", "ORIGIN", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "TRUSTED_PROXIES"} <= set(lines)


def test_the_composed_servers_get_settings_that_there_are(composition: dict[str, Any]) -> None:
    services = composition["services"]
    assert set(services) == {"one", "two", "nginx", "postgres", "redis"}
    for name in ("one", "two"):
        given = services[name]["environment"]
        assert set(given) <= NAMES
        assert given["TRUSTED_PROXIES"] == "1"
        assert given["MODE"] == "production"
    asked = set(re.findall(r"\$\{(\w+)", read("container/compose.yaml")))
    assert asked <= NAMES | OF_THE_COMPOSITION


def test_what_the_composition_names_is_there_and_starts_in_order(composition: dict[str, Any]) -> None:
    services = composition["services"]
    for service in services.values():
        awaited = service.get("depends_on", {})
        assert set(awaited) <= set(services)
        assert all("healthcheck" in services[each] or each in ("one", "two") for each in awaited)
    here = DEPLOY / "container"
    mounted = [volume.partition(":")[0] for volume in services["nginx"]["volumes"] if volume.startswith(".")]
    assert mounted
    assert all((here / path).exists() for path in mounted)
    build = services["one"]["build"]
    assert (here / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).exists()


def test_everything_starts_the_server_by_the_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".venv/bin/python app.py" in readme
    assert 'CMD [".venv/bin/python", "app.py"]' in read("container/Dockerfile")
    assert read_unit("chat@.service")["Service"]["ExecStart"] == "/opt/chat/.venv/bin/python app.py"
    assert "HEALTHCHECK" in read("container/Dockerfile")


def test_an_instance_listens_where_nginx_asks_and_has_the_time_to_answer() -> None:
    unit = read_unit("chat@.service")["Service"]
    bind = unit["Environment"].removeprefix("BIND=").replace("%i", "1")
    assert Settings(bind=bind).bind == "unix:/run/chat/1.sock"
    for number in (1, 2):
        assert f"server unix:/run/chat/{number}.sock" in read("nginx/chat.conf")
    assert int(unit["TimeoutStopSec"]) > serving.GOODBYES_TAKE + serving.REQUESTS_END_WITHIN
    assert int(unit["LimitNOFILE"]) >= serving.OPEN_FILES
    assert "/run/chat/%i.sock" in unit["ExecStartPost"]


def test_backups_are_made_by_a_command_that_there_is(tmp_path: Path) -> None:
    server = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'chat.db'}"))
    unit = read_unit("chat-backup.service")["Service"]
    found = re.search(r"flask --app app ([\w-]+)", unit["ExecStart"])
    assert found
    assert found[1] in server.cli.commands
    assert read_unit("chat-backup.timer")["Timer"]["OnCalendar"]


def test_nginx_passes_websockets_on_and_bodies_as_large_as_the_product_takes() -> None:
    proxying = read("nginx/proxying.conf")
    seconds = [int(found) for found in re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", proxying)]
    assert min(seconds) > CUT_AFTER
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", proxying)
    assert int(megabytes) * 1_000_000 >= FILE_LIMIT
    (pattern,) = re.findall(r"location ~ (\S+) ", proxying)
    assert all(re.search(pattern, path) for path in ("/socket", "/m/socket"))
    assert not re.search(pattern, "/m/socketing")
    for header in ("Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "Upgrade", "Connection"):
        assert f"proxy_set_header {header} " in proxying
    for site in SITES:
        assert read(site).count("include /opt/chat/deploy/nginx/") == 2


@pytest.mark.skipif(
    find_nginx() is None or shutil.which("openssl") is None, reason="NOT TRIED: nginx or openssl is not installed"
)
def test_nginx_itself_accepts_the_site(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=chat.example.ca"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site = read("nginx/chat.conf").replace("/opt/chat/deploy", str(DEPLOY))
    site = re.sub(r"/etc/letsencrypt\S+/fullchain.pem", str(certificate), site)
    site = re.sub(r"/etc/letsencrypt\S+/privkey.pem", str(key), site)
    (tmp_path / "site.conf").write_text(site)
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    )
    tried = subprocess.run([find_nginx() or "", "-t", "-c", whole], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr

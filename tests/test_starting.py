"""From an empty folder to somebody who is signed in: settings, the server's start, the demonstration, health, logs."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app import create_app
from data import db, demo
from data.access.actors import Surface
from data.access.directory import access_organization_at_console
from data.access.options import list_requesters
from data.config import ROOT, Settings, SettingsInvalid, load_settings
from data.models import accounts
from data.passwords import hash_password
from tests import factories, inside
from tests.client import Client, Visitor
from tests.server import Server, find_port

GOOD = {"MODE": "production", "ORIGIN": "https://chat.example.ca", "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_production_starts_with_a_secret_of_its_own_and_https(bare_environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        bare_environment.setenv(name, value)
    assert load_settings().is_production


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (GOOD | {"SECRET_KEY": "demonstration-only-secret"}, "SECRET_KEY"),
        (GOOD | {"SECRET_KEY": "short but not so short"}, "SECRET_KEY"),
        (GOOD | {"SECRET_KEY": "a" * 40}, "SECRET_KEY"),
        (GOOD | {"SECRET_KEY": " " * 40}, "SECRET_KEY"),
        (GOOD | {"SECRET_KEY": "demonstration-only-secret" * 2}, "SECRET_KEY"),
        (GOOD | {"DEBUG": "true"}, "DEBUG"),
        (GOOD | {"ORIGIN": "http://chat.example.ca"}, "ORIGIN"),
        (GOOD | {"ORIGIN": ""}, "ORIGIN"),
        ({"MODE": "prod"}, "MODE"),
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"DATABASE_URL": "mysql://chat"}, "DATABASE_URL"),
        ({"ORIGIN": "chat.example.ca/portal"}, "ORIGIN"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"SMTP_URL": "mail.example.ca"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.ca"}, "MAIL_FROM"),
        ({"WORKERS": "0"}, "WORKERS"),
        ({"WORKERS": "2"}, "DATABASE_URL"),
        ({"REDIS_URL": "http://redis"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://localhost/0"}, "DATABASE_URL"),
    ],
)
def test_a_setting_that_cannot_work_is_named_with_its_reason(
    bare_environment: pytest.MonkeyPatch, settings: dict[str, str], told: str
) -> None:
    for name, value in settings.items():
        bare_environment.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).startswith(f"{told}: ")


@pytest.mark.parametrize(
    ("origin", "instead"),
    [
        ("https://chat.example.ca:443", "https://chat.example.ca"),
        ("http://chat.example.ca:80", "http://chat.example.ca"),
        ("https://Chat.Example.CA", "https://chat.example.ca"),
        ("https://user:pw@chat.example.ca", "https://chat.example.ca"),
        (" https://chat.example.ca", "https://chat.example.ca"),
        ("https://chat.example.ca?x=1", "without a path"),
        ("https://chat.example.ca?", "without a path"),
        ("https://chat.example.ca#x", "without a path"),
        ("https://chat example.ca", "without a path"),
        ("https://chat.example.ca\n", "without a path"),
        ("https://é.example.ca", "without a path"),
        ("https://chat.example.ca:99999", "Port"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(
    bare_environment: pytest.MonkeyPatch, origin: str, instead: str
) -> None:
    bare_environment.setenv("ORIGIN", origin)
    with pytest.raises(SettingsInvalid, match=f"^ORIGIN: .*{instead}"):
        load_settings()


@pytest.mark.parametrize(
    "origin", ["https://chat.example.ca", "https://chat.example.ca:8443", "http://127.0.0.1:8050", "http://[::1]:8050"]
)
def test_an_origin_that_browsers_send_is_accepted(bare_environment: pytest.MonkeyPatch, origin: str) -> None:
    for given in (origin, f"{origin}/"):
        bare_environment.setenv("ORIGIN", given)
        assert load_settings().origin == origin


def test_the_readme_lists_the_settings_with_their_defaults() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Configuration")[2].partition("\n## ")[0]
    listed = re.findall(r"`([A-Z_]+)`", "".join(row.split("|")[1] for row in re.findall(r"(?m)^\|.*", table)))
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)
    for name in ("mode", "host", "port", "trusted_proxies", "log_level"):
        assert f"`{str(Settings.model_fields[name].default).lower()}`" in table, name


@contextmanager
def serving(folder: Path, port: int, **settings: str) -> Iterator[Path]:
    """`python app.py`, as it is: yields the file of what it prints, once it serves."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'chat.db'}", "PORT": str(port)} | settings
    printed = folder / "printed"
    with printed.open("wb") as output:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            _wait_until_it_serves(process, port, printed)
            yield printed
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def _wait_until_it_serves(process: subprocess.Popen[bytes], port: int, printed: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if Visitor(f"http://127.0.0.1:{port}").get("/health").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(printed.read_text())


def _wait_until_usage_is_counted(folder: Path) -> None:
    """By the server itself, without being asked."""
    deadline = time.monotonic() + 30
    with closing(sqlite3.connect(folder / "chat.db")) as connection:
        while connection.execute("SELECT 1 FROM usage_marks WHERE name = 'up_to_date_at'").fetchone() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stats = "('public_messages', 'group_messages', 'one_to_one_messages')"
        whole = f"service_id = 0 AND grain = 'day' AND stat IN {stats}"
        (counted,) = connection.execute(f"SELECT sum(value) FROM usage_counts WHERE {whole}").fetchone()
        (sent,) = connection.execute("SELECT count(*) FROM messages WHERE kind = 'text'").fetchone()
    assert counted == sent


def test_it_starts_from_nothing_with_people_who_can_sign_in_at_once(tmp_path: Path) -> None:
    port = find_port()
    with serving(tmp_path, port) as printed:
        told = printed.read_text()
        assert f"http://127.0.0.1:{port}" in told
        visitor = Visitor(f"http://127.0.0.1:{port}")
        offered = visitor.get("/sign-in").body
        for role in ("Ariane Gagnon", "Isabelle Fontaine", "Hélène Castonguay", "Karim Benali", "Martine Courchesne"):
            assert role in told
            assert role in offered
        assert visitor.post("/sign-in/demonstration", who="laurier/1001").status == 303
        assert visitor.get("/conversations").status == 200
        assert Visitor(visitor.address).sign_in("portal", "1001", demo.PASSWORD, "laurier").status == 303
        _wait_until_usage_is_counted(tmp_path)
    written = count_rows(tmp_path)
    with serving(tmp_path, port) as printed:
        assert "Writing the demonstration" not in printed.read_text()
    assert count_rows(tmp_path) == written


def test_a_second_server_on_the_same_sqlite_file_is_refused_in_plain_words(tmp_path: Path) -> None:
    with serving(tmp_path, find_port()):
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'chat.db'}", "PORT": str(find_port())}
        started = subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert started.returncode == 1
    assert "another server already serves" in started.stderr
    assert "Traceback" not in started.stderr


def test_production_offers_nobody_and_writes_no_demonstration(tmp_path: Path) -> None:
    port = find_port()
    with serving(tmp_path, port, **GOOD) as printed:
        visitor = Visitor(f"http://127.0.0.1:{port}")
        assert "Ariane" not in printed.read_text()
        kept = [path for path in tmp_path.iterdir() if path.name.startswith("chat.db")]
        assert {oct(path.stat().st_mode & 0o777) for path in kept} == {"0o600"}  # for whoever runs it alone
        assert "demonstration" not in visitor.get("/sign-in").body
        visitor_of_the_origin = Visitor(visitor.address, origin=GOOD["ORIGIN"])
        assert visitor_of_the_origin.post("/sign-in/demonstration", who="laurier/1001").status == 404
    assert count_rows(tmp_path) == {"organizations": 0, "people": 0, "messages": 0}


def test_production_refuses_a_database_that_the_demonstration_has_filled(
    sqlite: db.Database, tmp_path: Path, bare_environment: pytest.MonkeyPatch
) -> None:
    demo.load_demonstration()
    with db.unit_of_work() as uow:  # those of the sign-in page chose other passwords; their colleagues did not
        showcased = [person.key for person in demo.list_showcase(uow)]
        ids = [demo.find_showcased(uow, key).account_id for key in showcased]
        uow.execute(update(accounts).where(accounts.c.id.in_(ids)).values(password_hash="$argon2id$theirs"))
    environment = os.environ | GOOD | {"DATABASE_URL": f"sqlite:///{tmp_path / 'chat.db'}", "PORT": str(find_port())}
    for arguments in (["app.py"], ["-m", "flask", "--app", "app", "check-settings"]):
        started = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
        assert started.returncode == 1, arguments
        assert "filled by the demonstration" in started.stderr
        assert "DATABASE_URL" in started.stderr
        assert "Traceback" not in started.stderr


def test_one_account_with_the_demonstrations_password_is_one_too_many(sqlite: db.Database) -> None:
    assert not demo.is_open_to_everybody()
    demo.load_demonstration()
    with db.unit_of_work() as uow:
        kept = demo.find_showcased(uow, "laurier/1001").account_id
        uow.execute(update(accounts).where(accounts.c.id != kept).values(password_hash=None))
    assert demo.is_open_to_everybody()
    with db.unit_of_work() as uow:
        uow.execute(update(accounts).values(password_hash=hash_password("quatre mots sans lien")))
    assert not demo.is_open_to_everybody()


def count_rows(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "chat.db") as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("organizations", "people", "messages")
        }


def test_the_demonstration_is_a_believable_organization(sqlite: db.Database) -> None:
    demo.load_demonstration()
    count = _Counting()
    assert count("SELECT count(*) FROM organizations") == 2
    assert count("SELECT count(*) FROM services WHERE organization_id = 1") >= 4
    assert count("SELECT count(*) FROM departments WHERE organization_id = 1") >= 8
    assert 55 <= count("SELECT count(*) FROM employees WHERE organization_id = 1") <= 70
    of_services = "(SELECT count(*) AS n FROM service_rights WHERE organization_id = 1 GROUP BY person_id) AS x"
    assert count(f"SELECT count(*) FROM {of_services} WHERE n = 1") >= 1
    assert count(f"SELECT count(*) FROM {of_services} WHERE n > 1") >= 1
    assert count("SELECT count(*) FROM people WHERE organization_id = 1 AND equipped_until IS NULL") >= 5
    assert count("SELECT count(*) FROM employment_changes WHERE organization_id = 1 AND kind = 'ended'") >= 1
    assert count("SELECT count(*) FROM vendor_staff") == 2
    for kind in ("public", "one_to_one", "group"):
        assert count(f"SELECT count(*) FROM conversations WHERE organization_id = 1 AND kind = '{kind}'") >= 3
    assert count("SELECT count(*) FROM messages WHERE organization_id = 1") >= 300
    for table, at in (("messages", "created_at"), ("views", "viewed_at"), ("app_openings", "effective_at")):
        weeks = f"SELECT count(DISTINCT {at} / {7 * 24 * 3_600_000}) FROM {table} WHERE organization_id = 1"
        assert count(weeks) >= 9, table  # two months for the figures of usage to compare
    with db.read() as reader:
        assert len(demo.list_showcase(reader)) >= 8
        # Whoever switches the option may be asked for it by the billing contact, who is no administrator.
        for code, contact in (("laurier", "Odile Renaud"), ("boreal", "Sylvie Morel")):
            names = [each.name for each in list_requesters(reader, access_organization_at_console(reader, code))]
            assert names[-1] == contact
            assert len(set(names)) == len(names) > 1


class _Counting:
    def __call__(self, statement: str) -> int:
        with db.read() as reader:
            found: int = reader.connection.exec_driver_sql(statement).scalar_one()
        return found


@pytest.fixture
def application(sqlite: db.Database, tmp_path: Path) -> Flask:
    return create_app(Settings(database_url=f"sqlite:///{tmp_path / 'chat.db'}"))


def test_health_names_the_database_and_the_bus(application: Flask) -> None:
    visitor = application.test_client()
    assert visitor.get("/health").get_json() == {
        "ready": True,
        "database": "sqlite",
        "bus": "local",
        "degraded": [],
        "since": {},
    }
    assert visitor.get("/health/live").get_json() == {"live": True}


def test_without_its_database_it_lives_and_is_not_ready(application: Flask) -> None:
    db.connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    visitor = application.test_client()
    answer = visitor.get("/health")
    assert (answer.status_code, answer.get_json()) == (
        503,
        {"ready": False, "database": "postgresql", "bus": "local", "degraded": [], "since": {}},
    )
    assert visitor.get("/health/live").status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for_without_an_end(own_server: Server) -> None:
    own_server.do(inside.wait_for_bodies, 1.0)
    host, port = own_server.address.removeprefix("http://").split(":")
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {own_server.address}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50000\r\n\r\nidentifier="
    )
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=15) as half:
        half.sendall(head.encode())
        answer = b"".join(iter(lambda: half.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started < 10
    # Slowly, but steadily: that is waited for.
    with socket.create_connection((host, int(port)), timeout=15) as slow:
        slow.sendall(head.replace("50000", "20011").encode())
        for _ in range(3):
            time.sleep(0.3)
            slow.sendall(b"a" * 6_000)
        slow.sendall(b"a" * 2_000)
        assert slow.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_logs_carry_the_request_and_never_what_people_wrote(server: Server) -> None:
    kitchen = server.do(inside.make_kitchen, "logs")
    conversation = server.do(factories.launch, kitchen.manager, kitchen.service_id)
    client = Client(server.address, "mobile", server.give_cookie(kitchen.staff[0], Surface.MOBILE))
    client.say(conversation, "un secret de cuisine")
    client.close()
    visitor = Visitor(server.address)
    before = len(server.log.read_text())
    visitor.sign_in("portal", "personne-secrete@example.org", "mot de passe secret")
    log = server.log.read_text()
    for written in ("secret de cuisine", "personne-secrete", "mot de passe secret"):
        assert written not in log
    # Other tests of this file sign in on the same server: only this attempt's line is looked at.
    (noted,) = (line for line in log[before:].splitlines() if '"path": "/sign-in"' in line and '"POST"' in line)
    assert '"request_id": "' in noted
    assert '"status": 401' in noted

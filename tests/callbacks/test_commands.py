"""`flask --app app …`, as an operator types it: what it does, what it says, how it ends."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from data import clock, db
from data.access.directory import access_organization_at_console
from data.access.rights import get_option_state
from data.actions.directory import do_create_service
from data.actions.push import keep_private_key
from data.config import DEFAULT_SECRET, ROOT
from data.models import (
    accounts,
    assignments,
    audit_entries,
    employees,
    messages,
    option_changes,
    organizations,
    people,
    push_keys,
    usage_marks,
    vendor_staff,
)
from data.passwords import is_password
from tests import retail
from tests.callbacks.conftest import Visitor
from tests.conftest import Moment

Run = Callable[..., Result]

PASSPHRASE = "quatre mots sans lien"
STAFF = "numero;prenom;nom;service;nom_service;date_embauche\n100;Léa;Roy;cuisine;Cuisine;2024-02-05\n"


@pytest.fixture
def run(application: Flask) -> Run:
    runner = application.test_cli_runner()
    return lambda *arguments, **options: runner.invoke(args=list(arguments), **options)


@pytest.fixture
def laurier(run: Run) -> int:
    run("create-organization", "--code", "laurier", "--name", "Cafés Laurier")
    with db.unit_of_work() as uow:
        organization = access_organization_at_console(uow, "laurier")
        do_create_service(uow, organization, "cuisine", "Cuisine")
    return organization.id


def count(table: Any) -> int:
    with db.read() as reader:
        return int(reader.execute(select(func.count()).select_from(table)).scalar_one())


def switch(run: Run, *more: str, ticket: str = "SC-1") -> Result:
    named = ("--organization", "laurier", "--ticket", ticket, "--requester", "Ada Lee")
    return run("switch-option", *named, *more)


def test_every_command_says_what_it_is_for(application: Flask, run: Run) -> None:
    own = [command for name, command in application.cli.commands.items() if name not in ("run", "shell", "routes")]
    assert {command.name for command in own} >= {"migrate", "import-staff", "import-chat", "switch-option"}
    for command in own:
        result = run(command.name, "--help")
        assert result.exit_code == 0
        assert command.short_help
        assert command.short_help.endswith(".")
        assert command.short_help in " ".join(result.output.split())
    assert run("migrate").output == "The database was up to date already.\n"
    assert "can work: demonstration mode" in run("check-settings").output


def test_an_organization_is_created_once(run: Run) -> None:
    named = ("create-organization", "--code", "bc", "--name", "Western", "--province", "BC", "--zone")
    assert run(*named, "America/Vancouver", "--language", "en").exit_code == 0
    with db.read() as reader:
        row = reader.execute(select(organizations)).one()
        act = reader.execute(select(audit_entries.c.act)).scalar_one()
    assert (row.code, row.name, row.province, row.timezone, row.language) == (
        "bc",
        "Western",
        "BC",
        "America/Vancouver",
        "en",
    )
    assert act == "organization.created"
    for refused in (run(*named, "America/Vancouver"), run(*named, "Mars/Olympus"), run("create-organization")):
        assert refused.exit_code in (1, 2)
        assert "Error: " in refused.output
        assert "Traceback" not in refused.output
    assert count(organizations) == 1


def test_an_administrator_gets_a_link_that_works(run: Run, laurier: int, visit: Callable[..., Visitor]) -> None:
    named = (
        "--organization",
        "laurier",
        "--given-name",
        "Ada",
        "--family-name",
        "Lee",
        "--email",
        "ada@laurier.example",
    )
    first = run("add-administrator", *named)
    second = run("add-administrator", *named)  # lost: another one
    assert count(people) == 1
    lost, link = (result.stdout.split()[0].removeprefix("http://127.0.0.1:8050") for result in (first, second))
    assert visit().get(lost).status_code == 409
    assert visit().get(link).status_code == 200
    assert visit().post(link, {"password": PASSPHRASE}).status_code == 303
    refused = run("add-administrator", *named)  # who has a password needs no link from here
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert run("add-administrator", *named[2:], "--organization", "nowhere").exit_code == 1
    assert count(people) == 1


def test_the_vendors_staff_choose_their_password_at_the_console(run: Run) -> None:
    named = ("add-vendor-staff", "--name", "Zoé Côté", "--email", "Zoe@Vendor.example", "--role")
    for typed in ("court\ncourt\n", "motdepassemotdepasse\n" * 2, f"{PASSPHRASE}\nautre chose\n"):
        refused = run(*named, "finance", input=typed)
        assert refused.exit_code == 1
        assert PASSPHRASE not in refused.output
    assert count(accounts) == 0
    assert run(*named, "owner", input=f"{PASSPHRASE}\n" * 2).exit_code == 2
    assert run(*named, "finance", input=f"{PASSPHRASE}\n" * 2).exit_code == 0
    with db.read() as reader:
        row = reader.execute(
            select(accounts.c.email, accounts.c.password_hash, vendor_staff.c.role, vendor_staff.c.name).join(
                vendor_staff, vendor_staff.c.account_id == accounts.c.id
            )
        ).one()
    assert (row.email, row.role, row.name) == ("zoe@vendor.example", "finance", "Zoé Côté")
    assert is_password(PASSPHRASE, row.password_hash)
    assert run(*named, "finance", input=f"{PASSPHRASE}\n" * 2).exit_code == 1


def test_r1_the_option_is_switched_with_its_ticket(run: Run, laurier: int, moment: Moment) -> None:
    assert switch(run, "--on", "--service", "cuisine").exit_code == 0
    assert switch(run, "--on", "--at", "2026-12-01T00:00", ticket="SC-2").exit_code == 0
    with db.read() as reader:
        rows = reader.execute(select(option_changes).order_by(option_changes.c.id)).all()
        state = get_option_state(reader, laurier)
    assert [(row.is_on, row.service_id is None, row.ticket, row.requested_by) for row in rows] == [
        (True, False, "SC-1", "Ada Lee"),
        (True, True, "SC-2", "Ada Lee"),
    ]
    assert rows[0].effective_at == moment.at
    assert rows[1].effective_at == clock.local_midnight(date(2026, 12, 1), "America/Toronto")
    assert state.is_on_somewhere
    refused = [
        switch(run),
        switch(run, "--on", "--service", "salle", ticket="SC-3"),
        switch(run, "--on", "--at", "demain", ticket="SC-3"),
        switch(run, "--on", "--at", "2026-11-23T09:59", ticket="SC-3"),
        switch(run, "--on", "--service", "cuisine", ticket="SC-3"),
        switch(run, "--on", ticket="sc-1"),
        run("switch-option", "--organization", "laurier", "--on", "--ticket", " ", "--requester", "Ada"),
        run("switch-option", "--organization", "nowhere", "--on", "--ticket", "T", "--requester", "Ada"),
    ]
    assert all(result.exit_code != 0 and "Error: " in result.output for result in refused)
    assert count(option_changes) == 2


def test_staff_is_previewed_then_imported(run: Run, laurier: int, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF, encoding="utf-8")
    named = ("import-staff", str(path), "--organization", "laurier")
    shown = run(*named, "--preview")
    assert shown.exit_code == 0
    assert "1 person to create\n  Léa Roy (100): Cuisine, from February 5, 2024\n" in shown.output
    assert count(employees) == 0
    done = run(*named)
    assert "1 person created\n" in done.output
    assert count(employees) == 1
    assert run(*named).output == "1 person unchanged\n"


def test_staff_that_is_wrong_is_told_line_by_line(run: Run, laurier: int, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF.replace("\n", ";poste\n", 1) + "101;;Roy;cuisine;;hier\n", encoding="utf-8")
    for more in ((), ("--preview",)):
        refused = run("import-staff", str(path), "--organization", "laurier", *more)
        assert refused.exit_code == 1
        lines = refused.output.splitlines()
        assert lines[0] == "Columns that are not used: poste"
        assert [line.partition(":")[0] for line in lines[1:3]] == ["line 3, prenom", "line 3, date_embauche"]
        assert lines[2].endswith("[hier]")
        assert lines[3] == "Error: Nothing was imported: 2 things to correct."
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    refused = run("import-staff", str(path), "--organization", "laurier")
    assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    assert run("import-staff", str(tmp_path / "absent.csv"), "--organization", "laurier").exit_code == 2
    assert run("import-staff", str(path), "--organization", "nowhere").exit_code == 1
    assert count(employees) == 0


def test_a_real_chain_is_imported(run: Run, laurier: int, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_bytes(retail.build_staff_file())
    done = run("import-staff", str(path), "--organization", "laurier")
    assert done.output.startswith("6,284 people created\n")
    assert run("import-staff", str(path), "--organization", "laurier").output == "6,284 people unchanged\n"
    with db.read() as reader:
        assert reader.execute(select(func.count(assignments.c.person_id.distinct()))).scalar_one() == 6284


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.xz"])
def test_a_chat_is_imported_and_accounted_for(run: Run, laurier: int, tmp_path: Path, suffix: str) -> None:
    lines = [
        json.dumps({"channel": f"c{n % 3}", "sender": "marie", "ts": "2024-03-01T12:00:00Z", "text": f"n° {n}"})
        for n in range(2500)
    ]
    lines[7] = lines[8] = json.dumps({"channel": "c", "sender": "s", "ts": "2024-03-01T12:00:00Z", "text": " "})
    lines[9] = "?"
    content = ("\ufeff" + "\n".join(lines)).encode()
    compress = {".gz": gzip.compress, ".xz": lzma.compress}.get(Path(suffix).suffix, lambda plain: plain)
    path = tmp_path / f"chat{suffix}"
    path.write_bytes(compress(content))
    named = ("import-chat", str(path), "--organization", "laurier", "--service", "cuisine")
    accounts_given = [_read_account(run(*named)) for _ in range(2)]
    left_out = {"Left out, nothing to read": 2, "Left out, not a message": 1, "Lines of the file": 2500}
    assert accounts_given == [
        {"Stored": 2497, "Known before": 0} | left_out,
        {"Stored": 0, "Known before": 2497} | left_out,
    ]
    assert count(messages) == 2497


def _read_account(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    rows = (line.rsplit(maxsplit=1) for line in result.stdout.splitlines())
    return {words.strip(): int(figure.replace(",", "")) for words, figure in rows}


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.xz"])
def test_a_damaged_chat_file_is_told(run: Run, laurier: int, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"chat{suffix}"
    whole = {".gz": gzip.compress, ".xz": lzma.compress}[Path(suffix).suffix](b'{"a": 1}\n' * 5000)
    for content in (b"no archive at all", whole[: len(whole) // 2]):
        path.write_bytes(content)
        refused = run("import-chat", str(path), "--organization", "laurier", "--service", "cuisine")
        assert refused.exit_code == 1
        assert "is damaged" in refused.output
    assert run("import-chat", str(path), "--organization", "laurier", "--service", "bar").exit_code == 1


def test_the_demonstration_goes_into_an_empty_database(run: Run) -> None:
    done = run("load-demonstration")
    assert done.exit_code == 0, done.output
    assert count(organizations) == 2
    refused = run("load-demonstration")
    assert (refused.exit_code, count(organizations)) == (1, 2)


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command itself, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_settings_that_cannot_work_are_told_in_a_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    refused = start("check-settings", DATABASE_URL=url, MODE="production", SECRET_KEY=DEFAULT_SECRET)
    assert refused.returncode == 1
    assert "SECRET_KEY: in production" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new.db").exists()


def test_commands_ask_for_the_tables_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    early = start("create-organization", "--code", "x", "--name", "X", DATABASE_URL=url)
    assert (early.returncode, "migrate" in early.stderr, "Traceback" in early.stderr) == (1, True, False)
    assert start("migrate", DATABASE_URL=url).stdout == "The database is up to date now.\n"
    assert start("create-organization", "--code", "x", "--name", "X", DATABASE_URL=url).returncode == 0


def test_the_demonstration_stays_out_of_production(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    production = {
        "DATABASE_URL": url,
        "MODE": "production",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
        "ORIGIN": "https://chat.example",
    }
    assert start("migrate", **production).returncode == 0
    refused = start("load-demonstration", **production)
    assert (refused.returncode, "Not in production" in refused.stderr) == (1, True)


def test_a_backup_is_made_while_the_server_works_and_comes_back_into_an_empty_database(
    run: Run, laurier: int, tmp_path: Path
) -> None:
    file, before = tmp_path / "safe.db", count(audit_entries)
    with db.unit_of_work() as uow:
        keep_private_key(uow)
    done = run("backup", str(file))
    assert done.exit_code == 0
    assert "the same in both" in done.output
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("safe")] == ["safe.db"]
    again = run("backup", str(file))
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'fresh.db'}"}
    restored = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "restore", str(file)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert restored.returncode == 0, restored.stderr
    assert "No phone is notified" in restored.stdout
    db.connect(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert (count(audit_entries), count(push_keys)) == (before, 0)


def test_usage_is_counted_and_counted_anew(run: Run, laurier: int) -> None:
    for name in ("usage-fill", "usage-fill", "usage-rebuild"):
        result = run(name)
        assert (result.exit_code, result.stdout) == (0, "The figures of usage are up to date.\n"), name
        assert count(usage_marks) == 1


def test_a_database_in_use_is_not_restored_over(run: Run, laurier: int, tmp_path: Path) -> None:
    file = tmp_path / "safe.db"
    run("backup", str(file))
    refused = run("restore", str(file))
    assert (refused.exit_code, "in use already" in refused.output) == (1, True)

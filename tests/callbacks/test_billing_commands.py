"""The books at the server's console: what each command does, says, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from data import db
from data.access.actors import Surface
from tests.conftest import Moment
from tests.factories import World

Run = Callable[..., Result]
GOLDEN = Path(__file__).parents[1] / "billing" / "golden.json"


@pytest.fixture
def run(application: Flask) -> Run:
    runner = application.test_cli_runner()
    return lambda *arguments, **options: runner.invoke(args=list(arguments), **options)


@pytest.fixture
def laurier(run: Run, moment: Moment) -> World:
    """Two people since January, the option on since September; the third of November, nine o'clock."""
    moment.go_to("2026-09-01T00:00:00-04:00")
    world = World.create()
    kitchen = world.add_service("cuisine")
    for name in ("Léa Roy", "Tuan Pham"):
        world.hire(name, kitchen, starts_on=date(2026, 1, 5), app=False)
    moment.go_to("2026-11-03T09:00:00-05:00")
    world.sign_in(world.administrator, Surface.PORTAL)
    return world


def test_a_month_is_closed_and_closed_again_changes_nothing(run: Run, laurier: World) -> None:
    asked = ("close-month", "--organization", "laurier", "--month", "2026-10")
    assert run(*asked).stdout == "Cafés laurier, 2026-10: F-2026-000001\n"
    assert run(*asked).stdout == "Cafés laurier, 2026-10: F-2026-000001 (was closed before)\n"
    assert run("verify-books").stdout == "1 document, every seal holds.\n"


def test_without_a_name_it_closes_what_is_due(run: Run, laurier: World) -> None:
    told = run("close-month").stdout
    assert told.endswith("2 months closed.\n")
    assert run("close-month").stdout == "0 months closed.\n"


def test_a_bill_is_a_draft_until_the_month_is_closed(run: Run, laurier: World) -> None:
    asked = ("bill", "--organization", "laurier", "--month", "2026-10")
    draft = run(*asked).stdout
    assert "2026-10: draft" in draft
    assert "$0.58" in draft
    run("close-month", "--organization", "laurier", "--month", "2026-10")
    closed = run(*asked).stdout
    assert "closed at 2026-11-03 13:59 UTC" in closed
    assert "F-2026-000001" in closed
    assert run("bill", "--organization", "laurier", "--month", "2026-12").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--organization", "laurier", "--month", "2026-11"), "not over"),
        (("--organization", "laurier", "--month", "2027-03"), "not over"),
        (("--organization", "laurier", "--month", "2026-13"), "not valid"),
        (("--organization", "laurier", "--month", "hier"), "not valid"),
        (("--organization", "laurier"), "not valid"),
        (("--organization", "nobody", "--month", "2026-10"), "No organization"),
    ],
)
def test_what_cannot_be_closed_is_told_in_a_line(
    run: Run, laurier: World, arguments: tuple[str, ...], told: str
) -> None:
    refused = run("close-month", *arguments)
    assert refused.exit_code == 1
    assert told in refused.output
    assert "Traceback" not in refused.output


def test_books_that_were_tampered_with_do_not_verify(run: Run, laurier: World) -> None:
    run("close-month", "--organization", "laurier", "--month", "2026-10")
    with db.unit_of_work() as uow:
        uow.connection.exec_driver_sql("DROP TRIGGER documents_no_update")
        uow.connection.exec_driver_sql("UPDATE documents SET total_cents = 1")
    refused = run("verify-books")
    assert refused.exit_code == 1
    assert "F-2026-000001: its figures are not those of its content" in refused.output


def test_scenarios_come_out_as_the_file_expects(run: Run, tmp_path: Path) -> None:
    chosen = json.loads(GOLDEN.read_text(encoding="utf-8"))
    chosen["scenarios"] = [each for each in chosen["scenarios"] if each["id"] in ("G03", "G12", "G30")]
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(chosen), encoding="utf-8")
    done = run("rate-scenarios", str(path))
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == chosen


def test_a_difference_is_named_and_ends_with_a_mistake(run: Run, tmp_path: Path) -> None:
    chosen = json.loads(GOLDEN.read_text(encoding="utf-8"))
    chosen["scenarios"] = chosen["scenarios"][:1]
    chosen["scenarios"][0]["expected"]["closes"][0]["invoice"]["total_cents"] += 1
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(chosen), encoding="utf-8")
    refused = run("rate-scenarios", str(path))
    assert refused.exit_code == 1
    assert "G01 expected.closes[0].invoice.total_cents: 3939 expected, 3938 came" in refused.stderr
    printed = json.loads(refused.stdout)
    assert printed["scenarios"][0]["expected"]["closes"][0]["invoice"]["total_cents"] == 3938


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"scenarios": [{}]}', '{"scenarios": [{"id": "x", "events": 3}]}']
)
def test_what_is_no_scenario_file_is_told(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "scenarios.json"
    path.write_text(content, encoding="utf-8")
    refused = run("rate-scenarios", str(path))
    assert refused.exit_code == 1
    assert "not in the form of scenario files" in refused.output

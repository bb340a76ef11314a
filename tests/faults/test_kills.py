"""An acknowledged message is never lost, doubled or out of order, whatever is killed; the measure sees when it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.gathering import Outcome
from tests.faults.kills import run
from tests.faults.places import running_migrated, serving

# A server that dies between the knock and the handshake leaves simple_websocket's socket to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def kill_on_sqlite(folder: Path, template: Path, **settings: str) -> Outcome:
    with serving(folder, template, **settings) as server:
        return run([server], messages=240, kills=2)


def test_nothing_acknowledged_is_lost_doubled_or_moved_by_kills(tmp_path: Path, sqlite_template: Path) -> None:
    outcome = kill_on_sqlite(tmp_path, sqlite_template)
    assert outcome.verdict.acknowledged == 240
    assert outcome.verdict.is_clean, outcome


def test_the_measure_catches_a_server_that_acknowledges_before_its_commit(
    tmp_path: Path, sqlite_template: Path
) -> None:
    verdict = kill_on_sqlite(tmp_path, sqlite_template, MUTANT="acknowledge_before_commit").verdict
    assert verdict.lost + verdict.moved > 0, verdict


def test_the_measure_catches_a_server_that_forgets_refs(tmp_path: Path, sqlite_template: Path) -> None:
    verdict = kill_on_sqlite(tmp_path, sqlite_template, MUTANT="forget_refs").verdict
    assert verdict.doubled > 0, verdict


def test_neither_on_postgresql_with_two_processes_nor_when_postgresql_itself_is_killed(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with (
        running_migrated(tmp_path) as postgres,
        serving(tmp_path / "here", sqlite_template, DATABASE_URL=postgres.url) as here,
        serving(tmp_path / "there", sqlite_template, DATABASE_URL=postgres.url) as there,
    ):
        outcome = run([here, there], messages=240, kills=3, also=[postgres])
    assert outcome.verdict.acknowledged == 240
    assert outcome.is_clean, outcome

"""An acknowledged message is never lost, doubled or out of order, whatever is killed; the measure sees when it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.kills import Outcome, run
from tests.server import Server

# A server that dies between the knock and the handshake leaves simple_websocket's socket to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@contextmanager
def serving(folder: Path, template: Path, **settings: str) -> Iterator[Server]:
    server = Server(folder, template, **settings)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()


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


def test_neither_on_postgresql_with_two_processes(tmp_path: Path, sqlite_template: Path, fresh_postgres: str) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    with (
        serving(tmp_path / "here", sqlite_template, DATABASE_URL=fresh_postgres) as here,
        serving(tmp_path / "there", sqlite_template, DATABASE_URL=fresh_postgres) as there,
    ):
        outcome = run([here, there], messages=240, kills=2)
    assert outcome.verdict.is_clean, outcome

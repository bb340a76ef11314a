"""Troubles come and go while people write: nothing acknowledged is lost, what they are told is kind, and all goes on by
itself. Each for a moment; `make faults` takes its time, and does it on PostgreSQL too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults import troubles
from tests.faults.places import serving
from tests.faults.troubles import Stage, Trouble, go_through

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ON_SQLITE = (
    Trouble("log", troubles.log_stuck, 0.2),
    Trouble("lock", troubles.locked, 0.3),
    Trouble("disk", troubles.full, 0.3),
    Trouble("descriptors", troubles.without_descriptors, 0.5),
    Trouble("frozen", troubles.worker_frozen, 0.3),
    Trouble("clock", troubles.clock_jumps(timedelta(hours=1)), 0.0),
)


def test_on_sqlite_whatever_comes_and_goes_takes_nothing_acknowledged_with_it(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with serving(tmp_path / "only", sqlite_template, into_pipe=True) as server:
        outcome = go_through(Stage([server]), *ON_SQLITE)
    assert outcome.verdict.acknowledged > len(ON_SQLITE) * 8
    assert outcome.is_clean, outcome

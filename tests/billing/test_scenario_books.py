"""The golden scenarios through the product's own ledgers and closing, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import db
from data.billing.scenarios import check_scenario, parse_file
from data.scenario_books import replay_in_books

SCENARIOS = parse_file((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.id for scenario in SCENARIOS])
def test_the_ledgers_and_the_closing_come_to_the_same(scenario: object, tmp_path: Path) -> None:
    folders = iter(("own", "daily"))

    def close(asked: object) -> dict[str, object]:
        folder = tmp_path / next(folders)
        folder.mkdir()
        return replay_in_books(asked, folder)  # type: ignore[arg-type]

    assert check_scenario(scenario, close) == []  # type: ignore[arg-type]
    db.current().dispose()

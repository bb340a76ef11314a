"""The figures that BILLING.md is tested by, to the cent; scenarios of our own in the same form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.billing.rating import Month, terms_of
from data.billing.scenarios import (
    BadScenario,
    Scenario,
    check_scenario,
    list_differences,
    parse_file,
    parse_scenario,
    rate_scenario,
    with_mode,
)
from tests.billing.daywalk import walk_month

HERE = Path(__file__).parent
GOLDEN = parse_file((HERE / "golden.json").read_text(encoding="utf-8"))
OWN = parse_file((HERE / "own_scenarios.json").read_text(encoding="utf-8"))
NAMES = [scenario.id for scenario in GOLDEN]


def cents_in(printed: object, name: str = "") -> Iterator[int]:
    """Every amount of a printed form, whatever it is the amount of."""
    if isinstance(printed, dict):
        for key, value in printed.items():
            yield from cents_in(value, key)
    elif isinstance(printed, list):
        for value in printed:
            yield from cents_in(value, name)
    elif isinstance(printed, int) and (name.endswith("cents") or name in ("debit", "credit")):
        yield printed


@pytest.mark.parametrize("scenario", GOLDEN, ids=NAMES)
def test_every_scenario_comes_out_as_expected(scenario: Scenario) -> None:
    assert scenario.expected is not None
    assert check_scenario(scenario, rate_scenario) == []


@pytest.mark.parametrize("scenario", GOLDEN, ids=NAMES)
def test_no_known_wrong_answer_appears(scenario: Scenario) -> None:
    came = {cents for mode in (scenario, with_mode(scenario, "daily")) for cents in cents_in(rate_scenario(mode))}
    assert came.isdisjoint(scenario.known_wrong_answers.values())


@pytest.mark.parametrize("scenario", OWN, ids=[scenario.id for scenario in OWN])
def test_our_own_scenarios_come_out_as_expected(scenario: Scenario) -> None:
    assert scenario.expected is not None
    assert check_scenario(scenario, rate_scenario) == []


@pytest.mark.parametrize("scenario", GOLDEN + OWN, ids=[scenario.id for scenario in GOLDEN + OWN])
def test_the_day_walk_reads_the_same_in_every_scenario(scenario: Scenario) -> None:
    """What a file expects of the people of a month is what the day walk finds, in both modes."""
    if scenario.id == "G22":
        pytest.skip("a hundred thousand people, one by one")
    for written, expected in (
        (scenario, scenario.expected),
        (with_mode(scenario, "daily"), scenario.expected_if_daily),
    ):
        for close in expected["closes"] if expected else ():
            if not close.get("replay"):
                assert lines_of(close) == walked_lines(written, Month.parse(close["period"]), close["closed_at"])


def lines_of(close: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    lines = close["invoice"]["lines"] if close["invoice"] else []
    return {
        line["service"]: (line["quantity"], line["employee_days"], line["amount_cents"])
        for line in lines
        if line["kind"] == "employees"
    }


def walked_lines(scenario: Scenario, month: Month, closed_at: str) -> dict[str, tuple[int, int, int]]:
    cutoff = datetime.fromisoformat(closed_at)
    return walk_month(scenario.facts, month, cutoff, terms_of(scenario.facts, month, cutoff)).lines


def test_the_file_is_the_whole_of_it() -> None:
    assert len(GOLDEN) == 25
    assert sum(scenario.expected_if_daily is not None for scenario in GOLDEN) >= 4


def test_a_repeated_close_gives_the_stored_invoice() -> None:
    scenario = next(each for each in GOLDEN if each.id == "G40")
    first, second = rate_scenario(scenario)["closes"]
    assert second["invoice"] == first["invoice"]
    assert second["replay"] is True
    assert second["credit_notes"] == []


def raw(name: str) -> dict[str, Any]:
    scenarios = json.loads((HERE / "golden.json").read_text(encoding="utf-8"))["scenarios"]
    found: dict[str, Any] = next(each for each in scenarios if each["id"] == name)
    return found


@pytest.mark.parametrize("name", ["G07", "G08", "G10", "G12", "G14", "G40"])
def test_the_order_of_the_file_means_nothing(name: str) -> None:
    written = raw(name)
    backwards = {**written, "events": written["events"][::-1]}
    assert rate_scenario(parse_scenario(backwards)) == rate_scenario(parse_scenario(written))


def test_differences_are_told_by_name() -> None:
    expected = {"closes": [{"invoice": {"total_cents": 28}, "credit_notes": [1]}], "billed": {}}
    came = {"closes": [{"invoice": {"total_cents": 29}, "credit_notes": []}], "variance": None}
    assert list_differences(expected, came) == [
        "closes[0].invoice.total_cents: 28 expected, 29 came",
        "closes[0].credit_notes[0]: 1 expected, nothing came",
        "billed: {} expected, nothing came",
        "variance: nothing expected, null came",
    ]
    assert list_differences({"a": True}, {"a": 1}) == ["a: true expected, 1 came"]
    assert list_differences(expected, expected) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"scenarios": [{}]}', '{"scenarios": 3}'])
def test_what_is_no_scenario_file_is_told(text: str) -> None:
    with pytest.raises(BadScenario):
        parse_file(text)

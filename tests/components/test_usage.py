"""The parts of the usage page, built of a made-up report: what is said, hidden, drawn and taken away."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from dash._utils import to_json
from openpyxl import load_workbook

from components.usage import UsageView, build_usage_page
from components.usage_place import UsagePlace, period_of
from components.usage_plots import SERIES, Line, Measure, escape, plot_dots, plot_lines
from components.usage_plots import Figure as Plot
from components.usage_sheets import list_sheets
from components.usage_story import build_notes, build_story
from components.usage_words import (
    LONGEST_TITLE,
    judge_change,
    say_change,
    say_days,
    say_duration,
    say_value,
    say_window,
    title_file,
)
from data.access.usage import MeasuredService
from data.billing.documents import EXCEL_QUEBEC, MACHINE, format_file_name, write_csv, write_xlsx
from data.config import ROOT
from data.i18n import Translator, translator
from data.usage.definitions import name_figure
from data.usage.privacy import Amount
from data.usage.report import Finding, FindingKind, Note, NoteKind, UsageReport, Value
from data.usage.windows import Kind, find_period, make_window, parse_window
from tests.usage_reports import DELIVERY, DINING, SERVICES, TODAY, absent, exactly, figure, fives, make_report

FR, EN = translator("fr"), translator("en")
EVERYWHERE = UsagePlace(None, None)
NBSP = "\u00a0"


def build(t: Translator = FR, **changes: Any) -> str:
    choices = [MeasuredService(service.id, service.name, None) for service in SERVICES]
    view = UsageView(EVERYWHERE, choices, make_report(**changes))
    return json.dumps(serialise(build_usage_page(t, view)), ensure_ascii=False, separators=(",", ":"))


def serialise(component: Any) -> Any:
    """As Dash sends it."""
    return json.loads(to_json(component) or "null")


def read(component: Any) -> str:
    """All that is said in a tree."""

    def walk(node: Any) -> str:
        if isinstance(node, dict):
            return walk(node.get("props", {}).get("children"))
        return " ".join(map(walk, node)) if isinstance(node, list) else "" if node is None else str(node)

    return re.sub(r"[ \n]+", " ", walk(serialise(component))).strip()


def list_plots(page: str) -> dict[str, Plot]:
    """The charts of a page, by name."""
    found: dict[str, Plot] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            identity = node.get("id")
            if isinstance(identity, dict) and identity.get("type") == "usage-figure":
                found[identity["name"]] = node["data"]["figure"]
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                walk(each)

    walk(json.loads(page))
    return found


# What is said


def test_marks_of_the_same_share_are_all_seen() -> None:
    """The later are drawn over the earlier, and are smaller."""
    plot = plot_dots(EN, ["Kitchen"], [Measure(str(at), [0.85], ["85%"]) for at in range(3)])
    sizes = [trace["marker"]["size"] for trace in plot["data"]]
    assert sizes == sorted(set(sizes), reverse=True)


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        ("dates", "2026-10-27-au-2026-11-23"),
        ("month", "2026-11"),
        ("quarter", "2026-T4"),
        ("year", "2026"),
        ("day", "2026-11-23"),
    ],
)
def test_files_are_named_whole_whatever_the_sheet_and_the_service(kind: Kind, when: str) -> None:
    last_weeks = make_window("dates", date(2026, 10, 27), TODAY)
    window = last_weeks if kind == "dates" else find_period(kind, TODAY)
    for sheet in list_sheets(FR, make_report()).values():
        for service in (
            None,
            "Plateau – cuisine",
            "Centre de distribution de la Rive-Sud, équipe de nuit, quais 4 à 9",
        ):
            title = title_file(FR, sheet.title, service, window)
            name = format_file_name(title, "csv", longest=LONGEST_TITLE)
            assert name.endswith(f"-{when}.csv")
            assert name.startswith(sheet.title.split()[0])
            assert (service or "Tous mes services").split()[0] in name
    assert title.count("Centre de distribution de la Rive-Sud") == 1


@pytest.mark.parametrize(
    ("value", "unit", "french", "english"),
    [
        (exactly(1284), "messages", f"1{NBSP}284", "1,284"),
        (fives(61), "people", f"≈{NBSP}62", f"≈{NBSP}62"),
        (fives(0), "people", "moins de 5", "fewer than 5"),
        (fives(4), "people", "moins de 5", "fewer than 5"),
        (exactly(0.74), "rate", f"74{NBSP}%", "74%"),
        (exactly(437), "seconds", f"7{NBSP}min", "7 min"),
        (exactly(34.2), "cents", f"0,34{NBSP}$", "$0.34"),
        (absent("few_people"), "people", "–", "–"),
        (Value(Amount(0, 0, 0)), "people", "0", "0"),
        (Value(Amount(0, 0, 24)), "people", "moins de 25", "fewer than 25"),
    ],
)
def test_r29_a_figure_is_said_as_it_may_be(value: Value, unit: Any, french: str, english: str) -> None:
    assert (say_value(FR, value, unit), say_value(EN, value, unit)) == (french, english)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h"), (4860, "1 h 21"), (90_000, "1 d 1 h")],
)
def test_durations_are_said_with_two_units_at_most(seconds: float, said: str) -> None:
    assert say_duration(EN, seconds) == said


def test_a_change_is_said_with_its_sign_and_judged_by_what_is_better() -> None:
    report = make_report()
    said = {key: (say_change(FR, each), judge_change(each)) for key, each in report.figures.items()}
    assert said["equipment_rate"] == ("+6 points", "good")
    assert said["reading_24h"] == ("−3 points", "bad")
    assert said["messages"] == (f"+18{NBSP}%", "good")
    assert said["first_read"] == (f"−1{NBSP}min", "good")
    assert said["employees"] == ("+1", "")
    assert said["private_conversations_started"] == ("stable", "")
    assert said["first_reply"] == ("", "")


def test_r29_what_is_hidden_never_shows_by_its_change() -> None:
    hidden = figure("active_7", "people", absent("few_people"), fives(52))
    assert say_change(FR, hidden) == ""
    few = figure("active_7", "people", fives(1), fives(4))
    assert say_change(FR, few) == "stable"


def test_r29_no_share_stands_beside_fewer_than_five() -> None:
    report = make_report()
    few = replace(report.funnel[4], people=fives(2, 22), share=0.09)
    funnel = (*report.funnel[:4], few, report.funnel[5])
    drawn = list_plots(build(funnel=funnel))["funnel"]
    assert "  moins de 5" in drawn["data"][-1]["text"]
    steps = read_csv(replace(report, funnel=funnel), "funnel")
    assert steps[5][:3] == [steps[5][0], "moins de 5", ""]


def test_a_change_too_small_to_be_told_is_neither_good_nor_bad() -> None:
    small = figure("equipment_rate", "rate", exactly(0.741), exactly(0.74))
    assert (say_change(EN, small), judge_change(small)) == ("stable", "")


def test_periods_are_said_in_both_languages() -> None:
    day = date(2026, 11, 3)
    kinds: tuple[Kind, ...] = ("day", "week", "month", "quarter", "year")
    french = [say_window(FR, find_period(kind, day)) for kind in kinds]
    assert french == [
        "mardi 3 novembre 2026",
        "du 2 au 8 novembre 2026",
        "novembre 2026",
        "4e trimestre 2026",
        "2026",
    ]
    assert say_window(EN, find_period("week", day)) == "from November 2 to November 8, 2026"
    assert say_days(FR, date(2025, 12, 30), date(2026, 1, 2)) == "du 30 décembre 2025 au 2 janvier 2026"
    assert say_days(FR, date(2026, 11, 1), date(2026, 12, 1)) == "du 1er novembre au 1er décembre 2026"


@pytest.mark.parametrize("kind", list(get_args(FindingKind)))
def test_each_finding_has_its_sentence(kind: FindingKind) -> None:
    finding = Finding(kind, "reading_24h", 0.06, 0.18, DELIVERY, 9, 13)
    report = make_report(findings=(finding,))
    said = [read(build_story(t, EVERYWHERE, report)) for t in (FR, EN)]
    assert all(len(words) > 20 for words in said)
    assert said[0] != said[1]
    assert "{" not in "".join(said)


@pytest.mark.parametrize("kind", list(get_args(NoteKind)))
def test_each_note_has_its_sentence(kind: NoteKind) -> None:
    report = make_report(notes=(Note(kind, (DELIVERY,), TODAY, 3, 2),))
    french, english = (read(build_notes(t, report)) for t in (FR, EN))
    assert french.count(".") >= 2
    assert french != english
    assert "{" not in french + english


# From a finding to an act


def test_a_silent_service_opens_its_conversation_and_those_without_the_application_their_list() -> None:
    page = build()
    assert '"/conversations#c13"' in page
    assert '"/directory?status=without_app"' in page


def test_who_may_not_see_names_gets_no_way_to_the_list() -> None:
    assert "without_app" not in build(sees_names=False).replace('"without_app"', "")


def test_an_empty_period_says_so_and_what_one_can_do() -> None:
    figures = make_report().figures | {"messages": figure("messages", "messages", exactly(0), exactly(3))}
    page = build(figures=figures, findings=(Finding("empty"),))
    assert "Personne n'a écrit" in page
    assert set(list_plots(page)) == {"funnel"}
    assert '"href":"/conversations"' in page


# What is drawn


def test_names_are_never_marks_in_a_chart() -> None:
    """Plotly reads a few of HTML's marks in every text."""
    plots = list_plots(build())
    drawn = json.dumps(plots["services"], ensure_ascii=False)
    assert escape(DINING.name) in drawn
    assert "<b>" not in json.dumps(plots, ensure_ascii=False).replace("<extra></extra>", "")


def test_every_colour_is_a_token_of_each_theme() -> None:
    tokens = (ROOT / "assets" / "tokens.css").read_text(encoding="utf-8")
    used = set(re.findall(r'"token:([\w-]+)"', json.dumps(list_plots(build()))))
    assert {colour.removeprefix("token:") for colour in SERIES[:3]} <= used
    for name in {*used, *(colour.removeprefix("token:") for colour in SERIES)}:
        assert len(re.findall(rf"--{name}: ", tokens)) == 3, name


def test_r29_a_point_that_may_not_be_shown_leaves_a_gap() -> None:
    report = make_report()
    hidden = replace(report.people[1], readers=absent("few_people"))
    people = (report.people[0], hidden, *report.people[2:])
    drawn = list_plots(build(people=people))["people"]
    assert drawn["data"][0]["y"] == [42, None, 52, 57]


def test_names_at_the_ends_of_lines_keep_apart() -> None:
    lines = [Line(name, [1, value], ["", ""], SERIES[0]) for name, value in (("a", 10), ("b", 10.2), ("c", 9.9))]
    labels = plot_lines(FR, lines, [(0, "x")])["layout"]["annotations"]
    heights = sorted(label["y"] for label in labels)
    assert all(high - low >= 1 for low, high in itertools.pairwise(heights))
    assert heights[-1] <= 10.2 * 1.08


def test_ticks_are_words_of_ours_in_each_language() -> None:
    french, english = (list_plots(build(t))["activity"]["layout"] for t in (FR, EN))
    assert french["xaxis"]["ticktext"][-1] == "23 nov."
    assert english["xaxis"]["ticktext"][-1] == "Nov 23"
    assert list_plots(build(EN))["heat"]["layout"]["xaxis"]["ticktext"][2] == f"12{NBSP}p.m."


def test_each_chart_has_its_table_its_sentence_and_its_file() -> None:
    page = build()
    for name, plot in list_plots(page).items():
        assert plot["data"], name
        assert f"sheet={name}" in page
        assert f'"id":{{"type":"usage-table","name":"{name}"}}' in page
    assert page.count("usage-said") >= len(list_plots(page))


# What is taken away


def read_csv(report: UsageReport, sheet: Any, profile: Any = EXCEL_QUEBEC) -> list[list[str]]:
    table = list_sheets(FR, report)[sheet]
    content = write_csv(table.columns, table.rows, profile).decode(profile.encoding)
    return list(csv.reader(io.StringIO(content), delimiter=profile.delimiter))


def test_r28_files_tell_what_the_screen_tells() -> None:
    figures = {row[0]: row[1:] for row in read_csv(make_report(), "figures")}
    assert figures[name_figure(FR, "active_7")][:4] == [f"≈{NBSP}62", "60", "64", f"≈{NBSP}52"]
    assert figures[name_figure(FR, "equipment_rate")][0] == "0,74"
    machine = {row[0]: row[1:] for row in read_csv(make_report(), "figures", MACHINE)}
    assert machine["active_1"][0] == "0-4"
    assert machine["first_reply"][2:4] == ["", "few_messages"]
    assert machine["messages"][0] == "1284"


def test_r29_files_hold_nothing_that_the_screen_hides() -> None:
    rows = {row[0]: row for row in read_csv(make_report(), "services")}
    assert rows["Livraison"][3] == f"moins de 5{NBSP}personnes un jour ou l'autre"
    _, *steps = read_csv(make_report(), "funnel")
    assert steps[3][1].startswith("personne n'a activé les avis")


def test_r28_every_chart_and_table_is_a_sheet_of_the_workbook() -> None:
    sheets = list_sheets(FR, make_report())
    assert list(sheets) == [
        *("figures", "activity", "kinds", "people", "heat", "services", "funnel", "silent", "conversations")
    ]
    book = load_workbook(io.BytesIO(write_xlsx(list(sheets.values()), TODAY)))
    assert len(book.sheetnames) == len(sheets)
    heat = book.worksheets[list(sheets).index("heat")]
    assert [heat.cell(1, 2).value, heat.cell(20, 2).value] == ["lun.", make_report().heat[0][18]]


def test_a_name_that_a_spreadsheet_would_compute_stays_a_name() -> None:
    report = make_report()
    evil = replace(report.conversations[0], name="=HYPERLINK(1)")
    rows = read_csv(replace(report, conversations=(evil,)), "conversations")
    assert rows[1][0] == "'=HYPERLINK(1)"


# Addresses


@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "year", "dates"])
def test_a_period_stands_in_the_address_as_it_is_read_from_there(kind: Kind) -> None:
    window = make_window("dates", date(2026, 2, 3), date(2026, 3, 1)) if kind == "dates" else find_period(kind, TODAY)
    given = {name: str(value) for name, value in period_of(window).items()}
    read_back = parse_window(
        given.get("period"),
        given.get("on"),
        given.get("from"),
        given.get("to"),
        first=date(2020, 1, 1),
        today=date(2027, 1, 1),
    )
    assert read_back == window


def test_an_approximate_rate_says_between_what_it_lies() -> None:
    page = build(EN)
    assert "between 60 and 64" in page
    assert Amount(0.82, 0.79, 0.84).is_exact is False
    assert "between 79% and 84%" in page

"""The page that brings staff from a file: what the file must hold, what importing it will do, what is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import button, error_place, icon, page, tag
from data.actions.staff_file import COLUMNS, REQUIRED, ROW_LIMIT, SIZE_LIMIT, StaffLine
from data.actions.staff_plan import Correction, PlannedFact, StaffPlan
from data.i18n import Translator

SHOWN = 5
PROBLEMS_SHOWN = 100


@dataclass(frozen=True)
class ChangeLine:
    who: str
    what: str


@dataclass(frozen=True)
class ChangeGroup:
    """One kind of change: how many in words, and each of them, or the first."""

    title: str
    count: int
    lines: list[ChangeLine]


@dataclass(frozen=True)
class ProblemRow:
    line: int
    column: str
    value: str
    reason: str


def list_changes(
    t: Translator, plan: StaffPlan, *, is_done: bool = False, limit: int | None = None
) -> list[ChangeGroup]:
    """What a plan does, or did, to whom; the kinds that do not occur left out. `limit`: of the lines of a kind."""
    places = _Places(t, plan)
    groups: list[tuple[str, list[Any], Callable[[Any], ChangeLine]]] = [
        ("created", plan.created, places.describe_new),
        ("hired", plan.list_facts("hired"), places.describe_return),
        ("moved", plan.list_facts("moved"), places.describe_move),
        ("ended", plan.list_facts("ended"), partial(_describe_end, t)),
        ("corrected", plan.corrected, partial(_describe_correction, t)),
        ("services", list(plan.new_services.items()), places.describe_service),
        ("departments", list(plan.new_departments.items()), places.describe_department),
    ]
    return [
        ChangeGroup(_title(t, kind, is_done)(len(found)), len(found), [describe(each) for each in found[:limit]])
        for kind, found, describe in groups
        if found
    ]


def _title(t: Translator, kind: str, is_done: bool) -> Callable[[int], str]:
    will = {
        "created": lambda n: t.plural("{n} person to create", "{n} people to create", n),
        "hired": lambda n: t.plural("{n} person to hire again", "{n} people to hire again", n),
        "moved": lambda n: t.plural("{n} person to move", "{n} people to move", n),
        "ended": lambda n: t.plural("{n} last day to note", "{n} last days to note", n),
        "corrected": lambda n: t.plural("{n} person to correct", "{n} people to correct", n),
        "services": lambda n: t.plural("{n} new service", "{n} new services", n),
        "departments": lambda n: t.plural("{n} new department", "{n} new departments", n),
    }
    did = will | {
        "created": lambda n: t.plural("{n} person created", "{n} people created", n),
        "hired": lambda n: t.plural("{n} person hired again", "{n} people hired again", n),
        "moved": lambda n: t.plural("{n} person moved", "{n} people moved", n),
        "ended": lambda n: t.plural("{n} last day noted", "{n} last days noted", n),
        "corrected": lambda n: t.plural("{n} person corrected", "{n} people corrected", n),
    }
    return (did if is_done else will)[kind]


class _Places:
    """Services and departments by name, whether they are there already or come with the file."""

    def __init__(self, t: Translator, plan: StaffPlan) -> None:
        self._t = t
        self._services = {code: place.name for code, place in plan.directory.services.items()} | plan.new_services
        self._by_id = {place.id: place.name for place in plan.directory.services.values()}

    def describe_new(self, line: StaffLine) -> ChangeLine:
        t, said = self._t, self._where(line, line.hired_on)
        if line.ended_on is not None:
            said = t("{place}, until {day}", place=said, day=t.day(line.ended_on))
        return ChangeLine(_who(line), said)

    def describe_return(self, fact: PlannedFact) -> ChangeLine:
        return ChangeLine(_who(fact.line), self._where(fact.line, fact.day))

    def describe_move(self, fact: PlannedFact) -> ChangeLine:
        before = self._by_id.get(fact.from_service_id or 0, "")
        return ChangeLine(_who(fact.line), f"{before} → {self._where(fact.line, fact.day)}")

    def describe_service(self, service: tuple[str, str]) -> ChangeLine:
        code, name = service
        return ChangeLine(name, code)

    def describe_department(self, department: tuple[tuple[str, str], str]) -> ChangeLine:
        (code, _), name = department
        return ChangeLine(name, self._services[code])

    def _where(self, line: StaffLine, since: date) -> str:
        t, service = self._t, self._services.get(line.service, line.service)
        place = f"{service} – {line.department}" if line.department else service
        return t("{place}, from {day}", place=place, day=t.day(since))


def _who(line: StaffLine) -> str:
    return f"{line.name} ({line.number})"


def _describe_end(t: Translator, fact: PlannedFact) -> ChangeLine:
    return ChangeLine(_who(fact.line), t("last day: {day}", day=t.day(fact.day)))


def _describe_correction(t: Translator, found: Correction) -> ChangeLine:
    person, line = found.person, found.line
    what = [f"→ {line.name}"] if person.name != line.name else []
    what += [t("e-mail")] if line.email not in (None, person.email) else []
    what += [t("date of birth")] if line.birth_on not in (None, person.birth_on) else []
    return ChangeLine(f"{person.name} ({line.number})", ", ".join(what))


# A file travels as a data URL: four characters for three bytes, and a few words before.
CHARACTERS = SIZE_LIMIT * 4 // 3 + 1000


def build_staff_import_page(
    t: Translator, *, organization_id: int | None, organization: str | None, example: str
) -> Component:
    """`organization` is named for the vendor's customer service, who looks after many; with its id. `example`: where
    the example file is."""
    return page(
        t("Import staff of {name}", name=organization) if organization else t("Import staff"),
        html.Section(
            [
                _build_upload(t),
                html.P(
                    [
                        t("CSV in UTF-8, {lines} lines and {megabytes} MB at most.", **_limits(t)),
                        " ",
                        html.A(t("Download an example"), href=example, download=""),
                    ],
                    className="meta",
                ),
                error_place(ids.IMPORT_ERROR),
            ],
            className="stack close-set",
        ),
        html.Div(
            [html.Div(className="skeleton") for _ in range(3)],
            id=ids.IMPORT_BUSY,
            className="skeleton-rows",
            hidden=True,
        ),
        html.Div(
            [html.Div(id=ids.IMPORT_PREVIEW, className="stack"), html.Div(id=ids.IMPORT_RESULT, className="stack")],
            **{"aria-live": "polite"},
        ),
        _build_columns(t),
        dcc.Store(id=ids.IMPORT_ORGANIZATION, data=organization_id),
        dcc.Store(id=ids.IMPORT_CONTENT),
        dcc.Store(
            id=ids.IMPORT_LIMIT,
            data={
                "characters": CHARACTERS,
                "text": t("This file is too large: {megabytes} MB at most.", megabytes=_limits(t)["megabytes"]),
            },
        ),
        lead=t(
            "One line for each employee. You see what will change before anything does; "
            "whoever is not in the file stays as they are."
        ),
    )


def _limits(t: Translator) -> dict[str, str]:
    return {"lines": t.number(ROW_LIMIT), "megabytes": t.number(SIZE_LIMIT // 1_000_000)}


def _build_upload(t: Translator) -> Component:
    """The label names the field of the file and opens it: with a mouse, by touch, by keyboard."""
    return html.Label(
        dcc.Upload(
            [
                html.Span([icon("import"), t("Choose a file")], className="button"),
                " ",
                html.Span(t("or drop it here")),
            ],
            id=ids.IMPORT_FILE,
            multiple=False,
            disable_click=True,
            className="upload",
            className_active="upload active",
            className_reject="upload active",
        ),
        className="upload-label",
    )


def build_refusal(text: str, filename: str) -> list[Component]:
    """What was given is no staff file at all."""
    return [_build_told("danger", "warning", [html.H2(text), html.P(filename, className="meta", dir="auto")])]


def build_problems(
    t: Translator, rows: Sequence[ProblemRow], count: int, filename: str, unused: Sequence[str]
) -> list[Component]:
    """The first of `count` problems."""
    title = t.plural("{n} thing to correct in the file", "{n} things to correct in the file", count)
    more = count - len(rows)
    return [
        _build_told(
            "danger",
            "warning",
            [
                html.H2(title),
                html.P(t("Nothing was imported from {file}. Correct it and choose it again.", file=filename)),
            ],
        ),
        _build_unused(t, unused),
        _build_problem_table(t, rows, title),
        html.P(t.plural("and {n} more", "and {n} more", more), className="meta")
        if more > 0
        else html.Span(hidden=True),
    ]


def _build_problem_table(t: Translator, rows: Sequence[ProblemRow], caption: str) -> Component:
    headings = (t("Line"), t("Column"), t("What is there"), t("Why"))
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="hidden-text"),
                html.Thead(
                    html.Tr([html.Th(heading, scope="col", role="columnheader") for heading in headings], role="row"),
                    role="rowgroup",
                ),
                html.Tbody([_build_problem(t, row) for row in rows], role="rowgroup"),
            ],
            className="plain-table problems-table",
            role="table",
        ),
        className="table-box",
    )


def _build_problem(t: Translator, row: ProblemRow) -> Component:
    return html.Tr(
        [
            html.Td([html.Span(t("Line") + " ", className="only-card"), str(row.line)], className="line", role="cell"),
            html.Td(html.Span(row.column or "–", dir="auto"), className="column", role="cell"),
            html.Td(html.Code(row.value, dir="auto") if row.value else "–", className="value", role="cell"),
            html.Td(row.reason, className="reason", role="cell"),
        ],
        role="row",
    )


def build_preview(t: Translator, plan: StaffPlan, filename: str, unused: Sequence[str]) -> list[Component]:
    """What importing will do, and the button that does it."""
    kept = t.plural("{n} person unchanged", "{n} people unchanged", plan.unchanged)
    if plan.changes_nothing:
        told = _build_told(
            "good", "check", [html.H2(t("Nothing to change: everything is already as in this file.")), html.P(kept)]
        )
        return [told, _build_unused(t, unused), html.Div(_build_forget(t("Choose another file")), className="acts")]
    return [
        html.Div(
            [
                html.H2([t("What will change"), html.Span(filename, className="meta", dir="auto")]),
                html.Div(
                    [_build_forget(t("Cancel")), button(t("Import"), ids.IMPORT_APPLY, kind="main", n_clicks=0)],
                    className="acts",
                ),
            ],
            className="page-head preview-head",
        ),
        _build_unused(t, unused),
        _build_groups(t, list_changes(t, plan, limit=SHOWN)),
        html.P(kept, className="meta"),
    ]


def build_result(t: Translator, plan: StaffPlan, *, has_directory: bool) -> list[Component]:
    """`has_directory`: the actor may see the people; the vendor's staff may not."""
    kept = t.plural("{n} person unchanged", "{n} people unchanged", plan.unchanged)
    groups = list_changes(t, plan, is_done=True, limit=SHOWN)
    return [
        _build_told("good", "check", [html.H2(t("The file is imported.")), html.P(kept)]),
        _build_groups(t, groups),
        html.Div(
            [
                html.A(t("See the staff"), href="/directory", className="button main") if has_directory else None,
                _build_forget(t("Import another file")),
            ],
            className="acts",
        ),
    ]


def _build_forget(text: str) -> Component:
    return button(text, ids.IMPORT_FORGET, n_clicks=0)


def _build_told(kind: str, symbol: str, content: list[Component]) -> Component:
    return html.Div([icon(symbol), html.Div(content)], className=f"told {kind}")


def _build_unused(t: Translator, unused: Sequence[str]) -> Component:
    if not unused:
        return html.Span(hidden=True)
    return html.P(
        t("These columns mean nothing here and are not used: {columns}.", columns=", ".join(unused)),
        className="notice-box",
    )


def _build_groups(t: Translator, groups: Sequence[ChangeGroup]) -> Component:
    return html.Div([_build_group(t, group) for group in groups], className="change-groups")


def _build_group(t: Translator, group: ChangeGroup) -> Component:
    more = group.count - len(group.lines)
    return html.Section(
        [
            html.H3(group.title),
            html.Ul([_build_line(line) for line in group.lines], className="plain stack close-set"),
            html.P(t.plural("and {n} more", "and {n} more", more), className="meta") if more > 0 else None,
        ],
        className="card-box stack close-set",
    )


def _build_line(line: ChangeLine) -> Component:
    return html.Li([html.Div(line.who, dir="auto"), html.Div(line.what, className="meta", dir="auto")])


def _build_columns(t: Translator) -> Component:
    caption = t("What the file holds")
    headings = (t("Heading"), t("In English"), t("What it says"))
    said = _describe_columns(t)
    return html.Details(
        [
            html.Summary(caption),
            html.Div(
                [
                    html.P(
                        t(
                            "The first line holds these headings, in French or in English, in any order. "
                            "Cells are separated by commas or semicolons; days are written like 2026-11-23."
                        )
                    ),
                    html.Div(
                        html.Table(
                            [
                                html.Caption(caption, className="hidden-text"),
                                html.Thead(html.Tr([html.Th(heading, scope="col") for heading in headings])),
                                html.Tbody(
                                    [
                                        html.Tr(
                                            [
                                                html.Td(html.Code(french)),
                                                html.Td(html.Code(english)),
                                                html.Td(
                                                    [
                                                        tag(t("required")) if column in REQUIRED else None,
                                                        f" {said[column]}" if column in REQUIRED else said[column],
                                                    ]
                                                ),
                                            ]
                                        )
                                        for column, (french, english) in COLUMNS.items()
                                    ]
                                ),
                            ],
                            className="plain-table",
                        ),
                        className="table-box",
                        tabIndex="0",
                        role="region",
                        **{"aria-label": caption},
                    ),
                ]
            ),
        ],
        className="more-form",
    )


def _describe_columns(t: Translator) -> dict[str, str]:
    return {
        "number": t("The employee number: it recognizes the person from one file to the next."),
        "given_name": t("Given name."),
        "family_name": t("Family name."),
        "service": t("The code of the service where the person works."),
        "hired_on": t("First day at work."),
        "service_name": t("The name of the service, only to create one that is not there yet."),
        "department": t("The department in that service; created if it is not there yet."),
        "email": t("What the person may sign in with; many have none."),
        "birth_on": t("Date of birth."),
        "moved_on": t("First day in this service or department, for somebody who moves; today if not said."),
        "ended_on": t("Last day at work. Without it, employment goes on."),
    }

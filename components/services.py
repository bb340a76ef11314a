"""The services of an organization: the list, a new one, and the drawer in which one is shaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.asking import Question, build_ask_dialog
from components.controls import (
    Child,
    button,
    date_input,
    dialog,
    drawer,
    empty,
    error_place,
    field,
    page,
    tag,
    text_input,
)
from data.i18n import Translator
from data.queries.services import DepartmentRow, ServiceClosing, ServiceList, ServiceRow


def build_services_page(
    t: Translator, services: ServiceList, *, organization_id: int | None, organization: str | None
) -> Component:
    """`organization` is named for the vendor's customer service, who looks after many; with its id."""
    return page(
        t("Services of {name}", name=organization) if organization else t("Services"),
        html.Div(build_services(t, services), id=ids.SERVICES_LIST, className="stack"),
        _build_new_dialog(t),
        drawer(ids.SERVICE_DRAWER, ids.SERVICE_TITLE, html.Div(id=ids.SERVICE_BODY, className="stack")),
        build_ask_dialog(t, "service"),
        dcc.Store(id=ids.SERVICE_ID),
        dcc.Store(id=ids.SERVICES_ORGANIZATION, data=organization_id),
        acts=[button(t("New service"), ids.SERVICE_NEW, symbol="plus", kind="main", n_clicks=0)],
        lead=t("A service is a place of work: a store, a clinic, a kitchen. Its people write to each other."),
    )


def build_services(t: Translator, services: ServiceList) -> list[Component]:
    if not services.rows:
        return [empty("service", html.P(t("No service yet. Create the first one, then bring its people.")))]
    parts = [_build_table(t, services.open, services.today, caption=t("Services"))] if services.open else []
    if services.closed:
        parts += [html.H2(t("Closed")), _build_table(t, services.closed, services.today, caption=t("Closed services"))]
    return parts


def _build_table(t: Translator, rows: Sequence[ServiceRow], today: date, *, caption: str) -> Component:
    headings = (t("Service"), t("Departments"), t("People today"))
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="hidden-text"),
                html.Thead(
                    html.Tr([html.Th(heading, scope="col", role="columnheader") for heading in headings], role="row"),
                    role="rowgroup",
                ),
                html.Tbody([_build_row(t, row, today) for row in rows], role="rowgroup"),
            ],
            className="plain-table services-table",
            role="table",
        ),
        className="table-box",
    )


def _build_row(t: Translator, row: ServiceRow, today: date) -> Component:
    name = button(html.Span(row.name, dir="auto"), ids.service_button(row.id), kind="bare row-button")
    departments = ", ".join(department.name for department in row.departments if department.closed_on is None)
    who = html.Div([html.Div([name, _build_closing(t, row, today)], className="person-marks"), _build_code(row)])
    cells: list[tuple[Child, str]] = [
        (who, "who"),
        (html.Span(departments or "–"), "where"),
        (t.plural("{n} person", "{n} people", row.people), "people"),
    ]
    return html.Tr([html.Td(cell, className=kind, role="cell") for cell, kind in cells], role="row")


def _build_code(row: ServiceRow) -> Component:
    return html.Span(row.code, className="meta")


def _build_closing(t: Translator, row: ServiceRow, today: date) -> Component | None:
    if row.closed_on is None:
        return None
    day = t.day(row.closed_on)
    said = t("closed since {day}", day=day) if row.closed_on <= today else t("closes on {day}", day=day)
    return tag(said, "quiet")


def _build_new_dialog(t: Translator) -> Component:
    body = [
        field(t("Name"), text_input(ids.SERVICE_NAME, maxLength=80)),
        field(
            t("Code"),
            text_input(ids.SERVICE_CODE, maxLength=20),
            help=t("Short and lasting: it names the service in files. Letters, digits, . _ and - only."),
        ),
        error_place(ids.SERVICE_ERROR),
    ]
    foot = [
        button(t("Cancel"), ids.SERVICE_CANCEL, n_clicks=0),
        button(t("Save"), ids.SERVICE_SAVE, kind="main", n_clicks=0),
    ]
    return dialog(ids.SERVICE_DIALOG, t("New service"), body, foot)


def build_service(t: Translator, row: ServiceRow, today: date) -> list[Component]:
    """The drawer's body. A service that is closed, or about to be, can be renamed, and opened again."""
    parts: list[Component | None] = [_build_facts(t, row, today), _build_rename(t, row), _build_departments(t, row)]
    if row.closed_on is None:
        parts += [_build_new_department(t), _build_close(t, today)]
    else:
        parts.append(_build_reopen(t, row, today))
    return [part for part in parts if part is not None]


def _build_facts(t: Translator, row: ServiceRow, today: date) -> Component:
    people = t.plural("{n} person", "{n} people", row.people)
    facts: list[tuple[str, Child]] = [(t("Code"), row.code), (t("Today"), people)]
    if row.closed_on is not None:
        facts.append((t("State"), _build_closing(t, row, today)))
    return html.Dl([part for name, value in facts for part in (html.Dt(name), html.Dd(value))], className="facts")


def _build_rename(t: Translator, row: ServiceRow) -> Component:
    return html.Div(
        [
            html.Div(
                [
                    field(t("Name of the service"), text_input(ids.SERVICE_NEW_NAME, value=row.name, maxLength=80)),
                    button(t("Rename"), ids.SERVICE_RENAME, n_clicks=0),
                ],
                className="field-line",
            ),
            error_place(ids.SERVICE_RENAME_ERROR),
        ],
        className="stack close-set",
    )


def _build_departments(t: Translator, row: ServiceRow) -> Component:
    current = [department for department in row.departments if department.closed_on is None]
    closed = [department for department in row.departments if department.closed_on is not None]
    is_open = row.closed_on is None
    lines = html.Ul([_build_department(t, department) for department in current], className="plain stack close-set")
    return html.Section(
        [
            html.H2(t("Departments")),
            lines if current else html.P(t("None: everybody works in the service as a whole."), className="meta"),
            html.Ul(
                [_build_closed_department(t, department, may_reopen=is_open) for department in closed],
                className="plain stack close-set",
            )
            if closed
            else None,
            error_place(ids.DEPARTMENT_ERROR),
        ],
        className="stack close-set",
    )


def _build_department(t: Translator, department: DepartmentRow) -> Component:
    people = t.plural("{n} person", "{n} people", department.people)
    # A pattern's id cannot be told to a label: the label holds the field instead.
    name = html.Label(
        [
            html.Span(f"{department.name} · {people}", className="field-label"),
            dbc.Input(id=ids.department("name", department.id), value=department.name, maxLength=80),
        ]
    )
    return html.Li(
        [
            name,
            button(t("Rename"), ids.department("rename", department.id)),
            button(t("Close…"), ids.department("close", department.id)),
        ],
        className="field-line",
    )


def _build_closed_department(t: Translator, department: DepartmentRow, *, may_reopen: bool) -> Component:
    said = [t("Open again"), html.Span(f" – {department.name}", className="hidden-text")]
    return html.Li(
        [
            html.Span([department.name, " ", tag(t("closed"), "quiet")], className="grow", dir="auto"),
            button(said, ids.department("reopen", department.id)) if may_reopen else None,
        ],
        className="field-line",
    )


def _build_new_department(t: Translator) -> Component:
    return html.Div(
        [
            field(t("New department"), text_input(ids.DEPARTMENT_NAME, maxLength=80)),
            button(t("Add"), ids.DEPARTMENT_SAVE, n_clicks=0),
        ],
        className="field-line",
    )


def _build_close(t: Translator, today: date) -> Component:
    said = t("From that day its conversations are out of reach and nobody can work there. It can be opened again.")
    return html.Details(
        [
            html.Summary(t("Close the service")),
            html.Div(
                [
                    html.P(said, className="meta"),
                    field(t("First day without it"), date_input(ids.SERVICE_CLOSE_DATE, today.isoformat())),
                    error_place(ids.SERVICE_CLOSE_ERROR),
                    button(t("Close the service…"), ids.SERVICE_CLOSE, kind="danger", n_clicks=0),
                ]
            ),
        ],
        className="more-form",
    )


def _build_reopen(t: Translator, row: ServiceRow, today: date) -> Component:
    is_closed = row.closed_on is not None and row.closed_on <= today
    said = (
        t("Opened again, its conversations come back for those who work there or run it.")
        if is_closed
        else t("Until then nothing changes for its people; nobody new can come.")
    )
    act = t("Open the service again") if is_closed else t("Keep the service open")
    return html.Div(
        [
            html.P(said, className="meta"),
            html.Div(button(act, ids.SERVICE_REOPEN, n_clicks=0), className="acts"),
            error_place(ids.SERVICE_CLOSE_ERROR),
        ],
        className="stack close-set",
    )


def ask_close_service(t: Translator, row: ServiceRow, day: date, today: date, closing: ServiceClosing) -> Question:
    effects = [
        t.plural("{n} conversation is out of reach;", "{n} conversations are out of reach;", closing.conversations),
        t.plural("the right of {n} manager rests;", "the rights of {n} managers rest;", closing.managers),
        t("nobody can work there any more."),
    ]
    now = t("That is today: it takes effect at once.") if day <= today else t("Until then nothing changes.")
    again = t("The service can be opened again.")
    return Question(
        t("Close {name} on {day}?", name=row.name, day=t.day(day)),
        f"{now} {again}",
        t("Close the service"),
        [(t("From that day on:"), effects)],
    )


def ask_close_department(t: Translator, row: ServiceRow, department: DepartmentRow) -> Question:
    return Question(
        t("Close {name}?", name=f"{row.name} · {department.name}"),
        t("Nobody works in this department. It is no longer offered from today on; it can be opened again."),
        t("Close the department"),
    )

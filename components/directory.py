"""The directory: filters, a page of people, and the dialog of a new employee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.access_sheet import build_sheet_dialog, build_sheets_button, build_sheets_dialog
from components.controls import (
    Child,
    avatar,
    button,
    checked_field,
    date_input,
    dialog,
    empty,
    error_place,
    field,
    options,
    page,
    select,
    tag,
    text_input,
)
from components.person import OpenedPerson, build_person_drawer, describe_account, describe_app
from data.i18n import Translator
from data.queries.directory import PeoplePage, PersonRow, Place, Status
from data.queries.recipients import Choice


def build_directory_page(
    t: Translator,
    people: PeoplePage,
    services: Sequence[Choice],
    *,
    status: Status,
    service_id: int | None = None,
    may_administer: bool,
    opened: OpenedPerson | None = None,
    is_missing: bool = False,
) -> Component:
    """`opened`: whose drawer is open from the start; `is_missing`: the address asked for somebody whom one may not
    see, or who never was. `status` and `service_id`: what the list is narrowed to."""
    missing = html.P(t("This person is not in the directory, or is not open to you."), className="notice-box")
    hire = button(t("New employee"), ids.HIRE_OPEN, symbol="plus", kind="main", n_clicks=0)
    return page(
        t("Staff"),
        html.Div(missing, role="status") if is_missing else None,
        _build_filters(t, services, status, service_id, may_administer=may_administer),
        html.Div(
            build_sheets_button(t, people.count if status == "without_app" else 0),
            id=ids.SHEETS_PLACE,
            className="acts",
        ),
        html.Div(
            build_people(t, people, may_administer=may_administer, is_narrowed=_is_narrowed(status, service_id)),
            id=ids.DIRECTORY_TABLE,
        ),
        _build_pager(t, people),
        build_person_drawer(t, opened),
        build_sheet_dialog(t),
        build_sheets_dialog(t),
        *([_build_hire_dialog(t, people.today)] if may_administer else []),
        dcc.Store(id=ids.DIRECTORY_PAGE, data=0),
        dcc.Store(id=ids.DIRECTORY_VERSION),
        acts=[hire] if may_administer else [],
        lead=t("Everybody with an employee file.") if may_administer else t("The people of the services you run."),
    )


def _is_narrowed(status: Status, service_id: int | None) -> bool:
    return service_id is not None or status not in ("all", "current")


def _build_filters(
    t: Translator, services: Sequence[Choice], status: Status, service_id: int | None, *, may_administer: bool
) -> Component:
    search = text_input(
        ids.DIRECTORY_SEARCH, type="search", placeholder=t("Name or number"), debounce=250, maxLength=60, value=""
    )
    return html.Div(
        [
            field(t("Search"), search),
            field(t("Service"), _build_service_filter(t, services, service_id)),
            field(t("Status"), select(ids.DIRECTORY_STATUS, _list_statuses(t, may_administer=may_administer), status)),
        ],
        className="filters",
    )


def _build_service_filter(t: Translator, services: Sequence[Choice], service_id: int | None) -> Component:
    everywhere = t("All services")
    chosen = str(service_id) if service_id is not None else ""
    return select(ids.DIRECTORY_SERVICE, options(services, first=everywhere), chosen, placeholder=everywhere)


def _list_statuses(t: Translator, *, may_administer: bool) -> list[dict[str, str]]:
    """A manager's directory holds today's people only: the past and the future are not offered."""
    everybody: list[tuple[Status, str]] = [("all", t("Everybody"))]
    times: list[tuple[Status, str]] = [
        ("current", t("Working or to come")),
        ("today", t("Working today")),
        ("to_come", t("To come")),
        ("left", t("No longer working")),
    ]
    states: list[tuple[Status, str]] = [
        ("with_app", t("With the application")),
        ("without_app", t("Without the application")),
        ("cut_off", t("Access cut off")),
    ]
    offered = [*times, *states, *everybody] if may_administer else [*everybody, *states]
    return [{"value": value, "label": label} for value, label in offered]


def build_people(t: Translator, people: PeoplePage, *, may_administer: bool, is_narrowed: bool) -> Component:
    """The table, or what this place is for. `is_narrowed`: a filter or a search hides others."""
    if not people.rows:
        return _build_nobody(t, may_administer=may_administer, is_narrowed=is_narrowed)
    headings = (t("Name"), t("Number"), t("Service"), t("Since"), t("Application"), t("Account"))
    return html.Div(
        html.Table(
            [
                html.Caption(t("Staff"), className="hidden-text"),
                html.Thead(
                    html.Tr([html.Th(heading, scope="col", role="columnheader") for heading in headings], role="row"),
                    role="rowgroup",
                ),
                html.Tbody([_build_row(t, row) for row in people.rows], role="rowgroup"),
            ],
            className="plain-table people-table",
            role="table",
        ),
        className="table-box",
    )


def _build_row(t: Translator, row: PersonRow) -> Component:
    name = button(html.Span(row.name, dir="auto"), ids.person_button(row.id), kind="bare row-button")
    marks = [
        tag(t("manager")) if row.is_manager else None,
        tag(t("to come"), "quiet") if row.presence == "to_come" else None,
        tag(t("left"), "quiet") if row.presence == "left" else None,
    ]
    # On a narrow screen, where a row is a card, the number stands under the name.
    number = html.Span(row.number, className="meta only-card")
    who = html.Div([html.Div([name, *marks], className="person-marks"), number])
    # On a card, which has no headings, the application is named.
    app = html.Span([html.Span(t("Application:"), className="only-card"), " ", describe_app(t, row)])
    cells: list[tuple[Child | list[Component], str]] = [
        (html.Div([avatar(row.id, row.name), who], className="person-cell"), "who"),
        (row.number, "code"),
        (_build_places(t, row), "where"),
        (_build_span(t, row), "since"),
        (app, "app usual" if row.app == "uses" else "app"),
        (describe_account(t, row), "account usual" if row.account == "open" else "account"),
    ]
    return html.Tr([html.Td(cell, className=kind, role="cell") for cell, kind in cells], role="row")


def _build_places(t: Translator, row: PersonRow) -> list[Component] | Component:
    if not row.places:
        return html.Span("–", className="meta")
    several = len(row.places) > 1
    return [
        html.Div([describe_place(place), tag(t("main"), "quiet") if several and place.is_primary else None])
        for place in row.places
    ]


def describe_place(place: Place) -> Component:
    """The separator ends a line, where one ends between the two."""
    if not place.department:
        return html.Span(place.service)
    return html.Span([place.service, html.Span(f"\u00a0· {place.department}", className="meta")])


def _build_span(t: Translator, row: PersonRow) -> Component:
    """Since when, from when, until when. A card has no heading that says "since"."""
    first = t.day(row.starts_on) if row.starts_on else ""
    last = t.day(row.ends_on) if row.ends_on else ""
    if row.presence == "left":
        return html.Span(t("until {day}", day=last), className="meta")
    if row.presence == "to_come":
        return html.Span(t("from {day}", day=first), className="meta")
    if row.presence is None:
        return html.Span(className="meta")
    since = t("since {day}", day=first)
    return html.Span(
        [
            html.Span(first, className="only-table"),
            html.Span(since, className="only-card"),
            html.Span([html.Br(className="only-table"), " ", t("until {day}", day=last)]) if last else None,
        ],
        className="meta",
    )


def _build_nobody(t: Translator, *, may_administer: bool, is_narrowed: bool) -> Component:
    if is_narrowed:
        clear = button(t("Show everybody"), ids.DIRECTORY_CLEAR, n_clicks=0)
        return empty("search", html.P(t("Nobody matches. Check the spelling, or show everybody.")), clear)
    if may_administer:
        said = t("Nobody is here yet. Add a first employee above, or bring them all from a file.")
        return empty("people", html.P(said), dcc.Link(t("Import staff"), href="/import", className="button"))
    return empty("people", html.P(t("Nobody works in your services today.")))


def _build_pager(t: Translator, people: PeoplePage) -> Component:
    return html.Div(
        [
            html.Span(count_people(t, people), id=ids.DIRECTORY_COUNT, className="meta", role="status"),
            html.Div(
                [
                    button(t("Previous"), ids.DIRECTORY_PREVIOUS, n_clicks=0, disabled=not has_previous(people)),
                    button(t("Next"), ids.DIRECTORY_NEXT, n_clicks=0, disabled=not has_next(people)),
                ],
                className="acts",
            ),
        ],
        className="pager",
    )


def count_people(t: Translator, people: PeoplePage) -> str:
    total = t.plural("{n} person", "{n} people", people.count)
    if people.count <= len(people.rows):
        return total
    return t("{first} to {last} of {total}", first=t.number(people.first), last=t.number(people.last), total=total)


def has_previous(people: PeoplePage) -> bool:
    return people.number > 0


def has_next(people: PeoplePage) -> bool:
    return people.last < people.count


def _build_hire_dialog(t: Translator, today: date) -> Component:
    body = [
        html.Div(
            [
                checked_field(t("Given name"), text_input(ids.HIRE_GIVEN, maxLength=80)),
                checked_field(t("Family name"), text_input(ids.HIRE_FAMILY, maxLength=80)),
            ],
            className="form-row",
        ),
        html.Div(
            [
                checked_field(t("Employee number"), text_input(ids.HIRE_NUMBER, maxLength=30)),
                checked_field(t("E-mail (optional)"), text_input(ids.HIRE_EMAIL, type="email", maxLength=254)),
            ],
            className="form-row",
        ),
        html.Div(
            [
                checked_field(t("Service"), select(ids.HIRE_SERVICE, [], placeholder=t("Choose a service"))),
                field(t("Department"), select(ids.HIRE_DEPARTMENT, [], placeholder=t("None"))),
                checked_field(t("First day"), date_input(ids.HIRE_DATE, today.isoformat())),
            ],
            className="form-row",
        ),
        error_place(ids.HIRE_ERROR),
        dcc.Store(id=ids.HIRE_WRONG),
    ]
    foot = [
        button(t("Cancel"), ids.HIRE_CANCEL, n_clicks=0),
        button(t("Save"), ids.HIRE_SAVE, kind="main", n_clicks=0),
    ]
    return dialog(ids.HIRE_DIALOG, t("New employee"), body, foot)

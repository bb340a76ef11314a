"""The drawer of one person: the file for all who see it, and what an administrator may change in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.asking import build_ask_dialog
from components.controls import (
    Child,
    button,
    date_input,
    drawer,
    error_place,
    field,
    options,
    select,
    tag,
    text_input,
)
from data.i18n import Translator
from data.queries.directory import PersonFile, PersonRow, Place
from data.queries.recipients import Choice


@dataclass(frozen=True)
class OpenedPerson:
    """`services`: those where an administrator may let the person work or rule; None for whom may change nothing."""

    file: PersonFile
    services: Sequence[Choice] | None


def build_person_drawer(t: Translator, opened: OpenedPerson | None) -> Component:
    return html.Div(
        [
            drawer(
                ids.PERSON_DRAWER,
                ids.PERSON_NAME,
                html.Div(build_person(t, opened) if opened else None, id=ids.PERSON_BODY, className="stack"),
                title=opened.file.row.name if opened else "",
                is_open=opened is not None,
            ),
            build_ask_dialog(t, "person"),
            dcc.Store(id=ids.PERSON_ID, data=opened.file.row.id if opened else None),
        ]
    )


def build_person(t: Translator, opened: OpenedPerson) -> list[Component]:
    file = opened.file
    parts = [
        _build_facts(t, file),
        _build_link_part(t, file),
        html.P(dcc.Link(t("Why does this person not see the chat?"), href=f"/diagnosis?person={file.row.id}")),
        _build_places(t, file, may_change=opened.services is not None),
        _build_managed(t, file.manages),
        *(_build_forms(t, file, opened.services) if opened.services is not None else []),
    ]
    return [part for part in parts if part is not None]


def describe_app(t: Translator, row: PersonRow) -> Component:
    """What stands under the word "Application"."""
    if row.app == "uses":
        return html.Span(t("Used"))
    if row.app == "stopped":
        return tag(t("Not lately"), "warn")
    return tag(t("Never opened"), "warn")


def describe_account(t: Translator, row: PersonRow) -> Component:
    if row.account == "cut_off":
        return tag(t("Access cut off"), "off")
    if row.account == "unopened":
        return tag(t("No password yet"), "quiet")
    return html.Span(t("Active"))


def _build_facts(t: Translator, file: PersonFile) -> Component:
    row = file.row
    facts: list[tuple[str, Child]] = [(t("Employee number"), row.number)]
    if file.email:
        facts.append((t("E-mail"), html.Span(file.email, style={"overflowWrap": "anywhere"})))
    facts += [(t("Application"), describe_app(t, row)), (t("Account"), describe_account(t, row))]
    if file.sessions is not None:
        devices = t.plural("on {n} device", "on {n} devices", file.sessions) if file.sessions else t("nowhere")
        facts.append((t("Signed in"), devices))
    return html.Dl([part for name, value in facts for part in (html.Dt(name), html.Dd(value))], className="facts")


def _build_link_part(t: Translator, file: PersonFile) -> Component | None:
    """The way in for whom has none yet, or forgot the password."""
    if file.is_self:
        return html.P([t("This is you."), " ", dcc.Link(t("Change my password"), href="/account")], className="meta")
    if file.row.account == "cut_off" or file.row.presence == "left":
        return None
    is_new = file.row.account == "unopened"
    said = (
        t("Has no password yet. An access sheet opens the account, with a link and a QR code.")
        if is_new
        else t("Forgot the password? An access sheet lets them choose a new one.")
    )
    return html.Div(
        [
            html.P(said, className="notice-box good" if is_new else "meta"),
            button(t("Access sheet"), ids.LINK_ISSUE, symbol="key", kind="main" if is_new else "", n_clicks=0),
            error_place(ids.person_error("link")),
        ],
        className="stack close-set link-part",
    )


def _build_places(t: Translator, file: PersonFile, *, may_change: bool) -> Component | None:
    """Today's work, then what is to come, then what was, the latest first."""
    coming = [place for place in file.places if place.when == "to_come"]
    parts = [
        _build_period(t, t("Works in"), [place for place in file.places if place.when == "present"]),
        _build_period(t, t("Will work in"), coming, may_cancel=may_change),
        error_place(ids.person_error("places")) if coming and may_change else None,
        _build_period(t, t("Worked in"), [place for place in reversed(file.places) if place.when == "left"]),
    ]
    return html.Div([part for part in parts if part is not None], className="stack") if file.places else None


def _build_period(t: Translator, name: str, places: Sequence[Place], *, may_cancel: bool = False) -> Component | None:
    if not places:
        return None
    lines = [_build_place(t, place, _build_giving_up(t, place) if may_cancel else None) for place in places]
    return html.Section([html.H2(name), html.Ul(lines, className="plain place-list")], className="stack close-set")


def _build_giving_up(t: Translator, place: Place) -> Component:
    said = [t("Cancel this work"), html.Span(f" – {place.service}", className="hidden-text")]
    return button(said, ids.place_cancel(place.service_id), n_clicks=0)


def _build_place(t: Translator, place: Place, act: Component | None = None) -> Component:
    return html.Li(
        [
            html.Div(
                [
                    f"{place.service} · {place.department}" if place.department else place.service,
                    " ",
                    tag(t("main"), "quiet") if place.is_primary else None,
                ]
            ),
            html.Div(describe_days(t, place), className="meta"),
            act,
        ]
    )


def describe_days(t: Translator, place: Place) -> str:
    """What is due later is said as such: "from 1 December"."""
    starts = t.day(place.starts_on)
    if place.ends_on is not None:
        return t("from {day} to {last}", day=starts, last=t.day(place.ends_on))
    return t("from {day}", day=starts) if place.when == "to_come" else t("since {day}", day=starts)


def _build_managed(t: Translator, managed: Sequence[Choice]) -> Component | None:
    if not managed:
        return None
    lines = [html.Li(choice.name) for choice in managed]
    return html.Section([html.H2(t("Manager of")), html.Ul(lines, className="plain")], className="stack close-set")


def _build_forms(t: Translator, file: PersonFile, services: Sequence[Choice]) -> list[Component | None]:
    works = [place for place in file.places if place.when != "left"]
    present = [place for place in works if place.when == "present"]
    several = len({place.service_id for place in works}) > 1
    leaves = file.row.ends_on is not None and file.row.ends_on >= file.today
    return [
        html.H2(t("Edit the file")),
        _build_correction(t, file),
        _build_assign(t, file, services, works),
        _build_move(t, file, services, works) if works else None,
        _build_end_service(t, file, present) if present and several else None,
        (_build_departure(t, file) if leaves else _build_end(t, file)) if works else None,
        _build_rights(t, file, services),
        _build_access(t, file),
    ]


def _build_form(title: str, *content: Child) -> Component:
    return html.Details([html.Summary(title), html.Div(list(content))], className="more-form")


def _build_correction(t: Translator, file: PersonFile) -> Component | None:
    if file.details is None:
        return None
    about = file.details
    birth = about.birth_on.isoformat() if about.birth_on else ""
    return _build_form(
        t("Correct the file"),
        html.Div(
            [
                field(t("Given name"), text_input(ids.CORRECT_GIVEN, value=about.given_name, maxLength=80)),
                field(t("Family name"), text_input(ids.CORRECT_FAMILY, value=about.family_name, maxLength=80)),
            ],
            className="form-row",
        ),
        html.Div(
            [
                field(t("Employee number"), text_input(ids.CORRECT_NUMBER, value=file.row.number, maxLength=30)),
                field(t("Date of birth"), date_input(ids.CORRECT_BIRTH, birth)),
            ],
            className="form-row",
        ),
        field(
            t("E-mail"),
            text_input(ids.CORRECT_EMAIL, type="email", value=file.email or "", maxLength=254),
            help=_describe_sign_in(t, file),
        ),
        error_place(ids.person_error("file")),
        button(t("Save"), ids.CORRECT_FILE, n_clicks=0),
    )


def _describe_sign_in(t: Translator, file: PersonFile) -> str:
    """What an address, and a number, are for."""
    with_number = t("The number, with the organization's code, signs in as well.")
    address = file.details.sign_in_email if file.details else None
    if file.email and address != file.email:
        return t("Does not sign in with this address: the account has another one, or the address another account.")
    with_address = t("The person signs in with this address: a new one replaces it.")
    return f"{with_address} {with_number}"


def _build_end_service(t: Translator, file: PersonFile, present: Sequence[Place]) -> Component:
    places = list({place.service_id: Choice(place.service_id, place.service) for place in present}.values())
    return _build_form(
        t("End the work in one service"),
        html.P(t("The others go on."), className="meta"),
        html.Div(
            [
                field(t("Service"), select(ids.END_SERVICE, options(places), str(places[0].id))),
                field(t("Last day there, included"), date_input(ids.END_SERVICE_DATE, file.today.isoformat())),
            ],
            className="form-row",
        ),
        error_place(ids.person_error("service-end")),
        button(t("End the work there…"), ids.END_SERVICE_SAVE, kind="danger", n_clicks=0),
    )


def _build_departure(t: Translator, file: PersonFile) -> Component:
    """For whom a last day is known: another one, or none."""
    day = file.row.ends_on or file.today
    return _build_form(
        t("Change or cancel the departure"),
        html.P(t("Last day: {day}.", day=t.day(day)), className="meta"),
        field(t("Last day, included"), date_input(ids.DEPARTURE_DATE, day.isoformat())),
        error_place(ids.person_error("end")),
        html.Div(
            [
                button(t("Change the last day…"), ids.DEPARTURE_SAVE, n_clicks=0),
                button(t("Cancel the departure…"), ids.DEPARTURE_CANCEL, n_clicks=0),
            ],
            className="acts",
        ),
    )


def _build_assign(t: Translator, file: PersonFile, services: Sequence[Choice], works: Sequence[Place]) -> Component:
    return _build_form(
        t("Add a service") if works else t("Hire again"),
        html.Div(
            [
                field(
                    t("Service"), select(ids.ASSIGN_SERVICE, options(services), "", placeholder=t("Choose a service"))
                ),
                field(t("Department"), select(ids.ASSIGN_DEPARTMENT, [], "", placeholder=t("None"))),
            ],
            className="form-row",
        ),
        field(t("First day"), date_input(ids.ASSIGN_DATE, file.today.isoformat())),
        dbc.Checkbox(
            id=ids.ASSIGN_PRIMARY,
            label=t("Main service"),
            value=not any(place.is_primary and place.ends_on is None for place in works),
        ),
        error_place(ids.person_error("assign")),
        button(t("Save"), ids.ASSIGN_SAVE, n_clicks=0),
    )


def _build_move(t: Translator, file: PersonFile, services: Sequence[Choice], works: Sequence[Place]) -> Component:
    sources = list({place.service_id: Choice(place.service_id, place.service) for place in works}.values())
    return _build_form(
        t("Move to another service or department"),
        field(t("From"), select(ids.MOVE_FROM, options(sources), str(sources[0].id))),
        html.Div(
            [
                field(t("To"), select(ids.MOVE_SERVICE, options(services), "", placeholder=t("Choose a service"))),
                field(t("Department"), select(ids.MOVE_DEPARTMENT, [], "", placeholder=t("None"))),
            ],
            className="form-row",
        ),
        field(t("First day there"), date_input(ids.MOVE_DATE, file.today.isoformat())),
        error_place(ids.person_error("move")),
        button(t("Save"), ids.MOVE_SAVE, n_clicks=0),
    )


def _build_end(t: Translator, file: PersonFile) -> Component:
    return _build_form(
        t("End employment"),
        html.P(t("Ends the work in all services. The chat closes at midnight after the last day."), className="meta"),
        field(t("Last day, included"), date_input(ids.END_DATE, file.today.isoformat())),
        error_place(ids.person_error("end")),
        button(t("End employment…"), ids.END_SAVE, kind="danger", n_clicks=0),
    )


def _build_rights(t: Translator, file: PersonFile, services: Sequence[Choice]) -> Component:
    choices = [{"label": choice.name, "value": choice.id} for choice in services]
    return _build_form(
        t("Rights on services"),
        html.Fieldset(
            [
                html.Legend(
                    t("A manager sees the people of these services and starts their public conversations."),
                    className="meta",
                ),
                dbc.Checklist(id=ids.RIGHTS_SERVICES, options=choices, value=[choice.id for choice in file.manages]),
            ]
        ),
        error_place(ids.person_error("rights")),
        button(t("Save"), ids.RIGHTS_SAVE, n_clicks=0),
    )


def _build_access(t: Translator, file: PersonFile) -> Component:
    if file.row.account == "cut_off":
        acts = [
            html.P(t("Cannot sign in. Employment and billing go on."), className="meta"),
            button(t("Give access back"), ids.GIVE_ACCESS_BACK, n_clicks=0),
        ]
    else:
        acts = [
            html.P(t("Signs them out everywhere; they can come back in with their password."), className="meta"),
            button(t("Sign out of all devices"), ids.END_SESSIONS, n_clicks=0),
            html.P(
                t("Cuts off at once: signed out everywhere, not let in again. Employment and billing go on."),
                className="meta",
            ),
            button(t("Cut access now…"), ids.CUT_ACCESS, kind="danger", n_clicks=0),
        ]
    return _build_form(t("Access"), *acts, error_place(ids.person_error("access")))

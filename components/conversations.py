"""The page of conversations: the places that the scripts fill, and the dialogs that begin a conversation."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import avatar, button, dialog, error_place, field, select, tag, text_input
from components.ids import PickerKind
from data.i18n import Translator
from data.queries.participants import Reach
from data.queries.recipients import Choice, RecipientPage, RecipientRow
from data.text import TEXT_LIMIT


def build_conversations_page(t: Translator, *, may_launch: bool) -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.Section(
                        [
                            html.H1(t("Conversation manager"), className="chat-title"),
                            _build_creation(t, may_launch=may_launch),
                            html.Div(**{"data-part": "list"}),
                        ],
                        **{"data-part": "column"},
                    ),
                    html.Section(className="panel", **{"data-part": "panel", "aria-label": t("Conversation")}),
                    html.Aside(hidden=True, **{"data-part": "people", "aria-label": t("Participants")}),
                ],
                id="chat",
                className="chat",
            ),
            _build_picker_dialog(t, "one"),
            _build_picker_dialog(t, "group"),
            _build_public_dialog(t) if may_launch else None,
            dcc.Store(id=ids.TO_OPEN),
            dcc.Store(id=ids.OPENED),
        ],
        style={"height": "100%"},
    )


def _build_creation(t: Translator, *, may_launch: bool) -> Component:
    """The two icons, and the button that does what Shift and an icon do."""
    hint = t(" (with Shift: public conversation)") if may_launch else ""
    return html.Div(
        [
            button(
                [], ids.create("one"), symbol="one", kind="square", label=t("Write to one person") + hint, n_clicks=0
            ),
            button(
                [],
                ids.create("group"),
                symbol="people",
                kind="square",
                label=t("Write to several people") + hint,
                n_clicks=0,
            ),
            button(t("Public conversation"), ids.CREATE_PUBLIC, symbol="public", kind="main", n_clicks=0)
            if may_launch
            else None,
        ],
        className="chat-create",
    )


def _build_picker_dialog(t: Translator, kind: PickerKind) -> Component:
    """Service → Département → Groupe → people, each narrowing the next."""
    name = None
    if kind == "group":
        name = field(t("Name"), text_input(ids.picker(kind, "name"), maxLength=80, autofocus=True))
    body = [
        name,
        html.Div(
            [
                field(t("Service"), select(ids.picker(kind, "service"), [])),
                field(t("Department"), select(ids.picker(kind, "department"), [])),
                field(t("Employee group"), select(ids.picker(kind, "group"), [])),
            ],
            className="filters",
        ),
        field(
            t("Recipients") if kind == "group" else t("Recipient"),
            text_input(
                ids.picker(kind, "search"), placeholder=t("Search a name"), maxLength=60, autofocus=kind == "one"
            ),
        ),
        html.Div(id=ids.picker(kind, "chosen"), className="chosen"),
        html.Div(_build_choice(kind), className="picker"),
        html.Div(id=ids.picker(kind, "summary"), className="meta", role="status"),
        error_place(ids.picker(kind, "error")),
        dcc.Store(id=ids.picker(kind, "chosen-ids"), data=[]),
    ]
    return dialog(
        ids.picker(kind, "dialog"),
        t("New conversation with one person") if kind == "one" else t("New conversation with several people"),
        body,
        [
            button(t("Cancel"), ids.picker(kind, "cancel"), n_clicks=0),
            button(t("Save"), ids.picker(kind, "save"), kind="main", n_clicks=0),
        ],
    )


def _build_choice(kind: PickerKind) -> Component:
    """Radio buttons for one, check boxes for several; both work by keyboard as they are."""
    if kind == "one":
        return dbc.RadioItems(id=ids.picker(kind, "people"), options=[], value=None)
    return dbc.Checklist(id=ids.picker(kind, "people"), options=[], value=[])


def build_person_options(t: Translator, page: RecipientPage) -> list[dict[str, object]]:
    return [{"label": _build_person(t, row), "value": row.id} for row in page.rows]


def _build_person(t: Translator, row: RecipientRow) -> Component:
    where = " · ".join(part for part in (t("manager") if row.is_manager else None, row.department) if part)
    return html.Span(
        [
            avatar(row.id, row.name),
            html.Span(
                [html.Span(row.name, dir="auto"), html.Br(), html.Span(where, className="meta")], className="grow"
            ),
            None if row.has_app else tag(describe_absence(t, is_signed_out=row.is_signed_out), "warn"),
        ],
        style={"display": "contents"},
    )


def describe_absence(t: Translator, *, is_signed_out: bool) -> str:
    """Why somebody will not see at once what is written to them."""
    return t("signed out") if is_signed_out else t("without the application")


def build_chosen(t: Translator, kind: PickerKind, people: Sequence[Choice]) -> list[Component]:
    return [
        button(
            [
                person.name,
                html.Span(t(" – remove"), className="hidden-text"),
                html.Span(" ×", **{"aria-hidden": "true"}),
            ],
            ids.chosen_chip(kind, person.id),
            n_clicks=0,
        )
        for person in people
    ]


def build_summary(t: Translator, page: RecipientPage, chosen: int) -> str:
    found = t.plural("{n} person found", "{n} people found", page.count)
    if page.count > len(page.rows):
        found += " " + t("(the first {n} are shown; search to narrow)", n=t.number(len(page.rows)))
    return found if not chosen else f"{found} · " + t.plural("{n} chosen", "{n} chosen", chosen)


def _build_public_dialog(t: Translator) -> Component:
    return dialog(
        ids.PUBLIC_DIALOG,
        t("New public conversation"),
        [
            field(t("Name"), text_input(ids.PUBLIC_NAME, maxLength=80, autofocus=True)),
            html.Fieldset(
                [
                    html.Legend(t("Service"), className="field-label"),
                    dbc.Checklist(id=ids.PUBLIC_SERVICES, options=[], value=[]),
                ],
            ),
            html.Div(
                [
                    field(
                        t("First message (optional)"),
                        dbc.Textarea(id=ids.PUBLIC_MESSAGE, maxLength=TEXT_LIMIT, rows=3, value=""),
                    ),
                    html.P(t("It is sent in each of these conversations."), className="meta"),
                ],
                id=ids.PUBLIC_FIRST,
                hidden=True,
            ),
            html.Div(id=ids.PUBLIC_REACH, className="notice-box good", role="status"),
            error_place(ids.PUBLIC_ERROR),
        ],
        [
            button(t("Cancel"), ids.PUBLIC_CANCEL, n_clicks=0),
            button(t("Save"), ids.PUBLIC_SAVE, kind="main", n_clicks=0),
        ],
    )


def build_reach(t: Translator, reaches: Sequence[Reach]) -> str:
    """« 25 personnes seront avisées. 9 n'ont pas l'application et ne verront rien. »"""
    if not reaches:
        return t("Choose at least one service.")
    reached, without = sum(r.reached for r in reaches), sum(r.without_app for r in reaches)
    told = t.plural("{n} person will be notified.", "{n} people will be notified.", reached)
    if len(reaches) > 1:
        told = t("{n} conversations will be made, one in each service.", n=len(reaches)) + f" {told}"
    if not without:
        return told
    return f"{told} " + t.plural(
        "{n} does not have the application and will see nothing.",
        "{n} do not have the application and will see nothing.",
        without,
    )

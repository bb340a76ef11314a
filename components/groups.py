"""A manager's own groups: the list, the dialog that makes or changes one, the question before one goes."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import avatar, button, dialog, empty, error_place, field, page, tag, text_input
from components.conversations import describe_absence
from data.i18n import Translator
from data.queries.groups import CandidatePage, CandidateRow, GroupRow
from data.queries.recipients import Choice


def build_groups_page(t: Translator, groups: Sequence[GroupRow]) -> Component:
    return page(
        t("My groups"),
        html.Div(build_groups(t, groups), id=ids.GROUPS_LIST),
        _build_dialog(t),
        _build_delete_dialog(t),
        acts=[button(t("New group"), ids.GROUP_NEW, symbol="plus", kind="main", n_clicks=0)],
        lead=t("A group filters the recipients when you write. Nobody else sees it."),
    )


def build_groups(t: Translator, groups: Sequence[GroupRow]) -> Component:
    if not groups:
        said = t("No group yet. Gather the people you often write to, like the closing team.")
        return empty("group", html.P(said))
    return html.Ul([_build_group(t, group) for group in groups], className="plain group-list")


def _build_group(t: Translator, group: GroupRow) -> Component:
    return html.Li(
        [
            html.H2(group.name, dir="auto"),
            html.P(t.plural("{n} person", "{n} people", group.count), className="meta"),
            html.P(describe_members(t, group), className="group-people"),
            html.Div(
                [
                    button(_name_act(t("Edit"), group), ids.group_button(group.id), symbol="edit"),
                    button(_name_act(t("Delete"), group), ids.group_delete(group.id), symbol="delete", kind="bare"),
                ],
                className="acts",
            ),
        ],
        className="card-box",
    )


def _name_act(word: str, group: GroupRow) -> list[str | Component]:
    """Read aloud, a button says which group it is about."""
    return [word, html.Span(f" {group.name}", className="hidden-text")]


def describe_members(t: Translator, group: GroupRow) -> str:
    if not group.people:
        return t("Nobody is in it at the moment.")
    names = ", ".join(person.name for person in group.people)
    others = group.count - len(group.people)
    return names if not others else t.plural("{names} and {n} other", "{names} and {n} others", others, names=names)


def _build_dialog(t: Translator) -> Component:
    body = [
        field(t("Name"), text_input(ids.GROUP_NAME, maxLength=80)),
        field(
            t("People"),
            text_input(ids.GROUP_SEARCH, type="search", placeholder=t("Search a name"), debounce=250, maxLength=60),
        ),
        html.Div(id=ids.GROUP_CHOSEN, className="chosen"),
        html.Div(dbc.Checklist(id=ids.GROUP_PEOPLE, options=[], value=[]), className="picker"),
        html.Div(id=ids.GROUP_SUMMARY, className="meta", role="status"),
        html.Div(id=ids.GROUP_GONE),
        error_place(ids.GROUP_ERROR),
        dcc.Store(id=ids.GROUP_CHOSEN_IDS, data=[]),
        dcc.Store(id=ids.GROUP_ID),
    ]
    foot = [
        button(t("Cancel"), ids.GROUP_CANCEL, n_clicks=0),
        button(t("Save"), ids.GROUP_SAVE, kind="main", n_clicks=0),
    ]
    return dialog(ids.GROUP_DIALOG, html.Span(t("Group"), id=ids.GROUP_TITLE), body, foot)


def build_candidates(t: Translator, page: CandidatePage) -> list[dict[str, object]]:
    return [{"label": _build_candidate(t, row), "value": row.id} for row in page.rows]


def _build_candidate(t: Translator, row: CandidateRow) -> Component:
    return html.Span(
        [
            avatar(row.id, row.name),
            html.Span(
                [html.Span(row.name, dir="auto"), html.Br(), html.Span(row.where, className="meta")], className="grow"
            ),
            None if row.has_app else tag(describe_absence(t, is_signed_out=row.is_signed_out), "warn"),
        ],
        style={"display": "contents"},
    )


def build_members(t: Translator, people: Sequence[Choice]) -> list[Component]:
    return [
        button(
            [
                person.name,
                html.Span(t(" – remove"), className="hidden-text"),
                html.Span(" ×", **{"aria-hidden": "true"}),
            ],
            ids.group_chip(person.id),
        )
        for person in people
    ]


def build_group_summary(t: Translator, page: CandidatePage, chosen: int) -> str:
    found = t.plural("{n} person found", "{n} people found", page.count)
    if page.count > len(page.rows):
        found += " " + t("(the first {n} are shown; search to narrow)", n=t.number(len(page.rows)))
    return f"{found} · " + t.plural("{n} chosen", "{n} chosen", chosen)


def build_gone(t: Translator, gone: int) -> Component | None:
    """People of the group who left, moved or were cut off: they go when it is saved."""
    if not gone:
        return None
    said = t.plural(
        "{n} person of this group is no longer in your services: saving removes them.",
        "{n} people of this group are no longer in your services: saving removes them.",
        gone,
    )
    return html.P(said, className="notice-box")


def _build_delete_dialog(t: Translator) -> Component:
    return dialog(
        ids.GROUP_DELETE_DIALOG,
        t("Delete this group?"),
        [html.P(id=ids.GROUP_DELETE_TEXT), dcc.Store(id=ids.GROUP_DELETE_ID)],
        [
            button(t("Keep"), ids.GROUP_KEEP, n_clicks=0),
            button(t("Delete"), ids.GROUP_DELETE, kind="danger", n_clicks=0),
        ],
    )

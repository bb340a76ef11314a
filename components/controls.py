"""The same thing looks the same: icons, buttons, fields, tags, avatars, tables, empty places, dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from data.i18n import Translator

Child: TypeAlias = Component | str | int | None
Children: TypeAlias = Sequence[Child] | Child

TONES = ("", "b", "c", "d")

# The value of the choice of none: Bootstrap shows an empty one as no choice at all.
NONE = "none"


def icon(name: str) -> Component:
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def button(
    text: Children,
    id: str | dict[str, Any] | None = None,
    *,
    symbol: str | None = None,
    kind: str = "",
    label: str | None = None,
    **properties: Any,
) -> Component:
    """`kind`: main, danger, bare, square. `label` names a button without words."""
    if id is not None:
        properties["id"] = id
    if label is not None:
        properties |= {"aria-label": label, "title": label}
    content = [icon(symbol) if symbol else None, *(text if isinstance(text, list | tuple) else [text])]
    return html.Button(
        [part for part in content if part is not None], type="button", className=f"button {kind}".strip(), **properties
    )


def field(label: str, control: Component, *, help: str = "") -> Component:
    """A labelled control; the label names it for everybody."""
    control_id = control.id
    return html.Div(
        [
            html.Label(label, htmlFor=control_id),
            control,
            html.Span(help, className="help") if help else None,
        ],
        className="field",
    )


def checked_field(label: str, control: Component) -> Component:
    """A labelled control with a place of its own for what is wrong in it."""
    return html.Div(
        [html.Label(label, htmlFor=control.id), control, error_place(field_error(control.id))], className="field"
    )


def field_error(control_id: str) -> str:
    return f"{control_id}-error"


def text_input(id: str, **properties: Any) -> Component:
    return dbc.Input(id=id, **({"type": "text", "autoComplete": "off", "maxLength": 200} | properties))


def date_input(id: str, value: str = "") -> Component:
    return dbc.Input(id=id, type="date", value=value)


def select(id: str, options: list[dict[str, Any]], value: Any = None, **properties: Any) -> Component:
    return dbc.Select(id=id, options=options, value=value, **properties)


def options(choices: Sequence[Any], *, first: str | None = None) -> list[dict[str, Any]]:
    """Options of a select from rows with `id` and `name`; `first` is the choice of none."""
    listed = [{"label": choice.name, "value": str(choice.id)} for choice in choices]
    return [{"label": first, "value": NONE}, *listed] if first is not None else listed


def error_place(id: str) -> Component:
    """Where a form says what to correct."""
    return html.Div(id=id, className="field-error", role="alert")


def tag(text: str, kind: str = "") -> Component:
    return html.Span(text, className=f"tag {kind}".strip())


def avatar(id: int, name: str) -> Component:
    words = name.split()
    initials = "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)) or "?"
    return html.Span(initials.upper(), className=f"avatar {TONES[id % 4]}".strip(), **{"aria-hidden": "true"})


def empty(symbol: str, *content: Child) -> Component:
    """What this place is for, and the first act."""
    return html.Div([icon(symbol), *content], className="empty")


def table(headings: Sequence[str], rows: Sequence[Sequence[Children]], *, caption: str) -> Component:
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="hidden-text"),
                html.Thead(html.Tr([html.Th(heading, scope="col") for heading in headings])),
                html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
            ],
            className="plain-table",
        ),
        className="table-box",
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


def card_table(
    caption: str, headings: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[Children]], *, kind: str = ""
) -> Component:
    """A table whose rows become cards on a narrow screen. A heading is its column's kind (`who` is the card's title,
    `wide` a line of its own, `number` a figure), its words, and what stands on a card, where there are no headings:
    after a figure, over a line."""
    head = [html.Th(words, scope="col", role="columnheader", className=name) for name, words, _ in headings]
    body = [
        html.Tr(
            [
                html.Td(cell, className=name, role="cell", **({"data-said": said} if said else {}))
                for cell, (name, _, said) in zip(row, headings, strict=True)
            ],
            role="row",
        )
        for row in rows
    ]
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="hidden-text"),
                html.Thead(html.Tr(head, role="row"), role="rowgroup"),
                html.Tbody(body, role="rowgroup"),
            ],
            className=f"plain-table card-table {kind}".strip(),
            role="table",
        ),
        className="table-box",
    )


def figures(found: Sequence[tuple[str, Child, Child]]) -> Component:
    """A strip of figures: what each counts, how many, and a word about it."""
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(count, className="count"), html.Dd(said)]) for name, count, said in found],
        className="figures",
    )


def page(title: str, *content: Child, acts: Sequence[Child] = (), lead: str = "") -> Component:
    """The frame of every page but the conversations: a title, what one can do, the rest."""
    return html.Div(
        [
            html.Div([html.H1(title), html.Div(list(acts), className="acts")], className="page-head"),
            html.P(lead, className="page-lead") if lead else None,
            *content,
        ],
        className="page",
    )


def dialog(id: str, title: Child, body: Sequence[Child], foot: Sequence[Child], **properties: Any) -> Component:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, tag="h2", id=f"{id}-title"), close_button=True),
            dbc.ModalBody(list(body)),
            dbc.ModalFooter(list(foot)),
        ],
        id=id,
        is_open=False,
        centered=True,
        scrollable=True,
        labelledby=f"{id}-title",
        **properties,
    )


def drawer(id: str, title_id: str, body: Component, *, title: str = "", is_open: bool = False) -> Component:
    """Beside the page, about one thing that the page lists; callbacks write its title and body."""
    return dbc.Offcanvas(
        body,
        id=id,
        title=html.Span(title, id=title_id, dir="auto"),
        labelledby=title_id,
        placement="end",
        is_open=is_open,
    )


def refusal(t: Translator, text: str) -> Component:
    """A page that is not for this person: what happened and where to go."""
    return html.Div(
        empty("info", html.H1(text), html.A(t("Back to the start"), href="/", className="button main")),
        className="page",
    )

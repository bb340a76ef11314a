"""A question before an act: what it comes to, the act by its name (in red where it takes something away), and a way not
to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import button, dialog, error_place
from components.ids import Asker
from data.i18n import Translator


@dataclass(frozen=True)
class Question:
    """`lists`: what follows, each under its words. `act`: what the button says that does it."""

    title: str
    text: str
    act: str
    lists: Sequence[tuple[str, Sequence[str]]] = ()


def build_ask_dialog(t: Translator, asker: Asker, *, takes_away: bool = True) -> Component:
    return dialog(
        ids.ask(asker, "ask"),
        html.Span(id=ids.ask(asker, "ask-words")),
        [
            html.Div(id=ids.ask(asker, "ask-body"), className="stack close-set"),
            error_place(ids.ask(asker, "ask-error")),
            dcc.Store(id=ids.ask(asker, "asked")),
        ],
        [
            button(t("Change nothing"), ids.ask(asker, "keep"), n_clicks=0),
            button("", ids.ask(asker, "confirm"), kind="danger" if takes_away else "main", n_clicks=0),
        ],
    )


def build_question(question: Question) -> list[Component]:
    parts: list[Component] = [html.P(question.text)]
    for words, lines in question.lists:
        if lines:
            parts += [html.P(words, className="field-label"), html.Ul([html.Li(line) for line in lines])]
    return parts

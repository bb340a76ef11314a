"""The dialog that gives up a planned switch, or annuls a mistaken activation."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import button, dialog, error_place
from components.option_switch import build_demand
from data.access.options import NamedRequester
from data.i18n import Translator
from data.queries.option_history import OptionEntry


def build_undo_dialog(t: Translator) -> Component:
    foot = [
        button(t("Keep it"), ids.OPTION_UNDO_KEEP, n_clicks=0),
        button(t("Confirm"), ids.OPTION_UNDO_SAVE, kind="danger", n_clicks=0),
    ]
    return html.Div(
        [
            dialog(
                ids.OPTION_UNDO_DIALOG,
                html.Span(id=ids.OPTION_UNDO_TITLE),
                [html.Div(id=ids.OPTION_UNDO_BODY, className="stack"), error_place(ids.OPTION_UNDO_ERROR)],
                foot,
            ),
            dcc.Store(id=ids.OPTION_UNDO_WHAT),
        ]
    )


def build_undo_form(
    t: Translator, said: str, way: str, entry: OptionEntry, requesters: Sequence[NamedRequester]
) -> list[Component]:
    """`said`: what it is about. The same ticket may serve."""
    is_annulment = way == "annul"
    consequence = (
        t("As if it had never been: nothing of it is billed. Possible within 24 hours, as long as nobody wrote.")
        if is_annulment
        else t("It will not take effect. The history keeps both.")
    )
    return [
        html.P(html.Strong(said, dir="auto")),
        html.P(consequence),
        build_demand(
            t,
            requesters,
            ids.OPTION_UNDO_TICKET,
            ids.OPTION_UNDO_REQUESTER,
            nobody=t("Nobody: a mistake of ours") if is_annulment else "",
        ),
        html.P(t("The same ticket may serve again: {ticket}.", ticket=entry.ticket), className="meta"),
    ]

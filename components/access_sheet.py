"""The access sheet: a one-time link as a page to hand over, with its QR code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.asking import Question, build_ask_dialog
from components.controls import button, dialog, icon
from data.i18n import Translator
from data.queries.directory import SignInWords

MOST = 100  # sheets at once


@dataclass(frozen=True)
class AccessSheet:
    """`link` opens the person's account: shown once, kept nowhere."""

    words: SignInWords
    link: str
    expires_at: datetime
    timezone: str


def build_sheet_dialog(t: Translator) -> Component:
    return dialog(
        ids.LINK_DIALOG,
        t("Access sheet"),
        [html.Div(id=ids.LINK_BODY, tabIndex="0"), dcc.Store(id=ids.LINK_COPIED), dcc.Store(id=ids.LINK_PRINTED)],
        [
            button(t("Copy the link"), ids.LINK_COPY, n_clicks=0),
            button(t("Print"), ids.LINK_PRINT, symbol="print", kind="main", n_clicks=0),
            button(t("Close"), ids.LINK_CLOSE, n_clicks=0),
        ],
    )


def build_sheet(t: Translator, sheet: AccessSheet, *, is_alone: bool = True) -> Component:
    """`is_alone`: not one of many, so that its link can be copied."""
    words = sheet.words
    link = {"id": ids.LINK_TEXT} if is_alone else {}
    once = t("Copy or print it now: it will not be shown again. A new one replaces it.")
    return html.Div(
        [
            html.P([icon("chat"), t("Messagerie Chat")], className="sheet-product"),
            html.H3(words.name, dir="auto", className="sheet-name"),
            html.P(words.organization, className="sheet-organization"),
            html.Img(src=_draw_code(sheet.link), alt=t("QR code of the link below"), width=220, height=220),
            html.P(sheet.link, className="sheet-link", **link),
            _build_steps(t, sheet),
            html.P(
                t("Works once, until {moment}", moment=t.moment(sheet.expires_at, sheet.timezone)), className="meta"
            ),
            html.P(once, className="notice-box no-print") if is_alone else None,
        ],
        className="sheet",
    )


def _build_steps(t: Translator, sheet: AccessSheet) -> Component:
    home = sheet.link.rpartition("/access/")[0]
    address = home if sheet.words.number is None else f"{home}/m"
    way = _describe_way(t, sheet.words)
    again = t("The next times, go to {address} and sign in with {way}.", address=address, way=way)
    return html.Ol(
        [
            html.Li(t("Scan the code with your phone, or enter the address in its browser.")),
            html.Li(t("Choose your password. Nobody else will know it.")),
            html.Li(again),
        ]
    )


def build_sheets_dialog(t: Translator) -> Component:
    return html.Div(
        [
            build_ask_dialog(t, "sheets", takes_away=False),
            dialog(
                ids.SHEETS_DIALOG,
                t("Access sheets"),
                [html.Div(id=ids.SHEETS_BODY, tabIndex="0"), dcc.Store(id=ids.SHEETS_PRINTED)],
                [
                    button(t("Print"), ids.SHEETS_PRINT, symbol="print", kind="main", n_clicks=0),
                    button(t("Close"), ids.SHEETS_CLOSE, n_clicks=0),
                ],
            ),
        ]
    )


def build_sheets_button(t: Translator, count: int) -> Component | None:
    """For the people whom the filter shows; none where it shows none."""
    if not count:
        return None
    said = t("Print the access sheets ({n})", n=t.number(min(count, MOST)))
    return button(said, ids.SHEETS_OPEN, symbol="print", n_clicks=0)


def ask_sheets(t: Translator, count: int, *, replaced: int, left_out: int, beyond: int) -> Question:
    """`replaced`: links that stop working; `left_out`: people who may not be given one; `beyond`: those after the
    first hundred."""
    effects = [
        t.plural("{n} link given before stops working.", "{n} links given before stop working.", replaced)
        if replaced
        else t("No link given before stops working."),
        t("Each new link is shown once, and works once, for seven days."),
    ]
    if left_out:
        effects.append(
            t.plural(
                "{n} person is left out: access cut off, or rights beyond yours.",
                "{n} people are left out: access cut off, or rights beyond yours.",
                left_out,
            )
        )
    if beyond:
        effects.append(
            t.plural("{n} more person waits for the next time.", "{n} more people wait for the next time.", beyond)
        )
    return Question(
        t.plural("Make {n} access sheet?", "Make {n} access sheets?", count),
        t("One page each, to print and hand over."),
        t("Make the sheets"),
        [(t("What happens:"), effects)],
    )


def build_sheets(t: Translator, sheets: Sequence[AccessSheet]) -> list[Component]:
    said = t("Print them now: these links will not be shown again.")
    return [
        html.P(said, className="notice-box no-print"),
        *(build_sheet(t, sheet, is_alone=False) for sheet in sheets),
    ]


def _describe_way(t: Translator, words: SignInWords) -> str:
    if words.number is None:
        return t("your e-mail address")
    with_number = t("your number {number} and the code {code}", number=words.number, code=words.code)
    return t("your e-mail address, or {number_way}", number_way=with_number) if words.has_email else with_number


def _draw_code(link: str) -> str:
    uri: str = segno.make(link, error="m", micro=False).svg_data_uri(border=1, light="#fff")
    return uri

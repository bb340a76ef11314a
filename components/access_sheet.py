"""The access sheet: a one-time link as a page to hand over, with its QR code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import segno
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import button, dialog
from data.i18n import Translator
from data.queries.directory import SignInWords


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


def build_sheet(t: Translator, sheet: AccessSheet) -> Component:
    words = sheet.words
    way = _describe_way(t, words)
    return html.Div(
        [
            html.H3(words.name, dir="auto", className="sheet-name"),
            html.P(words.organization, className="sheet-organization"),
            html.Img(src=_draw_code(sheet.link), alt=t("QR code of the link below"), width=220, height=220),
            html.P(sheet.link, id=ids.LINK_TEXT, className="sheet-link"),
            html.Ol(
                [
                    html.Li(t("Scan the code with your phone, or type the address.")),
                    html.Li(t("Choose your password. Nobody else will know it.")),
                    html.Li(t("The next times, sign in with {way}.", way=way)),
                ]
            ),
            html.P(
                t("Works once, until {moment}", moment=t.moment(sheet.expires_at, sheet.timezone)), className="meta"
            ),
            html.P(
                t("Copy or print it now: it will not be shown again. A new one replaces it."),
                className="notice-box no-print",
            ),
        ],
        className="sheet",
    )


def _describe_way(t: Translator, words: SignInWords) -> str:
    if words.number is None:
        return t("your e-mail address")
    with_number = t("your number {number} and the code {code}", number=words.number, code=words.code)
    return t("your e-mail address, or {number_way}", number_way=with_number) if words.has_email else with_number


def _draw_code(link: str) -> str:
    uri: str = segno.make(link, error="m", micro=False).svg_data_uri(border=1, light="#fff")
    return uri

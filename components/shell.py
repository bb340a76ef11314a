"""The portal's frame: menu, the place of the page, notices."""

from __future__ import annotations

from dataclasses import dataclass

import dash
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import button, icon
from components.loading import page_veil
from data.i18n import LANGUAGES, Translator

THEMES = {"": "light", "light": "dark", "dark": ""}


@dataclass(frozen=True)
class MenuEntry:
    """`section`: of which all pages are the entry's, where that is not its own path."""

    path: str
    name: str
    symbol: str
    section: str = ""


@dataclass(frozen=True)
class MenuRow:
    """What the menu of a person shows."""

    heading: str
    name: str
    role: str
    entries: list[MenuEntry]
    has_chat: bool
    theme: str


def build_shell(t: Translator, menu: Component) -> Component:
    return html.Div(
        [
            html.A(t("Skip to the content"), href="#main", className="skip-link"),
            html.Div(
                [
                    html.Nav(menu, id=ids.MENU, className="menu", **{"aria-label": t("Main menu")}),
                    html.Main(dash.page_container, id="main", tabIndex="-1"),
                    page_veil(t),
                ],
                className="portal",
            ),
            html.Div(id="chat-voice", className="hidden-text", role="log", **{"aria-live": "polite"}),
            dcc.Store(id=ids.MENU_VERSION),
            dcc.Store(id=ids.NOTICE),
            dcc.Store(id=ids.NOTICE_TOLD),
        ],
        style={"height": "100%"},
    )


def build_menu(t: Translator, row: MenuRow, current: str) -> list[Component]:
    return [
        html.Div(row.heading, className="menu-name"),
        button(
            [],
            ids.MENU_TOGGLE,
            symbol="more",
            kind="bare square menu-toggle",
            label=t("Menu"),
            **{"aria-expanded": "false", "aria-controls": ids.MENU_DRAWER},
        ),
        html.Div(
            [
                html.Div([_build_entry(entry, current) for entry in row.entries], className="menu-entries"),
                _build_foot(t, row, current),
            ],
            id=ids.MENU_DRAWER,
            className="menu-drawer",
        ),
    ]


def _build_entry(entry: MenuEntry, current: str) -> Component:
    is_current = current == entry.path or current.startswith(f"{entry.section or entry.path}/")
    content: list[Component] = [icon(entry.symbol), html.Span(entry.name)]
    if entry.path == "/conversations":
        content.append(html.Span(id=ids.MENU_BADGE, className="badge-count", **{"aria-hidden": "true"}))
        content.append(html.Span(id=ids.MENU_BADGE_WORDS, className="hidden-text"))
    return dcc.Link(
        content,
        href=entry.path,
        className="menu-entry current" if is_current else "menu-entry",
    )


def _build_foot(t: Translator, row: MenuRow, current: str) -> Component:
    other = next(language for language in LANGUAGES if language != t.language)
    theme_names = {"": t("Theme: system"), "light": t("Theme: light"), "dark": t("Theme: dark")}
    return html.Div(
        [
            html.Div([html.Div(row.name, style={"fontWeight": 600}), html.Div(row.role, className="meta")]),
            html.Form(
                [
                    dcc.Input(type="hidden", name="next", value=current),
                    html.Button(
                        "English" if other == "en" else "Français",
                        type="submit",
                        name="language",
                        value=other,
                        className="button bare",
                        lang=other,
                    ),
                    html.Button(
                        [icon("theme"), theme_names[row.theme]],
                        type="submit",
                        name="theme",
                        value=THEMES[row.theme] or "auto",
                        className="button bare",
                    ),
                ],
                action="/preferences",
                method="POST",
            ),
            html.Form(
                html.Button([icon("leave"), t("Sign out")], type="submit", className="button bare"),
                action="/sign-out",
                method="POST",
            ),
        ],
        className="menu-foot",
    )

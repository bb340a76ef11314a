"""What is slow says so: after 300 ms a drawn skeleton where the answer will stand, after 5 s a word
(assets/loading.css). What stood there keeps its space."""

from __future__ import annotations

from typing import Literal

from dash import html
from dash.development.base_component import Component

from components.controls import Child
from data.i18n import Translator

Shape = Literal["page", "table", "figures", "chart", "lines"]

BARS: dict[Shape, int] = {"page": 13, "table": 8, "figures": 5, "chart": 9, "lines": 3}


def loading(t: Translator, *area: Child, shape: Shape = "table") -> Component:
    """Around the very elements that a callback fills, not the search field whose answer they are."""
    return html.Div([*area, _build_veil(t, shape)], className="loading")


def page_veil(t: Translator) -> Component:
    """Beside the place of the pages, over which it lies while another page comes."""
    return html.Div(_build_veil(t, "page"), className="page-loading")


def first_veil(t: Translator) -> str:
    """What the page's own text holds until the first page is there, when no script has drawn anything."""
    word = f'<p class="loading-word">{_say_slow(t)}</p>'
    return f'<div class="loading-veil" role="status">{_write_bars("page")}{word}</div>'


def _build_veil(t: Translator, shape: Shape) -> Component:
    bars = html.Div([html.I() for _ in range(BARS[shape])], className=f"bars-of {shape}", **{"aria-hidden": "true"})
    return html.Div([bars, html.P(_say_slow(t), className="loading-word")], className="loading-veil", role="status")


def _write_bars(shape: Shape) -> str:
    return f'<div class="bars-of {shape}" aria-hidden="true">{"<i></i>" * BARS[shape]}</div>'


def _say_slow(t: Translator) -> str:
    return t("This takes longer than usual. One moment, please.")

"""Every switch of every organization, for the vendor's staff."""

from __future__ import annotations

from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Children, button, card_table, empty, field, page, text_input
from components.loading import loading
from components.options import build_history_cells, list_headings
from components.organizations import Costs
from data.billing.foresight import ForeseenMonth
from data.i18n import Translator
from data.money import format_money
from data.queries.option_history import LatestEntry, LatestPage


@dataclass(frozen=True)
class LatestView:
    """`costs`: of this month, by organization."""

    found: LatestPage
    costs: Costs


def build_latest_page(t: Translator, view: LatestView) -> Component:
    found = view.found
    return page(
        t("Option"),
        html.Div(
            field(
                t("Search"),
                text_input(ids.OPTIONS_SEARCH, placeholder=t("Organization or ticket"), debounce=False, maxLength=60),
            ),
            className="lone-field",
        ),
        html.P(count_latest(t, found), id=ids.OPTIONS_COUNT, className="meta", role="status"),
        loading(t, html.Div(build_latest(t, view), id=ids.OPTIONS_TABLE)),
        html.Div(
            [
                button(t("Previous"), ids.OPTIONS_PREVIOUS, n_clicks=0, disabled=True),
                button(t("Next"), ids.OPTIONS_NEXT, n_clicks=0, disabled=found.pages == 1),
            ],
            className="pager",
            hidden=found.pages == 1,
        ),
        dcc.Store(id=ids.OPTIONS_PAGE, data=1),
        lead=t("Every switch of every organization, the latest first."),
    )


def count_latest(t: Translator, found: LatestPage) -> str:
    count = t.plural("{n} switch", "{n} switches", found.count)
    if found.pages == 1:
        return count
    return f"{count} · " + t("page {n} of {pages}", n=t.number(found.number), pages=t.number(found.pages))


def build_latest(t: Translator, view: LatestView) -> Component:
    if not view.found.rows:
        return empty("option", html.P(t("No switch matches this.")))
    headings = [("who", t("Organization"), ""), *(("wide", words, said) for _, words, said in list_headings(t))]
    rows = [_build_latest_row(t, row, view.costs.get(row.organization_id)) for row in view.found.rows]
    return card_table(t("Option"), headings, rows, kind="option-history")


def _build_latest_row(t: Translator, row: LatestEntry, cost: ForeseenMonth | None) -> list[Children]:
    name = dcc.Link(row.organization, href=f"/options?organization={row.organization_id}")
    cells = build_history_cells(t, row.entry, row.timezone)
    return [[html.Span(name, dir="auto"), _build_cost(t, cost)], *cells]


def _build_cost(t: Translator, cost: ForeseenMonth | None) -> Component | None:
    """What all its switches come to."""
    if cost is None:
        return None
    said = t("{amount} this month, taxes included", amount=format_money(cost.total_cents, t.language))
    return html.Div(said, className="meta")

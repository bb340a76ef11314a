"""The vendor's list of organizations: figures and the state of the option, no names of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Children, button, card_table, empty, field, page, tag, text_input
from components.loading import loading
from components.onboarding import build_new_organization
from data.billing.foresight import ForeseenMonth
from data.i18n import Translator
from data.money import format_money
from data.queries.organizations import OptionRow, OrganizationPage, OrganizationRow

NAMED = 3


Costs = Mapping[int, ForeseenMonth | None]


def build_organizations_page(t: Translator, found: OrganizationPage, costs: Costs) -> Component:
    return page(
        t("Organizations"),
        html.Div(
            field(
                t("Search"),
                text_input(ids.ORGANIZATIONS_SEARCH, placeholder=t("Name or code"), debounce=False, maxLength=60),
            ),
            className="lone-field",
        ),
        html.P(count_organizations(t, found), id=ids.ORGANIZATIONS_COUNT, className="meta", role="status"),
        loading(t, html.Div(build_organizations(t, found, costs), id=ids.ORGANIZATIONS_TABLE)),
        html.Div(
            [
                button(t("Previous"), ids.ORGANIZATIONS_PREVIOUS, n_clicks=0, disabled=True),
                button(t("Next"), ids.ORGANIZATIONS_NEXT, n_clicks=0, disabled=found.pages == 1),
            ],
            className="pager",
            hidden=found.pages == 1,
        ),
        dcc.Store(id=ids.ORGANIZATIONS_PAGE, data=1),
        build_new_organization(t),
        acts=[button(t("New organization"), ids.ORGANIZATION_NEW, symbol="plus", kind="main", n_clicks=0)],
        lead=t("Every organization, with the state of its chat today."),
    )


def count_organizations(t: Translator, found: OrganizationPage) -> str:
    count = t.plural("{n} organization", "{n} organizations", found.count)
    if found.pages == 1:
        return count
    return f"{count} · " + t("page {n} of {pages}", n=t.number(found.number), pages=t.number(found.pages))


def build_organizations(t: Translator, found: OrganizationPage, costs: Costs) -> Component:
    if not found.rows:
        return empty("organizations", html.P(t("No organization has this name or code.")))
    headings = (
        ("who", t("Organization"), ""),
        ("wide", t("Chat"), ""),
        ("number", t("Services"), t("services")),
        ("number", t("Employed today"), t("employed today")),
        ("number", t("With the application"), t("with the application")),
        ("number", t("Cost this month"), t("this month")),
    )
    rows = [_build_row(t, row, costs.get(row.id)) for row in found.rows]
    return card_table(t("Organizations"), headings, rows, kind="organizations-table")


def _build_row(t: Translator, row: OrganizationRow, cost: ForeseenMonth | None) -> list[Children]:
    name = dcc.Link(html.Span(row.name, dir="auto"), href=f"/options?organization={row.id}")
    return [
        [name, html.Div(f"{row.code} · {row.province}", className="meta")],
        _build_option(t, row.option),
        t.number(row.services),
        t.number(row.employed),
        t.number(row.equipped),
        format_money(cost.total_cents, t.language) if cost else "–",
    ]


def _build_option(t: Translator, option: OptionRow) -> list[Component | None]:
    if option.is_everywhere:
        state = tag(t("on everywhere"))
    elif option.services:
        state = tag(t.plural("on in {n} service", "on in {n} services", len(option.services)))
    else:
        state = tag(t("off"), "quiet")
    since = t("since {day}", day=t.day(option.since)) if option.since else ""
    changes = t("changes on {day}", day=t.day(option.changes_on)) if option.changes_on else ""
    words = [_name_services(t, option.services), since, changes]
    said = " · ".join(word for word in words if word)
    return [state, html.Div(said, className="meta") if said else None]


def _name_services(t: Translator, names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} " + t.plural("and {n} more", "and {n} more", more) if more > 0 else shown

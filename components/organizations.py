"""The vendor's list of organizations: figures and the state of the option, no names of people."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Children, button, empty, field, page, tag, text_input
from data.i18n import Translator
from data.queries.organizations import OptionRow, OrganizationPage, OrganizationRow

NAMED = 3


def build_organizations_page(t: Translator, found: OrganizationPage) -> Component:
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
        html.Div(build_organizations(t, found), id=ids.ORGANIZATIONS_TABLE),
        html.Div(
            [
                button(t("Previous"), ids.ORGANIZATIONS_PREVIOUS, n_clicks=0, disabled=True),
                button(t("Next"), ids.ORGANIZATIONS_NEXT, n_clicks=0, disabled=found.pages == 1),
            ],
            className="pager",
            hidden=found.pages == 1,
        ),
        dcc.Store(id=ids.ORGANIZATIONS_PAGE, data=1),
        lead=t("Every organization, with the state of its chat today."),
    )


def count_organizations(t: Translator, found: OrganizationPage) -> str:
    count = t.plural("{n} organization", "{n} organizations", found.count)
    if found.pages == 1:
        return count
    return f"{count} · " + t("page {n} of {pages}", n=t.number(found.number), pages=t.number(found.pages))


def build_organizations(t: Translator, found: OrganizationPage) -> Component:
    if not found.rows:
        return empty("organizations", html.P(t("No organization has this name or code.")))
    headings = (
        ("who", t("Organization")),
        ("option", t("Chat")),
        ("number", t("Services")),
        ("number", t("Employed today")),
        ("number", t("With the application")),
        ("go", t("Go to")),
    )
    return html.Div(
        html.Table(
            [
                html.Caption(t("Organizations"), className="hidden-text"),
                html.Thead(
                    html.Tr(
                        [
                            html.Th(heading, scope="col", role="columnheader", className=kind)
                            for kind, heading in headings
                        ],
                        role="row",
                    ),
                    role="rowgroup",
                ),
                html.Tbody([_build_row(t, row) for row in found.rows], role="rowgroup"),
            ],
            className="plain-table organizations-table",
            role="table",
        ),
        className="table-box",
    )


def _build_row(t: Translator, row: OrganizationRow) -> Component:
    who = [html.Div(row.name, className="name", dir="auto"), html.Div(f"{row.code} · {row.province}", className="meta")]
    cells: list[tuple[str, Children]] = [
        ("who", who),
        ("option", _build_option(t, row.option)),
        ("number", _build_figure(t, row.services, t.plural("service", "services", row.services))),
        ("number", _build_figure(t, row.employed, t("employed today"))),
        ("number", _build_figure(t, row.equipped, t("with the application"))),
        ("go", _build_links(t, row)),
    ]
    return html.Tr([html.Td(content, className=kind, role="cell") for kind, content in cells], role="row")


def _build_figure(t: Translator, count: int, words: str) -> list[Component | str]:
    """On a narrow screen, where there are no headings, the figure says what it counts."""
    return [t.number(count), html.Span(f" {words}", className="only-card")]


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


def _build_links(t: Translator, row: OrganizationRow) -> Component:
    places = ((t("Services"), "/services"), (t("Import staff"), "/import"))
    return html.Div(
        [
            dcc.Link(
                [words, html.Span(f" – {row.name}", className="hidden-text")], href=f"{path}?organization={row.id}"
            )
            for words, path in places
        ],
        className="acts",
    )

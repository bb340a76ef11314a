"""The vendor's list of organizations, as it is searched and paged."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx

from callbacks.fields import parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from components import ids
from components.organizations import build_organizations, count_organizations
from data import db
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_bills
from data.queries.costs import list_costs
from data.queries.organizations import list_organizations

SEARCH_LIMIT = 60
STEPS = {ids.ORGANIZATIONS_PREVIOUS: -1, ids.ORGANIZATIONS_NEXT: 1}


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.ORGANIZATIONS_TABLE, "children"),
        Output(ids.ORGANIZATIONS_COUNT, "children"),
        Output(ids.ORGANIZATIONS_PREVIOUS, "disabled"),
        Output(ids.ORGANIZATIONS_NEXT, "disabled"),
        Output(ids.ORGANIZATIONS_PAGE, "data"),
        Input(ids.ORGANIZATIONS_SEARCH, "value"),
        Input(ids.ORGANIZATIONS_PREVIOUS, "n_clicks"),
        Input(ids.ORGANIZATIONS_NEXT, "n_clicks"),
        State(ids.ORGANIZATIONS_PAGE, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def list_page(search: str | None, back: int | None, onward: int | None, number: int | None) -> Any:
        """A new search begins at its first page."""
        t = current_translator()
        step = STEPS.get(ctx.triggered_id or "")
        wanted = 1 if step is None else parse_id(number) + step
        with db.read() as reader:
            support = access_support(current_actor())
            found = list_organizations(reader, support, search=(search or "")[:SEARCH_LIMIT], number=wanted)
            costs = list_costs(reader, access_supported_bills(reader, support, [row.id for row in found.rows]))
        is_first, is_last = found.number == 1, found.number == found.pages
        table = build_organizations(t, found, costs)
        return table, count_organizations(t, found), is_first, is_last, found.number

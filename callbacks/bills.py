"""All organizations in a month, as finance searches and pages them."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx

from callbacks.billing import SEARCH_LIMIT, parse_month
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from components import ids
from components.bills import BillsView, build_bills, count_bills
from data import clock, db
from data.access.billing import access_bookkeeping, access_kept_organizations
from data.access.permissions import Permission
from data.billing.rating import Month
from data.bills import list_figures
from data.errors import MonthInvalid
from data.queries.bill_list import STATE_FILTERS, StateFilter, find_people, list_bills
from data.queries.invoices import list_documents

FOUND = 5


def read_bills(month: object, *, state: object = "all", search: str = "", page: int = 0) -> BillsView:
    """Without a month, the one that was over last."""
    actor = current_actor()
    keeper = access_bookkeeping(actor)
    chosen: StateFilter = state if state in STATE_FILTERS else "all"
    with db.read() as reader:
        running = Month.of(clock.local_day(reader.now, actor.timezone))
        wanted = parse_month(month) if month not in (None, "") else running.shift(-1)
        if wanted > running or wanted < Month(2000, 1):
            raise MonthInvalid()
        found = list_bills(reader, keeper, wanted, state=chosen, search=search, page=page)
        documents = list_documents(reader, keeper, search=search).rows[:FOUND] if search.strip() else []
        people = find_people(reader, keeper, search)
        shown = access_kept_organizations(reader, keeper, [row.id for row in found.rows])
        figures = list_figures(reader, shown, wanted)
    return BillsView(wanted, running, found, figures, documents, people)


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.BILLS_TABLE, "children"),
        Output(ids.BILLS_COUNT, "children"),
        Output(ids.BILLS_PREVIOUS, "disabled"),
        Output(ids.BILLS_NEXT, "disabled"),
        Output(ids.BILLS_PAGE, "data"),
        Input(ids.BILLS_SEARCH, "value"),
        Input(ids.BILLS_STATE, "value"),
        Input(ids.BILLS_PREVIOUS, "n_clicks"),
        Input(ids.BILLS_NEXT, "n_clicks"),
        State(ids.BILLS_PAGE, "data"),
        State(ids.BILLS_MONTH, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def draw_bills(
        search: str | None,
        state: str | None,
        before: int | None,
        after: int | None,
        page: int | None,
        month: str | None,
    ) -> Any:
        t = current_translator()
        turned = {ids.BILLS_PREVIOUS: (page or 0) - 1, ids.BILLS_NEXT: (page or 0) + 1}.get(ctx.triggered_id, 0)
        view = read_bills(month, state=state, search=(search or "")[:SEARCH_LIMIT], page=turned)
        found = view.found
        is_last = found.last >= found.count
        return build_bills(t, view), count_bills(t, found), found.number == 0, is_last, found.number

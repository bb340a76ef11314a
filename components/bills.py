"""All organizations in a month, for finance: how far each is, what it comes to, and a search over everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.billing import (
    CLOSING,
    INVOICE,
    MONTH,
    ORGANIZATIONS,
    PERSON,
    BillPlace,
    address,
    build_ledger_page,
    build_month_choice,
    build_state,
    count_change,
    money,
    month_name,
    name_state,
)
from components.controls import Children, button, card_table, empty, field, figures, select, tag, text_input
from components.invoices import build_document_state
from components.loading import loading
from data.billing.rating import Month
from data.bills import BillFigures
from data.i18n import Translator
from data.queries.bill_list import STATE_FILTERS, BillList, FoundPerson, OrganizationBill, StateFilter
from data.queries.billing import MonthState
from data.queries.invoices import DocumentRow


@dataclass(frozen=True)
class BillsView:
    """`figures`: of the organizations that are shown, where they could be worked out. `documents` and `people`: what
    else a search found."""

    month: Month
    running: Month
    found: BillList
    figures: Mapping[int, BillFigures | None]
    documents: Sequence[DocumentRow]
    people: Sequence[FoundPerson]


def build_bills_page(t: Translator, view: BillsView) -> Component:
    place = BillPlace(None, "", view.month, sees_names=True, keeps_books=True)
    months = build_month_choice(t, place, ORGANIZATIONS, Month(2000, 1), view.running)
    return build_ledger_page(
        t,
        ORGANIZATIONS,
        t("Billing"),
        _build_figures(t, view),
        _build_filters(t),
        loading(t, html.Div(build_bills(t, view), id=ids.BILLS_TABLE)),
        _build_pager(t, view.found),
        dcc.Store(id=ids.BILLS_PAGE, data=view.found.number),
        dcc.Store(id=ids.BILLS_MONTH, data=str(view.month)),
        beside=[months],
    )


def _build_figures(t: Translator, view: BillsView) -> Component:
    states = view.found.states
    waiting = states.get("review", 0) + states.get("held", 0)
    issued = sum(states.get(state, 0) for state in _ISSUED)
    return figures(
        [
            (t("To review"), t.number(waiting), t("{n} on hold", n=t.number(states.get("held", 0)))),
            (t("Invoices issued"), t.number(issued), t("{n} in dispute", n=t.number(states.get("disputed", 0)))),
            (t("Invoiced"), money(t, view.found.issued_cents), t("taxes included")),
            (t("Left to pay"), money(t, view.found.unpaid_cents), t("of this month")),
        ]
    )


_ISSUED: tuple[MonthState, ...] = ("issued", "paid", "disputed")


def _build_filters(t: Translator) -> Component:
    hint = t("Organization, number, amount, person")
    search = text_input(ids.BILLS_SEARCH, type="search", placeholder=hint, debounce=250, maxLength=60, value="")
    choices = [{"value": state, "label": _name_filter(t, state)} for state in STATE_FILTERS]
    return html.Div(
        [field(t("Search"), search), field(t("State"), select(ids.BILLS_STATE, choices, "all"))], className="filters"
    )


def _name_filter(t: Translator, state: StateFilter) -> str:
    if state == "all":
        return t("All organizations")
    return name_state(t, "running" if state == "open" else state)


def build_bills(t: Translator, view: BillsView) -> Component:
    parts = [_build_elsewhere(t, view)]
    if view.found.rows:
        parts.insert(0, _build_table(t, view))
    elif not view.documents and not view.people:
        parts = [empty("search", html.P(t("Nothing matches. Check the spelling, or choose another state.")))]
    return html.Div(parts, className="stack")


def _build_table(t: Translator, view: BillsView) -> Component:
    headings = [
        ("who", t("Organization"), ""),
        ("wide", t("State"), ""),
        ("number", t("Employees"), t("employees")),
        ("number", t("Change"), t("since the month before")),
        ("number", t("Subtotal"), t("before taxes")),
        ("number", t("Total"), t("taxes included")),
        ("number", t("Left to pay"), t("left to pay")),
        ("go", t("Go to"), ""),
    ]
    rows = [_build_row(t, view, row) for row in view.found.rows]
    return card_table(t("Organizations"), headings, rows, kind="bill-table")


def _build_row(t: Translator, view: BillsView, row: OrganizationBill) -> list[Children]:
    bill = view.figures.get(row.id)
    return [
        dcc.Link(html.Span(row.name, dir="auto"), href=address(MONTH, organization=row.id, month=view.month)),
        build_state(t, row.state),
        t.number(bill.heads) if bill else "–",
        count_change(t, bill.heads - bill.heads_before) if bill else "",
        money(t, bill.subtotal_cents) if bill else "–",
        money(t, bill.total_cents) if bill else "–",
        money(t, row.invoice.balance_cents) if row.invoice else "",
        _build_act(t, view, row),
    ]


def _build_act(t: Translator, view: BillsView, row: OrganizationBill) -> Children:
    whose = html.Span(f" – {row.name}", className="hidden-text")
    if row.state in ("review", "held"):
        href = address(CLOSING, organization=row.id, month=view.month)
        return dcc.Link([t("Review and close"), whose], href=href)
    if row.invoice:
        return dcc.Link(row.invoice.number, href=address(INVOICE, organization=row.id, document=row.invoice.id))
    return ""


def _build_elsewhere(t: Translator, view: BillsView) -> Component | None:
    items = [_build_document(t, row) for row in view.documents] + [_build_person(view, row) for row in view.people]
    if not items:
        return None
    return html.Section(
        [html.H2(t("Documents and people")), html.Ul(items, className="plain row-list")], className="stack close-set"
    )


def _build_document(t: Translator, row: DocumentRow) -> Component:
    href = address(INVOICE, organization=row.organization_id, document=row.id)
    said = f"{row.organization} · {month_name(t, row.month)}"
    who = html.Div([dcc.Link(row.number, href=href), html.Div(said, className="meta")], className="grow")
    return html.Li([who, build_document_state(t, row), html.Span(money(t, row.total_cents))])


def _build_person(view: BillsView, row: FoundPerson) -> Component:
    href = address(PERSON, organization=row.organization_id, month=view.month, person=row.id)
    name = dcc.Link(html.Span(row.name, dir="auto"), href=href)
    who = html.Div([name, html.Div(row.organization, className="meta")], className="grow")
    return html.Li([who, tag(row.number, "quiet")])


def _build_pager(t: Translator, found: BillList) -> Component:
    return html.Div(
        [
            html.Span(count_bills(t, found), id=ids.BILLS_COUNT, className="meta", role="status"),
            html.Div(
                [
                    button(t("Previous"), ids.BILLS_PREVIOUS, n_clicks=0, disabled=found.number == 0),
                    button(t("Next"), ids.BILLS_NEXT, n_clicks=0, disabled=found.last >= found.count),
                ],
                className="acts",
            ),
        ],
        className="pager",
    )


def count_bills(t: Translator, found: BillList) -> str:
    total = t.plural("{n} organization", "{n} organizations", found.count)
    if found.count <= len(found.rows):
        return total
    return t("{first} to {last} of {total}", first=t.number(found.first), last=t.number(found.last), total=total)

"""Invoices and credit notes: the list with what is paid, ageing, the statement of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.billing import (
    INVOICE,
    INVOICES,
    BillPlace,
    address,
    build_bill_page,
    build_ledger_page,
    money,
    month_name,
)
from components.controls import (
    Child,
    Children,
    button,
    card_table,
    empty,
    error_place,
    field,
    figures,
    select,
    tag,
    text_input,
)
from components.loading import loading
from data.billing.rating import Month
from data.i18n import Translator
from data.queries.invoices import AGES, Ageing, DocumentPage, DocumentRow, StatementLine


@dataclass(frozen=True)
class InvoicesView:
    """Of one organization (`place`), or of all. `statement`: of the one."""

    place: BillPlace | None
    found: DocumentPage
    ageing: Ageing
    statement: Sequence[StatementLine]
    today: date


def build_invoices_page(t: Translator, view: InvoicesView) -> Component:
    content = [
        _build_ageing(t, view.ageing),
        _build_filters(t, view),
        loading(t, html.Div(build_documents(t, view), id=ids.INVOICES_TABLE)),
        _build_pager(t, view.found),
        dcc.Store(id=ids.INVOICES_PAGE, data=view.found.number),
    ]
    if view.place is None:
        content += [_build_journal(t, view.today), dcc.Store(id=ids.BILL_PLACE, data={"organization": None})]
        return build_ledger_page(t, INVOICES, t("Invoices and payments"), *content)
    place = view.place
    content += [
        _build_corrections(t) if place.keeps_books else None,
        _build_statement(t, view),
        dcc.Store(id=ids.BILL_PLACE, data={"organization": place.organization_id}),
    ]
    return build_bill_page(t, place, INVOICES, t("Invoices and payments"), *content)


def _build_ageing(t: Translator, ageing: Ageing) -> Component:
    first, second, third = AGES
    names = [
        t("0 to {n} days", n=first),
        t("{first} to {last} days", first=first + 1, last=second),
        t("{first} to {last} days", first=second + 1, last=third),
        t("More than {n} days", n=third),
    ]
    rows: list[tuple[str, Child, Child]] = [(t("Left to pay"), money(t, ageing.total_cents), t("taxes included"))]
    rows += [(name, money(t, cents), "") for name, cents in zip(names, ageing.cents, strict=True)]
    return figures(rows)


def _build_filters(t: Translator, view: InvoicesView) -> Component:
    hint = t("Number or amount") if view.place else t("Number, amount, organization")
    search = text_input(ids.INVOICES_SEARCH, type="search", placeholder=hint, debounce=250, maxLength=60, value="")
    states = [
        ("all", t("All documents")),
        ("unpaid", t("Left to pay")),
        ("paid", t("Paid")),
        ("disputed", t("In dispute")),
        ("credit_notes", t("Credit notes")),
    ]
    choices = [{"value": value, "label": label} for value, label in states]
    return html.Div(
        [field(t("Search"), search), field(t("Show"), select(ids.INVOICES_STATE, choices, "all"))], className="filters"
    )


def build_documents(t: Translator, view: InvoicesView) -> Component:
    if not view.found.rows:
        return empty("bill", html.P(t("No document here. Invoices appear once a month is closed.")))
    headings = [
        ("who", t("Document"), ""),
        ("wide", t("Organization"), ""),
        ("wide", t("Month"), ""),
        ("wide", t("Date"), ""),
        ("number", t("Total"), ""),
        ("number", t("Left to pay"), t("left to pay")),
        ("wide", t("State"), ""),
    ]
    rows = [_build_row(t, row) for row in view.found.rows]
    if view.place:
        del headings[1]
        rows = [[row[0], *row[2:]] for row in rows]
    return card_table(t("Invoices and credit notes"), headings, rows, kind="bill-table")


def _build_row(t: Translator, row: DocumentRow) -> list[Children]:
    is_invoice = row.kind == "invoice"
    total = row.total_cents if is_invoice else -row.total_cents
    return [
        dcc.Link(row.number, href=address(INVOICE, organization=row.organization_id, document=row.id)),
        html.Span(row.organization, dir="auto"),
        month_name(t, row.month),
        t.day(row.issued_on),
        money(t, total),
        money(t, row.balance_cents) if is_invoice else "",
        build_document_state(t, row),
    ]


def build_document_state(t: Translator, row: DocumentRow) -> Component:
    if row.kind == "credit_note":
        return tag(t("Credit note"), "quiet")
    if row.is_disputed:
        return tag(t("In dispute"), "off")
    if row.balance_cents < 0:
        return tag(t("To give back"), "warn")
    if row.balance_cents == 0:
        return tag(t("Paid"))
    return tag(t("Partly paid"), "warn") if row.paid_cents else tag(t("Issued"), "warn")


def _build_pager(t: Translator, found: DocumentPage) -> Component:
    return html.Div(
        [
            html.Span(count_documents(t, found), id=ids.INVOICES_COUNT, className="meta", role="status"),
            html.Div(
                [
                    button(t("Previous"), ids.INVOICES_PREVIOUS, n_clicks=0, disabled=found.number == 0),
                    button(t("Next"), ids.INVOICES_NEXT, n_clicks=0, disabled=found.last >= found.count),
                ],
                className="acts",
            ),
        ],
        className="pager",
    )


def count_documents(t: Translator, found: DocumentPage) -> str:
    total = t.plural("{n} document", "{n} documents", found.count)
    if found.count <= len(found.rows):
        return total
    return t("{first} to {last} of {total}", first=t.number(found.first), last=t.number(found.last), total=total)


def _build_corrections(t: Translator) -> Component:
    said = t("What became known since is credited at the next closing. You need not wait for it.")
    return html.Section(
        [
            html.H2(t("Corrections")),
            html.P(said, className="meta"),
            button(t("Issue corrections now"), ids.CORRECT_SAVE, n_clicks=0),
            error_place(ids.CORRECT_ERROR),
        ],
        className="card-box close-box plain-box",
    )


def _build_statement(t: Translator, view: InvoicesView) -> Component | None:
    if not view.statement:
        return None
    names = {"invoice": t("Invoice"), "credit_note": t("Credit note"), "payment": t("Payment")}
    headings = [
        ("wide", t("Date"), ""),
        ("who", t("What"), ""),
        ("number", t("Amount"), ""),
        ("number", t("Balance"), t("balance")),
    ]
    rows: list[list[Children]] = [
        [t.day(line.on), f"{names[line.kind]} {line.number}", money(t, line.cents), money(t, line.balance_cents)]
        for line in view.statement
    ]
    return html.Section(
        [html.H2(t("Statement of account")), card_table(t("Statement of account"), headings, rows, kind="bill-table")],
        className="stack close-set",
    )


def _build_journal(t: Translator, today: date) -> Component:
    """Of the months of which the bookkeeping asks: this one and the two before."""
    months = [Month.of(today).shift(-back) for back in range(3)]
    forms = [("xlsx", "XLSX"), ("csv", t("CSV for Excel")), ("machine", t("CSV for programs"))]
    rows = [
        html.Li(
            [
                html.Span(month_name(t, month), className="grow"),
                *(
                    html.A(
                        [words, html.Span(f" – {month_name(t, month)}", className="hidden-text")],
                        href=address("/billing/files/journal", month=month, form=form),
                        className="button",
                    )
                    for form, words in forms
                ),
            ]
        )
        for month in months
    ]
    said = t("The entries of all documents dated in the month.")
    return html.Section(
        [html.H2(t("Accounting journal")), html.P(said, className="meta"), html.Ul(rows, className="plain row-list")],
        className="stack close-set",
    )

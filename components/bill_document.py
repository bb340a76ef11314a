"""One invoice or credit note: lines, taxes, what happened since, its seals, files to take away, acts of finance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.billing import (
    INVOICE,
    INVOICES,
    MONTH,
    BillPlace,
    address,
    build_bill_page,
    build_files,
    build_trail,
    money,
    month_name,
)
from components.controls import (
    Child,
    Children,
    button,
    card_table,
    date_input,
    error_place,
    field,
    figures,
    select,
    text_input,
)
from components.invoices import build_document_state
from data.actions.books import METHODS
from data.billing.books import CreditLine
from data.billing.documents.content import line_people
from data.billing.documents.words import format_percent, line_kind, say_exemption, service_name, tax_name
from data.billing.rating import Line
from data.i18n import Translator
from data.money import format_price
from data.queries.invoices import OpenedDocument


@dataclass(frozen=True)
class DocumentView:
    place: BillPlace
    document: OpenedDocument
    today: date
    timezone: str


def build_document_page(t: Translator, view: DocumentView) -> Component:
    place, document = view.place, view.document
    is_invoice = document.row.kind == "invoice"
    number = document.row.number
    title = t("Invoice {number}", number=number) if is_invoice else t("Credit note {number}", number=number)
    return build_bill_page(
        t,
        place,
        INVOICES,
        title,
        build_trail(
            t, (t("Invoices and payments"), address(INVOICES, organization=place.organization_id)), here=number
        ),
        _build_summary(t, view),
        _build_lines(t, view),
        build_files(t, "/billing/files/document", organization=place.organization_id, document=document.row.id)
        if place.sees_names
        else None,
        _build_acts(t, view) if place.keeps_books and is_invoice else None,
        _build_events(t, view),
        _build_seals(t, view),
        dcc.Store(id=ids.BILL_PLACE, data={"organization": place.organization_id, "document": document.row.id}),
        acts=[
            dcc.Link(month_name(t, document.row.month), href=place.link(MONTH, document.row.month), className="button")
        ],
        beside=[build_document_state(t, document.row)],
    )


def _build_summary(t: Translator, view: DocumentView) -> Component:
    row = view.document.row
    issued = t("issued on {day}", day=t.day(row.issued_on))
    found: list[tuple[str, Child, Child]] = [(t("Total"), money(t, row.total_cents), issued)]
    if row.kind == "invoice":
        found += [
            (t("Credited"), money(t, row.credited_cents), ""),
            (t("Paid so far"), money(t, row.paid_cents), ""),
            (t("Left to pay"), money(t, row.balance_cents), ""),
        ]
    return figures(found)


def _build_lines(t: Translator, view: DocumentView) -> Component:
    issued = view.document.issued
    headings = [
        ("who", t("Description"), ""),
        ("number", t("Employees"), t("employees")),
        ("number", t("Price per month"), ""),
        ("number", t("Amount"), ""),
    ]
    rows: list[list[Children]] = [_build_line(t, view, line) for line in issued.document.lines]
    rows.append([t("Subtotal"), "", "", money(t, view.document.row.subtotal_cents)])
    for tax in issued.document.taxes:
        rows.append([f"{tax_name(tax.code, t)} {format_percent(tax.rate, t)}", "", "", money(t, tax.amount_cents)])
    rows.append([t("Total"), "", "", money(t, view.document.row.total_cents)])
    exemption = say_exemption(issued, t)
    return html.Div(
        [
            card_table(t("Lines"), headings, rows, kind="bill-table with-total"),
            html.P(exemption, className="meta", dir="auto") if exemption else None,
        ],
        className="stack close-set",
    )


def _build_line(t: Translator, view: DocumentView, line: Line | CreditLine) -> list[Children]:
    issued = view.document.issued
    name = service_name(issued, line.service) or line_kind(line.kind, t).text
    said = ""
    if line.kind == "catch_up":
        month = line.month if isinstance(line, Line) else issued.document.month
        said = t("Catch-up, {month}", month=month_name(t, month))
    people = line_people(line)
    price = line.unit_price if isinstance(line, Line) else None
    return [
        [html.Span(name, dir="auto"), html.Span(f" {said}", className="meta") if said else None],
        "" if people is None else t.number(people),
        "" if price is None else format_price(price, t.language),
        money(t, line.amount_cents),
    ]


def _build_acts(t: Translator, view: DocumentView) -> Component:
    forms = [_build_payment(t, view), _build_dispute(t, view), _build_goodwill(t)]
    return html.Section([html.H2(t("Record")), html.Div(forms, className="act-forms")], className="stack close-set")


def _build_form(title: str, fields: Sequence[Component], act: Component, error: Component) -> Component:
    return html.Details([html.Summary(title), html.Div([*fields, act, error])], className="more-form")


def _build_payment(t: Translator, view: DocumentView) -> Component:
    names = {"transfer": t("Transfer"), "cheque": t("Cheque"), "card": t("Card"), "other": t("Other")}
    methods = [{"value": method, "label": names[method]} for method in METHODS]
    left = money(t, view.document.row.balance_cents)
    fields = [
        field(
            t("Amount"),
            text_input(ids.PAYMENT_AMOUNT, inputMode="decimal", maxLength=20),
            help=t("Left to pay: {amount}. Below zero gives money back.", amount=left),
        ),
        field(t("Received on"), date_input(ids.PAYMENT_DATE, view.today.isoformat())),
        field(t("Method"), select(ids.PAYMENT_METHOD, methods, METHODS[0])),
        field(t("Reference"), text_input(ids.PAYMENT_REFERENCE, maxLength=80)),
    ]
    act = button(t("Record the payment"), ids.PAYMENT_SAVE, n_clicks=0)
    return _build_form(t("A payment"), fields, act, error_place(ids.PAYMENT_ERROR))


def _build_dispute(t: Translator, view: DocumentView) -> Component:
    is_disputed = view.document.row.is_disputed
    title = t("End the dispute") if is_disputed else t("A dispute")
    words = t("End the dispute") if is_disputed else t("Put in dispute")
    reason = field(t("Reason"), text_input(ids.DISPUTE_REASON, maxLength=200))
    act = button(words, ids.DISPUTE_SAVE, n_clicks=0, value="end" if is_disputed else "begin")
    return _build_form(title, [reason], act, error_place(ids.DISPUTE_ERROR))


def _build_goodwill(t: Translator) -> Component:
    fields = [
        field(t("Amount before taxes"), text_input(ids.GOODWILL_AMOUNT, inputMode="decimal", maxLength=20)),
        field(t("Reason"), text_input(ids.GOODWILL_REASON, maxLength=200), help=t("The credit note says it.")),
    ]
    act = button(t("Issue the credit note"), ids.GOODWILL_SAVE, n_clicks=0)
    return _build_form(t("A credit of goodwill"), fields, act, error_place(ids.GOODWILL_ERROR))


def _build_events(t: Translator, view: DocumentView) -> Component | None:
    """What happened since, and for a credit note what it is about."""
    events = [*_list_links(t, view), *_list_events(t, view)]
    if not events:
        return None
    return html.Section(
        [
            html.H2(t("Since then") if view.document.row.kind == "invoice" else t("About")),
            html.Ul(events, className="plain row-list"),
        ],
        className="stack close-set",
    )


def _list_links(t: Translator, view: DocumentView) -> Iterator[Component]:
    document, place = view.document, view.place
    note = document.issued.credit_note
    if note and document.invoice_id:
        href = address(INVOICE, organization=place.organization_id, document=document.invoice_id)
        yield _build_event(t("Credited invoice"), dcc.Link(note.invoice, href=href))
    if document.issued.reason:
        yield _build_event(t("Reason"), html.Span(document.issued.reason, dir="auto"))
    for row in document.credit_notes:
        href = address(INVOICE, organization=place.organization_id, document=row.id)
        link = dcc.Link(t("Credit note {number}", number=row.number), href=href)
        yield _build_event(t.day(row.issued_on), link, money(t, -row.total_cents))


def _list_events(t: Translator, view: DocumentView) -> Iterator[Component]:
    for payment in view.document.payments:
        words = t("Payment, {reference}", reference=payment.reference)
        yield _build_event(t.day(payment.on), html.Span(words, dir="auto"), money(t, payment.amount_cents))
    for dispute in view.document.disputes:
        words = t("Put in dispute: {reason}") if dispute.is_open else t("Dispute ended: {reason}")
        yield _build_event(t.moment(dispute.at, view.timezone), html.Span(words.format(reason=dispute.reason)))


def _build_event(when: str, what: Child, amount: str = "") -> Component:
    return html.Li([html.Span(when, className="meta"), html.Div(what, className="grow"), html.Span(amount)])


def _build_seals(t: Translator, view: DocumentView) -> Component:
    document = view.document
    rows = [
        (t("Issued"), t.moment(document.recorded_at, view.timezone)),
        (t("Seal"), html.Span(document.seal, className="seal")),
        (t("Over the one before"), html.Span(document.previous_seal, className="seal")),
    ]
    listed = html.Dl([part for name, value in rows for part in (html.Dt(name), html.Dd(value))], className="facts")
    said = t("An issued document never changes: its seal is computed over its content and the seal of the one before.")
    return html.Details(
        [html.Summary(t("Seals")), html.Div([html.P(said, className="meta"), listed])], className="more-form"
    )

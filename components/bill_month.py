"""A month of one organization: figures, the lines by service, why it differs from the month before, twelve months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.bill_charts import build_trend, build_waterfall
from components.bill_closing import build_suspicions
from components.billing import (
    CLOSING,
    INVOICE,
    MONTH,
    PEOPLE,
    BillPlace,
    address,
    build_bill_page,
    build_files,
    build_month_choice,
    build_state,
    change,
    count_change,
    money,
    month_name,
    share,
)
from components.controls import Child, Children, card_table, empty, figures, tag
from data.billing.bill import Bill
from data.billing.documents.words import format_percent, line_kind, tax_name
from data.billing.rating import Line
from data.duplicates import Suspicion
from data.i18n import Translator
from data.money import format_price
from data.queries.billing import MonthFrame, TrendMonth


@dataclass(frozen=True)
class MonthView:
    """All that the page of a month shows. `closes_at`: when the month will be closed by itself. `suspicions`: for an
    administrator, who may settle them as well as finance does."""

    place: BillPlace
    bill: Bill
    frame: MonthFrame
    trend: Sequence[TrendMonth]
    closes_at: datetime | None
    timezone: str
    suspicions: Sequence[Suspicion] = ()


def build_month_page(t: Translator, view: MonthView) -> Component:
    place, bill, frame = view.place, view.bill, view.frame
    return build_bill_page(
        t,
        place,
        MONTH,
        t("Billing"),
        _build_moment(t, view),
        _build_figures(t, bill),
        build_suspicions(t, view.suspicions) if view.suspicions else None,
        *(_build_details(t, view) if bill.lines or bill.previous.billed else [_build_nothing(t)]),
        build_trend(t, place, view.trend),
        _build_notes(t, view),
        _build_export(t, view),
        dcc.Store(id=ids.BILL_PLACE, data={"organization": place.organization_id, "month": str(place.month)}),
        acts=_build_acts(t, view),
        beside=[
            build_month_choice(t, place, MONTH, frame.first, frame.running),
            build_state(t, frame.state),
        ],
    )


def _build_export(t: Translator, view: MonthView) -> Component | None:
    """The month as it is shown: as issued, or a draft that says so."""
    place = view.place
    if not place.sees_names or view.bill.invoice is None:
        return None
    return build_files(t, "/billing/files/month", organization=place.organization_id, month=place.month)


def _build_acts(t: Translator, view: MonthView) -> list[Child]:
    place, invoice = view.place, view.frame.invoice
    acts: list[Child] = []
    if invoice:
        document = address(INVOICE, organization=place.organization_id, document=invoice.id)
        acts.append(dcc.Link(t("Invoice {number}", number=invoice.number), href=document, className="button"))
    if place.keeps_books and view.frame.state in ("review", "held"):
        words = t("Review and close")
        acts.append(dcc.Link(words, href=place.link(CLOSING), className="button main"))
    return acts


def _build_moment(t: Translator, view: MonthView) -> Component:
    """How far the month is, in a sentence."""
    frame = view.frame
    at = t.moment(view.closes_at, view.timezone) if view.closes_at else ""
    if frame.state == "review" and view.closes_at is None:
        return html.P(t("The month is over and was not closed: something asks to look at it."), className="page-lead")
    words = {
        "running": t("As it stands: these figures change with every fact recorded, and include what is planned."),
        "review": t(
            "The month is over. It will be closed by itself on {at}, unless something asks to look at it.", at=at
        ),
        "held": t("On hold: {reason}", reason=frame.hold_reason or ""),
        "nothing": t("The month is closed: nothing was to be billed."),
    }
    said = words.get(frame.state, "")
    if frame.invoice:
        said = t("Issued on {day}.", day=t.day(frame.invoice.issued_on)) + " " + _say_balance(t, view)
    return html.P(said, className="page-lead")


def _say_balance(t: Translator, view: MonthView) -> str:
    invoice = view.frame.invoice
    if invoice is None or invoice.balance_cents <= 0:
        return t("Everything is paid.")
    return t("Left to pay: {amount}.", amount=money(t, invoice.balance_cents))


def _build_figures(t: Translator, bill: Bill) -> Component:
    invoice, before = bill.invoice, len(bill.previous.billed)
    subtotal = invoice.subtotal_cents if invoice else 0
    was = month_name(t, bill.previous.month)
    heads = t("{change} since {month}", change=count_change(t, bill.heads - before), month=was)
    taxes = [
        (f"{tax_name(tax.code, t)} {format_percent(tax.rate, t)}", money(t, tax.amount_cents), "")
        for tax in (invoice.taxes if invoice else ())
    ]
    rated = change(t, bill.rated.subtotal_cents - bill.previous.subtotal_cents)
    return figures(
        [
            (t("Employees billed"), t.number(bill.heads), heads),
            (t("Subtotal"), money(t, subtotal), _say_price(t, bill)),
            *taxes,
            (
                t("Total") if bill.stored else t("Total forecast"),
                money(t, invoice.total_cents if invoice else 0),
                t("{change} before taxes since {month}", change=rated, month=was),
            ),
        ]
    )


def _say_price(t: Translator, bill: Bill) -> str:
    """`137 × 0,25 $`, where that is all there is to it."""
    price, settings = bill.rated.terms.price, bill.rated.terms.settings
    if price is None or settings.mode != "flat" or len(bill.lines) != len(bill.rated.lines):
        return ""
    return f"{t.number(bill.heads)} × {format_price(price, t.language)}"


def _build_nothing(t: Translator) -> Component:
    return empty(
        "calendar",
        html.P(
            t(
                "Nobody is billed this month. Somebody is, from the first day on which they are employed in a service "
                "where the chat is on."
            )
        ),
    )


def _build_details(t: Translator, view: MonthView) -> Iterator[Component]:
    yield html.Div(
        [
            html.Section(
                [html.H2(t("By service"), className="hidden-text"), _build_lines(t, view)], className="bill-lines"
            ),
            build_waterfall(t, view.place, view.bill),
        ],
        className="bill-columns",
    )


def _build_lines(t: Translator, view: MonthView) -> Component:
    headings = [
        ("who", t("Service"), ""),
        ("number", t("Employees"), t("employees")),
        ("number", t("Days"), t("days")),
        ("number", t("Amount"), ""),
        ("number", t("Share"), t("of the subtotal")),
        ("number", t("Change"), t("since the month before")),
    ]
    rows: list[list[Children]] = [_build_line(t, view, line) for line in view.bill.lines]
    return card_table(t("By service"), headings, [*rows, _build_total(t, view.bill)], kind="bill-table with-total")


def _build_line(t: Translator, view: MonthView, line: Line) -> list[Children]:
    bill = view.bill
    assert bill.invoice is not None
    own = line.kind == "employees"
    before = sum(each.quantity for each in bill.previous.lines if each.service == line.service)
    return [
        _name_line(t, view, line),
        t.number(line.quantity) if line.kind != "minimum_top_up" else "",
        t.number(line.employee_days) if line.employee_days is not None else "",
        money(t, line.amount_cents),
        share(t, line.amount_cents, bill.invoice.subtotal_cents),
        count_change(t, line.quantity - before) if own else "",
    ]


def _name_line(t: Translator, view: MonthView, line: Line) -> Children:
    names = view.frame.services
    name = names[line.service].name if line.service in names else line.service or ""
    if line.kind == "minimum_top_up":
        return line_kind(line.kind, t).text
    if line.kind == "catch_up":
        said = t("Catch-up, {month}", month=month_name(t, line.month))
        return [html.Span(name, dir="auto"), " ", html.Span(said, className="meta")]
    if not view.place.sees_names:
        return html.Span(name, dir="auto")
    return dcc.Link(html.Span(name, dir="auto"), href=view.place.link(PEOPLE, service=line.service))


def _build_total(t: Translator, bill: Bill) -> list[Children]:
    subtotal = bill.invoice.subtotal_cents if bill.invoice else 0
    days = sum(verdict.day_count for verdict in bill.rated.billed.values())
    return [
        t("Total"),
        t.number(bill.heads),
        t.number(days),
        money(t, subtotal),
        share(t, subtotal, subtotal),
        count_change(t, bill.heads - len(bill.previous.billed)),
    ]


def _build_notes(t: Translator, view: MonthView) -> Component | None:
    """What is worth a look: who never opened the application, who is not billed and why, credits of the closing."""
    notes = [*_list_people_notes(t, view), *_list_credit_notes(t, view)]
    return html.Ul(notes, className="plain row-list bill-notes") if notes else None


def _list_people_notes(t: Translator, view: MonthView) -> Iterator[Component]:
    place, closing = view.place, view.bill.closing
    never = closing.never_opened
    if never and never.persons:
        words = t.plural(
            "{n} billed employee did not open the application",
            "{n} billed employees did not open the application",
            len(never.persons),
        )
        cost = t("{amount} this month, before taxes", amount=money(t, never.cents))
        yield _build_note(words, cost, t("See who"), place.link(PEOPLE, show="unopened") if place.sees_names else None)
    others = len(view.bill.rated.people) - view.bill.heads
    if others and place.sees_names:
        words = t.plural("{n} person is not billed", "{n} people are not billed", others)
        yield _build_note(words, t("Each with the reason."), t("See why"), place.link(PEOPLE, show="others"))


def _build_note(words: str, said: str, act: str, href: str | None) -> Component:
    return html.Li(
        [
            html.Div([html.Div(words, className="note-words"), html.Div(said, className="meta")], className="grow"),
            dcc.Link([act, html.Span(f" – {words}", className="hidden-text")], href=href) if href else None,
        ]
    )


def _list_credit_notes(t: Translator, view: MonthView) -> Iterator[Component]:
    for note in view.bill.credit_notes:
        words = t("Credit of {amount} on invoice {invoice}", amount=money(t, note.total_cents), invoice=note.invoice)
        said = note.number or t("Will be issued when the month is closed")
        yield html.Li(
            [
                html.Div([html.Div(words, className="note-words"), html.Div(said, className="meta")], className="grow"),
                tag(month_name(t, note.month), "quiet"),
            ]
        )

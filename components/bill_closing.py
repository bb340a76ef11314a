"""The closing of a month: what stands in the way, suspected duplicates, the hold, and what would be issued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.billing import (
    INVOICE,
    MONTH,
    BillPlace,
    address,
    build_bill_page,
    build_state,
    build_trail,
    money,
    month_name,
)
from components.controls import Child, button, card_table, error_place, field, icon, text_input
from data.billing.bill import Bill
from data.billing.documents.words import format_percent, tax_name
from data.billing.taxes import Tax
from data.duplicates import DuplicateFile, Suspicion
from data.i18n import Translator
from data.queries.billing import MonthFrame
from data.queries.checklist import ChecklistItem, Level

SYMBOLS: dict[Level, str] = {"stop": "close", "review": "warning", "note": "info"}
MOST_SUSPICIONS = 50


@dataclass(frozen=True)
class ClosingView:
    place: BillPlace
    bill: Bill
    frame: MonthFrame
    items: Sequence[ChecklistItem]
    suspicions: Sequence[Suspicion]
    closes_at: datetime | None
    timezone: str

    @property
    def is_open(self) -> bool:
        """Over, and not closed."""
        return self.frame.state in ("review", "held")


def build_closing_page(t: Translator, view: ClosingView) -> Component:
    place = view.place
    month = month_name(t, place.month)
    title = t("Closing of {month}", month=month)
    return build_bill_page(
        t,
        place,
        MONTH,
        title,
        build_trail(t, (f"{t('Billing')}, {month}", place.link(MONTH)), here=title),
        html.P(_say_when(t, view), className="page-lead"),
        _build_checklist(t, view),
        build_suspicions(t, view.suspicions) if view.suspicions else None,
        _build_issue(t, view),
        _build_hold(t, view),
        dcc.Store(id=ids.BILL_PLACE, data={"organization": place.organization_id, "month": str(place.month)}),
        beside=[build_state(t, view.frame.state)],
    )


def _say_when(t: Translator, view: ClosingView) -> str:
    if view.bill.stored:
        return t("This month is closed.")
    if not view.is_open and view.frame.state == "running":
        return t(
            "This month is not over: this is what it comes to so far. It can be closed from the 1st of the next one."
        )
    if view.closes_at:
        at = t.moment(view.closes_at, view.timezone)
        return t("It closes by itself on {at}, unless something asks to look at it. You can close it now.", at=at)
    return t("It was not closed by itself: look at the list, then close it here.")


def _build_checklist(t: Translator, view: ClosingView) -> Component:
    rows = [
        html.Li(
            [
                icon(SYMBOLS[item.level]),
                html.Div(_say_item(t, item), className="grow"),
                html.Span(_say_level(t, item.level), className="meta"),
            ],
            className=item.level,
        )
        for item in view.items
    ]
    if not rows:
        rows = [html.Li([icon("check"), html.Div(t("Nothing stands in the way."), className="grow")])]
    return html.Section(
        [html.H2(t("Checked before closing")), html.Ul(rows, className="plain row-list check-list")],
        className="stack close-set",
    )


def _say_level(t: Translator, level: Level) -> str:
    return {
        "stop": t("prevents the closing"),
        "review": t("look at it, then close by hand"),
        "note": t("good to know"),
    }[level]


def _say_item(t: Translator, item: ChecklistItem) -> str:
    n = item.count
    return {
        "held": t("The closing of this organization is on hold."),
        "duplicates": t.plural("{n} suspected duplicate waits below.", "{n} suspected duplicates wait below.", n),
        "seller_incomplete": t("The seller's name or tax numbers are missing from the server's settings."),
        "month_before_open": t("The month before is not closed."),
        "variance": t("The amount differs by {percent}% from the month before.", percent=t.number(n)),
        "without_service": t.plural(
            "{n} employee file was never assigned to a service.",
            "{n} employee files were never assigned to a service.",
            n,
        ),
        "late_facts": t.plural(
            "{n} closed month is corrected by facts that came late.",
            "{n} closed months are corrected by facts that came late.",
            n,
        ),
    }[item.kind]


def build_suspicions(t: Translator, suspicions: Sequence[Suspicion]) -> Component:
    shown = suspicions[:MOST_SUSPICIONS]
    more = len(suspicions) - len(shown)
    return html.Section(
        [
            html.H2(t("The same person twice?")),
            html.P(t("Two files of one person would be billed twice. Merge them, or say that they differ.")),
            html.Div([_build_suspicion(t, each) for each in shown]),
            html.P(t.plural("And {n} more.", "And {n} more.", more), className="meta") if more else None,
            error_place(ids.DUPLICATES_ERROR),
        ],
        className="card-box",
    )


def _build_suspicion(t: Translator, suspicion: Suspicion) -> Component:
    is_shared = suspicion.key.startswith("email:")
    why = t("Same e-mail: {email}", email=suspicion.files[0].email) if is_shared else t("Same name and date of birth")
    dismiss = t("Different people, who share this address") if is_shared else t("Different people")
    return html.Div(
        [
            html.Div(why, className="note-words"),
            html.Ul([html.Li(_name_file(t, file)) for file in suspicion.files], className="plain suspect-files"),
            html.Div(
                [*_list_merges(t, suspicion), button(dismiss, ids.duplicate("dismiss", suspicion.key), n_clicks=0)],
                className="acts",
            ),
        ],
        className="suspect",
    )


def _name_file(t: Translator, file: DuplicateFile) -> list[Child]:
    said = t("number {number}", number=file.number)
    born = t("born {day}", day=t.day(file.birth_on)) if file.birth_on else ""
    return [html.Span(file.name, dir="auto"), html.Span(" · ".join(filter(None, ("", said, born))), className="meta")]


def _list_merges(t: Translator, suspicion: Suspicion) -> Iterator[Component]:
    """Each file into the first one, or the first into the other where there are two."""
    first, *others = suspicion.files
    for file in others:
        words = t("One person: keep {number}, merge {other} into it", number=first.number, other=file.number)
        yield button(words, ids.duplicate("merge", suspicion.key, file.person_id, first.person_id), n_clicks=0)
    if len(others) == 1:
        words = t("One person: keep {number}, merge {other} into it", number=others[0].number, other=first.number)
        yield button(words, ids.duplicate("merge", suspicion.key, first.person_id, others[0].person_id), n_clicks=0)


def _build_issue(t: Translator, view: ClosingView) -> Component:
    stops = any(item.level == "stop" for item in view.items)
    return html.Section(
        [
            html.H2(t("What was issued") if view.bill.stored else t("What will be issued")),
            _build_documents(t, view),
            None if view.bill.stored else html.P(t("An issued document never changes."), className="meta"),
            _build_act(t, view) if view.is_open and not stops else None,
            html.P(t("Settle what prevents the closing first."), className="meta") if view.is_open and stops else None,
            error_place(ids.CLOSE_ERROR),
        ],
        className="card-box close-box",
    )


def _build_act(t: Translator, view: ClosingView) -> Component:
    words = t("Close {month} and issue", month=month_name(t, view.place.month))
    return button(words, ids.CLOSE_MONTH, kind="main", n_clicks=0)


def _build_documents(t: Translator, view: ClosingView) -> Component:
    invoice, notes = view.bill.invoice, view.bill.credit_notes
    if invoice is None and not notes:
        return html.P(t("Nothing: the month is only recorded as closed."))
    headings = [("who", t("Document"), ""), ("number", t("Amount"), "")]
    rows: list[list[Child | list[Child]]] = []
    if invoice:
        rows.append([_name_invoice(t, view), ""])
        rows.append([t("Subtotal"), money(t, invoice.subtotal_cents)])
        rows += [
            [f"{tax_name(tax.code, t)} {format_percent(tax.rate, t)}", money(t, tax.amount_cents)]
            for tax in invoice.taxes
        ]
        rows.append([html.Strong(t("Total")), html.Strong(money(t, invoice.total_cents))])
    for note in notes:
        words = t("Credit note on {invoice}, {month}", invoice=note.invoice, month=month_name(t, note.month))
        rows.append([f"{words} {note.number}".strip(), money(t, -note.total_cents)])
    return card_table(t("Documents"), headings, rows, kind="bill-table")


def _name_tax(t: Translator, tax: Tax) -> str:
    return f"{tax_name(tax.code, t)} {format_percent(tax.rate, t)}"


def _name_invoice(t: Translator, view: ClosingView) -> Component:
    employees = t.plural("{n} employee", "{n} employees", view.bill.heads)
    if view.frame.invoice is None:
        return html.Span(t("Invoice, {employees}", employees=employees))
    href = address(INVOICE, organization=view.place.organization_id, document=view.frame.invoice.id)
    return dcc.Link(t("Invoice {number}", number=view.frame.invoice.number), href=href)


def _build_hold(t: Translator, view: ClosingView) -> Component:
    """For all the organization's months, whichever is looked at."""
    if view.frame.hold_reason is not None:
        title, said = (
            t("On hold"),
            t("No month of this organization closes, by itself or by hand: {reason}", reason=view.frame.hold_reason),
        )
        act = button(t("Release"), ids.HOLD_RELEASE, n_clicks=0)
    else:
        title, said = t("Put on hold"), t("No month of this organization will close until somebody releases it.")
        act = button(t("Put on hold"), ids.HOLD_SAVE, n_clicks=0)
    return html.Section(
        [
            html.H2(title),
            html.P(said, className="meta"),
            html.Div([field(t("Reason"), text_input(ids.HOLD_REASON, maxLength=200)), act], className="field-line"),
            error_place(ids.HOLD_ERROR),
        ],
        className="card-box",
    )

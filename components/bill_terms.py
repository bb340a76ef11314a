"""The terms of the books: the price book for all; for one organization its contract, its taxes, and a trial of other
terms on a month, which changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.billing import (
    TERMS,
    BillPlace,
    build_bill_page,
    build_ledger_page,
    build_month_choice,
    change,
    count_change,
    money,
    month_name,
)
from components.controls import Children, button, card_table, error_place, field, select, text_input
from components.loading import loading
from data.billing.bill import Simulation
from data.billing.documents.words import tax_name
from data.billing.rating import Month, Settings
from data.billing.taxes import CODES
from data.i18n import Translator
from data.money import format_price
from data.queries.terms import ContractRow, PriceRow, Recorded, TaxProfileRow


@dataclass(frozen=True)
class TermsView:
    """`begins`: the first month from which a change can hold; `first`: on which others can be tried."""

    place: BillPlace
    contracts: Sequence[ContractRow]
    profiles: Sequence[TaxProfileRow]
    provinces: Sequence[str]
    begins: Month
    first: Month
    timezone: str

    @property
    def settings(self) -> Settings:
        """The latest known."""
        return self.contracts[0].settings if self.contracts else Settings()


def build_prices_page(t: Translator, prices: Sequence[PriceRow], begins: Month, timezone: str) -> Component:
    headings = [("who", t("Since"), ""), ("number", t("Price per month"), ""), ("wide", t("Recorded"), "")]
    rows: list[list[Children]] = [
        [t.day(row.recorded.since), format_price(row.price, t.language), say_recorded(t, row.recorded, timezone)]
        for row in prices
    ]
    form = [
        html.Div(
            [
                field(t("Price per employee and month"), text_input(ids.PRICE_AMOUNT, maxLength=12)),
                field(t("From the month"), _month_input(ids.PRICE_MONTH, begins)),
                button(t("Record the price"), ids.PRICE_SAVE, n_clicks=0),
            ],
            className="field-line",
        ),
        error_place(ids.PRICE_ERROR),
    ]
    return build_ledger_page(
        t,
        TERMS,
        t("Prices"),
        html.P(
            t("A month takes the price in force on its 1st. A closed month keeps its price."), className="page-lead"
        ),
        card_table(t("Prices"), headings, rows, kind="bill-table"),
        html.Section([html.H2(t("A new price")), *form], className="card-box"),
        dcc.Store(id=ids.BILL_PLACE, data={"organization": None}),
    )


def _month_input(id: str, value: Month) -> Component:
    return dbc.Input(id=id, type="month", value=str(value))


def say_recorded(t: Translator, recorded: Recorded, timezone: str) -> str:
    return t("{at} by {name}", at=t.moment(recorded.at, timezone), name=recorded.by or t("the server"))


def build_terms_page(t: Translator, view: TermsView) -> Component:
    return build_bill_page(
        t,
        view.place,
        TERMS,
        t("Terms"),
        _build_contract(t, view),
        _build_taxes(t, view),
        dcc.Store(
            id=ids.BILL_PLACE,
            data={"organization": view.place.organization_id, "month": str(view.place.month)},
        ),
        beside=[build_month_choice(t, view.place, TERMS, view.first, view.begins.shift(-1))],
    )


def _build_contract(t: Translator, view: TermsView) -> Component:
    headings = [("who", t("Since"), ""), ("wide", t("Contract"), ""), ("wide", t("Recorded"), "")]
    rows: list[list[Children]] = [
        [
            t.day(row.recorded.since),
            say_settings(t, row.settings),
            say_recorded(t, row.recorded, view.timezone),
        ]
        for row in view.contracts
    ]
    known = (
        card_table(t("Contract"), headings, rows, kind="bill-table")
        if rows
        else html.P(say_settings(t, Settings()), className="meta")
    )
    return html.Section([html.H2(t("Contract")), known, _build_contract_form(t, view)], className="card-box")


def say_settings(t: Translator, settings: Settings) -> str:
    """The contract in a sentence."""
    parts = [
        t("full price for each") if settings.mode == "flat" else t("by the day"),
        t("employees") if settings.basis == "employee" else t("only who opened the application"),
    ]
    if settings.min_days > 1:
        parts.append(t("from {n} days on", n=t.number(settings.min_days)))
    if settings.minimum_cents:
        parts.append(t("at least {amount} a month", amount=money(t, settings.minimum_cents)))
    return ", ".join(parts)


def _build_contract_form(t: Translator, view: TermsView) -> Component:
    now = view.settings
    modes = [{"value": "flat", "label": t("Full price")}, {"value": "daily", "label": t("By the day")}]
    bases = [
        {"value": "employee", "label": t("Employees")},
        {"value": "app_user", "label": t("Who opened the application")},
    ]
    decimal = "," if t.language == "fr" else "."
    minimum = f"{now.minimum_cents // 100}{decimal}{now.minimum_cents % 100:02}"
    month = month_name(t, view.place.month)
    return html.Div(
        [
            html.Div(
                [
                    field(t("Price"), select(ids.CONTRACT_MODE, modes, now.mode)),
                    field(t("Who counts"), select(ids.CONTRACT_BASIS, bases, now.basis)),
                    field(t("From how many days"), text_input(ids.CONTRACT_DAYS, value=str(now.min_days), maxLength=2)),
                    field(t("Minimum a month"), text_input(ids.CONTRACT_MINIMUM, value=minimum, maxLength=12)),
                ],
                className="form-row",
            ),
            html.Div(
                [
                    field(t("From the month"), _month_input(ids.CONTRACT_MONTH, view.begins)),
                    button(t("Record the contract"), ids.CONTRACT_SAVE, n_clicks=0),
                    button(t("Try it on {month}", month=month), ids.CONTRACT_TRY, n_clicks=0),
                ],
                className="field-line",
            ),
            error_place(ids.CONTRACT_ERROR),
            loading(t, html.Div(id=ids.CONTRACT_TRIED, role="status"), shape="lines"),
        ],
        className="stack",
    )


def build_trial(t: Translator, month: Month, now: Simulation, tried: Simulation) -> Component:
    """Side by side; nothing of it is kept."""
    headings = [
        ("who", t("What"), ""),
        ("number", t("As it is"), t("as it is")),
        ("number", t("As tried"), t("as tried")),
        ("number", t("Difference"), t("difference")),
    ]
    amounts = [(t("Subtotal"), now.subtotal_cents, tried.subtotal_cents)]
    amounts += [
        (tax_name(one.code, t), one.amount_cents, other.amount_cents)
        for one, other in zip(now.taxes, tried.taxes, strict=True)
    ]
    amounts.append((t("Total"), now.total_cents, tried.total_cents))
    counts = [(t("Employees"), now.heads, tried.heads), (t("Days"), now.days, tried.days)]
    rows: list[list[Children]] = [
        [name, t.number(before), t.number(after), count_change(t, after - before)] for name, before, after in counts
    ]
    rows += [[name, money(t, before), money(t, after), change(t, after - before)] for name, before, after in amounts]
    terms = say_settings(t, tried.settings)
    said = t("{month}, {terms}: nothing is changed by trying.", month=month_name(t, month), terms=terms)
    return html.Div(
        [html.P(said, className="meta"), card_table(t("Trial"), headings, rows, kind="bill-table with-total")],
        className="stack close-set",
    )


def _build_taxes(t: Translator, view: TermsView) -> Component:
    headings = [
        ("who", t("Since"), ""),
        ("wide", t("Province"), ""),
        ("wide", t("Not charged"), ""),
        ("wide", t("Recorded"), ""),
    ]
    rows: list[list[Children]] = [
        [
            t.day(row.recorded.since),
            row.province,
            _build_exempted(t, row),
            say_recorded(t, row.recorded, view.timezone),
        ]
        for row in view.profiles
    ]
    provinces = [{"value": code, "label": code} for code in view.provinces]
    exempt = [{"value": code, "label": tax_name(code, t)} for code in CODES]
    latest = view.profiles[0] if view.profiles else None
    return html.Section(
        [
            html.H2(t("Taxes")),
            card_table(t("Taxes"), headings, rows, kind="bill-table"),
            html.Div(
                [
                    field(t("Province"), select(ids.TAX_PROVINCE, provinces, latest.province if latest else "QC")),
                    _build_exempt(t, exempt, list(latest.exempt) if latest else []),
                ],
                className="field-line",
            ),
            html.Div(
                [
                    field(
                        t("Number or reason of the exemption, as invoices print it"),
                        text_input(ids.TAX_REASON, value=latest.reason if latest else ""),
                    ),
                    field(t("From the month"), _month_input(ids.TAX_MONTH, view.begins)),
                    button(t("Record the taxes"), ids.TAX_SAVE, n_clicks=0),
                ],
                className="field-line",
            ),
            error_place(ids.TAX_ERROR),
        ],
        className="card-box stack",
    )


def _build_exempted(t: Translator, row: TaxProfileRow) -> Children:
    if not row.exempt:
        return "–"
    return [", ".join(tax_name(code, t) for code in row.exempt), html.Div(row.reason, className="meta", dir="auto")]


def _build_exempt(t: Translator, choices: list[dict[str, str]], chosen: list[str]) -> Component:
    return html.Fieldset(
        [
            html.Legend(t("Not charged"), className="field-label"),
            dbc.Checklist(id=ids.TAX_EXEMPT, options=choices, value=chosen, inline=True),
        ],
        className="field",
    )

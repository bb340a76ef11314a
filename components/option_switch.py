"""The forms of a switch: where, when, at what price, who asked; and of taking one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import (
    button,
    date_input,
    drawer,
    error_place,
    field,
    figures,
    icon,
    select,
    text_input,
)
from components.loading import loading
from data import clock
from data.access.options import NamedRequester
from data.billing.documents.words import format_month, tax_name
from data.billing.foresight import ForeseenBill, ForeseenMonth
from data.i18n import Translator
from data.money import format_money
from data.queries.option_switch import SwitchFigures
from data.queries.recipients import Choice

NOBODY = "nobody"  # asked: customer service puts its own mistake right


@dataclass(frozen=True)
class SwitchForm:
    """`services`: those that can be chosen; `first`: the 1st of next month, where the time is that of `timezone`."""

    is_on: bool
    services: Sequence[Choice]
    requesters: Sequence[NamedRequester]
    first: datetime
    timezone: str


@dataclass(frozen=True)
class SwitchPreview:
    """What confirming would do: `effective_at` None stands for now."""

    is_on: bool
    effective_at: datetime | None
    figures: SwitchFigures


@dataclass(frozen=True)
class SwitchCosts:
    """Of the same switch at each moment that the form offers, by the value of its choice; None where it is unknown."""

    is_on: bool
    bills: Mapping[str, ForeseenBill | None]


def build_switch_drawer() -> Component:
    return html.Div(
        [
            drawer(ids.OPTION_DRAWER, ids.OPTION_TITLE, html.Div(id=ids.OPTION_FORM, className="stack")),
            dcc.Store(id=ids.OPTION_DIRECTION),
        ]
    )


def build_switch_form(t: Translator, form: SwitchForm) -> list[Component]:
    kind = "main" if form.is_on else "danger"
    return [
        _build_scope(t, form.services),
        _build_when(t, form),
        _build_trial(t) if form.is_on else html.Div(date_input(ids.OPTION_TRIAL), hidden=True),
        loading(t, html.Div(id=ids.OPTION_PREVIEW, className="stack close-set preview", role="status"), shape="lines"),
        build_demand(t, form.requesters, ids.OPTION_TICKET, ids.OPTION_REQUESTER),
        *([] if form.requesters else [_build_nobody(t)]),
        error_place(ids.OPTION_ERROR),
        button("", ids.OPTION_CONFIRM, kind=kind, n_clicks=0, disabled=True),
    ]


def _build_scope(t: Translator, services: Sequence[Choice]) -> Component:
    scopes = [
        {"label": t("The whole organization"), "value": "all"},
        {"label": t("Some services"), "value": "services", "disabled": not services},
    ]
    choices = [{"label": choice.name, "value": choice.id} for choice in services]
    return html.Fieldset(
        [
            html.Legend(t("Where")),
            dbc.RadioItems(id=ids.OPTION_SCOPE, options=scopes, value="all"),
            html.Div(
                dbc.Checklist(id=ids.OPTION_SERVICES, options=choices, value=[]),
                id=ids.OPTION_SERVICES_PART,
                className="indented",
                hidden=True,
            ),
        ]
    )


def _build_when(t: Translator, form: SwitchForm) -> Component:
    moments = list_moments(t, form.first, form.timezone, None)
    return html.Fieldset(
        [
            html.Legend(t("When")),
            dbc.RadioItems(id=ids.OPTION_WHEN, options=moments, value=moments[0]["value"]),
            html.Div(
                [field(t("Day"), date_input(ids.OPTION_DAY)), field(t("Hour"), _time_input(ids.OPTION_HOUR, "00:00"))],
                id=ids.OPTION_OTHER_PART,
                className="form-row indented",
                hidden=True,
            ),
            html.P(t("Times are in {zone}.", zone=t.zone(form.timezone)), className="meta"),
        ]
    )


def list_moments(t: Translator, first: datetime, timezone: str, costs: SwitchCosts | None) -> list[dict[str, Any]]:
    """Each with what it costs. The value of the first is its local day: what was shown is what is done, whatever the
    hour."""
    names = {
        clock.local_day(first, timezone).isoformat(): t("From {moment}", moment=t.moment(first, timezone)),
        "now": t("From now on"),
        "other": t("At another moment"),
    }
    return [{"label": _build_moment(t, name, value, costs), "value": value} for value, name in names.items()]


def _build_moment(t: Translator, name: str, value: str, costs: SwitchCosts | None) -> Component:
    said = describe_cost(t, costs.bills[value], is_on=costs.is_on) if costs and value in costs.bills else ""
    return html.Span([html.Span(name), html.Span(said, className="meta cost")])


def describe_cost(t: Translator, bill: ForeseenBill | None, *, is_on: bool) -> str:
    if bill is None:
        return t("What it costs is not known: the price or the taxes are missing.")
    if bill.during.heads == 0:
        return _describe_nothing(t, bill, is_on=is_on)
    if bill.is_whole:
        return _describe_month(t, bill.during)
    whole = _describe_part(t, bill.during)
    if is_on:
        return whole
    return t("{first}, then nothing.", first=whole) if bill.after.heads == 0 else whole


def _describe_nothing(t: Translator, bill: ForeseenBill, *, is_on: bool) -> str:
    if bill.after.heads:
        return t("Free at first; then {cost}", cost=_describe_month(t, bill.after))
    return t("Nobody is employed there: nothing is billed.") if is_on else t("Nothing is billed from then on.")


def _describe_month(t: Translator, month: ForeseenMonth) -> str:
    """137 employés, 34,25 $ + TPS 1,71 $ + TVQ 3,42 $ = 39,38 $ par mois"""
    taxes = [f"{tax_name(tax.code, t)} {format_money(tax.amount_cents, t.language)}" for tax in month.taxes]
    total = format_money(month.total_cents, t.language)
    parts = " + ".join([format_money(month.subtotal_cents, t.language), *taxes])
    return t.plural(
        "{n} employee, {parts} = {total} a month",
        "{n} employees, {parts} = {total} a month",
        month.heads,
        parts=parts,
        total=total,
    )


def _describe_part(t: Translator, month: ForeseenMonth) -> str:
    name, total = format_month(month.month, t), format_money(month.total_cents, t.language)
    if month.mode == "daily":
        return t("{month} is billed by the day, {total}", month=_capital(name), total=total)
    return t("{month} is billed in full, {total}", month=_capital(name), total=total)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _time_input(id: str, value: str) -> Component:
    return dbc.Input(id=id, type="time", value=value)


def _build_trial(t: Translator) -> Component:
    return html.Details(
        [
            html.Summary(t("Free trial")),
            html.Div(
                field(
                    t("Last free day"),
                    date_input(ids.OPTION_TRIAL),
                    help=t("Days up to then cost nothing. What follows is billed as usual."),
                )
            ),
        ],
        className="more-form",
    )


def build_demand(
    t: Translator, requesters: Sequence[NamedRequester], ticket_id: str, requester_id: str, *, nobody: str = ""
) -> Component:
    choices = [{"label": _describe_requester(t, each), "value": each.key} for each in requesters]
    if nobody:
        choices.append({"label": nobody, "value": NOBODY})
    return html.Div(
        [
            field(t("Ticket number"), text_input(ticket_id, maxLength=40, placeholder="SC-2041")),
            field(t("Asked by"), select(requester_id, choices, "", placeholder=t("Choose a person"))),
        ],
        className="form-row",
    )


def _build_nobody(t: Translator) -> Component:
    said = t("Nobody can have asked for it yet: name a first administrator, or give a billing contact.")
    return html.P(said, className="notice-box")


def _describe_requester(t: Translator, requester: NamedRequester) -> str:
    if requester.key.isdecimal():
        return t("{name}, administrator", name=requester.name)
    return t("{name}, billing contact", name=requester.name)


def build_preview(t: Translator, preview: SwitchPreview) -> list[Component]:
    staying = preview.figures.staying_on
    return [
        html.H2(t("What it will do")),
        figures([(words, t.number(count), "") for words, count in _list_figures(t, preview)]),
        html.P(t("Everyone employed there is billed, with the application or not.")) if preview.is_on else None,
        html.P(t("Stays on in: {names}", names=", ".join(staying)), className="notice-box") if staying else None,
        _build_already(t) if preview.figures.is_on_already else None,
    ]


def _build_already(t: Translator) -> Component:
    said = t("It is on there already, with the whole organization: nothing changes as long as that stays on.")
    return html.P(said, className="notice-box")


def build_refused_preview(t: Translator, said: str) -> list[Component]:
    return [html.P(said, className="notice-box")]


def _list_figures(t: Translator, preview: SwitchPreview) -> list[tuple[str, int]]:
    counted = preview.figures
    icon_words = (t("Get the icon"), counted.gaining) if preview.is_on else (t("Lose the icon"), counted.losing)
    return [
        icon_words,
        (t("Can launch public conversations"), counted.launching),
        (t("Without the application"), counted.without_app),
        (t("Without a service yet"), counted.without_service),
    ]


def describe_confirm(t: Translator, preview: SwitchPreview, timezone: str) -> str:
    if preview.effective_at is None:
        return t("Switch on now") if preview.is_on else t("Switch off now")
    moment = t.moment(preview.effective_at, timezone)
    return (
        t("Switch on from {moment}", moment=moment) if preview.is_on else t("Switch off from {moment}", moment=moment)
    )


def build_done(t: Translator, link: str, mail: str | None, name: str, *, is_sent: bool | None) -> Component:
    """After a switch: the written confirmation, to print or to send. `is_sent`: whether it went by e-mail; None where
    the server sends none."""
    letter = html.A([icon("print"), t("Open the confirmation")], href=link, target="_blank", className="button")
    send = html.A([icon("send"), t("Write to {name}", name=name)], href=mail, className="button") if mail else None
    return html.Div(
        [
            icon("check"),
            html.Div(
                [
                    html.Strong(_describe_done(t, name, is_sent=is_sent)),
                    html.Div([letter, send], className="acts"),
                ]
            ),
        ],
        className="told",
        role="status",
    )


def _describe_done(t: Translator, name: str, *, is_sent: bool | None) -> str:
    if is_sent:
        return t("Recorded. {name} has been sent the written confirmation.", name=name)
    if is_sent is False:
        return t("Recorded. The confirmation could not be sent to {name}: print it, or write yourself.", name=name)
    return t("Recorded. Give {name} the written confirmation.", name=name)

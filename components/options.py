"""The option of an organization: where the chat is on, what is planned, and the whole history of who asked for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import (
    Child,
    Children,
    button,
    card_table,
    empty,
    figures,
    icon,
    page,
    tag,
)
from components.onboarding import Onboarding, build_onboarding, build_onboarding_dialogs
from components.option_switch import build_switch_drawer
from components.option_undo import build_undo_dialog
from data.billing.foresight import ForeseenMonth
from data.clock import local_day
from data.i18n import Translator
from data.money import format_money
from data.queries.option_history import OptionEntry
from data.queries.options import OrganizationOption, ServiceOption

NAMED = 6


@dataclass(frozen=True)
class OptionView:
    """An organization's option for whom looks at it: `is_own`, its administrator; `may_switch`, customer service.
    `cost` of the running month as it stands; None where it is not known."""

    organization_id: int
    name: str
    timezone: str
    option: OrganizationOption
    cost: ForeseenMonth | None
    is_own: bool
    may_switch: bool


def build_options_page(t: Translator, view: OptionView, onboarding: Onboarding | None = None) -> Component:
    """`onboarding`: for customer service."""
    lead = (
        t("Customer service switches it, when one of your administrators or your billing contact asks for it.")
        if view.is_own
        else t("Messagerie Chat there: where it is on, what is planned, and who asked for what.")
    )
    parts: list[Component] = [html.Div(build_option(t, view), id=ids.OPTION_BODY, className="stack roomy")]
    if onboarding is not None:
        contacts = html.Div(build_onboarding(t, onboarding), id=ids.CONTACTS_BODY, className="stack roomy")
        parts.insert(len(parts) if onboarding.is_ready else 0, contacts)
        parts += [*build_onboarding_dialogs(t), build_switch_drawer(), build_undo_dialog(t)]
    return page(
        t("Option") if view.is_own else view.name,
        _build_places(t, view) if view.may_switch else None,
        html.Div(id=ids.OPTION_DONE),
        *parts,
        dcc.Store(id=ids.OPTION_ORGANIZATION, data=view.organization_id),
        acts=_build_acts(t, view.option) if view.may_switch else [],
        lead=lead,
    )


def _build_places(t: Translator, view: OptionView) -> Component:
    """Where else customer service looks after this organization."""
    places = (
        (t("Services"), "/services"),
        (t("Import staff"), "/import"),
        (t("Help by telephone"), "/diagnosis"),
        (t("Billing"), "/billing/month"),
    )
    links = [dcc.Link(words, href=f"{path}?organization={view.organization_id}") for words, path in places]
    return html.Nav(links, className="page-links", **{"aria-label": t("For this organization")})


def _build_acts(t: Translator, option: OrganizationOption) -> list[Component]:
    """Both: what is on in one service may be switched on in another."""
    kind = "" if option.is_everywhere else "main"
    return [
        button(t("Switch off…"), ids.OPTION_SWITCH_OFF, n_clicks=0),
        button(t("Switch on…"), ids.OPTION_SWITCH_ON, kind=kind, n_clicks=0),
    ]


def build_option(t: Translator, view: OptionView) -> list[Component]:
    parts = [
        _build_state(t, view.option, view.cost),
        _build_due(t, view) if view.option.due else None,
        _build_services(t, view.option.services) if view.option.services else None,
        _build_history(t, view),
    ]
    return [part for part in parts if part is not None]


def _build_state(t: Translator, option: OrganizationOption, cost: ForeseenMonth | None) -> Component:
    without = option.employed - option.equipped
    month = [] if cost is None else [_build_cost(t, cost)]
    return html.Section(
        [
            html.P(describe_state(t, option), className="state-words"),
            figures(
                [
                    (t("Employed today"), t.number(option.employed), ""),
                    (
                        t("With the application"),
                        t.number(option.equipped),
                        t.plural("{n} without it", "{n} without it", without),
                    ),
                    *month,
                ]
            ),
        ],
        className="stack",
        **{"aria-label": t("State")},
    )


def _build_cost(t: Translator, cost: ForeseenMonth) -> tuple[str, Child, Child]:
    heads = t.plural("{n} person billed", "{n} people billed", cost.heads)
    return t("Cost this month"), format_money(cost.total_cents, t.language), heads


def describe_state(t: Translator, option: OrganizationOption) -> str:
    if option.is_everywhere and option.since is not None:
        return t("The chat is on in the whole organization since {day}.", day=t.day(option.since))
    on = sum(service.is_on for service in option.services)
    if not on:
        return t("The chat is off.")
    return t.plural(
        "The chat is on in {n} service out of {all}.",
        "The chat is on in {n} services out of {all}.",
        on,
        all=t.number(len(option.services)),
    )


def _build_due(t: Translator, view: OptionView) -> Component:
    lines = [_build_due_line(t, view, entry) for entry in view.option.due]
    return html.Section(
        [html.H2(t("Planned")), html.Ul(lines, className="plain row-list")], className="stack close-set"
    )


def _build_due_line(t: Translator, view: OptionView, entry: OptionEntry) -> Component:
    moment, what = t.moment(entry.effective_at, view.timezone), describe_entry(t, entry)
    give_up = button(
        [t("Give up"), html.Span(f" – {what}, {moment}", className="hidden-text")],
        ids.option_undo("cancel", entry.change_id),
        n_clicks=0,
    )
    return html.Li(
        [
            icon("calendar"),
            html.Div(
                [
                    html.Strong(moment),
                    html.Div(what, dir="auto"),
                    html.Div(_describe_demand(t, entry), className="meta", dir="auto"),
                ],
                className="grow",
            ),
            _build_confirmation_link(t, entry),
            give_up if view.may_switch else None,
        ]
    )


def _build_services(t: Translator, services: Sequence[ServiceOption]) -> Component:
    headings = (
        ("who", t("Service"), ""),
        ("wide", t("Chat"), ""),
        ("number", t("Employed today"), t("employed today")),
        ("number", t("With the application"), t("with the application")),
    )
    rows: list[list[Children]] = [
        [
            html.Span(service.name, dir="auto"),
            _build_service_state(t, service),
            t.number(service.employed),
            t.number(service.equipped),
        ]
        for service in services
    ]
    return html.Section(
        [html.H2(t("Services")), card_table(t("Services"), headings, rows)], className="stack close-set"
    )


def _build_service_state(t: Translator, service: ServiceOption) -> list[Child]:
    if not service.is_on:
        return [tag(t("off"), "quiet")]
    since = t("since {day}", day=t.day(service.since)) if service.since else t("with the whole organization")
    return [tag(t("on")), html.Span(f" {since}", className="meta")]


def _build_history(t: Translator, view: OptionView) -> Component:
    headings = (*list_headings(t), ("go", t("Document"), ""))
    rows = [
        [*build_history_cells(t, entry, view.timezone), _build_history_acts(t, view, entry)]
        for entry in view.option.history
    ]
    told = (
        card_table(t("History"), headings, rows, kind="option-history")
        if rows
        else empty("clock", html.P(t("The chat was never switched on here.")))
    )
    return html.Section([html.H2(t("History")), told], className="stack close-set")


def list_headings(t: Translator) -> list[tuple[str, str, str]]:
    return [
        ("who", t("What"), ""),
        ("wide", t("Takes effect"), t("Takes effect")),
        ("wide", t("Ticket, asked by"), t("Ticket, asked by")),
        ("wide", t("Recorded"), t("Recorded")),
    ]


def build_history_cells(t: Translator, entry: OptionEntry, timezone: str) -> list[Children]:
    asked = entry.requested_by or t("nobody: a mistake of customer service")
    trial = t("free until {day}", day=t.day(entry.trial_until)) if entry.trial_until else ""
    return [
        [html.Span(describe_entry(t, entry), dir="auto"), _build_standing(t, entry)],
        _build_lines(t.day(local_day(entry.effective_at, timezone)), t.hour(entry.effective_at, timezone), trial),
        _build_lines(entry.ticket, asked),
        _build_lines(
            t.day(local_day(entry.recorded_at, timezone)),
            f"{t.hour(entry.recorded_at, timezone)}, {describe_recorder(t, entry)}",
        ),
    ]


def _build_lines(first: str, *more: str) -> list[Child]:
    return [html.Span(first, dir="auto"), *(html.Div(line, className="meta", dir="auto") for line in more if line)]


def _build_history_acts(t: Translator, view: OptionView, entry: OptionEntry) -> Component:
    annul = button(
        [t("Annul"), html.Span(f" – {describe_entry(t, entry)}", className="hidden-text")],
        ids.option_undo("annul", entry.change_id),
        n_clicks=0,
    )
    may_annul = view.may_switch and entry.may_be_annulled
    return html.Div([_build_confirmation_link(t, entry), annul if may_annul else None], className="acts")


def describe_entry(t: Translator, entry: OptionEntry) -> str:
    act = {
        "on": t("Switched on"),
        "off": t("Switched off"),
        "on_given_up": t("Planned activation given up"),
        "off_given_up": t("Planned end given up"),
        "annulled": t("Activation annulled"),
    }[entry.kind]
    return t("{act}: {where}", act=act, where=describe_scope(t, entry.services))


def describe_scope(t: Translator, names: Sequence[str]) -> str:
    if not names:
        return t("the whole organization")
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} " + t.plural("and {n} more", "and {n} more", more) if more > 0 else shown


def describe_recorder(t: Translator, entry: OptionEntry) -> str:
    return t("by {name}", name=entry.recorded_by) if entry.recorded_by else t("at the server's console")


def _describe_demand(t: Translator, entry: OptionEntry) -> str:
    return t("Ticket {ticket}, asked by {name}", ticket=entry.ticket, name=entry.requested_by or "")


def _build_standing(t: Translator, entry: OptionEntry) -> Component | None:
    if entry.standing == "done":
        return None
    words = {"due": t("planned"), "given_up": t("given up"), "annulled": t("annulled")}[entry.standing]
    return html.Span([" ", tag(words, "" if entry.standing == "due" else "off")])


def _build_confirmation_link(t: Translator, entry: OptionEntry) -> Component | None:
    if not entry.is_switch:
        return None
    return html.A(
        [t("Confirmation"), html.Span(f" {entry.ticket}", className="hidden-text")],
        href=f"/options/confirmation/{entry.change_id}",
    )

"""The page of the organization's settings, and of the messages that were marked as urgent."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components import ids
from components.controls import button, card_table, empty, error_place, field, page, text_input
from data.i18n import Translator
from data.queries.settings import SettingsRow, Urgency


def build_settings_page(t: Translator, settings: SettingsRow, urgency: Urgency) -> Component:
    return page(
        t("Settings"),
        html.Div(
            [
                _build_quiet_hours(t, settings),
                _build_notifications(t, settings),
                _build_formal(t, settings),
                error_place(ids.SETTINGS_ERROR),
                html.Div(button(t("Save"), ids.SETTINGS_SAVE, kind="main", n_clicks=0), className="acts"),
            ],
            className="settings-form",
        ),
        _build_urgency(t, urgency, settings.timezone),
        lead=t("What holds for everybody in the organization."),
    )


def _build_quiet_hours(t: Translator, settings: SettingsRow) -> Component:
    return html.Section(
        [
            html.H2(t("Quiet hours")),
            html.P(
                t(
                    "No notification then: what comes waits, and one summary tells of it when they are over. Everybody "
                    "may choose their own on their phone. A manager's urgent message comes through."
                ),
                className="meta",
            ),
            html.Div(
                [
                    field(t("From"), _hour_input(ids.SETTINGS_QUIET_STARTS, settings.quiet.starts)),
                    field(t("Until"), _hour_input(ids.SETTINGS_QUIET_ENDS, settings.quiet.ends)),
                ],
                className="form-row",
            ),
            html.P(t("The same hour twice: no quiet hours."), className="meta"),
        ],
        className="stack close-set",
    )


def _hour_input(id: str, minute: int) -> Component:
    return dbc.Input(id=id, type="time", value=f"{minute // 60:02}:{minute % 60:02}")


def _build_notifications(t: Translator, settings: SettingsRow) -> Component:
    return html.Section(
        [
            html.H2(t("What notifications show")),
            dbc.Checkbox(
                id=ids.SETTINGS_SHOWS_TEXT,
                label=t("The words of the message, besides who wrote and where"),
                value=settings.shows_text,
            ),
            html.P(
                t("They can be read on a locked screen, by whoever stands beside it. Off unless you decide otherwise."),
                className="meta",
            ),
        ],
        className="stack close-set",
    )


def _build_formal(t: Translator, settings: SettingsRow) -> Component:
    address = text_input(
        ids.SETTINGS_FORMAL, type="url", value=settings.formal_address, maxLength=500, placeholder="https://"
    )
    return html.Section(
        [
            html.H2(t("Formal requests")),
            field(
                t("Address of the formal messaging"),
                address,
                help=t("Under the box where people write: “Time off or a replacement? Make a formal request.”"),
            ),
        ],
        className="stack close-set",
    )


def _build_urgency(t: Translator, urgency: Urgency, timezone: str) -> Component:
    return html.Section(
        [html.H2(t("Urgent messages")), *_list_urgency(t, urgency, timezone)],
        className="stack close-set",
    )


def _list_urgency(t: Translator, urgency: Urgency, timezone: str) -> list[Component]:
    if not urgency.rows:
        said = t("No message was marked as urgent. A manager can, in a public conversation, with a reason shown here.")
        return [empty("bell", html.P(said))]
    counts = ", ".join(f"{name} {t.number(count)}" for name, count in urgency.by_author)
    total = t("{n} in the last 30 days", n=t.number(urgency.count))
    rows = [
        [row.author, t.moment(row.at, timezone), f"{row.conversation} · {row.service}", row.reason]
        for row in urgency.rows
    ]
    headings = [
        ("who", t("Manager"), ""),
        ("", t("When"), ""),
        ("", t("Conversation"), ""),
        ("wide", t("Reason"), t("Reason")),
    ]
    summary = f"{total} – {counts}" if counts else total
    return [html.P(summary, className="meta"), card_table(t("Urgent messages"), headings, rows)]

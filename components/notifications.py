"""Notifications in words: a device and when something last came there, quiet hours, what to tell somebody who gets
none."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.controls import Child, icon
from data.i18n import Translator
from data.push.quiet import QuietHours
from data.queries.causes import Alerts
from data.queries.push import DeviceRow


def describe_quiet_hours(t: Translator, quiet: QuietHours) -> str:
    if quiet.starts == quiet.ends:
        return t("none")
    return t("from {start} to {end}", start=t.time(quiet.starts), end=t.time(quiet.ends))


def describe_device(t: Translator, timezone: str, row: DeviceRow) -> str:
    """When something last came there, and whether something failed since."""
    if row.succeeded_at is None:
        arrived = t("nothing sent yet")
    else:
        arrived = t("last notification on {moment}", moment=t.moment(row.succeeded_at, timezone))
    return " · ".join([arrived, t("the last attempt failed")] if row.has_failed else [arrived])


def build_alerts(t: Translator, seen: Alerts, timezone: str, *, names_devices: bool) -> Component:
    """On the page of help by telephone."""
    facts: list[tuple[str, Child]] = [
        (t("Told on"), _list_devices(t, seen, timezone, names_devices=names_devices)),
        (t("Quiet hours"), _describe_hours(t, seen, timezone)),
        (t("Muted conversations"), t.number(seen.muted)),
    ]
    parts = [part for name, value in facts for part in (html.Dt(name), html.Dd(value, dir="auto"))]
    advice = _advise(t, seen)
    said = html.P([icon("info"), html.Span(advice)], className="told warn") if advice else None
    return html.Section(
        [
            html.H2(t("Notifications")),
            *([said] if said else []),
            html.Div(html.Dl(parts, className="facts"), className="card-box identity"),
        ],
        className="stack close-set",
    )


def _advise(t: Translator, seen: Alerts) -> str:
    """What to tell somebody who gets none."""
    if not seen.devices:
        return t("No device of theirs takes notifications. In the application: Menu, Notifications, Turn on.")
    if all(row.has_failed for row in seen.devices):
        return t("The last attempts failed. In the application: Menu, Notifications, Try.")
    if seen.quiet_until is not None:
        return t("They are in their quiet hours: what comes now is told at their end.")
    return ""


def _list_devices(t: Translator, seen: Alerts, timezone: str, *, names_devices: bool) -> Child:
    if not seen.devices:
        return t("none")
    if not names_devices:
        return t.plural("{n} device", "{n} devices", len(seen.devices))
    lines = [f"{row.name} – {describe_device(t, timezone, row)}" for row in seen.devices]
    return html.Ul([html.Li(line) for line in lines], className="plain")


def _describe_hours(t: Translator, seen: Alerts, timezone: str) -> str:
    whose = t("their own") if seen.is_own_quiet else t("those of the organization")
    now = [] if seen.quiet_until is None else [t("now, until {hour}", hour=t.hour(seen.quiet_until, timezone))]
    return " · ".join([describe_quiet_hours(t, seen.quiet), whose, *now])

"""Every chart and table of the usage page as a table: what stands behind a chart, and what files take away. Figures are
told as on the screen, those in steps of five included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from components.usage_words import (
    list_weekdays,
    name_step,
    say_absence,
    say_change,
    say_hour,
    say_loss,
    say_point,
    say_value,
)
from data.billing.documents.tables import Cell, Column, Row, Table, Term
from data.i18n import Translator
from data.usage.definitions import define, name_figure
from data.usage.privacy import Amount
from data.usage.report import Activity, Figure, FigureKey, ServiceRow, Unit, UsageReport, Value

SheetKey = Literal["figures", "activity", "kinds", "people", "heat", "services", "funnel", "silent", "conversations"]
KINDS: tuple[FigureKey, ...] = ("public_messages", "group_messages", "one_to_one_messages")
SERVICE_FIGURES: tuple[FigureKey, ...] = (
    "employees",
    "equipped",
    "active_7",
    "reading_24h",
    "first_reply",
    "messages",
)


def list_sheets(t: Translator, report: UsageReport) -> dict[SheetKey, Table]:
    """In the order of the page; without those that have nothing in them."""
    sheets = {key: make(t, report) for key, make in _SHEETS.items()}
    return {key: sheet for key, sheet in sheets.items() if sheet.rows}


def cell(t: Translator, value: Value, unit: Unit) -> Cell:
    """Exact figures as numbers; others in the words of the screen, with what is known of them as a code."""
    if value.amount is None:
        absence = value.absence or "nothing"
        return Cell("term", Term(absence, say_absence(t, absence)))
    if not value.amount.is_exact:
        code = "0-4" if value.amount.is_few else f"{value.amount.value:g}"
        return Cell("term", Term(code, say_value(t, value, unit)))
    if unit == "seconds":
        return Cell("term", Term(f"{value.amount.value:g}", say_value(t, value, unit)))
    if unit == "cents":
        return Cell("money", round(value.amount.value))
    return Cell("share", value.amount.value) if unit == "rate" else Cell("count", round(value.amount.value))


def _figures(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("figure", t("Figure"), "term"),
        Column("now", t("This period"), "cell"),
        Column("at_least", t("At least"), "cell"),
        Column("at_most", t("At most"), "cell"),
        Column("before", t("Period before"), "cell"),
        Column("change", t("Change")),
        Column("definition", t("Definition")),
    )
    return Table(t("Figures"), columns, [_figure_row(t, figure) for figure in report.figures.values()])


def _figure_row(t: Translator, figure: Figure) -> Row:
    amount = figure.now.amount
    bounds: list[Cell | None] = [None, None]
    if amount and not amount.is_exact:
        bounds = [cell(t, Value(Amount.exactly(bound)), figure.unit) for bound in (amount.low, amount.high)]
    return [
        Term(figure.key, name_figure(t, figure.key)),
        cell(t, figure.now, figure.unit),
        *bounds,
        cell(t, figure.before, figure.unit),
        say_change(t, figure),
        define(t, figure.key),
    ]


def _activity(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("from", name_grain(t, report.activity)),
        Column("starts_on", t("First day"), "day"),
        Column("messages", t("Public messages"), "count", is_summed=True),
        Column("by_managers", t("Of these, by managers"), "count", is_summed=True),
        Column("before", t("Period before"), "count"),
        Column("is_partial", t("Not a whole one"), "flag"),
    )
    grain = report.activity.grain
    rows: list[Row] = [
        [say_point(t, point, grain), point.starts_on, point.messages, point.leaders, point.before, point.is_partial]
        for point in report.activity.points
    ]
    return Table(title_activity(t, report.activity), columns, rows)


def title_activity(t: Translator, activity: Activity) -> str:
    return {
        "hour": t("Public messages by hour"),
        "day": t("Public messages by day"),
        "week": t("Public messages by week"),
        "month": t("Public messages by month"),
    }[activity.grain]


def name_grain(t: Translator, activity: Activity) -> str:
    return {"hour": t("Hour"), "day": t("Day"), "week": t("Week"), "month": t("Month")}[activity.grain]


def _kinds(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("kind", t("Kind"), "term"),
        Column("messages", t("Messages"), "cell"),
        Column("before", t("Period before"), "cell"),
        Column("change", t("Change")),
    )
    figures = [report.figures[key] for key in (*KINDS, "deleted_messages") if key in report.figures]
    rows: list[Row] = [
        [
            Term(figure.key, name_figure(t, figure.key)),
            cell(t, figure.now, figure.unit),
            cell(t, figure.before, figure.unit),
            say_change(t, figure),
        ]
        for figure in figures
    ]
    return Table(t("Kinds of messages"), columns, rows)


def _people(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("from", t("First day"), "day"),
        Column("to", t("Last day"), "day"),
        Column("readers", t("Readers"), "cell"),
        Column("writers", t("Writers"), "cell"),
    )
    rows: list[Row] = [
        [point.from_on, point.to_on, cell(t, point.readers, "people"), cell(t, point.writers, "people")]
        for point in report.people
    ]
    return Table(t("Who reads, who writes"), columns, rows)


def _heat(t: Translator, report: UsageReport) -> Table:
    """Hours down: across, there would be too many."""
    days = [Column(f"day_{at + 1}", day, "count", is_summed=True) for at, day in enumerate(list_weekdays(t, "EEE"))]
    rows: list[Row] = [[say_hour(t, hour), *(day[hour] for day in report.heat)] for hour in range(24)]
    return Table(t("When people write"), (Column("hour", t("Hour")), *days), rows)


def _services(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("service", t("Service")),
        *(Column(key, name_figure(t, key), "cell") for key in SERVICE_FIGURES),
        Column("heard_on", t("Last public message"), "day"),
        Column("silent_days", t("Days of silence"), "count"),
        Column("is_left_out", t("Left out of the totals of people"), "flag"),
    )
    return Table(t("Services compared"), columns, [_service_row(t, row) for row in report.services])


def _service_row(t: Translator, row: ServiceRow) -> Row:
    known: Mapping[FigureKey, Figure] = row.figures
    figures = [cell(t, known[key].now, known[key].unit) if key in known else None for key in SERVICE_FIGURES]
    return [row.service.name, *figures, row.heard_on, row.silent_days, row.is_left_out]


def _funnel(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("step", t("Step"), "term"),
        Column("people", t("People"), "cell"),
        Column("share", t("Of the employees"), "share"),
        Column("lost", t("Lost"), "cell"),
        Column("reason", t("Why"), "term"),
    )
    rows: list[Row] = [
        [
            Term(step.key, name_step(t, step.key)),
            cell(t, step.people, "people"),
            None if step.people.amount and step.people.amount.is_few else step.share,
            cell(t, step.lost, "people") if step.reason else None,
            Term(step.reason, say_loss(t, step.reason, "")) if step.reason else None,
        ]
        for step in report.funnel
    ]
    return Table(t("Whom a public message reaches"), columns, rows)


def _silent(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("service", t("Service")),
        Column("heard_on", t("Last public message"), "day"),
        Column("silent_days", t("Days of silence"), "count"),
        Column("without_app", t("Without the application"), "count"),
    )
    rows: list[Row] = [
        [silent.service.name, silent.heard_on, silent.days, silent.without_app] for silent in report.silent_services
    ]
    return Table(t("Silent services"), columns, rows)


def _conversations(t: Translator, report: UsageReport) -> Table:
    columns = (
        Column("conversation", t("Conversation")),
        Column("service", t("Service")),
        Column("started_on", t("Started"), "day"),
        Column("messages", t("Messages"), "count"),
        Column("heard_on", t("Last message"), "day"),
        Column("silent_days", t("Days of silence"), "count"),
        Column("is_active", t("Active in the period"), "flag"),
    )
    rows: list[Row] = [
        [row.name, row.service.name, row.started_on, row.messages, row.heard_on, row.silent_days, row.is_active]
        for row in report.conversations
    ]
    return Table(t("Public conversations"), columns, rows)


_SHEETS: dict[SheetKey, Callable[[Translator, UsageReport], Table]] = {
    "figures": _figures,
    "activity": _activity,
    "kinds": _kinds,
    "people": _people,
    "heat": _heat,
    "services": _services,
    "funnel": _funnel,
    "silent": _silent,
    "conversations": _conversations,
}

"""The tables of the usage page, and what takes each of them away as a file."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.controls import Children, card_table, tag
from components.usage_place import FILES, UsagePlace, write_in
from components.usage_plots import percent
from components.usage_sheets import SERVICE_FIGURES, SheetKey
from components.usage_words import count, say_absence, say_change, say_since, say_value
from data.billing.documents.tables import Cell, Kind, Table, Term, is_missing
from data.i18n import Translator
from data.usage.definitions import name_figure
from data.usage.report import ConversationRow, Figure, ServiceRow, UsageReport

LEFT_OUT = frozenset({"starts_on", "is_partial", "is_left_out", "heard_on"})  # for files: they do not fit a card
NUMBERS: frozenset[Kind] = frozenset({"count", "number", "share", "cell"})


def build_file_link(t: Translator, place: UsagePlace, sheet: SheetKey, title: str) -> Component:
    words = [t("CSV"), html.Span(f" – {title}", className="hidden-text")]
    return html.A(words, href=place.link(FILES, sheet=sheet, form="csv"), className="usage-file", download="")


def describe_sheet(t: Translator, sheet: Table) -> dict[str, object]:
    """A chart's figures in words, which the page makes a table of (assets/usage.js): here, its hundreds of cells would
    take longer than all the rest."""
    shown = [at for at, column in enumerate(sheet.columns) if column.key not in LEFT_OUT]
    columns = [sheet.columns[at] for at in shown]
    return {
        "caption": sheet.title,
        "kind": "hours-table" if sheet.columns[0].key == "hour" else "card-table",
        "head": [[column.title, _choose_kind(at, column.kind)] for at, column in enumerate(columns)],
        "rows": [[_say_cell(t, row[at], sheet.columns[at].kind) for at in shown] for row in sheet.rows],
    }


def _choose_kind(at: int, kind: Kind) -> str:
    return "who" if not at else "number" if kind in NUMBERS else "wide"


def _say_cell(t: Translator, value: object, kind: Kind) -> str:
    if isinstance(value, Cell):
        return _say_cell(t, value.value, value.kind)
    if is_missing(value):  # type: ignore[arg-type]
        return ""
    if isinstance(value, Term):
        return value.text
    return _say_plain(t, value, kind)


def _say_plain(t: Translator, value: object, kind: Kind) -> str:
    if kind == "flag":
        return t("Yes") if value else ""
    if kind == "share" and isinstance(value, float | int):
        return percent(t, value)
    if kind == "day":
        return t.day(value)  # type: ignore[arg-type]
    return count(t, value) if isinstance(value, int) else str(value)


def build_services(t: Translator, place: UsagePlace, report: UsageReport) -> Component | None:
    if len(report.services) < 2:
        return None
    title = t("All services")
    headings = [
        ("who", t("Service"), ""),
        *(("number", name_figure(t, key), name_figure(t, key)) for key in SERVICE_FIGURES),
        ("number", t("Last public message"), t("last public message")),
    ]
    rows = [_build_service(t, place, row) for row in report.services]
    return html.Section(
        [
            html.Div([html.H2(title), build_file_link(t, place, "services", title)], className="usage-head"),
            card_table(title, headings, rows, kind="usage-table"),
        ],
        className="stack close-set",
    )


def _build_service(t: Translator, place: UsagePlace, row: ServiceRow) -> list[Children]:
    name = dcc.Link(html.Span(row.service.name, dir="auto"), href=place.of_service(row.service))
    marks = [
        tag(t("closed"), "quiet") if row.closed_on else None,
        tag(t("option off"), "quiet") if not row.has_option and not row.closed_on else None,
    ]
    figures: list[Children] = [_build_figure(t, row.figures.get(key)) for key in SERVICE_FIGURES]
    return [[name, *(mark for mark in marks if mark)], *figures, say_since(t, row.silent_days)]


def _build_figure(t: Translator, figure: Figure | None) -> Children:
    """With its change below; without a figure, why."""
    if figure is None:
        return ""
    said = say_value(t, figure.now, figure.unit)
    if figure.now.absence:
        return html.Span(said, title=say_absence(t, figure.now.absence))
    change = say_change(t, figure)
    return [said, html.Span(change, className="meta change")] if change and figure.change else said


def build_conversations(t: Translator, place: UsagePlace, report: UsageReport) -> Component | None:
    if not report.conversations:
        return None
    title = t("Public conversations")
    headings = [
        ("who", t("Conversation"), ""),
        ("", t("Service"), ""),
        ("number", t("Started"), t("started")),
        ("number", t("Messages"), t("messages")),
        ("number", t("Last message"), t("last message")),
    ]
    shown, whole = len(report.conversations), report.conversation_count
    said = t("The {n} latest of {total}.", n=t.number(shown), total=t.number(whole)) if shown < whole else ""
    return html.Section(
        [
            html.Div([html.H2(title), build_file_link(t, place, "conversations", title)], className="usage-head"),
            card_table(
                title, headings, [_build_conversation(t, row) for row in report.conversations], kind="usage-table"
            ),
            html.P(said, className="meta") if said else None,
        ],
        className="stack close-set",
    )


def _build_conversation(t: Translator, row: ConversationRow) -> list[Children]:
    name = dcc.Link(html.Span(row.name, dir="auto"), href=write_in(row.id))
    silent = tag(t("silent"), "warn") if row.silent_days >= 7 else None
    return [
        [name, silent] if silent else name,
        html.Span(row.service.name, dir="auto"),
        t.day(row.started_on),
        t.number(row.messages),
        say_since(t, row.silent_days),
    ]

"""The tables of the usage page, and what takes each of them away as a file."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.usage_place import FILES, UsagePlace, write_in
from components.usage_plots import percent
from components.usage_sheets import SERVICE_FIGURES, SheetKey
from components.usage_words import count, say_absence, say_change, say_since, say_value
from data.billing.documents.tables import Cell, Kind, Table, Term, is_missing
from data.i18n import Translator
from data.usage.definitions import name_figure
from data.usage.report import ConversationRow, Figure, ServiceRow, UsageReport

# A heading: its words, the kind of its column, what stands beside a value on a card.
Head = tuple[str, str, str]
# A cell: words, or `words` with `href`, `mark` (a tag's words and kind), `below`, `why` (said where one points at it).
Drawn = str | dict[str, object]
Described = dict[str, object]

LEFT_OUT = frozenset({"starts_on", "is_partial", "is_left_out", "heard_on"})  # for files: they do not fit a card
CARDS, HOURS = "card-table usage-table", "hours-table"
SILENCE = 7  # days
NUMBERS: frozenset[Kind] = frozenset({"count", "number", "share", "cell"})


def build_file_link(t: Translator, place: UsagePlace, sheet: SheetKey, title: str) -> Component:
    words = [t("CSV"), html.Span(f" – {title}", className="hidden-text")]
    return html.A(words, href=place.link(FILES, sheet=sheet, form="csv"), className="usage-file", download="")


def describe(caption: str, head: Sequence[Head], rows: Sequence[Sequence[Drawn]], kind: str = CARDS) -> Described:
    return {"caption": caption, "kind": kind, "head": head, "rows": rows}


def place_table(name: str, table: Described) -> list[Component]:
    """Where the page draws it: here, some hundreds of cells would take longer than all the rest (assets/usage.js)."""
    return [html.Div(id=ids.usage_list(name)), dcc.Store(id=ids.usage_rows(name), data=table)]


def describe_sheet(t: Translator, sheet: Table) -> Described:
    """The figures behind a chart, in words."""
    shown = [at for at, column in enumerate(sheet.columns) if column.key not in LEFT_OUT]
    kinds = [_choose_kind(at, sheet.columns[at].kind) for at in shown]
    titles = [sheet.columns[at].title for at in shown]
    rows = [[_say_cell(t, row[at], sheet.columns[at].kind) for at in shown] for row in sheet.rows]
    kind = HOURS if sheet.columns[0].key == "hour" else CARDS
    return describe(sheet.title, list(zip(titles, kinds, titles, strict=True)), rows, kind)


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
    head: list[Head] = [
        (t("Service"), "who", ""),
        *((name_figure(t, key), "number", name_figure(t, key)) for key in SERVICE_FIGURES),
        (t("Last public message"), "number", t("last public message")),
    ]
    rows = [_describe_service(t, place, row) for row in report.services]
    return html.Section(
        [
            html.Div([html.H2(title), build_file_link(t, place, "services", title)], className="usage-head"),
            *place_table("services", describe(title, head, rows)),
        ],
        className="stack close-set",
    )


def _describe_service(t: Translator, place: UsagePlace, row: ServiceRow) -> list[Drawn]:
    mark = [t("closed"), "quiet"] if row.closed_on else [t("option off"), "quiet"] if not row.has_option else None
    name: Drawn = {"words": row.service.name, "href": place.of_service(row.service), "mark": mark}
    figures = [_describe_figure(t, row.figures.get(key)) for key in SERVICE_FIGURES]
    return [name, *figures, say_since(t, row.silent_days)]


def _describe_figure(t: Translator, figure: Figure | None) -> Drawn:
    """With its change below; without a figure, why."""
    if figure is None:
        return ""
    said = say_value(t, figure.now, figure.unit)
    if figure.now.absence:
        return {"words": said, "why": say_absence(t, figure.now.absence)}
    return {"words": said, "below": say_change(t, figure)} if figure.change else said


def build_conversations(t: Translator, place: UsagePlace, report: UsageReport) -> Component | None:
    if not report.conversations:
        return None
    title = t("Public conversations")
    head: list[Head] = [
        (t("Conversation"), "who", ""),
        (t("Service"), "", ""),
        (t("Started"), "number", t("started")),
        (t("Messages"), "number", t("messages")),
        (t("Last message"), "number", t("last message")),
    ]
    rows = [_describe_conversation(t, row) for row in report.conversations]
    shown, whole = len(report.conversations), report.conversation_count
    said = t("The {n} latest of {total}.", n=t.number(shown), total=t.number(whole)) if shown < whole else ""
    return html.Section(
        [
            html.Div([html.H2(title), build_file_link(t, place, "conversations", title)], className="usage-head"),
            *place_table("conversations", describe(title, head, rows)),
            html.P(said, className="meta") if said else None,
        ],
        className="stack close-set",
    )


def _describe_conversation(t: Translator, row: ConversationRow) -> list[Drawn]:
    mark = [t("silent"), "warn"] if row.silent_days >= SILENCE else None
    return [
        {"words": row.name, "href": write_in(row.id), "mark": mark},
        {"words": row.service.name},
        t.day(row.started_on),
        t.number(row.messages),
        say_since(t, row.silent_days),
    ]

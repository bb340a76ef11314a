"""The charts of the usage page: each a card with its title, what it shows in a sentence, the drawing, and behind it the
table and what one takes away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Child, button
from components.usage_place import UsagePlace
from components.usage_plots import (
    PAST,
    SERIES,
    Bar,
    Figure,
    Line,
    Measure,
    Tick,
    escape,
    percent,
    plot_bars,
    plot_dots,
    plot_heat,
    plot_lines,
)
from components.usage_sheets import KINDS, SheetKey, list_sheets
from components.usage_tables import build_file_link, describe_sheet
from components.usage_words import (
    LONGEST_TITLE,
    count,
    list_weekdays,
    say_absence,
    say_change,
    say_days,
    say_hour,
    say_point,
    say_value,
    say_window,
    short_day,
    title_file,
)
from data.billing.documents.tables import Table, format_file_name
from data.i18n import Translator
from data.usage.definitions import name_figure
from data.usage.report import FigureKey, PeoplePoint, ServiceRow, UsageReport, Value

LABELS = 4  # under a chart: more would touch on a phone
MOST_SERVICES = 12
COMPARED: tuple[FigureKey, ...] = ("equipment_rate", "activity_rate", "reading_24h")
CONFIG = {"displayModeBar": False, "responsive": True, "showTips": False, "doubleClick": False}


class Chart:
    """What every card of a chart needs: whose figures, in which language, their tables."""

    def __init__(self, t: Translator, place: UsagePlace, report: UsageReport) -> None:
        self.t = t
        self.place = place
        self.report = report
        self.sheets: Mapping[SheetKey, Table] = list_sheets(t, report)

    def build(
        self,
        sheet: SheetKey,
        said: Child | Sequence[Child],
        figure: Figure,
        height: int = 220,
        below: Component | None = None,
    ) -> Component:
        t, table = self.t, self.sheets[sheet]
        plot = dcc.Graph(id=ids.usage_chart(sheet), config=CONFIG, responsive=True, style={"height": "100%"})
        return html.Section(
            [
                html.H2(table.title),
                html.P(said, className="usage-said"),
                html.Div(plot, className="usage-plot", style={"height": f"{height}px"}, **{"aria-hidden": "true"}),
                dcc.Store(id=ids.usage_figure(sheet), data={"figure": figure, "table": describe_sheet(t, table)}),
                below,
                html.Div(
                    [
                        html.Details(
                            [html.Summary(t("Show the figures")), html.Div(id=ids.usage_table(sheet))],
                            className="bill-figures usage-behind",
                        ),
                        self._build_picture(table.title),
                        build_file_link(t, self.place, sheet, table.title),
                    ],
                    className="usage-files",
                ),
            ],
            className=f"card-box usage-chart {sheet}",
        )

    def _build_picture(self, title: str) -> Component:
        """The picture carries what the page says around it."""
        t, service, window = self.t, self.report.scope.service, self.report.window
        name = service.name if service else None
        file = format_file_name(title_file(t, title, name, window), "png", longest=LONGEST_TITLE)
        head = f"{title} – {name or t('All my services')}, {say_window(t, window)}"
        data = {"data-title": escape(head), "data-file": file.removesuffix(".png")}
        return button([t("Picture"), html.Span(f" – {title}", className="hidden-text")], kind="link-button", **data)


def build_charts(chart: Chart) -> Iterator[Component]:
    yield html.Div([build_activity(chart), build_heat(chart)], className="usage-columns")
    people = build_people(chart)
    yield html.Div([part for part in (build_kinds(chart), people) if part], className="usage-columns even")
    if len(chart.report.services) > 1:
        yield build_comparison(chart)


def build_activity(chart: Chart) -> Component:
    t, activity = chart.t, chart.report.activity
    points = activity.points
    words = [say_point(t, point, activity.grain) for point in points]
    ticks = [short_day(t, point.starts_on) for point in points] if activity.grain in ("day", "week") else words
    now = Line(
        t("this period"),
        [point.messages for point in points],
        [f"{when}: {_count(t, point.messages)}" for when, point in zip(words, points, strict=True)],
        SERIES[0],
    )
    before = Line(
        t("before"),
        [point.before for point in points],
        [t("the period before: {n}", n=t.number(point.before or 0)) for point in points],
        PAST,
        is_past=True,
    )
    most = max(range(len(points)), key=lambda at: points[at].messages)
    said = t(
        "{total} in all; the most: {when} ({n}).",
        total=t.number(sum(point.messages for point in points)),
        n=t.number(points[most].messages),
        when=words[most],
    )
    lines = [now, before] if any(point.before is not None for point in points) else [now]
    return chart.build("activity", said, plot_lines(t, lines, list_ticks(ticks)))


def _count(t: Translator, messages: int) -> str:
    return t.plural("{n} message", "{n} messages", messages)


def list_ticks(words: Sequence[str]) -> list[Tick]:
    """The first, the last, and some between, evenly."""
    last = len(words) - 1
    parts = min(LABELS - 1, last)
    places = sorted({round(last * part / parts) for part in range(parts + 1)}) if parts else [0]
    return [(place, words[place]) for place in places]


def build_heat(chart: Chart) -> Component:
    t, heat = chart.t, chart.report.heat
    names, short = list_weekdays(t), list_weekdays(t, "EEEEEE")
    hours = [say_hour(t, hour) for hour in range(24)]
    said = [
        [f"{names[day]}, {hours[hour]}: {count(t, sent)}" for hour, sent in enumerate(row)]
        for day, row in enumerate(heat)
    ]
    ticks: list[Tick] = [(hour, hours[hour]) for hour in (0, 6, 12, 18, 23)]
    return chart.build("heat", _say_heat(chart), plot_heat(heat, said, short, ticks))


def _say_heat(chart: Chart) -> str:
    t = chart.t
    most, day, hour = max(
        (sent, -day, -hour) for day, row in enumerate(chart.report.heat) for hour, sent in enumerate(row)
    )
    if not most:
        return t("No public message in the period.")
    when = f"{list_weekdays(t)[-day]}, {say_hour(t, -hour)}"
    return t("Mostly: {when} ({count}).", when=when, count=_count(t, most))


def build_kinds(chart: Chart) -> Component:
    """Private conversations: totals alone."""
    t = chart.t
    figures = [chart.report.figures[key] for key in KINDS if key in chart.report.figures]
    bars = [
        Bar(
            name_figure(t, figure.key),
            figure.now.amount.value if figure.now.amount else 0,
            say_value(t, figure.now, figure.unit),
            SERIES[at],
            figure.before.amount.value if figure.before.amount else None,
        )
        for at, figure in enumerate(figures)
    ]
    changes = [f"{name_figure(t, figure.key)} {say_change(t, figure)}" for figure in figures if say_change(t, figure)]
    hidden = [say_absence(t, figure.now.absence) for figure in figures if figure.now.absence]
    mark = t("The thin mark: the period before.") if any(bar.before is not None for bar in bars) else ""
    said = [", ".join(changes) + "." if changes else "", t("Private: {why}.", why=hidden[0]) if hidden else "", mark]
    return chart.build("kinds", " ".join(filter(None, said)), plot_bars(bars), 16 + 48 * len(bars))


def build_people(chart: Chart) -> Component | None:
    t, points = chart.t, chart.report.people
    if not points or not any(point.readers.amount or point.writers.amount for point in points):
        return None
    readers = _build_line(t, t("read"), points, [point.readers for point in points], SERIES[0])
    writers = _build_line(t, t("write"), points, [point.writers for point in points], SERIES[1])
    words = [short_day(t, point.from_on) for point in points]
    said = t(
        "Lately, {when}: {readers} read, {writers} write.",
        when=say_days(t, points[-1].from_on, points[-1].to_on),
        readers=say_value(t, points[-1].readers, "people"),
        writers=say_value(t, points[-1].writers, "people"),
    )
    return chart.build("people", said, plot_lines(t, [readers, writers], list_ticks(words)), 180)


def _build_line(t: Translator, name: str, points: Sequence[PeoplePoint], values: Sequence[Value], color: str) -> Line:
    said = [
        f"{say_days(t, point.from_on, point.to_on)}: {say_value(t, value, 'people')} {name}"
        for point, value in zip(points, values, strict=True)
    ]
    return Line(name, [value.amount.value if value.amount else None for value in values], said, color)


def build_comparison(chart: Chart) -> Component:
    """The services where the most is to be done first: those of the least activity."""
    t = chart.t
    rows = sorted(chart.report.services, key=_rank)[:MOST_SERVICES]
    measures = [_build_measure(t, key, rows) for key in COMPARED]
    key: list[Child] = [_build_mark(at, measure.name) for at, measure in enumerate(measures)]
    left = len(chart.report.services) - len(rows)
    if left:
        key.append(t.plural("{n} more service is in the table.", "{n} more services are in the table.", left))
    names = [row.service.name for row in rows]
    return chart.build("services", key, plot_dots(t, names, measures), 56 + 40 * len(rows))


def _build_mark(at: int, name: str) -> Component:
    return html.Span([html.Span(className=f"usage-mark mark-{at}"), f" {name}"], className="usage-key")


def _rank(row: ServiceRow) -> float:
    figure = row.figures.get("activity_rate")
    return figure.now.amount.value if figure and figure.now.amount else 2.0


def _build_measure(t: Translator, key: FigureKey, rows: Sequence[ServiceRow]) -> Measure:
    name = name_figure(t, key)
    values = [row.figures[key].now if key in row.figures else Value(absence="nothing") for row in rows]
    shown = [value.amount.value if value.amount else None for value in values]
    said = [
        f"{row.service.name}: {name}, {percent(t, value) if value is not None else ''}"
        for row, value in zip(rows, shown, strict=True)
    ]
    return Measure(name, shown, said)

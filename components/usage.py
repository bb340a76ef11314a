"""The usage page: read like a story. A sentence on what changed, the few figures that matter, then charts, then tables;
its filters live in the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Child, button, empty, icon, options, select
from components.usage_charts import Chart, build_charts
from components.usage_figures import build_all_figures, build_strip
from components.usage_place import CONVERSATIONS, FILES, USAGE, UsagePlace, following
from components.usage_reach import build_reach, build_silent
from components.usage_story import build_notes, build_story
from components.usage_tables import build_conversations, build_services
from components.usage_words import say_covered, say_window
from data.access.usage import MeasuredService
from data.i18n import Translator
from data.usage.report import UsageReport
from data.usage.windows import KINDS, Kind, Window, find_previous


@dataclass(frozen=True)
class UsageView:
    """`report` None: what was asked for was refused, for the reason `refused`; `asked`: the two days in the address.
    `services`: those one may choose."""

    place: UsagePlace
    services: Sequence[MeasuredService]
    report: UsageReport | None
    refused: str = ""
    asked: tuple[str, str] = ("", "")


def build_usage_page(t: Translator, view: UsageView) -> Component:
    report = view.report
    return html.Div(
        [
            _build_head(t, view),
            _build_period(t, view),
            *(_build_report(t, view.place, report) if report else [_build_refused(t, view)]),
            dcc.Store(id=ids.USAGE_PLACE, data={"service": view.place.service_id, **_list_period(view.place)}),
            dcc.Store(id=ids.USAGE_THEME),
        ],
        className="page usage-page",
    )


def _list_period(place: UsagePlace) -> dict[str, str]:
    return {name: str(value) for name, value in place.period.items()}


def _build_head(t: Translator, view: UsageView) -> Component:
    acts: list[Child] = []
    if view.report:
        href = view.place.link(FILES, form="xlsx")
        acts.append(html.A([icon("import"), t("Export (XLSX)")], href=href, className="button", download=""))
    return html.Div(
        [html.H1(t("Usage")), _build_services(t, view), html.Div(acts, className="acts")], className="page-head"
    )


def _build_services(t: Translator, view: UsageView) -> Component:
    everywhere = t("All my services")
    chosen = str(view.place.service_id or "")
    listed = options(view.services, first=everywhere if len(view.services) > 1 else None)
    control = select(ids.USAGE_SERVICE, listed, chosen, placeholder=everywhere)
    label = html.Label(t("Service"), htmlFor=ids.USAGE_SERVICE, className="hidden-text")
    return html.Div([label, control], className="usage-service")


# The period: by steps, by kind, by dates


def _build_period(t: Translator, view: UsageView) -> Component:
    report = view.report
    return html.Div(
        [
            _build_steps(t, view.place, report) if report else None,
            _build_kinds(t, view),
            _build_moment(t, report) if report else None,
        ],
        className="usage-period",
    )


def _build_steps(t: Translator, place: UsagePlace, report: UsageReport) -> Component:
    window = report.window
    before = None if window.is_narrowed else find_previous(window)
    return html.Div(
        [
            _build_step(t("Previous period"), "previous", place, before),
            html.Span(say_window(t, window), className="usage-window", role="status"),
            _build_step(t("Next period"), "next", place, following(window, report.today)),
        ],
        className="usage-steps",
    )


def _build_step(words: str, kind: str, place: UsagePlace, window: Window | None) -> Component:
    content = [icon("back"), html.Span(words, className="hidden-text")]
    if window is None:
        return html.Span(content, className=f"button square {kind} off", **{"aria-disabled": "true"}, role="link")
    return dcc.Link(content, href=place.to(window), className=f"button square {kind}", title=words)


def _build_kinds(t: Translator, view: UsageView) -> Component:
    names: dict[Kind, str] = {
        "day": t("Day"),
        "week": t("Week"),
        "month": t("Month"),
        "quarter": t("Quarter"),
        "year": t("Year"),
        "dates": t("Dates"),
    }
    asked = view.place.window
    links = [_build_kind(t("28 days"), view.place.to(None), is_current=view.report is not None and asked is None)]
    if view.report:
        on = view.report.window.to_on
        links += [
            _build_kind(names[kind], view.place.of_kind(kind, on), is_current=asked is not None and asked.kind == kind)
            for kind in KINDS
            if kind != "dates"
        ]
    return html.Div(
        [
            html.Nav(links, className="usage-kinds", **{"aria-label": t("Length of the period")}),
            _build_dates(t, names["dates"], view),
        ],
        className="usage-choices",
    )


def _build_kind(words: str, href: str, *, is_current: bool) -> Component:
    current = {"aria-current": "true"} if is_current else {}
    return html.Span(dcc.Link(words, href=href, className="current" if is_current else ""), **current)


def _build_dates(t: Translator, words: str, view: UsageView) -> Component:
    """Any two days, both included."""
    window = view.report.window if view.report else None
    is_current = view.place.window is not None and view.place.window.kind == "dates"
    first, last = (str(window.from_on), str(window.to_on)) if window else view.asked
    return html.Details(
        [
            html.Summary(words, className="current" if is_current else ""),
            html.Div(
                [
                    _build_date(t("First day"), ids.USAGE_FROM, first),
                    _build_date(t("Last day"), ids.USAGE_TO, last),
                    button(t("Show"), ids.USAGE_SHOW, kind="main", n_clicks=0),
                ],
                className="usage-dates",
            ),
        ],
        className="usage-other",
        open=view.report is None,
    )


def _build_date(label: str, id: str, value: str) -> Component:
    control = dcc.Input(id=id, type="date", value=value, className="form-control")
    return html.Div([html.Label(label, htmlFor=id), control], className="field")


def _build_moment(t: Translator, report: UsageReport) -> Component:
    at = t.hour(report.up_to_date_at, report.timezone)
    return html.Span(t("up to date at {hour}", hour=at), className="meta usage-moment")


# The story


def _build_report(t: Translator, place: UsagePlace, report: UsageReport) -> Iterator[Component | None]:
    yield build_story(t, place, report)
    yield build_strip(t, report)
    yield build_notes(t, report)
    chart = Chart(t, place, report)
    if report.is_empty:
        yield _build_nothing(t, place, report)
    else:
        yield from build_charts(chart)
    acts = [build_reach(chart), build_silent(t, report)]
    yield html.Div([part for part in acts if part], className="usage-columns")
    yield build_services(t, place, report)
    yield build_conversations(t, place, report)
    yield build_all_figures(t, place, report)


def _build_nothing(t: Translator, place: UsagePlace, report: UsageReport) -> Component:
    """Why nothing is drawn, and what one can do."""
    period = say_covered(t, report.window)
    said = t("Nobody wrote {period}. Begin a public conversation, or look at the period before.", period=period)
    return empty(
        "chat",
        html.P(said),
        html.Div(
            [
                dcc.Link(t("Write to the team"), href=CONVERSATIONS, className="button main"),
                None
                if report.window.is_narrowed
                else dcc.Link(t("Previous period"), href=place.to(find_previous(report.window)), className="button"),
            ],
            className="acts",
        ),
    )


def _build_refused(t: Translator, view: UsageView) -> Component:
    """What was asked for, and why there are no figures for it."""
    return empty(
        "calendar",
        html.P(view.refused, role="alert"),
        html.P(t("Choose other dates above, or look at the last 28 days.")),
        dcc.Link(t("Last 28 days"), href=UsagePlace(view.place.service_id, None).link(USAGE), className="button main"),
    )

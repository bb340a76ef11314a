"""From a finding to an act: whom a public message reaches, where people are lost and what to do about it; services that
say nothing, and where to write to them."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.controls import Child, icon
from components.usage_charts import Chart
from components.usage_place import UsagePlace, without_app, write_in
from components.usage_plots import SERIES, Bar, percent, plot_bars
from components.usage_story import SILENT
from components.usage_words import name_step, say_loss, say_since, say_value
from data.i18n import Translator
from data.usage.report import FunnelStep, SilentService, UsageReport


def build_reach(chart: Chart) -> Component | None:
    """The funnel, with the reason of each loss."""
    t, place, report = chart.t, chart.place, chart.report
    known = [step for step in report.funnel if step.people.amount]
    if not known:
        return None
    bars = [_build_bar(t, step) for step in known]
    losses = [_build_loss(t, place, report, step) for step in report.funnel if step.reason]
    shown = [loss for loss in losses if loss]
    return chart.build(
        "funnel",
        _say_reach(t, known),
        plot_bars(bars),
        16 + 44 * len(bars),
        html.Ul(shown, className="plain usage-losses") if shown else None,
    )


def _build_bar(t: Translator, step: FunnelStep) -> Bar:
    value = step.people.amount.value if step.people.amount else 0
    said = say_value(t, step.people, "people")
    whole = f" · {percent(t, step.share)}" if step.share is not None and not _is_few(step) else ""
    return Bar(name_step(t, step.key), value, f"{said}{whole}", SERIES[0])


def _is_few(step: FunnelStep) -> bool:
    """A share beside "fewer than 5" would say more than that."""
    return step.people.amount is not None and step.people.amount.is_few


def _say_reach(t: Translator, known: list[FunnelStep]) -> str:
    seen = next((step for step in known if step.key == "seen"), None)
    if seen is None or seen.share is None or _is_few(seen):
        return t("How far a public message gets among the employees.")
    return t("{share} of the employees see a public message within 24 hours.", share=percent(t, seen.share))


def _build_loss(t: Translator, place: UsagePlace, report: UsageReport, step: FunnelStep) -> Component | None:
    if step.reason is None or (step.lost.amount and step.lost.amount.is_exact and not step.lost.amount.value):
        return None
    count = say_value(t, step.lost, "people") if step.lost.amount else ""
    words: list[Child] = [html.Span(say_loss(t, step.reason, count), className="grow")]
    if step.reason == "no_application" and report.sees_names:
        words.append(dcc.Link(t("See who, print their access"), href=without_app(place.service_id)))
    return html.Li([icon("info"), *words])


def build_silent(t: Translator, report: UsageReport) -> Component:
    rows = [_build_service(t, silent) for silent in report.silent_services]
    said = t("No message in a public conversation for 7 days or more.")
    good = html.P([icon("check"), t("Every service has heard something in the last 7 days.")], className="usage-good")
    return html.Section(
        [
            html.H2(t("Silent services"), id=SILENT, tabIndex="-1"),
            html.P(said, className="usage-said") if rows else good,
            html.Ul(rows, className="plain usage-silent") if rows else None,
        ],
        className="card-box usage-quiet",
    )


def _build_service(t: Translator, silent: SilentService) -> Component:
    name = silent.service.name
    heard = t("Last message: {when}", when=say_since(t, silent.days))
    without = t.plural("{n} person without the application", "{n} people without the application", silent.without_app)
    words = heard if not silent.without_app else f"{heard} · {without}"
    act = [t("Write"), html.Span(f" – {name}", className="hidden-text")]
    return html.Li(
        [
            html.Div(
                [html.Div(name, className="note-words", dir="auto"), html.Div(words, className="meta")],
                className="grow",
            ),
            dcc.Link(act, href=write_in(silent.conversation_id), className="button"),
        ]
    )

"""The figures of the usage page: the few that matter, large, and all of them below; each with its change and its exact
definition on the spot."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.controls import Child, Children, icon
from components.usage_place import UsagePlace
from components.usage_tables import Drawn, Head, build_file_link, describe, place_table
from components.usage_words import (
    judge_change,
    say_absence,
    say_before,
    say_change,
    say_range,
    say_value,
)
from data.i18n import Translator
from data.usage.definitions import define, name_figure
from data.usage.report import Figure, FigureKey, UsageReport

STRIP: tuple[FigureKey, ...] = ("equipment_rate", "active_7", "reading_24h", "first_reply", "messages")


def build_strip(t: Translator, report: UsageReport) -> Component:
    shown = [report.figures[key] for key in STRIP if key in report.figures]
    return html.Dl([_build_card(t, figure) for figure in shown], className="figures usage-strip")


def _build_card(t: Translator, figure: Figure) -> Component:
    return html.Div(
        [
            html.Dt([name_figure(t, figure.key), build_definition(t, figure)]),
            html.Dd(say_value(t, figure.now, figure.unit), className="count"),
            html.Dd(_build_said(t, figure)),
        ]
    )


def _build_said(t: Translator, figure: Figure) -> Children:
    """The change, or why there is no figure."""
    if figure.now.absence:
        return html.Span(say_absence(t, figure.now.absence), className="meta")
    change = say_change(t, figure)
    if not change:
        return html.Span(t("nothing to compare with"), className="meta")
    before = html.Span(t("{before} before", before=say_before(t, figure)), className="meta")
    return [html.Span(change, className=f"change {judge_change(figure)}".strip()), " · ", before]


def build_definition(t: Translator, figure: Figure) -> Component:
    """Opens by touch, mouse or key; closed by the next."""
    name = name_figure(t, figure.key)
    bounds = say_range(t, figure.now.amount, figure.unit) if figure.now.amount else ""
    said: list[Child] = [html.P(define(t, figure.key))]
    if bounds:
        said.append(html.P(t("The true figure is {bounds}.", bounds=bounds)))
    return html.Details(
        [
            html.Summary([icon("info"), html.Span(t("Definition: {figure}", figure=name), className="hidden-text")]),
            html.Div(said, className="definition-box"),
        ],
        className="definition",
    )


def build_all_figures(t: Translator, place: UsagePlace, report: UsageReport) -> Component:
    """Everything that is counted, folded away."""
    title = t("Figures")
    head: list[Head] = [
        (t("Figure"), "who", ""),
        (t("This period"), "number", t("this period")),
        (t("Period before"), "number", t("before")),
        (t("Change"), "number", ""),
        (t("Definition"), "wide definition-cell", ""),
    ]
    rows = [_describe_row(t, figure) for figure in report.figures.values()]
    return html.Details(
        [
            html.Summary(html.H2(t("All figures and their definitions"))),
            html.Div(
                [*place_table("figures", describe(title, head, rows)), build_file_link(t, place, "figures", title)]
            ),
        ],
        className="usage-all card-box",
    )


def _describe_row(t: Translator, figure: Figure) -> list[Drawn]:
    now = say_value(t, figure.now, figure.unit)
    return [
        name_figure(t, figure.key),
        {"words": now, "below": say_absence(t, figure.now.absence)} if figure.now.absence else now,
        say_before(t, figure),
        say_change(t, figure),
        define(t, figure.key),
    ]

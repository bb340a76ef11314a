"""Two charts of a bill, drawn with the page's own boxes: why the month differs from the one before, and twelve months.
Each says its figures on its bars, in a sentence for who does not see it, and in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from babel.dates import format_date
from dash import dcc, html
from dash.development.base_component import Component

from components.billing import MONTH, PEOPLE, BillPlace, change, money, month_name
from components.controls import card_table
from data.billing.bill import Bill
from data.billing.rating import Month
from data.billing.variance import Step, StepKind
from data.i18n import Translator
from data.queries.billing import TrendMonth


@dataclass(frozen=True)
class Bar:
    """From `low` to `high` cents; `href` where it opens to names."""

    name: str
    said: str
    low: int
    high: int
    kind: str
    href: str | None = None


def name_step(t: Translator, kind: StepKind) -> str:
    return {
        "joined": t("Joined"),
        "rehired": t("Came back"),
        "caught_up": t("Known late"),
        "moved": t("Moved"),
        "merged": t("Merged"),
        "left": t("Departed"),
        "credited": t("Left before, known late"),
        "price": t("Price"),
        "days": t("Days"),
        "rounding": t("Rounding"),
    }[kind]


def build_waterfall(t: Translator, place: BillPlace, bill: Bill) -> Component:
    title = t("Why {amount}?", amount=money(t, bill.rated.subtotal_cents))
    bars = list(_list_bars(t, place, bill))
    base = _choose_base(bars)
    summary = "; ".join(f"{bar.name}, {bar.said}" for bar in bars)
    touch = t("Choose a bar to see the names.") if place.sees_names and bill.steps else ""
    cut = t("The bars are cut at the foot: they do not begin at zero.") if base else ""
    return html.Section(
        [
            html.H2(title),
            html.P(summary, className="hidden-text"),
            _build_bars(bars, base, "waterfall"),
            html.P(" ".join(filter(None, (touch, cut))), className="meta"),
            _build_table(t, title, [(bar.name, bar.said) for bar in bars]),
        ],
        className="card-box bill-chart",
    )


def _list_bars(t: Translator, place: BillPlace, bill: Bill) -> Iterator[Bar]:
    level = bill.previous.subtotal_cents
    yield Bar(_short(t, bill.previous.month), money(t, level), 0, level, "past")
    for step in bill.steps:
        after = level + step.cents
        kind = "up" if step.cents >= 0 else "down"
        yield Bar(
            _count(t, step), change(t, step.cents), min(level, after), max(level, after), kind, _link(place, step)
        )
        level = after
    yield Bar(_short(t, bill.month), money(t, level), 0, level, "now")


def _count(t: Translator, step: Step) -> str:
    name = name_step(t, step.kind)
    return f"{name} ({t.number(len(step.people))})" if step.people else name


def _link(place: BillPlace, step: Step) -> str | None:
    return place.link(PEOPLE, show=step.kind) if place.sees_names and step.people else None


def _choose_base(bars: Sequence[Bar]) -> int:
    """Where the axis begins: at zero, unless the steps would be too small to see."""
    levels = [bar.high for bar in bars] + [bar.low for bar in bars if bar.kind in ("up", "down")]
    lowest, highest = min(levels), max(levels)
    if highest - lowest > highest * 0.2 or highest == lowest:
        return 0
    return max(0, lowest - (highest - lowest))


def _build_bars(bars: Sequence[Bar], base: int, kind: str) -> Component:
    whole = max(max(bar.high for bar in bars) - base, 1)
    return html.Ol([_build_bar(bar, base, whole) for bar in bars], className=f"plain bars {kind}")


def _build_bar(bar: Bar, base: int, whole: int) -> Component:
    low, high = max(bar.low - base, 0) / whole * 100, max(bar.high - base, 0) / whole * 100
    content = [
        html.Span(
            [
                html.Span(bar.said, className="bar-said"),
                html.Span(className="bar-box"),
            ],
            className="bar-plot",
            style={"--low": f"{low:.2f}%", "--high": f"{high:.2f}%"},
        ),
        html.Span(bar.name, className="bar-name"),
    ]
    inside = dcc.Link(content, href=bar.href) if bar.href else html.Span(content)
    return html.Li(inside, className=bar.kind)


def _build_table(t: Translator, caption: str, rows: Sequence[tuple[str, str]]) -> Component:
    headings = [("who", t("What"), ""), ("number", t("Amount"), "")]
    return html.Details(
        [html.Summary(t("Show the figures")), card_table(caption, headings, rows)], className="bill-figures"
    )


def _short(t: Translator, month: Month) -> str:
    name: str = format_date(month.first, "LLL", locale=t.locale)
    return name


def build_trend(t: Translator, place: BillPlace, trend: Sequence[TrendMonth]) -> Component:
    title = t("Twelve months, before taxes")
    bars = [_build_month(t, place, each) for each in trend]
    shown = [each for each in trend if each.cents]
    return html.Section(
        [
            html.H2(title),
            html.P(
                t("Credits are taken off the month they are for. A month that is not closed is outlined."),
                className="meta",
            ),
            _build_bars(bars, 0, "trend"),
            _build_table(t, title, [(month_name(t, each.month), money(t, each.cents)) for each in shown]),
        ],
        className="card-box bill-chart",
    )


def _build_month(t: Translator, place: BillPlace, each: TrendMonth) -> Bar:
    kind = "now" if each.month == place.month else "past"
    said = money(t, each.cents) if each.cents else ""
    return Bar(
        _short(t, each.month),
        said,
        0,
        max(each.cents, 0),
        kind if each.is_closed else f"{kind} open",
        place.link(MONTH, each.month) if each.cents else None,
    )

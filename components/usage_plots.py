"""The shapes of the usage page's charts, as plotly takes them: plain figures in the product's own template. Colours
are named by their token and filled in by the page (assets/usage.js), so that a chart follows the theme. Ticks and
labels are words of ours: plotly knows neither French nor the organization's days."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.i18n import Translator

Figure = dict[str, Any]
Tick = tuple[float, str]

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'
SIZE = 12
LETTER = 6.6  # pixels that a letter of that size takes
LINE = 0.1  # of the height: below, labels stand in each other's way
TICKS = 4
AIR = 1.08  # above the highest value

# The colours of series, in the order in which people who see few of them tell them apart best.
SERIES = ("token:brand", "token:series-b", "token:series-c", "token:series-d", "token:series-e", "token:ink3")
PAST = "token:ink3"

_AXIS = {
    "fixedrange": True,
    "showgrid": False,
    "zeroline": False,
    "ticks": "",
    "linecolor": "token:line",
    "gridcolor": "token:line",
    "automargin": False,
    "tickangle": 0,
    "ticklabelstandoff": 6,
    "ticklabeloverflow": "allow",
    "tickfont": {"color": "token:ink2"},
}
# Names stand over what they name: beside it, long ones would leave no room on a phone.
_OVER = {"ticklabelposition": "inside top", "ticklabelstandoff": -4}
THICK = 0.42  # of a bar, in its row

TEMPLATE: Figure = {
    "layout": {
        "font": {"family": FONT, "size": SIZE, "color": "token:ink2"},
        "title": {"font": {"size": 17, "color": "token:ink"}},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(SERIES),
        "margin": {"l": 8, "r": 20, "t": 8, "b": 28, "pad": 0},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {
            "bgcolor": "token:ink",
            "bordercolor": "token:ink",
            "font": {"family": FONT, "size": 13, "color": "token:page"},
            "align": "left",
        },
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "uniformtext": {"mode": "show", "minsize": SIZE},
    }
}


@dataclass(frozen=True)
class Line:
    """One value per step; None leaves a gap. `said`: each in words, for whoever points at it."""

    name: str
    values: Sequence[float | None]
    said: Sequence[str]
    color: str
    is_past: bool = False


@dataclass(frozen=True)
class Bar:
    """`said` stands at its end; `before`: the same, a period ago."""

    name: str
    value: float
    said: str
    color: str = SERIES[0]
    before: float | None = None


@dataclass(frozen=True)
class Measure:
    """One value per row, as a share of 1; None where there is none to show."""

    name: str
    values: Sequence[float | None]
    said: Sequence[str]


def escape(text: str) -> str:
    """Plotly reads a few of HTML's marks in every text."""
    return html.escape(text, quote=False)


def plot_lines(t: Translator, lines: Sequence[Line], ticks: Sequence[Tick]) -> Figure:
    """Over time; the first is filled to the ground. Each carries its name at its end."""
    top = max([1.0, *(value for line in lines for value in line.values if value is not None)]) * AIR
    levels = _list_levels(top)
    layout = {
        "xaxis": {**_tell(ticks), "range": [-0.3, max(len(lines[0].values) - 0.7, 0.7)], "showline": True},
        "yaxis": {**_tell([(level, t.number(level)) for level in levels]), "showgrid": True, "range": [0, top]},
        "margin": {"l": _measure([t.number(levels[-1])]) + 14, "r": _measure([line.name for line in lines]) + 16},
        "annotations": _label_ends(lines, top),
        "hovermode": "x",
    }
    return _figure([_trace_line(line, is_first=at == 0) for at, line in enumerate(lines)], layout)


def _trace_line(line: Line, *, is_first: bool) -> Figure:
    dash = {"dash": "dot", "width": 1.5} if line.is_past else {"width": 2.25}
    alone = sum(value is not None for value in line.values) == 1
    return {
        "type": "scatter",
        "mode": "markers" if alone else "lines",
        "y": list(line.values),
        "line": {"color": line.color, **dash},
        "marker": {"color": line.color, "size": 8},
        "fill": "tozeroy" if is_first and not alone else "none",
        "fillcolor": "token:brand-soft",
        "customdata": [escape(said) for said in line.said],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _label_ends(lines: Sequence[Line], top: float) -> list[Figure]:
    """The names beside the last values, moved apart where they would touch."""
    ends = sorted(((_last(line.values), line) for line in lines if any(_known(line.values))), key=lambda end: end[0])
    levels: list[float] = []
    for value, _ in ends:
        levels.append(max(value, levels[-1] + top * LINE) if levels else value)
    over = max(0.0, levels[-1] - top) if levels else 0.0
    return [
        {
            "x": 1,
            "xref": "paper",
            "y": level - over,
            "text": escape(line.name),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 8,
            "font": {"color": "token:ink2" if line.is_past else "token:ink"},
        }
        for level, (_, line) in zip(levels, ends, strict=True)
    ]


def _known(values: Sequence[float | None]) -> list[bool]:
    return [value is not None for value in values]


def _last(values: Sequence[float | None]) -> float:
    return next(value for value in reversed(values) if value is not None)


def plot_bars(bars: Sequence[Bar]) -> Figure:
    """Lying, the first on top, each under its name; a thin mark says where it was before."""
    places = [-at for at in range(len(bars))]
    middles = [place - THICK / 2 for place in places]
    top = max([1.0, *(value for bar in bars for value in (bar.value, bar.before or 0.0))])
    now = {
        "type": "bar",
        "orientation": "h",
        "x": [bar.value for bar in bars],
        "y": middles,
        "width": THICK,
        "marker": {"color": [bar.color for bar in bars], "cornerradius": 3},
        "hoverinfo": "skip",
    }
    layout = {
        "xaxis": {"visible": False, "range": [0, top]},
        "yaxis": {
            **_tell([(place, bar.name) for place, bar in zip(places, bars, strict=True)]),
            **_OVER,
            "range": [0.45 - len(bars), 0.6],
            "showline": False,
        },
        "margin": {"l": 2, "r": _measure([bar.said for bar in bars]) + 20, "b": 4},
    }
    return _figure([now, *_trace_before(bars, middles), _trace_said(bars, middles)], layout)


def _trace_said(bars: Sequence[Bar], places: Sequence[float]) -> Figure:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [max(bar.value, bar.before or 0.0) for bar in bars],
        "y": list(places),
        "text": [f"  {escape(bar.said)}" for bar in bars],
        "textposition": "middle right",
        "cliponaxis": False,
        "textfont": {"color": "token:ink", "size": 13},
        "hoverinfo": "skip",
    }


def _trace_before(bars: Sequence[Bar], places: Sequence[float]) -> list[Figure]:
    marked = [(bar.before, place) for bar, place in zip(bars, places, strict=True) if bar.before is not None]
    if not marked:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [before for before, _ in marked],
            "y": [place for _, place in marked],
            "marker": {"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": "token:ink"}},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
    ]


def plot_dots(t: Translator, names: Sequence[str], measures: Sequence[Measure]) -> Figure:
    """Rows compared on several shares: one place per row from 0 to 100 %, one shape per measure, named on the first."""
    places = [-at for at in range(len(names))]
    rows = _tell([(place, _shorten(name)) for place, name in zip(places, names, strict=True)])
    layout = {
        "xaxis": {**_tell([(part / 4, percent(t, part / 4)) for part in range(5)]), "range": [-0.03, 1.03]},
        "yaxis": {**rows, **_OVER, "range": [0.4 - len(names), 0.8], "showgrid": True},
        "margin": {"l": 16, "r": 24},
    }
    return _figure([_trace_dots(measure, at, places) for at, measure in enumerate(measures)], layout)


# The same in assets/usage.css, beside their names.
SHAPES = ("circle", "diamond", "square", "triangle-up")
SIZES = (18, 12, 8, 6)  # those that are drawn over others are smaller: none hides another of the same share


def _trace_dots(measure: Measure, at: int, places: Sequence[int]) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(measure.name),
        "x": list(measure.values),
        "y": list(places),
        "marker": {
            "symbol": SHAPES[at],
            "size": SIZES[at],
            "color": SERIES[at],
            "line": {"width": 1.5, "color": "token:card"},
        },
        "cliponaxis": False,
        "customdata": [escape(said) for said in measure.said],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def plot_heat(
    grid: Sequence[Sequence[int]], said: Sequence[Sequence[str]], days: Sequence[str], hours: Sequence[Tick]
) -> Figure:
    """Days down, hours across; the darker against the page, the more."""
    trace = {
        "type": "heatmap",
        "z": [list(row) for row in grid],
        "y": [-at for at in range(len(grid))],
        "customdata": [[escape(words) for words in row] for row in said],
        "hovertemplate": "%{customdata}<extra></extra>",
        "colorscale": [[0, "token:sunk"], [1, "token:brand"]],
        "zmin": 0,
        "zmax": max([1, *(value for row in grid for value in row)]),
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    layout = {
        "xaxis": _tell(hours),
        "yaxis": _tell([(-at, day) for at, day in enumerate(days)]),
        "margin": {"l": _measure(days) + 14, "r": 12},
    }
    return _figure([trace], layout)


def percent(t: Translator, share: float) -> str:
    """`74 %` · `74%`"""
    return f"{round(share * 100)}\u00a0%" if t.language == "fr" else f"{round(share * 100)}%"


def _figure(traces: Sequence[Figure], layout: Figure) -> Figure:
    margin = {**TEMPLATE["layout"]["margin"], **layout.get("margin", {})}
    return {"data": list(traces), "layout": {**layout, "margin": margin, "template": TEMPLATE}}


def _tell(ticks: Sequence[Tick]) -> Figure:
    return {
        "tickmode": "array",
        "tickvals": [at for at, _ in ticks],
        "ticktext": [escape(words) for _, words in ticks],
    }


def _measure(texts: Sequence[str]) -> int:
    return round(max(map(len, texts), default=0) * LETTER)


def _shorten(name: str, most: int = 36) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _list_levels(top: float) -> list[int]:
    """Round numbers from 0 up."""
    rough = max(top / TICKS, 1)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    return list(range(0, math.floor(top) + 1, step))

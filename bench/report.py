"""The table: in the terminal, and between two marks of docs/BENCHMARKS.md."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import BUSY
from bench.measures import Figure, Results, Values

BEGIN, END = "<!-- the table begins -->", "<!-- the table ends -->"
HEADER = ("what", "unit", "product", "bare flask-sock", "product ÷ bare", "goal")


def build_rows(results: Results) -> list[tuple[str, ...]]:
    return [_build_row(figure) for figure in results.figures.values()]


def format_text(rows: list[tuple[str, ...]]) -> str:
    """For the terminal: figures to the right."""
    table = [HEADER, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def format_markdown(rows: list[tuple[str, ...]], machine: str, remarks: list[str]) -> str:
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}. {machine}.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|---|---|--:|--:|--:|--:|",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        *(f"{remark}\n" for remark in remarks),
    ]
    return "\n".join(lines).rstrip()


def list_remarks(results: Results) -> list[str]:
    """What one must know to read the figures."""
    figures = results.figures.values()
    remarks = [
        "Times: p50 / p99, from the moment a message was due, over every message and receiver; medians of the runs."
    ]
    busiest = max(figure.others for figure in figures)
    if busiest > BUSY:
        remarks.append(f"† The machine was busy: other processes used up to {busiest:.1f} of its cores meanwhile.")
    if any(figure.behind for figure in figures):
        remarks.append("‡ It could not keep up: what waits grows for as long as the pace lasts.")
    if any(figure.limited for figure in figures):
        remarks.append("§ The load was the limit: the server could do more.")
    if results.faults:
        remarks.append(f"Not everything arrived as it must ({len(results.faults)}): " + "; ".join(results.faults[:5]))
    else:
        remarks.append("Every receiver got every message once and in the same order.")
    return remarks


def write(page: Path, table: str) -> None:
    """Between the marks; the rest of the page stays."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{page} lacks the marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _build_row(figure: Figure) -> tuple[str, ...]:
    product, bare = _middle(figure, "product"), _middle(figure, "bare")
    ratio = (
        " / ".join(f"{ours / theirs:.1f}" if theirs else "–" for ours, theirs in zip(product, bare, strict=True))
        if product and bare
        else ""
    )
    name = figure.name + (" †" if figure.others > BUSY else "")
    return (
        name,
        figure.unit,
        _format(product, figure, "product"),
        _format(bare, figure, "bare"),
        ratio,
        ("≥ " if figure.more else "≤ ") + figure.goal if figure.goal else "",
    )


def _middle(figure: Figure, name: str) -> Values:
    values = [repeat.values for repeat in figure.choose(name)]
    return tuple(statistics.median(those) for those in zip(*values, strict=True))


def _format(values: Values, figure: Figure, name: str) -> str:
    marks = " ‡" * (name in figure.behind) + " §" * (name in figure.limited)
    return " / ".join(f"{value:,.{figure.places}f}" for value in values) + marks

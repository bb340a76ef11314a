"""What `make faults` says: tables here and in docs/FAULTS.md."""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from data.config import ROOT
from tests.faults.gathering import Outcome

PAGE = ROOT / "docs" / "FAULTS.md"

KILLS = (
    "fault", "acknowledged", "kills", "lost", "doubled", "gaps", "moved", "unseen by an observer", "seen twice",
    "out of order", "longest until it answers again, s",
)  # fmt: skip
TROUBLES = (
    "fault", "acknowledged", "lost", "doubled", "out of place", "unseen by an observer", "refusals people were told",
    "faults shown or logged", "everybody again after, s",
)  # fmt: skip
OTHERS = ("fault", "found", "holds")


@dataclass
class Report:
    """`rows` by their heads; each is shown as it comes. `has_failed`: one is not as it must be."""

    rows: dict[tuple[str, ...], list[str]] = field(default_factory=lambda: {KILLS: [], TROUBLES: [], OTHERS: []})
    has_failed: bool = False

    def add_kills(self, name: str, outcome: Outcome, kills: int, *, must_be_clean: bool = True) -> None:
        verdict = outcome.verdict
        self._add(KILLS, outcome.is_clean == must_be_clean, (
            name, verdict.acknowledged, kills, verdict.lost, verdict.doubled, verdict.gaps, verdict.moved,
            verdict.unseen, verdict.seen_twice, verdict.out_of_order, f"{outcome.longest_away:.1f}",
        ))  # fmt: skip

    def add_trouble(self, name: str, outcome: Outcome) -> None:
        verdict = outcome.verdict
        misplaced = verdict.gaps + verdict.moved + verdict.out_of_order
        faults = outcome.rude + outcome.logged
        told = ", ".join(f"`{code}`" for code in outcome.told) or "none"
        self._add(TROUBLES, outcome.is_clean, (
            name, verdict.acknowledged, verdict.lost, verdict.doubled, misplaced, verdict.unseen, told, faults,
            f"{outcome.longest_away:.1f}",
        ))  # fmt: skip

    def add(self, name: str, found: str, *, holds: bool) -> None:
        self._add(OTHERS, holds, (name, found, "yes" if holds else "NO"))

    def skip(self, name: str, why: str) -> None:
        self._add(OTHERS, True, (name, f"**SKIPPED: {why}**", "not tried"))

    def fail(self, name: str, error: Exception) -> None:
        """The page keeps what it was; its words, which may name places of this machine, are for whoever runs it."""
        traceback.print_exception(error)
        self._add(OTHERS, False, (name, type(error).__name__, "NO"))

    def write(self) -> None:
        """Rows of faults that were not tried this time stay as they are."""
        machine = f"{os.cpu_count()} cores, {_count_memory()} GB, Linux {platform.release().partition('-')[0]}"
        machine += f", Python {platform.python_version()}, {date.today():%Y-%m-%d}"  # noqa: DTZ011
        machine += f"; at the end {os.getloadavg()[2]:.0f} processes wanted to run (mean of 15 minutes)"
        page = PAGE.read_text(encoding="utf-8")
        for number, (head, rows) in enumerate(self.rows.items(), 1):
            mark = f"table {number}"
            page = _replace(page, mark, _build_table(head, _join(_read_rows(page, mark), rows)))
        PAGE.write_text(_replace(page, "machine", f"Measured on {machine}.\n"), encoding="utf-8")

    def _add(self, head: tuple[str, ...], is_as_it_must_be: bool, cells: Sequence[object]) -> None:
        row = "| " + " | ".join(str(cell) for cell in cells) + " |"
        print(row if is_as_it_must_be else f"{row}  <-- FAILED", flush=True)
        self.rows[head].append(row)
        self.has_failed |= not is_as_it_must_be


def _build_table(head: tuple[str, ...], rows: list[str]) -> str:
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n" + "\n".join(rows) + "\n"


def _read_rows(page: str, mark: str) -> list[str]:
    table = page.partition(f"<!-- {mark} -->\n")[2].partition(f"<!-- end of {mark} -->")[0]
    return table.splitlines()[2:]


def _join(before: list[str], rows: list[str]) -> list[str]:
    """In the place of those of the same name, or after them."""
    known = {_name(row): row for row in before}
    known.update({_name(row): row for row in rows})
    return list(known.values())


def _name(row: str) -> str:
    return row.split(" | ")[0]


def _replace(page: str, mark: str, text: str) -> str:
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    before, _, rest = page.partition(begin)
    return before + begin + text + end + rest.partition(end)[2]


def _count_memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)

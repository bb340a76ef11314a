"""`python -m bench.usage [--quick] [--scratch FOLDER]`: how many messages a second are counted for the figures of
usage, and how long the page's report takes to read, at three sizes of the same organization. Writing the messages (real
ones, where the corpus is at hand) is not measured, but takes most of the time: a few minutes for ten millions."""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import chatter, machine
from bench.servers import ROOT
from callbacks.serving import COLLECTS
from data import clock, db
from data.access.actors import Actor, Surface, access_open_session
from data.access.directory import access_organization_at_console
from data.access.sign_in import SignInCandidate
from data.access.usage import MeasuredScope, access_measured_organization, access_measured_service
from data.actions.organizations import do_add_administrator
from data.actions.sessions import do_start_session
from data.db import UnitOfWork
from data.queries import usage
from data.queries.demonstration import find_by_email
from data.usage.fill import fill
from data.usage.windows import Window, cut, find_period, make_window

SIZES, QUICK_SIZES = (10_000, 1_000_000, 10_000_000), (10_000, 300_000)
GOAL, PAGE_GOAL = 200_000, 100  # messages a second, milliseconds
TIMES = 5
ADMINISTRATOR = "ada@example.test"


def main() -> None:
    options = _parse_options()
    gc.freeze()  # as where the server works
    gc.set_threshold(*COLLECTS)
    options.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="bench-usage-", dir=options.scratch))
    try:
        print(machine.describe(scratch))
        source = chatter.read_source()
        print(f"{len(source.said):,} {'real' if source.is_real else 'made-up'} messages to write from", flush=True)
        for size in QUICK_SIZES if options.quick else SIZES:
            with clock.reading(lambda: chatter.NOW):
                _measure(scratch / f"{size}.db", size, source)
            db.current().dispose()
    finally:
        shutil.rmtree(scratch)


def _measure(path: Path, size: int, source: chatter.Source) -> None:
    chatter.write(path, size, source)
    db.connect(f"sqlite:///{path}")
    begun, spent = time.perf_counter(), time.process_time()
    fill(hurried=True)
    seconds, processor = time.perf_counter() - begun, time.process_time() - spent
    _say(f"counting {size:,} messages", f"{size / seconds:,.0f} messages/s", f"goal ≥ {GOAL:,}")
    _say(
        "  by processor time", f"{size / processor:,.0f} messages/s", f"{seconds:.1f} s, {processor:.1f} s of processor"
    )
    for name, scope, window in _list_pages():
        seconds, processor = _time_page(scope, window)
        _say(
            f"  page: {name}", f"{processor:.1f} ms of processor", f"{seconds:.1f} ms by the clock, goal ≤ {PAGE_GOAL}"
        )


def _list_pages() -> Iterator[tuple[str, MeasuredScope, Window]]:
    today = clock.local_day(chatter.NOW, "America/Toronto")
    with db.unit_of_work() as uow:
        actor = _sign_in(uow)
        everything = access_measured_organization(uow, actor)
        one = access_measured_service(uow, actor, 1)
    first = clock.local_day(chatter.BEGAN, "America/Toronto")
    periods = {
        "this month": cut(find_period("month", today), first, today),
        "this year": cut(find_period("year", today), first, today),
        "dates, 21 months": make_window("dates", date(2025, 2, 17), today),
    }
    for period, window in periods.items():
        yield f"100 services, {period}", everything, window
        yield f"one service, {period}", one, window


def _sign_in(uow: UnitOfWork) -> Actor:
    console = access_organization_at_console(uow, "o1")
    do_add_administrator(uow, console, "Ada", "Ministre", ADMINISTRATOR, None)
    found = find_by_email(uow, ADMINISTRATOR)
    assert found is not None
    candidate = SignInCandidate(found.account_id, found.person_id, console.id, None)
    session = do_start_session(uow, candidate, Surface.PORTAL, token_hash="bench", device="Bench")
    return access_open_session(uow, session.id)


def _time_page(scope: MeasuredScope, window: Window) -> tuple[float, float]:
    """No report remembered: the medians of a few, in milliseconds, by the clock and by processor time."""
    seconds, processor = [], []
    for _ in range(TIMES):
        usage._memories.clear()
        begun, spent = time.perf_counter(), time.process_time()
        usage.get_report(scope, window)
        seconds.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    return statistics.median(seconds), statistics.median(processor)


def _say(what: str, figure: str, remark: str) -> None:
    print(f"{what:<45}{figure:>24}   {remark}", flush=True)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.usage", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="at most 300,000 messages")
    parser.add_argument("--scratch", type=Path, default=ROOT / "var", help="where the databases of the measuring go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

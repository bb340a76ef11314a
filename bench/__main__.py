"""`python -m bench [--quick] [--only PART] [--write] [--patient] [--scratch FOLDER]`"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import machine, measures, report
from bench.measures import Bench, Plan, Results
from bench.population import Sizes, fill
from bench.servers import ROOT, Server, pin, raise_file_limit, scratching

QUICK = Plan(repeats=1, pace=1.0, loop=0.7, returns=1, sockets=(500,))
WHOLE = Plan(repeats=3, pace=3.0, loop=2.5, returns=2, sockets=(1_000, 10_000))
PARTS = ("hall", "nuisances", "teams", "memory", "return")
QUICK_SIZES = Sizes(branch=100, everybody=1_700)


def main() -> None:
    options = _parse_options()
    if sys.platform != "linux":
        raise SystemExit("The measuring needs Linux: epoll, /proc, processes kept on one core.")
    server_core, load_core = machine.list_cores()
    pin(load_core)
    files = raise_file_limit()
    plan = QUICK if options.quick else WHOLE
    sockets = tuple(count for count in plan.sockets if count < files - 500)
    plan = replace(plan, sockets=sockets, patience=60.0 if options.patient else 0.0)
    with scratching(options.scratch) as scratch:
        description = machine.describe(scratch)
        _say(description)
        parts = PARTS if options.only is None else (options.only,)
        results = _measure(scratch, plan, QUICK_SIZES if options.quick else Sizes(), server_core, parts)
    rows, remarks = report.build_rows(results), report.list_remarks(results)
    print("\n" + report.format_text(rows) + "\n\n" + "\n".join(remarks))
    if options.write and options.only is None:
        report.write(ROOT / "docs" / "BENCHMARKS.md", report.format_markdown(rows, description, remarks))
    if any(fault.startswith("product") for fault in results.faults):
        raise SystemExit("The product lost, doubled or disordered something: see above.")


def _measure(scratch: Path, plan: Plan, sizes: Sizes, core: int, parts: Collection[str]) -> Results:
    database = scratch / "chat.db"
    results = Results()
    _say(f"writing an organization of {sizes.everybody:,} people")
    population = fill(database, sizes)
    start_product = partial(Server.start_product, database, core, scratch / "product.log")
    start_bare = partial(Server.start_bare, core, scratch / "bare.log")
    talks = {
        "hall": measures.measure_hall,
        "nuisances": measures.measure_nuisances,
        "teams": measures.measure_teams,
    }
    if talks.keys() & parts:
        with measures.running(start_product) as product, measures.running(start_bare) as bare:
            bench = Bench(product, bare, population, plan, results, _say)
            for part in parts:
                if part in talks:
                    talks[part](bench)
    if "memory" in parts:
        for start in (start_product, start_bare):
            _say("memory of sockets")
            measures.measure_memory(start, population, plan, results)
    if "return" in parts:
        _say("return after a restart")
        measures.measure_return(start_product, database, population, sizes.conversations_each, plan, results)
    return results


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the product beside bare flask-sock.")
    parser.add_argument("--quick", action="store_true", help="everything once and briefly, about 40 seconds")
    parser.add_argument("--only", choices=PARTS, help="a part of the table")
    parser.add_argument("--write", action="store_true", help="put the table into docs/BENCHMARKS.md")
    parser.add_argument(
        "--patient", action="store_true", help="wait before each run, a minute at most, for a quiet machine"
    )
    parser.add_argument("--scratch", type=Path, default=ROOT / "var", help="where the database of the measuring goes")
    return parser.parse_args()


_begun = time.monotonic()


def _say(text: str) -> None:
    print(f"{time.monotonic() - _begun:6.1f} s  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

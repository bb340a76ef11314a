"""`python -m bench.phone [--messages N] [--scratch FOLDER]`: the phone application in a real Chromium that is slowed
down as an old phone on a bad network is. What a first visit weighs; how long until the list can be read and touched,
then and from the phone's own copy; frames while one scrolls and messages come, and the work behind each; memory before
and after an hour of chatter."""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench import frames, machine
from bench.load import Load, Seat
from bench.measures import running
from bench.opening import open_sockets
from bench.population import Person, Sizes, fill
from bench.runs import Table, run_schedule
from bench.servers import ROOT, Server, scratching
from callbacks.identity import COOKIES
from data.access.actors import Surface
from tests import chromium

SIZES = Sizes(hall=30, teams=1, branch=30, conversations_each=20, everybody=65)
SLOWER = 4  # times: the processor
NETWORK = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # bytes a second
HOUR = 3_600  # messages: one a second
AT_ONCE = 100  # a second, so that the hour takes half a minute
SCROLLING = 6.0  # seconds
LEAVE_ALONE = 3_000  # milliseconds before the page is asked anything: what asks costs the slow processor, too

VISITS = 3
PATIENCE = 30.0  # seconds at most until others leave the machine alone

# The goals: KB, s, s, frames a second, ms a frame, %.
WEIGHT, COLD, WARM, PACE, WORK, GROWTH = 150.0, 2.0, 0.5, 60.0, 16.7, 10.0

# Noted before anything else runs: when a line of the list has been painted and can be touched.
NOTE_USABLE = """(() => {
  const look = () => {
    if (window.usableAt || !document.querySelector(".row-line")) return;
    requestAnimationFrame(() => setTimeout(() => { window.usableAt ??= performance.now(); }));
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})()"""


@dataclass(frozen=True)
class Held:
    """By the page, after a collection."""

    kilobytes: float
    nodes: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.phone", description=__doc__)
    parser.add_argument("--messages", type=int, default=HOUR, help="how many make an hour of chatter")
    parser.add_argument("--scratch", type=Path, default=ROOT / "var", help="where the database of the measuring goes")
    options = parser.parse_args()
    with scratching(options.scratch) as scratch:
        people = fill(scratch / "chat.db", SIZES).branch
        core, _ = machine.list_cores()
        with (
            running(lambda: Server.start_product(scratch / "chat.db", core, scratch / "log")) as server,
            _browser() as it,
        ):
            measure_opening(it, server, people[:VISITS])
            measure_chatter(it, server, people, options.messages)


def measure_opening(browser: Browser, server: Server, people: list[Person]) -> None:
    """First visits, each followed by another from what the phone keeps; the one in the middle of each kind."""
    visits = [_visit(browser, server, person) for person in people]
    weight, requests, cold, warm = (statistics.median(each) for each in zip(*visits, strict=True))
    _tell("a first visit, every byte of it, compressed", weight, "KB", WEIGHT)
    _tell(f"usable at first, {requests:.0f} requests", cold, "s", COLD)
    _tell("usable again, from the phone's copy", warm, "s", WARM)


def _visit(browser: Browser, server: Server, person: Person) -> tuple[float, int, float, float]:
    """Kilobytes and requests of a first visit, seconds of it, seconds of the next."""
    context = _enter(browser, server, person)
    page, sizes = context.new_page(), []
    session = _slow_down(page)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    _wait_until_quiet(server)
    cold = _open(page, server)
    page.wait_for_function("async () => Boolean(await caches.match('/m'))")
    seen = sum(sizes) / 1000, len(sizes)
    page.close()
    page = context.new_page()
    _slow_down(page)
    _wait_until_quiet(server)
    warm = _open(page, server)
    context.close()
    return *seen, cold, warm


def measure_chatter(browser: Browser, server: Server, people: list[Person], count: int) -> None:
    """In the conversation of everybody."""
    context = _enter(browser, server, people[0])
    page = context.new_page()
    session = context.new_cdp_session(page)
    _open(page, server)
    page.locator(".row-line").filter(has_text="Toute l'équipe").click()
    page.locator(".composer").wait_for()
    load, table = _seat(server, people[1:], int(page.evaluate("location.hash.slice(2)")))
    run_schedule(load, [table], AT_ONCE, 5.0)
    before = _weigh(session)
    run_schedule(load, [table], AT_ONCE, count / AT_ONCE)
    after = _weigh(session)
    growth = 100 * (after.kilobytes / before.kilobytes - 1)
    _tell(
        f"memory after {count:,} messages ({before.kilobytes:,.0f} → {after.kilobytes:,.0f} KB)",
        growth,
        "% more",
        GROWTH,
    )
    print(f"  nodes in the page: {before.nodes:,} before, {after.nodes:,} after")
    measure_scrolling(page, session, server, partial(run_schedule, load, [table], 10, SCROLLING))
    load.close()
    context.close()


def measure_scrolling(page: Page, session: CDPSession, server: Server, receive: Callable[[], object]) -> None:
    """Frames a second are the machine's as much as the page's: others who use it take frames away."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    _wait_until_quiet(server)
    receiving = threading.Thread(target=receive)
    receiving.start()
    seen = frames.scroll(page, session, SCROLLING)
    receiving.join()
    what = "scrolling while 10 messages a second come"
    _tell(f"{what}: main thread, {seen.heavy:.0%} of frames above", seen.mean_work, "ms a frame", WORK)
    _tell(f"{what}, {seen.late:.0%} of frames late", seen.a_second, "frames/s", PACE, is_more=True)


def _open(page: Page, server: Server) -> float:
    """Seconds from asking for the page until its list can be read and touched."""
    page.goto(_address(server), wait_until="commit")
    while True:
        page.wait_for_timeout(LEAVE_ALONE)
        if usable := page.evaluate("window.usableAt"):
            return float(usable) / 1000


def _enter(browser: Browser, server: Server, person: Person) -> BrowserContext:
    context = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    context.add_cookies([{"name": COOKIES[Surface.MOBILE], "value": person.token, "url": _address(server)}])
    context.add_init_script(NOTE_USABLE)
    return context


def _slow_down(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return session


def _wait_until_quiet(server: Server) -> None:
    machine.wait_until_quiet([server], PATIENCE, partial(time.sleep, 1.0))


def _seat(server: Server, people: list[Person], conversation_id: int) -> tuple[Load, Table]:
    load = Load(server.address)
    seats = [Seat("/m/socket", f"{COOKIES[Surface.MOBILE]}={each.token}", conversation_id) for each in people]
    open_sockets(load, seats, at_once=10)
    return load, Table(list(load.clients.values()))


def _weigh(session: CDPSession) -> Held:
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = session.send("Runtime.getHeapUsage")
    return Held(usage["usedSize"] / 1000, session.send("Memory.getDOMCounters")["nodes"])


def _tell(what: str, value: float, unit: str, goal: float, *, is_more: bool = False) -> None:
    is_within = value >= goal * 0.98 if is_more else value <= goal
    print(f"{what}: {value:,.1f} {unit}, {'within' if is_within else 'beyond'} the goal of {goal:,g}")


def _address(server: Server) -> str:
    host, port = server.address
    return f"http://{host}:{port}/m"


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())

"""Frames while one scrolls: how many came, and what the page's main thread did for each. The second counts processor
time as the DevTools trace has it, so that other programs on the machine change it little."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

Event = dict[str, Any]

FRAME = 1000 / 60  # milliseconds
CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
TASK, DRAWN = (
    "ThreadControllerImpl::RunTask",
    "Commit",
)  # what a thread does at a time; a frame that leaves the main thread

# Up and down through the conversation, as a thumb does; the milliseconds between frames.
SCROLL = """(seconds) => new Promise((resolve) => {
  const place = document.querySelector(".panel-scroll");
  const began = performance.now();
  const gaps = [];
  let last = began, step = -30;
  const turn = setInterval(() => {
    if (place.scrollTop < 1500) step = 30;
    if (place.scrollTop + place.clientHeight > place.scrollHeight - 500) step = -30;
  }, 100);
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    place.scrollBy(0, step);
    if (now - began < seconds * 1000) requestAnimationFrame(frame);
    else { clearInterval(turn); resolve(gaps.slice(2)); }
  };
  requestAnimationFrame(frame);
})"""


@dataclass(frozen=True)
class Frames:
    a_second: float
    late: float  # the share of them that came a frame late or more
    work: list[float]  # milliseconds of processor for each, the slowed one's

    @property
    def mean_work(self) -> float:
        return statistics.mean(self.work)

    @property
    def heavy(self) -> float:
        """The share of frames whose work alone is too much for one."""
        return sum(work > FRAME for work in self.work) / len(self.work)


def scroll(page: Page, session: CDPSession, seconds: float) -> Frames:
    with _tracing(page, session) as events:
        gaps = page.evaluate(SCROLL, seconds)
    late = sum(gap > 2 * FRAME for gap in gaps) / len(gaps)
    return Frames(1000 / statistics.mean(gaps), late, list(_list_work(events)))


@contextmanager
def _tracing(page: Page, session: CDPSession) -> Iterator[list[Event]]:
    """What is traced meanwhile is there once this is over."""
    events: list[Event] = []
    ended = threading.Event()

    def hear(batch: Event) -> None:
        events.extend(batch["value"])

    def end(_: Event) -> None:
        ended.set()

    session.on("Tracing.dataCollected", hear)
    session.once("Tracing.tracingComplete", end)
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": {"includedCategories": CATEGORIES}})
    yield events
    session.send("Tracing.end")
    while not ended.is_set():
        page.wait_for_timeout(50)
    session.remove_listener("Tracing.dataCollected", hear)


def _list_work(events: list[Event]) -> Iterator[float]:
    """Of each frame: all that the thread did since the one before it."""
    main, _ = Counter((event["pid"], event["tid"]) for event in events if event["name"] == DRAWN).most_common(1)[0]
    own = sorted((event for event in events if (event["pid"], event["tid"]) == main), key=lambda event: event["ts"])
    work = 0.0
    is_drawn = False
    for event in own:
        if event["name"] == DRAWN:
            is_drawn = True
        elif event["name"] == TASK and "tdur" in event:
            if is_drawn:
                yield work
                work, is_drawn = 0.0, False
            work += event["tdur"] / 1000

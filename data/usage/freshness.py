"""Figures are current: counted in the background, and before a page is drawn where that is too long ago."""

from __future__ import annotations

import threading
from datetime import timedelta

from data import db, offload
from data.offload import Lane
from data.usage.fill import fill
from data.usage.marks import UP_TO_DATE, get_mark

FRESH_FOR = timedelta(seconds=30)

_counting = threading.Lock()


def bring_up_to_date() -> None:
    """Before a page is drawn."""
    with db.read() as reader:
        mark = get_mark(reader, UP_TO_DATE)
        is_fresh = mark is not None and timedelta(0) <= reader.now - mark <= FRESH_FOR
    if not is_fresh:
        count_now()


def count_now() -> None:
    """Unless a count is under way in this process: then what is counted so far is shown, and until when."""
    if not _counting.acquire(blocking=False):
        return
    try:
        if db.current().name == "sqlite":
            offload.run_in(Lane.FIGURES, fill)
        else:
            fill()
    finally:
        _counting.release()

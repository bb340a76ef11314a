"""Filling the counters from facts, each fact once: by little units, each of which counts and says how far it came, or
does neither. Killed anywhere, the next run goes on there; two at once do not count the same (the second finds the
cursors moved). Emptied and filled again, the counters are equal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, case, delete, func, select, update

from data.aside import Aside, aside
from data.db import Reader
from data.models import (
    app_openings,
    conversations,
    usage_conversations,
    usage_counts,
    usage_deeds,
    usage_marks,
    usage_spells,
    usage_waits,
    views,
)
from data.usage.counting import list_uncounted, load_counted, move_counted
from data.usage.equipment import load_openings
from data.usage.marks import OPENINGS, READING_SINCE, VIEWS, Load, Overtaken, follow, say_up_to_date, take_turn
from data.usage.pace import Pace, take
from data.usage.people import load_readers
from data.usage.settling import list_unsettled, load_settled, move_settled
from data.usage.stats import Facts, Source
from data.usage.sums import add_up
from data.usage.workbench import Cursor, Listing, Workbench
from data.usage.writing import write

Advance = Callable[[int], None]  # so many more messages


@dataclass(frozen=True)
class Stage:
    """How facts of conversations are counted: listed, laid out, and the cursors moved past them."""

    list_next: Callable[[Aside, int], Listing]
    load: Callable[[Aside, Workbench], Mapping[Source, Facts]]
    move: Callable[[Aside, Sequence[Cursor]], None]


COUNTING = Stage(list_uncounted, load_counted, move_counted)
SETTLING = Stage(list_unsettled, load_settled, move_settled)


def fill(*, hurried: bool = False, advance: Advance = lambda count: None) -> None:
    """All that happened until now. `hurried`: nobody else waits to write."""
    with aside() as own:
        _fill(own, Pace(hurried=hurried), advance)


def rebuild(*, advance: Advance = lambda count: None) -> None:
    """From nothing. What is shown meanwhile is what has been counted again so far."""
    with aside() as own:
        with own.writing():
            _empty(own)
        _fill(own, Pace(hurried=True), advance)


def count_waiting(reader: Reader, *, all_again: bool = False) -> int:
    """How many messages a run will look at, each to be counted and, where it is public, once more for its reading."""
    counted, settled = conversations.c.counted_ordinal, conversations.c.settled_ordinal
    last = conversations.c.last_ordinal
    to_count = last if all_again else last - counted
    to_settle = case((conversations.c.kind == "public", last if all_again else last - settled), else_=0)
    found: int | None = reader.execute(select(func.sum(to_count + to_settle))).scalar()
    return int(found or 0)


def _fill(own: Aside, pace: Pace, advance: Advance) -> None:
    for stage in (COUNTING, SETTLING):
        _fill_stage(own, stage, pace, advance)
    _follow(own, VIEWS, views.c.viewed_at, load_readers, pace)
    _follow(own, OPENINGS, app_openings.c.recorded_at, load_openings, pace)
    with own.writing():
        say_up_to_date(own, own.now)


def _empty(own: Aside) -> None:
    for table in (usage_counts, usage_waits, usage_deeds, usage_conversations, usage_spells):
        own.execute(delete(table))
    own.execute(delete(usage_marks).where(usage_marks.c.name != READING_SINCE))
    own.execute(update(conversations).values(counted_ordinal=0, counted_seq=-1, settled_ordinal=0))


def _fill_stage(own: Aside, stage: Stage, pace: Pace, advance: Advance) -> None:
    """What there was when it was listed; what comes meanwhile is for the next time."""
    after: int | None = 0
    while after is not None:
        listing = stage.list_next(own, after)
        waiting = deque(listing.cursors)
        while waiting:
            chosen = take(waiting, pace.size)
            _count(own, stage, chosen, pace)
            advance(sum(cursor.size for cursor in chosen))
        after = listing.last_id


def _count(own: Aside, stage: Stage, chosen: Sequence[Cursor], pace: Pace) -> None:
    bench = Workbench(chosen)
    tally = add_up(bench.places, stage.load(own, bench))
    try:
        with pace.writing(), own.writing():
            take_turn(own)
            stage.move(own, chosen)
            write(own, tally)
    except Overtaken:
        return


def _follow(own: Aside, name: str, instants: Column[int], load: Load, pace: Pace) -> None:
    try:
        follow(own, name, instants, load, pace)
    except Overtaken:
        return

"""How far facts that have no cursor of their own are counted (a mark follows them), and when all was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, bindparam, func, select, text, update

from data.aside import Aside
from data.db import Reader
from data.models import usage_marks
from data.models.columns import Instant
from data.usage.pace import Pace

VIEWS = "views"
OPENINGS = "openings"
UP_TO_DATE = "up_to_date_at"
TURN = "turn"
READING_SINCE = "reading_since"  # messages from before were read when nobody noted it

# What is noted at an instant may come to light later, when its unit ends: so much is looked at again each time.
OVERLAP = timedelta(minutes=10)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

Write = Callable[[], None]
Load = Callable[[Aside, datetime, datetime], Write]


class Overtaken(Exception):
    """Somebody else counted the same meanwhile: nothing is written."""


def get_mark(reader: Reader, name: str) -> datetime | None:
    found: datetime | None = reader.execute(select(usage_marks.c.at).where(usage_marks.c.name == name)).scalar()
    return found


def find_reading_since(reader: Reader) -> datetime:
    return get_mark(reader, READING_SINCE) or BEGINNING


def follow(aside: Aside, name: str, instants: Column[Any], load: Load, pace: Pace) -> None:
    """Everything after the mark, in slices: `load` reads one and gives what writes it. Slices overlap with what was
    counted before, so a write must change nothing the second time. `Overtaken` where somebody else follows it."""
    mark = get_mark(aside, name)
    start = BEGINNING if mark is None else mark - OVERLAP
    while (end := _find_end(aside, instants, start, pace.size)) is not None:
        write = load(aside, start, end)
        with pace.writing(), aside.writing():
            take_turn(aside)
            if mark is None or end > mark:
                move_mark(aside, name, mark, end)
                mark = end
            write()
        start = end


def _find_end(reader: Reader, instants: Column[Any], start: datetime, size: int) -> datetime | None:
    following = select(instants).where(instants > start).order_by(instants).limit(size).subquery()
    found: datetime | None = reader.execute(select(func.max(following.c[instants.name]))).scalar()
    return found


def take_turn(aside: Aside) -> None:
    """Whoever writes counters on PostgreSQL does it alone, to the end of the unit (on SQLite that is always so)."""
    if aside.connection.dialect.name != "sqlite":
        aside.execute(_TAKE, {"name": TURN, "at": BEGINNING})


def move_mark(aside: Aside, name: str, was: datetime | None, at: datetime) -> None:
    """`Overtaken` unless it still stands where it was read."""
    if was is None:
        moved = aside.execute(_SET, {"name": name, "at": at})
    else:
        here = (usage_marks.c.name == name, usage_marks.c.at == was)
        moved = aside.execute(update(usage_marks).where(*here).values(at=at))
    if moved.rowcount != 1:
        raise Overtaken()


def say_up_to_date(aside: Aside, at: datetime) -> None:
    """All that was recorded until then is counted."""
    aside.execute(_RENEW, {"name": UP_TO_DATE, "at": at})


_TAKE = text(
    "INSERT INTO usage_marks (name, at) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
).bindparams(bindparam("at", type_=Instant))
_RENEW = text(
    "INSERT INTO usage_marks (name, at) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
    " WHERE usage_marks.at < excluded.at"
).bindparams(bindparam("at", type_=Instant))
_SET = text("INSERT INTO usage_marks (name, at) VALUES (:name, :at) ON CONFLICT DO NOTHING").bindparams(
    bindparam("at", type_=Instant)
)

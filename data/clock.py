"""The only clock. Instants are aware UTC, whole milliseconds (what the tables keep); days are local to a zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def _system() -> datetime:
    return from_ms(time.time_ns() // 1_000_000)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    return _source()


@contextmanager
def reading(source: Callable[[], datetime]) -> Iterator[None]:
    """Read time from `source` meanwhile: the demonstration writes its past with it, tests hold it still."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before


def to_ms(instant: datetime) -> int:
    return (instant - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_ms_or_none(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms(instant)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


@lru_cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(instant: datetime, timezone: str) -> date:
    return instant.astimezone(zone(timezone)).date()


def local_midnight(day: date, timezone: str) -> datetime:
    """The instant at which the local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).astimezone(UTC)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

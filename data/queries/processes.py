"""How the servers do: which processes serve, what waits, when scheduled work was last done. Nothing of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.db import Reader
from data.metrics import Figures, read_figures
from data.models import job_runs, outbox, processes, push_notices

SILENT_AFTER = timedelta(seconds=20)


@dataclass(frozen=True)
class ProcessRow:
    """`is_silent`: it has not been heard of lately. `figures`: None where another version wrote them."""

    name: str
    place: str
    number: int
    started_at: datetime
    seen_at: datetime
    is_silent: bool
    figures: Figures | None


@dataclass(frozen=True)
class JobRow:
    name: str
    succeeded_at: datetime | None
    failed_at: datetime | None
    failure: str | None

    @property
    def has_failed(self) -> bool:
        """Since it was last done."""
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)


@dataclass(frozen=True)
class Queues:
    """What waits in the database: notifications, how long the oldest is overdue, entries kept for other processes."""

    notices: int
    overdue: timedelta
    outbox: int


def list_processes(reader: Reader, *, place: str | None = None) -> list[ProcessRow]:
    """`place`: on that host and port only."""
    query = select(processes).order_by(processes.c.place, processes.c.started_at, processes.c.id)
    rows = reader.execute(query if place is None else query.where(processes.c.place == place))
    return [
        ProcessRow(
            row.name,
            row.place,
            row.number,
            row.started_at,
            row.seen_at,
            reader.now - row.seen_at > SILENT_AFTER,
            read_figures(row.figures),
        )
        for row in rows
    ]


def list_jobs(reader: Reader) -> list[JobRow]:
    columns = job_runs.c.name, job_runs.c.succeeded_at, job_runs.c.failed_at, job_runs.c.failure
    return [JobRow(*row) for row in reader.execute(select(*columns).order_by(job_runs.c.name))]


def get_queues(reader: Reader) -> Queues:
    waiting = select(func.count(), func.min(push_notices.c.due_at)).where(push_notices.c.due_at.is_not(None))
    count, oldest = reader.execute(waiting).one()
    ends = (select(end(outbox.c.id)).scalar_subquery() for end in (func.min, func.max))
    first, last = reader.execute(select(*ends)).one()  # each by the key; asked for together SQLite would read them all
    return Queues(
        notices=count,
        overdue=max(timedelta(), reader.now - oldest) if oldest is not None else timedelta(),
        outbox=0 if first is None else last - first + 1,
    )

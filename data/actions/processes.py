"""A serving process tells of itself, and scheduled work leaves when it was last done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, delete, func, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from data import clock
from data.db import UnitOfWork
from data.metrics import Figures, JobState, write_figures
from data.models import job_runs, processes

KEPT_FOR = timedelta(hours=1)  # after a process was last heard of


@dataclass(frozen=True)
class Serving:
    """A process: its name, where it serves (host and port), its number on that machine, since when."""

    name: str
    place: str
    number: int
    started_at: datetime


def note_process(uow: UnitOfWork, serving: Serving, figures: Figures) -> None:
    """It lives; those who have long been silent are forgotten."""
    made = postgresql.insert(processes) if uow.locks else sqlite.insert(processes)
    told = {"seen_at": uow.now, "figures": write_figures(figures)}
    uow.execute(made.values(**vars(serving), **told).on_conflict_do_update(index_elements=["name"], set_=told))
    uow.execute(delete(processes).where(processes.c.seen_at < uow.now - KEPT_FOR))


def note_jobs(uow: UnitOfWork, jobs: dict[str, JobState]) -> None:
    """What was done here; another process may have done it later, or before."""
    for name, state in sorted(jobs.items()):
        if state.succeeded_at is not None or state.failed_at is not None:  # else it runs for the first time
            _note_job(uow, name, state)


def _note_job(uow: UnitOfWork, name: str, state: JobState) -> None:
    made = postgresql.insert(job_runs) if uow.locks else sqlite.insert(job_runs)
    latest = func.greatest if uow.locks else func.max
    times = {"succeeded_at": state.succeeded_at, "failed_at": state.failed_at}
    told: dict[str, Any] = {column: clock.from_ms(at) for column, at in times.items() if at is not None}
    later: dict[str, Any] = {
        column: latest(func.coalesce(type_coerce(job_runs.c[column], BigInteger), 0), times[column]) for column in told
    }
    if state.failed_at is not None:
        told["failure"] = later["failure"] = state.failure
    uow.execute(made.values(name=name, **told).on_conflict_do_update(index_elements=["name"], set_=later))


def forget_process(uow: UnitOfWork, name: str) -> None:
    """It stopped, as it was told to."""
    uow.execute(delete(processes).where(processes.c.name == name))

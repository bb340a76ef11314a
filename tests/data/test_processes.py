"""What the serving processes tell of themselves, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data import clock, db
from data.actions.processes import KEPT_FOR, Serving, forget_process, note_jobs, note_process
from data.metrics import JobState, noting_job, take_figures
from data.queries.processes import JobRow, get_queues, list_jobs, list_processes
from tests.conftest import Moment
from tests.factories import World, launch, send


def tell(name: str, place: str = "one:8050", sockets: float = 0) -> None:
    with db.unit_of_work() as uow:
        note_process(uow, Serving(name, place, 7, uow.now), take_figures({"sockets": sockets}))


def list_names(place: str | None = None) -> list[tuple[str, bool, float]]:
    with db.read() as reader:
        rows = list_processes(reader, place=place)
    return [(row.name, row.is_silent, row.figures.gauges["sockets"]) for row in rows if row.figures is not None]


@pytest.mark.usefixtures("world")
def test_a_process_is_one_row_which_falls_silent_and_is_forgotten(moment: Moment) -> None:
    tell("a")
    tell("b", "two:8050")
    tell("a", sockets=3)
    assert list_names() == [("a", False, 3), ("b", False, 0)]
    assert list_names("one:8050") == [("a", False, 3)]
    moment.advance(seconds=21)
    tell("b", "two:8050")
    assert list_names() == [("a", True, 3), ("b", False, 0)]
    moment.at += KEPT_FOR
    tell("b", "two:8050")
    assert list_names() == [("b", False, 0)]
    with db.unit_of_work() as uow:
        forget_process(uow, "b")
    assert list_names() == []


def keep(**jobs: JobState) -> None:
    with db.unit_of_work() as uow:
        note_jobs(uow, jobs)


@pytest.mark.usefixtures("world")
def test_whoever_did_scheduled_work_last_is_what_counts(moment: Moment) -> None:
    at = clock.to_ms(moment.at)
    keep(books=JobState(succeeded_at=at), usage=JobState())
    keep(books=JobState(succeeded_at=at - 5_000))  # another process, earlier
    keep(books=JobState(failed_at=at - 9_000, failure="Unavailable"))
    with db.read() as reader:
        (books,) = list_jobs(reader)
    assert books == JobRow("books", moment.at, moment.at - timedelta(seconds=9), "Unavailable")
    assert not books.has_failed
    keep(books=JobState(failed_at=at + 1, failure="BooksChanged"))
    with db.read() as reader:
        assert [(job.has_failed, job.failure) for job in list_jobs(reader)] == [(True, "BooksChanged")]


def test_a_job_that_fails_is_noted_and_goes_on_failing() -> None:
    with pytest.raises(KeyError), noting_job("trial"):
        raise KeyError
    trial = take_figures({}).jobs["trial"]
    assert (trial.failure, trial.failures, trial.succeeded_at) == ("KeyError", 1, None)
    assert trial.failed_at is not None


def test_what_waits_for_other_processes_is_counted_without_being_read(world: World) -> None:
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    with db.read() as reader:
        before = get_queues(reader).outbox
    send(world.hire("Karim Benali", kitchen), launch(ariane, kitchen), "Bonjour")
    with db.read() as reader:
        after = get_queues(reader)
    is_postgresql = db.current().name == "postgresql"
    assert (after.outbox > before) is is_postgresql
    assert after.notices == 0

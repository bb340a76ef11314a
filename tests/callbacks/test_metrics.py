"""What Prometheus reads of the server: to whom it shows, that it adds up, and that it tells nothing of anybody."""

from __future__ import annotations

import re
import timeit
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from callbacks.vitals import Vitals
from data import db
from data.config import Settings
from data.metrics import BOUNDS, Duration, Histogram, counted, find_quantile, noting_job
from tests.callbacks.conftest import Visitor
from tests.conftest import Moment
from tests.factories import World

TOKEN = "jeton-de-lecture-0123456789"
PRODUCTION = {
    "mode": "production",
    "origin": "https://chat.example.ca",
    "secret_key": "0123456789abcdefghijklmnopqrstuv",
}


def read(visitor: Visitor, **headers: str) -> dict[str, float]:
    """Each sample by its name and labels, of all processes together."""
    answer = visitor.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(value for name, value in sorted(sample.labels.items()) if name != "process")
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            found[name] = found.get(name, 0) + sample.value
    return found


@pytest.mark.usefixtures("app_world")
def test_what_happens_is_counted(visit: Callable[..., Visitor]) -> None:
    before = read(visit())
    with db.unit_of_work():
        pass
    counted.acknowledgement.note(0.0007)
    counted.acknowledgement.note(99.0)
    visit().get("/sign-in")
    after = read(visit())
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown["chat_commits_total"] == grown["chat_units_total"] >= 1
    assert grown["chat_acknowledgement_seconds_bucket{0.0005}"] == 0
    assert grown["chat_acknowledgement_seconds_bucket{0.001}"] == 1
    assert grown["chat_acknowledgement_seconds_bucket{+Inf}"] == 2
    assert grown["chat_acknowledgement_seconds_count"] == 2
    assert grown["chat_request_seconds_count"] >= 1
    assert after["chat_database_up"] == 1
    assert after["chat_sockets"] == 0


def test_processes_of_the_same_place_are_told_together_and_those_elsewhere_tell_themselves(
    application: Flask, app_world: World, visit: Callable[..., Visitor], tmp_path: Path, moment: Moment
) -> None:
    settings = application.config["CHAT_SETTINGS"]
    before = read(visit())["chat_commits_total"]
    for other in (settings, settings.model_copy(update={"port": 9})):
        Vitals(application, other).beat()
    with_neighbour = read(visit())["chat_commits_total"]
    assert with_neighbour == (before + 2) + before  # the neighbour counted before its own row was committed
    moment.advance(minutes=1)
    assert read(visit())["chat_commits_total"] == before + 2


def test_work_that_was_done_and_work_that_failed_tell_their_age(
    application: Flask, app_world: World, visit: Callable[..., Visitor], moment: Moment
) -> None:
    vitals: Vitals = application.extensions["vitals"]
    with noting_job("ledgers"):
        pass
    vitals.beat()
    moment.advance(seconds=90)
    with pytest.raises(ZeroDivisionError), noting_job("ledgers"):
        raise ZeroDivisionError
    vitals.beat()
    found = read(visit())
    assert found["chat_job_age_seconds{ledgers}"] == 90
    assert found["chat_job_failed{ledgers}"] == 1
    with noting_job("ledgers"):
        moment.advance(seconds=1)
    vitals.beat()
    assert read(visit())["chat_job_failed{ledgers}"] == 0


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {}, 200),
        ({}, {"X-Forwarded-For": "203.0.113.9"}, 404),
        ({"metrics_token": TOKEN}, {}, 404),
        ({"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}, 404),
        ({"metrics_token": TOKEN}, {"Authorization": TOKEN}, 404),
        ({"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (PRODUCTION, {}, 404),
        (PRODUCTION | {"metrics_token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_nobody_reads_it_who_was_not_let_in(
    sqlite: db.Database, tmp_path: Path, settings: dict[str, str], headers: dict[str, str], status: int
) -> None:
    server = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'chat.db'}", **settings))  # type: ignore[arg-type]
    answer = server.test_client().get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 404:
        assert b"chat_" not in answer.data


def test_from_another_machine_it_is_not_there(application: Flask) -> None:
    answer = application.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 404


@pytest.mark.usefixtures("app_world")
def test_labels_are_few_and_name_nobody(visit: Callable[..., Visitor]) -> None:
    text = visit().get("/metrics").text
    assert set(re.findall(r'(\w+)="', text)) <= {"process", "le", "service", "outcome", "reason", "job", "what"}


@pytest.mark.parametrize(("seconds", "place"), [(0, 0), (0.0005, 0), (0.00051, 1), (10, 13), (11, 14)])
def test_a_duration_falls_into_the_first_bound_that_holds_it(seconds: float, place: int) -> None:
    duration = Duration()
    duration.note(seconds)
    assert duration.counts.index(1) == place
    assert duration.total == seconds


def test_the_quantile_of_a_duration_is_the_bound_that_holds_it() -> None:
    counts = [0] * (len(BOUNDS) + 1)
    assert find_quantile(Histogram(counts, 0.0), 0.99) is None
    counts[2], counts[5] = 98, 2
    assert find_quantile(Histogram(counts, 0.0), 0.5) == BOUNDS[2]
    assert find_quantile(Histogram(counts, 0.0), 0.99) == BOUNDS[5]


def test_counting_a_message_costs_less_than_a_microsecond() -> None:
    """As much as a message is counted: two durations and a handful of sums; the best of many tries, against the same
    loop that counts nothing."""
    duration = Duration()

    def count() -> None:
        duration.note(0.0012)
        counted.deliveries += 0
        counted.commits += 0
        counted.units += 0

    best = min(timeit.repeat(count, number=2_000, repeat=50)) / 2_000
    nothing = min(timeit.repeat(lambda: None, number=2_000, repeat=50)) / 2_000
    assert best - nothing < 2e-6  # twice the goal: the machine of the tests is shared

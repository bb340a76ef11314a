"""What customer service sees of the servers: who serves, what failed, what waits; nothing of anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from callbacks.vitals import Vitals
from components import ids
from data import clock, db
from data.access.actors import VendorRole
from data.actions.processes import note_jobs
from data.i18n import translator
from data.metrics import BOUNDS, JobState, counted
from tests.callbacks.conftest import Visitor
from tests.callbacks.test_directory import read_page
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, launch, send

t = translator("fr")


@pytest.fixture
def martine(app_world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def look_again(visitor: Visitor) -> str:
    answer = visitor.call(ids.OPERATIONS_BODY, [(ids.OPERATIONS_REFRESH, "n_clicks", 1)])
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


def test_a_process_that_falls_silent_and_work_that_failed_are_said(
    application: Flask, martine: Somebody, visit: Callable[..., Visitor], moment: Moment
) -> None:
    vitals: Vitals = application.extensions["vitals"]
    visitor = visit(martine)
    assert t("Everything is in order.") in read_page(visitor, "/operations")
    vitals.beat()
    shown = look_again(visitor)
    assert f"{vitals.serving.place} · {vitals.serving.number}" in shown
    moment.advance(seconds=60)
    with db.unit_of_work() as uow:
        failed = clock.to_ms(uow.now - timedelta(seconds=1))
        note_jobs(uow, {"books": JobState(succeeded_at=failed - 1, failed_at=failed, failure="BooksChanged")})
    shown = look_again(visitor)
    assert t.plural("{n} process is silent.", "{n} processes are silent.", 1) in shown
    assert t("{job}: failed last time.", job=t("Closing the months that are due")) in shown
    assert "BooksChanged" in shown
    assert t("Everything is in order.") not in shown


def test_what_is_degraded_is_said_with_its_beginning(
    application: Flask,
    martine: Somebody,
    visit: Callable[..., Visitor],
    monkeypatch: pytest.MonkeyPatch,
    moment: Moment,
) -> None:
    monkeypatch.setattr("callbacks.vitals.LEAST_DISK", 10**18)
    began = t.moment(moment.at, "America/Toronto")
    read_page(visit(martine), "/operations")
    moment.advance(hours=2)
    shown = look_again(visit(martine))
    assert t("The disk is nearly full.") in shown
    assert t("since {moment}", moment=began) in shown
    health = visit().get("/health").get_json()
    assert (health["degraded"], health["ready"]) == (["disk"], True)
    assert health["since"]["disk"] == (moment.at - timedelta(hours=2)).isoformat()


def test_a_database_that_takes_no_writes_for_long_is_degraded(
    application: Flask, app_world: World, visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vitals: Vitals = application.extensions["vitals"]
    monkeypatch.setattr(vitals, "_beats", True)
    assert visit().get("/health").get_json()["degraded"] == []
    monkeypatch.setattr("callbacks.vitals.WRITES_WITHIN", -1.0)
    assert visit().get("/health").get_json()["degraded"] == ["writes"]


def test_durations_and_what_push_services_answered_add_up(
    application: Flask, martine: Somebody, visit: Callable[..., Visitor]
) -> None:
    counted.bus_lag.__init__()  # type: ignore[misc]
    for _ in range(99):
        counted.bus_lag.note(BOUNDS[1])
    counted.bus_lag.note(BOUNDS[-1] + 1)
    counted.push_replies["push.example", "taken"] += 123_456
    application.extensions["vitals"].beat()
    shown = look_again(visit(martine))
    assert t("{n} ms", n=t.number(1)) in shown
    assert t.number(123_456) in shown
    del counted.push_replies["push.example", "taken"]


def test_nothing_of_anybody_shows(
    application: Flask, app_world: World, martine: Somebody, visit: Callable[..., Visitor]
) -> None:
    kitchen = app_world.add_service("cuisine-secrete")
    ariane = app_world.hire("Zéphirine Planté", kitchen, manages=(kitchen,))
    send(app_world.hire("Quidam Planté", kitchen), launch(ariane, kitchen, name="Nom planté"), "Texte planté")
    application.extensions["vitals"].beat()
    shown = read_page(visit(martine), "/operations") + visit().get("/metrics").text
    assert not re.search("plant|secrete|laurier", shown, re.IGNORECASE)


def test_the_last_backup_is_known(
    application: Flask, martine: Somebody, visit: Callable[..., Visitor], tmp_path: Path, moment: Moment
) -> None:
    application.test_cli_runner().invoke(args=["backup", str(tmp_path / "copy.db")], catch_exceptions=False)
    assert (tmp_path / "copy.db").exists()
    made_at = t.moment(moment.at, "America/Toronto")
    moment.advance(days=3)
    shown = read_page(visit(martine), "/operations")
    assert made_at in shown
    assert t("never, as far as is known") in shown  # the other work

"""The phone's page of notifications over HTTP: a device is registered, tried and taken back by its owner alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from data import db
from data.access.actors import Surface
from data.queries.push import get_alerting, list_devices
from tests import push_service
from tests.callbacks.conftest import Visitor
from tests.conftest import Moment
from tests.factories import Somebody, World
from tests.push_service import Device, PushService

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service.running() as running:
        yield running


@pytest.fixture
def karim(app_world: World) -> Somebody:
    return app_world.hire("Karim Benali", app_world.add_service("cuisine"))


@pytest.fixture
def phone(application: Flask, karim: Somebody, visit: Visit, service: PushService) -> Iterator[Visitor]:
    settings = application.config["CHAT_SETTINGS"]
    application.config["CHAT_SETTINGS"] = settings.model_copy(update={"push_origins": service.origin})
    yield visit(karim, Surface.MOBILE)
    application.extensions["notifier"].close()


def register(phone: Visitor, device: Device) -> int:
    return phone.post("/m/push/devices", vars(device.subscription)).status_code


def list_ids(somebody: Somebody) -> list[int]:
    with db.read() as reader:
        return [row.id for row in list_devices(reader, somebody.act())]


def test_a_device_is_registered_tried_and_taken_back(
    phone: Visitor, karim: Somebody, service: PushService, moment: Moment
) -> None:
    device = service.subscribe()
    assert register(phone, device) == 204
    page = phone.get("/m/notifications").text
    assert "rien d&#39;envoyé encore" in page
    assert "cet appareil" in page
    (device_id,) = list_ids(karim)
    assert "result=taken" in phone.post("/m/push/test", {"device": str(device_id)}).headers["Location"]
    (received,) = service.take()
    assert received.content["body"] == "Les notifications fonctionnent sur cet appareil."
    assert "dernière notification le 23 novembre 2026" in phone.get("/m/notifications").text
    assert phone.post("/m/push/test", {"device": str(device_id)}).status_code == 429
    moment.advance(seconds=6)
    service.answers.append((410, {}))
    assert "result=gone" in phone.post("/m/push/test", {"device": str(device_id)}).headers["Location"]
    assert list_ids(karim) == []
    assert register(phone, device) == 204
    phone.post("/m/push/forget", {"device": str(list_ids(karim)[0])})
    assert list_ids(karim) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://evil.example/push"},
        {"endpoint": "https://169.254.169.254/latest/meta-data"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"auth": ""},
    ],
)
def test_what_is_no_browsers_subscription_is_refused(
    phone: Visitor, karim: Somebody, service: PushService, wrong: dict[str, str]
) -> None:
    phone.get("/m/notifications")
    given = vars(service.subscribe().subscription) | wrong
    assert phone.post("/m/push/devices", given).status_code == 400
    assert list_ids(karim) == []


@pytest.mark.parametrize(
    ("form", "quiet"),
    [
        ({"choice": "own", "starts": "22:15", "ends": "06:00"}, (1335, 360, True)),
        ({"choice": "none"}, (0, 0, True)),
        ({"choice": "organization", "starts": "x", "ends": ""}, (1260, 420, False)),
        ({"choice": "own", "starts": "24:00", "ends": "06:00"}, (1260, 420, False)),
        ({"choice": "own", "starts": "22:15"}, (1260, 420, False)),
        ({}, (1260, 420, False)),
    ],
)
def test_r20_one_chooses_ones_own_quiet_hours(
    phone: Visitor, karim: Somebody, form: dict[str, str], quiet: tuple[int, int, bool]
) -> None:
    page = phone.get(phone.post("/m/push/quiet-hours", form).headers["Location"]).text
    with db.read() as reader:
        found = get_alerting(reader, karim.id)
    assert (found.quiet.starts, found.quiet.ends, found.is_own) == quiet
    is_refused = form.get("choice") != "organization" and not found.is_own
    assert ("Cette heure n&#39;est pas valide" in page) is is_refused
    assert "de 21 h à 7 h" in page


def test_nobody_signs_a_device_up_from_another_site(phone: Visitor, karim: Somebody, service: PushService) -> None:
    phone.get("/m/notifications")
    given = vars(service.subscribe().subscription)
    evil = {"Origin": "https://evil.example"}
    assert phone.post("/m/push/devices", given, headers=evil).status_code == 403
    assert list_ids(karim) == []

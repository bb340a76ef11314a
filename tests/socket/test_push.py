"""The real server tells devices what is new, by itself, also after it died; who looks or is gone hears nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data.access.actors import Surface
from tests import factories, inside, push_service
from tests.client import Client
from tests.factories import Somebody
from tests.inside import Kitchen
from tests.push_service import PushService
from tests.server import Server

SOON = 8.0  # seconds


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service.running() as running:
        yield running


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path, service: PushService) -> Iterator[Server]:
    started = Server(tmp_path, sqlite_template, PUSH_ORIGINS=service.origin)
    started.start()
    yield started
    assert not started.list_faults()
    if started.process is not None:
        started.kill()


def test_r20_devices_are_told_within_moments(server: Server, service: PushService) -> None:
    kitchen: Kitchen = server.do(inside.make_kitchen, "alertes")
    karim, sofia, lea = kitchen.staff
    devices = {}
    for somebody in kitchen.staff:
        device = service.subscribe()
        server.do(inside.register_device, somebody, device.subscription, service.origin)
        server.do(inside.have_no_quiet_hours, somebody)
        devices[device] = somebody.id
    team = server.do(factories.launch, kitchen.manager, kitchen.service_id)

    def wait(count: int) -> set[int]:
        return {devices[each.device] for each in service.wait(count, SOON)}

    server.do(factories.send, kitchen.manager, team, "Un")
    assert wait(3) == {karim.id, sofia.id, lea.id}

    server.set_clock(timedelta(seconds=10))  # as if they had paused for a while
    looking = connect(server, sofia)
    looking.ask("conversation.look", conversation_id=team)
    server.do(factories.send, lea, team, "Deux")
    assert wait(1) == {karim.id}

    # What is queued when the server dies is told by the next one; who signed out meanwhile is not.
    server.set_clock(timedelta(seconds=20))
    service.answers.append((503, {"Retry-After": "1"}))
    server.do(factories.send, lea, team, "Trois")
    wait_until_asked(service)
    server.do(inside.change_password, sofia)
    server.set_clock(timedelta(seconds=150))  # what it had taken is given back
    server.restart()
    assert wait(1) == {karim.id}
    assert service.take() == []


def connect(server: Server, somebody: Somebody) -> Client:
    return Client(server.address, "mobile", server.give_cookie(somebody, Surface.MOBILE))


def wait_until_asked(service: PushService) -> None:
    with service.came:
        assert service.came.wait_for(lambda: not service.answers, SOON)

"""A kitchen to talk in: a manager at the portal, three employees on their phones, all through real sockets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.access.actors import Surface
from tests import factories, inside
from tests.client import Client
from tests.factories import Somebody, World
from tests.inside import Kitchen
from tests.server import Server
from tests.socket.raw import RawSocket
from tests.socket.reducer import Node

_codes = itertools.count(1)


@dataclass
class Team:
    """A kitchen of this test's own, and the sockets opened to it. What is made through `server.do` is told to them."""

    server: Server
    home: Kitchen
    clients: list[Client] = field(default_factory=list)
    raw: list[RawSocket] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.home.world

    @property
    def kitchen(self) -> int:
        return self.home.service_id

    @property
    def manager(self) -> Somebody:
        return self.home.manager

    @property
    def staff(self) -> list[Somebody]:
        return self.home.staff

    def open(self, somebody: Somebody, surface: Surface = Surface.MOBILE, **options: Any) -> Client:
        """One more device of somebody, connected."""
        return self.open_with(self.server.give_cookie(somebody, surface), surface, **options)

    def open_with(self, cookie: str, surface: Surface = Surface.MOBILE, **options: Any) -> Client:
        client = Client(self.server.address, surface.value, cookie, **options)
        self.clients.append(client)
        return client

    def open_raw(self, cookie: str, **options: Any) -> RawSocket:
        """A phone's socket, by hand."""
        headers = {"Cookie": f"chat_mobile={cookie}", "Origin": self.server.address}
        raw = RawSocket(self.server.address, "/m/socket", headers, **options)
        self.raw.append(raw)
        assert raw.status == 101
        return raw

    def open_portal(self) -> Client:
        return self.open(self.manager, Surface.PORTAL)

    def launch(self, name: str = "Horaire") -> int:
        return self.server.do(factories.launch, self.manager, self.kitchen, name=name)

    def is_public(self, conversation_id: int) -> bool:
        return self.server.do(inside.is_public, conversation_id)

    def start_one_to_one(self, one: Somebody, other: Somebody) -> int:
        return self.server.do(factories.start_one_to_one, one, other, self.kitchen)

    def start_group(self, one: Somebody, *others: Somebody) -> int:
        return self.server.do(factories.start_group, one, list(others), self.kitchen)

    def close(self) -> None:
        while self.clients:
            self.clients.pop().close()
        while self.raw:
            self.raw.pop().socket.close()


def make_team(server: Server) -> Team:
    return Team(server, server.do(inside.make_kitchen, f"test{next(_codes)}"))


@pytest.fixture
def team(server: Server) -> Iterator[Team]:
    yield from _lend(make_team(server))


def _lend(team: Team) -> Iterator[Team]:
    faults = team.server.list_faults()
    yield team
    team.close()
    assert team.server.list_faults() == faults


@pytest.fixture
def own_team(own_server: Server) -> Iterator[Team]:
    """On a server that this test alone has."""
    team = make_team(own_server)
    yield team
    team.close()


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with Node.started() as node:
        yield node

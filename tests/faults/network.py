"""Two machines, each in a network namespace of its own, reach PostgreSQL and Redis in a third place over links that can
be cut. People at both exchange messages while one of them loses its link."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from data import migrations
from data.access.actors import Surface
from tests import factories, inside
from tests.client import Client, Refused
from tests.faults.places import running_postgres, running_redis, serving
from tests.server import Server

NET = 0x4000_0000  # CLONE_NEWNET
R = TypeVar("R")


def find_obstacle() -> str | None:
    """Why it cannot be done here."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip (iproute2) is not installed"
    probe = subprocess.run(["ip", "netns", "add", "chat-probe"], capture_output=True)
    subprocess.run(["ip", "netns", "delete", "chat-probe"], capture_output=True)
    return None if probe.returncode == 0 else "network namespaces are not allowed here"


@dataclass(frozen=True)
class Machine:
    """`number`: of its network 10.77.number.0, whose .1 is the place of the databases."""

    name: str
    number: int

    @classmethod
    @contextmanager
    def plugged_in(cls, number: int) -> Iterator[Machine]:
        machine = cls(f"chat{os.getpid()}n{number}", number)
        _ip("netns", "add", machine.name)
        try:
            _ip("link", "add", machine.link, "type", "veth", "peer", "name", "uplink", "netns", machine.name)
            _ip("addr", "add", f"{machine.outside}/24", "dev", machine.link)
            _ip("link", "set", machine.link, "up")
            for command in (f"addr add 10.77.{number}.2/24 dev uplink", "link set uplink up", "link set lo up"):
                _ip("-n", machine.name, *command.split())
            _ip("-n", machine.name, "route", "add", "default", "via", machine.outside)
            yield machine
        finally:
            subprocess.run(["ip", "link", "delete", machine.link], capture_output=True)
            _ip("netns", "delete", machine.name)

    @property
    def link(self) -> str:
        return f"chat{self.number}"

    @property
    def outside(self) -> str:
        return f"10.77.{self.number}.1"

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        _ip("link", "set", self.link, "down")
        yield
        _ip("link", "set", self.link, "up")

    def within(self, function: Callable[[], R]) -> R:
        """Run there: sockets that it opens are of that machine for good."""
        found: list[R] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                _enter(self.name)
                found.append(function())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(60)
        if failed:
            raise failed[0]
        return found[0]


@dataclass(frozen=True)
class Crossing:
    """Seconds until a message of one machine was heard at the other: before, and once the link was back. `kept`: what
    was said meanwhile at the machine that had its link arrived once at the other."""

    before: float
    here_to_there: float
    there_to_here: float
    kept: bool


def cross(folder: Path, template: Path, *, cut_for: float) -> Crossing:
    with ExitStack() as stack:
        here, there = (stack.enter_context(Machine.plugged_in(number)) for number in (1, 2))
        # One address for both, of no link in particular.
        stack.enter_context(_having("10.77.0.1"))
        postgres = stack.enter_context(running_postgres(folder / "postgres", host="10.77.0.1"))
        redis = stack.enter_context(running_redis(host="10.77.0.1"))
        migrations.upgrade(postgres.url)
        servers = [
            stack.enter_context(
                _serving_at(
                    machine, folder / f"m{machine.number}", template, DATABASE_URL=postgres.url, REDIS_URL=redis.url
                )
            )
            for machine in (here, there)
        ]
        return _exchange(servers, (here, there), cut_for)


def _exchange(servers: list[Server], machines: tuple[Machine, Machine], cut_for: float) -> Crossing:
    here, there = machines
    kitchen = servers[0].do(inside.make_kitchen, "crossing")
    conversation_id = servers[0].do(factories.launch, kitchen.manager, kitchen.service_id)
    cookies = [servers[0].give_cookie(somebody, Surface.MOBILE) for somebody in kitchen.staff[:2]]
    karim = here.within(lambda: Client(servers[0].address, "mobile", cookies[0]))
    sofia = there.within(lambda: Client(servers[1].address, "mobile", cookies[1]))
    before = _pass_on(karim, sofia, conversation_id, "avant")
    with there.cut_off():
        said = [karim.say(conversation_id, f"pendant {number}") for number in range(5)]
        time.sleep(cut_for)
    started = time.monotonic()
    for ordinal in said:
        _await_message(sofia, conversation_id, ordinal)
    here_to_there = time.monotonic() - started
    there_to_here = _answer_until_kept(sofia, karim, conversation_id, started)
    ordinals = [event["message"]["ordinal"] for event in sofia.events if event["type"] == "message.sent"]
    kept = all(ordinals.count(ordinal) == 1 for ordinal in said)
    for client in (karim, sofia):
        client.close()
    return Crossing(before, here_to_there, there_to_here, kept)


def _pass_on(one: Client, other: Client, conversation_id: int, text: str) -> float:
    started = time.monotonic()
    _await_message(other, conversation_id, one.say(conversation_id, text))
    return time.monotonic() - started


def _answer_until_kept(one: Client, other: Client, conversation_id: int, started: float) -> float:
    """Under the same ref until it is acknowledged, as every client does."""
    ref = one.new_ref()
    while True:
        try:
            ordinal = one.say(conversation_id, "de retour", ref)
            break
        except Refused:
            time.sleep(0.1)
    _await_message(other, conversation_id, ordinal)
    return time.monotonic() - started


def _await_message(client: Client, conversation_id: int, ordinal: int) -> None:
    while client.wait("message.sent", seconds=20, conversation_id=conversation_id)["message"]["ordinal"] != ordinal:
        pass


@contextmanager
def _serving_at(machine: Machine, folder: Path, template: Path, **settings: str) -> Iterator[Server]:
    """Its door is a file, which namespaces of networks do not separate; its port is that machine's own."""
    stack = ExitStack()
    server = machine.within(lambda: stack.enter_context(serving(folder, template, **settings)))
    with stack:
        yield server


@contextmanager
def _having(address: str) -> Iterator[None]:
    _ip("addr", "add", f"{address}/32", "dev", "lo")
    try:
        yield
    finally:
        _ip("addr", "delete", f"{address}/32", "dev", "lo")


def _enter(name: str) -> None:
    """This thread alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/var/run/netns/{name}") as file:
        if libc.setns(file.fileno(), NET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)

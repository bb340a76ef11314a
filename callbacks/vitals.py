"""How this process does: what it measures of itself, what is degraded and since when; told to the others every few
seconds by a row in the database, which also shows whether the database still takes writes."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import datetime

import gevent
import msgspec
import structlog
from flask import Flask

from data import clock, db
from data.actions.processes import Serving, forget_process, note_jobs, note_process
from data.config import Settings
from data.errors import Unavailable
from data.metrics import Figures, JobState, counted, take_figures

EVERY = 5.0  # seconds
WRITES_WITHIN = 12.0  # seconds since the last row that the database took: a write lock held longer than ten shows
LEAST_DISK = 500_000_000  # bytes

log = structlog.get_logger()


class Vitals:
    def __init__(self, server: Flask, settings: Settings) -> None:
        self._server = server
        self._folder = settings.data_folder
        place = f"{socket.gethostname()}:{settings.bind.removeprefix('unix:') or settings.port}"
        self.serving = Serving(secrets.token_hex(8), place, os.getpid(), counted.started_at)
        self._told: dict[str, JobState] = {}
        self._since: dict[str, datetime] = {}
        self._written_at = time.monotonic()
        self._beats = False

    def start(self) -> None:
        self._beats = True
        gevent.spawn(self._beat_on)

    def stop(self) -> None:
        """It leaves, as it was told to."""
        self._beats = False
        with contextlib.suppress(Exception), db.unit_of_work() as uow:
            forget_process(uow, self.serving.name)

    def take_figures(self) -> Figures:
        hub, relay = self._server.extensions["socket_edge"].hub, self._server.extensions.get("relay")
        return take_figures(
            {
                "sockets": len(hub.members),
                "backlog_bytes": hub.measure_backlog(),
                "bus_waiting": 0 if relay is None else relay.waiting,
                "memory_bytes": _measure_memory(),
            }
        )

    def list_troubles(self) -> dict[str, datetime]:
        """What is slower than it should be, though nothing is lost, and since when this process knows it."""
        now, found = clock.now(), set(self._find_troubles())
        self._since = {name: self._since.get(name, now) for name in sorted(found)}
        return self._since

    def _find_troubles(self) -> Iterator[str]:
        relay = self._server.extensions.get("relay")
        if relay is not None and relay.is_degraded:
            yield "redis"
        if relay is not None and relay.is_late:
            yield "relay"
        if self._beats and time.monotonic() > self._written_at + WRITES_WITHIN:
            yield "writes"
        notifier = self._server.extensions.get("notifier")
        if notifier is not None and notifier.find_paused_until(clock.now()) is not None:
            yield "push"
        if shutil.disk_usage(self._folder).free < LEAST_DISK:
            yield "disk"

    def _beat_on(self) -> None:
        while self._beats:
            try:
                self.beat()
            except Unavailable:
                log.warning("state_not_written")
            except Exception:
                log.exception("state_not_told")
            gevent.sleep(EVERY)

    def beat(self) -> None:
        figures = self.take_figures()
        fresh = {name: state for name, state in figures.jobs.items() if state != self._told.get(name)}
        with db.unit_of_work() as uow:
            note_process(uow, self.serving, figures)
            note_jobs(uow, fresh)
        self._told = {name: msgspec.structs.replace(state) for name, state in figures.jobs.items()}
        self._written_at = time.monotonic()
        self._log_troubles()

    def _log_troubles(self) -> None:
        before = set(self._since)
        for name in sorted(set(self.list_troubles()) - before):
            log.warning("degraded", what=name)


def _measure_memory() -> int:
    """Bytes that are in memory."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0

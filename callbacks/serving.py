"""`python app.py`: gunicorn with one gevent worker, which holds thousands of sockets without a thread for each."""

from __future__ import annotations

import fcntl
import gc
import hashlib
import resource
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click
import gevent
import structlog
from flask import Flask
from gevent.event import Event
from gunicorn.app.base import BaseApplication
from gunicorn.workers.ggevent import GeventWorker

from callbacks.log_stream import NeverWaiting
from callbacks.patience import CountedRequests, TimedBodies
from callbacks.push import get_notifier
from data import clock, db, demo, migrations
from data.bookkeeping import close_due_months
from data.config import Settings
from data.errors import ChatError, Unavailable
from data.i18n import list_script_texts
from data.metrics import noting_job
from data.realtime import bus
from data.realtime.events import ConversationCreated, MessageSent
from data.relay import Relay
from data.usage.freshness import count_now

log = structlog.get_logger()

# Thousands of sockets live long and their objects are not garbage: looking through them at each thousand new objects
# took more than half of a busy server's processor (measured), and each look stopped everybody for up to 40 ms.
COLLECTS = 10_000, 50, 1_000
# Seconds after which a thread that computes (usage, a document) lets the loop go on: it asks at each statement, and
# would wait for Python's usual 5 ms each time.
GIVES_WAY_AFTER = 0.0005
OPEN_FILES = 20_000  # one for each socket, and some
BOOKS_EVERY = 60.0  # seconds
USAGE_EVERY = 30.0
FILLED_BY_DEMONSTRATION = (
    "this database was filled by the demonstration, whose password everybody knows. Set DATABASE_URL to an empty "
    "database, or set MODE=demonstration to show this one."
)
NEWS = (MessageSent, ConversationCreated)
REST = 0.5  # seconds between two looks at what is new
AT_LEAST_EVERY = 20.0  # also what another process wrote
GOODBYES_TAKE = 0.4  # seconds, when the server stops
REQUESTS_END_WITHIN = 8.0  # seconds: whoever asked before gets an answer


class _Worker(GeventWorker):
    """gunicorn would look once a second whether it must stop: sockets are told at once, and it leaves as soon as what
    was asked is answered. The master has taken the address away by then; what still waits at the door is let in."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        gevent.spawn(self._leave)

    def _leave(self) -> None:
        self.app.close_sockets()
        gevent.sleep(GOODBYES_TAKE)
        self.app.end_requests()
        sys.exit(0)


class _Server(BaseApplication):
    def __init__(self, settings: Settings, create_app: Callable[[Settings], Flask]) -> None:
        self._settings = settings
        self._create_app = create_app
        self._app: Flask | None = None
        self._requests: CountedRequests | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self._settings.bind or f"{self._settings.host}:{self._settings.port}",
            "worker_class": _Worker,
            "workers": self._settings.workers,
            "worker_connections": 12_000,
            "keepalive": 5,
            "graceful_timeout": int(REQUESTS_END_WITHIN) + 2,
            "timeout": 60,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": lambda server: _announce(self._settings),
            "worker_int": lambda worker: self.close_sockets(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        self._app = self._create_app(self._settings)
        self._requests = CountedRequests(TimedBodies(self._app.wsgi_app))
        self._app.wsgi_app = self._requests  # type: ignore[method-assign]
        _read_ahead(self._app)
        gevent.spawn(_keep_books, self._settings)
        _hear_others(self._settings, self._app)
        gevent.spawn(_notify, self._app)
        gevent.spawn(_count_usage)
        self._app.extensions["vitals"].start()
        gc.freeze()  # what stays is not looked through again and again: short pauses, and a quick end
        gc.set_threshold(*COLLECTS)
        sys.setswitchinterval(GIVES_WAY_AFTER)
        return self._app

    def close_sockets(self) -> None:
        """They are told to come back, and those that open now too."""
        if self._app is not None:
            self._app.extensions["socket_edge"].hub.close_all()

    def end_requests(self) -> None:
        """Whoever asked gets an answer, and the other processes need not wonder where this one went."""
        if self._app is not None and self._requests is not None:
            self._requests.wait(REQUESTS_END_WITHIN)
            self._app.extensions["vitals"].stop()


def _read_ahead(server: Flask) -> None:
    """What the first pages would have to open files for: when they come, none may be left to open."""
    list_script_texts("fr")
    get_notifier(server).key.public  # noqa: B018 (worked out, and kept)


def _hear_others(settings: Settings, server: Flask) -> None:
    """What other processes on the same database do, reaches the sockets of this one."""
    database = db.current()
    if isinstance(database, db.PostgresDatabase):
        seal = hashlib.blake2b(settings.secret_key.encode(), person=b"events").digest()
        relay = Relay(database, bus.publish, redis_url=settings.redis_url, seal=seal)
        relay.start()
        server.extensions["relay"] = relay


def _keep_books(settings: Settings) -> None:
    """Months are closed by themselves on the third day at nine, wherever their organization is; also after the server
    was down at that hour. Several processes may try: a month has one closing."""
    while True:
        try:
            with db.current().alone("books") as is_alone:
                if is_alone:
                    with noting_job("books"):
                        _close_due_months(settings)
        except Exception:
            log.exception("books_not_kept")
        gevent.sleep(BOOKS_EVERY)


def _close_due_months(settings: Settings) -> None:
    for due, outcome in close_due_months(settings.seller):
        code = outcome.code if isinstance(outcome, ChatError) else None
        log.info("month_due", organization=due.organization_id, month=str(due.month), refused=code)


def _count_usage() -> None:
    """What happened since is added to the figures of usage, beside the sending of messages."""
    while True:
        try:
            with db.current().alone("usage") as is_alone:
                if is_alone:
                    with noting_job("usage"):
                        count_now()
        except Unavailable:
            log.warning("usage_waits")
        except Exception:
            log.exception("usage_not_counted")
        gevent.sleep(USAGE_EVERY)


def _notify(app: Flask) -> None:
    """Whoever has a device that takes notifications is told of what is new (R20), beside the sending of messages."""
    wake = Event()
    bus.listen(lambda batch: wake.set() if any(isinstance(each.event, NEWS) for each in batch) else None)
    while True:
        wait = AT_LEAST_EVERY
        try:
            with db.current().alone("notifications") as is_alone:
                due_at = _run_notifier(app) if is_alone else None
            if due_at is not None:
                wait = max(0.0, min(wait, (due_at - clock.now()).total_seconds()))
        except Unavailable:
            log.warning("notifications_wait")
        except Exception:
            log.exception("notifications_failed")
        wake.wait(wait)
        wake.clear()
        gevent.sleep(REST)


def _run_notifier(app: Flask) -> datetime | None:
    with noting_job("notifications"):
        return get_notifier(app).run()


def serve(settings: Settings, create_app: Callable[[Settings], Flask]) -> None:
    """Migrate, load the demonstration into an empty database, serve until told to stop."""
    gc.enable()  # app.py loads without
    _check_port(settings)
    claim_file(settings.database_url)
    sys.stderr = NeverWaiting(sys.stderr)
    if migrations.upgrade(settings.database_url):
        click.echo("The database is up to date.", err=True)
    db.connect(settings.database_url)
    if settings.mode == "demonstration" and demo.is_empty():
        load_demonstration()
    if settings.is_production and demo.is_open_to_everybody():
        raise SystemExit(f"Not started: {FILLED_BY_DEMONSTRATION}")
    db.current().dispose()
    _allow_open_files()
    sys.argv = sys.argv[:1]  # gunicorn must not read ours
    gc.freeze()
    _Server(settings, create_app).run()


def load_demonstration() -> None:
    with click.progressbar(length=100, label="Writing the demonstration", file=sys.stderr) as bar:
        shown = 0

        def advance(done: int, total: int) -> None:
            nonlocal shown
            bar.update(100 * done // total - shown)
            shown = 100 * done // total

        demo.load_demonstration(advance)


def _announce(settings: Settings) -> None:
    click.echo(f"\n  Messagerie Chat: {settings.public_address}\n")
    db.connect(settings.database_url)
    with db.read() as reader:
        showcase = [] if settings.is_production else demo.list_showcase(reader)
    db.current().dispose()
    if showcase:
        click.echo("  Who can sign in (one click on the page, or with the password “" + demo.PASSWORD + "”):")
        for person in showcase:
            click.echo(f"    {person.name:<22} {person.role.replace('_', ' '):<20} {person.key}")
        click.echo(f"\n  The phone application: {settings.public_address}/m\n")


def _allow_open_files() -> None:
    """As many as the system gives without asking; a thousand, the usual, would be a thousand sockets."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now < OPEN_FILES:
        wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def claim_file(database_url: str) -> None:
    """SQLite has one serving process: two would not hear each other, and would wait for each other's writes. Held until
    this process ends, however it ends."""
    if not database_url.startswith("sqlite:///"):
        return
    path = Path(database_url.removeprefix("sqlite:///") + ".serving")
    path.parent.mkdir(parents=True, exist_ok=True)
    claim = path.open("w")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(
            f"Not done: another server already serves {path.with_suffix('')}. One process serves a SQLite database; "
            "for several, set DATABASE_URL to PostgreSQL."
        ) from None
    _claims.append(claim)


_claims: list[TextIO] = []


def _check_port(settings: Settings) -> None:
    """Say it plainly rather than after five tries."""
    if settings.bind:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SystemExit(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set PORT.") from None

"""`python app.py`: gunicorn with one gevent worker, which holds thousands of sockets without a thread for each."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from data import db, demo, migrations
from data.config import Settings


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, create_app: Callable[[Settings], Flask]) -> None:
        self._settings = settings
        self._create_app = create_app
        self._app: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "worker_class": "gevent",
            "workers": 1,
            "worker_connections": 12_000,
            "keepalive": 5,
            # Requests under way finish; sockets are told to come back and closed first (see worker_int).
            "graceful_timeout": 1,
            "timeout": 60,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": lambda server: _announce(self._settings),
            "worker_int": lambda worker: self._close_sockets(),
            "worker_exit": lambda server, worker: self._close_sockets(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        self._app = self._create_app(self._settings)
        return self._app

    def _close_sockets(self) -> None:
        if self._app is not None:
            self._app.extensions["socket_edge"].hub.close_all()


def serve(settings: Settings, create_app: Callable[[Settings], Flask]) -> None:
    """Migrate, load the demonstration into an empty database, serve until told to stop."""
    _check_port(settings)
    if migrations.upgrade(settings.database_url):
        click.echo("The database is up to date.", err=True)
    db.connect(settings.database_url)
    if settings.mode == "demonstration" and demo.is_empty():
        load_demonstration()
    db.current().dispose()
    sys.argv = sys.argv[:1]  # gunicorn must not read ours
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


def _check_port(settings: Settings) -> None:
    """Say it plainly rather than after five tries."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SystemExit(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set PORT.") from None

"""The application. `create_app(settings)` builds the server; `python app.py` serves it."""

from __future__ import annotations

if __name__ == "__main__":
    import gc

    gc.disable()  # nothing of what is loaded now is ever garbage; callbacks/serving.py looks again
    # Before any other import: sockets, locks and threads become cooperative only where they are not yet in use.
    from gevent import monkey

    monkey.patch_all()

import os

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from callbacks import (
    access_sheet,
    account,
    assets,
    billing,
    billing_files,
    bills,
    bundles,
    closing,
    commands,
    conversations,
    diagnosis,
    directory,
    groups,
    headers,
    health,
    installed,
    invoices,
    logs,
    metrics,
    mobile,
    navigation,
    onboarding,
    operations,
    option_switch,
    option_undo,
    options,
    organizations,
    person,
    person_acts,
    portal,
    push,
    refusals,
    services,
    serving,
    sign_in,
    socket,
    staff_import,
    terms,
    usage,
    usage_files,
)
from callbacks import (
    settings as organization_settings,
)
from callbacks.gate import Gate
from callbacks.vitals import Vitals
from data import db
from data.config import Settings, SettingsInvalid, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """A complete server on the database of the settings; refuses to start if a way in lacks a permission."""
    settings = settings or _load_settings()
    logs.configure(settings)
    db.connect(settings.database_url)
    server = Flask("app", template_folder="components/templates", static_folder=None)
    server.config["CHAT_SETTINGS"] = settings
    server.secret_key = settings.secret_key
    server.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    server.config["COMPRESS_BR_LEVEL"] = 4
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    logs.register(server)
    gate = Gate(server)
    refusals.register(server)
    assets.register(server)
    app = portal.create(server, gate)
    for feature in (
        navigation,
        conversations,
        directory,
        person,
        person_acts,
        access_sheet,
        services,
        groups,
        staff_import,
        account,
        organizations,
        operations,
        options,
        option_switch,
        option_undo,
        onboarding,
        diagnosis,
        bills,
        billing,
        closing,
        invoices,
        terms,
        usage,
        organization_settings,
    ):
        feature.register(gate, app)
    for routes in (sign_in, bundles, installed, mobile, push, health, metrics, billing_files, usage_files):
        routes.register(gate)
    edge = socket.register(gate, server)
    server.extensions["socket_edge"] = edge
    server.extensions["vitals"] = Vitals(server, settings)
    commands.register(server)
    headers.register(server, app)
    Compress(server)
    portal.complete(server, gate, app)
    return server


def main() -> None:
    serving.serve(_load_settings(), create_app)


def _load_settings() -> Settings:
    """Or say in a line a mistake what cannot work, and stop: for the server and for each command. What they write (the
    database of SQLite above all) is for the user alone who runs them."""
    os.umask(0o077)
    try:
        return load_settings()
    except SettingsInvalid as error:
        raise SystemExit(f"The settings cannot work:\n{error}") from None


if __name__ == "__main__":
    main()

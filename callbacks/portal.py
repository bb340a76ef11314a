"""The portal's page: Dash with our own head, language and theme, its pages behind the gate."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import flask_bootstrap
from dash import Dash, page_registry
from flask import Flask, g, redirect, send_from_directory

from callbacks.assets import PORTAL_SCRIPTS, PORTAL_STYLES, asset_url, dump_config
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.navigation import build_current_menu, list_entries
from callbacks.refusals import describe_refusal
from components.controls import refusal
from components.loading import first_veil
from components.shell import build_shell
from data import db
from data.access.permissions import Permission, check_permission
from data.config import ROOT
from data.errors import ChatError, NotFound, NotSignedIn
from data.i18n import Translator
from data.queries.organizations import get_formal_address

BOOTSTRAP = "/vendor/bootstrap-5.3.css"

# What Dash and Flask open by themselves. All else is declared where it is written.
LIBRARY_ENDPOINTS = {
    "/_dash-layout": Permission.PORTAL,
    "/_dash-dependencies": Permission.PORTAL,
    "/_dash-update-component": Permission.PORTAL,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": Permission.ANYONE,
    "/_favicon.ico": Permission.ANYONE,
    "/_reload-hash": Permission.PORTAL,
    "/": Permission.PORTAL,
    "/<path:path>": Permission.PORTAL,
    "_dash_assets.static": Permission.ANYONE,
}


class Portal(Dash):
    """Dash, whose page is written in the person's language and theme."""

    def interpolate_index(self, **parts: Any) -> str:
        actor = current_actor()
        t = current_translator()
        with db.read() as reader:
            formal = get_formal_address(reader, actor)
        config = dump_config(
            socket="/socket",
            session="/session",
            signIn="/sign-in",
            surface="portal",
            language=t.language,
            timezone=actor.timezone,
            formal=formal,
            people="/directory" if actor.rights is not None and actor.rights.has_portal else None,
        )
        theme = f' data-theme="{actor.theme}"' if actor.theme else ""
        styles = "".join(
            f'<link rel="stylesheet" href="{url}">' for url in (f"{BOOTSTRAP}?v=1", *map(asset_url, PORTAL_STYLES))
        )
        scripts = "".join(f'<script src="{asset_url(name)}" defer></script>' for name in PORTAL_SCRIPTS)
        return (
            f'<!doctype html><html lang="{t.language}"{theme}><head>{parts["metas"]}'
            f'<meta name="color-scheme" content="light dark"><title>{t("Messagerie Chat")}</title>'
            f'<link rel="icon" href="{asset_url("icon.svg")}" type="image/svg+xml">{styles}{parts["css"]}</head>'
            f'<body>{_write_entry(t)}<script type="application/json" id="chat-config">{config}</script>'
            f"{parts['config']}{parts['scripts']}{parts['renderer']}{scripts}</body></html>"
        )


def _write_entry(t: Translator) -> str:
    """Where Dash draws the page; its own says in English that it is loading."""
    return f'<div id="react-entry-point"><div class="_dash-loading">{first_veil(t)}</div></div>'


def create(server: Flask, gate: Gate) -> Portal:
    """The Dash application on this server, with its pages found but no callback yet."""
    _serve_bootstrap(server, gate)
    app = Portal(
        "app",
        server=server,
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        assets_folder=str(ROOT / "assets"),
        assets_ignore=r".*",  # we name our scripts and styles ourselves, in order
        suppress_callback_exceptions=True,
        update_title=None,
        title="Messagerie Chat",
        add_log_handler=False,
        include_pages_meta=False,
    )
    for page in page_registry.values():
        page["layout"] = _guard_page(page["layout"], page.get("permission"))
    return app


def complete(server: Flask, gate: Gate, app: Dash) -> None:
    """Called last. Dash finishes itself at the first request it sees: that one is ours, so that what it opens is known
    before anybody comes."""
    for endpoint, permission in LIBRARY_ENDPOINTS.items():
        gate.open_endpoint(endpoint, permission)
    server.test_client().get("/health/live")
    gate.callbacks |= {output: Permission.PORTAL for output in app.callback_map if "_pages_content" in output}
    _refuse_other_paths(server)
    server.view_functions["/"] = lambda: redirect(list_entries(current_actor())[0].path, 303)
    app.layout = lambda: build_shell(current_translator(), build_current_menu("/"))
    gate.check_declarations(app)
    gate.protect_updates()


def _refuse_other_paths(server: Flask) -> None:
    """Dash answers to any path with its frame, and in English that there is nothing: we refuse as everywhere else."""
    serve = server.view_functions["/<path:path>"]
    known = {page["path"].lstrip("/") for page in page_registry.values()}

    def serve_page(path: str) -> Any:
        if path not in known:
            raise NotFound()
        return serve(path=path)

    server.view_functions["/<path:path>"] = serve_page


def _guard_page(layout: Callable[..., Any], permission: Permission | None) -> Callable[..., Any]:
    """Dash hands out any page's layout through one callback: each checks for itself who asks."""

    @functools.wraps(layout)
    def guarded(**arguments: Any) -> Any:
        t = current_translator()
        try:
            if permission is None:
                raise RuntimeError("a page without a declared permission")
            check_permission(g.get("actor"), permission)
            return layout(**arguments)
        except NotSignedIn:
            raise
        except ChatError as error:
            return refusal(t, describe_refusal(error, t))

    return guarded


def _serve_bootstrap(server: Flask, gate: Gate) -> None:
    """Bootstrap's styles as the package carries them: nothing comes from outside."""
    folder = f"{flask_bootstrap.__path__[0]}/static/bootstrap5/css"

    @gate.route(BOOTSTRAP, permission=Permission.ANYONE)
    def bootstrap_styles() -> Any:
        return send_from_directory(folder, "bootstrap.min.css", max_age=31_536_000)

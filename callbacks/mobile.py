"""/m: the phone application, one light page. It carries the welcome, so that the list shows before a socket is open; a
service worker keeps it for when there is no network."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import current_app, make_response, render_template, request
from markupsafe import Markup

from callbacks.assets import dump_config
from callbacks.bundles import SCRIPT, STYLE, build_preload
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_mark, current_translator, renew_session_cookie
from callbacks.installed import KEEP_HEADER, MANIFEST, VERSION_HEADER, WORKER, get_version
from callbacks.push import get_notifier
from callbacks.welcome import build_welcome
from data import clock, db
from data.access.actors import Actor
from data.access.permissions import Permission
from data.actions.sessions import LIFETIME
from data.queries.organizations import get_formal_address


def register(gate: Gate) -> None:
    @gate.route("/m", permission=Permission.MEMBER)
    def show_application() -> Any:
        actor = current_actor()
        response = make_response(
            render_template(
                "mobile.html",
                t=current_translator(),
                theme=actor.theme,
                config=Markup(_dump_config(actor)),  # noqa: S704 (escaped by dump_config)
                manifest=f"{MANIFEST}?language={actor.language}",
                script=SCRIPT,
                style=STYLE,
            )
        )
        response.headers[VERSION_HEADER] = get_version()
        response.headers["Link"] = build_preload()
        return _renewed(response)

    @gate.route("/session", permission=Permission.SIGNED_IN)
    @gate.route("/m/session", permission=Permission.SIGNED_IN)
    def is_signed_in() -> Any:
        """204, or 401: what a script asks when its socket does not open."""
        return _renewed(make_response("", 204))


def _dump_config(actor: Actor) -> str:
    """`owner`: whom what the phone keeps belongs to; `welcome`: what the socket will say, as of `at`. A copy to keep
    has none: what people wrote stays on the phone in one place only."""
    with db.read() as reader:
        formal = get_formal_address(reader, actor)
        welcome = None if KEEP_HEADER in request.headers else msgspec.to_builtins(build_welcome(reader, actor))
        at = clock.to_ms(reader.now)
    return dump_config(
        socket="/m/socket",
        session="/m/session",
        signIn="/m/sign-in",
        worker=WORKER,
        pushKey=get_notifier(current_app).key.public,
        surface="mobile",
        language=actor.language,
        timezone=actor.timezone,
        formal=formal,
        owner=current_mark(),
        at=at,
        welcome=welcome,
    )


def _renewed(response: Any) -> Any:
    """A cookie lasts from the last use of its session, as the session does."""
    surface = current_actor().surface
    renew_session_cookie(response, surface, int(LIFETIME[surface].total_seconds()))
    return response

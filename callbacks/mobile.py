"""/m: the phone application, one light page that the socket fills."""

from __future__ import annotations

from typing import Any

from flask import render_template
from markupsafe import Markup

from callbacks.assets import MOBILE_SCRIPTS, dump_config
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from data import db
from data.access.permissions import Permission
from data.queries.organizations import get_formal_address


def register(gate: Gate) -> None:
    @gate.route("/m", permission=Permission.MEMBER)
    def show_application() -> Any:
        actor = current_actor()
        with db.read() as reader:
            formal = get_formal_address(reader, actor)
        config = dump_config(
            socket="/m/socket",
            session="/m/session",
            signIn="/m/sign-in",
            surface="mobile",
            language=actor.language,
            timezone=actor.timezone,
            formal=formal,
        )
        return render_template(
            "mobile.html",
            t=current_translator(),
            theme=actor.theme,
            config=Markup(config),  # noqa: S704 (escaped by dump_config)
            scripts=MOBILE_SCRIPTS,
        )

    @gate.route("/session", permission=Permission.SIGNED_IN)
    @gate.route("/m/session", permission=Permission.SIGNED_IN)
    def is_signed_in() -> Any:
        """204, or 401: what a script asks when its socket does not open."""
        return "", 204

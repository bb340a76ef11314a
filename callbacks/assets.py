"""Scripts and styles: which page loads what, in which order, under an address that changes with the content."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from data.config import ROOT
from data.i18n import list_script_texts

FOLDER = ROOT / "assets"

STYLES = ("tokens.css", "controls.css", "icons.css", "chat.css", "picker.css")
PORTAL_STYLES = (*STYLES, "portal.css", "loading.css", "options.css", "billing.css", "usage.css")
MOBILE_STYLES = (*STYLES, "mobile.css", "installed.css")
SCRIPTS = (
    "words.js",
    "reducer.js",
    "outbox.js",
    "live.js",
    "dialogs.js",
    "store.js",
    "look.js",
    "messages.js",
    "sight.js",
    "urgent.js",
    "conversations.js",
    "picker.js",
    "adding.js",
    "acts.js",
    "reach.js",
    "composer.js",
    "chat.js",
    "participants.js",
)
PORTAL_SCRIPTS = (*SCRIPTS, "forms.js", "portal.js", "usage.js")
ALERTING = ("notifications.js", "asking.js")
MOBILE_SCREENS = ("mobile_new.js", "mobile_welcome.js", "mobile.js")
MOBILE_SCRIPTS = ("vault.js", *SCRIPTS, "offline.js", "sharing.js", *MOBILE_SCREENS, "installed.js", *ALERTING)

YEAR = 31_536_000


@cache
def asset_url(name: str) -> str:
    return f"/assets/{name}?v={_fingerprint(FOLDER / name)}"


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def dump_config(**config: Any) -> str:
    """What the scripts need to know, safe inside a page."""
    config["texts"] = list_script_texts(config["language"])
    return json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def register(server: Flask) -> None:
    server.jinja_env.globals["asset"] = asset_url

    @server.after_request
    def _cache(response: Response) -> Response:
        """For ever what is named by its content; nothing else that a person's rights had a part in."""
        has_fingerprint = request.path.startswith(("/assets/", "/vendor/")) and "v" in request.args
        if has_fingerprint and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        elif not request.path.startswith(("/assets/", "/vendor/", "/_dash-component-suites/")):
            response.headers["Cache-Control"] = "no-store"
        return response

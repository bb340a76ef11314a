"""The phone application as something installed: its manifest, and the service worker that opens it without network."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from flask import Response, jsonify, request

from callbacks.assets import FOLDER, asset_url
from callbacks.bundles import SCRIPT, STYLE, bundle_url
from callbacks.gate import Gate
from data.access.permissions import Permission
from data.i18n import DEFAULT, LANGUAGES, Translator, translator

SCOPE = "/m"
MANIFEST = "/m/manifest.webmanifest"
WORKER = "/m/sw.js"
WORKER_PARTS = ("sw.js", "sw_push.js")
VERSION_HEADER = "X-Chat-Version"  # of a page: which worker may keep it
KEEP_HEADER = "X-Chat-Keep"  # of a request: the page is for keeping

ICONS = (
    ("app-192", 192, "any"),
    ("app-512", 512, "any"),
    ("maskable-192", 192, "maskable"),
    ("maskable-512", 512, "maskable"),
)
BRAND, PAPER = "#0E6656", "#F5F6F3"


def register(gate: Gate) -> None:
    @gate.route(MANIFEST, permission=Permission.ANYONE)
    def show_manifest() -> Any:
        # Asked for without cookies: the page names its language in the address.
        language = request.args.get("language", DEFAULT)
        response = jsonify(build_manifest(translator(language if language in LANGUAGES else DEFAULT)))
        response.mimetype = "application/manifest+json"
        return response

    @gate.route(WORKER, permission=Permission.ANYONE)
    def show_worker() -> Any:
        response = Response(build_worker(), mimetype="text/javascript")
        response.headers["Service-Worker-Allowed"] = SCOPE
        return response


def build_manifest(t: Translator) -> dict[str, Any]:
    return {
        "id": SCOPE,
        "name": t("Messagerie Chat"),
        "short_name": t("Chat"),
        "description": t("Messages of your workplace"),
        "lang": f"{t.language}-CA",
        "dir": "ltr",
        "start_url": SCOPE,
        "scope": SCOPE,
        "display": "standalone",
        "theme_color": BRAND,
        "background_color": PAPER,
        "categories": ["business", "social"],
        "icons": [_build_icon(*icon) for icon in ICONS],
        "shortcuts": [_build_shortcut(t("New conversation"), "#new"), _build_shortcut(t("Conversations"), "")],
        "share_target": {
            "action": SCOPE,
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }


def _build_icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": asset_url(f"icons/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _build_shortcut(name: str, anchor: str) -> dict[str, Any]:
    return {"name": name, "url": SCOPE + anchor, "icons": [_build_icon("app-192", 192, "any")]}


@cache
def build_worker() -> str:
    """What it keeps and says, then what it does."""
    files, words = json.dumps(_list_kept()), json.dumps(_list_words(), ensure_ascii=False)
    return f'const VERSION = "{get_version()}";\nconst FILES = {files};\nconst WORDS = {words};\n{_read_body()}'


@cache
def get_version() -> str:
    """It changes with whatever the worker keeps, and with the worker: a browser then takes the new one."""
    text = "\n".join((_read_body(), *_list_kept(), *map(str, _list_words())))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read_body() -> str:
    return "\n".join((FOLDER / part).read_text(encoding="utf-8") for part in WORKER_PARTS if (FOLDER / part).exists())


def _list_kept() -> list[str]:
    """What the page needs besides itself, under addresses that change with the content."""
    return [bundle_url(SCRIPT), bundle_url(STYLE), asset_url("icon.svg"), asset_url("icons/app-192.png")]


def _list_words() -> list[dict[str, str]]:
    """Of the page that stands in where there is neither network nor anything kept, in each language."""
    return [_say_offline(translator(language)) for language in LANGUAGES]


def _say_offline(t: Translator) -> dict[str, str]:
    return {
        "language": t.language,
        "title": t("No connection"),
        "text": t("This page needs the network. Try again in a moment."),
        "act": t("Try again"),
    }

"""The phone application's scripts and styles, each kind in one file: on a bad network every request costs. They are
joined, and stripped of what only their readers need, at the first request."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any

import brotli
from flask import Response, request

from callbacks.assets import FOLDER, MOBILE_SCRIPTS, MOBILE_STYLES
from callbacks.gate import Gate
from data import offload
from data.access.permissions import Permission

SCRIPT, STYLE = "phone.js", "phone.css"
PARTS = {SCRIPT: MOBILE_SCRIPTS, STYLE: MOBILE_STYLES}
KINDS = {SCRIPT: "text/javascript", STYLE: "text/css"}
AFTER_CODE = re.compile(r"""\s+// [^"'`]*$""")
LOADED_AS = {STYLE: "style", SCRIPT: "script"}


def register(gate: Gate) -> None:
    gate.server.jinja_env.globals["bundle"] = bundle_url

    @gate.route(f"/assets/{SCRIPT}", permission=Permission.ANYONE)
    def phone_script() -> Any:
        return _serve(SCRIPT)

    @gate.route(f"/assets/{STYLE}", permission=Permission.ANYONE)
    def phone_style() -> Any:
        return _serve(STYLE)


@cache
def bundle_url(name: str) -> str:
    return f"/assets/{name}?v={hashlib.sha256(_join(name)).hexdigest()[:12]}"


@cache
def build_preload() -> str:
    """The header Link: a phone asks for both before it has read the page that names them."""
    return ", ".join(f"<{bundle_url(name)}>; rel=preload; as={kind}" for name, kind in LOADED_AS.items())


@cache
def _join(name: str) -> bytes:
    return "\n".join(strip((FOLDER / part).read_text(encoding="utf-8")) for part in PARTS[name]).encode()


@cache
def _compress(name: str) -> bytes:
    """Once, for the first who asks, off the loop: as small as it gets."""
    return offload.run(brotli.compress, _join(name), quality=11)


def strip(text: str) -> str:
    """Without indentation and comments: those with lines of their own, and those after code that hold no quote. Nothing
    in our files runs on over lines inside quotes; a test holds them to it."""
    kept = []
    is_comment = False
    for line in map(str.strip, text.splitlines()):
        is_comment = is_comment or line.startswith("/*")
        if line and not is_comment and not line.startswith("//"):
            kept.append(AFTER_CODE.sub("", line))
        if is_comment and line.endswith("*/"):
            is_comment = False
    return "\n".join(kept)


def _serve(name: str) -> Response:
    is_small = request.accept_encodings.quality("br") > 0
    response = Response(_compress(name) if is_small else _join(name), mimetype=KINDS[name])
    if is_small:
        response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    return response

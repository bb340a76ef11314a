"""For whoever watches over the server: is it alive, can it serve, on what does it stand."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from callbacks.gate import Gate
from data import db
from data.access.permissions import Permission
from data.realtime import bus


def register(gate: Gate) -> None:
    @gate.route("/health", permission=Permission.ANYONE)
    def ready() -> Any:
        """200 when requests can be served, 503 when the database does not answer."""
        is_ready = db.is_answering()
        return jsonify(ready=is_ready, database=db.current().name, bus=bus.NAME), 200 if is_ready else 503

    @gate.route("/health/live", permission=Permission.ANYONE)
    def live() -> Any:
        """200 as long as the process answers at all."""
        return jsonify(live=True)

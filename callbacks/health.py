"""For whoever watches over the server: is it alive, can it serve, on what does it stand."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify

from callbacks.gate import Gate
from data import db
from data.access.permissions import Permission


def register(gate: Gate) -> None:
    @gate.route("/health", permission=Permission.ANYONE)
    def ready() -> Any:
        """200 when requests can be served, 503 when the database does not answer. `bus`: what brings to this process
        what others do; `degraded`: what is slower than it should be, though nothing is lost."""
        is_ready = db.is_answering()
        relay = current_app.extensions.get("relay")
        degraded = ["redis"] if relay is not None and relay.is_degraded else []
        bus = "local" if relay is None else relay.name
        answer = jsonify(ready=is_ready, database=db.current().name, bus=bus, degraded=degraded)
        return answer, 200 if is_ready else 503

    @gate.route("/health/live", permission=Permission.ANYONE)
    def live() -> Any:
        """200 as long as the process answers at all."""
        return jsonify(live=True)

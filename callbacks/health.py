"""For whoever watches over the server: is it alive, can it serve, on what does it stand, what is degraded."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify

from callbacks.gate import Gate
from callbacks.vitals import Vitals
from data import db
from data.access.permissions import Permission


def register(gate: Gate) -> None:
    @gate.route("/health", permission=Permission.ANYONE)
    def ready() -> Any:
        """200 when requests can be served, 503 when the database does not answer. `bus`: what brings to this process
        what others do; `degraded`: what is slower than it should be, though nothing is lost, and `since` when (see
        docs/OPERATIONS.md)."""
        is_ready = db.is_answering()
        relay = current_app.extensions.get("relay")
        vitals: Vitals = current_app.extensions["vitals"]
        troubles = vitals.list_troubles()
        answer = jsonify(
            ready=is_ready,
            database=db.current().name,
            bus="local" if relay is None else relay.name,
            degraded=list(troubles),
            since={name: at.isoformat() for name, at in troubles.items()},
        )
        return answer, 200 if is_ready else 503

    @gate.route("/health/live", permission=Permission.ANYONE)
    def live() -> Any:
        """200 as long as the process answers at all."""
        return jsonify(live=True)

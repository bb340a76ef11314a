"""How the servers do: read for the page of the vendor, and again when asked."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output
from flask import current_app

from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.vitals import Vitals
from components import ids
from components.operations import OperationsView, build_operations
from data import db
from data.access.permissions import Permission
from data.access.support import access_support
from data.queries.processes import get_queues, list_jobs, list_processes


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPERATIONS_BODY, "children"),
        Input(ids.OPERATIONS_REFRESH, "n_clicks"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def look_again(clicks: int | None) -> Any:
        return build_operations(current_translator(), read_operations())


def read_operations() -> OperationsView:
    actor = access_support(current_actor()).actor
    vitals: Vitals = current_app.extensions["vitals"]
    relay = current_app.extensions.get("relay")
    with db.read() as reader:
        return OperationsView(
            now=reader.now,
            timezone=actor.timezone,
            database=db.current().name,
            bus="local" if relay is None else relay.name,
            troubles=vitals.list_troubles(),
            processes=list_processes(reader),
            jobs=list_jobs(reader),
            queues=get_queues(reader),
        )

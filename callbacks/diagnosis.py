"""Why somebody does not see the chat: found by name or number by customer service, from the staff list by managers, and
one's own on the phone."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from flask import render_template

from callbacks.fields import Drawn, parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, get_settings
from components import ids
from components.diagnosis import build_diagnosis, build_found, list_own_words
from data import db
from data.access.diagnosis import access_diagnosed_person, access_own_diagnosis
from data.access.directory import access_changing_session
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_organization
from data.actions.diagnosis import do_note_look
from data.queries.causes import Diagnosis
from data.queries.diagnosis import find_people, get_diagnosis

SEARCH_LIMIT = 60


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.DIAGNOSIS_FOUND, "children"),
        Input(ids.DIAGNOSIS_SEARCH, "value"),
        State(ids.DIAGNOSIS_ORGANIZATION, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def find(search: str | None, organization_id: int | None) -> Any:
        words = (search or "")[:SEARCH_LIMIT]
        with db.read() as reader:
            support = access_support(current_actor())
            organization = access_supported_organization(reader, support, parse_id(organization_id))
            found = find_people(reader, organization, words)
        return build_found(current_translator(), found, words)

    @gate.callback(
        app,
        Output(ids.DIAGNOSIS_BODY, "children"),
        Input(ids.diagnosis_button(ALL), "n_clicks"),
        State(ids.DIAGNOSIS_ORGANIZATION, "data"),
        permission=Permission.DIAGNOSE,
        prevent_initial_call=True,
    )
    def explain(clicks: Drawn, organization_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update
        seen = read_diagnosis(organization_id, parse_id(ctx.triggered_id.get("person")))
        return build_diagnosis(current_translator(), seen, phone=find_phone_address())

    @gate.route("/m/diagnosis", permission=Permission.MEMBER)
    def show_own() -> Any:
        t = current_translator()
        said = list_own_words(t, read_own_diagnosis(), find_phone_address())
        return render_template("diagnosis.html", t=t, said=said)


def read_diagnosis(organization_id: object, person_id: int) -> Diagnosis:
    """Of somebody, and the journal keeps who looked."""
    where = None if organization_id is None else parse_id(organization_id)
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        person = access_diagnosed_person(uow, actor, where, person_id)
        do_note_look(uow, person)
    with db.read() as reader:
        return get_diagnosis(reader, person)


def read_own_diagnosis() -> Diagnosis:
    with db.read() as reader:
        return get_diagnosis(reader, access_own_diagnosis(current_actor()))


def find_phone_address() -> str:
    return f"{get_settings().public_address}/m"

"""Issuing a one-time link and showing it, once, as a sheet to hand over."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.fields import parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.refusals import describe_refusal
from components import ids
from components.access_sheet import AccessSheet, build_sheet
from data import db
from data.access.actors import hash_token
from data.access.directory import access_assisted_person, access_changing_session, access_listed_organization
from data.access.permissions import Permission
from data.actions.sessions import do_issue_access_link, new_token
from data.errors import ChatError
from data.queries.directory import get_sign_in_words


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.LINK_DIALOG, "is_open"),
        Output(ids.LINK_BODY, "children"),
        Output(ids.person_error("link"), "children"),
        Input(ids.LINK_ISSUE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def issue_link(clicks: int | None, person_id: int | None) -> Any:
        if not clicks:
            return [no_update] * 3
        t = current_translator()
        try:
            sheet = _issue(parse_id(person_id))
        except ChatError as error:
            return no_update, no_update, describe_refusal(error, t)
        return True, build_sheet(t, sheet), ""

    @gate.callback(
        app,
        Output(ids.LINK_DIALOG, "is_open", allow_duplicate=True),
        Input(ids.LINK_CLOSE, "n_clicks"),
        permission=Permission.HAND_LINKS,
        prevent_initial_call=True,
    )
    def close_sheet(clicks: int | None) -> bool:
        return False

    @gate.callback(
        app,
        Output(ids.LINK_BODY, "children", allow_duplicate=True),
        Input(ids.LINK_DIALOG, "is_open"),
        permission=Permission.HAND_LINKS,
        prevent_initial_call=True,
    )
    def forget_link(is_open: bool | None) -> Any:
        """Closed in whichever way, the link leaves the page."""
        return no_update if is_open else None

    app.clientside_callback(
        ClientsideFunction("chat", "copy"),
        Output(ids.LINK_COPIED, "data"),
        Input(ids.LINK_COPY, "n_clicks"),
        State(ids.LINK_TEXT, "children"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "print"),
        Output(ids.LINK_PRINTED, "data"),
        Input(ids.LINK_PRINT, "n_clicks"),
        prevent_initial_call=True,
    )


def _issue(person_id: int) -> AccessSheet:
    settings, token = get_settings(), new_token()
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        person = access_assisted_person(uow, access_listed_organization(uow, actor), person_id)
        expires_at = do_issue_access_link(uow, person, token_hash=hash_token(token, settings.secret_key))
        words = get_sign_in_words(uow, person)
    return AccessSheet(words, f"{settings.public_address}/access/{token}", expires_at, actor.timezone)

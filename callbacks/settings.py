"""Changing what holds for the whole organization."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update

from callbacks.fields import parse_minute
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from data import db
from data.access.directory import access_administered_organization, access_changing_session
from data.access.permissions import Permission
from data.actions.settings import OrganizationSettings, do_change_settings
from data.errors import Invalid
from data.push.quiet import QuietHours


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.SETTINGS_ERROR, "children"),
        Input(ids.SETTINGS_SAVE, "n_clicks"),
        State(ids.SETTINGS_QUIET_STARTS, "value"),
        State(ids.SETTINGS_QUIET_ENDS, "value"),
        State(ids.SETTINGS_SHOWS_TEXT, "value"),
        State(ids.SETTINGS_FORMAL, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def save(
        clicks: int | None, starts: str | None, ends: str | None, shows_text: bool | None, formal: str | None
    ) -> Any:
        if not clicks:
            return no_update
        t = current_translator()
        try:
            quiet = QuietHours(parse_minute(starts), parse_minute(ends))
            wanted = OrganizationSettings(quiet, shows_text=bool(shows_text), formal_address=formal or "")
            with db.unit_of_work() as uow:
                actor = access_changing_session(uow, current_actor())
                do_change_settings(uow, access_administered_organization(uow, actor), wanted)
        except Invalid as error:
            return describe_refusal(error, t)
        show_notice(t("The settings are saved."))
        return ""

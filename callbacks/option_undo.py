"""Giving up a planned switch, annulling a mistaken activation."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_translator
from callbacks.option_switch import act_on, find_supported
from callbacks.options import read_option
from callbacks.refusals import describe_refusal
from components import ids
from components.option_switch import NOBODY
from components.option_undo import build_undo_form
from components.options import build_option, describe_entry
from data import db
from data.access.directory import SupportedOrganization
from data.access.options import (
    access_pending_switch,
    access_requester,
    access_running_activation,
    list_requesters,
)
from data.access.permissions import Permission
from data.actions.options import Demand, do_annul_activation, do_cancel_switch
from data.db import UnitOfWork
from data.errors import ChatError, MalformedRequest, NotFound


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPTION_UNDO_DIALOG, "is_open"),
        Output(ids.OPTION_UNDO_TITLE, "children"),
        Output(ids.OPTION_UNDO_BODY, "children"),
        Output(ids.OPTION_UNDO_WHAT, "data"),
        Output(ids.OPTION_UNDO_ERROR, "children"),
        Input(ids.option_undo(ALL, ALL), "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def open_undoing(clicks: Drawn, organization_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 5
        t = current_translator()
        way, change_id = ctx.triggered_id.get("way"), parse_id(ctx.triggered_id.get("change"))
        with db.read() as reader:
            requesters = list_requesters(reader, find_supported(reader, organization_id))
        view = read_option(parse_id(organization_id))
        entry = next((each for each in view.option.history if each.is_switch and each.change_id == change_id), None)
        if entry is None or way not in ("cancel", "annul"):
            raise NotFound()
        said = f"{describe_entry(t, entry)}, {t.moment(entry.effective_at, view.timezone)}"
        title = t("Annul this activation?") if way == "annul" else t("Give up this switch?")
        return True, title, build_undo_form(t, said, way, entry, requesters), {"way": way, "change": change_id}, ""

    @gate.callback(
        app,
        Output(ids.OPTION_UNDO_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.OPTION_UNDO_ERROR, "children", allow_duplicate=True),
        Output(ids.OPTION_BODY, "children", allow_duplicate=True),
        Output(ids.OPTION_DONE, "children", allow_duplicate=True),
        Input(ids.OPTION_UNDO_SAVE, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        State(ids.OPTION_UNDO_WHAT, "data"),
        State(ids.OPTION_UNDO_TICKET, "value"),
        State(ids.OPTION_UNDO_REQUESTER, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def undo(
        clicks: int | None,
        organization_id: int | None,
        what: dict[str, Any] | None,
        ticket: str | None,
        requester: str | None,
    ) -> Any:
        t = current_translator()
        given = what or {}
        way = _UNDOING.get(str(given.get("way")))
        try:
            if way is None:
                raise MalformedRequest()
            act_on(organization_id, lambda uow, here: way(uow, here, parse_id(given.get("change")), ticket, requester))
        except ChatError as error:
            return no_update, describe_refusal(error, t), no_update, no_update
        show_notice(t("Saved."))
        return False, "", build_option(t, read_option(parse_id(organization_id))), None

    @gate.callback(
        app,
        Output(ids.OPTION_UNDO_DIALOG, "is_open", allow_duplicate=True),
        Input(ids.OPTION_UNDO_KEEP, "n_clicks"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def keep(clicks: int | None) -> bool:
        return False


def _cancel(
    uow: UnitOfWork, organization: SupportedOrganization, change_id: int, ticket: str | None, requester: str | None
) -> None:
    asked = access_requester(uow, organization, requester)
    do_cancel_switch(uow, access_pending_switch(uow, organization, change_id), Demand(ticket or "", asked.name))


def _annul(
    uow: UnitOfWork, organization: SupportedOrganization, change_id: int, ticket: str | None, requester: str | None
) -> None:
    asked = None if requester == NOBODY else access_requester(uow, organization, requester).name
    do_annul_activation(uow, access_running_activation(uow, organization, change_id), Demand(ticket or "", asked))


_UNDOING = {"cancel": _cancel, "annul": _annul}

"""Closing a month by hand, its hold, and the duplicates that stand in its way."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.billing import HERE, Place, choose_month, look_again, parse_month, parse_organization, place_of
from callbacks.fields import Drawn, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.refusals import describe_refusal
from components import ids
from components.bill_closing import ClosingView
from components.billing import MONTH
from data import db
from data.access.billing import (
    access_billed_organization,
    access_bookkeeping,
    access_kept_organization,
)
from data.access.directory import access_changing_session
from data.access.duplicates import access_suspicion
from data.access.permissions import Permission
from data.actions.books import do_change_hold
from data.actions.closing import Outcome
from data.actions.duplicates import do_dismiss_suspicion, do_merge_files
from data.billing.rating import Month
from data.bills import get_bill
from data.bookkeeping import close_month, next_due_at
from data.duplicates import list_suspicions
from data.errors import ChatError, MalformedRequest
from data.queries.billing import get_month_frame
from data.queries.checklist import list_checklist


def read_closing(organization: object, month: object) -> ClosingView:
    actor = current_actor()
    keeper = access_bookkeeping(actor)
    with db.read() as reader:
        kept = access_kept_organization(reader, keeper, parse_organization(organization) or 0)
        wanted = choose_month(reader, kept, month)
    bill = get_bill(kept, wanted)
    with db.read() as reader:
        frame = get_month_frame(reader, kept, wanted)
        items = [] if bill.stored else list_checklist(reader, kept, bill.closing, get_settings().seller)
        suspicions = list_suspicions(reader, kept.id)
        due = next_due_at(reader.now, kept.timezone)
    closes_at = due if Month.of(due.date()).shift(-1) == wanted else None
    return ClosingView(place_of(actor, kept, wanted), bill, frame, items, suspicions, closes_at, kept.timezone)


def register(gate: Gate, app: Dash) -> None:
    _register_closing(gate, app)
    _register_hold(gate, app)
    _register_duplicates(gate, app)


def _register_closing(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.CLOSE_ERROR, "children"),
        Output(HERE, "pathname", allow_duplicate=True),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.CLOSE_MONTH, "n_clicks"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def close(clicks: int | None, place: Place) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        t = current_translator()
        try:
            outcome = _close(place)
        except ChatError as error:
            return describe_refusal(error, t), no_update, no_update
        show_notice(_say_outcome(outcome))
        return "", MONTH, look_again(place)


def _close(place: Place) -> Outcome:
    keeper = access_bookkeeping(current_actor())
    month, organization_id = parse_month(place.get("month")), parse_organization(place.get("organization")) or 0
    return close_month(keeper, organization_id, month, get_settings().seller)


def _say_outcome(outcome: Outcome) -> str:
    t = current_translator()
    if outcome.was_closed:
        return t("The month was closed already: {numbers}", numbers=", ".join(outcome.numbers) or t("nothing to bill"))
    if not outcome.numbers:
        return t("Closed. Nothing was to be billed.")
    return t("Closed. Issued: {numbers}", numbers=", ".join(outcome.numbers))


def _register_hold(gate: Gate, app: Dash) -> None:
    def declare(button: str, *, is_on: bool) -> None:
        @gate.callback(
            app,
            Output(ids.HOLD_ERROR, "children", allow_duplicate=True),
            Output(HERE, "search", allow_duplicate=True),
            Input(button, "n_clicks"),
            State(ids.HOLD_REASON, "value"),
            State(ids.BILL_PLACE, "data"),
            permission=Permission.KEEP_BOOKS,
            prevent_initial_call=True,
        )
        def hold(clicks: int | None, reason: str | None, place: Place) -> Any:
            t = current_translator()
            if not clicks:
                return no_update, no_update
            try:
                _change_hold(place, reason or "", is_on=is_on)
            except ChatError as error:
                return describe_refusal(error, t), no_update
            show_notice(t("On hold.") if is_on else t("Released."))
            return "", look_again(place)

    declare(ids.HOLD_SAVE, is_on=True)
    declare(ids.HOLD_RELEASE, is_on=False)


def _change_hold(place: Place, reason: str, *, is_on: bool) -> None:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        keeper = access_bookkeeping(actor)
        kept = access_kept_organization(uow, keeper, parse_organization(place.get("organization")) or 0)
        do_change_hold(uow, kept, reason, is_on=is_on)


def _register_duplicates(gate: Gate, app: Dash) -> None:
    def declare(act: str) -> None:
        @gate.callback(
            app,
            Output(ids.DUPLICATES_ERROR, "children", allow_duplicate=True),
            Output(HERE, "search", allow_duplicate=True),
            Input(ids.duplicate(act, ALL, ALL, ALL), "n_clicks"),
            State(ids.BILL_PLACE, "data"),
            permission=Permission.SEE_BILLED_PEOPLE,
            prevent_initial_call=True,
        )
        def settle(clicks: Drawn, place: Place) -> Any:
            t = current_translator()
            if not any(clicks):
                return no_update, no_update
            if not isinstance(ctx.triggered_id, dict):
                raise MalformedRequest()
            try:
                _settle(place, act, ctx.triggered_id)
            except ChatError as error:
                return describe_refusal(error, t), no_update
            show_notice(t("Merged: one person from now on.") if act == "merge" else t("Dismissed: different people."))
            return "", look_again(place)

    declare("merge")
    declare("dismiss")


def _settle(place: Place, act: str, chosen: dict[str, Any]) -> None:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        billed = access_billed_organization(uow, actor, parse_organization(place.get("organization")))
        settled = access_suspicion(uow, actor, billed.id, str(chosen.get("key")))
        if act == "merge":
            do_merge_files(uow, settled, parse_id(chosen.get("from")), parse_id(chosen.get("into")))
        else:
            do_dismiss_suspicion(uow, settled)

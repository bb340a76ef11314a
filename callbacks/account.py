"""One's own account: its password, where it is signed in, and acting in another of its organizations."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, ctx, no_update
from flask import redirect, request

from callbacks.fields import Drawn, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from callbacks.sign_in import start_session
from callbacks.throttle import Throttle
from components import ids
from components.account import build_sessions
from data import db
from data.access.account import OwnedAccount, access_membership, access_owned_account, access_owned_session
from data.access.actors import Surface, access_open_session
from data.access.permissions import Permission
from data.actions.sessions import do_change_own_password, do_end_own_session
from data.errors import Invalid, PasswordCommon, PasswordTooLong, PasswordTooShort, PasswordWrong
from data.i18n import Translator
from data.passwords import EMPLOYEE_LENGTH, LONGEST, MANAGER_LENGTH, check_password, hash_password, is_password
from data.queries.sessions import list_sessions

CHANGED = "password"


def register(gate: Gate, app: Dash) -> None:
    throttle = Throttle("account")

    @gate.callback(
        app,
        Output(ids.SESSIONS_LIST, "children"),
        Input(ids.end_session(ALL), "n_clicks"),
        permission=Permission.PORTAL,
        prevent_initial_call=True,
    )
    def end_session(clicks: Drawn) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update
        t = current_translator()
        with db.unit_of_work() as uow:
            actor = access_open_session(uow, current_actor().session_id)
            session_id = parse_id(ctx.triggered_id.get("session"))
            do_end_own_session(uow, access_owned_session(uow, actor, session_id))
        show_notice(t("This device is signed out."))
        with db.read() as reader:
            return build_sessions(t, list_sessions(reader, actor), actor.timezone)

    # A form of its own, not a callback: it ends the very session it comes with, and goes on in another.
    @gate.route("/account/password", permission=Permission.PORTAL, methods=("POST",))
    def change_password() -> Any:
        actor = current_actor()
        key, address = f"account:{actor.account_id}", request.remote_addr or ""
        throttle.check(key, address)
        try:
            _change_password(request.form.get("current", ""), request.form.get("new", ""))
        except PasswordWrong as error:
            return redirect(f"/account?refused={error.code}", 303)
        except Invalid as error:
            throttle.forget(key, address)
            return redirect(f"/account?refused={error.code}", 303)
        throttle.forget(key, address)
        with db.read() as reader:
            account = access_owned_account(reader, actor)
        return start_session(account.candidate, Surface.PORTAL)

    @gate.route("/account/organization", permission=Permission.PORTAL, methods=("POST",))
    def switch_organization() -> Any:
        with db.read() as reader:
            other = access_membership(reader, current_actor(), parse_id(request.form.get("organization")))
        return start_session(other, Surface.PORTAL, goes_on=True)


def get_shortest(account: OwnedAccount) -> int:
    return MANAGER_LENGTH if account.has_rights else EMPLOYEE_LENGTH


def describe_password_refusal(t: Translator, account: OwnedAccount, code: str | None) -> str:
    """The words for the code with which the form came back."""
    errors = (
        PasswordWrong(),
        PasswordTooShort(limit=get_shortest(account)),
        PasswordTooLong(limit=LONGEST),
        PasswordCommon(),
    )
    return next((describe_refusal(error, t) for error in errors if error.code == code), "")


def _change_password(current: str, new: str) -> None:
    """Every session ends with it, this one too."""
    actor = current_actor()
    with db.read() as reader:
        account = access_owned_account(reader, actor)
    if not is_password(current, account.candidate.password_hash):
        raise PasswordWrong()
    password_hash = hash_password(check_password(new, has_rights=account.has_rights, about=account.words))
    with db.unit_of_work() as uow:
        now = access_owned_account(uow, access_open_session(uow, actor.session_id))
        if now.candidate.password_hash != account.candidate.password_hash:
            raise PasswordWrong()  # it was changed elsewhere meanwhile
        do_change_own_password(uow, now, password_hash)

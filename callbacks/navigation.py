"""The menu: what this person can open, drawn again when that changes."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output
from flask import redirect, request

from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, safe_target, set_language_cookie
from components import ids
from components.shell import MenuEntry, MenuRow, build_menu
from data import db
from data.access.actors import Actor, VendorRole, access_open_session
from data.access.permissions import Permission
from data.actions.preferences import do_choose_language, do_choose_theme
from data.i18n import Translator


def list_entries(actor: Actor) -> list[MenuEntry]:
    t = current_translator()
    entries = []
    if actor.has_chat:
        entries.append(MenuEntry("/conversations", t("Messagerie Chat"), "chat"))
        entries.append(MenuEntry("/usage", t("Usage"), "usage"))
    if actor.rights is not None:
        entries.append(MenuEntry("/directory", t("Staff"), "people"))
        entries.append(MenuEntry("/groups", t("My groups"), "group"))
    if actor.rights is not None and actor.rights.is_administrator:
        entries.append(MenuEntry("/services", t("Services"), "service"))
        entries.append(MenuEntry("/import", t("Import staff"), "import"))
        entries.append(MenuEntry("/options", t("Option"), "option"))
        entries.append(MenuEntry("/settings", t("Settings"), "settings"))
    if actor.vendor_role is VendorRole.CUSTOMER_SERVICE:
        entries.append(MenuEntry("/organizations", t("Organizations"), "organizations"))
        entries.append(MenuEntry("/operations", t("Servers"), "screen"))
    entries += _list_bill_entries(actor)
    if actor.vendor_role is not None:
        entries.append(MenuEntry("/options", t("Option"), "option"))
    entries.append(MenuEntry("/account", t("My account"), "account"))
    return entries


def _list_bill_entries(actor: Actor) -> list[MenuEntry]:
    t = current_translator()
    if actor.vendor_role is VendorRole.FINANCE:
        return [MenuEntry("/billing", t("Billing"), "bill")]
    if actor.rights is not None and actor.rights.is_administrator:
        return [MenuEntry("/billing/month", t("Billing"), "bill", section="/billing")]
    return []


def build_current_menu(path: str) -> Any:
    actor = current_actor()
    t = current_translator()
    row = MenuRow(
        heading=actor.organization_name or t("Vendor"),
        name=actor.name,
        role=describe_role(t, actor),
        entries=list_entries(actor),
        has_chat=actor.has_chat,
        theme=actor.theme or "",
    )
    return build_menu(t, row, path)


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.MENU, "children"),
        Input("_pages_location", "pathname"),
        Input(ids.MENU_VERSION, "data"),
        permission=Permission.PORTAL,
    )
    def draw_menu(path: str | None, version: Any) -> Any:
        return build_current_menu(path or "/")

    app.clientside_callback(
        ClientsideFunction("chat", "tell"),
        Output(ids.NOTICE_TOLD, "data"),
        Input(ids.NOTICE, "data"),
        prevent_initial_call=True,  # our scripts may not be there yet
    )

    @gate.route("/preferences", permission=Permission.SIGNED_IN, methods=("POST",))
    @gate.route("/m/preferences", permission=Permission.SIGNED_IN, methods=("POST",))
    def choose_preferences() -> Any:
        with db.unit_of_work() as uow:
            actor = access_open_session(uow, current_actor().session_id)
            if "language" in request.form:
                do_choose_language(uow, actor, request.form["language"])
            if "theme" in request.form:
                do_choose_theme(uow, actor, request.form["theme"])
        response = redirect(safe_target(request.form.get("next", ""), "/"), 303)
        if "language" in request.form:
            set_language_cookie(response, request.form["language"])  # type: ignore[arg-type]
        return response


def describe_role(t: Translator, actor: Actor) -> str:
    if actor.vendor_role is VendorRole.CUSTOMER_SERVICE:
        return t("Customer service")
    if actor.vendor_role is VendorRole.FINANCE:
        return t("Finance")
    rights = actor.member
    if rights.is_administrator:
        return t("Administrator")
    return t.plural("Manager of {n} service", "Manager of {n} services", len(rights.manages))

"""Customer service brings a customer in: creates the organization, names its first administrator, keeps its billing
contact."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.options import read_option
from callbacks.refusals import describe_refusal
from components import ids
from components.access_sheet import AccessSheet, build_sheet
from components.onboarding import Onboarding, build_onboarding
from data import db
from data.access.actors import hash_token
from data.access.directory import SupportedOrganization, access_changing_session
from data.access.newcomers import access_newcoming_administrator, access_unadministered_organization
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_organization
from data.actions.organizations import (
    DEFAULT_ZONES,
    BillingContact,
    NewOrganization,
    do_add_administrator,
    do_change_billing_contact,
    do_create_organization,
)
from data.actions.sessions import do_issue_first_link, new_token
from data.db import UnitOfWork
from data.errors import ChatError
from data.queries.onboarding import get_contacts, get_first_sign_in_words


def register(gate: Gate, app: Dash) -> None:
    _register_creation(gate, app)
    _register_administrator(gate, app)
    _register_contact(gate, app)


def read_onboarding(organization_id: int) -> Onboarding:
    with db.read() as reader:
        support = access_support(current_actor())
        contacts = get_contacts(reader, access_supported_organization(reader, support, organization_id))
    return Onboarding(organization_id, contacts, was_on=bool(read_option(organization_id).option.history))


def _support(uow: UnitOfWork, organization_id: object) -> SupportedOrganization:
    support = access_support(access_changing_session(uow, current_actor()))
    return access_supported_organization(uow, support, parse_id(organization_id))


def _register_creation(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.ORGANIZATION_DIALOG, "is_open"),
        Input(ids.ORGANIZATION_NEW, "n_clicks"),
        Input(ids.ORGANIZATION_CANCEL, "n_clicks"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def open_creation(opened: int | None, cancelled: int | None) -> bool:
        return ctx.triggered_id == ids.ORGANIZATION_NEW

    @gate.callback(
        app,
        Output(ids.ORGANIZATION_ZONE, "value"),
        Input(ids.ORGANIZATION_PROVINCE, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def suggest_zone(province: str | None) -> Any:
        return DEFAULT_ZONES.get(province or "", no_update)

    @gate.callback(
        app,
        Output(ids.ORGANIZATION_ERROR, "children"),
        Output(ids.ORGANIZATION_GO, "href"),
        Input(ids.ORGANIZATION_SAVE, "n_clicks"),
        State(ids.ORGANIZATION_CODE, "value"),
        State(ids.ORGANIZATION_NAME, "value"),
        State(ids.ORGANIZATION_PROVINCE, "value"),
        State(ids.ORGANIZATION_ZONE, "value"),
        State(ids.ORGANIZATION_LANGUAGE, "value"),
        State(ids.ORGANIZATION_CONTACT, "value"),
        State(ids.ORGANIZATION_EMAIL, "value"),
        State(ids.ORGANIZATION_ADDRESS, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def create(
        clicks: int | None,
        code: str | None,
        name: str | None,
        province: str | None,
        zone: str | None,
        language: str | None,
        contact: str | None,
        email: str | None,
        address: str | None,
    ) -> Any:
        billing = BillingContact(contact or "", email or "", address or "")
        new = NewOrganization(code or "", name or "", province or "", zone or "", language or "", billing=billing)
        try:
            with db.unit_of_work() as uow:
                support = access_support(access_changing_session(uow, current_actor()))
                organization_id = do_create_organization(uow, new, supporter=support)
        except ChatError as error:
            return describe_refusal(error, current_translator()), no_update
        return "", f"/options?organization={organization_id}"


def _register_administrator(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.FIRST_DIALOG, "is_open"),
        Output(ids.FIRST_GIVEN, "value"),
        Output(ids.FIRST_FAMILY, "value"),
        Output(ids.FIRST_EMAIL, "value"),
        Output(ids.FIRST_ERROR, "children"),
        Input(ids.FIRST_OPEN, "n_clicks"),
        Input(ids.FIRST_CANCEL, "n_clicks"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def open_naming(opened: int | None, cancelled: int | None) -> Any:
        if ctx.triggered_id == ids.FIRST_OPEN and opened:
            return True, "", "", "", ""
        return False, *[no_update] * 4

    @gate.callback(
        app,
        Output(ids.FIRST_ERROR, "children", allow_duplicate=True),
        Output(ids.FIRST_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.LINK_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.LINK_BODY, "children", allow_duplicate=True),
        Output(ids.CONTACTS_BODY, "children"),
        Input(ids.FIRST_SAVE, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        State(ids.FIRST_GIVEN, "value"),
        State(ids.FIRST_FAMILY, "value"),
        State(ids.FIRST_EMAIL, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def name_administrator(
        clicks: int | None, organization_id: int | None, given: str | None, family: str | None, email: str | None
    ) -> Any:
        t = current_translator()
        try:
            sheet = _name(organization_id, given or "", family or "", email or "")
        except ChatError as error:
            return describe_refusal(error, t), *[no_update] * 4
        return "", False, True, build_sheet(t, sheet), build_onboarding(t, read_onboarding(parse_id(organization_id)))

    @gate.callback(
        app,
        Output(ids.LINK_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.LINK_BODY, "children", allow_duplicate=True),
        Input(ids.first_link(ALL), "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def give_sheet(clicks: Drawn, organization_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update, no_update
        person_id = parse_id(ctx.triggered_id.get("person"))
        with db.unit_of_work() as uow:
            sheet = _issue(uow, _support(uow, organization_id), person_id)
        return True, build_sheet(current_translator(), sheet)


def _name(organization_id: object, given: str, family: str, email: str) -> AccessSheet:
    """The organization's first administrator, with the sheet that opens the account."""
    with db.unit_of_work() as uow:
        organization = _support(uow, organization_id)
        here = access_unadministered_organization(uow, organization)
        person_id = do_add_administrator(uow, here, given, family, email, None)
        return _issue(uow, organization, person_id)


def _issue(uow: UnitOfWork, organization: SupportedOrganization, person_id: int) -> AccessSheet:
    settings, token = get_settings(), new_token()
    here = access_unadministered_organization(uow, organization)
    administrator = access_newcoming_administrator(uow, here, person_id)
    expires_at = do_issue_first_link(uow, administrator, token_hash=hash_token(token, settings.secret_key))
    words = get_first_sign_in_words(uow, administrator)
    return AccessSheet(words, f"{settings.public_address}/access/{token}", expires_at, organization.timezone)


def _register_contact(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.CONTACT_DIALOG, "is_open"),
        Output(ids.CONTACT_NAME, "value"),
        Output(ids.CONTACT_EMAIL, "value"),
        Output(ids.CONTACT_ADDRESS, "value"),
        Output(ids.CONTACT_ERROR, "children"),
        Input(ids.CONTACT_OPEN, "n_clicks"),
        Input(ids.CONTACT_CANCEL, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def open_contact(opened: int | None, cancelled: int | None, organization_id: int | None) -> Any:
        if ctx.triggered_id != ids.CONTACT_OPEN or not opened:
            return False, *[no_update] * 4
        known = read_onboarding(parse_id(organization_id)).contacts
        return True, known.billing_name or "", known.billing_email or "", known.billing_address or "", ""

    @gate.callback(
        app,
        Output(ids.CONTACT_ERROR, "children", allow_duplicate=True),
        Output(ids.CONTACT_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.CONTACTS_BODY, "children", allow_duplicate=True),
        Input(ids.CONTACT_SAVE, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        State(ids.CONTACT_NAME, "value"),
        State(ids.CONTACT_EMAIL, "value"),
        State(ids.CONTACT_ADDRESS, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def save_contact(
        clicks: int | None, organization_id: int | None, name: str | None, email: str | None, address: str | None
    ) -> Any:
        t = current_translator()
        try:
            with db.unit_of_work() as uow:
                contact = BillingContact(name or "", email or "", address or "")
                do_change_billing_contact(uow, _support(uow, organization_id), contact)
        except ChatError as error:
            return describe_refusal(error, t), no_update, no_update
        show_notice(t("Saved."))
        return "", False, build_onboarding(t, read_onboarding(parse_id(organization_id)))

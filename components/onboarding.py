"""A new customer: the form that creates an organization, what remains to be done there, and who answers for it."""

from __future__ import annotations

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.access_sheet import build_sheet_dialog
from components.controls import Child, button, dialog, error_place, field, icon, select, tag, text_input
from data.actions.organizations import ADDRESS_LIMIT, PROVINCES, ZONES
from data.i18n import Translator
from data.queries.onboarding import AdministratorRow, Contacts


@dataclass(frozen=True)
class Onboarding:
    """What customer service sees of an organization besides its option; `was_on`: the chat was switched on once."""

    organization_id: int
    contacts: Contacts
    was_on: bool

    @property
    def is_ready(self) -> bool:
        return self.contacts.has_staff and self.contacts.is_administered and self.was_on


def build_new_organization(t: Translator) -> Component:
    """The button's dialog, and where the page goes once the organization is there."""
    return html.Div(
        [
            dialog(
                ids.ORGANIZATION_DIALOG,
                t("New organization"),
                [
                    *_build_identity(t),
                    *_build_contact_fields(
                        t, ids.ORGANIZATION_CONTACT, ids.ORGANIZATION_EMAIL, ids.ORGANIZATION_ADDRESS
                    ),
                    error_place(ids.ORGANIZATION_ERROR),
                ],
                [
                    button(t("Cancel"), ids.ORGANIZATION_CANCEL, n_clicks=0),
                    button(t("Create"), ids.ORGANIZATION_SAVE, kind="main", n_clicks=0),
                ],
            ),
            dcc.Location(id=ids.ORGANIZATION_GO, refresh="callback-nav"),
        ]
    )


def _build_identity(t: Translator) -> list[Component]:
    zones = [{"label": describe_zone(t, zone), "value": zone} for zone in ZONES]
    languages = [{"label": "Français", "value": "fr"}, {"label": "English", "value": "en"}]
    provinces = [{"label": name, "value": code} for code, name in list_provinces(t)]
    return [
        field(t("Name"), text_input(ids.ORGANIZATION_NAME, maxLength=80)),
        field(
            t("Code"),
            text_input(ids.ORGANIZATION_CODE, maxLength=20),
            help=t("Short: its people type it to sign in with their number. Letters, digits, . _ and - only."),
        ),
        html.Div(
            [
                field(t("Province"), select(ids.ORGANIZATION_PROVINCE, provinces, "QC")),
                field(t("Language"), select(ids.ORGANIZATION_LANGUAGE, languages, "fr")),
            ],
            className="form-row",
        ),
        field(
            t("Time zone"),
            select(ids.ORGANIZATION_ZONE, zones, ZONES[0]),
            help=t("Its days and months end at its midnight."),
        ),
    ]


def describe_zone(t: Translator, zone: str) -> str:
    city = zone.partition("/")[2].replace("_", " ")
    name = t.zone(zone)
    return f"{name[0].upper()}{name[1:]} – {city}"


def list_provinces(t: Translator) -> list[tuple[str, str]]:
    names = {
        "AB": t("Alberta"),
        "BC": t("British Columbia"),
        "MB": t("Manitoba"),
        "NB": t("New Brunswick"),
        "NL": t("Newfoundland and Labrador"),
        "NS": t("Nova Scotia"),
        "NT": t("Northwest Territories"),
        "NU": t("Nunavut"),
        "ON": t("Ontario"),
        "PE": t("Prince Edward Island"),
        "QC": t("Québec"),
        "SK": t("Saskatchewan"),
        "YT": t("Yukon"),
    }
    return sorted(((code, names[code]) for code in PROVINCES), key=lambda found: found[1])


def _build_contact_fields(
    t: Translator, name_id: str, email_id: str, address_id: str, contacts: Contacts | None = None
) -> list[Component]:
    name, email, address = (
        (contacts.billing_name, contacts.billing_email, contacts.billing_address) if contacts else (None, None, None)
    )
    return [
        html.Div(
            [
                field(t("Billing contact"), text_input(name_id, value=name or "", maxLength=80)),
                field(t("Contact's e-mail"), text_input(email_id, value=email or "", type="email", maxLength=254)),
            ],
            className="form-row",
        ),
        field(
            t("Billing address"),
            dbc.Textarea(id=address_id, value=address or "", maxLength=ADDRESS_LIMIT, rows=3),
        ),
    ]


def build_onboarding(t: Translator, onboarding: Onboarding) -> list[Component]:
    """What is not yet done, if anything, then who answers for the organization."""
    steps = [] if onboarding.is_ready else [_build_steps(t, onboarding)]
    return [*steps, _build_contacts(t, onboarding.contacts)]


def _build_steps(t: Translator, onboarding: Onboarding) -> Component:
    contacts = onboarding.contacts
    bring = dcc.Link(t("Import staff"), href=f"/import?organization={onboarding.organization_id}", className="button")
    waiting = any(row.account == "unopened" for row in contacts.administrators)
    steps = [
        (contacts.has_staff, t("Bring its staff in"), t("From a file; services are created on the way."), bring),
        (
            contacts.is_administered,
            t("Name its first administrator"),
            t("The account is not opened yet.") if waiting else t("Gets a link that works once."),
            None,
        ),
        (onboarding.was_on, t("Switch the chat on"), t("When an administrator or the billing contact asks."), None),
    ]
    return html.Section(
        [
            html.H2(t("Getting started")),
            html.Ol([_build_step(t, *step) for step in steps], className="plain row-list"),
        ],
        className="stack close-set",
    )


def _build_step(t: Translator, is_done: bool, name: str, said: str, act: Component | None) -> Component:
    state = html.Span([icon("check"), html.Span(t("done"), className="hidden-text")], className="step-done")
    return html.Li(
        [
            state if is_done else html.Span(className="step-open", **{"aria-hidden": "true"}),
            html.Div([html.Div(name), None if is_done else html.Div(said, className="meta")], className="grow"),
            None if is_done else act,
        ]
    )


def _build_contacts(t: Translator, contacts: Contacts) -> Component:
    name = None if contacts.is_administered else button(t("Name an administrator"), ids.FIRST_OPEN, n_clicks=0)
    may_help = not contacts.is_administered
    lines = [_build_administrator(t, row, may_help=may_help) for row in contacts.administrators]
    return html.Section(
        [
            html.H2(t("Who answers for it")),
            html.Ul([*lines, _build_billing(t, contacts)], className="plain row-list"),
            html.Div(name, className="acts") if name else None,
        ],
        className="stack close-set",
    )


def _build_administrator(t: Translator, row: AdministratorRow, *, may_help: bool) -> Component:
    states = {"open": None, "unopened": tag(t("No password yet"), "quiet"), "cut_off": tag(t("Access cut off"), "off")}
    sheet = button(
        [t("Access sheet"), html.Span(f" – {row.name}", className="hidden-text")],
        ids.first_link(row.person_id),
        symbol="key",
        n_clicks=0,
    )
    return html.Li(
        [
            icon("account"),
            html.Div(
                [
                    html.Div([html.Span(row.name, dir="auto"), " ", states[row.account]]),
                    html.Div(_join(t("Administrator"), row.email), className="meta"),
                ],
                className="grow",
            ),
            sheet if may_help and row.account == "unopened" else None,
        ]
    )


def _build_billing(t: Translator, contacts: Contacts) -> Component:
    name = contacts.billing_name or t("No billing contact yet")
    said = _join(t("Billing contact"), contacts.billing_email)
    address: Child = html.Div(contacts.billing_address, className="meta address", dir="auto")
    return html.Li(
        [
            icon("account"),
            html.Div(
                [
                    html.Div(name, dir="auto"),
                    html.Div(said, className="meta"),
                    address if contacts.billing_address else None,
                ],
                className="grow",
            ),
            button(t("Change the billing contact"), ids.CONTACT_OPEN, n_clicks=0),
        ]
    )


def _join(*words: str | None) -> str:
    return " · ".join(word for word in words if word)


def build_onboarding_dialogs(t: Translator) -> list[Component]:
    """Naming an administrator, the sheet they get, the billing contact."""
    return [
        dialog(
            ids.FIRST_DIALOG,
            t("First administrator"),
            [
                html.Div(
                    [
                        field(t("Given name"), text_input(ids.FIRST_GIVEN, maxLength=80)),
                        field(t("Family name"), text_input(ids.FIRST_FAMILY, maxLength=80)),
                    ],
                    className="form-row",
                ),
                field(
                    t("E-mail"),
                    text_input(ids.FIRST_EMAIL, type="email", maxLength=254),
                    help=t("They sign in with it. Runs the whole organization; is no employee, so never billed."),
                ),
                error_place(ids.FIRST_ERROR),
            ],
            [
                button(t("Cancel"), ids.FIRST_CANCEL, n_clicks=0),
                button(t("Name and give access"), ids.FIRST_SAVE, kind="main", n_clicks=0),
            ],
        ),
        dialog(
            ids.CONTACT_DIALOG,
            t("Billing contact"),
            [
                *_build_contact_fields(t, ids.CONTACT_NAME, ids.CONTACT_EMAIL, ids.CONTACT_ADDRESS),
                error_place(ids.CONTACT_ERROR),
            ],
            [
                button(t("Cancel"), ids.CONTACT_CANCEL, n_clicks=0),
                button(t("Save"), ids.CONTACT_SAVE, kind="main", n_clicks=0),
            ],
        ),
        build_sheet_dialog(t),
    ]

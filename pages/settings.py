"""/settings: what an administrator decides for the whole organization."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from components.settings import build_settings_page
from data import db
from data.access.directory import access_administered_organization
from data.access.permissions import Permission
from data.queries.settings import get_settings_row, get_urgency

register_page(__name__, path="/settings", permission=Permission.ADMINISTER)


def layout(**_: object) -> Component:
    with db.read() as reader:
        organization = access_administered_organization(reader, current_actor())
        settings, urgency = get_settings_row(reader, organization), get_urgency(reader, organization)
    return build_settings_page(current_translator(), settings, urgency)

"""/options: where the chat is on and who asked for what, in one's own organization; for the vendor's staff in that of
`?organization=ID`, or the latest switches of all."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from callbacks.onboarding import read_onboarding
from callbacks.options import read_latest, read_option
from callbacks.services import parse_organization
from components.option_list import build_latest_page
from components.options import build_options_page
from data import db
from data.access.options import access_option_reviewer
from data.access.permissions import Permission

register_page(__name__, path="/options", permission=Permission.READ_OPTION)


def layout(organization: object = None, **_: object) -> Component:
    actor, t = current_actor(), current_translator()
    if organization is None and actor.vendor_role is not None:
        with db.read() as reader:
            return build_latest_page(t, read_latest(reader, access_option_reviewer(actor)))
    view = read_option(parse_organization(organization))
    return build_options_page(t, view, read_onboarding(view.organization_id) if view.may_switch else None)

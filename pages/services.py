"""/services: services and departments of one's organization; customer service says of which: `?organization=ID`."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from callbacks.services import parse_organization
from components.services import build_services_page
from data import db
from data.access.directory import access_shaped_organization
from data.access.permissions import Permission
from data.queries.services import list_services

register_page(__name__, path="/services", permission=Permission.SHAPE_ORGANIZATION)


def layout(organization: object = None, **_: object) -> Component:
    actor = current_actor()
    with db.read() as reader:
        shaped = access_shaped_organization(reader, actor, parse_organization(organization))
        services = list_services(reader, shaped)
    is_vendor = actor.vendor_role is not None
    return build_services_page(
        current_translator(),
        services,
        organization_id=shaped.id if is_vendor else None,
        organization=shaped.name if is_vendor else None,
    )

"""/diagnosis: why `?person=ID` does not see the chat; customer service says of which organization, and looks for people
there: `?organization=ID`."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.diagnosis import find_phone_address, read_diagnosis
from callbacks.fields import parse_id
from callbacks.identity import current_actor, current_translator
from callbacks.services import parse_organization
from components.diagnosis import build_diagnosis_page
from data import db
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_organization

register_page(__name__, path="/diagnosis", permission=Permission.DIAGNOSE)


def layout(organization: object = None, person: object = None, **_: object) -> Component:
    actor = current_actor()
    organization_id, name = parse_organization(organization), None
    if actor.vendor_role is not None:
        with db.read() as reader:
            name = access_supported_organization(reader, access_support(actor), organization_id or 0).name
    return build_diagnosis_page(
        current_translator(),
        organization=name,
        organization_id=organization_id,
        seen=None if person is None else read_diagnosis(organization_id, parse_id(person)),
        phone=find_phone_address(),
    )

"""/billing/person: why somebody is billed for a month, or not, day by day."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.billing import read_person
from callbacks.identity import current_translator
from components.bill_people import build_person_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/person", permission=Permission.SEE_BILLED_PEOPLE)


def layout(
    organization: object = None, month: object = None, person: object = None, day: object = None, **_: object
) -> Component:
    return build_person_page(current_translator(), read_person(organization, month, person, day))

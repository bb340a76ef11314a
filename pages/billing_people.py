"""/billing/people: who is behind a month; `?service=CODE` of one service, `?show=` others than those billed."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.billing import read_people
from callbacks.identity import current_translator
from components.bill_people import build_people_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/people", permission=Permission.SEE_BILLED_PEOPLE)


def layout(
    organization: object = None, month: object = None, show: object = None, service: object = None, **_: object
) -> Component:
    return build_people_page(current_translator(), read_people(organization, month, show, service))

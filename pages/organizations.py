"""/organizations: the vendor's customer service sees all of them, and goes to one."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from components.organizations import build_organizations_page
from data import db
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_bills
from data.queries.costs import list_costs
from data.queries.organizations import list_organizations

register_page(__name__, path="/organizations", permission=Permission.SUPPORT)


def layout(**_: object) -> Component:
    with db.read() as reader:
        support = access_support(current_actor())
        found = list_organizations(reader, support)
        costs = list_costs(reader, access_supported_bills(reader, support, [row.id for row in found.rows]))
    return build_organizations_page(current_translator(), found, costs)

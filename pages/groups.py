"""/groups: a manager's own groups."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from components.groups import build_groups_page
from data import db
from data.access.directory import access_listed_organization
from data.access.permissions import Permission
from data.queries.groups import list_groups

register_page(__name__, path="/groups", permission=Permission.RUN_SERVICES)


def layout(**_: object) -> Component:
    with db.read() as reader:
        groups = list_groups(reader, access_listed_organization(reader, current_actor()))
    return build_groups_page(current_translator(), groups)

"""/operations: how the servers do, for the vendor's customer service."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from callbacks.operations import read_operations
from components.operations import build_operations_page
from data.access.permissions import Permission

register_page(__name__, path="/operations", permission=Permission.SUPPORT)


def layout(**_: object) -> Component:
    return build_operations_page(current_translator(), read_operations())

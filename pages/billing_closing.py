"""/billing/closing: what closing a month comes to, and closing it: finance alone."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.closing import read_closing
from callbacks.identity import current_translator
from components.bill_closing import build_closing_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/closing", permission=Permission.KEEP_BOOKS)


def layout(organization: object = None, month: object = None, **_: object) -> Component:
    return build_closing_page(current_translator(), read_closing(organization, month))

"""/billing: all organizations in a month, `?month=2026-11`: finance alone."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.bills import read_bills
from callbacks.identity import current_translator
from components.bills import build_bills_page
from data.access.permissions import Permission

register_page(__name__, path="/billing", permission=Permission.KEEP_BOOKS)


def layout(month: object = None, **_: object) -> Component:
    return build_bills_page(current_translator(), read_bills(month))

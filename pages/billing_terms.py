"""/billing/terms: the price book, or with `?organization=ID` an organization's contract and taxes: finance alone."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.terms import build_terms
from data.access.permissions import Permission

register_page(__name__, path="/billing/terms", permission=Permission.KEEP_BOOKS)


def layout(organization: object = None, month: object = None, **_: object) -> Component:
    built: Component = build_terms(organization, month)
    return built

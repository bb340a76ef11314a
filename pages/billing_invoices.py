"""/billing/invoices: documents, payments and what is left to pay, of one organization or for finance of all."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from callbacks.invoices import read_invoices
from components.invoices import build_invoices_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/invoices", permission=Permission.SEE_BILL)


def layout(organization: object = None, **_: object) -> Component:
    return build_invoices_page(current_translator(), read_invoices(organization))

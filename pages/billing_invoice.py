"""/billing/invoice: one invoice or credit note, `?document=ID`."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from callbacks.invoices import read_document_page
from components.bill_document import build_document_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/invoice", permission=Permission.SEE_BILL)


def layout(organization: object = None, document: object = None, **_: object) -> Component:
    return build_document_page(current_translator(), read_document_page(organization, document))

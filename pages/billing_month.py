"""/billing/month: a month of an organization; the vendor's staff says of which: `?organization=ID&month=2026-11`."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.billing import read_month
from callbacks.identity import current_translator
from components.bill_month import build_month_page
from data.access.permissions import Permission

register_page(__name__, path="/billing/month", permission=Permission.SEE_BILL)


def layout(organization: object = None, month: object = None, **_: object) -> Component:
    return build_month_page(current_translator(), read_month(organization, month))

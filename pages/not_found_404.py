"""Any other address within the portal: nothing is there, and the way back. (Dash finds this page by its name.)"""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from components.controls import refusal
from data.access.permissions import Permission

register_page(__name__, path="/not-found", permission=Permission.PORTAL)


def layout(**_: object) -> Component:
    t = current_translator()
    return refusal(t, t("There is nothing at this address."))

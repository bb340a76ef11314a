"""Any other address within the portal: nothing is there, and the way back. (Dash finds this page by its name.)"""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from callbacks.refusals import describe_refusal
from components.controls import refusal
from data.access.permissions import Permission
from data.errors import NotFound

register_page(__name__, path="/not-found", permission=Permission.PORTAL)


def layout(**_: object) -> Component:
    t = current_translator()
    return refusal(t, describe_refusal(NotFound(), t))

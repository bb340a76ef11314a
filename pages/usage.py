"""/usage: how the chat is used. `?service=ID` of one service, else of all one's own; `?period=month&on=2026-11-01` or
`?from=2026-10-27&to=2026-11-23`, else the last 28 days."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_translator
from callbacks.usage import read_usage
from components.usage import build_usage_page
from data.access.permissions import Permission

register_page(__name__, path="/usage", permission=Permission.USAGE)


def layout(service: object = None, **period: object) -> Component:
    return build_usage_page(current_translator(), read_usage(service, period))

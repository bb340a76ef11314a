"""/conversations: "Gestionnaire des conversations"."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.identity import current_actor, current_translator
from components.conversations import build_conversations_page
from data.access.permissions import Permission

register_page(__name__, path="/conversations", permission=Permission.CHAT)


def layout(**_: object) -> Component:
    rights = current_actor().member
    return build_conversations_page(current_translator(), may_launch=bool(rights.manages & rights.option_on))

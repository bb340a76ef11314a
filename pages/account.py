"""/account: one's own account."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.account import CHANGED, describe_password_refusal, get_shortest
from callbacks.diagnosis import find_phone_address, read_own_diagnosis
from callbacks.identity import current_actor, current_translator
from callbacks.navigation import describe_role
from components.account import build_account_page
from data import db
from data.access.account import access_owned_account
from data.access.permissions import Permission
from data.queries.account import get_profile, list_memberships
from data.queries.sessions import list_sessions

register_page(__name__, path="/account", permission=Permission.PORTAL)


def layout(refused: str | None = None, changed: str | None = None, **_: object) -> Component:
    actor, t = current_actor(), current_translator()
    with db.read() as reader:
        account = access_owned_account(reader, actor)
        profile = get_profile(reader, actor)
        memberships = list_memberships(reader, actor)
        sessions = list_sessions(reader, actor)
    return build_account_page(
        t,
        actor,
        profile,
        memberships,
        sessions,
        role=describe_role(t, actor),
        shortest=get_shortest(account),
        refusal=describe_password_refusal(t, account, refused),
        is_changed=changed == CHANGED,
        diagnosis=read_own_diagnosis() if actor.rights is not None else None,
        phone=find_phone_address(),
    )

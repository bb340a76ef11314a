"""The welcome: who one is and the first conversations of the list, on a socket or in the phone's page."""

from __future__ import annotations

from callbacks.frames import Me, Welcome
from data.access.actors import Actor, access_chat
from data.access.permissions import Permission, check_permission
from data.db import Reader
from data.errors import ChatError
from data.queries.conversations import list_conversations
from data.queries.timeline import get_timeline


def build_welcome(reader: Reader, actor: Actor) -> Welcome:
    if not may_chat(actor):
        return Welcome(chat=False)
    found = list_conversations(reader, access_chat(actor))
    return Welcome(
        chat=True,
        me=describe_me(actor),
        rows=found.rows,
        more=found.more,
        unread=found.unread,
        timeline=get_timeline(reader),
    )


def may_chat(actor: Actor) -> bool:
    try:
        check_permission(actor, Permission.CHAT)
    except ChatError:
        return False
    return True


def describe_me(actor: Actor) -> Me:
    rights = actor.member
    return Me(
        id=rights.person_id,
        name=actor.name,
        administrator=rights.is_administrator,
        manages=sorted(rights.manages & rights.option_on),
        addressed=sorted(rights.eligible_since),
    )

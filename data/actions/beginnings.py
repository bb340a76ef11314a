"""How many conversations one begins: each rings the phones of its people, who cannot choose not to be in it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select

from data.access.conversations import ChatService, Kind, ManagedService
from data.db import UnitOfWork
from data.errors import TooManyBeginnings
from data.models import conversations

# In an hour, by one person: of private ones wherever they are, of public ones in a service. Deleted ones count.
MOST_BEGUN = 20
WITHIN = timedelta(hours=1)


def check_beginning(uow: UnitOfWork, service: ManagedService | ChatService, kind: Kind) -> None:
    """`TooManyBeginnings`, with the seconds until the next one."""
    person_id = service.chatter.person_id
    if uow.locks:  # from several devices at once
        uow.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"beginnings:{person_id}", 0))))
    since = uow.now - WITHIN
    begun = (
        uow.execute(
            select(conversations.c.created_at)
            .where(conversations.c.created_by == person_id, conversations.c.created_at > since, _is_like(service, kind))
            .order_by(conversations.c.created_at.desc())
            .limit(MOST_BEGUN)
        )
        .scalars()
        .all()
    )
    if len(begun) == MOST_BEGUN:
        raise TooManyBeginnings(retry_after=max(1, round((begun[-1] - since).total_seconds())))


def _is_like(service: ManagedService | ChatService, kind: Kind) -> ColumnElement[bool]:
    if kind == "public":
        return and_(conversations.c.kind == "public", conversations.c.service_id == service.id)
    return conversations.c.kind != "public"

"""What a page needs to know of an organization."""

from __future__ import annotations

from sqlalchemy import select

from data.access.actors import Actor
from data.db import Reader
from data.models import organizations


def get_formal_address(reader: Reader, actor: Actor) -> str | None:
    """Where formal requests (leave, replacement) are made (R4)."""
    if actor.rights is None:
        return None
    return reader.execute(
        select(organizations.c.formal_messaging_url).where(organizations.c.id == actor.organization_id)
    ).scalar()

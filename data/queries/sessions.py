"""Where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data.access.actors import Actor, Surface
from data.db import Reader
from data.models import organizations, sessions


@dataclass(frozen=True)
class SessionRow:
    id: int
    surface: Surface
    device: str
    organization: str | None
    started_at: datetime
    seen_at: datetime
    is_current: bool


def list_sessions(reader: Reader, actor: Actor) -> list[SessionRow]:
    """The open sessions of the actor's account, on all surfaces: this one, then those seen last."""
    rows = reader.execute(
        select(
            sessions.c.id,
            sessions.c.surface,
            sessions.c.device,
            organizations.c.name,
            sessions.c.created_at,
            sessions.c.seen_at,
        )
        .outerjoin(organizations, organizations.c.id == sessions.c.organization_id)
        .where(
            sessions.c.account_id == actor.account_id,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > reader.now,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    found = [
        SessionRow(
            row.id, Surface(row.surface), row.device, row.name, row.created_at, row.seen_at, row.id == actor.session_id
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: not row.is_current)

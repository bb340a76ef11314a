"""The journal of access and administration: append-only, each entry sealed over the one before."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import func, insert, select

from data import clock
from data.access.actors import Actor
from data.db import UnitOfWork
from data.models import audit_entries

GENESIS = "0" * 64
JOURNAL = 0x61756469  # among the locks that a database has by number

_encode = msgspec.json.Encoder(order="sorted").encode


def audit(
    uow: UnitOfWork, actor: Actor | None, act: str, subject: str, *, organization_id: int | None, **details: object
) -> None:
    """Note that `actor` (None: the system) did `act` to `subject` ("employee:12"). Ids and figures only, no names."""
    if uow.locks:
        # One entry after the other: two that followed the same one would break the chain. By a lock of the journal's
        # own, the last that a unit takes: the organization's row is shared by all who act in it, and two who both held
        # it and both wanted it alone would wait for each other.
        uow.execute(select(func.pg_advisory_xact_lock(JOURNAL, organization_id or 0)))
    previous = uow.execute(
        select(audit_entries.c.hash)
        .where(audit_entries.c.organization_id.is_not_distinct_from(organization_id))
        .order_by(audit_entries.c.id.desc())
        .limit(1)
    ).scalar()
    entry: dict[str, Any] = {
        "organization_id": organization_id,
        "at": uow.now,
        "actor_id": actor.account_id if actor else None,
        "act": act,
        "subject": subject,
        "details": _encode(details).decode(),
        "previous_hash": previous or GENESIS,
    }
    uow.execute(insert(audit_entries).values(**entry, hash=seal(entry)))


def seal(entry: dict[str, Any]) -> str:
    """The hash of an entry over all it says and the hash before it."""
    return hashlib.sha256(_encode({**entry, "at": clock.to_ms(entry["at"])})).hexdigest()

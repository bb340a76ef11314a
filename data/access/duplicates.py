"""Who may say whether two files are one person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor, VendorRole
from data.db import Reader
from data.duplicates import Suspicion, list_suspicions
from data.errors import NotAllowed, NotFound
from data.models import organizations


@dataclass(frozen=True)
class SettledSuspicion:
    """A suspicion that the actor may settle: finance in any organization, an administrator in their own."""

    actor: Actor
    organization_id: int
    suspicion: Suspicion


def access_suspicion(reader: Reader, actor: Actor, organization_id: int | None, key: str) -> SettledSuspicion:
    """`NotFound` for a suspicion that is none, or settled already."""
    here = _find_organization(reader, actor, organization_id)
    found = next((each for each in list_suspicions(reader, here) if each.key == key), None)
    if found is None:
        raise NotFound()
    return SettledSuspicion(actor, here, found)


def _find_organization(reader: Reader, actor: Actor, organization_id: int | None) -> int:
    if actor.vendor_role is VendorRole.FINANCE:
        here = organization_id
    elif actor.rights is not None and actor.rights.is_administrator:
        here = actor.organization_id if organization_id in (None, actor.organization_id) else None
    else:
        raise NotAllowed()
    query = select(organizations.c.id).where(organizations.c.id == here)
    if reader.execute(query.with_for_update() if reader.locks else query).one_or_none() is None or here is None:
        raise NotFound()
    return here

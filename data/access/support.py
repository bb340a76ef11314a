"""The vendor's customer service, who looks after every organization and sees no content."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor, VendorRole
from data.access.billing import BilledOrganization
from data.access.directory import SupportedOrganization, find_organization
from data.access.options import OptionReviewer
from data.db import Reader
from data.errors import NotAllowed
from data.models import organizations


@dataclass(frozen=True)
class Supporter:
    actor: Actor


def access_support(actor: Actor) -> Supporter:
    if actor.vendor_role is not VendorRole.CUSTOMER_SERVICE:
        raise NotAllowed()
    return Supporter(actor)


def access_supported_bills(
    reader: Reader, _: Supporter | OptionReviewer, organization_ids: Collection[int]
) -> list[BilledOrganization]:
    """Figures, no names: for whoever of the vendor's staff looks at the option of all."""
    rows = reader.execute(
        select(
            organizations.c.id,
            organizations.c.code,
            organizations.c.name,
            organizations.c.timezone,
            organizations.c.language,
        ).where(organizations.c.id.in_(organization_ids))
    )
    return [BilledOrganization(**row, sees_names=False) for row in rows.mappings()]


def access_supported_organization(reader: Reader, supporter: Supporter, organization_id: int) -> SupportedOrganization:
    return SupportedOrganization(supporter.actor, *find_organization(reader, organization_id))

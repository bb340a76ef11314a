"""The vendor's customer service, who looks after every organization and sees no content."""

from __future__ import annotations

from dataclasses import dataclass

from data.access.actors import Actor, VendorRole
from data.access.directory import SupportedOrganization, find_organization
from data.db import Reader
from data.errors import NotAllowed


@dataclass(frozen=True)
class Supporter:
    actor: Actor


def access_support(actor: Actor) -> Supporter:
    if actor.vendor_role is not VendorRole.CUSTOMER_SERVICE:
        raise NotAllowed()
    return Supporter(actor)


def access_supported_organization(reader: Reader, supporter: Supporter, organization_id: int) -> SupportedOrganization:
    return SupportedOrganization(supporter.actor, *find_organization(reader, organization_id))

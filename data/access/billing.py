"""Who may see what the option costs, and who keeps the books."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from data.access.actors import Actor, VendorRole
from data.access.directory import ShapedOrganization
from data.db import Reader
from data.errors import NotAllowed, NotFound
from data.models import documents, organizations


@dataclass(frozen=True)
class Bookkeeper:
    """Of the vendor: `actor` None is the server itself, on the third day, or the operator at its console."""

    actor: Actor | None

    @property
    def account_id(self) -> int | None:
        return self.actor.account_id if self.actor else None


@dataclass(frozen=True)
class BilledOrganization:
    """An organization whose bill may be read; `sees_names`: of the people behind it too."""

    id: int
    code: str
    name: str
    timezone: str
    language: str
    sees_names: bool


@dataclass(frozen=True)
class NamedOrganization(BilledOrganization):
    """An organization whose bill may be read down to the people behind it. `is_own`: by its administrator."""

    is_own: bool


@dataclass(frozen=True)
class KeptOrganization(BilledOrganization):
    """Its books are kept by the bookkeeper: closed, corrected, paid."""

    keeper: Bookkeeper


@dataclass(frozen=True)
class KeptInvoice:
    organization: KeptOrganization
    id: int
    number: str
    total_cents: int


@dataclass(frozen=True)
class ReadDocument:
    organization: BilledOrganization
    id: int
    number: str


def access_bookkeeping(actor: Actor) -> Bookkeeper:
    if actor.vendor_role is not VendorRole.FINANCE:
        raise NotAllowed()
    return Bookkeeper(actor)


def access_bookkeeping_at_console() -> Bookkeeper:
    """For the commands and the server's own third day: whoever runs them holds the database anyway."""
    return Bookkeeper(None)


def access_kept_organization(reader: Reader, keeper: Bookkeeper, organization_id: int) -> KeptOrganization:
    """In a unit of work, locked: the books of an organization change one act after the other."""
    return KeptOrganization(*_find(reader, organization_id, locks=reader.locks), sees_names=True, keeper=keeper)


def access_kept_organizations(
    reader: Reader, keeper: Bookkeeper, organization_ids: Collection[int]
) -> list[KeptOrganization]:
    """To look at several; those that exist."""
    rows = reader.execute(_select(organizations.c.id.in_(organization_ids)))
    return [KeptOrganization(**row, sees_names=True, keeper=keeper) for row in rows.mappings()]


def access_kept_organization_of(reader: Reader, organization: ShapedOrganization) -> KeptOrganization:
    """At the console, by its code."""
    return access_kept_organization(reader, access_bookkeeping_at_console(), organization.id)


def access_billed_organization(reader: Reader, actor: Actor, organization_id: int | None) -> BilledOrganization:
    """Finance: any, with names. Customer service: any, figures only. An administrator: their own."""
    if actor.vendor_role is not None:
        if organization_id is None:
            raise NotFound()
        sees_names = actor.vendor_role is VendorRole.FINANCE
        return BilledOrganization(*_find(reader, organization_id, locks=False), sees_names=sees_names)
    if actor.rights is None or not actor.rights.is_administrator:
        raise NotAllowed()
    if organization_id not in (None, actor.organization_id):
        raise NotFound()
    return BilledOrganization(*_find(reader, actor.organization_id, locks=False), sees_names=True)


def access_named_organization(reader: Reader, actor: Actor, organization_id: int | None) -> NamedOrganization:
    """With the names behind the bill: finance, or its administrator."""
    billed = access_billed_organization(reader, actor, organization_id)
    if not billed.sees_names:
        raise NotAllowed()
    return NamedOrganization(**vars(billed), is_own=actor.vendor_role is None)


def access_kept_invoice(reader: Reader, organization: KeptOrganization, invoice_id: int) -> KeptInvoice:
    row = reader.execute(
        select(documents.c.id, documents.c.number, documents.c.total_cents).where(
            documents.c.id == invoice_id,
            documents.c.organization_id == organization.id,
            documents.c.kind == "invoice",
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return KeptInvoice(organization, *row)


def access_document(reader: Reader, organization: BilledOrganization, document_id: int) -> ReadDocument:
    row = reader.execute(
        select(documents.c.id, documents.c.number).where(
            documents.c.id == document_id, documents.c.organization_id == organization.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return ReadDocument(organization, *row)


def _find(reader: Reader, organization_id: int, *, locks: bool) -> tuple[int, str, str, str, str]:
    query = _select(organizations.c.id == organization_id)
    row = reader.execute(query.with_for_update() if locks else query).one_or_none()
    if row is None:
        raise NotFound()
    if locks:
        reader.look_at_clock()  # what others recorded while we waited came before
    return tuple(row)


def _select(which: ColumnElement[bool]) -> Select[Any]:
    columns = organizations.c
    return select(columns.id, columns.code, columns.name, columns.timezone, columns.language).where(which)

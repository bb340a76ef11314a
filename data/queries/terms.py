"""The terms of the books, as they were and will be: prices, how an organization is billed, where it is taxed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, Table, select

from data.access.billing import BilledOrganization, Bookkeeper
from data.billing.rating import Settings
from data.db import Reader
from data.models import contract_changes, price_changes, tax_profile_changes, tax_rate_changes, vendor_staff


@dataclass(frozen=True)
class Recorded:
    """From when it holds; who recorded it, None: the server."""

    since: date
    at: datetime
    by: str | None


@dataclass(frozen=True)
class PriceRow:
    recorded: Recorded
    price: int


@dataclass(frozen=True)
class ContractRow:
    recorded: Recorded
    settings: Settings


@dataclass(frozen=True)
class TaxProfileRow:
    recorded: Recorded
    province: str
    exempt: tuple[str, ...]
    reason: str


def list_prices(reader: Reader, _: Bookkeeper) -> list[PriceRow]:
    """The latest first, here and below."""
    rows = reader.execute(_select(price_changes, price_changes.c.amount))
    return [PriceRow(Recorded(*recorded), price) for *recorded, price in rows]


def list_contracts(reader: Reader, organization: BilledOrganization) -> list[ContractRow]:
    table = contract_changes
    query = _select(table, table.c.mode, table.c.basis, table.c.min_days, table.c.minimum_cents)
    rows = reader.execute(query.where(table.c.organization_id == organization.id))
    return [ContractRow(Recorded(*row[:3]), Settings(*row[3:])) for row in rows]


def list_tax_profiles(reader: Reader, organization: BilledOrganization) -> list[TaxProfileRow]:
    table = tax_profile_changes
    query = _select(table, table.c.province, table.c.exempt, table.c.exempt_reason)
    rows = reader.execute(query.where(table.c.organization_id == organization.id))
    return [
        TaxProfileRow(Recorded(*recorded), province, tuple(filter(None, exempt.split(","))), reason)
        for *recorded, province, exempt, reason in rows
    ]


def list_provinces(reader: Reader) -> list[str]:
    """Those whose tax rates are known."""
    query = select(tax_rate_changes.c.province).distinct().order_by(tax_rate_changes.c.province)
    return list(reader.execute(query).scalars())


def _select(table: Table, *columns: ColumnElement[object]) -> Select[tuple[object, ...]]:
    return (
        select(table.c.effective_on, table.c.recorded_at, vendor_staff.c.name, *columns)
        .outerjoin(vendor_staff, vendor_staff.c.account_id == table.c.recorded_by)
        .order_by(table.c.effective_on.desc(), table.c.id.desc())
    )

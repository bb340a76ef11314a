"""Acts of the bookkeeper that issue nothing: payments, disputes, holds, and the dated terms of the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select

from data import clock
from data.access.billing import Bookkeeper, KeptInvoice, KeptOrganization
from data.actions.audit import audit
from data.actions.closing import check_reason
from data.billing.rating import Month, Settings
from data.db import UnitOfWork
from data.errors import AmountInvalid, DateInvalid, MalformedRequest, MonthInvalid, PaymentTooLarge
from data.models import (
    contract_changes,
    dispute_changes,
    documents,
    hold_changes,
    payments,
    price_changes,
    tax_profile_changes,
    tax_rate_changes,
)
from data.text import check_name

METHODS = ("transfer", "cheque", "card", "other")
MOST_CENTS = 1_000_000_00
PROVINCE_TAXES = ("GST", "QST", "HST")


@dataclass(frozen=True)
class PaymentMade:
    """`amount_cents` below zero gives money back."""

    amount_cents: int
    received_on: date
    method: str
    reference: str


def do_record_payment(uow: UnitOfWork, invoice: KeptInvoice, made: PaymentMade) -> None:
    organization = invoice.organization
    if not made.amount_cents or abs(made.amount_cents) > MOST_CENTS or made.method not in METHODS:
        raise AmountInvalid()
    if made.received_on > clock.local_day(uow.now, organization.timezone):
        raise DateInvalid()
    balance = find_balance(uow, invoice)
    if made.amount_cents > balance or made.amount_cents + _sum_payments(uow, invoice) < 0:
        raise PaymentTooLarge()
    uow.execute(
        insert(payments).values(
            organization_id=organization.id,
            invoice_id=invoice.id,
            effective_on=made.received_on,
            amount_cents=made.amount_cents,
            method=made.method,
            reference=check_name(made.reference),
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
        )
    )
    _audit(uow, organization, "payment.recorded", invoice=invoice.id, cents=made.amount_cents)


def find_balance(uow: UnitOfWork, invoice: KeptInvoice) -> int:
    """What is left to pay, credits taken off."""
    credited = uow.execute(
        select(func.coalesce(func.sum(documents.c.total_cents), 0)).where(documents.c.invoice_id == invoice.id)
    ).scalar_one()
    return invoice.total_cents - int(credited) - _sum_payments(uow, invoice)


def _sum_payments(uow: UnitOfWork, invoice: KeptInvoice) -> int:
    paid = uow.execute(
        select(func.coalesce(func.sum(payments.c.amount_cents), 0)).where(payments.c.invoice_id == invoice.id)
    ).scalar_one()
    return int(paid)


def do_change_dispute(uow: UnitOfWork, invoice: KeptInvoice, reason: str, *, is_open: bool) -> None:
    organization = invoice.organization
    uow.execute(
        insert(dispute_changes).values(
            organization_id=organization.id,
            invoice_id=invoice.id,
            is_open=is_open,
            reason=check_reason(reason),
            effective_at=uow.now,
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
        )
    )
    _audit(uow, organization, "dispute.changed", invoice=invoice.id, is_open=is_open)


def do_change_hold(uow: UnitOfWork, organization: KeptOrganization, reason: str, *, is_on: bool) -> None:
    uow.execute(
        insert(hold_changes).values(
            organization_id=organization.id,
            is_on=is_on,
            reason=check_reason(reason),
            effective_at=uow.now,
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
        )
    )
    _audit(uow, organization, "hold.changed", is_on=is_on)


def do_change_contract(uow: UnitOfWork, organization: KeptOrganization, settings: Settings, begins: Month) -> None:
    """From the 1st of a month that has not begun: what people were told does not change behind them."""
    _check_to_come(uow, organization.timezone, begins)
    if settings.mode not in ("flat", "daily") or settings.basis not in ("employee", "app_user"):
        raise MalformedRequest()
    if not 1 <= settings.min_days <= 31 or not 0 <= settings.minimum_cents <= MOST_CENTS:
        raise AmountInvalid()
    uow.execute(
        insert(contract_changes).values(
            organization_id=organization.id,
            effective_on=begins.first,
            mode=settings.mode,
            basis=settings.basis,
            min_days=settings.min_days,
            minimum_cents=settings.minimum_cents,
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
        )
    )
    _audit(uow, organization, "contract.changed", month=str(begins))


def do_change_tax_profile(
    uow: UnitOfWork,
    organization: KeptOrganization,
    province: str,
    exempt: frozenset[str],
    begins_on: date,
    *,
    reason: str = "",
) -> None:
    """`reason`: why some taxes are not charged, or the number that says so; invoices print it."""
    if not exempt <= set(PROVINCE_TAXES) or not _has_rates(uow, province):
        raise MalformedRequest()
    uow.execute(
        insert(tax_profile_changes).values(
            organization_id=organization.id,
            effective_on=begins_on,
            province=province,
            exempt=",".join(sorted(exempt)),
            exempt_reason=check_reason(reason) if exempt else "",
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
        )
    )
    _audit(uow, organization, "tax_profile.changed", province=province)


def do_change_price(uow: UnitOfWork, keeper: Bookkeeper, price: int, begins: Month) -> None:
    """The price of the book, in 1/10000 $, from the 1st of a month to come."""
    _check_to_come(uow, "America/Toronto", begins)
    if not 0 < price <= 1_000_000:
        raise AmountInvalid()
    uow.execute(
        insert(price_changes).values(
            effective_on=begins.first, amount=price, recorded_at=uow.now, recorded_by=keeper.account_id
        )
    )
    audit(uow, keeper.actor, "price.changed", "prices", organization_id=None, month=str(begins), price=price)


def _has_rates(uow: UnitOfWork, province: str) -> bool:
    query = select(tax_rate_changes.c.id).where(tax_rate_changes.c.province == province)
    return uow.execute(query).first() is not None


def _check_to_come(uow: UnitOfWork, timezone: str, begins: Month) -> None:
    if begins <= Month.of(clock.local_day(uow.now, timezone)):
        raise MonthInvalid()


def _audit(uow: UnitOfWork, organization: KeptOrganization, act: str, **details: object) -> None:
    subject = f"organization:{organization.id}"
    audit(uow, organization.keeper.actor, act, subject, organization_id=organization.id, **details)

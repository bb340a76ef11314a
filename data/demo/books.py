"""A year of the demonstration's books: a price that rose, months closed and paid, a departure that was told too late
and its credit note, a credit of goodwill. Written by the product's own actions, each on its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from data import clock
from data.access.billing import (
    KeptOrganization,
    access_bookkeeping_at_console,
    access_kept_invoice,
    access_kept_organization_of,
)
from data.access.directory import access_organization_at_console
from data.actions import books, closing
from data.billing.rating import Month
from data.config import DEMONSTRATION_SELLER
from data.db import UnitOfWork
from data.models import documents

Step = tuple[datetime, Callable[[UnitOfWork], None]]

FIRST_PRICE, LATER_PRICE = 2200, 2500  # 1/10000 $
ROSE_MONTHS_AGO = 6
CLOSES = time(9, 5)
PAID_AFTER = timedelta(days=17)
UNPAID = 1  # the latest invoice waits


def list_steps(now: datetime, began: datetime, organizations: list[dict[str, Any]]) -> list[Step]:
    timezone = "America/Toronto"
    this = Month.of(clock.local_day(now, timezone))
    first = Month.of(clock.local_day(began, timezone))
    rose = this.shift(-ROSE_MONTHS_AGO)
    steps: list[Step] = [
        (began - timedelta(days=40), partial(_change_price, FIRST_PRICE, first)),
        (_at(rose.shift(-1), timezone, 12), partial(_change_price, LATER_PRICE, rose)),
    ]
    for content in organizations:
        months = [first.shift(number) for number in range(this.since(first))]
        due = [(month, _at(month.shift(1), content["timezone"], 3)) for month in months]
        steps += list(_close_and_pay(content["code"], [(month, at) for month, at in due if at < now], now))
    return steps


def _at(month: Month, timezone: str, day: int) -> datetime:
    return datetime.combine(month.first.replace(day=day), CLOSES, tzinfo=clock.zone(timezone)).astimezone(UTC)


def _close_and_pay(code: str, due: list[tuple[Month, datetime]], now: datetime) -> Iterator[Step]:
    for number, (month, at) in enumerate(due, start=1):
        yield at, partial(_close, code, month)
        paid_at = at + PAID_AFTER
        if number <= len(due) - UNPAID and paid_at < now:
            yield paid_at, partial(_pay, code, month)
        if number == len(due) - 3:
            yield at + timedelta(days=6), partial(_credit, code, month)


def _change_price(price: int, begins: Month, uow: UnitOfWork) -> None:
    books.do_change_price(uow, access_bookkeeping_at_console(), price, begins)


def _close(code: str, month: Month, uow: UnitOfWork) -> None:
    organization = _keep(uow, code)
    draft = closing.draft_closing(closing.read_ledgers(uow, organization), month)
    closing.do_close_month(uow, organization, draft, DEMONSTRATION_SELLER)


def _pay(code: str, month: Month, uow: UnitOfWork) -> None:
    organization = _keep(uow, code)
    invoice_id = _find_invoice(uow, organization, month)
    if invoice_id is None:
        return
    invoice = access_kept_invoice(uow, organization, invoice_id)
    on = clock.local_day(uow.now, organization.timezone)
    made = books.PaymentMade(books.find_balance(uow, invoice), on, "transfer", f"Virement {on:%m%d}-{organization.id}")
    books.do_record_payment(uow, invoice, made)


def _credit(code: str, month: Month, uow: UnitOfWork) -> None:
    """Out of goodwill, to the first organization: a morning without service."""
    organization = _keep(uow, code)
    first = select(func.min(documents.c.organization_id))
    invoice_id = _find_invoice(uow, organization, month)
    if invoice_id is None or uow.execute(first).scalar() != organization.id:
        return
    invoice = access_kept_invoice(uow, organization, invoice_id)
    reason = "Interruption du service, un samedi matin"
    draft = closing.draft_goodwill(closing.read_ledgers(uow, organization), invoice, 200)
    closing.do_give_goodwill(uow, organization, draft, reason, DEMONSTRATION_SELLER)


def _keep(uow: UnitOfWork, code: str) -> KeptOrganization:
    return access_kept_organization_of(uow, access_organization_at_console(uow, code))


def _find_invoice(uow: UnitOfWork, organization: KeptOrganization, month: Month) -> int | None:
    found: int | None = uow.execute(
        select(documents.c.id).where(
            documents.c.organization_id == organization.id,
            documents.c.kind == "invoice",
            documents.c.period == month.first,
        )
    ).scalar()
    return found

"""Issuing as a whole: read and work out off the server's loop, issue in one unit; again where something was recorded
meanwhile. And the closing that happens by itself, on the third day at nine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from data import clock, db, offload
from data.access.billing import (
    Bookkeeper,
    KeptInvoice,
    KeptOrganization,
    access_bookkeeping_at_console,
    access_kept_organization,
)
from data.actions.closing import (
    CreditDraft,
    Draft,
    Ledgers,
    Outcome,
    check_reason,
    do_close_month,
    do_give_goodwill,
    do_issue_corrections,
    draft_closing,
    draft_corrections,
    draft_goodwill,
    find_closed,
    read_ledgers,
)
from data.billing.issued import Seller
from data.billing.rating import Month
from data.db import Reader
from data.errors import BooksChanged, ChatError
from data.models import closings, option_changes, organizations
from data.queries.checklist import list_checklist

ATTEMPTS = 5
CLOSES_ON, CLOSES_AT = 3, time(9, 0)  # day and local hour of the month after
MONTHS_BACK = 12


@dataclass(frozen=True)
class DueMonth:
    organization_id: int
    month: Month


def close_month(keeper: Bookkeeper, organization_id: int, month: Month, seller: Seller) -> Outcome:
    """Closed once, however often and from wherever it is asked for."""

    def attempt() -> Outcome:
        draft = draft_month(keeper, organization_id, month)
        return draft if isinstance(draft, Outcome) else _issue(keeper, organization_id, draft, seller)

    return _until_unchanged(attempt)


def issue_corrections(access: Callable[[Reader], KeptOrganization], seller: Seller) -> Outcome:
    """The credit notes that today's facts ask for. `access` is asked before, and again when they are issued."""

    def attempt() -> Outcome:
        with db.read() as reader:
            organization = access(reader)
        draft = offload.run(_draft_corrections, organization)
        with db.unit_of_work() as uow:
            return do_issue_corrections(uow, access(uow), draft, seller)

    return _until_unchanged(attempt)


def give_goodwill(access: Callable[[Reader], KeptInvoice], amount_cents: int, reason: str, seller: Seller) -> Outcome:
    """A credit, before taxes, that no fact asks for."""

    def attempt() -> Outcome:
        with db.read() as reader:
            invoice = access(reader)
        draft = offload.run(_draft_goodwill, invoice, amount_cents)
        with db.unit_of_work() as uow:
            return do_give_goodwill(uow, access(uow).organization, draft, reason, seller)

    check_reason(reason)
    return _until_unchanged(attempt)


def _until_unchanged(attempt: Callable[[], Outcome]) -> Outcome:
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except BooksChanged:
            continue
    raise BooksChanged()


# In a thread: each reads for itself.


def _draft_closing(organization: KeptOrganization, month: Month) -> Draft:
    return draft_closing(_read_ledgers(organization), month)


def _draft_corrections(organization: KeptOrganization) -> CreditDraft:
    return draft_corrections(_read_ledgers(organization))


def _draft_goodwill(invoice: KeptInvoice, amount_cents: int) -> CreditDraft:
    return draft_goodwill(_read_ledgers(invoice.organization), invoice, amount_cents)


def _read_ledgers(organization: KeptOrganization) -> Ledgers:
    with db.read_apart() as reader:
        return read_ledgers(reader, organization)


def _issue(keeper: Bookkeeper, organization_id: int, draft: Draft, seller: Seller) -> Outcome:
    with db.unit_of_work() as uow:
        return do_close_month(uow, access_kept_organization(uow, keeper, organization_id), draft, seller)


def draft_month(keeper: Bookkeeper, organization_id: int, month: Month) -> Draft | Outcome:
    """What closing the month would issue by today's facts, whatever still forbids it; what it issued, if closed."""
    with db.read() as reader:
        organization = access_kept_organization(reader, keeper, organization_id)
        if known := find_closed(reader, organization, month):
            return known
    return offload.run(_draft_closing, organization, month)


def close_due_months(seller: Seller) -> list[tuple[DueMonth, Outcome | ChatError]]:
    """Whatever is due and what nothing asks to look at first, oldest first. One organization that cannot be closed
    holds up no other."""
    with db.read() as reader:
        due = list_due_months(reader)
    return [(each, found) for each in due if (found := _close_due(each, seller)) is not None]


def _close_due(due: DueMonth, seller: Seller) -> Outcome | ChatError | None:
    keeper = access_bookkeeping_at_console()
    try:
        draft = draft_month(keeper, due.organization_id, due.month)
        if isinstance(draft, Outcome):
            return None
        with db.read() as reader:
            organization = access_kept_organization(reader, keeper, due.organization_id)
            items = list_checklist(reader, organization, draft.closing, seller)
        if any(item.level != "note" for item in items):
            return None
        return _issue(keeper, due.organization_id, draft, seller)
    except BooksChanged:
        return None  # a minute later, with what was recorded meanwhile
    except ChatError as error:
        return error


def list_due_months(reader: Reader) -> list[DueMonth]:
    """Months whose day and hour of closing have come, since the option was first on, that were not closed."""
    closed = {
        (organization_id, period)
        for organization_id, period in reader.execute(
            select(closings.c.organization_id, closings.c.period).where(closings.c.kind == "month")
        )
    }
    return [
        DueMonth(organization_id, month)
        for organization_id, timezone, began in _list_began(reader)
        for month in _months_due(began, reader.now, timezone)
        if (organization_id, month.first) not in closed
    ]


def _list_began(reader: Reader) -> list[tuple[int, str, datetime]]:
    """Organizations in which the option was ever on, and since when."""
    rows = reader.execute(
        select(organizations.c.id, organizations.c.timezone, func.min(option_changes.c.effective_at))
        .join(option_changes, option_changes.c.organization_id == organizations.c.id)
        .where(option_changes.c.is_on)
        .group_by(organizations.c.id, organizations.c.timezone)
        .order_by(organizations.c.id)
    )
    return [tuple(row) for row in rows]


def _months_due(began: datetime, now: datetime, timezone: str) -> Iterator[Month]:
    local = now.astimezone(clock.zone(timezone))
    today: date = local.date()
    this = Month.of(today)
    has_come = (today.day, local.time()) >= (CLOSES_ON, CLOSES_AT)
    last = this.shift(-1) if has_come else this.shift(-2)
    first = max(Month.of(clock.local_day(began, timezone)), last.shift(1 - MONTHS_BACK))
    for number in range(last.since(first) + 1):
        yield first.shift(number)


def next_due_at(now: datetime, timezone: str) -> datetime:
    """When the next month is due in a zone: for screens that tell it."""
    local = now.astimezone(clock.zone(timezone))
    month = (
        Month.of(local.date())
        if (local.day, local.time()) < (CLOSES_ON, CLOSES_AT)
        else Month.of(local.date()).shift(1)
    )
    day = month.first + timedelta(days=CLOSES_ON - 1)
    return datetime.combine(day, CLOSES_AT, tzinfo=clock.zone(timezone))

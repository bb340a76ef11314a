"""Months of organizations as screens ask for them: read and worked out off the server's loop, and remembered for as
long as nothing is recorded that could change them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import select

from data import clock, db, offload
from data.access.billing import BilledOrganization
from data.billing.bill import Bill, Simulation, build_bill, simulate
from data.billing.books import Books
from data.billing.rating import Facts, Month, NoPriceInForce, Settings
from data.billing.taxes import NoTaxes
from data.db import Reader
from data.errors import MonthInvalid, PriceMissing, ProvinceMissing
from data.ledgers import fingerprint, fingerprints, read_books, read_facts, read_many_books, read_many_facts
from data.models import closings

EARLIEST = Month(2000, 1)
# As many people as one process remembers the bills of; a bill of none counts as one.
MOST_PEOPLE = 300_000
MOST_FIGURES = 10_000


class _Memory:
    """The bills looked at last, and what lists say of many."""

    def __init__(self) -> None:
        self._bills: OrderedDict[Hashable, Bill] = OrderedDict()
        self.figures: OrderedDict[Hashable, BillFigures | None] = OrderedDict()

    def find(self, key: Hashable) -> Bill | None:
        if key in self._bills:
            self._bills.move_to_end(key)
        return self._bills.get(key)

    def keep(self, key: Hashable, bill: Bill) -> None:
        self._bills[key] = bill
        while len(self._bills) > 1 and sum(1 + len(each.rated.people) for each in self._bills.values()) > MOST_PEOPLE:
            self._bills.popitem(last=False)

    def keep_figures(self, key: Hashable, figures: BillFigures | None) -> None:
        self.figures[key] = figures
        while len(self.figures) > MOST_FIGURES:
            self.figures.popitem(last=False)


_memories: WeakKeyDictionary[db.Database, _Memory] = WeakKeyDictionary()


def get_bill(organization: BilledOrganization, month: Month) -> Bill:
    """The month as issued, or as it stands. Raises `MonthInvalid` for a month to come, `PriceMissing`,
    `ProvinceMissing`."""
    memory = _memories.setdefault(db.current(), _Memory())
    with db.read() as reader:
        check_month(reader, organization, month)
        key = _list_keys(reader, [organization], month)[organization.id]
    known = memory.find(key)
    if known is None:
        known = offload.run(_work_out, organization, month)
        memory.keep(key, known)
    return known


def _work_out(organization: BilledOrganization, month: Month) -> Bill:
    with db.read_apart() as reader:
        facts, books, cutoff = read_facts(reader, organization), read_books(reader, organization), reader.now
    try:
        return build_bill(facts, books, month, cutoff)
    except NoPriceInForce:
        raise PriceMissing() from None
    except NoTaxes:
        raise ProvinceMissing() from None


@dataclass(frozen=True)
class BillFigures:
    """What a list says of a month. `heads_before`: of the month before it."""

    heads: int
    heads_before: int
    subtotal_cents: int
    total_cents: int


def list_figures(
    reader: Reader, organizations: Sequence[BilledOrganization], month: Month
) -> dict[int, BillFigures | None]:
    """Of the month of each; None where it cannot be worked out: no price, no province, or a month to come in its own
    zone. As many statements for many as for one."""
    memory = _memories.setdefault(db.current(), _Memory())
    open_there = [each for each in organizations if EARLIEST <= month <= running_month(reader, each)]
    keys = _list_keys(reader, open_there, month)
    unknown = [each for each in open_there if keys[each.id] not in memory.figures]
    if unknown:
        for here, figures in offload.run(_work_out_figures, unknown, month).items():
            memory.keep_figures(keys[here], figures)
    return {here: memory.figures[key] for here, key in keys.items()}


def _work_out_figures(organizations: Sequence[BilledOrganization], month: Month) -> dict[int, BillFigures | None]:
    with db.read_apart() as reader:
        facts, books = read_many_facts(reader, organizations), read_many_books(reader, organizations)
        cutoff = reader.now
    return {here: _figure(facts[here], books[here], month, cutoff) for here in facts}


def _figure(facts: Facts, books: Books, month: Month, cutoff: datetime) -> BillFigures | None:
    try:
        bill = build_bill(facts, books, month, cutoff)
    except (NoPriceInForce, NoTaxes):
        return None
    invoice = bill.invoice
    cents = (invoice.subtotal_cents, invoice.total_cents) if invoice else (0, 0)
    return BillFigures(bill.heads, len(bill.previous.billed), *cents)


def simulate_month(organization: BilledOrganization, month: Month, settings: Settings) -> tuple[Simulation, Simulation]:
    """As the month is, and as it would be by other terms."""
    bill = get_bill(organization, month)
    return offload.run(simulate, bill), offload.run(simulate, bill, settings)


def check_month(reader: Reader, organization: BilledOrganization, month: Month) -> None:
    if not EARLIEST <= month <= running_month(reader, organization):
        raise MonthInvalid()


def running_month(reader: Reader, organization: BilledOrganization) -> Month:
    return Month.of(clock.local_day(reader.now, organization.timezone))


def _list_keys(reader: Reader, organizations: Sequence[BilledOrganization], month: Month) -> dict[int, Hashable]:
    """A closed month is what it was at its cutoff, whatever is recorded since."""
    ids = [organization.id for organization in organizations]
    cutoffs = dict(
        reader.execute(
            select(closings.c.organization_id, closings.c.effective_at).where(
                closings.c.organization_id.in_(ids), closings.c.kind == "month", closings.c.period == month.first
            )
        ).all()
    )
    running = [organization for organization in organizations if organization.id not in cutoffs]
    marks = _read_marks(reader, running)
    return {each.id: (each.id, month, cutoffs.get(each.id) or _mark(reader, each, marks)) for each in organizations}


def _read_marks(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, tuple[object, ...]]:
    """Of one, by the statement that is ready."""
    if len(organizations) == 1:
        return {organizations[0].id: fingerprint(reader, organizations[0])}
    return fingerprints(reader, organizations) if organizations else {}


def _mark(reader: Reader, organization: BilledOrganization, marks: dict[int, tuple[object, ...]]) -> Hashable:
    return clock.local_day(reader.now, organization.timezone), marks[organization.id]

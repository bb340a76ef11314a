"""Months of organizations as screens ask for them: read, worked out off the server's loop, and remembered for as long
as nothing is recorded that could change them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from sqlalchemy import select

from data import clock, db, offload
from data.access.billing import BilledOrganization
from data.billing.bill import Bill, Simulation, build_bill, simulate
from data.billing.rating import Month, NoPriceInForce, Settings
from data.billing.taxes import NoTaxes
from data.db import Reader
from data.errors import MonthInvalid, PriceMissing, ProvinceMissing
from data.ledgers import fingerprint, read_books, read_facts
from data.models import closings

EARLIEST = Month(2000, 1)
# As many people as one process remembers the bills of; a bill of none counts as one.
MOST_PEOPLE = 300_000


class _Memory:
    """The bills looked at last."""

    def __init__(self) -> None:
        self._bills: OrderedDict[Hashable, Bill] = OrderedDict()

    def find(self, key: Hashable) -> Bill | None:
        if key in self._bills:
            self._bills.move_to_end(key)
        return self._bills.get(key)

    def keep(self, key: Hashable, bill: Bill) -> None:
        self._bills[key] = bill
        while len(self._bills) > 1 and sum(1 + len(each.rated.people) for each in self._bills.values()) > MOST_PEOPLE:
            self._bills.popitem(last=False)


_memories: WeakKeyDictionary[db.Database, _Memory] = WeakKeyDictionary()


def get_bill(organization: BilledOrganization, month: Month) -> Bill:
    """The month as issued, or as it stands. Raises `MonthInvalid` for a month to come, `PriceMissing`,
    `ProvinceMissing`."""
    memory = _memories.setdefault(db.current(), _Memory())
    with db.read() as reader:
        check_month(reader, organization, month)
        key = _key(reader, organization, month)
        known = memory.find(key)
        if known is not None:
            return known
        facts, books, cutoff = read_facts(reader, organization), read_books(reader, organization), reader.now
    try:
        bill = offload.run(build_bill, facts, books, month, cutoff)
    except NoPriceInForce:
        raise PriceMissing() from None
    except NoTaxes:
        raise ProvinceMissing() from None
    memory.keep(key, bill)
    return bill


def simulate_month(organization: BilledOrganization, month: Month, settings: Settings) -> tuple[Simulation, Simulation]:
    """As the month is, and as it would be by other terms."""
    bill = get_bill(organization, month)
    return offload.run(simulate, bill), offload.run(simulate, bill, settings)


def check_month(reader: Reader, organization: BilledOrganization, month: Month) -> None:
    if not EARLIEST <= month <= running_month(reader, organization):
        raise MonthInvalid()


def running_month(reader: Reader, organization: BilledOrganization) -> Month:
    return Month.of(clock.local_day(reader.now, organization.timezone))


def _key(reader: Reader, organization: BilledOrganization, month: Month) -> Hashable:
    """A closed month is what it was at its cutoff, whatever is recorded since."""
    cutoff = reader.execute(
        select(closings.c.effective_at).where(
            closings.c.organization_id == organization.id,
            closings.c.kind == "month",
            closings.c.period == month.first,
        )
    ).scalar()
    if cutoff is not None:
        return organization.id, month, cutoff
    today = clock.local_day(reader.now, organization.timezone)
    return organization.id, month, today, fingerprint(reader, organization)

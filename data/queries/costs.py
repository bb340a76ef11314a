"""What the option costs organizations this month, as it stands, for lists that show many of them: read together and
worked out off the server's loop, and remembered for as long as nothing is recorded that could change it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import select

from data import clock, db, offload
from data.access.billing import BilledOrganization
from data.billing.foresight import ForeseenMonth, foresee_month
from data.billing.rating import Facts, Month, NoPriceInForce
from data.billing.taxes import NoTaxes
from data.db import Reader
from data.ledgers import fingerprints, read_many_facts
from data.models import price_changes

REMEMBERED = 5_000

_memories: WeakKeyDictionary[db.Database, OrderedDict[Hashable, ForeseenMonth | None]] = WeakKeyDictionary()


def list_costs(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, ForeseenMonth | None]:
    """The running month of each; None where its price or its taxes are not known."""
    memory = _memories.setdefault(db.current(), OrderedDict())
    keys = _list_keys(reader, organizations)
    unknown = [organization for organization in organizations if keys[organization.id] not in memory]
    if unknown:
        for here, cost in offload.run(_rate, unknown, reader.now).items():
            memory[keys[here]] = cost
    found = {here: memory[key] for here, key in keys.items()}
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
    return found


def find_price_on(reader: Reader, day: date) -> int | None:
    """Of an employee and month, in 1/10000 $: that which is in force on the 1st of the day's month."""
    return reader.execute(
        select(price_changes.c.amount)
        .where(price_changes.c.effective_on <= day.replace(day=1))
        .order_by(price_changes.c.effective_on.desc(), price_changes.c.recorded_at.desc(), price_changes.c.id.desc())
        .limit(1)
    ).scalar()


def _list_keys(reader: Reader, organizations: Sequence[BilledOrganization]) -> dict[int, Hashable]:
    """Another day may be another month, or begin what was planned."""
    known = fingerprints(reader, organizations)
    days = {each.id: clock.local_day(reader.now, each.timezone) for each in organizations}
    return {each.id: (each.id, days[each.id], known[each.id]) for each in organizations}


def _rate(organizations: Sequence[BilledOrganization], now: datetime) -> dict[int, ForeseenMonth | None]:
    with db.read_apart() as reader:
        facts = read_many_facts(reader, organizations)
    return {here: _rate_one(each, now) for here, each in facts.items()}


def _rate_one(facts: Facts, now: datetime) -> ForeseenMonth | None:
    try:
        return foresee_month(facts, Month.of(clock.local_day(now, facts.timezone)), now)
    except (NoPriceInForce, NoTaxes):
        return None

"""What the months cost that the cost per active employee is told of: as billed, or as the running one stands."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from sqlalchemy import Select, Table, bindparam, case, func, literal, select, true, union_all

from data import clock, db
from data.access.billing import BilledOrganization, access_billed_organization
from data.access.usage import MeasuredOrganization
from data.billing.rating import Month
from data.db import Reader
from data.ledgers import LEDGERS, SHARED_LEDGERS
from data.models import documents
from data.prepared import Prepared
from data.queries.costs import list_costs
from data.usage.windows import Window, find_previous

REMEMBERED = 1_000
LAST = 1_000  # rows of a ledger

_memories: WeakKeyDictionary[db.Database, OrderedDict[Hashable, int | None]] = WeakKeyDictionary()

Costs = tuple[int | None, int | None]  # cents before taxes, of this period's month and of the one before's


def read_costs(reader: Reader, scope: MeasuredOrganization, window: Window) -> Costs:
    """None where nothing is billed: not closed yet, or nothing to bill."""
    organization = access_billed_organization(reader, scope.actor, scope.organization_id)
    months = [Month.of(window.to_on), Month.of(find_previous(window).to_on)]
    sign = case((documents.c.kind == "invoice", documents.c.subtotal_cents), else_=-documents.c.subtotal_cents)
    billed = dict(
        reader.execute(
            select(documents.c.period, func.sum(sign))
            .where(
                documents.c.organization_id == scope.organization_id,
                documents.c.period.in_([month.first for month in months]),
            )
            .group_by(documents.c.period)
        ).all()
    )
    running = Month.of(clock.local_day(reader.now, scope.timezone))
    if running in months:
        billed[running.first] = _foresee(reader, organization)
    found = [billed.get(month.first) for month in months]
    now, before = (None if cents is None else int(cents) for cents in found)
    return now, before


def _foresee(reader: Reader, organization: BilledOrganization) -> int | None:
    """The running month as it stands; remembered while nothing is recorded."""
    memory = _memories.setdefault(db.current(), OrderedDict())
    today = clock.local_day(reader.now, organization.timezone)
    key = organization.id, today, *map(tuple, _EXTENTS.list(reader, here=organization.id))
    if key not in memory:
        foreseen = list_costs(reader, [organization])[organization.id]
        memory[key] = foreseen.subtotal_cents if foreseen else None
        while len(memory) > REMEMBERED:
            memory.popitem(last=False)
    return memory[key]


def _extent(table: Table) -> Select[tuple[str, int, int]]:
    """Up to where it is written; and how many of the last ones there are, for those that come to light out of order."""
    mine = table.c.organization_id == bindparam("here") if table in LEDGERS else true()
    last = select(func.max(table.c.id)).where(mine).scalar_subquery()
    return select(literal(table.name), last, func.count()).where(mine, table.c.id > last - LAST)


_EXTENTS = Prepared(union_all(*map(_extent, (*LEDGERS, *SHARED_LEDGERS))))

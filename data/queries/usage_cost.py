"""What the months cost that the cost per active employee is told of: as billed, or as the running one stands."""

from __future__ import annotations

from sqlalchemy import case, func, select

from data import clock
from data.access.billing import access_billed_organization
from data.access.usage import MeasuredOrganization
from data.billing.rating import Month
from data.db import Reader
from data.models import documents
from data.queries.costs import list_costs
from data.usage.windows import Window, find_previous

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
        foreseen = list_costs(reader, [organization])[organization.id]
        billed[running.first] = foreseen.subtotal_cents if foreseen else None
    found = [billed.get(month.first) for month in months]
    now, before = (None if cents is None else int(cents) for cents in found)
    return now, before

"""What to look at before a month is closed: what forbids it, what asks for a person's eyes, what is good to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import and_, exists, func, not_, select

from data.access.billing import KeptOrganization
from data.billing.issued import Seller
from data.billing.rating import Month
from data.billing.settlement import Closing
from data.db import Reader
from data.duplicates import list_suspicions
from data.models import assignments, closings, employees, hold_changes, option_changes, people, person_merges

VARIANCE_LIMIT = 20  # per cent

Level = Literal["stop", "review", "note"]
Kind = Literal[
    "held",
    "duplicates",
    "seller_incomplete",
    "month_before_open",
    "variance",
    "without_service",
    "late_facts",
]


@dataclass(frozen=True)
class ChecklistItem:
    """`stop`: nobody closes; `review`: somebody looks, then closes by hand; `note`: nothing to do. `count`: how many,
    or how many per cent."""

    kind: Kind
    level: Level
    count: int = 0


def list_checklist(
    reader: Reader, organization: KeptOrganization, closing: Closing, seller: Seller
) -> list[ChecklistItem]:
    month = closing.closed.month
    found = [
        ChecklistItem("held", "stop", int(_is_held(reader, organization))),
        ChecklistItem("duplicates", "stop", len(list_suspicions(reader, organization.id))),
        ChecklistItem("seller_incomplete", "stop", sum(not value for value in _required(seller))),
        ChecklistItem("month_before_open", "review", int(_is_open(reader, organization, month.shift(-1)))),
        ChecklistItem("variance", "review", _find_variance(closing)),
        ChecklistItem("without_service", "note", _count_without_service(reader, organization, month)),
        ChecklistItem("late_facts", "note", sum(bool(each.difference_cents) for each in closing.restated)),
    ]
    return [item for item in found if item.count]


def _required(seller: Seller) -> tuple[str, ...]:
    return (seller.name, seller.gst_number, seller.qst_number)


def _is_held(reader: Reader, organization: KeptOrganization) -> bool:
    latest = (
        select(hold_changes.c.is_on)
        .where(hold_changes.c.organization_id == organization.id)
        .order_by(hold_changes.c.id.desc())
        .limit(1)
    )
    return bool(reader.execute(latest).scalar())


def _is_open(reader: Reader, organization: KeptOrganization, month: Month) -> bool:
    """The option was on by then, and the month has no closing."""
    began = reader.execute(
        select(func.min(option_changes.c.effective_at)).where(
            option_changes.c.organization_id == organization.id, option_changes.c.is_on
        )
    ).scalar()
    if began is None or date(began.year, began.month, began.day) > month.last:
        return False
    closed = select(closings.c.id).where(
        closings.c.organization_id == organization.id, closings.c.kind == "month", closings.c.period == month.first
    )
    return reader.execute(closed).first() is None


def _find_variance(closing: Closing) -> int:
    """How many per cent the month differs from the one before, where that is a lot; both ways."""
    if closing.previous is None or not closing.previous.subtotal_cents:
        return 0
    before, now = closing.previous.subtotal_cents, closing.rated.subtotal_cents
    percent = round(100 * abs(now - before) / before)
    return percent if percent > VARIANCE_LIMIT else 0


def _count_without_service(reader: Reader, organization: KeptOrganization, month: Month) -> int:
    """Employee files that nobody assigned to a service in the month."""
    there = exists(
        select(assignments.c.id).where(
            assignments.c.person_id == people.c.id,
            and_(
                assignments.c.starts_on <= month.last,
                assignments.c.ends_on.is_(None) | (assignments.c.ends_on >= month.first),
            ),
        )
    )
    ever = exists(select(assignments.c.id).where(assignments.c.person_id == people.c.id))
    merged = exists(select(person_merges.c.id).where(person_merges.c.person_id == people.c.id))
    found: int = reader.execute(
        select(func.count())
        .select_from(people)
        .join(employees, employees.c.person_id == people.c.id)
        .where(people.c.organization_id == organization.id, not_(there), not_(ever), not_(merged))
    ).scalar_one()
    return found

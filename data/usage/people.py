"""On which days people read, from their views. A day marked twice is the same."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, select

from data.aside import Aside
from data.models import conversations, organizations, views
from data.models.columns import Instant
from data.usage.marks import Write
from data.usage.tally import Place, Tally, mark
from data.usage.workbench import local_hour
from data.usage.writing import write


def load_readers(aside: Aside, after: datetime, upto: datetime) -> Write:
    """Those who worked in the conversation's service when they read."""
    tally = Tally()
    for organization, service, person_id, day in aside.execute(_READERS, {"after": after, "upto": upto}):
        mark(tally.read, Place(organization, service), person_id, day)
    return partial(write, aside, tally)


_READERS = (
    select(
        conversations.c.organization_id,
        conversations.c.service_id,
        views.c.person_id,
        (local_hour(views.c.viewed_at) // 24).label("day"),
    )
    .distinct()
    .select_from(
        views.join(conversations, conversations.c.id == views.c.conversation_id).join(
            organizations, organizations.c.id == views.c.organization_id
        )
    )
    .where(
        views.c.viewed_at > bindparam("after", type_=Instant),
        views.c.viewed_at <= bindparam("upto", type_=Instant),
        views.c.employed,
    )
)

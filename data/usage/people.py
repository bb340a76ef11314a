"""On which days people read, from their views. A day marked twice is the same."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import numpy as np
from sqlalchemy import bindparam, select

from data.aside import Aside
from data.models import conversations, organizations, views
from data.models.columns import Instant
from data.usage.counting import as_number
from data.usage.localtime import to_hours_of
from data.usage.marks import Write
from data.usage.sums import Tally, mark_people
from data.usage.workbench import fetch
from data.usage.writing import write


def load_readers(aside: Aside, after: datetime, upto: datetime) -> Write:
    """Those who worked in the conversation's service when they read."""
    organization, service, person, at = fetch(aside, _READ, {"after": after, "upto": upto}, 4)
    days = to_hours_of(organization, at, list_timezones(aside)) // 24
    found, numbers = np.unique(np.stack((organization, service)), axis=1, return_inverse=True)
    tally = Tally()
    places = list(zip(*found.tolist(), strict=True))
    mark_people(tally, places, numbers.ravel(), person, days, deed="read")
    return partial(write, aside, tally)


def list_timezones(aside: Aside) -> dict[int, str]:
    return {row.id: row.timezone for row in aside.execute(select(organizations.c.id, organizations.c.timezone))}


_READ = (
    select(conversations.c.organization_id, conversations.c.service_id, views.c.person_id, as_number(views.c.viewed_at))
    .join(conversations, conversations.c.id == views.c.conversation_id)
    .where(
        views.c.viewed_at > bindparam("after", type_=Instant),
        views.c.viewed_at <= bindparam("upto", type_=Instant),
        views.c.employed,
    )
)

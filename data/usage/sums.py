"""What the facts that are laid out add up to: the database reduces them, what is left is little."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Text, cast, func, select
from sqlalchemy.sql.functions import aggregate_strings

from data.aside import Aside
from data.usage.buckets import bucket_of
from data.usage.stats import Fact
from data.usage.tally import Place, Tally, mark
from data.usage.workbench import batch

_PLACE = (batch.c.organization_id, batch.c.service_id)
_FACT = (batch.c.source, batch.c.kind, batch.c.leads, batch.c.employed)
_DAY = (batch.c.hour // 24).label("day")

_FACTS = select(*_PLACE, batch.c.hour, *_FACT, func.count(), func.sum(batch.c.readers)).group_by(
    *_PLACE, batch.c.hour, *_FACT
)
# The steps of a day as one text, to be counted here: as rows they would be nearly as many as the messages.
_DELAYS = (
    select(*_PLACE, _DAY, *_FACT, aggregate_strings(cast(bucket_of(batch.c.delay), Text), " "))
    .where(batch.c.delay.is_not(None))
    .group_by(*_PLACE, _DAY, *_FACT)
)
_SENT = select(*_PLACE, batch.c.author_id, _DAY).where(batch.c.source == "sent", batch.c.employed).distinct()
_HEARD = select(*_PLACE, batch.c.conversation_id, _DAY).where(batch.c.source == "sent").distinct()


def _count_steps(text: str) -> dict[int, int]:
    return {int(step): count for step, count in Counter(text.split(" ")).items()}


def add_up(aside: Aside) -> Tally:
    tally = Tally()
    for organization, service, hour, *fact, count, readers in aside.execute(_FACTS):
        tally.add_facts(Place(organization, service), hour, Fact(*fact), count, int(readers or 0))
    for organization, service, day, *fact, steps in aside.execute(_DELAYS):
        tally.add_delays(Place(organization, service), day, Fact(*fact), _count_steps(steps))
    for organization, service, author_id, day in aside.execute(_SENT):
        mark(tally.sent, Place(organization, service), author_id, day)
    for organization, service, conversation_id, day in aside.execute(_HEARD):
        mark(tally.heard, Place(organization, service), conversation_id, day)
    return tally

"""Who did what in which service, for the figures of usage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select

from data.db import Reader
from data.models import usage_deeds
from data.usage.deeds import Deeds


def read_deeds(reader: Reader, service_ids: Sequence[int], first: date, last: date) -> Deeds:
    """Of the months from the one of `first` to the one of `last`."""
    wanted = {"services": list(service_ids), "first": first.replace(day=1), "last": last}
    rows = reader.execute(_DEEDS, wanted).all()
    return Deeds.build(sorted((month, service_id, value) for month, service_id, value in rows), service_ids)


_DEEDS = select(usage_deeds.c.month, usage_deeds.c.service_id, usage_deeds.c.people).where(
    usage_deeds.c.service_id.in_(bindparam("services", expanding=True)),
    usage_deeds.c.month.between(bindparam("first"), bindparam("last")),
)

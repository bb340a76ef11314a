"""Which past the database has: told in each welcome, so that a client notices when it is another one."""

from __future__ import annotations

from sqlalchemy import select

from data.db import Reader
from data.models import timelines
from data.prepared import Prepared

_GET = Prepared(select(timelines.c.name))


def get_timeline(reader: Reader) -> str:
    name: str = _GET.one(reader).name
    return name

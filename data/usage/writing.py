"""A tally into the tables, in the databases' own words: both understand them, Core has them for each apart and spends
more on a row than the database itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Executable, bindparam, select

from data.aside import Aside
from data.models import usage_deeds, usage_waits
from data.usage.localtime import to_date, to_text
from data.usage.records import PERSON, STEP, Records, add_steps, read_records, unite_people
from data.usage.sums import Tally

Row = tuple[Any, ...]
ToDay = Callable[[int], Any]


def write(aside: Aside, tally: Tally) -> None:
    to_day = to_text if aside.connection.dialect.name == "sqlite" else to_date
    counts = [(*key[:4], to_day(key[4]), key[5], value) for key, value in sorted(tally.counts.items())]
    upsert(aside, _ADD_COUNTS, counts)
    upsert(aside, _REPLACE_WAITS, _add_known_waits(aside, tally, to_day))
    upsert(aside, _REPLACE_DEEDS, _unite_known_deeds(aside, tally, to_day))
    heard = [
        (service, to_day(month), conversation, organization, days)
        for (service, month, conversation, organization), days in sorted(tally.heard.items())
    ]
    upsert(aside, _MARK_CONVERSATIONS, heard)


def _add_known_waits(aside: Aside, tally: Tally, to_day: ToDay) -> list[Row]:
    """What the tables hold of these days, months and quarters, with what comes to it."""
    known: dict[Row, Records] = {}
    for stat, grain in sorted({key[1:3] for key in tally.waits}):
        keys = [key for key in tally.waits if key[1:3] == (stat, grain)]
        rows = _list_known(aside, _KNOWN_WAITS, keys, 3, stat=stat, grain=grain)
        known |= {(service, stat, grain, on.toordinal()): read_records(STEP, value) for service, on, value in rows}
    return [
        (service, stat, grain, to_day(first), organization, _add(known.get(key[:4]), found).tobytes())
        for key, found in sorted(tally.waits.items(), key=lambda item: item[0])
        for service, stat, grain, first, organization in [key]
    ]


def _add(known: Records | None, new: Records) -> Records:
    return new if known is None else add_steps(known, new)


def _unite_known_deeds(aside: Aside, tally: Tally, to_day: ToDay) -> list[Row]:
    """Where somebody is marked who was not."""
    rows = _list_known(aside, _KNOWN_DEEDS, tally.deeds, 1)
    known = {(service, month.toordinal()): value for service, month, value in rows}
    found = []
    for (service, month, organization), new in sorted(tally.deeds.items(), key=lambda item: item[0]):
        before = known.get((service, month), b"")
        value = unite_people(read_records(PERSON, before), new).tobytes()
        if value != before:
            found.append((service, to_day(month), organization, value))
    return found


def _list_known(aside: Aside, statement: Executable, keys: Iterable[Row], day: int, **more: str) -> list[Any]:
    """Of the services and the span of days in the keys (a service, and at `day` a day): some more may be among them."""
    wanted = list(keys)
    if not wanted:
        return []
    days = [key[day] for key in wanted]
    services = sorted({key[0] for key in wanted})
    span = {"services": services, "first": to_date(min(days)), "last": to_date(max(days))}
    return list(aside.execute(statement, span | more).all())


_KNOWN_WAITS = select(usage_waits.c.service_id, usage_waits.c.starts_on, usage_waits.c.steps).where(
    usage_waits.c.service_id.in_(bindparam("services", expanding=True)),
    usage_waits.c.stat == bindparam("stat"),
    usage_waits.c.grain == bindparam("grain"),
    usage_waits.c.starts_on.between(bindparam("first"), bindparam("last")),
)
_KNOWN_DEEDS = select(usage_deeds.c.service_id, usage_deeds.c.month, usage_deeds.c.people).where(
    usage_deeds.c.service_id.in_(bindparam("services", expanding=True)),
    usage_deeds.c.month.between(bindparam("first"), bindparam("last")),
)


def upsert(aside: Aside, statement: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    mark = "?" if aside.connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(rows[0]))
    aside.connection.exec_driver_sql(statement.format(values=f"({marks})"), list(rows))


_ADD_COUNTS = (
    "INSERT INTO usage_counts (organization_id, service_id, stat, grain, starts_on, slot, value) VALUES {values}"
    " ON CONFLICT (organization_id, service_id, stat, grain, starts_on, slot)"
    " DO UPDATE SET value = usage_counts.value + excluded.value"
)
_REPLACE_WAITS = (
    "INSERT INTO usage_waits (service_id, stat, grain, starts_on, organization_id, steps) VALUES {values}"
    " ON CONFLICT (service_id, stat, grain, starts_on) DO UPDATE SET steps = excluded.steps"
)
_REPLACE_DEEDS = (
    "INSERT INTO usage_deeds (service_id, month, organization_id, people) VALUES {values}"
    " ON CONFLICT (service_id, month) DO UPDATE SET people = excluded.people"
)
_MARK_CONVERSATIONS = (
    "INSERT INTO usage_conversations (service_id, month, conversation_id, organization_id, days) VALUES {values}"
    " ON CONFLICT (service_id, month, conversation_id) DO UPDATE SET days = usage_conversations.days | excluded.days"
    " WHERE usage_conversations.days | excluded.days <> usage_conversations.days"
)

"""A tally into the tables, in the databases' own words: both understand them, Core has them for each apart and spends
more on a row than the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, insert, select

from data.aside import Aside
from data.models import usage_delays
from data.usage.buckets import pack, unpack
from data.usage.tally import DelayKey, Tally, to_date
from data.usage.workbench import delay_keys

Row = tuple[Any, ...]


def write(aside: Aside, tally: Tally) -> None:
    counts = [(*key[:4], to_date(key[4]), key[5], value) for key, value in sorted(tally.counts.items()) if value]
    _upsert(aside, _ADD_COUNTS, counts)
    _upsert(aside, _REPLACE_DELAYS, _add_known_delays(aside, tally))
    people = sorted(tally.read.keys() | tally.sent.keys())
    _upsert(
        aside,
        _MARK_PEOPLE,
        [(*key[:1], to_date(key.month), *key[2:], tally.read.get(key, 0), tally.sent.get(key, 0)) for key in people],
    )
    heard = [(*key[:1], to_date(key.month), *key[2:], days) for key, days in sorted(tally.heard.items())]
    _upsert(aside, _MARK_CONVERSATIONS, heard)


def _add_known_delays(aside: Aside, tally: Tally) -> list[Row]:
    """What the tables hold of these days and months, with what comes to it."""
    steps = {_describe(key): counted for key, counted in tally.delays.items()}
    for *key, text in _list_known(aside, list(steps)):
        steps[tuple(key)].update(unpack(text))
    return [(*key, pack(counted)) for key, counted in sorted(steps.items())]


def _describe(key: DelayKey) -> Row:
    service_id, stat, grain, starts_on, organization_id = key
    return service_id, stat, grain, to_date(starts_on), organization_id


def _list_known(aside: Aside, keys: Sequence[Row]) -> Sequence[Any]:
    if not keys:
        return ()
    names = ("service_id", "stat", "grain", "starts_on")
    aside.execute(insert(delay_keys), [dict(zip(names, key, strict=False)) for key in keys])
    found = aside.execute(_KNOWN).all()
    aside.execute(delay_keys.delete())
    return found


_KNOWN = select(
    usage_delays.c.service_id,
    usage_delays.c.stat,
    usage_delays.c.grain,
    usage_delays.c.starts_on,
    usage_delays.c.organization_id,
    usage_delays.c.steps,
).join(
    delay_keys,
    and_(*(usage_delays.c[name] == delay_keys.c[name] for name in ("service_id", "stat", "grain", "starts_on"))),
)


def _upsert(aside: Aside, statement: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    on_sqlite = aside.connection.dialect.name == "sqlite"
    marks = ", ".join(["?" if on_sqlite else "%s"] * len(rows[0]))
    if on_sqlite:
        rows = [tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in rows]
    aside.connection.exec_driver_sql(statement.format(values=f"({marks})"), list(rows))


_ADD_COUNTS = (
    "INSERT INTO usage_counts (organization_id, service_id, stat, grain, starts_on, slot, value) VALUES {values}"
    " ON CONFLICT (organization_id, service_id, stat, grain, starts_on, slot)"
    " DO UPDATE SET value = usage_counts.value + excluded.value"
)
_REPLACE_DELAYS = (
    "INSERT INTO usage_delays (service_id, stat, grain, starts_on, organization_id, steps) VALUES {values}"
    " ON CONFLICT (service_id, stat, grain, starts_on) DO UPDATE SET steps = excluded.steps"
)
_MARK_PEOPLE = (
    "INSERT INTO usage_people (service_id, month, person_id, organization_id, read_days, sent_days) VALUES {values}"
    " ON CONFLICT (service_id, month, person_id) DO UPDATE"
    " SET read_days = usage_people.read_days | excluded.read_days,"
    " sent_days = usage_people.sent_days | excluded.sent_days"
    " WHERE usage_people.read_days | excluded.read_days <> usage_people.read_days"
    " OR usage_people.sent_days | excluded.sent_days <> usage_people.sent_days"
)
_MARK_CONVERSATIONS = (
    "INSERT INTO usage_conversations (service_id, month, conversation_id, organization_id, days) VALUES {values}"
    " ON CONFLICT (service_id, month, conversation_id) DO UPDATE SET days = usage_conversations.days | excluded.days"
    " WHERE usage_conversations.days | excluded.days <> usage_conversations.days"
)

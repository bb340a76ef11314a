"""A tally into the tables, in the databases' own words: both understand them, Core has them for each apart and spends
more on a row than the database itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from data.aside import Aside
from data.models import usage_delays
from data.usage.buckets import pack, unpack
from data.usage.localtime import to_date, to_text
from data.usage.sums import MarkKey, Tally

Row = tuple[Any, ...]
ToDay = Callable[[int], Any]


def write(aside: Aside, tally: Tally) -> None:
    to_day = to_text if aside.connection.dialect.name == "sqlite" else to_date
    counts = [(*key[:4], to_day(key[4]), key[5], value) for key, value in sorted(tally.counts.items())]
    _upsert(aside, _ADD_COUNTS, counts)
    _upsert(aside, _REPLACE_DELAYS, _add_known_delays(aside, tally, to_day))
    everybody = sorted(tally.read.keys() | tally.sent.keys())
    people = [(*_describe(key, to_day), tally.read.get(key, 0), tally.sent.get(key, 0)) for key in everybody]
    _upsert(aside, _MARK_PEOPLE, people)
    heard = [(*_describe(key, to_day), days) for key, days in sorted(tally.heard.items())]
    _upsert(aside, _MARK_CONVERSATIONS, heard)


def _describe(key: MarkKey, to_day: ToDay) -> Row:
    service_id, month, marked_id, organization_id = key
    return service_id, to_day(month), marked_id, organization_id


def _add_known_delays(aside: Aside, tally: Tally, to_day: ToDay) -> list[Row]:
    """What the tables hold of these days and months, with what comes to it."""
    ranges: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
    for service_id, stat, grain, first_day, _ in tally.delays:
        ranges[service_id, stat, grain].append(first_day)
    known = {key: text for about, days in ranges.items() for key, text in _list_known(aside, about, days)}
    rows = []
    for key, steps in sorted(tally.delays.items()):
        service_id, stat, grain, first_day, organization_id = key
        row = service_id, stat, grain, to_day(first_day), organization_id
        rows.append((*row, _add_steps(steps, known.get(key[:4]))))
    return rows


def _list_known(aside: Aside, about: tuple[int, str, str], days: Sequence[int]) -> Iterator[tuple[Any, str]]:
    bounds = {"first": to_date(min(days)), "last": to_date(max(days))}
    named = dict(zip(("service", "stat", "grain"), about, strict=True))
    for starts_on, text in aside.execute(_KNOWN, named | bounds):
        yield (*about, starts_on.toordinal()), text


def _add_steps(steps: Mapping[int, int], known: str | None) -> str:
    return pack(steps if known is None else Counter(unpack(known)) + Counter(steps))


_KNOWN = select(usage_delays.c.starts_on, usage_delays.c.steps).where(
    usage_delays.c.service_id == bindparam("service"),
    usage_delays.c.stat == bindparam("stat"),
    usage_delays.c.grain == bindparam("grain"),
    usage_delays.c.starts_on.between(bindparam("first"), bindparam("last")),
)


def _upsert(aside: Aside, statement: str, rows: Sequence[Row]) -> None:
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

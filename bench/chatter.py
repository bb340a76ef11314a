"""Millions of messages for measuring: the texts and the arrival pattern of a real corpus where it is at hand (bursts,
nights, weekends), else made up. Written straight into the tables, as a year or two of use would have left them."""

from __future__ import annotations

import json
import lzma
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.servers import ROOT
from data import clock, db, migrations
from data.models import (
    app_openings,
    assignments,
    conversations,
    employees,
    option_changes,
    organizations,
    people,
    services,
)

CORPUS = ROOT.parent / "shared" / "data" / "chat_corpus_fcc" / "chat_corpus.jsonl.xz"
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
BEGAN = NOW - timedelta(weeks=110)
WEEK = 7 * 24 * 3_600_000
OPENED = [BEGAN + timedelta(days=45 * number) for number in range(17)]
SERVICES, EMPLOYEES, CONVERSATIONS = 100, 10_000, 1_000
DELETED_EVERY, READERS_EACH = 97, 3

Said = tuple[int, int, str]  # milliseconds, sender, text


@dataclass(frozen=True)
class Source:
    """What was really said, in order, moved by whole weeks to end lately: the same weekdays and hours."""

    said: list[Said]
    is_real: bool


def read_source() -> Source:
    if not CORPUS.exists():
        return Source(list(_make_up()), is_real=False)
    senders: dict[str, int] = {}
    said: list[Said] = []
    with lzma.open(CORPUS) as lines:
        for line in lines:
            message = json.loads(line)
            at = clock.to_ms(datetime.fromisoformat(message["ts"]))
            said.append((at, senders.setdefault(message["sender"], len(senders)), message["text"]))
    said.sort()
    weeks = (clock.to_ms(NOW) - said[-1][0]) // WEEK
    return Source([(at + weeks * WEEK, sender, text) for at, sender, text in said], is_real=True)


def _make_up() -> Iterator[Said]:
    """People write by day, in bursts."""
    chance = random.Random(4)
    at = clock.to_ms(BEGAN)
    for number in range(200_000):
        quiet = 20 if clock.from_ms(at).hour in range(3, 10) else 1
        at += int(chance.expovariate(1 / 60_000) * quiet * chance.choice((1, 1, 1, 20)))
        yield at, int(chance.paretovariate(1)), f"Qui peut me remplacer jeudi ? ({number})" * chance.randint(1, 3)


def write(path: Path, count: int, source: Source) -> None:
    """An organization of 100 services and 10,000 employees who wrote `count` messages in 1,000 public conversations,
    looked at three times for each ten."""
    url = f"sqlite:///{path}"
    migrations.upgrade(url)
    db.connect(url)
    with db.unit_of_work() as uow:
        for table, rows in _list_rows():
            uow.execute(insert(table), list(rows))
    db.current().dispose()
    _write_messages(path, count // CONVERSATIONS, source)


def _list_rows() -> Iterator[tuple[Any, Iterator[dict[str, Any]]]]:
    own: dict[str, Any] = {"organization_id": 1}
    yield organizations, iter([_organization()])
    yield (
        option_changes,
        iter([own | {"is_on": True, "effective_at": BEGAN, "recorded_at": BEGAN, "ticket": "T", "requested_by": "X"}]),
    )
    yield services, (own | {"id": n, "code": f"s{n:03}", "name": f"Service {n}"} for n in range(1, SERVICES + 1))
    named = {"family_name": "Tremblay", "search_name": "x", "is_administrator": False, "created_at": BEGAN}
    everybody = range(1, EMPLOYEES + 1)
    yield people, (own | named | {"id": n, "given_name": f"P{n}"} for n in everybody)
    yield employees, (own | {"person_id": n, "number": str(n)} for n in everybody)
    works = {"starts_on": BEGAN.date(), "is_primary": True}
    yield assignments, (own | works | {"person_id": n, "service_id": _service_of(n)} for n in everybody)
    opened = ({"person_id": n, "effective_at": at, "recorded_at": at} for n in everybody for at in OPENED)
    yield app_openings, (own | opening for opening in opened)
    place = {"kind": "public", "search_name": "x", "created_at": BEGAN, "active_at": NOW}
    yield (
        conversations,
        (
            own | place | {"id": n, "service_id": _service_of(n), "name": f"C{n}", "created_by": _service_of(n)}
            for n in range(1, CONVERSATIONS + 1)
        ),
    )


def _service_of(number: int) -> int:
    return (number - 1) % SERVICES + 1


def _organization() -> dict[str, Any]:
    return {
        "id": 1, "code": "o1", "name": "Organization", "province": "QC", "timezone": "America/Toronto",
        "language": "fr", "rights_version": 1, "created_at": BEGAN,
    }  # fmt: skip


def _write_messages(path: Path, each: int, source: Source) -> None:
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for conversation in range(1, CONVERSATIONS + 1):
            connection.execute("BEGIN")
            connection.executemany(_MESSAGE, _list_messages(conversation, each, source))
            connection.executemany(_VIEW, _list_views(conversation, each, source))
            connection.execute(_END, (each, each + each // DELETED_EVERY, conversation))
            connection.execute("COMMIT")
    connection.close()


def _list_messages(conversation: int, each: int, source: Source) -> Iterator[tuple[Any, ...]]:
    service = _service_of(conversation)
    for ordinal, (at, sender, text) in enumerate(_list_said(conversation, each, source), start=1):
        author = (sender % (EMPLOYEES // SERVICES)) * SERVICES + service
        is_deleted = ordinal % DELETED_EVERY == 0
        yield (
            conversation, ordinal, author, "text", "" if is_deleted else text, f"r{ordinal}", at,
            at + 1000 if is_deleted else None, each + ordinal // DELETED_EVERY if is_deleted else None, 1, True,
            author <= SERVICES,
        )  # fmt: skip


def _list_said(conversation: int, each: int, source: Source) -> list[Said]:
    """A stretch of what was said, another for each conversation."""
    if each > len(source.said):
        raise SystemExit(f"At most {len(source.said) * CONVERSATIONS:,} messages.")
    start = conversation * 7919 % (len(source.said) - each + 1)
    return source.said[start : start + each]


def _list_views(conversation: int, each: int, source: Source) -> Iterator[tuple[Any, ...]]:
    """Some of the service look at each tenth message a few minutes later."""
    service = _service_of(conversation)
    for ordinal, (at, sender, _) in enumerate(_list_said(conversation, each, source), start=1):
        if ordinal % 10 == 0:
            for reader in range(READERS_EACH):
                person = ((sender + reader * 7 + ordinal) % (EMPLOYEES // SERVICES)) * SERVICES + service
                yield conversation, at + 240_000 * (reader + 1), person, ordinal, 1, True


_MESSAGE = (
    "INSERT INTO messages (conversation_id, ordinal, author_id, kind, text, ref, created_at, deleted_at, changed_seq,"
    " organization_id, author_employed, author_leads) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_VIEW = "INSERT OR IGNORE INTO views VALUES (?, ?, ?, ?, ?, ?)"
_END = "UPDATE conversations SET last_ordinal = ?, last_seq = ? WHERE id = ?"

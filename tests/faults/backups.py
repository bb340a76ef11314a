"""A backup taken while people write holds one instant: a conversation up to some message, nothing before it missing."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from data.copying import copy_database
from tests.faults.crowd import Verdict, judge
from tests.faults.gathering import Gathering
from tests.faults.power import read_refs, remember
from tests.server import Server


@dataclass(frozen=True)
class Backup:
    """`verdict`: of what was acknowledged before it began. `counted`: its conversation counts the messages it has.
    `seconds` it took."""

    verdict: Verdict
    counted: bool
    messages: int
    seconds: float


def take_and_restore(server: Server, folder: Path) -> Backup:
    gathering = Gathering([server])
    try:
        gathering.await_acknowledged(100)
        promised, started = remember(gathering.writers), time.monotonic()
        backup, restored = folder / "backup.db", folder / "restored.db"
        copy_database(server.environment["DATABASE_URL"], f"sqlite:///{backup}")
        seconds = time.monotonic() - started
        gathering.await_everybody()
        copy_database(f"sqlite:///{backup}", f"sqlite:///{restored}", turns_back=True)
        gathering.end()
    finally:
        gathering.give_up()
    stored = read_refs(restored, gathering.conversation_id)
    with contextlib.closing(sqlite3.connect(restored)) as connection:
        query = "SELECT last_ordinal FROM conversations WHERE id = ?"
        (last,) = connection.execute(query, (gathering.conversation_id,)).fetchone()
    return Backup(judge(promised, (), stored), last == len(stored), len(stored), seconds)

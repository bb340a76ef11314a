"""Units of work: whole or not at all, published in the order of their commits, never half seen."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import DBAPIError

from data import db
from data.errors import TextBlank, Unavailable
from data.models import accounts, option_changes
from data.realtime.events import ConversationDeleted, to_person
from data.relay import Relay
from tests.conftest import Moment
from tests.factories import World, listening


def count_accounts() -> int:
    with db.read() as reader:
        return int(reader.execute(select(func.count()).select_from(accounts)).scalar_one())


def add_account(uow: db.UnitOfWork, email: str) -> None:
    uow.execute(insert(accounts).values(email=email, created_at=uow.now))


def test_a_refused_unit_leaves_nothing_and_says_nothing(database: db.Database, moment: Moment) -> None:
    with listening() as heard, pytest.raises(TextBlank), db.unit_of_work() as uow:
        add_account(uow, "a@example.org")
        uow.emit(to_person(1), ConversationDeleted(1))
        raise TextBlank()
    assert count_accounts() == 0
    assert heard == []


def test_a_refusal_among_others_takes_nothing_of_theirs(database: db.Database, moment: Moment) -> None:
    """Many units share one commit on SQLite; each stands or falls alone."""
    ready = threading.Barrier(20)

    def work(number: int) -> None:
        ready.wait()
        try:
            with db.unit_of_work() as uow:
                add_account(uow, f"{number}@example.org")
                if number % 3 == 0:
                    raise TextBlank()
        except TextBlank:
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_accounts() == sum(number % 3 != 0 for number in range(20))


def test_events_are_published_after_the_commit_in_its_order(database: db.Database, moment: Moment) -> None:
    seen: list[tuple[int, int]] = []

    def listen(batch: list[object]) -> None:
        seen.extend((emitted.event.conversation_id, count_accounts()) for emitted in batch)  # type: ignore[attr-defined]

    from data.realtime import bus

    stop = bus.listen(listen)  # type: ignore[arg-type]
    try:
        for number in range(1, 4):
            with db.unit_of_work() as uow:
                add_account(uow, f"{number}@example.org")
                uow.emit(to_person(1), ConversationDeleted(number))
    finally:
        stop()
    assert seen == [(1, 1), (2, 2), (3, 3)]


def test_a_reader_sees_nothing_of_an_unfinished_unit(database: db.Database, moment: Moment) -> None:
    with db.unit_of_work() as uow:
        add_account(uow, "a@example.org")
        assert count_accounts() == 0
    assert count_accounts() == 1


def test_a_unit_inside_a_unit_is_refused_rather_than_waiting_for_itself(sqlite: db.Database, moment: Moment) -> None:
    with pytest.raises(RuntimeError, match="inside another"), db.unit_of_work(), db.unit_of_work():
        pass
    with db.unit_of_work() as uow:
        add_account(uow, "after@example.org")
    assert count_accounts() == 1


def test_reading_cannot_write(sqlite: db.Database, moment: Moment) -> None:
    with pytest.raises(Unavailable), db.read() as reader:
        reader.execute(insert(accounts).values(email="a@example.org", created_at=reader.now))


def test_a_database_locked_by_another_process_is_waited_for(
    sqlite: db.Database, moment: Moment, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waiting = threading.Event()

    def release() -> None:
        waiting.wait()
        other.execute("COMMIT")

    thread = threading.Thread(target=release)
    thread.start()
    waiting.set()
    with db.unit_of_work() as uow:
        add_account(uow, "a@example.org")
    thread.join()
    other.close()
    assert count_accounts() == 1


def test_a_database_locked_for_too_long_is_refused_politely(
    sqlite: db.Database, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_PATIENCE", 0.05)
    other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable), db.unit_of_work() as uow:
        add_account(uow, "a@example.org")
    other.execute("COMMIT")
    other.close()
    with db.unit_of_work() as uow:
        add_account(uow, "b@example.org")
    assert count_accounts() == 1


def test_whoever_waits_behind_others_for_a_locked_database_waits_no_longer_than_they(
    sqlite: db.Database, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_PATIENCE", 0.4)
    other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited = []

    def work(number: int) -> None:
        started = time.monotonic()
        with pytest.raises(Unavailable), db.unit_of_work() as uow:
            add_account(uow, f"{number}@example.org")
        waited.append(time.monotonic() - started)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(waited) == 8
    assert max(waited) < 8 * 0.4 / 2  # one after the other it would be eight times


def test_a_disk_that_undoes_a_whole_group_is_told_to_all_who_were_in_it(
    sqlite: db.Database, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite may roll everything back by itself when it cannot write; whoever comes next begins anew."""

    def join_and_fail(_seconds: float) -> None:
        monkeypatch.undo()
        with pytest.raises(Unavailable), db.unit_of_work() as uow:
            uow.driver.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")
        with db.unit_of_work() as uow:
            add_account(uow, "after@example.org")

    monkeypatch.setattr(db.time, "sleep", join_and_fail)
    with listening() as heard, pytest.raises(Unavailable), db.unit_of_work() as uow:
        add_account(uow, "before@example.org")
        uow.emit(to_person(1), ConversationDeleted(1))
    assert heard == []
    with db.read() as reader:
        assert reader.execute(select(accounts.c.email)).scalars().all() == ["after@example.org"]


def test_what_was_kept_without_an_answer_is_told_here_all_the_same(postgres_url: str) -> None:
    """The connection broke after the COMMIT: its author is told to send it again, and the others hear of it once."""
    database = db.PostgresDatabase(postgres_url)
    told: list[object] = []
    relay = Relay(database, lambda batch: told.extend(each.event for each in batch))

    def break_after(connection: Connection) -> None:
        connection.connection.driver_connection.commit()  # type: ignore[union-attr]
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    event.listen(database._engine, "commit", break_after)
    with pytest.raises(psycopg.OperationalError), database.unit_of_work() as uow:
        uow.emit(to_person(1), ConversationDeleted(1))
    relay._look()
    relay._look()
    database.dispose()
    assert told == [ConversationDeleted(1)]


def test_a_pool_without_a_free_connection_refuses_politely(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_PATIENCE", 0.05)
    database = db.PostgresDatabase(postgres_url)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(database.read())
        with pytest.raises(Unavailable), database.read():
            pass
    database.dispose()


def test_sqlite_survives_a_power_cut_by_its_settings(sqlite: db.Database) -> None:
    """WAL with synchronous=FULL: anything less loses acknowledged messages (measured)."""
    with db.unit_of_work() as uow:
        pragmas = [
            uow.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


@pytest.mark.parametrize("change", ["UPDATE option_changes SET is_on = false", "DELETE FROM option_changes"])
def test_facts_can_be_neither_changed_nor_taken_away(world: World, change: str) -> None:
    with pytest.raises((DBAPIError, Unavailable)), db.unit_of_work() as uow:
        uow.connection.exec_driver_sql(change)
    with db.read() as reader:
        assert reader.execute(select(option_changes.c.is_on)).scalars().all() == [True]


def test_a_job_is_done_by_one_process_at_a_time(postgres_url: str) -> None:
    here, there = db.PostgresDatabase(postgres_url), db.PostgresDatabase(postgres_url)
    try:
        with here.alone("books") as is_here, there.alone("books") as is_there, there.alone("usage") as is_elsewhere:
            assert (is_here, is_there, is_elsewhere) == (True, False, True)
        with there.alone("books") as is_there:
            assert is_there
    finally:
        here.dispose()
        there.dispose()

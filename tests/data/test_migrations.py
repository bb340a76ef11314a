"""The migrations make the tables that the models declare, on both databases, and can be run again."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, create_engine, func, select, update

from data import db, migrations
from data.models import APPEND_ONLY, employees, metadata, people
from data.models.columns import Instant
from tests.factories import World
from tests.usage_recount import read_figures


def differences(engine: Engine) -> list[Any]:
    def compare_type(_context: Any, _inspected: Any, declared: Any, _found: Any, type_: Any) -> bool | None:
        return False if isinstance(type_, Instant) else None

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
        return list(compare_metadata(context, metadata))


def test_migrations_make_what_the_models_declare_on_sqlite(sqlite_template: Path) -> None:
    engine = create_engine(f"sqlite:///{sqlite_template}")
    assert differences(engine) == []
    engine.dispose()


def test_migrations_make_what_the_models_declare_on_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    assert differences(engine) == []
    engine.dispose()


def test_a_second_upgrade_does_nothing(sqlite_template: Path) -> None:
    assert migrations.upgrade(f"sqlite:///{sqlite_template}") is False


def test_two_processes_that_start_at_once_bring_the_tables_up_to_date_once(fresh_postgres: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(migrations.upgrade, [fresh_postgres] * 3)) == [False, False, True]
    assert migrations.is_current(fresh_postgres)


def test_search_names_lose_their_numbers(world: World) -> None:
    kitchen = world.add_service("cuisine")
    written = {"Léa Cœur": "lea coeur", "Karim Benali": "karim benali"}
    for name in written:
        world.hire(name, kitchen, app=False)
    step = ScriptDirectory.from_config(migrations.make_config("sqlite://")).get_revision("0004").module
    with db.unit_of_work() as uow:
        number = select(employees.c.number).where(employees.c.person_id == people.c.id).scalar_subquery()
        uow.execute(update(people).values(search_name=people.c.search_name + " " + func.coalesce(number, "")))
        with Operations.context(MigrationContext.configure(uow.connection)):
            step.upgrade()
        found = set(uow.execute(select(people.c.search_name)).scalars())
    assert found == {*written.values(), "ada ministre"}


def test_every_tenant_table_says_whose_it_is() -> None:
    shared = {"organizations", "accounts", "vendor_staff", "sessions", "audit_entries"}
    shared |= {"outbox"}  # events of any organization, for minutes
    shared |= {"price_changes", "tax_rate_changes", "document_counters"}  # the vendor's own
    shared |= {"usage_marks"}  # how far the whole database has been counted
    shared |= {"push_keys"}  # the server's own
    shared |= {"timelines"}  # of the whole database
    shared |= {"sign_in_failures", "sign_in_places"}  # before it is known who comes
    shared |= {"processes", "job_runs"}  # how the servers do
    for name, table in metadata.tables.items():
        column: Column[Any] | None = table.c.get("organization_id")
        if name in shared:
            continue
        assert column is not None, name
        assert not column.nullable, name


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_facts_carry_when_they_hold_and_when_they_were_told(table: str) -> None:
    if table == "audit_entries":
        assert {"at", "hash", "previous_hash"} <= set(metadata.tables[table].c.keys())
        return
    columns = set(metadata.tables[table].c.keys())
    assert "recorded_at" in columns
    assert {"effective_at", "effective_on"} & columns


def test_what_was_counted_row_by_row_is_the_same_in_records(tmp_path: Path) -> None:
    """Two people in two months of a service, delays of two months of a quarter, a count of each, and spells."""
    url = f"sqlite:///{tmp_path / 'before.db'}"
    command.upgrade(migrations.make_config(url), "0015")
    with sqlite3.connect(tmp_path / "before.db") as before:
        before.executescript(COUNTED_BY_ROWS)
    before.close()
    migrations.upgrade(url)
    db.connect(url)
    found = read_figures()
    db.current().dispose()
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert found.read == {(1, 7, november), (1, 7, date(2026, 11, 3)), (1, 8, november)}
    assert found.sent == {(1, 8, october)}
    assert found.equipped == {(7, november + number * timedelta(1)) for number in (0, 1, 4)}
    months = {(1, "first_reply", "month", october): {5: 2, 900: 1}, (1, "first_reply", "month", november): {5: 1}}
    assert found.delays == months | {(1, "first_reply", "qtr", october): {5: 3, 900: 1}}
    by_hour = {(1, 1, "public_messages", "month", november, 20): 4}
    assert found.counts == by_hour | {
        (1, 1, "group_messages", grain, on, -1): value
        for grain, on, value in (("month", october, 2), ("month", november, 3), ("qtr", october, 5))
    }


COUNTED_BY_ROWS = """
    PRAGMA foreign_keys = OFF;
    INSERT INTO usage_people (service_id, month, person_id, organization_id, read_days, sent_days) VALUES
        (1, '2026-11-01', 7, 1, 5, 0), (1, '2026-11-01', 8, 1, 1, 0), (1, '2026-10-01', 8, 1, 0, 1);
    INSERT INTO usage_delays (service_id, stat, grain, starts_on, organization_id, steps) VALUES
        (1, 'first_reply', 'month', '2026-10-01', 1, '{"5":2,"900":1}'),
        (1, 'first_reply', 'month', '2026-11-01', 1, '{"5":1}');
    INSERT INTO usage_counts (organization_id, service_id, stat, grain, starts_on, slot, value) VALUES
        (1, 1, 'group_messages', 'month', '2026-10-01', 0, 2), (1, 1, 'group_messages', 'month', '2026-11-01', 0, 3),
        (1, 1, 'public_messages', 'month', '2026-11-01', 20, 4);
    INSERT INTO usage_equipment (person_id, from_on, until_on, organization_id) VALUES
        (7, '2026-11-01', '2026-11-02', 1), (7, '2026-11-05', '2026-11-05', 1);
"""

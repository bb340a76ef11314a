"""The migrations make the tables that the models declare, on both databases, and can be run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, create_engine, func, select, update

from data import db, migrations
from data.models import APPEND_ONLY, employees, metadata, people
from data.models.columns import Instant
from tests.factories import World


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

"""A prepared statement says what Core would say, within the transaction, and keeps people's words out of errors."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime

import psycopg
import pytest
from sqlalchemy import bindparam, insert, literal_column, select, update

from data import db
from data.errors import Unavailable
from data.models import accounts, assignments, people
from data.prepared import Prepared
from tests.conftest import Moment
from tests.factories import World

PEOPLE = select(
    people.c.id, people.c.given_name, people.c.is_administrator, people.c.equipped_until, people.c.created_at
).where(people.c.organization_id == bindparam("here"), people.c.id >= bindparam("first"))


def test_rows_are_those_of_core(world: World) -> None:
    kitchen = world.add_service("cuisine")
    world.hire("Léa Roy", kitchen)
    world.hire("Tuan Pham", kitchen, app=False)
    given = {"here": world.organization_id, "first": 1}
    with db.read() as reader:
        expected = [tuple(row) for row in reader.execute(PEOPLE.order_by(people.c.id), given)]
        rows = Prepared(PEOPLE.order_by(people.c.id)).list(reader, **given)
        assert [tuple(row) for row in rows] == expected
        assert {type(row.is_administrator) for row in rows} == {bool}
        assert {row.created_at.tzinfo for row in rows} == {UTC}
        days = Prepared(select(assignments.c.starts_on).where(assignments.c.starts_on <= bindparam("day")))
        assert {row.starts_on for row in days.list(reader, day=date(2026, 1, 1))} == {date(2024, 1, 8)}
        assert Prepared(PEOPLE).one_or_none(reader, here=0, first=1) is None


def test_what_it_writes_is_of_the_unit(world: World) -> None:
    write = Prepared(insert(accounts).values(email=bindparam("address"), created_at=bindparam("created_at")))
    with pytest.raises(ZeroDivisionError), db.unit_of_work() as uow:
        write.run(uow, address="a@example.org", created_at=uow.now)
        assert uow.execute(select(accounts.c.email).where(accounts.c.email == "a@example.org")).all()
        raise ZeroDivisionError
    with db.read() as reader:
        assert not reader.execute(select(accounts.c.id).where(accounts.c.email == "a@example.org")).all()


def test_returning_gives_what_the_database_made(world: World) -> None:
    change = Prepared(
        update(accounts)
        .where(accounts.c.id == bindparam("wanted"))
        .values(deactivated_at=bindparam("at"))
        .returning(accounts.c.id, accounts.c.deactivated_at)
    )
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    with db.unit_of_work() as uow:
        row = change.one(uow, wanted=world.administrator.account_id, at=at)
    assert tuple(row) == (world.administrator.account_id, at)


def test_an_error_does_not_repeat_what_was_written(sqlite_world: World) -> None:
    broken = Prepared(
        insert(accounts).values(id=bindparam("key"), email=bindparam("address"), created_at=bindparam("at"))
    )
    with pytest.raises(Exception, match="accounts") as refused, db.unit_of_work() as uow:
        broken.run(uow, key=sqlite_world.administrator.account_id, address="secret@example.org", at=uow.now)
    assert "secret" not in str(refused.value)
    assert not isinstance(refused.value, Unavailable)


def test_connections_that_the_server_ended_refuse_once_and_not_one_after_the_other(
    fresh_postgres: str, moment: Moment
) -> None:
    """The first that finds its connection lost lets go of the others, too."""
    one = Prepared(select(literal_column("1").label("one")))
    database = db.connect(fresh_postgres)
    try:
        with ExitStack() as stack:
            for _ in range(4):
                one.list(stack.enter_context(database.read()))
        with psycopg.connect(fresh_postgres.replace("+psycopg", ""), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        refused = 0
        for _ in range(8):
            try:
                with database.read() as reader:
                    assert one.one(reader).one == 1
            except Unavailable:
                refused += 1
        assert refused <= 1
    finally:
        database.dispose()


def test_a_parameter_that_is_forgotten_is_no_null(world: World) -> None:
    with pytest.raises(Exception, match="wanted"), db.read() as reader:
        Prepared(select(accounts.c.id).where(accounts.c.id == bindparam("wanted"))).list(reader)

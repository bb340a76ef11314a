"""The whole content of one database into another of either kind: moving to PostgreSQL, backing up, restoring.

Tables in the order of their references, rows in the order of their keys, a thousand in each transaction. The copy notes
in the target where it comes from; interrupted anywhere it goes on where it stopped, from the same source alone. At the
end every table is read on both sides and must be the same, row by row."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    String,
    Table,
    column,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    table,
    text,
    tuple_,
    update,
)

from data import clock, migrations
from data.models import metadata, organizations, outbox, push_devices, push_keys, push_notices, timelines

AT_ONCE = 1_000
UNCOPIED = {outbox.name}  # what passes between processes; nobody listens in a copy
NOTE = table("copying", column("source", String))

Told = Callable[[int, int], None]


class CopyRefused(Exception):
    """In words for whoever is at the console."""


def copy_database(
    source_url: str,
    target_url: str,
    told: Told = lambda done, total: None,
    *,
    turns_back: bool = False,
    forgets_devices: bool = False,
) -> int:
    """The number of rows. `told(rows done, rows in all)` after each step. `turns_back`: the target goes on from an
    older state, which its clients must notice. `forgets_devices`: nobody is notified from the target before they open
    the application there."""
    migrations.upgrade(target_url)
    with _open_source(source_url) as source, _open_target(target_url) as target:
        tables = [each for each in metadata.sorted_tables if each.name not in UNCOPIED]
        _begin(target, tables, _describe(source_url))
        total = sum(_count(source, each) for each in tables)
        done = 0
        for each in tables:
            for rows in _copy_table(source, target, each):
                done += rows
                told(done, total)
        _number_on(target, tables)
        _check_same(source, target, tables)
        with target.begin() as connection:
            if turns_back:
                connection.execute(update(timelines).values(name=secrets.token_hex(8)))
            if forgets_devices:
                _forget_devices(connection)
            connection.execute(text("DROP TABLE copying"))
    return total


def _forget_devices(connection: Connection) -> None:
    """Neither the phones nor the key by which they know the server: a copy to try things on would write to real people,
    in their employer's name."""
    connection.execute(delete(push_notices))
    connection.execute(
        update(push_devices)
        .where(push_devices.c.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_reason="restored")
    )
    connection.execute(delete(push_keys))


def _describe(url: str) -> str:
    """Tells sources apart without keeping a password."""
    return hashlib.sha256(url.encode()).hexdigest()


@contextmanager
def _open_source(url: str) -> Iterator[Connection]:
    """One instant of it, however long the copy takes and whatever is written meanwhile."""
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_us_begin)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    else:
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _open_target(url: str) -> Iterator[Engine]:
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_us_begin)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        yield engine
    finally:
        engine.dispose()


def _let_us_begin(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _begin(target: Engine, tables: list[Table], source: str) -> None:
    """Go on with a copy from the same source, or start one in a database where nobody is yet."""
    with target.begin() as connection:
        if inspect(connection).has_table(NOTE.name):
            if connection.execute(select(NOTE.c.source)).scalar_one() != source:
                raise CopyRefused("the target holds a copy, not finished, of another database")
            return
        if connection.execute(select(func.count()).select_from(organizations)).scalar_one():
            raise CopyRefused("the target is in use already: name an empty database")
        for each in reversed(tables):  # what the migrations gave comes from the source, as it is there
            _empty(connection, each)
        connection.execute(text("CREATE TABLE copying (source VARCHAR(64) NOT NULL)"))
        connection.execute(insert(NOTE).values(source=source))


def _empty(connection: Connection, each: Table) -> None:
    """Append-only tables refuse DELETE, so that of a database in which nobody is, the guard is lifted for it."""
    guards = _list_guards(connection, each)
    for name, _ in guards:
        connection.execute(text(_lift(connection, each, name)))
    connection.execute(delete(each))
    for _, declaration in guards:
        connection.execute(text(declaration))


def _list_guards(connection: Connection, each: Table) -> list[tuple[str, str]]:
    """The triggers of a table: their name, and what puts them back."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name"), {"name": each.name}
        )
    else:
        found = connection.execute(
            text(
                "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgrelid = to_regclass(:name)"
            ),
            {"name": each.name},
        )
    return [(name, declaration) for name, declaration in found]


def _lift(connection: Connection, each: Table, name: str) -> str:
    return f"DROP TRIGGER {name}" + ("" if connection.dialect.name == "sqlite" else f" ON {each.name}")


def _count(source: Connection, each: Table) -> int:
    found: int = source.execute(select(func.count()).select_from(each)).scalar_one()
    return found


def _copy_table(source: Connection, target: Engine, each: Table) -> Iterator[int]:
    with target.connect() as connection:
        last = _find_last(connection, each)
        if last is not None:
            yield connection.execute(select(func.count()).select_from(each)).scalar_one()
    for rows in _list_from(source, each, last):
        with target.begin() as connection:
            connection.execute(insert(each), rows)
        yield len(rows)


def _find_last(connection: Connection, each: Table) -> tuple[Any, ...] | None:
    keys = list(each.primary_key.columns)
    row = connection.execute(select(*keys).order_by(*(key.desc() for key in keys)).limit(1)).one_or_none()
    return None if row is None else tuple(row)


def _list_from(connection: Connection, each: Table, last: tuple[Any, ...] | None) -> Iterator[list[dict[str, Any]]]:
    """The rows after `last`, a thousand at a time, in the order of their keys."""
    keys = list(each.primary_key.columns)
    while True:
        page = select(each).order_by(*keys).limit(AT_ONCE)
        if last is not None:
            page = page.where(tuple_(*keys) > tuple_(*last, types=[key.type for key in keys]))
        rows = [dict(row) for row in connection.execute(page).mappings()]
        if not rows:
            return
        yield rows
        last = tuple(rows[-1][key.name] for key in keys)


def _number_on(target: Engine, tables: list[Table]) -> None:
    """The next number that PostgreSQL gives comes after those that were copied."""
    if target.dialect.name != "postgresql":
        return
    with target.begin() as connection:
        for each in tables:
            key = each.autoincrement_column
            if key is not None:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{each.name}', '{key.name}'),"  # noqa: S608 (our names)
                        f" coalesce(max({key.name}), 0) + 1, false) FROM {each.name}"
                        f" WHERE pg_get_serial_sequence('{each.name}', '{key.name}') IS NOT NULL"
                    )
                )


def _check_same(source: Connection, target: Engine, tables: list[Table]) -> None:
    with target.connect() as connection:
        for each in tables:
            if _digest(source, each) != _digest(connection, each):
                raise CopyRefused(
                    f"the copy of {each.name} is not what the source holds now: was something written meanwhile?"
                )


def _digest(connection: Connection, each: Table) -> tuple[int, str]:
    """How many rows, and what is in them."""
    count, digest = 0, hashlib.sha256()
    for rows in _list_from(connection, each, None):
        count += len(rows)
        for row in rows:
            digest.update(repr(tuple(row.values())).encode())
    return count, digest.hexdigest()

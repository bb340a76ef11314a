"""Every statement that the product issues meanwhile, as the database would go about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from data import db
from data.db import Reader

READS_OR_WRITES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

Said = dict[str, Any]  # statements, each with the parameters of one time that it was issued


@contextmanager
def recording_statements() -> Iterator[Said]:
    said: Said = {}

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, _context: object, many: bool) -> None:
        said.setdefault(sql, parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    send = Reader.send

    def note_and_send(self: Reader, sql: str, values: Any, **more: Any) -> Any:
        said.setdefault(sql, values)
        return send(self, sql, values, **more)

    Reader.send = note_and_send  # type: ignore[method-assign]
    try:
        yield said
    finally:
        Reader.send = send  # type: ignore[method-assign]
        event.remove(Engine, "before_cursor_execute", note)


def list_whole_reads(said: Said, tables: frozenset[str]) -> dict[str, set[str]]:
    """Of these tables, those that a statement would read from the first row to the last: by statement."""
    find = _find_on_sqlite if db.current().name == "sqlite" else _find_on_postgresql
    found = {}
    with db.read() as reader:
        if db.current().name == "postgresql":
            # A table of a few rows is read whole, whatever indexes it has: where there is one, this takes it.
            reader.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in said.items():
            if statement.lstrip().upper().startswith(READS_OR_WRITES):
                found[statement] = find(reader, statement, parameters) & tables
    return {statement: whole for statement, whole in found.items() if whole}


def _find_on_sqlite(reader: Reader, statement: str, _parameters: Any) -> set[str]:
    """(What stands in the places of parameters changes nothing. An index that holds a part of the rows is no table.)"""
    nothing = (None,) * statement.count("?")
    rows = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing).all()
    scanned = (re.match(r"SCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX (\w+))?$", row[3]) for row in rows)
    partial = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    parts = set(reader.connection.exec_driver_sql(partial).scalars())
    return {match[1] for match in scanned if match and match[2] not in parts}


def _find_on_postgresql(reader: Reader, statement: str, parameters: Any) -> set[str]:
    (plan,) = reader.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return set(_walk(plan["Plan"]))


def _walk(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _walk(part)


def write_faults(found: dict[str, set[str]]) -> str:
    return json.dumps({statement: sorted(tables) for statement, tables in found.items()}, indent=1)

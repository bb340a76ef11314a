"""Where a batch is laid out to be counted: temporary tables of one connection, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    MetaData,
    ScalarSelect,
    String,
    Table,
    delete,
    insert,
    select,
    text,
    type_coerce,
)

from data.aside import Aside
from data.models import organizations
from data.usage.localtime import HOUR, list_offsets

_temporary = MetaData()

cursors = Table(
    "usage_cursors",
    _temporary,
    Column("conversation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("from_ordinal", BigInteger, nullable=False),
    Column("upto_ordinal", BigInteger, nullable=False),
    Column("from_seq", BigInteger, nullable=False),
    Column("upto_seq", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
# Facts as data/usage/stats tells them apart, one a row. `hour`: the local one (data/usage/localtime). `delay`: seconds.
batch = Table(
    "usage_batch",
    _temporary,
    Column("source", String(8), primary_key=True),
    Column("conversation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("service_id", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("leads", Boolean, nullable=False),
    Column("employed", Boolean, nullable=False),
    Column("delay", BigInteger),
    Column("readers", BigInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
    sqlite_with_rowid=False,
)
Index(
    "ix_usage_batch_settled",
    batch.c.conversation_id,
    batch.c.at,
    sqlite_where=text("source = 'settled'"),
    postgresql_where=text("source = 'settled'"),
)
# Days and months whose delays are added to.
delay_keys = Table(
    "usage_delay_keys",
    _temporary,
    Column("service_id", BigInteger, primary_key=True, autoincrement=False),
    Column("stat", String(40), primary_key=True),
    Column("grain", String(5), primary_key=True),
    Column("starts_on", Date, primary_key=True),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
    postgresql_on_commit="DELETE ROWS",
)
# Which messages somebody saw within 24 hours of each: from one look of theirs to the next.
looks = Table(
    "usage_looks",
    _temporary,
    Column("conversation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("to_ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("from_ordinal", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
    postgresql_on_commit="DELETE ROWS",
)
offsets = Table(
    "usage_offsets",
    _temporary,
    Column("timezone", String(64), primary_key=True),
    Column("from_at", BigInteger, primary_key=True, autoincrement=False),
    Column("shift", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


@dataclass(frozen=True)
class Listing:
    """What is to count next, and where to look further (None: nowhere)."""

    cursors: list[Cursor]
    last_id: int | None


@dataclass(frozen=True)
class Cursor:
    """What of a conversation is counted next: its messages in (from_ordinal, upto_ordinal], what happened to them in
    (from_seq, upto_seq]. `from_seq` -1: also that it began."""

    conversation_id: int
    from_ordinal: int
    upto_ordinal: int
    from_seq: int = 0
    upto_seq: int = 0

    @property
    def size(self) -> int:
        return self.upto_ordinal - self.from_ordinal

    def cut(self, most: int) -> tuple[Cursor, Cursor | None]:
        """The first part, and the rest; what happened to the messages goes with the rest, when all are counted."""
        if self.size <= most:
            return self, None
        middle = self.from_ordinal + most
        began = max(self.from_seq, 0)
        return (
            Cursor(self.conversation_id, self.from_ordinal, middle, self.from_seq, began),
            Cursor(self.conversation_id, middle, self.upto_ordinal, began, self.upto_seq),
        )


def prepare(aside: Aside) -> None:
    """Empty tables, and the clocks of all zones that organizations live in."""
    with aside.writing():
        if aside.connection.dialect.name == "postgresql":
            # It knows nothing of tables just made: from each cursor to its messages by the index, never all of them.
            aside.connection.exec_driver_sql("SET enable_hashjoin = off")
            aside.connection.exec_driver_sql("SET enable_mergejoin = off")
        _temporary.create_all(aside.connection, checkfirst=False)
        zones = aside.execute(select(organizations.c.timezone).distinct()).scalars().all()
        rows = [
            {"timezone": zone, "from_at": at, "shift": shift}
            for zone in zones
            for at, shift in list_offsets(zone, aside.now.year)
        ]
        if rows:
            aside.execute(insert(offsets), rows)


def lay_out(aside: Aside, chosen: Iterable[Cursor]) -> None:
    """Only these, and no facts yet."""
    for table in (batch, cursors, looks):
        aside.execute(delete(table))
    aside.execute(
        insert(cursors),
        [
            {
                "conversation_id": cursor.conversation_id,
                "from_ordinal": cursor.from_ordinal,
                "upto_ordinal": cursor.upto_ordinal,
                "from_seq": cursor.from_seq,
                "upto_seq": cursor.upto_seq,
            }
            for cursor in chosen
        ],
    )


def local_hour(instant: ColumnElement[int]) -> ColumnElement[int]:
    """Of an instant in the organization of the enclosing query."""
    return (as_number(instant) + _shift(instant)) // HOUR


def as_number(instant: ColumnElement[int]) -> ColumnElement[int]:
    return type_coerce(instant, BigInteger)


def _shift(instant: ColumnElement[int]) -> ScalarSelect[int]:
    return (
        select(offsets.c.shift)
        .where(offsets.c.timezone == organizations.c.timezone, offsets.c.from_at <= as_number(instant))
        .order_by(offsets.c.from_at.desc())
        .limit(1)
        .correlate_except(offsets)
        .scalar_subquery()
    )

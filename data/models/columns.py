"""The kinds of columns, made in one place."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from data import clock

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite grows its own row id only for a column of the type INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970: the same on both databases, quick, and exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return clock.to_ms_or_none(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return clock.from_ms_or_none(value)


def key() -> Any:
    """A number given by the database."""
    return Field(default=None, sa_column=Column(Id, primary_key=True))


def refers_to(target: str, *, nullable: bool = False, primary_key: bool = False, index: bool = False) -> Any:
    return Field(
        default=None if nullable else ...,
        sa_column=Column(Id, ForeignKey(target), nullable=nullable, primary_key=primary_key, index=index),
    )


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None if nullable else ..., sa_column=Column(Instant, nullable=nullable, index=index))


def tenant_key() -> UniqueConstraint:
    """Lets others refer to (organization_id, id), so that no row can point into another organization."""
    return UniqueConstraint("organization_id", "id")

"""Run by Alembic: each step in a transaction of its own, on SQLite too (which would commit before each CREATE)."""

from alembic import context
from sqlalchemy import create_engine, event

from data.models import metadata

engine = create_engine(context.config.attributes["url"])

if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def _let_us_begin(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        # Before any BEGIN: inside a transaction it would change nothing, in silence.
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

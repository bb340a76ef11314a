"""Facts and counters of usage: who wrote as what, who had seen how far and when, and what has been counted."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FAR_AWAY = 2**62
UNCOUNTED = "last_seq > counted_seq"
UNSETTLED = "kind = 'public' AND last_ordinal > settled_ordinal"


def upgrade() -> None:
    op.add_column("messages", sa.Column("author_employed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("author_leads", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("conversations", sa.Column("counted_ordinal", ID, nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("counted_seq", ID, nullable=False, server_default="-1"))
    op.add_column("conversations", sa.Column("settled_ordinal", ID, nullable=False, server_default="0"))
    for name, condition in (("uncounted", UNCOUNTED), ("unsettled", UNSETTLED)):
        where = sa.text(condition)
        op.create_index(f"ix_conversations_{name}", "conversations", ["id"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_app_openings_recorded_at", "app_openings", ["recorded_at"])
    _create_views()
    _create_counters()
    _tell_old_messages_apart()


def _create_views() -> None:
    op.create_table(
        "views",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("viewed_at", sa.BigInteger(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("ordinal", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("employed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name=op.f("fk_views_organization_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_views_organization_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "viewed_at", "person_id", "ordinal", name=op.f("pk_views")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_views_viewed_at", "views", ["viewed_at"])


def _create_counters() -> None:
    op.create_table(
        "usage_counts",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("service_id", ID, nullable=False),
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_usage_counts_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "service_id", "stat", "grain", "starts_on", "slot", name=op.f("pk_usage_counts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_people",
        sa.Column("service_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("read_days", sa.BigInteger(), nullable=False),
        sa.Column("sent_days", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_usage_people_organization_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("service_id", "month", "person_id", name=op.f("pk_usage_people")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_conversations",
        sa.Column("service_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name=op.f("fk_usage_conversations_organization_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("service_id", "month", "conversation_id", name=op.f("pk_usage_conversations")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_equipment",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_usage_equipment_organization_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", "from_on", name=op.f("pk_usage_equipment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_usage_marks")),
    )


def _tell_old_messages_apart() -> None:
    """By what is known of their authors today. When they were read nobody noted: reading is measured from now on."""
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT 1 FROM messages LIMIT 1")).first() is None:
        return
    connection.execute(
        sa.text("INSERT INTO usage_marks (name, at) VALUES ('reading_since', :now)"), {"now": int(time.time() * 1000)}
    )
    op.execute(
        "UPDATE messages SET author_leads = true WHERE author_id IN (SELECT id FROM people WHERE is_administrator)"
        " OR EXISTS (SELECT 1 FROM service_rights JOIN conversations"
        " ON conversations.service_id = service_rights.service_id"
        " WHERE conversations.id = messages.conversation_id"
        " AND service_rights.person_id = messages.author_id)"
    )
    _write_stints(connection)
    op.execute(
        "UPDATE messages SET author_employed = true WHERE EXISTS (SELECT 1 FROM usage_stints JOIN conversations"
        " ON conversations.service_id = usage_stints.service_id"
        " WHERE conversations.id = messages.conversation_id AND usage_stints.person_id = messages.author_id"
        " AND messages.created_at >= usage_stints.from_at AND messages.created_at < usage_stints.until_at)"
    )
    op.drop_table("usage_stints")


def _write_stints(connection: sa.Connection) -> None:
    """Assignments as instants: a local day begins elsewhere in another zone."""
    stints = op.create_table(
        "usage_stints",
        sa.Column("person_id", ID),
        sa.Column("service_id", ID),
        sa.Column("from_at", sa.BigInteger()),
        sa.Column("until_at", sa.BigInteger()),
    )
    assignments = sa.table(
        "assignments",
        *(sa.column(name) for name in ("organization_id", "person_id", "service_id")),
        sa.column("starts_on", sa.Date),
        sa.column("ends_on", sa.Date),
    )
    zones = dict(connection.execute(sa.text("SELECT id, timezone FROM organizations")).all())
    rows = [
        {
            "person_id": row.person_id,
            "service_id": row.service_id,
            "from_at": _midnight(row.starts_on, zones[row.organization_id]),
            "until_at": _midnight(row.ends_on + timedelta(days=1), zones[row.organization_id])
            if row.ends_on
            else FAR_AWAY,
        }
        for row in connection.execute(sa.select(assignments))
    ]
    if rows:
        connection.execute(stints.insert(), rows)
    op.create_index("ix_usage_stints", "usage_stints", ["person_id", "service_id"])


def _midnight(day: date, zone: str) -> int:
    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

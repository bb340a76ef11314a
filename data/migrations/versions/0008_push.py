"""Notifications: devices, what each is to be told, quiet hours, urgent messages."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TOLD = "last_ordinal > notified_ordinal"
LIVING = "ended_at IS NULL"
DUE = "due_at IS NOT NULL"
URGENT = "urgent_reason IS NOT NULL"


def upgrade() -> None:
    op.add_column("organizations", sa.Column("quiet_starts", sa.Integer(), nullable=False, server_default="1260"))
    op.add_column("organizations", sa.Column("quiet_ends", sa.Integer(), nullable=False, server_default="420"))
    op.add_column("organizations", sa.Column("shows_text", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("urgent_reason", sa.String(length=200), nullable=True))
    _index("ix_messages_urgent", "messages", ["organization_id", "created_at"], URGENT)
    op.add_column("conversations", sa.Column("notified_ordinal", ID, nullable=False, server_default="-1"))
    # What was said before there were notifications is no news.
    op.execute("UPDATE conversations SET notified_ordinal = last_ordinal")
    _index("ix_conversations_unnotified", "conversations", ["id"], TOLD)
    _create_devices()
    _create_notices()
    _create_choices()


def _index(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_devices() -> None:
    op.create_table(
        "push_devices",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("succeeded_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_reason", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_push_devices_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_push_devices_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_push_devices_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_push_devices_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_devices")),
    )
    _index("uq_push_devices_endpoint", "push_devices", ["endpoint"], LIVING, unique=True)
    op.create_index(op.f("ix_push_devices_person_id"), "push_devices", ["person_id"])
    op.create_index(op.f("ix_push_devices_session_id"), "push_devices", ["session_id"])


def _create_notices() -> None:
    op.create_table(
        "push_notices",
        sa.Column("device_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("ordinal", ID, nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("shown_ordinal", ID, nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["push_devices.id"], name=op.f("fk_push_notices_device_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_push_notices_organization_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name=op.f("fk_push_notices_organization_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("device_id", "conversation_id", name=op.f("pk_push_notices")),
    )
    _index("ix_push_notices_due_at", "push_notices", ["due_at"], DUE)


def _create_choices() -> None:
    op.create_table(
        "own_quiet_hours",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_own_quiet_hours_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_own_quiet_hours_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_own_quiet_hours_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_own_quiet_hours")),
    )
    op.create_table(
        "push_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("private_key", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_keys")),
    )

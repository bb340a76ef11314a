"""Limits that hold across processes and restarts: how many conversations somebody begins, when a device wants peace,
how often a sign-in failed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_conversations_created_by_created_at", "conversations", ["created_by", "created_at"])
    op.add_column("push_devices", sa.Column("rests_until", sa.BigInteger(), nullable=True))
    op.add_column("push_devices", sa.Column("begun_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "push_notices", sa.Column("is_beginning", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", ID, nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_about_failed_at", "sign_in_failures", ["about", "failed_at"])
    op.create_index("ix_sign_in_failures_failed_at", "sign_in_failures", ["failed_at"])
    op.create_table(
        "sign_in_places",
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("about", name=op.f("pk_sign_in_places")),
    )
    op.create_index("ix_sign_in_places_used_at", "sign_in_places", ["used_at"])

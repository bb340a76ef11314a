"""Conversations begun on the phone: muted ones, those who came later, and beginning once only."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("participants", sa.Column("muted_at", sa.BigInteger(), nullable=True))
    op.add_column("participants", sa.Column("from_ordinal", ID, nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("start_ref", sa.String(length=64), nullable=True))
    op.create_index(
        "uq_conversations_created_by_start_ref",
        "conversations",
        ["created_by", "start_ref"],
        unique=True,
        sqlite_where=sa.text("start_ref IS NOT NULL"),
        postgresql_where=sa.text("start_ref IS NOT NULL"),
    )
    op.create_table(
        "added_people",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("ordinal", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name=op.f("fk_added_people_organization_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_added_people_organization_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "ordinal", "person_id", name=op.f("pk_added_people")),
        sqlite_with_rowid=False,
    )

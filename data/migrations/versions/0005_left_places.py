"""Where a conversation stood when somebody left it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("participants", sa.Column("left_ordinal", ID, nullable=True))
    op.add_column("participants", sa.Column("left_seq", ID, nullable=True))
    # Of those who left before, what is still known: how many messages there were. Changes were not counted by their day.
    op.execute(
        "UPDATE participants SET left_ordinal = (SELECT coalesce(max(messages.ordinal), 0) FROM messages"
        " WHERE messages.conversation_id = participants.conversation_id"
        " AND messages.created_at <= participants.left_at) WHERE left_at IS NOT NULL"
    )
    op.execute("UPDATE participants SET left_seq = left_ordinal WHERE left_at IS NOT NULL")

"""The public conversations of a service are found without a look at its private ones, of which there are many."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conversations_service_id_kind", "conversations", ["service_id", "kind"])
    op.drop_index("ix_conversations_service_id_active_at", "conversations")

"""Who asked for an activation to be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("option_voids", sa.Column("requested_by", sa.String(length=80), nullable=True))

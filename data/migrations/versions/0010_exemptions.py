"""Why an organization is exempt from taxes, as its invoices print it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    reason = sa.Column("exempt_reason", sa.String(length=200), nullable=False, server_default="")
    op.add_column("tax_profile_changes", reason)

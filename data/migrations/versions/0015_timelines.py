"""Which past the database has, so that clients notice when an older state was restored."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    timelines = op.create_table(
        "timelines", sa.Column("id", ID, primary_key=True), sa.Column("name", sa.String(16), nullable=False)
    )
    op.bulk_insert(timelines, [{"id": 1, "name": secrets.token_hex(8)}])

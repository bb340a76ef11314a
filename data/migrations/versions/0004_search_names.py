"""Names alone in what a search of names looks through: employee numbers were there too."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHUNK = 5_000
people = sa.table(
    "people",
    sa.column("id", sa.BigInteger),
    sa.column("given_name", sa.String),
    sa.column("family_name", sa.String),
    sa.column("search_name", sa.String),
)


def fold(text: str) -> str:
    """As data/text did on this day."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def upgrade() -> None:
    connection = op.get_bind()
    change = people.update().where(people.c.id == sa.bindparam("whose")).values(search_name=sa.bindparam("folded"))
    last = 0
    while True:
        query = sa.select(people).where(people.c.id > last).order_by(people.c.id).limit(CHUNK)
        rows = connection.execute(query).all()
        if not rows:
            return
        last = rows[-1].id
        names = [(row, fold(f"{row.given_name} {row.family_name}".strip())) for row in rows]
        changed = [{"whose": row.id, "folded": folded} for row, folded in names if folded != row.search_name]
        if changed:
            connection.execute(change, changed)

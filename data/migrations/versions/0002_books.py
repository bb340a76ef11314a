"""The books: ledgers of prices, contracts, taxes, merges and voids; closings, documents, payments."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = (
    "option_voids",
    "person_merges",
    "duplicate_dismissals",
    "price_changes",
    "contract_changes",
    "tax_rate_changes",
    "tax_profile_changes",
    "closings",
    "documents",
    "payments",
    "dispute_changes",
    "hold_changes",
)
# When these facts became known to the books: before any month that they close.
RECORDED_AT = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
PRICE = (date(2000, 1, 1), 2500)  # 0.25 $
# Canada Revenue Agency and Revenu Québec: province, tax, 1/100000, from.
RATES = [
    *((province, "GST", 5000, date(2008, 1, 1)) for province in ("AB", "MB", "NT", "NU", "SK", "YT", "QC")),
    ("BC", "GST", 5000, date(2013, 4, 1)),
    ("QC", "QST", 9975, date(2013, 1, 1)),
    ("ON", "HST", 13000, date(2010, 7, 1)),
    ("NB", "HST", 15000, date(2016, 7, 1)),
    ("NL", "HST", 15000, date(2016, 7, 1)),
    ("PE", "HST", 15000, date(2016, 10, 1)),
    ("NS", "HST", 15000, date(2010, 7, 1)),
    ("NS", "HST", 14000, date(2025, 4, 1)),
]


def upgrade() -> None:
    op.create_table(
        "document_counters",
        sa.Column("series", sa.String(length=2), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_document_counters")),
    )
    op.create_table(
        "closings",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_closings_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_closings_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_closings_organization_id_id")),
    )
    op.create_index(
        "uq_closings_organization_id_period",
        "closings",
        ["organization_id", "period"],
        unique=True,
        sqlite_where=sa.text("kind = 'month'"),
        postgresql_where=sa.text("kind = 'month'"),
    )
    op.create_table(
        "contract_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("min_days", sa.Integer(), nullable=False),
        sa.Column("minimum_cents", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_contract_changes_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_contract_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_changes")),
    )
    op.create_index(op.f("ix_contract_changes_organization_id"), "contract_changes", ["organization_id"], unique=False)
    op.create_table(
        "duplicate_dismissals",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("suspicion", sa.String(length=300), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_duplicate_dismissals_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_duplicate_dismissals_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_dismissals")),
        sa.UniqueConstraint(
            "organization_id", "suspicion", name=op.f("uq_duplicate_dismissals_organization_id_suspicion")
        ),
    )
    op.create_table(
        "hold_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_hold_changes_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_hold_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_changes")),
    )
    op.create_index(op.f("ix_hold_changes_organization_id"), "hold_changes", ["organization_id"], unique=False)
    op.create_table(
        "price_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_price_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_changes")),
    )
    op.create_table(
        "tax_profile_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("exempt", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_tax_profile_changes_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_tax_profile_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_profile_changes")),
    )
    op.create_index(
        op.f("ix_tax_profile_changes_organization_id"), "tax_profile_changes", ["organization_id"], unique=False
    )
    op.create_table(
        "tax_rate_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_tax_rate_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate_changes")),
    )
    op.create_table(
        "documents",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("closing_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("invoice_id", ID, nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("subtotal_cents", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["closings.id"], name=op.f("fk_documents_closing_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["documents.id"], name=op.f("fk_documents_invoice_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "closing_id"],
            ["closings.organization_id", "closings.id"],
            name=op.f("fk_documents_organization_id_closing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["documents.organization_id", "documents.id"],
            name=op.f("fk_documents_organization_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_documents_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("number", name=op.f("uq_documents_number")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_documents_organization_id_id")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_documents_previous_hash")),
    )
    op.create_index(op.f("ix_documents_closing_id"), "documents", ["closing_id"], unique=False)
    op.create_index(
        "uq_documents_invoice_id_closing_id_period",
        "documents",
        ["invoice_id", "closing_id", "period"],
        unique=True,
        sqlite_where=sa.text("kind = 'credit_note'"),
        postgresql_where=sa.text("kind = 'credit_note'"),
    )
    op.create_index(
        "uq_documents_organization_id_period",
        "documents",
        ["organization_id", "period"],
        unique=True,
        sqlite_where=sa.text("kind = 'invoice'"),
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.create_table(
        "person_merges",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("into_person_id", ID, nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["into_person_id"], ["people.id"], name=op.f("fk_person_merges_into_person_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "into_person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_person_merges_organization_id_into_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name=op.f("fk_person_merges_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_person_merges_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_merges_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_person_merges_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merges")),
        sa.UniqueConstraint("person_id", name=op.f("uq_person_merges_person_id")),
    )
    op.create_index(op.f("ix_person_merges_organization_id"), "person_merges", ["organization_id"], unique=False)
    op.create_table(
        "dispute_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["documents.id"], name=op.f("fk_dispute_changes_invoice_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["documents.organization_id", "documents.id"],
            name=op.f("fk_dispute_changes_organization_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_dispute_changes_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_dispute_changes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_changes")),
    )
    op.create_index(op.f("ix_dispute_changes_invoice_id"), "dispute_changes", ["invoice_id"], unique=False)
    op.create_table(
        "option_voids",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("option_change_id", ID, nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["option_change_id"], ["option_changes.id"], name=op.f("fk_option_voids_option_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_option_voids_organization_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_option_voids_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option_voids")),
        sa.UniqueConstraint("option_change_id", name=op.f("uq_option_voids_option_change_id")),
    )
    op.create_index(op.f("ix_option_voids_organization_id"), "option_voids", ["organization_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["documents.id"], name=op.f("fk_payments_invoice_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"],
            ["documents.organization_id", "documents.id"],
            name=op.f("fk_payments_organization_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_payments_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"], name=op.f("fk_payments_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_invoice_id"), "payments", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_payments_organization_id"), "payments", ["organization_id"], unique=False)
    op.add_column("option_changes", sa.Column("trial_until", sa.Date(), nullable=True))
    op.add_column("organizations", sa.Column("billing_contact_name", sa.String(length=80), nullable=True))
    op.add_column("organizations", sa.Column("billing_contact_email", sa.String(length=254), nullable=True))
    op.add_column("organizations", sa.Column("billing_address", sa.String(length=300), nullable=True))

    for table in APPEND_ONLY:
        _refuse_changes(table)
    _fill()


def _fill() -> None:
    """The price and the rates in force, and the province of the organizations that are there."""
    connection = op.get_bind()
    connection.execute(sa.text("INSERT INTO document_counters (series, last) VALUES ('F', 0), ('NC', 0)"))
    connection.execute(
        sa.text("INSERT INTO price_changes (effective_on, amount, recorded_at) VALUES (:day, :amount, :at)"),
        {"day": PRICE[0].isoformat(), "amount": PRICE[1], "at": RECORDED_AT},
    )
    for province, code, rate, day in RATES:
        connection.execute(
            sa.text(
                "INSERT INTO tax_rate_changes (province, code, rate, effective_on, recorded_at) "
                "VALUES (:province, :code, :rate, :day, :at)"
            ),
            {"province": province, "code": code, "rate": rate, "day": day.isoformat(), "at": RECORDED_AT},
        )
    connection.execute(
        sa.text(
            "INSERT INTO tax_profile_changes (organization_id, effective_on, province, exempt, recorded_at) "
            "SELECT id, :day, province, '', :at FROM organizations"
        ),
        {"day": PRICE[0].isoformat(), "at": RECORDED_AT},
    )


def _refuse_changes(table: str) -> None:
    """As in the first step: facts are added, never changed or taken away."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )

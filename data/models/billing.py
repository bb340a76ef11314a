"""What the option costs: the ledgers that the rating reads, and what was issued from them.

Ledgers are append-only and tell both when a fact holds and when it was recorded. Money is whole cents; a price is in
1/10000 $, a tax rate in 1/100000."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Column, Field, SQLModel

from data.models.columns import instant, key, refers_to, tenant_key


class OptionVoid(SQLModel, table=True):
    """A mistaken activation taken back, from its start (R1), or a planned one given up. `requested_by` None: customer
    service put its own mistake right."""

    __tablename__ = "option_voids"
    __table_args__ = (UniqueConstraint("option_change_id"),)

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    option_change_id: int = refers_to("option_changes.id")
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)
    ticket: str = Field(max_length=40)
    requested_by: str | None = Field(default=None, max_length=80)


class PersonMerge(SQLModel, table=True):
    """Two files were one person, who goes on as `into_person_id`; the days worked are those of both."""

    __tablename__ = "person_merges"
    __table_args__ = (
        UniqueConstraint("person_id"),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        ForeignKeyConstraint(["organization_id", "into_person_id"], ["people.organization_id", "people.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    person_id: int = refers_to("people.id")
    into_person_id: int = refers_to("people.id")
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class DuplicateDismissal(SQLModel, table=True):
    """A suspicion that was looked at and is none: `pair:12:15`, or `email:` and the address that many share."""

    __tablename__ = "duplicate_dismissals"
    __table_args__ = (UniqueConstraint("organization_id", "suspicion"),)

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    suspicion: str = Field(max_length=300)
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class PriceChange(SQLModel, table=True):
    """The vendor's price book: from that day on, an employee costs so much a month (1/10000 $)."""

    __tablename__ = "price_changes"

    id: int | None = key()
    effective_on: date
    amount: int
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class ContractChange(SQLModel, table=True):
    """How an organization is billed from the 1st of a month on."""

    __tablename__ = "contract_changes"

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    effective_on: date
    mode: str = Field(max_length=10)
    basis: str = Field(max_length=10)
    min_days: int
    minimum_cents: int
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class TaxRateChange(SQLModel, table=True):
    """A province's rate of a tax from that day on (1/100000; 0: no longer charged there)."""

    __tablename__ = "tax_rate_changes"

    id: int | None = key()
    province: str = Field(max_length=2)
    code: str = Field(max_length=3)
    rate: int
    effective_on: date
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class TaxProfileChange(SQLModel, table=True):
    """Where an organization is taxed from that day on, and of which taxes it is exempt (codes, comma between), with the
    number or the reason that its invoices print."""

    __tablename__ = "tax_profile_changes"

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    effective_on: date
    province: str = Field(max_length=2)
    exempt: str = Field(max_length=20)
    exempt_reason: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class Closing(SQLModel, table=True):
    """A moment at which books were brought up to date: `month` closes one (`period` its 1st), `correction` issues
    credit notes at once, `goodwill` a credit that no fact asks for. `effective_at`: the cutoff, up to which facts are
    known; `terms`: what a month was rated by, as JSON."""

    __tablename__ = "closings"
    __table_args__ = (
        tenant_key(),
        Index(
            "uq_closings_organization_id_period",
            "organization_id",
            "period",
            unique=True,
            sqlite_where=text("kind = 'month'"),
            postgresql_where=text("kind = 'month'"),
        ),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    kind: str = Field(max_length=10)
    period: date
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)
    reason: str = Field(max_length=200)
    terms: str = Field(sa_column=Column(Text, nullable=False))


class Document(SQLModel, table=True):
    """An invoice or a credit note, issued for ever. `content`: all that it says, as canonical JSON; `hash` seals it
    over the one before, whoever it was for."""

    __tablename__ = "documents"
    __table_args__ = (
        tenant_key(),
        UniqueConstraint("number"),
        UniqueConstraint("previous_hash"),
        ForeignKeyConstraint(["organization_id", "closing_id"], ["closings.organization_id", "closings.id"]),
        ForeignKeyConstraint(["organization_id", "invoice_id"], ["documents.organization_id", "documents.id"]),
        Index(
            "uq_documents_organization_id_period",
            "organization_id",
            "period",
            unique=True,
            sqlite_where=text("kind = 'invoice'"),
            postgresql_where=text("kind = 'invoice'"),
        ),
        Index(
            "uq_documents_invoice_id_closing_id_period",
            "invoice_id",
            "closing_id",
            "period",
            unique=True,
            sqlite_where=text("kind = 'credit_note'"),
            postgresql_where=text("kind = 'credit_note'"),
        ),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    closing_id: int = refers_to("closings.id", index=True)
    kind: str = Field(max_length=11)
    number: str = Field(max_length=20)
    period: date
    invoice_id: int | None = refers_to("documents.id", nullable=True)
    effective_on: date
    subtotal_cents: int
    total_cents: int
    content: str = Field(sa_column=Column(Text, nullable=False))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    recorded_at: datetime = instant()


class DocumentCounter(SQLModel, table=True):
    """The last number given of a series (`F`, `NC`): counted in the issuing transaction, so that none is missing."""

    __tablename__ = "document_counters"

    series: str = Field(primary_key=True, max_length=2)
    last: int


class Payment(SQLModel, table=True):
    """Money received for an invoice, or (negative) given back."""

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "invoice_id"], ["documents.organization_id", "documents.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    invoice_id: int = refers_to("documents.id", index=True)
    effective_on: date
    amount_cents: int
    method: str = Field(max_length=20)
    reference: str = Field(max_length=80)
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class DisputeChange(SQLModel, table=True):
    """The customer contests an invoice, or no longer does."""

    __tablename__ = "dispute_changes"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "invoice_id"], ["documents.organization_id", "documents.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    invoice_id: int = refers_to("documents.id", index=True)
    is_open: bool
    reason: str = Field(max_length=200)
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)


class HoldChange(SQLModel, table=True):
    """An organization's months are not closed, or are again."""

    __tablename__ = "hold_changes"

    id: int | None = key()
    organization_id: int = refers_to("organizations.id", index=True)
    is_on: bool
    reason: str = Field(max_length=200)
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    recorded_by: int | None = refers_to("accounts.id", nullable=True)

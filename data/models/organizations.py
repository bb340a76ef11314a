"""The customer and its workplaces."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKeyConstraint, Index, Integer, UniqueConstraint, false
from sqlmodel import Column, Field, SQLModel

from data.models.columns import instant, key, refers_to, tenant_key


class Organization(SQLModel, table=True):
    """The tenant. `quiet_starts`, `quiet_ends`: minutes after local midnight; `shows_text`: what is written, in
    notifications too. `rights_version` grows with every change that may give or take a right (see access/rights)."""

    __tablename__ = "organizations"

    id: int | None = key()
    code: str = Field(unique=True, max_length=20)
    name: str = Field(max_length=80)
    province: str = Field(max_length=2)
    timezone: str = Field(max_length=64)
    language: str = Field(max_length=2)
    formal_messaging_url: str | None = Field(default=None, max_length=500)
    billing_contact_name: str | None = Field(default=None, max_length=80)
    billing_contact_email: str | None = Field(default=None, max_length=254)
    billing_address: str | None = Field(default=None, max_length=300)
    quiet_starts: int = Field(default=21 * 60, sa_column=Column(Integer, nullable=False, server_default="1260"))
    quiet_ends: int = Field(default=7 * 60, sa_column=Column(Integer, nullable=False, server_default="420"))
    shows_text: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    rights_version: int = Field(default=1, sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = instant()


class Service(SQLModel, table=True):
    """The workplace unit: store, clinic, kitchen."""

    __tablename__ = "services"
    __table_args__ = (tenant_key(), UniqueConstraint("organization_id", "code"))

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    code: str = Field(max_length=20)
    name: str = Field(max_length=80)
    closed_on: date | None = None


class Department(SQLModel, table=True):
    __tablename__ = "departments"
    __table_args__ = (
        tenant_key(),
        UniqueConstraint("service_id", "name"),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    service_id: int = refers_to("services.id")
    name: str = Field(max_length=80)
    closed_on: date | None = None


class OptionChange(SQLModel, table=True):
    """Append-only: the chat switched on or off, for the organization (no service) or for one service. `trial_until`:
    the last local day that costs nothing."""

    __tablename__ = "option_changes"
    __table_args__ = (Index("ix_option_changes_organization_id_effective_at", "organization_id", "effective_at"),)

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    service_id: int | None = refers_to("services.id", nullable=True)
    is_on: bool
    effective_at: datetime = instant()
    recorded_at: datetime = instant()
    ticket: str = Field(max_length=40)
    requested_by: str = Field(max_length=80)
    trial_until: date | None = None
    recorded_by: int | None = refers_to("accounts.id", nullable=True)

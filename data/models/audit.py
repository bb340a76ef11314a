"""The journal of access and administration."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Column, Field, SQLModel

from data.models.columns import instant, key, refers_to


class AuditEntry(SQLModel, table=True):
    """Append-only, each entry chained to the one before it by its hash. Opaque ids only: names are joined when shown,
    so that erasing a person breaks no chain."""

    __tablename__ = "audit_entries"

    id: int | None = key()
    organization_id: int | None = refers_to("organizations.id", nullable=True, index=True)
    at: datetime = instant()
    actor_id: int | None = refers_to("accounts.id", nullable=True)
    act: str = Field(max_length=40)
    subject: str = Field(max_length=60)
    details: str = Field(sa_column=Column(Text, nullable=False))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)

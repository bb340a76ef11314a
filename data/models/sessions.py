"""Who is signed in where, how one gets in the first time, and when the application was opened."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from data.models.columns import instant, key, refers_to


class Session(SQLModel, table=True):
    """One sign-in on one surface (`portal` or `mobile`). The cookie's token is kept only as a keyed hash."""

    __tablename__ = "sessions"

    id: int | None = key()
    token_hash: str = Field(unique=True, max_length=64)
    account_id: int = refers_to("accounts.id", index=True)
    person_id: int | None = refers_to("people.id", nullable=True, index=True)
    organization_id: int | None = refers_to("organizations.id", nullable=True)
    surface: str = Field(max_length=6)
    device: str = Field(max_length=80)
    created_at: datetime = instant()
    seen_at: datetime = instant()
    expires_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    ended_reason: str | None = Field(default=None, max_length=20)


class AccessLink(SQLModel, table=True):
    """A one-time link (also printed as a QR code): first access, or a new password. The newest alone works.
    `created_by` None: the operator, at the server's console."""

    __tablename__ = "access_links"
    __table_args__ = (ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),)

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    person_id: int = refers_to("people.id", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    created_by: int | None = refers_to("accounts.id", nullable=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(nullable=True)
    replaced_at: datetime | None = instant(nullable=True)


class AppOpening(SQLModel, table=True):
    """Append-only: a person opened the mobile application, noted once a device and local day."""

    __tablename__ = "app_openings"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        Index("ix_app_openings_person_id_effective_at", "person_id", "effective_at"),
        Index("ix_app_openings_recorded_at", "recorded_at"),
        Index("ix_app_openings_organization_id_id", "organization_id", "id"),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    person_id: int = refers_to("people.id")
    session_id: int | None = refers_to("sessions.id", nullable=True)
    effective_at: datetime = instant()
    recorded_at: datetime = instant()


class SignInFailure(SQLModel, table=True):
    """A password that was wrong, for a quarter of an hour. `about`: a hash of who was tried, from where, or both."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_about_failed_at", "about", "failed_at"),)

    id: int | None = key()
    about: str = Field(max_length=32)
    failed_at: datetime = instant(index=True)


class SignInPlace(SQLModel, table=True):
    """Somebody signed in from there before. `about`: a hash of both."""

    __tablename__ = "sign_in_places"

    about: str = Field(primary_key=True, max_length=32)
    used_at: datetime = instant(index=True)

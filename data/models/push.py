"""Notifications: the devices that take them, what each is still to be told, and when somebody wants silence."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, PrimaryKeyConstraint, false, text
from sqlmodel import Column, Field, SQLModel

from data.models.columns import Id, instant, key, refers_to


class PushDevice(SQLModel, table=True):
    """A browser that takes notifications for a session of the phone application, at the address (`endpoint`) and under
    the keys that it gave. It ends with its session, or when its push service says that it is no more. `rests_until`:
    until then its push service wants nothing more for it; `begun_at`: when it was last told of new conversations."""

    __tablename__ = "push_devices"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        # One place for an address: a phone that changes hands tells its new owner alone.
        Index(
            "uq_push_devices_endpoint",
            "endpoint",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_push_devices_person_id", "person_id"),
        Index("ix_push_devices_organization_id", "organization_id"),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    person_id: int = refers_to("people.id")
    session_id: int = refers_to("sessions.id", index=True)
    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=100)
    auth: str = Field(max_length=40)
    created_at: datetime = instant()
    succeeded_at: datetime | None = instant(nullable=True)
    failed_at: datetime | None = instant(nullable=True)
    failures: int = Field(default=0)
    rests_until: datetime | None = instant(nullable=True)
    begun_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    ended_reason: str | None = Field(default=None, max_length=20)


class PushNotice(SQLModel, table=True):
    """What a device is to be told of a conversation, one row whatever was said: the newer replaces. `due_at`: when
    next (None: nothing to do); `told_at`: when last; `is_held`: through quiet hours, for the summary at their end;
    `is_beginning`: the conversation is new, and goes with others that are; `shown_ordinal`: up to where it was told, so
    that what was read elsewhere can be taken off its screen."""

    __tablename__ = "push_notices"
    __table_args__ = (
        PrimaryKeyConstraint("device_id", "conversation_id"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        Index(
            "ix_push_notices_due_at",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    device_id: int = refers_to("push_devices.id")
    conversation_id: int = Field(sa_column=Column(Id, nullable=False))
    organization_id: int = refers_to("organizations.id")
    ordinal: int = Field(sa_column=Column(Id, nullable=False))
    is_urgent: bool
    is_held: bool
    is_beginning: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    attempts: int
    due_at: datetime | None = instant(nullable=True)
    told_at: datetime | None = instant(nullable=True)
    shown_ordinal: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class OwnQuietHours(SQLModel, table=True):
    """Somebody's own instead of the organization's; minutes after local midnight, both the same for none."""

    __tablename__ = "own_quiet_hours"
    __table_args__ = (ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),)

    person_id: int = refers_to("people.id", primary_key=True)
    organization_id: int = refers_to("organizations.id")
    starts: int
    ends: int


class PushKey(SQLModel, table=True):
    """The server's own key towards push services, made at the first start and kept: with another one, every device
    would have to subscribe again."""

    __tablename__ = "push_keys"

    id: int = Field(sa_column=Column(Id, primary_key=True))
    private_key: str = Field(max_length=60)
    created_at: datetime = instant()

"""How the chat is used: who had seen what when (facts), and the counters that are filled from facts (data/usage)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, text
from sqlmodel import Column, Field, SQLModel

from data.models.columns import Id, Instant, instant, refers_to

TOTALS = "slot = -1 AND service_id > 0"


def _number() -> int:
    number: int = Field(sa_column=Column(Id, nullable=False))
    return number


def _records() -> bytes:
    records: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    return records


class View(SQLModel, table=True):
    """By `viewed_at` this person had seen the conversation up to `ordinal`. Written once, never changed.
    `employed`: whether they worked in its service at that moment."""

    __tablename__ = "views"
    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "viewed_at", "person_id", "ordinal"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        Index("ix_views_viewed_at", "viewed_at"),
        {"sqlite_with_rowid": False},
    )

    conversation_id: int = _number()
    viewed_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    person_id: int = _number()
    ordinal: int = _number()
    organization_id: int = _number()
    employed: bool


class UsageCount(SQLModel, table=True):
    """How many of `stat` (data/usage/stats) in the local day, month or quarter (see data/usage/windows) that begins on
    `starts_on`. `service_id` 0: the organization as a whole. What a `slot` is (an hour, or -1 for the whole day)
    the counter's declaration says."""

    __tablename__ = "usage_counts"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "service_id", "stat", "grain", "starts_on", "slot"),
        # All that services are summed up from, day by day beside each other: hundreds of services in one stretch.
        Index(
            "ix_usage_counts_totals",
            *("organization_id", "grain", "starts_on", "service_id", "stat", "value"),
            sqlite_where=text(TOTALS),
            postgresql_where=text(TOTALS),
        ),
        {"sqlite_with_rowid": False},
    )

    organization_id: int = refers_to("organizations.id")
    service_id: int = _number()
    stat: str = Field(max_length=40)
    grain: str = Field(max_length=5)
    starts_on: date
    slot: int
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class UsageWait(SQLModel, table=True):
    """The delays of `stat` in the local day, month or quarter that begins on `starts_on`: how many in each step, as
    records (data/usage/records). By service only."""

    __tablename__ = "usage_waits"
    __table_args__ = (
        PrimaryKeyConstraint("service_id", "stat", "grain", "starts_on"),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
    )

    service_id: int = _number()
    stat: str = Field(max_length=40)
    grain: str = Field(max_length=5)
    starts_on: date
    organization_id: int = _number()
    steps: bytes = _records()


class UsageDeeds(SQLModel, table=True):
    """On which days of a month people read or sent in a service where they worked that day, as records of them."""

    __tablename__ = "usage_deeds"
    __table_args__ = (
        PrimaryKeyConstraint("service_id", "month"),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
    )

    service_id: int = _number()
    month: date
    organization_id: int = _number()
    people: bytes = _records()


class UsageConversation(SQLModel, table=True):
    """The days of a month on which somebody wrote in a conversation: bit 0 is the 1st."""

    __tablename__ = "usage_conversations"
    __table_args__ = (
        PrimaryKeyConstraint("service_id", "month", "conversation_id"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        {"sqlite_with_rowid": False},
    )

    service_id: int = _number()
    month: date
    conversation_id: int = _number()
    organization_id: int = _number()
    days: int = Field(sa_column=Column(BigInteger, nullable=False))


class UsageSpells(SQLModel, table=True):
    """From and until which local day, both included, people used the mobile application: each opening counts for 60
    days (R7). The spells of a person neither overlap nor touch; those of some hundred people (`bundle`) lie together,
    as records (data/usage/records)."""

    __tablename__ = "usage_spells"
    __table_args__ = (PrimaryKeyConstraint("organization_id", "bundle"),)

    organization_id: int = refers_to("organizations.id")
    bundle: int = _number()
    spells: bytes = _records()


class UsageMark(SQLModel, table=True):
    """How far something has been counted, and since when it is measured."""

    __tablename__ = "usage_marks"

    name: str = Field(primary_key=True, max_length=20)
    at: datetime = instant()

"""Conversations, who takes part, and what was said."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint, false, text
from sqlmodel import Column, Field, SQLModel

from data.models.columns import Id, Instant, instant, key, refers_to, tenant_key


def _index_of(name: str, condition: str) -> Index:
    """Finds the few that usage has still to count, notifications still to tell."""
    where = text(condition)
    return Index(f"ix_conversations_{name}", "id", sqlite_where=where, postgresql_where=where)


class Conversation(SQLModel, table=True):
    """`public`, `one_to_one` or `group`, always of one service.

    `last_seq` numbers what happens to its messages (sent, edited, deleted): a client that holds seq N knows what it
    lacks. `last_ordinal` numbers the messages themselves: unread counts and paging.

    `counted_ordinal`, `counted_seq` (-1: not yet that it began), `settled_ordinal`: how far usage has counted its
    messages, what happened to them, and who read them (data/usage/fill). `notified_ordinal` (-1: not yet that it
    began): how far notifications are queued."""

    __tablename__ = "conversations"
    __table_args__ = (
        tenant_key(),
        ForeignKeyConstraint(["organization_id", "service_id"], ["services.organization_id", "services.id"]),
        # Public ones among many private ones. (Nothing that changes with each message: each would have to keep it up.)
        Index("ix_conversations_service_id_kind", "service_id", "kind"),
        Index("ix_conversations_created_by_created_at", "created_by", "created_at"),
        # No twins: one living one-to-one for a pair in a service (R12).
        Index(
            "uq_conversations_pair",
            "service_id",
            "pair_low",
            "pair_high",
            unique=True,
            sqlite_where=text("deleted_at IS NULL AND pair_low IS NOT NULL"),
            postgresql_where=text("deleted_at IS NULL AND pair_low IS NOT NULL"),
        ),
        # What was begun once is not begun again by a command that was sent again (R22).
        Index(
            "uq_conversations_created_by_start_ref",
            "created_by",
            "start_ref",
            unique=True,
            sqlite_where=text("start_ref IS NOT NULL"),
            postgresql_where=text("start_ref IS NOT NULL"),
        ),
        _index_of("uncounted", "last_seq > counted_seq"),
        _index_of("unnotified", "last_ordinal > notified_ordinal"),
        _index_of("unsettled", "kind = 'public' AND last_ordinal > settled_ordinal"),
    )

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    service_id: int = refers_to("services.id")
    kind: str = Field(max_length=10)
    name: str | None = Field(default=None, max_length=80)
    search_name: str = Field(default="", max_length=400)
    pair_low: int | None = refers_to("people.id", nullable=True)
    pair_high: int | None = refers_to("people.id", nullable=True)
    created_by: int = refers_to("people.id")
    start_ref: str | None = Field(default=None, max_length=64)
    created_at: datetime = instant()
    active_at: datetime = instant()
    last_ordinal: int = Field(default=0)
    last_seq: int = Field(default=0)
    deleted_at: datetime | None = instant(nullable=True)
    deleted_by: int | None = refers_to("people.id", nullable=True)
    counted_ordinal: int = Field(default=0, sa_column=Column(Id, nullable=False, server_default="0"))
    counted_seq: int = Field(default=-1, sa_column=Column(Id, nullable=False, server_default="-1"))
    notified_ordinal: int = Field(default=-1, sa_column=Column(Id, nullable=False, server_default="-1"))
    settled_ordinal: int = Field(default=0, sa_column=Column(Id, nullable=False, server_default="0"))


class Participant(SQLModel, table=True):
    """Somebody's place in a conversation: in a private one from its creation, in a public one from the first view (R8),
    which `joined_at` tells (None: left or hidden without ever looking).

    `left_ordinal`, `left_seq`: how far the conversation was at `left_at`; whoever left learns no more of it.
    `hidden_ordinal`: hidden for oneself until a message beyond that ordinal (R16).
    `from_ordinal`: whoever was added later reads what comes after it, and nothing of what was said before (R19).
    `muted_at`: since when one gets no notifications of it; what is unread counts all the same (R20)."""

    __tablename__ = "participants"
    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "person_id"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        Index("ix_participants_person_id", "person_id"),
    )

    conversation_id: int = Field(sa_column=Column(Id, nullable=False))
    person_id: int = Field(sa_column=Column(Id, nullable=False))
    organization_id: int = refers_to("organizations.id")
    joined_at: datetime | None = instant(nullable=True)
    left_at: datetime | None = instant(nullable=True)
    left_ordinal: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    left_seq: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    hidden_ordinal: int | None = None
    read_ordinal: int = Field(default=0)
    from_ordinal: int = Field(default=0, sa_column=Column(Id, nullable=False, server_default="0"))
    muted_at: datetime | None = instant(nullable=True)


class Message(SQLModel, table=True):
    """`ordinal` is its place in the conversation. `kind`: `text`, or a line of the system's own about its author
    (`left`, `returned`, `added`). A deleted message keeps its place and loses its words.

    `author_employed`, `author_leads`: whether its author worked in the service at that moment, and led it.
    `urgent_reason`: why it alerts in quiet hours too (R20); for administrators."""

    __tablename__ = "messages"
    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "ordinal"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        # The same ref sent again is the same message (R22).
        UniqueConstraint("conversation_id", "author_id", "ref"),
        Index(
            "ix_messages_conversation_id_changed_seq",
            "conversation_id",
            "changed_seq",
            sqlite_where=text("changed_seq IS NOT NULL"),
            postgresql_where=text("changed_seq IS NOT NULL"),
        ),
        Index(
            "ix_messages_urgent",
            "organization_id",
            "created_at",
            sqlite_where=text("urgent_reason IS NOT NULL"),
            postgresql_where=text("urgent_reason IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    conversation_id: int = Field(sa_column=Column(Id, nullable=False))
    ordinal: int = Field(sa_column=Column(Id, nullable=False))
    author_id: int = refers_to("people.id")
    kind: str = Field(max_length=10)
    text: str = Field(sa_column=Column(Text, nullable=False))
    ref: str = Field(max_length=64)
    created_at: datetime = instant()
    edited_at: datetime | None = instant(nullable=True)
    deleted_at: datetime | None = instant(nullable=True)
    changed_seq: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    organization_id: int = Field(sa_column=Column(Id, nullable=False))
    author_employed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    author_leads: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    urgent_reason: str | None = Field(default=None, max_length=200)


class AddedPerson(SQLModel, table=True):
    """Whom the line at that place says to have been added."""

    __tablename__ = "added_people"
    __table_args__ = (
        PrimaryKeyConstraint("conversation_id", "ordinal", "person_id"),
        ForeignKeyConstraint(
            ["organization_id", "conversation_id"], ["conversations.organization_id", "conversations.id"]
        ),
        ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
        {"sqlite_with_rowid": False},
    )

    conversation_id: int = Field(sa_column=Column(Id, nullable=False))
    ordinal: int = Field(sa_column=Column(Id, nullable=False))
    person_id: int = Field(sa_column=Column(Id, nullable=False))
    organization_id: int = Field(sa_column=Column(Id, nullable=False))


class ChatImport(SQLModel, table=True):
    """How far a file of foreign messages has been read, so that an interrupted import goes on where it stopped."""

    __tablename__ = "chat_imports"
    __table_args__ = (UniqueConstraint("service_id", "file_digest"),)

    id: int | None = key()
    organization_id: int = refers_to("organizations.id")
    service_id: int = refers_to("services.id")
    file_digest: str = Field(max_length=64)
    lines_read: int
    updated_at: datetime = Field(sa_column=Column(Instant, nullable=False))

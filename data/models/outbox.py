"""What happened here and other processes must hear of."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Column, Field, SQLModel

from data.models.columns import instant, key


class OutboxEntry(SQLModel, table=True):
    """The events of one unit of work, written with its rows: whoever sees the rows will hear of them, even if the
    process that wrote them ends in that moment. `batch`: see `data.realtime.events.encode_batch`. Kept for minutes."""

    __tablename__ = "outbox"

    id: int | None = key()
    origin: str = Field(max_length=16)
    batch: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = instant()

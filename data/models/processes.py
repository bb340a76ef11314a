"""Which processes serve, and when scheduled work was last done: for who runs the servers. Nothing of anybody."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from data.models.columns import instant, key


class Process(SQLModel, table=True):
    """A serving process tells of itself every few seconds. `place`: host and port; `figures`: see data/metrics."""

    __tablename__ = "processes"

    id: int | None = key()
    name: str = Field(max_length=16, unique=True)
    place: str = Field(max_length=200)
    number: int
    started_at: datetime = instant()
    seen_at: datetime = instant(index=True)
    figures: str


class JobRun(SQLModel, table=True):
    """The last time that scheduled work was done, and the last time that it failed, with the kind of error."""

    __tablename__ = "job_runs"

    name: str = Field(primary_key=True, max_length=40)
    succeeded_at: datetime | None = instant(nullable=True)
    failed_at: datetime | None = instant(nullable=True)
    failure: str | None = Field(default=None, max_length=100)

"""Which past the database has."""

from sqlmodel import Field, SQLModel

from data.models.columns import key


class Timeline(SQLModel, table=True):
    """One row. Another name from the moment an older state was restored: what clients kept may be of a future that did
    not come to pass, and what is numbered alike is not the same."""

    __tablename__ = "timelines"

    id: int | None = key()
    name: str = Field(max_length=16)

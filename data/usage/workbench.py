"""The part of the conversations that is counted at once: their cursors, and their messages as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import Executable

from data.db import Reader
from data.usage.localtime import to_hours_of
from data.usage.stats import KINDS, Numbers


@dataclass(frozen=True)
class Home:
    """Where a conversation is."""

    organization_id: int
    service_id: int
    timezone: str
    kind: str


@dataclass(frozen=True)
class Cursor:
    """What of a conversation is counted next: its messages in (from_ordinal, upto_ordinal], what happened to them in
    (from_seq, upto_seq]. `from_seq` -1: also that it began."""

    conversation_id: int
    home: Home
    from_ordinal: int
    upto_ordinal: int
    from_seq: int = 0
    upto_seq: int = 0

    @property
    def size(self) -> int:
        return self.upto_ordinal - self.from_ordinal

    def cut(self, most: int) -> tuple[Cursor, Cursor | None]:
        """The first part, and the rest; what happened to the messages goes with the rest, when all are counted."""
        if self.size <= most:
            return self, None
        middle, began = self.from_ordinal + most, max(self.from_seq, 0)
        first = Cursor(self.conversation_id, self.home, self.from_ordinal, middle, self.from_seq, began)
        return first, Cursor(self.conversation_id, self.home, middle, self.upto_ordinal, began, self.upto_seq)


@dataclass(frozen=True)
class Listing:
    """What is to count next, and where to look further (None: nowhere)."""

    cursors: list[Cursor]
    last_id: int | None


class Workbench:
    """Cursors by conversation, and what is the same for all that is in one."""

    def __init__(self, chosen: Sequence[Cursor]) -> None:
        self.cursors = sorted(chosen, key=lambda cursor: cursor.conversation_id)
        self.ids = np.array([cursor.conversation_id for cursor in self.cursors], dtype=np.int64)
        self.upto_ordinals = np.array([cursor.upto_ordinal for cursor in self.cursors], dtype=np.int64)
        self.kinds = np.array([KINDS[cursor.home.kind] for cursor in self.cursors], dtype=np.int64)
        self._organizations = np.array([cursor.home.organization_id for cursor in self.cursors], dtype=np.int64)
        self.places = sorted({(cursor.home.organization_id, cursor.home.service_id) for cursor in self.cursors})
        numbers = {place: number for number, place in enumerate(self.places)}
        self.place_of = np.array(
            [numbers[cursor.home.organization_id, cursor.home.service_id] for cursor in self.cursors], dtype=np.int64
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {"ids": self.ids.tolist(), "most": max((cursor.size for cursor in self.cursors), default=0)}

    def to_hours(self, rows: Numbers, instants: Numbers) -> Numbers:
        """Local hours of instants, each in the conversation of that row."""
        timezones = {cursor.home.organization_id: cursor.home.timezone for cursor in self.cursors}
        return to_hours_of(self._organizations[rows], instants, timezones)


def fetch(reader: Reader, statement: Executable, parameters: dict[str, Any], width: int) -> Numbers:
    """Whole numbers, one column after the other, straight from the driver: rows as Core makes them cost more than the
    rest."""
    rows = reader.execute(statement, parameters).cursor
    found = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    return found.reshape(-1, width).T

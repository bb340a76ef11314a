"""The counters, each declared once. A new one is an entry here; `usage-rebuild` then counts it for the past too.

Each counts facts of one source by local day and month, for the service and (delays excepted) for the organization:
`sent`: messages that people wrote, on the day they were sent. `deleted`: of these, the deleted ones, on the same day.
`begun`: conversations, on the day they began, without what an import began. `settled`: public messages of more than 24
hours, written here. What they mean to whoever reads figures: data/usage/definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Source = Literal["sent", "deleted", "begun", "settled"]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

PUBLIC, GROUP, ONE_TO_ONE = range(3)
KINDS = {"public": PUBLIC, "group": GROUP, "one_to_one": ONE_TO_ONE}
NEVER = -1
ALL_DAY = -1  # a slot; the indexes of the table know it


@dataclass(frozen=True)
class Facts:
    """One a place in the arrays. `place`: which service, as the batch numbers them. `hour`: local (see localtime).
    `leads`, `employed`: what the author was there at that moment. `replied`: seconds since the message before, where
    somebody else wrote it. `readers`, `seen`: of settled ones, how many people who work there saw it within 24 hours,
    the author left out, and after how many seconds the first did."""

    place: Numbers
    kind: Numbers
    hour: Numbers
    conversation: Numbers
    author: Numbers
    leads: Mask
    employed: Mask
    replied: Numbers | None = None
    readers: Numbers | None = None
    seen: Numbers | None = None

    @property
    def is_public(self) -> Mask:
        return self.kind == PUBLIC

    @property
    def day(self) -> Numbers:
        return self.hour // 24


class Slot(Enum):
    """What the slots of a counter are. HOUR: of the day, 0 to 23; by month weekday x 24 + hour, Monday first. NONE: all
    is in the slot ALL_DAY; such counters are summed by quarter too."""

    NONE = 0
    HOUR = 1


@dataclass(frozen=True)
class Stat:
    """How many facts `counts` is true of; or what `amounts` adds up to."""

    name: str
    source: Source
    counts: Callable[[Facts], Mask]
    slot: Slot = Slot.NONE
    amounts: Callable[[Facts], Numbers | None] = lambda facts: None


@dataclass(frozen=True)
class DelayStat:
    """Facts with a delay (seconds; NEVER: without), by its step (data/usage/buckets)."""

    name: str
    source: Source
    delays: Callable[[Facts], Numbers | None]


def _of_kind(kind: int) -> Callable[[Facts], Mask]:
    return lambda facts: facts.kind == kind


_is_public = _of_kind(PUBLIC)

STATS = (
    Stat("public_messages", "sent", _is_public, Slot.HOUR),
    Stat("public_messages_by_leaders", "sent", lambda facts: facts.is_public & facts.leads, Slot.HOUR),
    # By day and month without the hours: for a hundred services and a year, of a hundred times fewer rows.
    Stat("public_messages_total", "sent", _is_public),
    Stat("public_messages_by_leaders_total", "sent", lambda facts: facts.is_public & facts.leads),
    Stat("public_deleted_total", "deleted", _is_public),
    Stat("public_messages_by_employees", "sent", lambda facts: facts.is_public & facts.employed),
    Stat("group_messages", "sent", _of_kind(GROUP)),
    Stat("one_to_one_messages", "sent", _of_kind(ONE_TO_ONE)),
    Stat("public_deleted", "deleted", _is_public, Slot.HOUR),
    Stat("group_deleted", "deleted", _of_kind(GROUP)),
    Stat("one_to_one_deleted", "deleted", _of_kind(ONE_TO_ONE)),
    Stat("public_conversations_started", "begun", _is_public),
    Stat("private_conversations_started", "begun", lambda facts: ~facts.is_public),
    Stat("settled_messages", "settled", _is_public),
    Stat("settled_by_employees", "settled", lambda facts: facts.employed),
    Stat("reads_in_24h", "settled", _is_public, amounts=lambda facts: facts.readers),
)
DELAY_STATS = (
    DelayStat("first_reply", "sent", lambda facts: facts.replied),
    DelayStat("first_read", "settled", lambda facts: facts.seen),
)

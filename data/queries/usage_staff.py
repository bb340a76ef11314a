"""Who works where, and who has the application, for the figures of usage: as arrays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import BindParameter, bindparam, func, or_, select

from data import db
from data.db import Reader
from data.models import accounts, assignments, organizations, people, push_devices, usage_spells
from data.models.columns import Instant
from data.usage.days import DayNumber
from data.usage.records import SPELL, join_records
from data.usage.staff import ENDLESS, Numbers, Spells
from data.usage.windows import Window
from data.usage.workbench import fetch

REMEMBERED = 20  # organizations

_memories: WeakKeyDictionary[db.Database, OrderedDict[Hashable, Staff]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Staff:
    """`stints`: person, service, first and last day of each, of all times. `cut_off`: people without access, be it
    taken from them or never given."""

    stints: Numbers
    cut_off: Numbers


def read_staff(reader: Reader, organization_id: int) -> Staff:
    """Remembered until the organization's rights change: whoever comes, goes, moves, or loses access changes them."""
    memory = _memories.setdefault(db.current(), OrderedDict())
    version = reader.execute(_VERSION, {"here": organization_id}).scalar_one()
    staff = memory.get((organization_id, version))
    if staff is None:
        stints, cut_off = (fetch(reader, query, {"here": organization_id}, width) for query, width in _FACTS)
        staff = memory[organization_id, version] = Staff(stints, cut_off[0])
        while len(memory) > REMEMBERED:
            memory.popitem(last=False)
    return staff


def read_spells(reader: Reader, organization_id: int) -> Spells:
    """With the application."""
    values = reader.execute(_SPELLS, {"here": organization_id}).scalars().all()
    records, _ = join_records(SPELL, values)
    return Spells.build(*(records[name].astype(np.int64) for name in ("person", "from_on", "until_on")))


def list_told(reader: Reader, organization_id: int, window: Window, timezone: str) -> Numbers:
    """People with a device that took notifications at the end of the period."""
    at = min(window.bounds(timezone)[1], reader.now)
    (found,) = fetch(reader, _TOLD, {"here": organization_id, "at": at}, 1)
    return found


_HERE: BindParameter[int] = bindparam("here")
_VERSION = select(organizations.c.rights_version).where(organizations.c.id == _HERE)
_STINTS = select(
    assignments.c.person_id,
    assignments.c.service_id,
    DayNumber(assignments.c.starts_on),
    func.coalesce(DayNumber(assignments.c.ends_on), ENDLESS),
).where(assignments.c.organization_id == _HERE)
_CUT_OFF = (
    select(people.c.id)
    .outerjoin(accounts, accounts.c.id == people.c.account_id)
    .where(
        people.c.organization_id == _HERE, or_(people.c.account_id.is_(None), accounts.c.deactivated_at.is_not(None))
    )
)
_FACTS = ((_STINTS, 4), (_CUT_OFF, 1))
_SPELLS = select(usage_spells.c.spells).where(usage_spells.c.organization_id == _HERE).order_by(usage_spells.c.bundle)
_AT = bindparam("at", type_=Instant)
_TOLD = select(push_devices.c.person_id).where(
    push_devices.c.organization_id == _HERE,
    push_devices.c.created_at <= _AT,
    or_(push_devices.c.ended_at.is_(None), push_devices.c.ended_at > _AT),
)

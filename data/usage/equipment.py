"""From when to when people used the mobile application, from its openings. An opening told twice is the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from data.aside import Aside
from data.models import app_openings, usage_equipment
from data.models.columns import Instant
from data.usage.counting import as_number
from data.usage.groups import group
from data.usage.localtime import to_date, to_hours_of
from data.usage.marks import Write
from data.usage.people import list_timezones
from data.usage.workbench import fetch

EQUIPPED_DAYS = 60  # the day of the opening included (R7)
LOOKED_UP = 500  # people in one statement
DAY = timedelta(days=1)

Spell = tuple[date, date]  # both days included
Whose = tuple[int, int]  # person, organization


def load_openings(aside: Aside, after: datetime, upto: datetime) -> Write:
    person, organization, at = fetch(aside, _OPENINGS, {"after": after, "upto": upto}, 3)
    days = to_hours_of(organization, at, list_timezones(aside)) // 24
    spells: defaultdict[Whose, list[Spell]] = defaultdict(list)
    for person_id, organization_id, day in zip(*group(person, organization, days).list_keys(), strict=True):
        opened_on = to_date(day)
        spells[person_id, organization_id].append((opened_on, opened_on + (EQUIPPED_DAYS - 1) * DAY))
    return partial(_write, aside, spells)


def merge_spells(spells: Iterable[Spell]) -> list[Spell]:
    """The same days, in as few spells as can be."""
    merged: list[Spell] = []
    for from_on, until_on in sorted(spells):
        if merged and from_on <= merged[-1][1] + DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until_on))
        else:
            merged.append((from_on, until_on))
    return merged


def _write(aside: Aside, spells: dict[Whose, list[Spell]]) -> None:
    everybody = sorted(spells)
    for start in range(0, len(everybody), LOOKED_UP):
        chosen = everybody[start : start + LOOKED_UP]
        known = _list_known(aside, [person_id for person_id, _ in chosen])
        merged = {whose: merge_spells([*known[whose[0]], *spells[whose]]) for whose in chosen}
        gone = [_describe(whose, spell) for whose in chosen for spell in known[whose[0]] if spell not in merged[whose]]
        new = [_describe(whose, spell) for whose in chosen for spell in merged[whose] if spell not in known[whose[0]]]
        if gone:
            aside.execute(_REMOVE, gone)
        if new:
            aside.execute(insert(usage_equipment), new)


def _describe(whose: Whose, spell: Spell) -> dict[str, Any]:
    return {"person_id": whose[0], "organization_id": whose[1], "from_on": spell[0], "until_on": spell[1]}


def _list_known(aside: Aside, person_ids: list[int]) -> defaultdict[int, list[Spell]]:
    known: defaultdict[int, list[Spell]] = defaultdict(list)
    rows = aside.execute(
        select(usage_equipment.c.person_id, usage_equipment.c.from_on, usage_equipment.c.until_on)
        .where(usage_equipment.c.person_id.in_(person_ids))
        .order_by(usage_equipment.c.person_id, usage_equipment.c.from_on)
    )
    for person_id, from_on, until_on in rows:
        known[person_id].append((from_on, until_on))
    return known


_REMOVE = delete(usage_equipment).where(
    usage_equipment.c.person_id == bindparam("person_id"), usage_equipment.c.from_on == bindparam("from_on")
)
_OPENINGS = select(
    app_openings.c.person_id, app_openings.c.organization_id, as_number(app_openings.c.effective_at)
).where(
    app_openings.c.recorded_at > bindparam("after", type_=Instant),
    app_openings.c.recorded_at <= bindparam("upto", type_=Instant),
)

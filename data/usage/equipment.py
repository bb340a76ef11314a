"""From when to when people used the mobile application, from its openings. An opening told twice is the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np
from sqlalchemy import bindparam, select

from data.aside import Aside
from data.models import app_openings, usage_spells
from data.models.columns import Instant
from data.usage.counting import as_number
from data.usage.groups import group
from data.usage.localtime import to_hours_of
from data.usage.marks import Write
from data.usage.people import list_timezones
from data.usage.records import SPELL, Records, read_records
from data.usage.workbench import fetch
from data.usage.writing import upsert

EQUIPPED_DAYS = 60  # the day of the opening included (R7)
BUNDLE = 512  # people whose spells lie together

Spell = tuple[int, int]  # both days included, as `date.toordinal` numbers them
Bundle = tuple[int, int]  # organization, number


def load_openings(aside: Aside, after: datetime, upto: datetime) -> Write:
    person, organization, at = fetch(aside, _OPENINGS, {"after": after, "upto": upto}, 3)
    days = to_hours_of(organization, at, list_timezones(aside)) // 24
    bundles: defaultdict[Bundle, defaultdict[int, list[Spell]]] = defaultdict(lambda: defaultdict(list))
    for here, who, day in zip(*group(organization, person, days).list_keys(), strict=True):
        bundles[here, who // BUNDLE][who].append((day, day + EQUIPPED_DAYS - 1))
    return partial(_write, aside, bundles)


def merge_spells(spells: Iterable[Spell]) -> list[Spell]:
    """The same days, in as few spells as can be."""
    merged: list[Spell] = []
    for from_on, until_on in sorted(spells):
        if merged and from_on <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until_on))
        else:
            merged.append((from_on, until_on))
    return merged


def _write(aside: Aside, bundles: Mapping[Bundle, Mapping[int, Sequence[Spell]]]) -> None:
    changed = []
    for (organization, number), spells in sorted(bundles.items(), key=lambda item: item[0]):
        known = aside.execute(_KNOWN, {"organization": organization, "bundle": number}).scalar() or b""
        value = _add(read_records(SPELL, known), spells).tobytes()
        if value != known:
            changed.append((organization, number, value))
    upsert(aside, _REPLACE, changed)


def _add(known: Records, spells: Mapping[int, Sequence[Spell]]) -> Records:
    everybody: defaultdict[int, list[Spell]] = defaultdict(list)
    for who, from_on, until_on in known.tolist():
        everybody[who].append((from_on, until_on))
    merged = everybody | {who: merge_spells([*everybody[who], *new]) for who, new in spells.items()}
    return np.array([(who, *spell) for who in sorted(merged) for spell in merged[who]], SPELL)


_KNOWN = select(usage_spells.c.spells).where(
    usage_spells.c.organization_id == bindparam("organization"), usage_spells.c.bundle == bindparam("bundle")
)
_REPLACE = (
    "INSERT INTO usage_spells (organization_id, bundle, spells) VALUES {values}"
    " ON CONFLICT (organization_id, bundle) DO UPDATE SET spells = excluded.spells"
)
_OPENINGS = select(
    app_openings.c.person_id, app_openings.c.organization_id, as_number(app_openings.c.effective_at)
).where(
    app_openings.c.recorded_at > bindparam("after", type_=Instant),
    app_openings.c.recorded_at <= bindparam("upto", type_=Instant),
)

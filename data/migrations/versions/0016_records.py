"""Who read and wrote in a month, delays and times of use as one value for many rows; and quarters beside months. What
was counted is laid out anew, nothing is counted again."""

import json
import struct
from collections import Counter, defaultdict
from datetime import date
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SERVICE = (["organization_id", "service_id"], ["services.organization_id", "services.id"])
BUNDLE = 512  # people
BY_HOUR = "('public_messages', 'public_messages_by_leaders', 'public_deleted')"
TOTALS = sa.text("slot = -1 AND service_id > 0")


def upgrade() -> None:
    _create()
    _copy_people()
    _copy_delays()
    _copy_spells()
    _add_quarters()
    columns = ["organization_id", "grain", "starts_on", "service_id", "stat", "value"]
    op.create_index("ix_usage_counts_totals", "usage_counts", columns, sqlite_where=TOTALS, postgresql_where=TOTALS)
    op.create_index("ix_app_openings_organization_id_id", "app_openings", ["organization_id", "id"])
    op.create_index("ix_push_devices_organization_id", "push_devices", ["organization_id"])
    for table in ("usage_people", "usage_delays", "usage_equipment"):
        op.drop_table(table)


def _create() -> None:
    op.create_table(
        "usage_deeds",
        sa.Column("service_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(*SERVICE, name=op.f("fk_usage_deeds_organization_id_service_id")),
        sa.PrimaryKeyConstraint("service_id", "month", name=op.f("pk_usage_deeds")),
    )
    op.create_table(
        "usage_waits",
        sa.Column("service_id", ID, nullable=False),
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("steps", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(*SERVICE, name=op.f("fk_usage_waits_organization_id_service_id")),
        sa.PrimaryKeyConstraint("service_id", "stat", "grain", "starts_on", name=op.f("pk_usage_waits")),
    )
    op.create_table(
        "usage_spells",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("bundle", ID, nullable=False),
        sa.Column("spells", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_usage_spells_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "bundle", name=op.f("pk_usage_spells")),
    )


def _copy_people() -> None:
    sql = (
        "SELECT service_id, month, organization_id, person_id, read_days, sent_days FROM usage_people"
        " ORDER BY service_id, month, person_id"
    )
    for place, rows in groupby(_read(sql), key=lambda row: tuple(row[:3])):
        packed = b"".join(struct.pack("<qII", *row[3:]) for row in rows)
        _write("usage_deeds", ("service_id", "month", "organization_id", "people"), (*place, packed))


def _copy_delays() -> None:
    quarters: dict[tuple[object, ...], Counter[int]] = defaultdict(Counter)
    columns = ("service_id", "stat", "organization_id", "grain", "starts_on", "steps")
    for *place, grain, starts_on, text in _read(f"SELECT {', '.join(columns)} FROM usage_delays"):
        steps = Counter({int(step): count for step, count in json.loads(text).items()})
        _write("usage_waits", columns, (*place, grain, starts_on, _pack(steps)))
        if grain == "month":
            quarters[*place, _find_quarter(starts_on)] += steps
    for (*place, starts_on), steps in quarters.items():
        _write("usage_waits", columns, (*place, "qtr", starts_on, _pack(steps)))


def _pack(steps: Counter[int]) -> bytes:
    return b"".join(struct.pack("<II", step, steps[step]) for step in sorted(steps))


def _copy_spells() -> None:
    sql = "SELECT organization_id, person_id, from_on, until_on FROM usage_equipment ORDER BY organization_id, person_id"
    for place, rows in groupby(_read(f"{sql}, from_on"), key=lambda row: (row[0], row[1] // BUNDLE)):
        packed = b"".join(struct.pack("<qii", person, _number(a), _number(b)) for _, person, a, b in rows)
        _write("usage_spells", ("organization_id", "bundle", "spells"), (*place, packed))


def _add_quarters() -> None:
    """Of the counters without hours, from their months; they are told from those by hour."""
    totals: Counter[tuple[object, ...]] = Counter()
    op.execute(f"UPDATE usage_counts SET slot = -1 WHERE stat NOT IN {BY_HOUR}")
    sql = "SELECT organization_id, service_id, stat, starts_on, value FROM usage_counts"
    for *place, starts_on, value in _read(f"{sql} WHERE grain = 'month' AND slot = -1"):
        totals[*place, _find_quarter(starts_on)] += value
    columns = ("organization_id", "service_id", "stat", "starts_on", "grain", "slot", "value")
    for key, value in totals.items():
        _write("usage_counts", columns, (*key, "qtr", -1, value))


def _find_quarter(month: object) -> object:
    """As the database gave the month."""
    day = _parse(month)
    first = day.replace(month=day.month - (day.month - 1) % 3)
    return first.isoformat() if isinstance(month, str) else first


def _parse(day: object) -> date:
    return date.fromisoformat(str(day))


def _number(day: object) -> int:
    return _parse(day).toordinal()


def _read(sql: str) -> list[sa.Row[tuple[object, ...]]]:
    return list(op.get_bind().execute(sa.text(sql)).all())


def _write(table: str, columns: tuple[str, ...], values: tuple[object, ...]) -> None:
    marks = ", ".join(f":{column}" for column in columns)
    sql = sa.text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")
    op.get_bind().execute(sql, dict(zip(columns, values, strict=True)))

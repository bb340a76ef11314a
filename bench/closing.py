"""`python -m bench.closing`: how long a month takes to close, on a database written for the occasion: one organization
of 100,000 employees, and 1,000 organizations of 100. From asking to the sealed invoice, all included."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from data import clock, db, migrations
from data.access.billing import access_bookkeeping_at_console
from data.billing.rating import Month
from data.bookkeeping import close_due_months, close_month
from data.config import DEMONSTRATION_SELLER
from data.models import (
    employees,
    employment_changes,
    option_changes,
    organizations,
    people,
    services,
    tax_profile_changes,
)

BEGAN = datetime(2026, 9, 1, 4, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
OCTOBER = Month(2026, 10)
HIRED = date(2025, 1, 6)
LEFT = date(2026, 10, 14)
SERVICES = 40


def main() -> None:
    for count, size in ((1, 100_000), (1_000, 100)):
        with tempfile.TemporaryDirectory() as folder, clock.reading(lambda: NOW):
            _fill(Path(folder) / "chat.db", count, size)
            seconds = _close_all(count)
            db.current().dispose()
        name = f"{count:,} organization{'s' if count > 1 else ''} of {size:,} employees"
        print(f"{name:<45}{seconds:8.2f} s   goal ≤ {1 if count == 1 else 10} s", flush=True)


def _close_all(count: int) -> float:
    begun = time.perf_counter()
    if count == 1:
        outcome = close_month(access_bookkeeping_at_console(), 1, OCTOBER, DEMONSTRATION_SELLER)
        assert outcome.numbers == ("F-2026-000001",), outcome
    else:
        done = [outcome for due, outcome in close_due_months(DEMONSTRATION_SELLER) if due.month == OCTOBER]
        assert len(done) == count, len(done)
    return time.perf_counter() - begun


def _fill(path: Path, count: int, size: int) -> None:
    url = f"sqlite:///{path}"
    migrations.upgrade(url)
    db.connect(url)
    with db.unit_of_work() as uow:
        for organization_id in range(1, count + 1):
            for table, rows in _list_rows(organization_id, size, count):
                uow.execute(insert(table), list(rows))


def _list_rows(here: int, size: int, count: int) -> Iterator[tuple[Any, Iterator[dict[str, Any]]]]:
    own = {"organization_id": here}
    first = (here - 1) * size + 1
    ids = range(first, first + size)
    places = min(SERVICES, max(1, size // 20))
    began = BEGAN if count == 1 else datetime(2026, 10, 1, 4, tzinfo=UTC)
    yield organizations, iter([_organization(here)])
    yield (
        tax_profile_changes,
        iter([own | {"effective_on": HIRED, "province": "QC", "exempt": "", "recorded_at": BEGAN}]),
    )
    yield (
        option_changes,
        iter([own | {"is_on": True, "effective_at": began, "recorded_at": began, "ticket": "T", "requested_by": "X"}]),
    )
    yield services, (own | {"id": here * 100 + n, "code": f"s{n:02}", "name": f"Service {n}"} for n in range(places))
    named = {"family_name": "Tremblay", "search_name": "x", "is_administrator": False, "created_at": BEGAN}
    yield people, (own | named | {"id": n, "given_name": f"P{n}"} for n in ids)
    yield employees, (own | {"person_id": n, "number": str(n)} for n in ids)
    known = {"recorded_at": BEGAN, "is_primary": True, "kind": "hired", "effective_on": HIRED}
    yield employment_changes, (own | known | {"person_id": n, "service_id": here * 100 + n % places} for n in ids)
    gone = {"recorded_at": BEGAN, "kind": "ended", "effective_on": LEFT}
    yield employment_changes, (own | gone | {"person_id": n} for n in ids if n % 20 == 0)


def _organization(here: int) -> dict[str, Any]:
    return {
        "id": here,
        "code": f"o{here}",
        "name": f"Organization {here}",
        "province": "QC",
        "timezone": "America/Toronto",
        "language": "fr",
        "rights_version": 1,
        "created_at": BEGAN,
    }


if __name__ == "__main__":
    sys.exit(main())

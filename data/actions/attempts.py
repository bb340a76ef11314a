"""How often a password may be tried, counted where all processes see it. What is kept of an attempt is short, and gone
after a quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from data.db import Reader, UnitOfWork
from data.errors import TooManyAttempts
from data.models import sign_in_failures, sign_in_places

WINDOW = timedelta(minutes=15)
# Failures within the window: of one identifier from one address, of one identifier from anywhere, of one address.
OF_BOTH, OF_IDENTIFIER, OF_ADDRESS = 5, 50, 200
PLACE_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class Attempt:
    """Hashes of who is tried from where, of who, and of from where."""

    both: str
    identifier: str
    address: str


def do_count_attempt(uow: UnitOfWork, attempt: Attempt) -> None:
    """As a failure, before it is looked at, so that a hundred at once count as a hundred. `TooManyAttempts` counts
    nothing.

    Who signed in from an address before is held back there by failures of their own only: neither a stranger who tries
    their identifier from elsewhere nor a colleague on the same network locks them out."""
    _wait_for_others(uow, attempt)
    _check(uow, attempt.both, OF_BOTH)
    if not _is_at_home(uow, attempt):
        _check(uow, attempt.address, OF_ADDRESS)
        _check(uow, attempt.identifier, OF_IDENTIFIER)
    failed = [{"about": about, "failed_at": uow.now} for about in (attempt.both, attempt.identifier, attempt.address)]
    uow.execute(insert(sign_in_failures), failed)
    uow.execute(delete(sign_in_failures).where(sign_in_failures.c.failed_at <= uow.now - WINDOW))


def do_forgive_attempt(uow: UnitOfWork, attempt: Attempt) -> None:
    """The right password was given: the attempt was no failure, and those before it were one's own."""
    uow.execute(delete(sign_in_failures).where(sign_in_failures.c.about == attempt.both))
    for about in (attempt.identifier, attempt.address):
        last = select(func.max(sign_in_failures.c.id)).where(sign_in_failures.c.about == about).scalar_subquery()
        uow.execute(delete(sign_in_failures).where(sign_in_failures.c.id == last))
    made = postgresql.insert(sign_in_places) if uow.locks else sqlite.insert(sign_in_places)
    place = made.values(about=attempt.both, used_at=uow.now)
    uow.execute(place.on_conflict_do_update(index_elements=["about"], set_={"used_at": uow.now}))
    uow.execute(delete(sign_in_places).where(sign_in_places.c.used_at <= uow.now - PLACE_LASTS))


def _wait_for_others(uow: UnitOfWork, attempt: Attempt) -> None:
    """Those who try the same at this moment are counted first."""
    if uow.locks:
        for about in sorted((attempt.identifier, attempt.address)):
            uow.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(about, 0))))


def _check(reader: Reader, about: str, limit: int) -> None:
    since = reader.now - WINDOW
    frees: datetime | None = reader.execute(
        select(sign_in_failures.c.failed_at)
        .where(sign_in_failures.c.about == about, sign_in_failures.c.failed_at > since)
        .order_by(sign_in_failures.c.failed_at.desc())
        .offset(limit - 1)
        .limit(1)
    ).scalar()
    if frees is not None:
        raise TooManyAttempts(retry_after=max(1, round((frees - since).total_seconds())))


def _is_at_home(reader: Reader, attempt: Attempt) -> bool:
    known = select(sign_in_places.c.about).where(sign_in_places.c.about == attempt.both)
    return reader.execute(known).first() is not None

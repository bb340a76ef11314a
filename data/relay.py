"""What other processes did reaches the sockets of this one.

Each unit of work leaves its events in the outbox, in its own transaction (data/db): a process that ends right after a
COMMIT loses none. Redis, where there is one, brings them at once; once a second each process looks in the outbox for
those that Redis did not bring. So an event comes here once, whatever happens to Redis or to whoever wrote it.

Order: entries may be seen a moment out of order. Clients put messages in order by their seq, and ask for what lacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import gevent
import msgspec
import structlog
from sqlalchemy import BigInteger, ColumnElement, delete, func, select, type_coerce

from data import db, postgres
from data.db import PostgresDatabase, Reader
from data.metrics import counted
from data.models import outbox
from data.realtime import bus
from data.realtime.events import Emitted, decode_batch
from data.realtime.stream import Stream

LOOKS_EVERY = 1.0  # seconds
LATE_AFTER = 5.0  # seconds
# A transaction takes its entry's number before it commits: numbers this much older than the newest seen are complete.
SETTLED_AFTER = 15.0  # seconds
KEPT_FOR = 300.0  # seconds
PRUNES_EVERY = 60.0  # seconds
PRUNES_AT_ONCE = 5_000

log = structlog.get_logger()


class Heard:
    """Which entries this process knows: all up to `floor`, and those in `recent` with the second they came."""

    def __init__(self) -> None:
        self.floor = 0
        self._recent: dict[int, float] = {}
        self._stored: dict[int, float] = {}

    def add(self, entry_id: int, now: float) -> bool:
        """False if it was known."""
        if entry_id <= self.floor or entry_id in self._recent:
            return False
        self._recent[entry_id] = now
        return True

    def see_stored(self, entry_id: int, now: float) -> None:
        """It stands in the database. Only such numbers move the floor: whatever Redis says hides no true entry."""
        self._stored.setdefault(entry_id, now)

    def settle(self, now: float) -> None:
        """Nothing below what was stored long ago can still come: it need not be remembered by itself."""
        old = [entry_id for entry_id, at in self._stored.items() if at <= now - SETTLED_AFTER]
        self.floor = max(self.floor, *old) if old else self.floor
        self._stored = {entry_id: at for entry_id, at in self._stored.items() if entry_id > self.floor}
        recent = now - 4 * SETTLED_AFTER
        self._recent = {
            entry_id: at
            for entry_id, at in self._recent.items()
            if entry_id > self.floor and (at > recent or entry_id in self._stored)
        }


class Relay:
    """`deliver` gets each batch of every other process once. `seal`: what the processes of one installation know and
    nobody else who writes to the same Redis does."""

    def __init__(
        self,
        database: PostgresDatabase,
        deliver: Callable[[Sequence[Emitted]], None],
        *,
        redis_url: str = "",
        seal: bytes = b"",
    ) -> None:
        self._database = database
        self._deliver = deliver
        self._heard = Heard()
        self._stream = Stream(redis_url, seal, database.origin, self._hear) if redis_url else None
        self._stop_carrying: Callable[[], None] | None = None
        self._keeper: gevent.Greenlet | None = None
        self._looked_at = time.monotonic()

    @property
    def name(self) -> str:
        """What brings the events now."""
        return "redis" if self._stream is not None and self._stream.is_heard else "database"

    @property
    def is_degraded(self) -> bool:
        return self._stream is not None and not self._stream.is_heard

    @property
    def is_late(self) -> bool:
        """The outbox has not been looked at for a while: what others do may be heard late."""
        return time.monotonic() > self._looked_at + LATE_AFTER

    @property
    def waiting(self) -> int:
        """Entries of this process that wait for Redis."""
        return 0 if self._stream is None else self._stream.waiting

    def start(self) -> None:
        """From now on; what happened before, whoever connects reads for itself."""
        self._know_what_is_there()
        if self._stream is not None:
            self._stop_carrying = bus.carry_with(self._stream.put)
            self._stream.start()
        self._keeper = gevent.spawn(self._keep)

    def _know_what_is_there(self) -> None:
        with self._database.read() as reader:
            floor = select(func.coalesce(func.max(outbox.c.id), 0)).where(_is_older_than(SETTLED_AFTER))
            self._heard.floor = reader.execute(floor).scalar_one()
            for entry_id in reader.execute(select(outbox.c.id).where(outbox.c.id > self._heard.floor)).scalars():
                self._heard.add(entry_id, time.monotonic())
                self._heard.see_stored(entry_id, time.monotonic())

    def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.kill()
        if self._stream is not None:
            self._stream.stop()
        if self._stop_carrying is not None:
            self._stop_carrying()

    def _hear(self, entry_id: int, origin: str, batch: bytes) -> None:
        if origin != self._database.origin and self._heard.add(entry_id, time.monotonic()):
            self._tell(batch)

    def _tell(self, batch: bytes) -> None:
        """What cannot be read (of a newer version, during an upgrade) takes nothing else with it."""
        try:
            emitted = decode_batch(batch)
        except msgspec.MsgspecError as error:
            log.warning("outbox_entry_unreadable", error=str(error)[:200])
            return
        self._deliver(emitted)

    def _keep(self) -> None:
        pruned_at = time.monotonic()
        while True:
            gevent.sleep(LOOKS_EVERY)
            try:
                self._look()
                if time.monotonic() > pruned_at + PRUNES_EVERY:
                    pruned_at = time.monotonic()
                    prune()
            except Exception as error:
                log.warning("outbox_unread", error=type(error).__name__)

    def _look(self) -> None:
        """Numbers first: what Redis brought is not read again."""
        with self._database.read() as reader:
            numbers = reader.execute(
                select(outbox.c.id)
                .where(outbox.c.id > self._heard.floor, outbox.c.origin != self._database.origin)
                .order_by(outbox.c.id)
            ).scalars()
            now = time.monotonic()
            missed = []
            for entry_id in numbers:
                self._heard.see_stored(entry_id, now)
                if self._heard.add(entry_id, now):
                    missed.append(entry_id)
            batches = _read_batches(reader, missed) + self._read_in_doubt(reader)
        counted.bus_missed += len(missed)
        self._looked_at = now
        self._heard.settle(now)
        for batch in batches:
            self._tell(batch)

    def _read_in_doubt(self, reader: Reader) -> list[bytes]:
        """What this process wrote without hearing whether it was kept: nobody here was told of it."""
        asked, self._database.in_doubt = self._database.in_doubt, []
        return _read_batches(reader, asked)


def _read_batches(reader: Reader, entry_ids: list[int]) -> list[bytes]:
    if not entry_ids:
        return []
    rows = reader.execute(select(outbox.c.batch).where(outbox.c.id.in_(entry_ids)).order_by(outbox.c.id))
    return list(rows.scalars())


def prune() -> None:
    """Entries that every process has long heard: by the key, oldest first, as far as they are old (numbers come in the
    order of time, nearly), a slice at a time so that no unit is long."""
    oldest = select(outbox.c.id).order_by(outbox.c.id).limit(PRUNES_AT_ONCE)
    gone = PRUNES_AT_ONCE
    while gone == PRUNES_AT_ONCE:
        with db.unit_of_work() as uow:
            gone = uow.execute(delete(outbox).where(outbox.c.id.in_(oldest), _is_older_than(KEPT_FOR))).rowcount


def _is_older_than(seconds: float) -> ColumnElement[bool]:
    return type_coerce(outbox.c.created_at, BigInteger) < postgres.NOW - int(seconds * 1000)

"""The Redis stream that brings events from process to process in a fraction of a millisecond. A hint and no more: the
outbox in the database is the truth (data/relay), so nothing waits for Redis and nothing is lost with it. Entries are
sealed: another installation on the same Redis, or whoever else writes there, is not listened to."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import gevent
import redis
import structlog
from gevent.queue import Empty, Full, Queue

from data import clock
from data.metrics import counted

KEPT = 10_000  # entries in the stream, and at most so many waiting here for Redis to come back
AT_ONCE = 256
TOGETHER = 64  # entries in one round trip
LISTENS_FOR = 2_000  # milliseconds in one call
COMES_BACK_AFTER = 0.5  # seconds

log = structlog.get_logger()

Hear = Callable[[int, str, bytes], None]


class Stream:
    """`hear(entry_id, origin, batch)` is called for what any process put in, this one too, in the order of the
    stream."""

    def __init__(self, url: str, seal: bytes, origin: str, hear: Hear) -> None:
        options: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 5, "protocol": 2}
        self._writer = redis.Redis.from_url(url, **options)
        self._reader = redis.Redis.from_url(url, **options)
        self._origin = origin
        self._seal = seal
        self._key = f"chat:events:{self._sign(b'the name of the stream')[:16]}"
        self._hear = hear
        self._waiting: Queue[tuple[int, bytes]] = Queue(KEPT)
        self._greenlets: list[gevent.Greenlet] = []
        self.is_heard = False  # Redis answers

    def start(self) -> None:
        self._greenlets = [gevent.spawn(self._write), gevent.spawn(self._read)]

    @property
    def waiting(self) -> int:
        """Entries that wait for Redis."""
        return int(self._waiting.qsize())

    def stop(self) -> None:
        gevent.killall(self._greenlets)
        self._writer.close()
        self._reader.close()

    def put(self, entry_id: int, batch: bytes) -> None:
        """Never waits. What finds no place others read in the database."""
        try:
            self._waiting.put_nowait((entry_id, batch))
        except Full:
            counted.bus_dropped += 1
            self._waiting.get_nowait()
            self._waiting.put_nowait((entry_id, batch))

    def _write(self) -> None:
        while True:
            entries = [self._waiting.get(), *self._take_more()]
            try:
                pipeline = self._writer.pipeline(transaction=False)
                for entry_id, batch in entries:
                    fields: Any = {"id": entry_id, "origin": self._origin, "batch": batch}
                    fields["seal"] = self._sign(b"%d %s %s" % (entry_id, self._origin.encode(), batch))
                    pipeline.xadd(self._key, fields, maxlen=KEPT, approximate=True)
                pipeline.execute()
            except redis.RedisError:
                gevent.sleep(COMES_BACK_AFTER)  # these are in the database

    def _take_more(self) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        try:
            while len(found) < TOGETHER:
                found.append(self._waiting.get_nowait())
        except Empty:
            pass
        return found

    def _read(self) -> None:
        last: Any = "$"
        while True:
            try:
                last = self._read_on(last)
            except redis.RedisError as error:
                if self.is_heard:
                    log.warning("redis_away", error=type(error).__name__)
                self.is_heard = False
                gevent.sleep(COMES_BACK_AFTER)
                last = "$"  # what came meanwhile is in the database
            except Exception:
                log.exception("stream_failed")
                gevent.sleep(COMES_BACK_AFTER)

    def _read_on(self, last: Any) -> Any:
        if not self.is_heard:
            self._reader.ping()
            log.info("redis_heard")
            self.is_heard = True
        found: Any = self._reader.xread({self._key: last}, count=AT_ONCE, block=LISTENS_FOR)
        for _key, entries in found or ():
            for last, fields in entries:
                self._take(fields)
                counted.bus_lag.note(_find_age(last))
        return last

    def _take(self, fields: dict[bytes, bytes]) -> None:
        entry_id, origin, batch = (fields.get(name, b"") for name in (b"id", b"origin", b"batch"))
        sealed = self._sign(b" ".join((entry_id, origin, batch)))
        if hmac.compare_digest(sealed.encode(), fields.get(b"seal", b"")):
            self._hear(int(entry_id), origin.decode(), batch)
        else:
            log.warning("stream_entry_not_ours")

    def _sign(self, what: bytes) -> str:
        return hashlib.blake2b(what, key=self._seal, digest_size=32).hexdigest()


def _find_age(stream_id: bytes) -> float:
    """Seconds since Redis took it in: the number that it gave begins with its own milliseconds."""
    taken_at = int(stream_id.partition(b"-")[0])
    return max(0, clock.to_ms(clock.now()) - taken_at) / 1000

"""How long PostgreSQL is waited for: a server that is away, or a lock that somebody holds, refuses people within
seconds instead of leaving them before a message that neither goes nor fails."""

from __future__ import annotations

from typing import Any

import gevent
import psycopg
from gevent.monkey import is_module_patched
from sqlalchemy import BigInteger, Engine, event, literal_column

# What the client's side gives up on. Two seconds without a sign of what was sent: the network is gone, and waiting for
# its old connections would last longer than their absence.
CONNECTING: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 2_000,
}
# What the server gives up on: locks waited for, a transaction whose process is frozen (it holds rows that others need),
# a client whose machine went without a word (it holds the jobs of which one process takes care).
SETTINGS = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
}
_SET = "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items())

# Machines disagree about the time; what they compare with each other is told by the clock of the database.
NOW: Any = literal_column("CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", BigInteger)


class Connection(psycopg.Connection):  # type: ignore[misc]
    """Where gevent serves, it waits on the loop itself: the selector that psycopg makes for each answer was a
    quarter of what a message cost. (Nobody may close it meanwhile: that would not be noticed.)"""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None or not is_module_patched("threading"):
            return super().wait(gen, interval, timeout)
        hub, fileno = gevent.get_hub(), self.pgconn.socket
        try:
            awaited = next(gen)
            while True:
                watcher = hub.loop.io(fileno, awaited)  # READ is 1 and WRITE is 2, for both
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                awaited = gen.send(awaited)
        except StopIteration as end:
            return end.value


def connect_with(engine: Engine) -> None:
    event.listen(engine, "do_connect", lambda _dialect, _record, args, named: Connection.connect(*args, **named))


def prepare(connection: Any, _record: object) -> None:
    """Outside of any transaction: the end of one would take the settings back."""
    connection.autocommit = True
    connection.execute(_SET)
    connection.autocommit = False

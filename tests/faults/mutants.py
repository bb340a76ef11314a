"""Servers that are wrong on purpose: a measure that does not catch them proves nothing. Loaded by tests/serve where
MUTANT names one."""

from __future__ import annotations

import os
import secrets
import signal
from typing import Any

from callbacks import chat_commands
from data import db
from data.realtime.events import MessageSent

COMMITS_EVERY = 40  # groups
ENDS_AFTER = 90  # messages


def acknowledge_before_commit() -> None:
    """People are told that their message is kept while it is not: most are committed with a later one only."""
    end, commit, begin = db._GroupCommit._end, db._GroupCommit._commit, db._GroupCommit._begin
    is_put_off, groups = False, 0

    def end_of_messages(self: Any, group: Any) -> None:
        nonlocal is_put_off, groups
        groups += 1
        is_put_off = all(_sends(unit) for unit in group.units) and groups % COMMITS_EVERY != 0
        end(self, group)

    def commit_or_not(self: Any) -> None:
        if not is_put_off:
            commit(self)

    def begin_or_go_on(self: Any, patient_until: float) -> Any:
        return db._Group() if self._driver.in_transaction else begin(self, patient_until)

    db._GroupCommit._end = end_of_messages  # type: ignore[method-assign]
    db._GroupCommit._commit = commit_or_not  # type: ignore[method-assign]
    db._GroupCommit._begin = begin_or_go_on  # type: ignore[method-assign]


def _sends(unit: Any) -> bool:
    return any(isinstance(emitted.event, MessageSent) for emitted in unit.emitted)


def forget_refs() -> None:
    """The same message sent again is another one. After some messages it ends between the COMMIT and the
    acknowledgement, so that one has to be sent again."""
    left = ENDS_AFTER
    commit = db._GroupCommit._commit_for

    def end_in_time(self: Any, group: Any) -> None:
        nonlocal left
        commit(self, group)
        left -= sum(_sends(unit) for unit in group.units)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    db._GroupCommit._commit_for = end_in_time  # type: ignore[method-assign]
    send = chat_commands.do_send_message

    def send_anew(uow: Any, conversation: Any, text: str, *, ref: str) -> Any:
        return send(uow, conversation, text, ref=f"{ref}~{secrets.token_hex(4)}")

    chat_commands.do_send_message = send_anew


def synchronise_less() -> None:
    """SQLite's usual setting with a write-ahead log: kill -9 does it no harm, a power cut does."""
    prepare = db._prepare_writer

    def prepare_less(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous = NORMAL")

    db._prepare_writer = prepare_less


MUTANTS = {
    "acknowledge_before_commit": acknowledge_before_commit,
    "forget_refs": forget_refs,
    "synchronise_less": synchronise_less,
}

"""The queue of notifications: what each device is still to be told of each conversation, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from data.actions.push import note_reply
from data.db import UnitOfWork
from data.models import conversations, push_devices, push_notices
from data.models.columns import Instant
from data.prepared import Prepared
from data.push.delivery import Outcome, Reply
from data.push.endpoints import Target

GRACE = timedelta(seconds=1)  # in which somebody who looks says so
LEASE = timedelta(seconds=90)  # for which a notice belongs to who took it; a server that dies returns it
GAP = timedelta(seconds=5)  # between two notifications of a conversation on a device
FIRST_WAIT, LONGEST_WAIT = 15, 3_600  # seconds until a push service that failed is asked again
MOST_ATTEMPTS = 9  # some two hours


@dataclass(frozen=True)
class Notice:
    """What a device is to be told: of a conversation, up to a message (0: of the conversation itself). `is_beginning`:
    nobody was told of it before."""

    device_id: int
    conversation_id: int
    organization_id: int
    ordinal: int
    is_urgent: bool
    is_beginning: bool


@dataclass(frozen=True)
class ClaimedNotice(Notice):
    """`begun_at`: when the device was last told of new conversations."""

    is_held: bool
    attempts: int
    session_id: int
    begun_at: datetime | None
    target: Target

    @property
    def person_id(self) -> int:
        return self.target.person_id


def queue_notices(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """One row for a device and conversation, whatever comes; what is held stays held, unless it becomes urgent."""
    if not notices:
        return
    made = postgresql.insert(push_notices) if uow.locks else sqlite.insert(push_notices)
    statement = made.on_conflict_do_update(
        index_elements=["device_id", "conversation_id"],
        set_={
            "ordinal": made.excluded.ordinal,
            "is_urgent": push_notices.c.is_urgent | made.excluded.is_urgent,
            "is_held": and_(push_notices.c.is_held, ~made.excluded.is_urgent),
            "is_beginning": push_notices.c.is_beginning | made.excluded.is_beginning,
            "due_at": _find_due(made.excluded),
        },
    )
    due = {"is_held": False, "attempts": 0, "due_at": uow.now + GRACE}
    uow.execute(statement, [vars(notice) | due for notice in notices])


def _find_due(new: Any) -> Any:
    """What was told already, by another process or before a stop, is not told again. What is urgent goes now. What
    waits already goes when it would have gone; after something else was told, a little later: a quick talk is no row of
    alarms."""
    was_told = func.coalesce(push_notices.c.shown_ordinal, -1) >= new.ordinal
    waits_until = type_coerce(push_notices.c.due_at, BigInteger)
    next_at = type_coerce(push_notices.c.told_at, BigInteger) + GAP // timedelta(milliseconds=1)
    soon = type_coerce(new.due_at, BigInteger)
    return case(
        (was_told, waits_until),
        (new.is_urgent, soon),
        (push_notices.c.due_at.is_not(None), waits_until),
        (func.coalesce(next_at, 0) > soon, next_at),
        else_=soon,
    )


def pass_notified(uow: UnitOfWork, found: Collection[tuple[int, int]]) -> None:
    """What is new in these conversations is queued, up to these ordinals."""
    for conversation_id, ordinal in found:
        _PASS.run(uow, conversation=conversation_id, ordinal=ordinal)


_PASS = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"), conversations.c.notified_ordinal < bindparam("ordinal"))
    .values(notified_ordinal=bindparam("ordinal"))
)


def claim_notices(uow: UnitOfWork, limit: int) -> list[ClaimedNotice]:
    """Those that are due, for this sender alone as long as the lease lasts. A device's come together."""
    due = (
        select(push_notices.c.device_id, push_notices.c.conversation_id)
        .where(push_notices.c.due_at <= uow.now)
        .order_by(push_notices.c.due_at, push_notices.c.device_id)
        .limit(limit)
    )
    if uow.locks:
        due = due.with_for_update(skip_locked=True)
    keys = [tuple(row) for row in uow.execute(due)]
    if not keys:
        return []
    is_claimed = tuple_(push_notices.c.device_id, push_notices.c.conversation_id).in_(keys)
    uow.execute(update(push_notices).where(is_claimed).values(due_at=uow.now + LEASE))
    rows = uow.execute(
        select(
            push_notices.c.device_id,
            push_notices.c.conversation_id,
            push_notices.c.organization_id,
            push_notices.c.ordinal,
            push_notices.c.is_urgent,
            push_notices.c.is_beginning,
            push_notices.c.is_held,
            push_notices.c.attempts,
            push_devices.c.session_id,
            push_devices.c.begun_at,
            push_devices.c.person_id,
            push_devices.c.endpoint,
            push_devices.c.p256dh,
            push_devices.c.auth,
            push_devices.c.rests_until,
        )
        .join(push_devices, push_devices.c.id == push_notices.c.device_id)
        .where(is_claimed, push_devices.c.ended_at.is_(None))
        .order_by(push_notices.c.device_id, push_notices.c.conversation_id)
    )
    return [_build_claimed(row) for row in rows]


def _build_claimed(row: Any) -> ClaimedNotice:
    return ClaimedNotice(
        device_id=row.device_id,
        conversation_id=row.conversation_id,
        organization_id=row.organization_id,
        ordinal=row.ordinal,
        is_urgent=row.is_urgent,
        is_beginning=row.is_beginning,
        is_held=row.is_held,
        attempts=row.attempts,
        session_id=row.session_id,
        begun_at=row.begun_at,
        target=Target(row.person_id, row.endpoint, row.p256dh, row.auth, row.rests_until),
    )


@dataclass(frozen=True)
class Told:
    """What became of a notice at a device. `read`: conversations whose notification went off the device's screen."""

    notice: ClaimedNotice
    reply: Reply
    read: tuple[int, ...] = ()


def hold_notices(uow: UnitOfWork, held: Collection[tuple[ClaimedNotice, datetime]]) -> None:
    """They wait for the end of quiet hours."""
    for notice, until in held:
        uow.execute(update(push_notices).where(_is(notice)).values(is_held=True, due_at=until))


def delay_notices(uow: UnitOfWork, delayed: Collection[tuple[ClaimedNotice, datetime]]) -> None:
    """They are looked at again then."""
    for notice, until in delayed:
        uow.execute(update(push_notices).where(_is(notice)).values(due_at=until))


def drop_notices(uow: UnitOfWork, dropped: Collection[ClaimedNotice]) -> None:
    """There is nothing to tell; what came meanwhile is looked at anew."""
    for notice in dropped:
        _settle(uow, notice)


def note_told(uow: UnitOfWork, told: Sequence[Told]) -> None:
    for each in told:
        _NOTES[each.reply.outcome](uow, each)


def _note_taken(uow: UnitOfWork, told: Told) -> None:
    notice = told.notice
    _TAKEN.run(uow, device=notice.device_id, now=uow.now, begins=notice.is_beginning)
    _SHOWN.run(
        uow,
        device=notice.device_id,
        conversation=notice.conversation_id,
        shown=notice.ordinal,
        now=uow.now,
        later=uow.now + GAP,
    )
    if told.read:
        seen = and_(push_notices.c.device_id == notice.device_id, push_notices.c.conversation_id.in_(told.read))
        uow.execute(update(push_notices).where(seen).values(shown_ordinal=None))


_IS_NOTICE = and_(
    push_notices.c.device_id == bindparam("device"), push_notices.c.conversation_id == bindparam("conversation")
)
_TAKEN = Prepared(
    update(push_devices)
    .where(push_devices.c.id == bindparam("device"))
    .values(
        succeeded_at=bindparam("now", type_=Instant),
        failures=0,
        begun_at=case(
            (bindparam("begins", type_=Boolean), bindparam("now", type_=Instant)), else_=push_devices.c.begun_at
        ),
    )
)
# Something newer may have come while it was on its way.
_SHOWN = Prepared(
    update(push_notices)
    .where(_IS_NOTICE)
    .values(
        shown_ordinal=bindparam("shown"),
        told_at=bindparam("now", type_=Instant),
        due_at=case((push_notices.c.ordinal == bindparam("shown"), None), else_=bindparam("later", type_=Instant)),
        is_held=False,
        is_beginning=False,
        is_urgent=False,
        attempts=0,
    )
)


def _note_gone(uow: UnitOfWork, told: Told) -> None:
    note_reply(uow, told.notice.device_id, told.reply)


def _note_wait(uow: UnitOfWork, told: Told) -> None:
    """What else is due there meanwhile waits when its turn comes."""
    note_reply(uow, told.notice.device_id, told.reply)
    due_at = uow.now + timedelta(seconds=told.reply.wait)
    uow.execute(update(push_notices).where(_is(told.notice)).values(due_at=due_at))


def _note_failed(uow: UnitOfWork, told: Told) -> None:
    notice = told.notice
    note_reply(uow, notice.device_id, told.reply)
    if notice.attempts + 1 >= MOST_ATTEMPTS:
        _settle(uow, notice)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**notice.attempts)
    spread = 1 + notice.device_id % 16 / 64  # so that all do not come back in the same moment
    due_at = uow.now + timedelta(seconds=wait * spread)
    uow.execute(update(push_notices).where(_is(notice)).values(attempts=notice.attempts + 1, due_at=due_at))


def _note_refused(uow: UnitOfWork, told: Told) -> None:
    note_reply(uow, told.notice.device_id, told.reply)
    _settle(uow, told.notice)


_NOTES: dict[Outcome, Callable[[UnitOfWork, Told], None]] = {
    "taken": _note_taken,
    "gone": _note_gone,
    "wait": _note_wait,
    "failed": _note_failed,
    "refused": _note_refused,
}


def _settle(uow: UnitOfWork, notice: ClaimedNotice) -> None:
    """Nothing more to do, unless something newer came while it was on its way."""
    is_same = push_notices.c.ordinal == notice.ordinal
    done = {"due_at": None, "attempts": 0, "is_held": False, "is_beginning": False, "is_urgent": False}
    uow.execute(update(push_notices).where(_is(notice), is_same).values(done))
    uow.execute(update(push_notices).where(_is(notice), ~is_same).values(due_at=uow.now + GAP))


def _is(notice: ClaimedNotice) -> ColumnElement[bool]:
    return and_(push_notices.c.device_id == notice.device_id, push_notices.c.conversation_id == notice.conversation_id)

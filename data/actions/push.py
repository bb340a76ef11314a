"""Devices that take notifications: given, taken back, ended with their session or by their push service."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from data.access.actors import Actor
from data.access.push import OwnedDevice
from data.db import UnitOfWork
from data.models import own_quiet_hours, push_devices, push_keys, push_notices, sessions
from data.push.delivery import Reply
from data.push.endpoints import check_endpoint
from data.push.quiet import QuietHours, check_quiet_hours
from data.push.sealing import check_keys, new_private_key

MOST_FAILURES = 20  # notifications of a device in a row, none of which was taken
# Of one that never took any, in the first hour and since: its address was invented, perhaps. (A push service that is
# out of order for a moment costs nobody their device.)
MOST_FIRST_FAILURES, FIRST_HOUR = 5, timedelta(hours=1)
MOST_DEVICES = 10  # of a person; the one that has been there longest makes room
KEPT_FAILING = timedelta(days=14)  # without any notification that was taken
KEPT_ENDED = timedelta(days=30)


@dataclass(frozen=True)
class Subscription:
    """As a browser gives it."""

    endpoint: str
    p256dh: str
    auth: str


def do_register_device(uow: UnitOfWork, actor: Actor, given: Subscription, also: Collection[str]) -> int:
    """This session's device takes notifications. `also`: origins that may be endpoints besides the known ones."""
    address = check_endpoint(given.endpoint, also).address
    p256dh, auth = check_keys(given.p256dh, given.auth)
    values = {"session_id": actor.session_id, "p256dh": p256dh, "auth": auth}
    known = uow.execute(
        select(push_devices.c.id, push_devices.c.person_id).where(
            push_devices.c.endpoint == address, push_devices.c.ended_at.is_(None)
        )
    ).one_or_none()
    is_own = known is not None and known.person_id == actor.person_id
    here = and_(push_devices.c.session_id == actor.session_id, push_devices.c.endpoint != address)
    end_devices(uow, here, reason="replaced")
    if is_own:
        uow.execute(update(push_devices).where(push_devices.c.id == known.id).values(values))
        return int(known.id)
    end_devices(uow, push_devices.c.endpoint == address, reason="moved")
    new = insert(push_devices).values(
        organization_id=actor.organization_id,
        person_id=actor.person_id,
        endpoint=address,
        created_at=uow.now,
        failures=0,
        **values,
    )
    device_id: int = uow.execute(new.returning(push_devices.c.id)).scalar_one()
    _make_room(uow, actor.person_id)
    return device_id


def _make_room(uow: UnitOfWork, person_id: int) -> None:
    theirs = and_(push_devices.c.person_id == person_id, push_devices.c.ended_at.is_(None))
    latest = select(push_devices.c.id).where(theirs).order_by(push_devices.c.id.desc()).limit(MOST_DEVICES)
    kept = uow.execute(latest).scalars().all()
    end_devices(uow, and_(theirs, push_devices.c.id.not_in(kept)), reason="crowded")


def do_forget_device(uow: UnitOfWork, device: OwnedDevice) -> None:
    end_devices(uow, push_devices.c.id == device.id, reason="forgotten")


def do_choose_quiet_hours(uow: UnitOfWork, actor: Actor, chosen: QuietHours | None) -> None:
    """One's own; None: those of the organization."""
    uow.execute(delete(own_quiet_hours).where(own_quiet_hours.c.person_id == actor.person_id))
    if chosen is None:
        return
    check_quiet_hours(chosen)
    uow.execute(
        insert(own_quiet_hours).values(
            person_id=actor.person_id,
            organization_id=actor.organization_id,
            starts=chosen.starts,
            ends=chosen.ends,
        )
    )


def end_devices(uow: UnitOfWork, which: ColumnElement[bool], *, reason: str) -> None:
    """They are told nothing more, and nothing waits for them."""
    ended = (
        uow.execute(
            update(push_devices)
            .where(which, push_devices.c.ended_at.is_(None))
            .values(ended_at=uow.now, ended_reason=reason)
            .returning(push_devices.c.id)
        )
        .scalars()
        .all()
    )
    if ended:
        uow.execute(delete(push_notices).where(push_notices.c.device_id.in_(ended)))


def forget_devices(uow: UnitOfWork) -> None:
    """Those whose session lapsed, and those that have long taken nothing; of those that ended, all that is known."""
    lapsed = exists().where(sessions.c.id == push_devices.c.session_id, sessions.c.expires_at <= uow.now)
    end_devices(uow, lapsed, reason="lapsed")
    last_good = func.coalesce(push_devices.c.succeeded_at, push_devices.c.created_at)
    fails = and_(push_devices.c.failures > 0, last_good <= uow.now - KEPT_FAILING)
    end_devices(uow, fails, reason="failing")
    uow.execute(delete(push_devices).where(push_devices.c.ended_at <= uow.now - KEPT_ENDED))


def keep_private_key(uow: UnitOfWork) -> str:
    """The server's own, made if there is none yet."""
    made = postgresql.insert(push_keys) if uow.locks else sqlite.insert(push_keys)
    values = {"id": 1, "private_key": new_private_key(), "created_at": uow.now}
    uow.execute(made.values(values).on_conflict_do_nothing())
    key: str = uow.execute(select(push_keys.c.private_key).where(push_keys.c.id == 1)).scalar_one()
    return key


def note_reply(uow: UnitOfWork, device_id: int, reply: Reply) -> None:
    """What a push service said about a device."""
    is_device = push_devices.c.id == device_id
    if reply.outcome == "gone":
        end_devices(uow, is_device, reason="gone")
    elif reply.outcome == "taken":
        uow.execute(update(push_devices).where(is_device).values(succeeded_at=uow.now, failures=0))
    elif reply.outcome == "wait":  # no fault of the device
        if reply.is_about_device:
            until = uow.now + timedelta(seconds=reply.wait)
            uow.execute(update(push_devices).where(is_device).values(rests_until=until))
    else:
        failures = {"failed_at": uow.now, "failures": push_devices.c.failures + 1}
        uow.execute(update(push_devices).where(is_device).values(failures))
        end_devices(uow, and_(is_device, _is_failing(uow)), reason="failing")


def _is_failing(uow: UnitOfWork) -> ColumnElement[bool]:
    was_never_told = and_(push_devices.c.succeeded_at.is_(None), push_devices.c.created_at <= uow.now - FIRST_HOUR)
    return or_(
        push_devices.c.failures >= MOST_FAILURES,
        and_(push_devices.c.failures >= MOST_FIRST_FAILURES, was_never_told),
    )

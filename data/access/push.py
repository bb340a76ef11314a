"""A device that takes one's own notifications."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor
from data.db import Reader
from data.errors import NotFound
from data.models import push_devices
from data.push.endpoints import Target


@dataclass(frozen=True)
class OwnedDevice:
    actor: Actor
    id: int
    target: Target


def access_owned_device(reader: Reader, actor: Actor, device_id: int) -> OwnedDevice:
    row = reader.execute(
        select(
            push_devices.c.person_id,
            push_devices.c.endpoint,
            push_devices.c.p256dh,
            push_devices.c.auth,
            push_devices.c.rests_until,
        ).where(
            push_devices.c.id == device_id,
            push_devices.c.person_id == actor.person_id,
            push_devices.c.ended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return OwnedDevice(actor, device_id, Target(*row))

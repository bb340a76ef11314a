"""Who may see how the chat is used: a manager the services they run, an administrator all of the organization's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from data.access.actors import Actor
from data.db import Reader
from data.errors import NotAllowed, NotFound
from data.models import services
from data.text import fold


@dataclass(frozen=True)
class MeasuredService:
    id: int
    name: str
    closed_on: date | None


@dataclass(frozen=True)
class MeasuredScope:
    """Services whose figures the actor may see. `service` None: all of theirs, together."""

    actor: Actor
    organization_id: int
    timezone: str
    services: tuple[MeasuredService, ...]
    service: MeasuredService | None


@dataclass(frozen=True)
class MeasuredOrganization(MeasuredScope):
    """The whole organization, closed services and what it costs included: by its administrator."""


def access_measured_service(reader: Reader, actor: Actor, service_id: int) -> MeasuredScope:
    """A service that the actor runs; an administrator sees the past of closed ones too."""
    query = _select_services(actor).where(services.c.id == service_id)
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    service = MeasuredService(*row)
    return MeasuredScope(actor, actor.organization_id, actor.timezone, (service,), service)


def access_measured_services(reader: Reader, actor: Actor) -> MeasuredScope:
    """All that the actor runs."""
    mine = _list(reader, actor)
    return MeasuredScope(actor, actor.organization_id, actor.timezone, mine, None)


def access_measured_organization(
    reader: Reader, actor: Actor, organization_id: int | None = None
) -> MeasuredOrganization:
    """One's own, whose id may be named."""
    if actor.rights is None or not actor.rights.is_administrator:
        raise NotAllowed()
    if organization_id not in (None, actor.organization_id):
        raise NotFound()
    return MeasuredOrganization(actor, actor.organization_id, actor.timezone, _list(reader, actor), None)


def _list(reader: Reader, actor: Actor) -> tuple[MeasuredService, ...]:
    found = [MeasuredService(*row) for row in reader.execute(_select_services(actor))]
    return tuple(sorted(found, key=lambda service: (fold(service.name), service.id)))


def _select_services(actor: Actor) -> Select[tuple[int, str, date | None]]:
    if actor.rights is None or not actor.rights.has_portal:
        raise NotAllowed()
    query = select(services.c.id, services.c.name, services.c.closed_on).where(
        services.c.organization_id == actor.organization_id
    )
    return query if actor.rights.is_administrator else query.where(services.c.id.in_(actor.rights.manages))

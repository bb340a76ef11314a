"""Who acts: everything comes from the server's session, nothing from what a client says."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select

from data import clock
from data.access.rights import Rights, get_rights
from data.db import Reader
from data.errors import NotSignedIn, OptionOff
from data.models import accounts, organizations, people, sessions, vendor_staff
from data.prepared import Prepared


class Surface(StrEnum):
    PORTAL = "portal"
    MOBILE = "mobile"


class VendorRole(StrEnum):
    CUSTOMER_SERVICE = "customer_service"
    FINANCE = "finance"


class Actor(Struct, frozen=True):
    """A signed-in account, as one person of one organization (`member`), or as the vendor's staff (`vendor_role`)."""

    session_id: int
    account_id: int
    surface: Surface
    name: str
    language: str
    theme: str | None
    seen_at: datetime
    vendor_role: VendorRole | None
    organization_name: str | None
    timezone: str
    rights: Rights | None

    @property
    def member(self) -> Rights:
        """The rights of somebody of an organization; the vendor's staff has none."""
        if self.rights is None:
            raise NotSignedIn()
        return self.rights

    @property
    def person_id(self) -> int:
        return self.member.person_id

    @property
    def organization_id(self) -> int:
        return self.member.organization_id

    @property
    def has_chat(self) -> bool:
        return self.rights is not None and bool(self.rights.chat_services)


class Chatter(Struct, frozen=True):
    """An actor for whom the chat is on, somewhere."""

    actor: Actor
    rights: Rights

    def today(self, reader: Reader) -> date:
        """The organization's local day."""
        return clock.local_day(reader.now, self.actor.timezone)

    @property
    def person_id(self) -> int:
        return self.rights.person_id

    @property
    def organization_id(self) -> int:
        return self.rights.organization_id


def hash_token(token: str, secret: str) -> str:
    """What is kept of a cookie's or a link's token: worthless without the server's secret."""
    return hmac.new(secret.encode(), token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def access_session(reader: Reader, token_hash: str, surface: Surface) -> Actor:
    return _access(reader, _BY_TOKEN.one_or_none(reader, token_hash=token_hash, on=surface.value))


def access_open_session(reader: Reader, session_id: int, organization_id: int | None = None) -> Actor:
    """The actor behind an open socket, looked at again with every frame. `organization_id`, where it is known, which
    never changes: what is to be locked need not be looked for."""
    if not reader.locks or organization_id is None:
        return _access(reader, _BY_ID.one_or_none(reader, session_id=session_id))
    row = _keep(reader, organization_id, session_id)
    _check_open(reader, row)
    return _build_actor(reader, row)


def access_chat(actor: Actor) -> Chatter:
    if actor.rights is None or not actor.rights.chat_services:
        raise OptionOff()
    return Chatter(actor, actor.rights)


_ACTOR = (
    select(
        sessions.c.id,
        sessions.c.account_id,
        sessions.c.person_id,
        sessions.c.organization_id,
        sessions.c.surface,
        sessions.c.seen_at,
        sessions.c.expires_at,
        sessions.c.ended_at,
        accounts.c.language,
        accounts.c.theme,
        accounts.c.deactivated_at,
        vendor_staff.c.role,
        vendor_staff.c.name.label("vendor_name"),
        people.c.account_id.label("person_account_id"),
        people.c.given_name,
        people.c.family_name,
        organizations.c.name.label("organization_name"),
        organizations.c.timezone,
        organizations.c.language.label("organization_language"),
        organizations.c.rights_version,
    )
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .outerjoin(vendor_staff, vendor_staff.c.account_id == sessions.c.account_id)
    .outerjoin(people, people.c.id == sessions.c.person_id)
    .outerjoin(organizations, organizations.c.id == sessions.c.organization_id)
)


_BY_TOKEN = Prepared(
    _ACTOR.where(sessions.c.token_hash == bindparam("token_hash"), sessions.c.surface == bindparam("on"))
)
_BY_ID = Prepared(_ACTOR.where(sessions.c.id == bindparam("session_id")))
_KEPT = Prepared(_ACTOR.where(sessions.c.id == bindparam("session_id")).with_for_update(of=sessions, key_share=True))
_HOLD = Prepared(select(organizations.c.id).where(organizations.c.id == bindparam("here")).with_for_update(read=True))


def _access(reader: Reader, row: Any) -> Actor:
    _check_open(reader, row)
    if reader.locks:
        row = _keep(reader, row.organization_id, row.id)
        _check_open(reader, row)
    return _build_actor(reader, row)


def _build_actor(reader: Reader, row: Any) -> Actor:
    rights = None if row.person_id is None else get_rights(reader, row.person_id, row.rights_version)
    return Actor(
        session_id=row.id,
        account_id=row.account_id,
        surface=Surface(row.surface),
        name=row.vendor_name if row.person_id is None else f"{row.given_name} {row.family_name}",
        language=row.language or row.organization_language or "fr",
        theme=row.theme,
        seen_at=row.seen_at,
        vendor_role=VendorRole(row.role) if row.role and row.person_id is None else None,
        organization_name=row.organization_name,
        timezone=row.timezone or "America/Toronto",
        rights=rights,
    )


def _check_open(reader: Reader, row: Any) -> None:
    """Neither ended nor lapsed, of an account that may enter, and of the account that its person has now."""
    if row is None or row.ended_at is not None or row.expires_at <= reader.now or row.deactivated_at is not None:
        raise NotSignedIn()
    if row.person_id is not None and row.person_account_id != row.account_id:
        raise NotSignedIn()


def _keep(reader: Reader, organization_id: int | None, session_id: int) -> Any:
    """In a unit of work the rights and the session are locked, in this order, and read once more: what held before the
    wait may be over, and from here on nobody takes a right away or ends the session before the COMMIT."""
    if organization_id is not None:
        _HOLD.run(reader, here=organization_id)
    return _KEPT.one_or_none(reader, session_id=session_id)

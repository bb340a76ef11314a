"""Signing in and out, one-time links, and opening the application."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, func, insert, or_, select, type_coerce, update

from data import clock
from data.access.account import OwnedAccount, OwnedSession
from data.access.actors import Actor, Surface
from data.access.directory import AssistedPerson
from data.access.newcomers import NewcomingAdministrator
from data.access.rights import change_rights, forget_rights
from data.access.sign_in import OpenLink, SignInCandidate, check_candidate
from data.actions.audit import audit
from data.actions.push import end_devices
from data.db import UnitOfWork
from data.errors import AlreadyMember
from data.models import (
    access_links,
    accounts,
    app_openings,
    organizations,
    people,
    push_devices,
    service_rights,
    sessions,
    vendor_staff,
)
from data.models.columns import Instant
from data.prepared import Prepared
from data.realtime.events import SessionEnded, to_account, to_session

# How long a sign-in lasts without being used.
LIFETIME = {Surface.PORTAL: timedelta(hours=12), Surface.MOBILE: timedelta(days=90)}
SEEN_EVERY = timedelta(minutes=5)
EQUIPPED_FOR = timedelta(days=60)
LINK_LIFETIME = timedelta(days=7)
OWN_LINK_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class NewSession:
    """`is_first_opening`: the person never opened the phone application before, on any device."""

    id: int
    expires_in: timedelta
    is_first_opening: bool


def new_token() -> str:
    return secrets.token_urlsafe(32)


def do_start_session(
    uow: UnitOfWork, candidate: SignInCandidate, surface: Surface, *, token_hash: str, device: str
) -> NewSession:
    """`NotSignedIn` where the password was changed or access cut since the candidate was found."""
    check_candidate(uow, candidate)
    session_id: int = uow.execute(
        insert(sessions)
        .values(
            token_hash=token_hash,
            account_id=candidate.account_id,
            person_id=candidate.person_id,
            organization_id=candidate.organization_id,
            surface=surface.value,
            device=device[:80],
            created_at=uow.now,
            seen_at=uow.now,
            expires_at=uow.now + LIFETIME[surface],
        )
        .returning(sessions.c.id)
    ).scalar_one()
    is_first = False
    if candidate.person_id is not None and candidate.organization_id is not None:
        is_first = _use_surface(uow, surface, candidate.person_id, candidate.organization_id, session_id)
    return NewSession(session_id, LIFETIME[surface], is_first)


def is_seen_lately(actor: Actor, now: datetime) -> bool:
    """Nothing to note: seen in the last minutes and, as days count, today."""
    is_today = clock.local_day(now, actor.timezone) == clock.local_day(actor.seen_at, actor.timezone)
    return is_today and now - actor.seen_at < SEEN_EVERY


def do_see_session(uow: UnitOfWork, actor: Actor) -> None:
    """The session is in use: it lasts on, and its person counts as using the surface. Opening the application is a fact
    once a device and local day (R7)."""
    if is_seen_lately(actor, uow.now):
        return
    _SEE.run(uow, session=actor.session_id, now=uow.now, until=uow.now + LIFETIME[actor.surface])
    if actor.rights is not None:
        _use_surface(uow, actor.surface, actor.person_id, actor.organization_id, actor.session_id)


def _use_surface(uow: UnitOfWork, surface: Surface, person_id: int, organization_id: int, session_id: int) -> bool:
    """Whether it is the first opening of the phone application."""
    _USE[surface].run(uow, person=person_id, until=uow.now + EQUIPPED_FOR)
    return surface is Surface.MOBILE and _note_opening(uow, person_id, organization_id, session_id)


def _note_opening(uow: UnitOfWork, person_id: int, organization_id: int, session_id: int) -> bool:
    timezone = _TIMEZONE.one(uow, organization=organization_id).timezone
    midnight = clock.local_midnight(clock.local_day(uow.now, timezone), timezone)
    openings = _OPENINGS.one(uow, person=person_id, session=session_id, midnight=midnight)
    if openings.today:
        return False
    _OPEN.run(uow, organization=organization_id, person=person_id, session=session_id, now=uow.now)
    is_first = not openings.ever
    if is_first:
        # From then on, public conversations are addressed to them.
        forget_rights(uow, organization_id)
    return is_first


_SEE = Prepared(
    update(sessions)
    .where(sessions.c.id == bindparam("session"))
    .values(seen_at=bindparam("now"), expires_at=bindparam("until"))
)
_USE = {
    surface: Prepared(update(people).where(people.c.id == bindparam("person")).values({column: bindparam("until")}))
    for surface, column in ((Surface.MOBILE, people.c.equipped_until), (Surface.PORTAL, people.c.portal_until))
}
_TIMEZONE = Prepared(select(organizations.c.timezone).where(organizations.c.id == bindparam("organization")))
_OPENINGS = Prepared(
    select(
        func.count().label("ever"),
        func.count()
        .filter(
            app_openings.c.session_id == bindparam("session"),
            app_openings.c.effective_at >= bindparam("midnight", type_=Instant),
        )
        .label("today"),
    ).where(app_openings.c.person_id == bindparam("person"))
)
_OPEN = Prepared(
    insert(app_openings).values(
        organization_id=bindparam("organization"),
        person_id=bindparam("person"),
        session_id=bindparam("session"),
        effective_at=bindparam("now"),
        recorded_at=bindparam("now"),
    )
)


def do_sign_out(uow: UnitOfWork, actor: Actor) -> None:
    _end(uow, [actor.session_id], reason="signed_out")
    _recount_equipped(uow, actor.account_id)
    uow.emit(to_session(actor.session_id), SessionEnded())


def do_end_own_session(uow: UnitOfWork, session: OwnedSession) -> None:
    """Sign another of one's devices out."""
    _end(uow, [session.id], reason="ended")
    _recount_equipped(uow, session.actor.account_id)
    uow.emit(to_session(session.id), SessionEnded())


def end_sessions(uow: UnitOfWork, account_id: int, *, reason: str) -> None:
    """All sessions of an account, with their sockets and their notifications."""
    theirs = select(sessions.c.id).where(sessions.c.account_id == account_id)
    end_devices(uow, push_devices.c.session_id.in_(theirs), reason=reason)
    uow.execute(
        update(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        .values(ended_at=uow.now, ended_reason=reason)
    )
    uow.execute(update(people).where(people.c.account_id == account_id).values(equipped_until=None, portal_until=None))
    uow.emit(to_account(account_id), SessionEnded())


def end_person_sessions(uow: UnitOfWork, person_id: int, *, reason: str) -> None:
    """All sessions that act as this person, with their sockets; those of the same account elsewhere go on."""
    open_sessions = select(sessions.c.id).where(sessions.c.person_id == person_id, sessions.c.ended_at.is_(None))
    ids = list(uow.execute(open_sessions).scalars())
    _end(uow, ids, reason=reason)
    uow.execute(update(people).where(people.c.id == person_id).values(equipped_until=None, portal_until=None))
    for session_id in ids:
        uow.emit(to_session(session_id), SessionEnded())


def do_change_password(uow: UnitOfWork, account_id: int, password_hash: str) -> None:
    """Ends every session: whoever knew the old one is out."""
    uow.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash))
    end_sessions(uow, account_id, reason="password")


def do_change_own_password(uow: UnitOfWork, account: OwnedAccount, password_hash: str) -> None:
    """Links that were given for it stop working as well."""
    own = select(people.c.id).where(people.c.account_id == account.candidate.account_id)
    for person_id in uow.execute(own).scalars().all():
        replace_links(uow, person_id)
    do_change_password(uow, account.candidate.account_id, password_hash)


def do_issue_access_link(uow: UnitOfWork, person: AssistedPerson, *, token_hash: str) -> datetime:
    """First access or a new password. Links given before stop working. When this one does."""
    actor, organization_id = person.organization.actor, person.organization.id
    _issue_link(uow, organization_id, person.person_id, actor.account_id, token_hash, LINK_LIFETIME)
    audit(uow, actor, "access_link.issued", f"person:{person.person_id}", organization_id=organization_id)
    return uow.now + LINK_LIFETIME


def do_issue_first_link(uow: UnitOfWork, administrator: NewcomingAdministrator, *, token_hash: str) -> datetime:
    """By customer service or at the console, to an administrator whom nobody else could help yet. When it stops."""
    organization = administrator.organization
    created_by = organization.actor.account_id if organization.actor else None
    _issue_link(uow, organization.id, administrator.person_id, created_by, token_hash, LINK_LIFETIME)
    subject = f"person:{administrator.person_id}"
    audit(uow, organization.actor, "access_link.issued", subject, organization_id=organization.id)
    return uow.now + LINK_LIFETIME


def do_issue_own_link(uow: UnitOfWork, candidate: SignInCandidate, *, token_hash: str) -> None:
    """To somebody who has just shown their password and must choose a longer one."""
    check_candidate(uow, candidate)
    assert candidate.person_id is not None
    assert candidate.organization_id is not None
    _issue_link(
        uow, candidate.organization_id, candidate.person_id, candidate.account_id, token_hash, OWN_LINK_LIFETIME
    )


def _issue_link(
    uow: UnitOfWork, organization_id: int, person_id: int, created_by: int | None, token_hash: str, lifetime: timedelta
) -> None:
    replace_links(uow, person_id)
    uow.execute(
        insert(access_links).values(
            organization_id=organization_id,
            person_id=person_id,
            token_hash=token_hash,
            created_by=created_by,
            created_at=uow.now,
            expires_at=uow.now + lifetime,
        )
    )


def replace_links(uow: UnitOfWork, person_id: int, *which: ColumnElement[bool]) -> None:
    """The links of a person that nobody used (or `which` of them) stop working."""
    uow.execute(
        update(access_links)
        .where(
            access_links.c.person_id == person_id,
            access_links.c.used_at.is_(None),
            access_links.c.replaced_at.is_(None),
            *which,
        )
        .values(replaced_at=uow.now)
    )


def replace_links_beyond(uow: UnitOfWork, organization_id: int, service_id: int, person_ids: Sequence[int]) -> None:
    """These people come to work in the service, or to run it: a manager who does not run it, and still holds a link for
    one of them, must not enter there with it."""
    runs = and_(service_rights.c.person_id == people.c.id, service_rights.c.service_id == service_id)
    entitled = (
        select(people.c.account_id)
        .outerjoin(service_rights, runs)
        .where(
            people.c.organization_id == organization_id,
            people.c.account_id.is_not(None),
            or_(people.c.is_administrator, service_rights.c.person_id.is_not(None), people.c.id.in_(person_ids)),
        )
    )
    uow.execute(
        update(access_links)
        .where(
            access_links.c.person_id.in_(person_ids),
            access_links.c.used_at.is_(None),
            access_links.c.replaced_at.is_(None),
            access_links.c.created_by.not_in(entitled),
        )
        .values(replaced_at=uow.now)
    )


def do_use_access_link(uow: UnitOfWork, link: OpenLink, password_hash: str) -> SignInCandidate:
    """The person chose a password. The link opens the file it was given for and nothing else: where the account also
    opens files elsewhere, this file gets an account of its own."""
    _spend(uow, link)
    account_id = link.account_id
    if not link.is_own and opens_more(uow, link.account_id, link.person_id):
        account_id = uow.execute(insert(accounts).values(created_at=uow.now).returning(accounts.c.id)).scalar_one()
        uow.execute(update(people).where(people.c.id == link.person_id).values(account_id=account_id))
        end_person_sessions(uow, link.person_id, reason="moved")
    do_change_password(uow, account_id, password_hash)
    return SignInCandidate(account_id, link.person_id, link.organization_id, password_hash)


def do_attach_file(uow: UnitOfWork, link: OpenLink, owner: SignInCandidate) -> SignInCandidate:
    """The person who holds the link has shown the password of another account of theirs: the file joins it."""
    check_candidate(uow, owner)
    _spend(uow, link)
    if uow.execute(
        select(people.c.id).where(
            people.c.account_id == owner.account_id, people.c.organization_id == link.organization_id
        )
    ).first():
        raise AlreadyMember()
    uow.execute(update(people).where(people.c.id == link.person_id).values(account_id=owner.account_id))
    end_person_sessions(uow, link.person_id, reason="moved")
    change_rights(uow, link.organization_id, [link.person_id])
    return SignInCandidate(owner.account_id, link.person_id, link.organization_id, owner.password_hash)


def _end(uow: UnitOfWork, session_ids: list[int], *, reason: str) -> None:
    end_devices(uow, push_devices.c.session_id.in_(session_ids), reason=reason)
    uow.execute(
        update(sessions)
        .where(sessions.c.id.in_(session_ids), sessions.c.ended_at.is_(None))
        .values(ended_at=uow.now, ended_reason=reason)
    )


def _recount_equipped(uow: UnitOfWork, account_id: int) -> None:
    """Without a device signed in, one does not use the application; with another, one still does."""
    last_seen = (
        select(func.max(sessions.c.seen_at))
        .where(
            sessions.c.person_id == people.c.id,
            sessions.c.surface == Surface.MOBILE.value,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > uow.now,
        )
        .correlate(people)
        .scalar_subquery()
    )
    uow.execute(
        update(people)
        .where(people.c.account_id == account_id)
        .values(equipped_until=type_coerce(last_seen, BigInteger) + EQUIPPED_FOR // timedelta(milliseconds=1))
    )


def _spend(uow: UnitOfWork, link: OpenLink) -> None:
    uow.execute(update(access_links).where(access_links.c.id == link.id).values(used_at=uow.now))


def opens_more(uow: UnitOfWork, account_id: int, person_id: int) -> bool:
    """The account is also that of another person, elsewhere, or of the vendor's staff."""
    elsewhere = select(people.c.id).where(people.c.account_id == account_id, people.c.id != person_id)
    vendor = select(vendor_staff.c.account_id).where(vendor_staff.c.account_id == account_id)
    return uow.execute(elsewhere).first() is not None or uow.execute(vendor).first() is not None

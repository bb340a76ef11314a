"""Who may read the history of the option, who may ask for a switch, and which switches can still be undone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from data.access.actors import Actor
from data.access.directory import ShapedOrganization, SupportedOrganization, find_organization
from data.access.rights import list_option_facts
from data.db import Reader
from data.errors import NotAllowed, NotFound, RequesterMissing, TooLate
from data.models import accounts, option_changes, organizations, people
from data.option import Span, list_spans

BILLING = "billing"


@dataclass(frozen=True)
class OptionReviewer:
    """Of the vendor's staff: reads the switches of all organizations."""

    actor: Actor


@dataclass(frozen=True)
class ReviewedOrganization:
    """An organization of which one may read the option: an administrator's own; any, for the vendor's staff."""

    actor: Actor
    id: int
    name: str
    timezone: str


@dataclass(frozen=True)
class NamedRequester:
    """Who may ask for a switch: an administrator, or the billing contact. `key` names them in a form."""

    key: str
    name: str
    email: str | None


@dataclass(frozen=True)
class PendingSwitch:
    """A switch, in one or several scopes, that has yet to take effect; `spans`: what it will begin, or end."""

    organization: SupportedOrganization
    is_on: bool
    ticket: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class RunningActivation:
    """A switch by which the chat is on now; `spans`: what it began."""

    organization: SupportedOrganization
    ticket: str
    spans: tuple[Span, ...]


def access_option_reviewer(actor: Actor) -> OptionReviewer:
    if actor.vendor_role is None:
        raise NotAllowed()
    return OptionReviewer(actor)


def access_reviewed_organization(reader: Reader, actor: Actor, organization_id: int | None) -> ReviewedOrganization:
    """None is an administrator's own; others are `NotFound` to them."""
    if actor.vendor_role is not None:
        return ReviewedOrganization(actor, *find_organization(reader, organization_id))
    if actor.rights is None or not actor.rights.is_administrator:
        raise NotAllowed()
    if organization_id not in (None, actor.organization_id):
        raise NotFound()
    return ReviewedOrganization(actor, *find_organization(reader, actor.organization_id))


def access_organization_of_switch(reader: Reader, actor: Actor, change_id: int) -> ReviewedOrganization:
    """Where it was switched."""
    organization_id = reader.execute(
        select(option_changes.c.organization_id).where(option_changes.c.id == change_id)
    ).scalar()
    if organization_id is None:
        raise NotFound()
    return access_reviewed_organization(reader, actor, organization_id)


def list_requesters(reader: Reader, organization: ShapedOrganization | ReviewedOrganization) -> list[NamedRequester]:
    """Administrators by name, then the billing contact."""
    rows = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, accounts.c.email)
        .join(accounts, accounts.c.id == people.c.account_id)
        .where(
            people.c.organization_id == organization.id,
            people.c.is_administrator,
            accounts.c.deactivated_at.is_(None),
        )
        .order_by(people.c.search_name, people.c.id)
    )
    found = [NamedRequester(str(row.id), f"{row.given_name} {row.family_name}", row.email) for row in rows]
    contact = reader.execute(
        select(organizations.c.billing_contact_name, organizations.c.billing_contact_email).where(
            organizations.c.id == organization.id
        )
    ).one()
    return [*found, NamedRequester(BILLING, *contact)] if contact.billing_contact_name else found


def access_requester(reader: Reader, organization: SupportedOrganization, key: str | None) -> NamedRequester:
    if not key:
        raise RequesterMissing()
    found = next((each for each in list_requesters(reader, organization) if each.key == key), None)
    if found is None:
        raise NotFound()
    return found


def access_pending_switch(reader: Reader, organization: SupportedOrganization, change_id: int) -> PendingSwitch:
    """By any of its rows. `TooLate` once it has taken effect or was undone."""
    is_on, ticket, ids = _find_act(reader, organization, change_id)
    spans = []
    for span in list_spans(list_option_facts(reader, [organization.id])[organization.id]):
        due = span.begun_by[0] if is_on else span.ended_by
        if due is not None and due.id in ids and due.effective_at > reader.now:
            spans.append(span)
    if not spans:
        raise TooLate()
    return PendingSwitch(organization, is_on, ticket, tuple(spans))


def access_running_activation(reader: Reader, organization: SupportedOrganization, change_id: int) -> RunningActivation:
    """By any of its rows. `TooLate` where nothing of it goes on."""
    _, ticket, ids = _find_act(reader, organization, change_id)
    facts = list_option_facts(reader, [organization.id])[organization.id]
    spans = [span for span in list_spans(facts) if span.covers(reader.now) and span.begun_by[0].id in ids]
    if not spans:
        raise TooLate()
    return RunningActivation(organization, ticket, tuple(spans))


def _find_act(reader: Reader, organization: SupportedOrganization, change_id: int) -> tuple[bool, str, set[int]]:
    """What was switched in one act: the rows recorded at once under one ticket."""
    row = reader.execute(
        select(option_changes.c.is_on, option_changes.c.ticket, option_changes.c.recorded_at).where(
            option_changes.c.organization_id == organization.id, option_changes.c.id == change_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    ids = reader.execute(
        select(option_changes.c.id).where(
            option_changes.c.organization_id == organization.id,
            option_changes.c.ticket == row.ticket,
            option_changes.c.recorded_at == row.recorded_at,
        )
    ).scalars()
    return row.is_on, row.ticket, set(ids)

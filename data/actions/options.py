"""Switching the option, and taking a switch back. Facts are added, never changed: what is planned is given up by an
opposite fact or an annulment, whichever leaves the books as if it had not been asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, insert, select, union_all

from data import clock
from data.access.directory import ShapedService, SupportedOrganization
from data.access.options import PendingSwitch, RunningActivation
from data.access.rights import change_rights, list_option_facts
from data.actions.audit import audit
from data.db import Reader, UnitOfWork
from data.errors import (
    AnnulmentExpired,
    DateInvalid,
    MalformedRequest,
    MessagesSent,
    MomentPast,
    NameBlank,
    NameTooLong,
    OnThroughOrganization,
    OptionUnchanged,
    PlaceClosed,
    TicketInvalid,
    TicketUsed,
    TrialTooShort,
)
from data.models import conversations, messages, option_changes, option_voids, services
from data.option import ANNULLED_WITHIN, OptionState, Span, fold_option, list_spans
from data.text import check_name

TICKET_LIMIT = 40
FURTHEST = timedelta(days=2 * 366)
LONGEST_TRIAL = timedelta(days=366)


@dataclass(frozen=True)
class Demand:
    """Under which ticket something was asked, and by whom (None: customer service's own mistake is put right)."""

    ticket: str
    requested_by: str | None


@dataclass(frozen=True)
class Switch:
    """`trial_until`: the last local day that costs nothing."""

    is_on: bool
    effective_at: datetime
    trial_until: date | None = None


def do_change_option(
    uow: UnitOfWork,
    organization: SupportedOrganization,
    chosen: Sequence[ShapedService],
    switch: Switch,
    demand: Demand,
) -> int:
    """Append the switch, for these services or (none) the whole organization; the id of its first row. Menus gain or
    lose the icon when it takes effect, open panels with them (R2)."""
    ticket = check_ticket(uow, demand.ticket)
    scopes = check_switch(uow, organization, chosen, switch)
    first_id = _record(uow, organization, scopes, switch, Demand(ticket, demand.requested_by))
    change_rights(uow, organization.id)
    return first_id


def do_cancel_switch(uow: UnitOfWork, pending: PendingSwitch, demand: Demand) -> None:
    """An activation that has not begun is annulled: no day of it ever counts. A planned end is followed by its opposite
    at the same instant, under the terms of what goes on."""
    given = Demand(check_ticket(uow, demand.ticket, own=pending.ticket), demand.requested_by)
    if pending.is_on:
        _void(uow, pending.organization, pending.spans, given, "option.cancelled")
    else:
        _carry_on(uow, pending, given)
    change_rights(uow, pending.organization.id)


def do_annul_activation(uow: UnitOfWork, activation: RunningActivation, demand: Demand) -> None:
    """A mistake taken back, from its start: within a day, and as long as nobody wrote anything there (R1)."""
    given = Demand(check_ticket(uow, demand.ticket, own=activation.ticket), demand.requested_by)
    for span in activation.spans:
        if uow.now - span.starts_at > ANNULLED_WITHIN:
            raise AnnulmentExpired()
        if _was_written_in(uow, activation.organization, span):
            raise MessagesSent()
    _void(uow, activation.organization, activation.spans, given, "option.annulled")
    change_rights(uow, activation.organization.id)


def check_ticket(uow: UnitOfWork, ticket: str, *, own: str | None = None) -> str:
    """A switch has a ticket of its own; what undoes it may bear the same one (`own`)."""
    try:
        clean = check_name(ticket, limit=TICKET_LIMIT)
    except (NameBlank, NameTooLong):
        raise TicketInvalid() from None
    key = clean.lower()
    if own is not None and key == own.lower():
        return clean
    if uow.locks:  # the same ticket in two organizations at the same moment: one after the other
        uow.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))
    used = union_all(
        *(select(table.c.id).where(func.lower(table.c.ticket) == key) for table in (option_changes, option_voids))
    )
    if uow.execute(used).first():
        raise TicketUsed(ticket=clean)
    return clean


def check_switch(
    reader: Reader, organization: SupportedOrganization, chosen: Sequence[ShapedService], switch: Switch
) -> list[int | None]:
    """The scopes it is for (None: the organization), each of which would otherwise be in the other state then."""
    _check_moment(reader, switch.effective_at)
    _check_trial(organization, switch)
    scopes: list[int | None] = [*(service.id for service in chosen)] or [None]
    state = fold_option(list_option_facts(reader, [organization.id]).get(organization.id, []), switch.effective_at)
    for scope in scopes:
        _check_scope(state, scope, is_on=switch.is_on)
    day = clock.local_day(switch.effective_at, organization.timezone)
    closed = select(services.c.id).where(services.c.id.in_(scopes), services.c.closed_on <= day)
    if switch.is_on and reader.execute(closed).first():
        raise PlaceClosed()
    return scopes


def _check_moment(reader: Reader, at: datetime) -> None:
    """What people had and paid for does not change after the fact."""
    if at < reader.now:
        raise MomentPast()
    if at > reader.now + FURTHEST:
        raise DateInvalid()


def _check_trial(organization: SupportedOrganization, switch: Switch) -> None:
    if switch.trial_until is None:
        return
    if not switch.is_on:
        raise MalformedRequest()
    first = clock.local_day(switch.effective_at, organization.timezone)
    if not first <= switch.trial_until <= first + LONGEST_TRIAL:
        raise TrialTooShort()


def _check_scope(state: OptionState, scope: int | None, *, is_on: bool) -> None:
    if scope is not None and not is_on and state.organization_on and not state.has(scope):
        raise OnThroughOrganization()
    if state.has(scope) == is_on:
        raise OptionUnchanged()


def _record(
    uow: UnitOfWork,
    organization: SupportedOrganization,
    scopes: Collection[int | None],
    switch: Switch,
    demand: Demand,
    *,
    act: str = "option.switched",
) -> int:
    actor = organization.actor
    shared = {
        "organization_id": organization.id,
        "is_on": switch.is_on,
        "effective_at": switch.effective_at,
        "recorded_at": uow.now,
        "ticket": demand.ticket,
        "requested_by": check_name(demand.requested_by or ""),
        "trial_until": switch.trial_until,
        "recorded_by": actor.account_id if actor else None,
    }
    ids = []
    for scope in scopes:
        row = insert(option_changes).values(**shared, service_id=scope).returning(option_changes.c.id)
        ids.append(uow.execute(row).scalar_one())
        _audit(uow, organization, act, scope, change=ids[-1], is_on=switch.is_on)
    return min(ids)


def _void(
    uow: UnitOfWork, organization: SupportedOrganization, spans: Sequence[Span], demand: Demand, act: str
) -> None:
    """Take back all that began these spans."""
    actor = organization.actor
    for span in spans:
        for fact in span.begun_by:
            uow.execute(
                insert(option_voids).values(
                    organization_id=organization.id,
                    option_change_id=fact.id,
                    effective_at=uow.now,
                    recorded_at=uow.now,
                    recorded_by=actor.account_id if actor else None,
                    ticket=demand.ticket,
                    requested_by=check_name(demand.requested_by) if demand.requested_by is not None else None,
                )
            )
            _audit(uow, organization, act, fact.service_id, change=fact.id)


def _carry_on(uow: UnitOfWork, pending: PendingSwitch, demand: Demand) -> None:
    for span in pending.spans:
        assert span.ends_at is not None
        trial_until = uow.execute(
            select(option_changes.c.trial_until).where(option_changes.c.id == span.begun_by[-1].id)
        ).scalar_one()
        switch = Switch(is_on=True, effective_at=span.ends_at, trial_until=trial_until)
        _record(uow, pending.organization, [span.service_id], switch, demand, act="option.cancelled")


def _was_written_in(uow: UnitOfWork, organization: SupportedOrganization, span: Span) -> bool:
    """Somebody wrote, since it began, where nothing else had the chat on: for a service that is the organization, for
    the organization its services."""
    spans = list_spans(list_option_facts(uow, [organization.id])[organization.id])
    before = [each for each in spans if each.covers(uow.now) and each.starts_at <= span.starts_at]
    if span.service_id is not None:
        through_all = any(each.service_id is None for each in before)
        return not through_all and _was_written(uow, span, conversations.c.service_id == span.service_id)
    on_anyway = [each.service_id for each in before if each.service_id is not None]
    return _was_written(
        uow, span, conversations.c.organization_id == organization.id, conversations.c.service_id.not_in(on_anyway)
    )


def _was_written(uow: UnitOfWork, span: Span, *where: ColumnElement[bool]) -> bool:
    text = select(messages.c.ordinal).where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.kind == "text",
        messages.c.created_at >= span.starts_at,
    )
    query = select(conversations.c.id).where(*where, conversations.c.active_at >= span.starts_at, exists(text))
    return uow.execute(query.limit(1)).first() is not None


def _audit(
    uow: UnitOfWork, organization: SupportedOrganization, act: str, scope: int | None, **details: object
) -> None:
    subject = f"organization:{organization.id}" if scope is None else f"service:{scope}"
    audit(uow, organization.actor, act, subject, organization_id=organization.id, **details)

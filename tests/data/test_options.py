"""Switching the option (R1): what is refused, what is written, what can be taken back, and what the facts come to."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from data import db
from data.access.actors import Surface, VendorRole
from data.access.conversations import access_joined_conversation
from data.access.directory import SupportedOrganization, access_shaped_service, access_shaped_services
from data.access.options import (
    access_option_reviewer,
    access_pending_switch,
    access_requester,
    access_reviewed_organization,
    access_running_activation,
)
from data.access.rights import get_option_state
from data.access.support import Supporter, access_support, access_supported_organization
from data.actions.directory import do_close_service
from data.actions.employment import do_assign
from data.actions.messages import do_send_message
from data.actions.options import Demand, Switch, do_annul_activation, do_cancel_switch, do_change_option
from data.billing.rating import ActivationVoid, OptionChange
from data.billing.rating.option import fold_scope
from data.errors import (
    AnnulmentExpired,
    DateInvalid,
    MalformedRequest,
    MessagesSent,
    MomentPast,
    NameBlank,
    NotAllowed,
    NotFound,
    OnThroughOrganization,
    OptionUnchanged,
    PlaceClosed,
    RequesterMissing,
    TicketInvalid,
    TicketUsed,
    TooLate,
    TrialTooShort,
)
from data.models import audit_entries, option_changes, option_voids
from data.option import OptionFact, fold_option, list_pending, list_spans
from data.queries.option_history import LatestPage, OptionEntry, list_latest
from data.queries.option_switch import SwitchFigures, count_switch
from data.queries.options import OrganizationOption, get_organization_option
from data.queries.organizations import OrganizationRow, list_organizations
from data.realtime.events import RightsTouched
from tests.conftest import Moment
from tests.factories import HIRED, World, add_vendor_staff, chatter, launch, listening, new_ref, send
from tests.statements import counting_statements

DECEMBER = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)  # midnight in Montréal


@pytest.fixture
def support(world: World) -> Supporter:
    """Kept as they were let in: a session ends in a working day, these stories go on for weeks."""
    return access_support(add_vendor_staff(VendorRole.CUSTOMER_SERVICE).act(Surface.PORTAL))


@pytest.fixture
def off(world: World) -> World:
    """Another organization, where the chat has never been on."""
    return World.create("boreal", option=False)


def supported(uow: db.Reader, support: Supporter, world: World) -> SupportedOrganization:
    return access_supported_organization(uow, support, world.organization_id)


def switch(
    support: Supporter,
    world: World,
    *services: int,
    is_on: bool = True,
    at: datetime | None = None,
    ticket: str | None = None,
    trial: date | None = None,
    requested_by: str | None = "Ada Ministre",
) -> int:
    with db.unit_of_work() as uow:
        organization = supported(uow, support, world)
        chosen = access_shaped_services(uow, organization, services)
        what = Switch(is_on=is_on, effective_at=at or uow.now, trial_until=trial)
        return do_change_option(uow, organization, chosen, what, Demand(ticket or new_ref(), requested_by))


def cancel(support: Supporter, world: World, change_id: int, ticket: str | None = None) -> None:
    with db.unit_of_work() as uow:
        pending = access_pending_switch(uow, supported(uow, support, world), change_id)
        do_cancel_switch(uow, pending, Demand(ticket or new_ref(), "Ada Ministre"))


def annul(support: Supporter, world: World, change_id: int, ticket: str | None = None) -> None:
    with db.unit_of_work() as uow:
        activation = access_running_activation(uow, supported(uow, support, world), change_id)
        do_annul_activation(uow, activation, Demand(ticket or new_ref(), None))


def is_on(world: World, service: int | None = None) -> bool:
    with db.read() as reader:
        state = get_option_state(reader, world.organization_id)
    return state.organization_on if service is None else state.covers(service)


def rows(table: Any, world: World) -> list[Any]:
    """In the order in which they were written."""
    its_own = select(table).where(table.c.organization_id == world.organization_id).order_by(table.c.id)
    with db.read() as reader:
        return list(reader.execute(its_own).all())


# What the facts come to.

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, tzinfo=UTC)


def on(day: int, scope: int | None = None, *, void: int | None = None, id: int = 0) -> OptionFact:
    return OptionFact(scope, True, START + day * DAY, None if void is None else START + void * DAY, id)


def gone(day: int, scope: int | None = None, *, id: int = 0) -> OptionFact:
    return OptionFact(scope, False, START + day * DAY, None, id)


def days_on(*facts: OptionFact, scope: int | None = None) -> list[int]:
    return [day for day in range(12) if fold_option(facts, START + day * DAY).has(scope)]


def test_on_when_on_and_off_when_off_do_nothing() -> None:
    assert days_on(gone(1), on(2), on(4), gone(6), gone(8)) == [2, 3, 4, 5]
    assert days_on(gone(6), on(2), on(4)) == [2, 3, 4, 5]  # order of recording means nothing but at one instant


def test_each_scope_follows_its_own_switches() -> None:
    facts = (on(1), on(2, 7), gone(4), gone(6, 7))
    assert days_on(*facts) == [1, 2, 3]
    assert days_on(*facts, scope=7) == [2, 3, 4, 5]
    assert fold_option(facts, START + 4 * DAY).covers(7)
    assert not fold_option(facts, START + 4 * DAY).covers(8)


def test_what_was_recorded_last_prevails_at_one_instant() -> None:
    assert days_on(on(1), gone(4), on(4)) == list(range(1, 12))
    assert days_on(on(1), gone(4), on(4), gone(4)) == [1, 2, 3]
    assert days_on(on(3), gone(3)) == []


def test_an_annulled_activation_ends_when_it_was_annulled_and_leaves_the_others() -> None:
    assert days_on(on(1, void=3)) == [1, 2]
    assert days_on(on(1, void=3), gone(6), on(8)) == [1, 2, 8, 9, 10, 11]
    assert days_on(on(1, void=3), on(3)) == list(range(1, 12))
    # Given up before it began, then planned anew for the same day.
    assert days_on(on(5, void=2)) == []
    assert days_on(on(5, void=2), on(5)) == list(range(5, 12))


def test_a_span_has_no_break_and_knows_what_made_it() -> None:
    begun, ended, carried = on(1, id=1), gone(4, id=2), on(4, id=3)
    (span,) = list_spans([begun, ended, carried])
    assert (span.starts_at, span.ends_at, span.begun_by) == (begun.effective_at, None, (begun, carried))
    (span,) = list_spans([begun, ended, carried, gone(4, id=4)])
    assert span.ended_by is not None
    assert (span.ends_at, span.ended_by.id) == (ended.effective_at, 4)


def test_what_is_due_is_what_will_change_something() -> None:
    facts = [on(1, id=1), on(5, id=2), gone(7, id=3), gone(8, id=4), on(9, id=5)]
    assert [fact.id for fact in list_pending(list_spans(facts), START + 2 * DAY)] == [3, 5]
    assert fold_option(facts, START + 2 * DAY).changes_at == START + 7 * DAY


@pytest.mark.parametrize("seed", range(200))
def test_rating_finds_the_same_periods(seed: int) -> None:
    """What people see and what is billed follow from the same facts, by two hands."""
    chance = random.Random(seed)
    facts = []
    for number in range(chance.randint(1, 8)):
        day, void = chance.randrange(8), chance.randrange(12)
        is_on, is_void = chance.random() < 0.6, chance.random() < 0.3
        facts.append(on(day, void=void if is_void else None, id=number) if is_on else gone(day, id=number))
    known = [START - timedelta(days=30 - fact.id) for fact in facts]
    changes = [
        OptionChange(str(fact.id), fact.effective_at, at, fact.is_on, None, str(fact.id))
        for fact, at in zip(facts, known, strict=True)
    ]
    voids = [
        ActivationVoid(f"v{fact.id}", fact.voided_at, fact.voided_at, str(fact.id)) for fact in facts if fact.voided_at
    ]
    rated = fold_scope(changes, voids, None)
    billed = [
        day
        for day in range(12)
        if any(
            each.change.effective_at <= START + day * DAY and (each.ends_at is None or START + day * DAY < each.ends_at)
            for each in rated
        )
    ]
    assert days_on(*facts) == billed


# Switching.


def test_r1_a_switch_is_kept_with_its_ticket_its_requester_and_who_recorded_it(
    off: World, support: Supporter, moment: Moment
) -> None:
    kitchen, room, bar = (off.add_service(code) for code in ("cuisine", "salle", "bar"))
    with listening() as heard:
        first = switch(support, off, kitchen, room, at=DECEMBER, ticket=" SC-12 ", trial=date(2026, 12, 31))
    kept = rows(option_changes, off)
    assert [(row.service_id, row.is_on, row.effective_at, row.ticket) for row in kept] == [
        (kitchen, True, DECEMBER, "SC-12"),
        (room, True, DECEMBER, "SC-12"),
    ]
    assert {(row.requested_by, row.recorded_by, row.recorded_at, row.trial_until) for row in kept} == {
        ("Ada Ministre", support.actor.account_id, moment.at, date(2026, 12, 31))
    }
    assert first == kept[0].id
    acts = [entry.act for entry in rows(audit_entries, off) if entry.actor_id == support.actor.account_id]
    assert acts == ["option.switched", "option.switched"]
    assert any(isinstance(each.event, RightsTouched) for each in heard)
    assert not is_on(off, kitchen)
    moment.at = DECEMBER
    assert [is_on(off, service) for service in (kitchen, room, bar)] == [True, True, False]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"ticket": "\u200b"}, TicketInvalid),
        ({"ticket": "x" * 41}, TicketInvalid),
        ({"requested_by": None}, NameBlank),
        ({"at": timedelta(milliseconds=-1)}, MomentPast),
        ({"at": timedelta(days=-30)}, MomentPast),
        ({"at": timedelta(days=800)}, DateInvalid),
        ({"trial": date(2026, 11, 22)}, TrialTooShort),
        ({"trial": date(2028, 1, 1)}, TrialTooShort),
        ({"is_on": False}, OptionUnchanged),
        ({"is_on": False, "trial": date(2026, 12, 1)}, MalformedRequest),
    ],
)
def test_r1_what_cannot_be_is_refused_and_nothing_is_written(
    off: World, support: Supporter, moment: Moment, given: dict[str, Any], error: type
) -> None:
    if "at" in given:
        given = given | {"at": moment.at + given["at"]}
    with pytest.raises(error):
        switch(support, off, **given)
    assert rows(option_changes, off) == []


def test_r1_a_ticket_serves_one_switch(world: World, off: World, support: Supporter) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    switch(support, off, kitchen, ticket="SC-1")
    for again in ("SC-1", "sc-1", " SC-1 "):
        with pytest.raises(TicketUsed):
            switch(support, off, room, ticket=again)
        with pytest.raises(TicketUsed):
            switch(support, world, is_on=False, ticket=again)
    planned = switch(support, off, room, at=DECEMBER, ticket="SC-2")
    with pytest.raises(TicketUsed):
        cancel(support, off, planned, ticket="SC-1")
    cancel(support, off, planned, ticket="SC-3")
    with pytest.raises(TicketUsed):
        switch(support, off, room, ticket="SC-3")


def test_a_switch_that_would_change_nothing_is_refused(world: World, support: Supporter, moment: Moment) -> None:
    kitchen, room = world.add_service("cuisine"), world.add_service("salle")
    with pytest.raises(OptionUnchanged):
        switch(support, world)
    with pytest.raises(OnThroughOrganization):
        switch(support, world, kitchen, is_on=False)
    switch(support, world, kitchen)  # by itself as well
    with pytest.raises(OptionUnchanged):
        switch(support, world, kitchen, room)
    switch(support, world, is_on=False, at=DECEMBER)
    with pytest.raises(OptionUnchanged):
        switch(support, world, is_on=False, at=DECEMBER + DAY)
    switch(support, world, at=DECEMBER + DAY)
    moment.at = DECEMBER
    assert (is_on(world, kitchen), is_on(world, room)) == (True, False)
    moment.at = DECEMBER + DAY
    assert is_on(world, room)


def test_a_service_that_will_be_closed_is_not_switched_on(off: World, support: Supporter) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    with db.unit_of_work() as uow:
        (service,) = access_shaped_services(uow, supported(uow, support, off), [kitchen])
        do_close_service(uow, service, date(2026, 12, 1))
    with pytest.raises(PlaceClosed):
        switch(support, off, kitchen, room, at=DECEMBER)
    switch(support, off, kitchen, room, at=DECEMBER - timedelta(milliseconds=1))


def test_only_customer_service_switches(world: World, support: Supporter) -> None:
    kitchen = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    for somebody in (world.administrator, manager, add_vendor_staff(VendorRole.FINANCE)):
        with pytest.raises(NotAllowed):
            access_support(somebody.act(Surface.PORTAL))
    with db.read() as reader, pytest.raises(NotFound):
        access_supported_organization(reader, support, 999_999)


def test_r1_who_may_ask_is_an_administrator_or_the_billing_contact(
    world: World, off: World, support: Supporter
) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    with db.unit_of_work() as uow:
        here = supported(uow, support, world)
        ada = access_requester(uow, here, str(world.administrator.id))
        assert (ada.name, ada.email) == ("Ada Ministre", "admin@laurier.example")
        for missing in ("", None):
            with pytest.raises(RequesterMissing):
                access_requester(uow, here, missing)
        for nobody in (str(karim.id), str(off.administrator.id), "billing", "0", "x", "9" * 30):
            with pytest.raises(NotFound):
                access_requester(uow, here, nobody)


# Taking a switch back.


def test_a_planned_activation_that_is_given_up_never_was(off: World, support: Supporter, moment: Moment) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    planned = switch(support, off, kitchen, room, at=DECEMBER, ticket="SC-1")
    switch(support, off, kitchen, room, is_on=False, at=DECEMBER + 9 * DAY)
    cancel(support, off, planned, ticket="SC-1")
    voids = rows(option_voids, off)
    assert [(void.ticket, void.requested_by, void.recorded_by) for void in voids] == [
        ("SC-1", "Ada Ministre", support.actor.account_id)
    ] * 2
    with pytest.raises(TooLate):
        cancel(support, off, planned)
    again = switch(support, off, kitchen, at=DECEMBER)  # planned anew, for one of them
    moment.at = DECEMBER
    assert (is_on(off, kitchen), is_on(off, room)) == (True, False)
    with pytest.raises(TooLate):
        cancel(support, off, again)
    moment.at = DECEMBER + 9 * DAY
    assert not is_on(off, kitchen)


def test_a_planned_end_that_is_given_up_is_followed_by_its_opposite(
    off: World, support: Supporter, moment: Moment
) -> None:
    switch(support, off, trial=date(2027, 1, 15))
    planned = switch(support, off, is_on=False, at=DECEMBER)
    cancel(support, off, planned)
    last = rows(option_changes, off)[-1]
    # Under the terms of what goes on: the trial goes on too.
    assert (last.is_on, last.effective_at, last.trial_until) == (True, DECEMBER, date(2027, 1, 15))
    with pytest.raises(TooLate):
        cancel(support, off, planned)
    moment.at = DECEMBER
    assert is_on(off)
    with db.read() as reader:
        assert get_option_state(reader, off.organization_id).changes_at is None


def test_r1_a_mistaken_activation_is_annulled_within_a_day(off: World, support: Supporter, moment: Moment) -> None:
    kitchen = off.add_service("cuisine")
    manager = off.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    mistake = switch(support, off)
    moment.advance(hours=24)
    off.sign_in(manager, Surface.PORTAL)
    launch(manager, kitchen)  # nothing was said in it
    with listening() as heard:
        annul(support, off, mistake)
    assert not is_on(off)
    assert any(isinstance(each.event, RightsTouched) for each in heard)
    assert [void.requested_by for void in rows(option_voids, off)] == [None]
    assert rows(audit_entries, off)[-1].act == "option.annulled"
    with pytest.raises(TooLate):
        annul(support, off, mistake)
    switch(support, off)
    assert is_on(off)


def test_r1_it_is_not_annulled_after_a_day_or_once_somebody_wrote(
    off: World, support: Supporter, moment: Moment
) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    manager = off.hire("Ariane Gagnon", kitchen, manages=(kitchen, room))
    in_kitchen, in_room = switch(support, off, kitchen), switch(support, off, room)
    conversation = launch(manager, kitchen)
    send(manager, conversation, "Bonjour")
    with pytest.raises(MessagesSent):
        annul(support, off, in_kitchen)
    annul(support, off, in_room)  # nobody wrote there
    in_room = switch(support, off, room)
    moment.advance(hours=24, milliseconds=1)
    with pytest.raises(AnnulmentExpired):
        annul(support, off, in_room)
    assert is_on(off, room)


def test_what_was_written_where_the_chat_was_on_anyway_annuls_nothing(
    off: World, support: Supporter, moment: Moment
) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    manager = off.hire("Ariane Gagnon", kitchen, manages=(kitchen, room))
    switch(support, off, kitchen)
    conversation = launch(manager, kitchen)
    moment.advance(days=3)
    mistake = switch(support, off)
    send(manager, conversation, "Bonjour")
    annul(support, off, mistake)
    assert (is_on(off, kitchen), is_on(off, room)) == (True, False)
    moment.advance(days=3)
    everywhere = switch(support, off)
    off.sign_in(manager, Surface.PORTAL)
    send(manager, launch(manager, room), "Bonjour")
    with pytest.raises(MessagesSent):
        annul(support, off, everywhere)


def test_nothing_of_another_organization_is_undone(world: World, off: World, support: Supporter) -> None:
    planned = switch(support, world, is_on=False, at=DECEMBER)
    running = rows(option_changes, world)[0].id
    for undo, change in ((cancel, planned), (annul, running), (cancel, 999_999), (annul, 999_999)):
        with pytest.raises(NotFound):
            undo(support, off, change)


# Reading.


def test_the_option_is_read_by_the_vendor_and_the_organizations_own_administrator(
    world: World, off: World, support: Supporter
) -> None:
    kitchen = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    finance = add_vendor_staff(VendorRole.FINANCE)
    with db.read() as reader:
        for actor in (support.actor, finance.act(Surface.PORTAL)):
            assert access_reviewed_organization(reader, actor, off.organization_id).name == "Cafés boreal"
            access_option_reviewer(actor)
            for nowhere in (None, 0, 999_999):
                with pytest.raises(NotFound):
                    access_reviewed_organization(reader, actor, nowhere)
        ada = world.administrator.act(Surface.PORTAL)
        for own in (None, world.organization_id):
            assert access_reviewed_organization(reader, ada, own).id == world.organization_id
        for other in (off.organization_id, 0, 999_999):
            with pytest.raises(NotFound):
                access_reviewed_organization(reader, ada, other)
        with pytest.raises(NotAllowed):
            access_option_reviewer(ada)
        with pytest.raises(NotAllowed):
            access_reviewed_organization(reader, manager.act(Surface.PORTAL), None)


def read(support: Supporter, world: World) -> OrganizationOption:
    with db.read() as reader:
        return get_organization_option(
            reader, access_reviewed_organization(reader, support.actor, world.organization_id)
        )


def look_ahead(
    support: Supporter, world: World, *services: int, is_on: bool = True, at: datetime = DECEMBER
) -> SwitchFigures:
    with db.read() as reader:
        organization = supported(reader, support, world)
        chosen = access_shaped_services(reader, organization, services)
        return count_switch(reader, organization, chosen, is_on=is_on, at=at)


def test_the_state_is_told_service_by_service(off: World, support: Supporter, moment: Moment) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    off.hire("Karim Benali", kitchen)
    off.hire("Sofia Lavoie", kitchen, app=False)
    both = off.hire("Léa Tran", room)
    with off.administering(both) as (uow, employee):
        do_assign(
            uow, employee, access_shaped_service(uow, employee.organization, kitchen), None, HIRED, is_primary=False
        )
    switch(support, off, kitchen)
    moment.advance(days=10)
    switch(support, off, room, at=DECEMBER + 9 * DAY)
    state = read(support, off)
    assert (state.is_everywhere, state.since, state.employed, state.equipped) == (False, None, 3, 2)
    assert [
        (each.name, each.is_on, each.has_own, each.since, each.employed, each.equipped) for each in state.services
    ] == [
        ("Cuisine", True, True, date(2026, 11, 23), 3, 2),
        ("Salle", False, False, None, 1, 1),
    ]
    assert [(each.services, each.effective_at) for each in state.due] == [(("Salle",), DECEMBER + 9 * DAY)]
    switch(support, off)
    state = read(support, off)
    assert (state.is_everywhere, state.since) == (True, date(2026, 12, 3))
    assert [(each.is_on, each.has_own) for each in state.services] == [(True, True), (True, False)]


def tell(entry: OptionEntry) -> tuple[str, str, tuple[str, ...], str, bool]:
    return entry.kind, entry.standing, entry.services, entry.ticket, entry.may_be_annulled


def test_r1_the_history_tells_every_act_with_who_asked_and_who_recorded_it(
    off: World, support: Supporter, moment: Moment
) -> None:
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    planned = switch(support, off, room, kitchen, at=DECEMBER, ticket="SC-1")
    moment.advance(hours=1)
    cancel(support, off, planned, ticket="SC-2")
    moment.advance(hours=1)
    mistake = switch(support, off, ticket="SC-3")
    moment.advance(hours=1)
    annul(support, off, mistake, ticket="SC-4")
    moment.advance(hours=1)
    running = switch(support, off, kitchen, ticket="SC-5", trial=date(2026, 12, 31))
    moment.advance(hours=1)
    ending = switch(support, off, kitchen, is_on=False, at=DECEMBER, ticket="SC-6")
    moment.advance(hours=1)
    cancel(support, off, ending, ticket="SC-7")
    moment.advance(hours=1)
    switch(support, off, kitchen, is_on=False, at=DECEMBER, ticket="SC-8")
    history = read(support, off).history
    assert [tell(entry) for entry in history] == [
        ("off", "due", ("Cuisine",), "SC-8", False),
        ("off_given_up", "done", ("Cuisine",), "SC-7", False),
        ("off", "given_up", ("Cuisine",), "SC-6", False),
        ("on", "done", ("Cuisine",), "SC-5", True),
        ("annulled", "done", (), "SC-4", False),
        ("on", "annulled", (), "SC-3", False),
        ("on_given_up", "done", ("Cuisine", "Salle"), "SC-2", False),
        ("on", "given_up", ("Cuisine", "Salle"), "SC-1", False),
    ]
    assert [entry.change_id for entry in history[1:4]] == [ending, ending, running]
    assert {entry.requested_by for entry in history} == {"Ada Ministre", None}
    assert history[4].requested_by is None
    assert {entry.recorded_by for entry in history} == {"customer_service"}
    assert history[3].trial_until == date(2026, 12, 31)
    moment.advance(hours=24)
    assert not any(entry.may_be_annulled for entry in read(support, off).history)
    off.switch_option(is_on=True)
    assert read(support, off).history[0].recorded_by is None  # at the console


def test_what_a_switch_would_do_to_people(off: World, support: Supporter, moment: Moment) -> None:
    """Counted on the day it takes effect: who is employed then."""
    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    manager = off.hire("Ariane Gagnon", kitchen, manages=(kitchen, room))
    off.hire("Karim Benali", kitchen)
    off.hire("Sofia Lavoie", room, app=False)
    off.cut(off.hire("Noé Cyr", room))
    off.hire("Léa Roy", room, starts_on=date(2026, 12, 1), app=False)
    off.hire("Zoé Roy", room, starts_on=date(2026, 12, 2))
    off.end(off.hire("Théo Côté", kitchen), date(2026, 11, 30))
    off.end(off.hire("Ève Côté", kitchen), date(2026, 11, 1))
    everywhere = look_ahead(support, off)
    # Ariane, Karim, Sofia, Léa and the administrator; Noé is cut off, yet employed, so billed.
    assert everywhere == SwitchFigures(
        gaining=5, losing=0, launching=2, employed=5, without_app=3, without_service=1, staying_on=[]
    )
    switch(support, off, kitchen)
    assert look_ahead(support, off) == SwitchFigures(
        gaining=2, losing=0, launching=2, employed=3, without_app=3, without_service=1, staying_on=[]
    )
    assert look_ahead(support, off, room).gaining == 2
    switch(support, off)
    assert look_ahead(support, off, is_on=False) == SwitchFigures(
        gaining=0, losing=2, launching=2, employed=3, without_app=3, without_service=1, staying_on=["Cuisine"]
    )
    already = look_ahead(support, off, room)
    assert (already.is_on_already, already.gaining, already.launching, already.employed) == (True, 0, 0, 0)
    off.end(manager, date(2026, 11, 30))
    assert look_ahead(support, off, is_on=False).launching == 1


def test_what_is_read_costs_the_same_for_one_or_for_many(off: World, support: Supporter) -> None:
    def count() -> list[int]:
        counts = []
        for act in (lambda: read(support, off), lambda: look_ahead(support, off, is_on=False)):
            with counting_statements() as seen:
                act()
            counts.append(len(seen))
        return counts

    kitchen = off.add_service("cuisine")
    switch(support, off, kitchen)
    before = count()
    for n in range(9):
        service = off.add_service(f"s{n}")
        off.hire("Karim Benali", service)
        switch(support, off, service)
    assert count() == before
    assert before == [5, 5]


def test_all_switches_are_listed_the_latest_first(world: World, off: World, support: Supporter, moment: Moment) -> None:
    def find(search: str = "", number: int = 1) -> LatestPage:
        with db.read() as reader:
            reviewer = access_option_reviewer(support.actor)
            with counting_statements() as seen:
                found = list_latest(reader, reviewer, search=search, number=number)
        assert len(seen) <= 6
        return found

    kitchen, room = off.add_service("cuisine"), off.add_service("salle")
    moment.advance(hours=1)
    planned = switch(support, off, kitchen, room, at=DECEMBER, ticket="SC-1")
    moment.advance(hours=1)
    cancel(support, off, planned, ticket="SC-2")
    told = [(row.organization, row.entry.kind, row.entry.ticket, row.entry.services) for row in find().rows]
    assert told[:2] == [
        ("Cafés boreal", "on_given_up", "SC-2", ("Cuisine", "Salle")),
        ("Cafés boreal", "on", "SC-1", ("Cuisine", "Salle")),
    ]
    assert [row.organization for row in find().rows[2:]] == ["Cafés laurier"]
    assert [row.entry.ticket for row in find("boréal").rows] == ["SC-2", "SC-1"]
    assert [row.entry.ticket for row in find("sc-1").rows] == ["SC-1"]
    assert find("SC_1").rows == find("%").rows == []
    for n in range(30):
        moment.advance(minutes=1)
        switch(support, off, is_on=n % 2 == 0, ticket=f"N-{n}")
    first, second, beyond = find(), find(number=2), find(number=99)
    assert (first.count, first.pages, len(first.rows), len(second.rows)) == (33, 2, 25, 8)
    assert beyond == second
    assert first.rows[0].entry.ticket == "N-29"


def test_the_list_of_organizations_knows_nothing_of_what_was_annulled(
    off: World, support: Supporter, moment: Moment
) -> None:
    def read_row() -> OrganizationRow:
        with db.read() as reader:
            return next(row for row in list_organizations(reader, support).rows if row.code == "boreal")

    mistake = switch(support, off)
    assert read_row().option.is_everywhere
    moment.advance(hours=1)
    annul(support, off, mistake)
    assert (read_row().option.is_on, read_row().option.since) == (False, None)
    planned = switch(support, off, at=DECEMBER)
    assert read_row().option.changes_on == date(2026, 12, 1)
    cancel(support, off, planned)
    assert read_row().option.changes_on is None


# At the same moment.


def test_r1_one_of_many_who_use_a_ticket_at_once_is_served(world: World, support: Supporter) -> None:
    worlds = [World.create(f"o{n}", option=False) for n in range(6)]

    def try_(each: World) -> str:
        try:
            switch(support, each, ticket="SC-9")
        except TicketUsed as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(worlds)) as pool:
        found = list(pool.map(try_, worlds))
    assert sorted(found) == ["done", *["ticket_used"] * 5]


def test_r1_a_message_on_its_way_keeps_an_activation_from_being_annulled(
    off: World, support: Supporter, moment: Moment
) -> None:
    """Whoever comes first: nothing that was said is out of reach for ever, nothing annulled is written into."""
    kitchen = off.add_service("cuisine")
    manager = off.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    mistake = switch(support, off)
    conversation = launch(manager, kitchen)
    is_writing = threading.Event()

    def write() -> None:
        with db.unit_of_work() as uow:
            here = access_joined_conversation(uow, chatter(uow, manager), conversation)
            is_writing.set()
            time.sleep(0.3)
            do_send_message(uow, here, "Bonjour", ref=new_ref())

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        is_writing.wait()
        with pytest.raises(MessagesSent):
            annul(support, off, mistake)
        writing.result()
    assert is_on(off)

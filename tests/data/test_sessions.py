"""Where one is signed in, what ends it, and what one's account opens."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import insert, select, update

from data import db
from data.access.account import access_membership, access_owned_account, access_owned_session
from data.access.actors import Surface, VendorRole, access_open_session, hash_token
from data.access.directory import (
    access_administered_employee,
    access_administered_organization,
    access_assisted_person,
    access_changing_session,
    access_listed_organization,
    access_organization_at_console,
)
from data.access.newcomers import find_newcoming_administrator
from data.access.sign_in import SignInCandidate, access_link
from data.actions.directory import do_cut_access
from data.actions.organizations import do_add_administrator
from data.actions.sessions import (
    do_change_own_password,
    do_end_own_session,
    do_issue_access_link,
    do_issue_first_link,
    do_issue_own_link,
    do_start_session,
    do_use_access_link,
)
from data.errors import LinkSpent, NotFound, NotSignedIn
from data.models import accounts, audit_entries, people
from data.queries.account import get_profile, list_memberships
from data.queries.sessions import list_sessions
from data.realtime.events import SessionEnded, to_account, to_session
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, launch, listening, new_ref, send


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def ariane(world: World, kitchen: int) -> Somebody:
    return world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(world: World, kitchen: int) -> Somebody:
    return world.hire("Karim Benali", kitchen)


def join(world: World, somebody: Somebody) -> int:
    """The same account is somebody else in another organization."""
    with db.unit_of_work() as uow:
        person_id: int = uow.execute(
            insert(people)
            .values(
                organization_id=world.organization_id,
                account_id=somebody.account_id,
                given_name="Ariane",
                family_name="Gagnon",
                search_name="ariane gagnon",
                is_administrator=True,
                created_at=uow.now,
            )
            .returning(people.c.id)
        ).scalar_one()
    return person_id


def test_sessions_list_is_ones_own_on_all_surfaces(
    world: World, ariane: Somebody, karim: Somebody, moment: Moment
) -> None:
    portal, phone = ariane.session_ids[Surface.PORTAL], ariane.session_ids[Surface.MOBILE]
    moment.advance(minutes=1)
    world.sign_in(ariane, Surface.PORTAL)
    newest = ariane.session_ids[Surface.PORTAL]
    ariane.session_ids[Surface.PORTAL] = portal
    with db.read() as reader:
        rows = list_sessions(reader, ariane.act(Surface.PORTAL))
    assert [(row.id, row.surface, row.is_current) for row in rows] == [
        (portal, Surface.PORTAL, True),
        (newest, Surface.PORTAL, False),
        (phone, Surface.MOBILE, False),
    ]
    assert {row.organization for row in rows} == {"Cafés laurier"}
    # Lapsed on the portal (12 hours), still open on the phone.
    moment.advance(hours=13)
    with db.read() as reader:
        assert [row.id for row in list_sessions(reader, ariane.act(Surface.MOBILE))] == [phone]


def test_ending_a_session_closes_it_at_once(ariane: Somebody) -> None:
    phone = ariane.session_ids[Surface.MOBILE]
    with listening() as heard, db.unit_of_work() as uow:
        do_end_own_session(uow, access_owned_session(uow, ariane.act(Surface.PORTAL), phone))
    assert [(each.topic, each.event) for each in heard] == [(to_session(phone), SessionEnded())]
    with pytest.raises(NotSignedIn):
        ariane.act(Surface.MOBILE)
    ariane.act(Surface.PORTAL)
    # Without a device, one no longer counts as using the application.
    with db.read() as reader:
        assert (
            reader.execute(select(people.c.equipped_until).where(people.c.id == ariane.person_id)).scalar_one() is None
        )


def found(somebody: Somebody, organization_id: int | None, password_hash: str | None = "old") -> SignInCandidate:
    """As sign-in found them, with a password that was right a moment ago."""
    return SignInCandidate(somebody.account_id, somebody.person_id, organization_id, password_hash)


def set_password(somebody: Somebody, password_hash: str) -> None:
    with db.unit_of_work() as uow:
        uow.execute(update(accounts).where(accounts.c.id == somebody.account_id).values(password_hash=password_hash))


def enter(candidate: SignInCandidate) -> int:
    with db.unit_of_work() as uow:
        return do_start_session(uow, candidate, Surface.MOBILE, token_hash=new_ref(), device="Test").id


def test_a_sign_in_that_was_under_way_does_not_outlive_the_password(world: World, karim: Somebody) -> None:
    set_password(karim, "old")
    candidate = found(karim, world.organization_id)
    enter(candidate)
    set_password(karim, "new")
    with pytest.raises(NotSignedIn):
        enter(candidate)
    with db.unit_of_work() as uow, pytest.raises(NotSignedIn):
        do_issue_own_link(uow, candidate, token_hash="link")
    enter(found(karim, world.organization_id, "new"))
    enter(found(karim, world.organization_id, None))  # who came by a link, or from another organization


def test_a_sign_in_that_was_under_way_does_not_outlive_a_cut(world: World, karim: Somebody) -> None:
    """Neither where the account is Karim's alone, nor where it goes on opening another organization."""
    set_password(karim, "old")
    rival = World.create("rival")
    there = join(rival, karim)
    candidate = found(karim, world.organization_id)
    world.cut(karim)
    with pytest.raises(NotSignedIn):
        enter(candidate)
    enter(SignInCandidate(karim.account_id, there, rival.organization_id, "old"))
    alone = world.hire("Paul Seul", world.add_service("salle"))
    set_password(alone, "old")
    world.cut(alone)
    with pytest.raises(NotSignedIn):
        enter(found(alone, world.organization_id))


def test_a_session_acts_for_the_account_that_its_person_has(world: World, ariane: Somebody, karim: Somebody) -> None:
    with db.unit_of_work() as uow:
        uow.execute(update(people).where(people.c.id == karim.id).values(account_id=None))
    with pytest.raises(NotSignedIn):
        karim.act()
    with db.unit_of_work() as uow, pytest.raises(NotSignedIn):
        access_open_session(uow, karim.session_ids[Surface.MOBILE])


def end_own(world: World, somebody: Somebody, uow: db.UnitOfWork) -> None:
    actor = access_open_session(uow, somebody.session_ids[Surface.PORTAL])
    do_end_own_session(uow, access_owned_session(uow, actor, somebody.session_ids[Surface.MOBILE]))


def change_own(world: World, somebody: Somebody, uow: db.UnitOfWork) -> None:
    actor = access_open_session(uow, somebody.session_ids[Surface.PORTAL])
    do_change_own_password(uow, access_owned_account(uow, actor), "new")


def cut(world: World, somebody: Somebody, uow: db.UnitOfWork) -> None:
    actor = access_changing_session(uow, world.administrator.act(Surface.PORTAL))
    organization = access_administered_organization(uow, actor)
    do_cut_access(uow, access_administered_employee(uow, organization, somebody.id))


@pytest.mark.parametrize("revoke", [cut, end_own, change_own])
def test_nothing_is_written_after_access_was_taken_away(
    world: World, kitchen: int, ariane: Somebody, revoke: Callable[[World, Somebody, db.UnitOfWork], None]
) -> None:
    """A message that waited while access was taken away finds the session ended."""
    team = launch(ariane, kitchen)
    taken, may_commit = Event(), Event()

    def take() -> None:
        with db.unit_of_work() as uow:
            revoke(world, ariane, uow)
            taken.set()
            may_commit.wait(10)

    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(take)
        assert taken.wait(10)
        sending = pool.submit(send, ariane, team, "Trop tard")
        time.sleep(0.3)  # it has read what it can, and waits
        may_commit.set()
        taking.result(10)
        with pytest.raises(NotSignedIn):
            sending.result(10)


def test_nobody_elses_session_can_be_ended(world: World, ariane: Somebody, karim: Somebody, moment: Moment) -> None:
    """Foreign, ended, lapsed and absent alike: `NotFound`."""
    with db.unit_of_work() as uow:
        do_end_own_session(uow, access_owned_session(uow, ariane.act(), ariane.session_ids[Surface.PORTAL]))
    lapsed = ariane.session_ids[Surface.PORTAL]
    world.sign_in(ariane, Surface.PORTAL)
    expiring = ariane.session_ids[Surface.PORTAL]
    moment.advance(hours=13)
    for session_id in (karim.session_ids[Surface.MOBILE], lapsed, expiring, 0, -1, 2**53):
        with db.read() as reader, pytest.raises(NotFound):
            access_owned_session(reader, ariane.act(), session_id)
    karim.act()


def test_a_new_password_ends_all_sessions_and_links(world: World, ariane: Somebody, karim: Somebody) -> None:
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, world.administrator.act(Surface.PORTAL))
        person = access_assisted_person(uow, organization, ariane.id)
        do_issue_access_link(uow, person, token_hash="link")
    with listening() as heard, db.unit_of_work() as uow:
        do_change_own_password(uow, access_owned_account(uow, ariane.act(Surface.PORTAL)), "hash")
    assert [(each.topic, each.event) for each in heard] == [(to_account(ariane.account_id), SessionEnded())]
    for surface in Surface:
        with pytest.raises(NotSignedIn):
            ariane.act(surface)
    with db.read() as reader, pytest.raises(LinkSpent):
        access_link(reader, "link")
    karim.act()


def test_a_password_must_be_as_long_as_the_widest_rights(world: World, ariane: Somebody, karim: Somebody) -> None:
    finance = add_vendor_staff(VendorRole.FINANCE)
    with db.read() as reader:
        assert access_owned_account(reader, ariane.act()).has_rights
        assert access_owned_account(reader, finance.act(Surface.PORTAL)).has_rights
        assert not access_owned_account(reader, karim.act()).has_rights
    # Karim runs something elsewhere: the account counts, not the organization one acts in.
    join(World.create("rival"), karim)
    with db.read() as reader:
        account = access_owned_account(reader, karim.act())
    assert account.has_rights
    assert {"Karim", "Benali", "Cafés laurier", "Cafés rival"} <= set(account.words)


def test_an_account_opens_its_organizations_and_no_others(world: World, ariane: Somebody) -> None:
    rival = World.create("rival")
    stranger = World.create("stranger")
    person_id = join(rival, ariane)
    actor = ariane.act(Surface.PORTAL)
    with db.read() as reader:
        other = access_membership(reader, actor, rival.organization_id)
        assert (other.account_id, other.person_id, other.organization_id) == (
            ariane.account_id,
            person_id,
            rival.organization_id,
        )
        assert [(row.name, row.is_current) for row in list_memberships(reader, actor)] == [
            ("Cafés laurier", True),
            ("Cafés rival", False),
        ]
        for organization_id in (stranger.organization_id, 0, 2**53):
            with pytest.raises(NotFound):
                access_membership(reader, actor, organization_id)


def test_a_profile_says_how_one_signs_in(world: World, ariane: Somebody) -> None:
    with db.read() as reader:
        profile = get_profile(reader, ariane.act())
        assert (profile.code, profile.manages) == ("laurier", ["Cuisine"])
        assert profile.email == f"{profile.number}@laurier.example".lower()
    somebody = add_vendor_staff(VendorRole.FINANCE)
    with db.read() as reader:
        finance = get_profile(reader, somebody.act(Surface.PORTAL))
    assert finance.email.startswith("finance-")
    assert (finance.number, finance.manages) == (None, [])


def test_a_first_link_is_for_administrators_without_a_password(world: World, ariane: Somebody) -> None:
    token_hash = hash_token("t", "secret")
    World.create("rival")
    with db.unit_of_work() as uow:
        console = access_organization_at_console(uow, world.code)
        do_add_administrator(uow, console, "Zoé", "Côté", "zoe@laurier.example", None)
        newcomer = find_newcoming_administrator(uow, console, " Zoe@Laurier.example ")
        assert newcomer is not None
        do_issue_first_link(uow, newcomer, token_hash=token_hash)
        # Neither a manager, nor an administrator of elsewhere.
        manager = get_profile(uow, ariane.act()).email or ""
        assert [find_newcoming_administrator(uow, console, email) for email in (manager, "admin@rival.example")] == [
            None,
            None,
        ]
    with db.unit_of_work() as uow:
        link = access_link(uow, token_hash)
        assert (link.name, link.has_rights, link.is_own) == ("Zoé Côté", True, False)
        do_use_access_link(uow, link, "hash")
    with db.read() as reader:
        assert find_newcoming_administrator(reader, console, "zoe@laurier.example") is None
        acts = reader.execute(select(audit_entries.c.act).where(audit_entries.c.subject == f"person:{link.person_id}"))
        assert list(acts.scalars()) == ["administrator.added", "access_link.issued"]

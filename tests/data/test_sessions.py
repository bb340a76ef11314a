"""Where one is signed in, what ends it, and what one's account opens."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from data import db
from data.access.account import access_membership, access_owned_account, access_owned_session
from data.access.actors import Surface, VendorRole, hash_token
from data.access.directory import access_assisted_person, access_listed_organization, access_organization_at_console
from data.access.newcomers import find_newcoming_administrator
from data.access.sign_in import access_link
from data.actions.organizations import do_add_administrator
from data.actions.sessions import (
    do_change_own_password,
    do_end_own_session,
    do_issue_access_link,
    do_issue_first_link,
    do_use_access_link,
)
from data.errors import LinkSpent, NotFound, NotSignedIn
from data.models import audit_entries, people
from data.queries.account import get_profile, list_memberships
from data.queries.sessions import list_sessions
from data.realtime.events import SessionEnded, to_account, to_session
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, listening


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
    assert (finance.email, finance.number, finance.manages) == ("finance@vendor.example", None, [])


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

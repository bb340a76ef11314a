"""Why somebody does not see the chat: each cause, who may look, and that nothing of what they wrote shows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from data import db
from data.access.actors import Surface, VendorRole
from data.access.conversations import access_joined_conversation
from data.access.diagnosis import access_diagnosed_person, access_own_diagnosis
from data.access.directory import access_assisted_person, access_listed_organization
from data.access.support import access_support, access_supported_organization
from data.actions.participants import do_mute
from data.actions.push import do_choose_quiet_hours, do_register_device, note_reply
from data.actions.sessions import do_issue_access_link
from data.errors import NotAllowed, NotFound
from data.models import accounts, people
from data.push.delivery import Reply
from data.push.quiet import QuietHours
from data.queries.causes import Alerts, Cause, Diagnosis
from data.queries.diagnosis import find_people, get_diagnosis
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, chatter, launch, new_ref
from tests.push_service import Device
from tests.statements import counting_statements


@pytest.fixture
def support(world: World) -> Somebody:
    return add_vendor_staff(VendorRole.CUSTOMER_SERVICE)


def look(support: Somebody, world: World, person: Somebody) -> Diagnosis:
    actor = support.act(Surface.PORTAL)
    with db.read() as reader:
        return get_diagnosis(reader, access_diagnosed_person(reader, actor, world.organization_id, person.id))


def kinds(seen: Diagnosis) -> list[str]:
    return [cause.kind for cause in seen.causes]


def give_password(*somebodies: Somebody) -> None:
    ids = [each.account_id for each in somebodies]
    with db.unit_of_work() as uow:
        uow.execute(update(accounts).where(accounts.c.id.in_(ids)).values(password_hash="hashed"))


def test_nothing_is_wrong_where_all_is_well(world: World, support: Somebody) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    give_password(karim)
    seen = look(support, world, karim)
    assert kinds(seen) == ["all_well"]
    assert (seen.name, seen.code, seen.account, seen.app, seen.phones, seen.portals) == (
        "Karim Benali",
        "laurier",
        "open",
        "uses",
        1,
        0,
    )
    assert [(place.service, place.is_on, place.presence) for place in seen.places] == [("Cuisine", True, "present")]
    assert seen.devices is not None
    assert [(row.surface, row.device) for row in seen.devices] == [(Surface.MOBILE, "Test")]


def test_each_cause_is_told_with_its_day(world: World, support: Somebody, moment: Moment) -> None:
    kitchen = world.add_service("cuisine")
    cut, gone = world.hire("Noé Cyr", kitchen), world.hire("Théo Côté", kitchen)
    coming = world.hire("Léa Roy", kitchen, starts_on=date(2026, 12, 1), app=False)
    without_phone, lapsed = world.hire("Ève Côté", kitchen, app=False), world.hire("Zoé Roy", kitchen)
    new = world.hire("Sofia Lavoie", kitchen, app=False)
    give_password(cut, gone, coming, without_phone, lapsed)
    world.cut(cut)
    world.end(gone, date(2026, 11, 20))
    told = {person.id: look(support, world, person).causes for person in (cut, gone, coming, without_phone, new)}
    assert told[cut.id] == [Cause("cut_off")]
    assert told[gone.id] == [Cause("left", day=date(2026, 11, 20))]
    assert told[coming.id] == [Cause("not_started", day=date(2026, 12, 1))]
    assert told[without_phone.id] == [Cause("no_phone")]
    assert told[new.id] == [Cause("link_missing")]
    with db.unit_of_work() as uow:
        listed = access_listed_organization(uow, world.administrator.act(Surface.PORTAL))
        until = do_issue_access_link(uow, access_assisted_person(uow, listed, new.id), token_hash=new_ref())
    assert look(support, world, new).causes == [Cause("link_waiting", at=until)]
    moment.advance(days=8)
    support = add_vendor_staff_again()
    assert (look(support, world, new).link, kinds(look(support, world, new))) == ("spent", ["link_missing"])
    moment.advance(days=53)
    support = add_vendor_staff_again()
    assert look(support, world, lapsed).causes == [Cause("app_unused", day=date(2026, 11, 23))]
    assert look(support, world, lapsed).app == "stopped"


def add_vendor_staff_again() -> Somebody:
    from data.access.sign_in import SignInCandidate
    from data.actions import sessions
    from data.models import vendor_staff

    with db.unit_of_work() as uow:
        account_id = uow.execute(vendor_staff.select()).first().account_id
        candidate = SignInCandidate(account_id, None, None, None)
        session = sessions.do_start_session(uow, candidate, Surface.PORTAL, token_hash=new_ref(), device="Test")
    return Somebody(None, account_id, {Surface.PORTAL: session.id})


def test_the_option_is_told_service_by_service(world: World, support: Somebody, moment: Moment) -> None:
    off = World.create("boreal", option=False)
    bar, room = off.add_service("bar"), off.add_service("salle")
    karim, manager = off.hire("Karim Benali", bar), off.hire("Ariane Gagnon", bar, manages=(bar, room))
    give_password(karim, manager)
    assert look(support, off, karim).causes == [Cause("option_off", names=("Bar",))]
    assert look(support, off, manager).causes == [Cause("option_off", names=("Bar", "Salle"))]
    off.switch_option(is_on=True, service_id=bar, at=moment.at + timedelta(days=8))
    planned = look(support, off, karim)
    assert planned.causes == [Cause("option_planned", day=date(2026, 12, 1), names=("Bar",))]
    assert planned.places[0].chat_from == date(2026, 12, 1)
    off.switch_option(is_on=True, service_id=room)
    assert look(support, off, manager).causes == [Cause("option_partly", names=("Bar",))]


def test_an_administrator_has_no_file_for_others(world: World, support: Somebody) -> None:
    """What is told of one who also works there says nothing of that work."""
    kitchen = world.add_service("cuisine")
    gisele = world.hire("Gisèle Associée", kitchen)
    with db.unit_of_work() as uow:
        uow.execute(update(people).where(people.c.id == gisele.id).values(is_administrator=True))
    give_password(gisele, world.administrator)
    seen = look(support, world, gisele)
    assert (seen.number, seen.places, seen.is_administrator) == (None, [], True)
    assert [place.service for place in seen.runs] == ["Cuisine"]
    assert kinds(look(support, world, world.administrator)) == ["all_well"]
    ada = world.administrator.act(Surface.PORTAL)
    with db.read() as reader, pytest.raises(NotFound):
        access_diagnosed_person(reader, ada, None, gisele.id)


def test_who_may_look_at_whom(world: World, support: Somebody) -> None:
    kitchen, room = world.add_service("cuisine"), world.add_service("salle")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    elsewhere = world.hire("Maude Roy", room, manages=(room,))
    karim = world.hire("Karim Benali", kitchen)
    rival = World.create("rival")
    stranger = rival.hire("Mireille Savard", rival.add_service("comptoir"))
    with db.read() as reader:

        def try_(somebody: Somebody, organization: Any, person: int) -> str:
            try:
                access_diagnosed_person(reader, somebody.act(Surface.PORTAL), organization, person)
            except (NotFound, NotAllowed) as error:
                return error.code
            return "yes"

        here = world.organization_id
        assert try_(manager, None, karim.id) == try_(manager, here, karim.id) == "yes"
        assert try_(manager, None, manager.id) == "yes"
        assert try_(world.administrator, None, karim.id) == try_(support, here, karim.id) == "yes"
        assert try_(elsewhere, None, karim.id) == try_(elsewhere, None, 999_999) == "not_found"
        assert try_(rival.administrator, None, karim.id) == try_(rival.administrator, here, karim.id) == "not_found"
        assert try_(add_vendor_staff(VendorRole.FINANCE), here, karim.id) == "not_allowed"
        for organization, person in ((here, stranger.id), (rival.organization_id, karim.id), (None, karim.id)):
            assert try_(support, organization, person) == "not_found"
        own = get_diagnosis(reader, access_own_diagnosis(karim.act()))
        assert own.name == "Karim Benali"
        # Devices by name are for those who could also end their sessions, and customer service.
        by_manager = access_diagnosed_person(reader, manager.act(Surface.PORTAL), None, karim.id)
        assert (get_diagnosis(reader, by_manager).devices, get_diagnosis(reader, by_manager).phones) == (None, 1)


def test_a_manager_sees_work_in_their_own_services_alone(world: World) -> None:
    kitchen, room = world.add_service("cuisine"), world.add_service("salle")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", room)
    world.move(karim, room, kitchen, date(2026, 11, 2))
    with db.read() as reader:
        person = access_diagnosed_person(reader, manager.act(Surface.PORTAL), None, karim.id)
        assert [place.service for place in get_diagnosis(reader, person).places] == ["Cuisine"]


def test_people_are_found_by_name_or_number(world: World, support: Somebody) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Bénali", kitchen)
    rival = World.create("rival")
    rival.hire("Karim Rival", rival.add_service("bar"))

    def find(search: str) -> list[str]:
        with db.read() as reader:
            supporter = access_support(support.act(Surface.PORTAL))
            organization = access_supported_organization(reader, supporter, world.organization_id)
            return [each.name for each in find_people(reader, organization, search)]

    number = look(support, world, karim).number
    assert find("BENALI karim") == find(str(number)) == ["Karim Bénali"]
    assert find("ministre") == ["Ada Ministre"]
    for nobody in ("", "  ", "%", "_", "Rival", "' OR 1=1"):
        assert find(nobody) == []


def test_it_takes_as_many_statements_whoever_it_is(world: World, support: Somebody) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)

    def count(somebody: Somebody) -> int:
        with db.read() as reader:
            person = access_diagnosed_person(reader, support.act(Surface.PORTAL), world.organization_id, somebody.id)
            with counting_statements() as seen:
                get_diagnosis(reader, person)
        return len(seen)

    before = count(karim)
    for n in range(6):
        service = world.add_service(f"s{n}")
        world.open_app(karim)
        world.switch_option(is_on=True, service_id=service)
    busy = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    assert count(karim) == count(busy) == before == 9


def test_r20_it_tells_of_notifications(world: World, support: Somebody, moment: Moment) -> None:
    kitchen = world.add_service("cuisine")
    ariane, karim = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,)), world.hire("Karim Benali", kitchen)
    team = launch(ariane, kitchen)
    assert look(support, world, karim).alerts == Alerts([], QuietHours(1260, 420), False, None, 0)
    with db.unit_of_work() as uow:
        device = Device("https://fcm.googleapis.com")
        device_id = do_register_device(uow, karim.act(), device.subscription, ())
        note_reply(uow, device_id, Reply("taken", 201))
        do_mute(uow, access_joined_conversation(uow, chatter(uow, karim), team))
        do_choose_quiet_hours(uow, karim.act(), QuietHours(600, 720))
    seen = look(support, world, karim).alerts
    assert [(row.name, row.succeeded_at, row.has_failed) for row in seen.devices] == [("Test", moment.at, False)]
    assert (seen.is_own_quiet, seen.muted) == (True, 1)
    assert seen.quiet_until == moment.at + timedelta(hours=2)
    moment.advance(minutes=1)
    with db.unit_of_work() as uow:
        note_reply(uow, device_id, Reply("failed", 500))
    assert [row.has_failed for row in look(support, world, karim).alerts.devices] == [True]

"""The directory: what employment facts come to, who sees whom, cutting access, one-time links."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from data import db
from data.access.actors import Surface, VendorRole, access_open_session
from data.access.directory import (
    access_administered_employee,
    access_administered_organization,
    access_assisted_person,
    access_changing_session,
    access_listed_organization,
    access_listed_people,
    access_listed_person,
    access_listed_service,
    access_shaped_department,
    access_shaped_organization,
    access_shaped_place,
    access_shaped_service,
    access_shaped_services,
)
from data.access.sign_in import SignInCandidate, access_link
from data.actions import directory, employment, organizations, sessions
from data.db import UnitOfWork
from data.employment import EmploymentFact
from data.errors import (
    AccessCutOff,
    AlreadyAssigned,
    ChatError,
    DateInvalid,
    EmailTaken,
    EndBeforeStart,
    LinkSpent,
    NameTaken,
    NotAllowed,
    NotEmployedThen,
    NotFound,
    NotSignedIn,
    NumberTaken,
    PlaceClosed,
    PrimaryTaken,
    RightsBeyondOwn,
    ServiceInUse,
)
from data.models import access_links, accounts, assignments, audit_entries, employment_changes, people
from data.queries.directory import (
    STATUSES,
    PersonFile,
    PersonRow,
    Status,
    get_person_file,
    get_sign_in_words,
    list_listed_services,
    list_people,
)
from data.queries.services import list_services
from tests.conftest import Moment
from tests.factories import HIRED, Somebody, World, add_vendor_staff, listening, new_ref
from tests.statements import counting_statements

TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)


def list_rows(
    viewer: Somebody, *, status: Status = "all", service: int | None = None, search: str = "", page: int = 0
) -> list[PersonRow]:
    with db.read() as reader:
        organization = access_listed_organization(reader, viewer.act(Surface.PORTAL))
        narrowed = access_listed_service(reader, organization, service) if service else None
        return list_people(reader, organization, service=narrowed, status=status, search=search, page=page).rows


def list_names(viewer: Somebody, **filters: Any) -> list[str]:
    return [row.name for row in list_rows(viewer, **filters)]


def read_file(viewer: Somebody, person: Somebody) -> PersonFile:
    with db.read() as reader:
        organization = access_listed_organization(reader, viewer.act(Surface.PORTAL))
        return get_person_file(reader, access_listed_person(reader, organization, person.id))


def where_today(world: World, person: Somebody) -> list[tuple[str, bool]]:
    """The services of today with the mark of the main one, as the administrator reads them."""
    world.sign_in(world.administrator, Surface.PORTAL)
    file = read_file(world.administrator, person)
    return sorted((place.service, place.is_primary) for place in file.places if place.when == "present")


def assign(world: World, person: Somebody, service: int, on: date, *, is_primary: bool = False) -> None:
    with world.administering(person) as (uow, employee):
        place, _ = access_shaped_place(uow, employee.organization, service, None)
        employment.do_assign(uow, employee, place, None, on, is_primary=is_primary)


def count_facts(person: Somebody) -> int:
    with db.read() as reader:
        counted: int = reader.execute(
            select(func.count()).select_from(employment_changes).where(employment_changes.c.person_id == person.id)
        ).scalar_one()
    return counted


@contextmanager
def shaping(world: World) -> Iterator[tuple[UnitOfWork, Any]]:
    with db.unit_of_work() as uow:
        yield uow, access_administered_organization(uow, world.administrator.act(Surface.PORTAL))


def close(world: World, service_id: int, on: date) -> None:
    with shaping(world) as (uow, organization):
        directory.do_close_service(uow, access_shaped_service(uow, organization, service_id), on)


def issue(issuer: Somebody, person: Somebody) -> str:
    """The hash of a link that the issuer hands to the person."""
    token_hash = new_ref()
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, issuer.act(Surface.PORTAL))
        assisted = access_assisted_person(uow, organization, person.id)
        sessions.do_issue_access_link(uow, assisted, token_hash=token_hash)
    return token_hash


def is_open(token_hash: str) -> bool:
    try:
        with db.read() as reader:
            access_link(reader, token_hash)
    except LinkSpent:
        return False
    return True


# What facts come to, and when


def test_r9_a_hire_counts_from_the_midnight_of_the_organization(moment: Moment, database: db.Database) -> None:
    world = World.create("ouest", timezone="America/Vancouver")
    kitchen = world.add_service("cuisine")
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen, starts_on=TOMORROW, app=False)
    moment.go_to("2026-11-23T23:59:59-08:00")  # in Montréal it is tomorrow already
    world.sign_in(manager, Surface.PORTAL)
    assert where_today(world, karim) == []
    assert list_names(world.administrator, status="to_come") == ["Karim Benali"]
    assert list_names(manager) == ["Ariane Gagnon"]
    moment.go_to("2026-11-24T00:00:00-08:00")
    assert where_today(world, karim) == [("Cuisine", True)]
    assert list_names(world.administrator, status="to_come") == []
    assert list_names(manager) == ["Ariane Gagnon", "Karim Benali"]


def test_r9_the_last_day_is_worked_whole(moment: Moment, world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    world.end(karim, TODAY)
    moment.go_to("2026-11-23T23:59:59-05:00")
    assert where_today(world, karim) == [("Cuisine", True)]
    assert karim.act().member.employed_in == {kitchen}
    moment.go_to("2026-11-24T00:00:00-05:00")
    assert where_today(world, karim) == []
    assert karim.act().member.employed_in == frozenset()
    assert list_names(world.administrator, status="left") == ["Karim Benali"]


def test_r9_a_move_takes_effect_on_its_day_and_keeps_the_main_mark(moment: Moment, world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    world.move(karim, kitchen, bar, date(2026, 12, 1))
    assert where_today(world, karim) == [("Cuisine", True)]
    moment.go_to("2026-11-30T23:59:59-05:00")
    assert where_today(world, karim) == [("Cuisine", True)]
    moment.go_to("2026-12-01T00:00:00-05:00")
    assert where_today(world, karim) == [("Bar", True)]
    file = read_file(world.administrator, karim)
    assert [(place.service, place.starts_on, place.ends_on) for place in file.places] == [
        ("Cuisine", HIRED, date(2026, 11, 30)),
        ("Bar", date(2026, 12, 1), None),
    ]
    assert file.row.starts_on == HIRED  # one unbroken employment


def test_a_second_service_is_one_more_and_one_alone_is_the_main_one(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    assign(world, karim, bar, TODAY)
    assert where_today(world, karim) == [("Bar", False), ("Cuisine", True)]
    (row,) = list_rows(world.administrator, status="today")
    assert [(place.service, place.is_primary) for place in row.places] == [("Cuisine", True), ("Bar", False)]
    terrace = world.add_service("terrasse")
    with pytest.raises(PrimaryTaken):
        assign(world, karim, terrace, TODAY, is_primary=True)


def test_somebody_who_left_is_hired_again(moment: Moment, world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    world.end(karim, date(2026, 10, 1))
    assert where_today(world, karim) == []
    assign(world, karim, bar, TODAY, is_primary=True)
    assert where_today(world, karim) == [("Bar", True)]
    assert read_file(world.administrator, karim).row.starts_on == TODAY  # not since the first time


def test_facts_that_contradict_are_refused_and_leave_nothing(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    before = count_facts(karim)
    with pytest.raises(AlreadyAssigned):
        assign(world, karim, kitchen, TODAY)
    with pytest.raises(NotEmployedThen):
        world.move(karim, bar, kitchen, TODAY)
    with pytest.raises(NotEmployedThen):
        world.move(karim, kitchen, bar, date(2023, 1, 1))
    with pytest.raises(EndBeforeStart):
        world.end(karim, date(2023, 1, 1))
    for day in (date(1900, 1, 1), date(2126, 1, 1)):
        with pytest.raises(DateInvalid):
            world.end(karim, day)
    assert count_facts(karim) == before
    assert where_today(world, karim) == [("Cuisine", True)]


def test_a_number_belongs_to_one_person_of_an_organization(world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    number = read_file(world.administrator, karim).row.number
    with pytest.raises(NumberTaken), shaping(world) as (uow, organization):
        file = directory.NewEmployee(number, "Sofia", "Lavoie")
        service = access_shaped_service(uow, organization, kitchen)
        directory.do_hire(uow, organization, file, service, None, TODAY)
    assert list_names(world.administrator) == ["Karim Benali"]


def test_a_service_closes_only_once_nobody_works_there_from_that_day(moment: Moment, world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    with pytest.raises(ServiceInUse):
        close(world, kitchen, TODAY)
    world.move(karim, kitchen, bar, date(2026, 12, 1))
    with pytest.raises(ServiceInUse):
        close(world, kitchen, date(2026, 11, 30))  # still somebody's last day
    close(world, kitchen, date(2026, 12, 1))
    with pytest.raises(PlaceClosed):
        world.hire("Sofia Lavoie", kitchen)
    with pytest.raises(PlaceClosed):
        world.move(karim, bar, kitchen, date(2026, 12, 24))
    with db.read() as reader:
        shaped = access_shaped_organization(reader, world.administrator.act(Surface.PORTAL), None)
        assert [row.name for row in list_services(reader, shaped).open] == ["Bar", "Cuisine"]
    moment.go_to("2026-12-01T00:00:00-05:00")
    world.sign_in(world.administrator, Surface.PORTAL)
    with db.read() as reader:
        shaped = access_shaped_organization(reader, world.administrator.act(Surface.PORTAL), None)
        found = list_services(reader, shaped)
    assert [row.name for row in found.closed] == ["Cuisine"]
    assert [(row.name, row.people) for row in found.open] == [("Bar", 1)]


def test_a_service_does_not_close_while_somebody_is_to_come(world: World) -> None:
    kitchen = world.add_service("cuisine")
    world.hire("Karim Benali", kitchen, starts_on=date(2027, 1, 4), app=False)
    with pytest.raises(ServiceInUse):
        close(world, kitchen, TODAY)


def test_departments_close_rename_and_open_again(world: World) -> None:
    kitchen = world.add_service("cuisine", "Salle", "Plonge")
    with db.read() as reader:
        shaped = access_shaped_organization(reader, world.administrator.act(Surface.PORTAL), None)
        departments = {
            department.name: department.id for department in list_services(reader, shaped).rows[0].departments
        }
    world.hire("Karim Benali", kitchen, department_id=departments["Plonge"], starts_on=date(2027, 1, 4), app=False)
    with pytest.raises(ServiceInUse), shaping(world) as (uow, organization):
        directory.do_close_department(uow, access_shaped_department(uow, organization, departments["Plonge"]))
    with pytest.raises(NameTaken), shaping(world) as (uow, organization):
        directory.do_rename_department(uow, access_shaped_department(uow, organization, departments["Salle"]), "Plonge")
    with shaping(world) as (uow, organization):
        directory.do_close_department(uow, access_shaped_department(uow, organization, departments["Salle"]))
    with pytest.raises(PlaceClosed):
        world.hire("Sofia Lavoie", kitchen, department_id=departments["Salle"])
    with shaping(world) as (uow, organization):
        service = access_shaped_service(uow, organization, kitchen)
        assert directory.do_create_department(uow, service, "Salle") == departments["Salle"]
        with pytest.raises(NameTaken):
            directory.do_create_department(uow, service, "Salle")
    world.hire("Sofia Lavoie", kitchen, department_id=departments["Salle"])


def test_a_department_of_another_service_is_absent(world: World) -> None:
    kitchen, bar = world.add_service("cuisine", "Plonge"), world.add_service("bar")
    with db.read() as reader:
        shaped = access_shaped_organization(reader, world.administrator.act(Surface.PORTAL), None)
        row = list_services(reader, shaped).find(kitchen)
        assert row is not None
    with pytest.raises(NotFound):
        world.hire("Sofia Lavoie", bar, department_id=row.departments[0].id)


@pytest.mark.parametrize("vendors", [0, 1, 2])
def test_two_who_change_the_staff_at_once_come_one_after_the_other(world: World, vendors: int) -> None:
    """Neither is told that the server is busy, and the facts of the person fold."""
    kitchen, bar, terrace = (world.add_service(code) for code in ("cuisine", "bar", "terrasse"))
    karim = world.hire("Karim Benali", kitchen)
    customer_service = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    together, failed = threading.Barrier(2), []

    def add(somebody: Somebody, service: int) -> None:
        try:
            with db.unit_of_work() as uow:
                actor = access_changing_session(uow, somebody.act(Surface.PORTAL))
                if uow.locks:  # PostgreSQL runs units side by side, SQLite one after the other
                    with suppress(threading.BrokenBarrierError):
                        together.wait(timeout=0.5)  # both are here only where the first does not hold up the second
                organization_id = None if somebody is world.administrator else world.organization_id
                organization = access_shaped_organization(uow, actor, organization_id)
                fact = EmploymentFact("hired", TODAY, service)
                employment.record_facts(uow, organization, {karim.id: [fact]})
                directory.do_rename_service(uow, access_shaped_service(uow, organization, service), f"Bar {service}")
        except ChatError as error:
            failed.append(error.code)

    both = [customer_service] * vendors + [world.administrator] * (2 - vendors)
    threads = [threading.Thread(target=add, args=each) for each in zip(both, (bar, terrace), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [is_primary for _, is_primary in where_today(world, karim)] == [False, False, True]


# Who sees whom


@pytest.fixture
def rival(world: World) -> World:
    return World.create("rival")


def test_a_manager_sees_the_people_of_their_services_and_nobody_else(world: World, rival: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    seen = world.hire("Karim Benali", kitchen, app=False)
    regional = world.hire("Isabelle Fontaine", bar, manages=(kitchen, bar))
    elsewhere = world.hire("Planté Ailleurs", bar)
    left = world.hire("Planté Parti", kitchen)
    world.end(left, date(2026, 11, 22))
    to_come = world.hire("Planté Demain", kitchen, starts_on=TOMORROW, app=False)
    counter = rival.add_service("comptoir")
    stranger = rival.hire("Planté Rival", counter)
    assert list_names(ariane) == ["Ariane Gagnon", "Isabelle Fontaine", "Karim Benali"]
    for status in STATUSES:
        assert list_names(ariane, status=status, search="plante") == []
    with db.read() as reader:
        organization = access_listed_organization(reader, ariane.act(Surface.PORTAL))
        assert [choice.name for choice in list_listed_services(reader, organization)] == ["Cuisine"]
        for absent in (elsewhere, left, to_come, stranger, world.administrator):
            with pytest.raises(NotFound):
                access_listed_person(reader, organization, absent.id)
            with pytest.raises(NotFound):
                access_listed_people(reader, organization, [seen.id, absent.id])
            with pytest.raises(NotFound):
                access_assisted_person(reader, organization, absent.id)
        for absent_service in (bar, counter, 10**9):
            with pytest.raises(NotFound):
                access_listed_service(reader, organization, absent_service)
        assert len(access_listed_people(reader, organization, [seen.id, regional.id])) == 2


def test_a_manager_reads_nothing_of_other_services_in_a_file(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    isabelle = world.hire("Isabelle Fontaine", bar, manages=(kitchen, bar))
    karim = world.hire("Karim Benali", kitchen)
    assign(world, karim, bar, TODAY)
    for person in (karim, isabelle):
        file = read_file(ariane, person)
        told = {place.service for place in file.places} | {choice.name for choice in file.manages}
        assert told == {"Cuisine"}
        assert file.sessions is None  # whose sessions are open is for administrators
    assert list_rows(ariane, search="isabelle")[0].presence is None  # works elsewhere: not told as having left
    assert {place.service for place in read_file(world.administrator, karim).places} == {"Bar", "Cuisine"}
    assert read_file(world.administrator, karim).sessions == 1


def test_an_administrator_sees_everybody_but_other_administrators_and_rivals(world: World, rival: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    left = world.hire("Sofia Lavoie", kitchen)
    world.end(left, date(2026, 11, 1))
    stranger = rival.hire("Planté Rival", rival.add_service("comptoir"))
    with shaping(world) as (uow, organization):
        other_id = organizations.do_add_administrator(
            uow, organization, "Odile", "Autre", "odile@laurier.example", None
        )
    assert list_names(world.administrator) == ["Karim Benali", "Sofia Lavoie"]
    assert list_names(world.administrator, search="odile") == []
    with db.read() as reader:
        actor = world.administrator.act(Surface.PORTAL)
        listed = access_listed_organization(reader, actor)
        administered = access_administered_organization(reader, actor)
        for absent in (other_id, stranger.id, 10**9):
            with pytest.raises(NotFound):
                access_listed_person(reader, listed, absent)
            with pytest.raises(NotFound):
                access_administered_employee(reader, administered, absent)
            with pytest.raises(NotFound):
                access_assisted_person(reader, listed, absent)
        assert access_administered_employee(reader, administered, karim.id).name == "Karim Benali"


def test_an_administrator_with_a_file_is_absent_to_the_others(world: World) -> None:
    """Promoted from the staff, whatever the way: their file is theirs."""
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    with db.unit_of_work() as uow:
        uow.execute(people.update().where(people.c.id == karim.id).values(is_administrator=True))
    assert list_names(world.administrator) == ["Ariane Gagnon"]
    assert list_names(ariane) == ["Ariane Gagnon"]
    with pytest.raises(NotFound):
        world.cut(karim)
    with db.read() as reader, pytest.raises(NotFound):
        access_assisted_person(reader, access_listed_organization(reader, ariane.act(Surface.PORTAL)), karim.id)


def test_nobody_else_has_a_directory(world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    customer_service, finance = add_vendor_staff(VendorRole.CUSTOMER_SERVICE), add_vendor_staff(VendorRole.FINANCE)
    with db.read() as reader:
        for actor in (karim.act(), customer_service.act(Surface.PORTAL), finance.act(Surface.PORTAL)):
            with pytest.raises(NotAllowed):
                access_listed_organization(reader, actor)
            with pytest.raises(NotAllowed):
                access_administered_organization(reader, actor)
        with pytest.raises(NotAllowed):
            access_shaped_organization(reader, finance.act(Surface.PORTAL), world.organization_id)
        shaped = access_shaped_organization(reader, customer_service.act(Surface.PORTAL), world.organization_id)
        assert shaped.id == world.organization_id


def test_an_administrator_shapes_one_organization_only(world: World, rival: World) -> None:
    counter = rival.add_service("comptoir")
    kitchen = world.add_service("cuisine")
    with db.read() as reader:
        actor = world.administrator.act(Surface.PORTAL)
        with pytest.raises(NotFound):
            access_shaped_organization(reader, actor, rival.organization_id)
        organization = access_shaped_organization(reader, actor, None)
        with pytest.raises(NotFound):
            access_shaped_service(reader, organization, counter)
        with pytest.raises(NotFound):
            access_shaped_services(reader, organization, [kitchen, counter])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("éloïse", ["Éloïse 100%"]),
        ("ÉLOÏSE", ["Éloïse 100%"]),
        ("eloise", ["Éloïse 100%"]),
        ("100%", ["Éloïse 100%"]),
        ("%", ["Éloïse 100%"]),
        ("_", ["Jean_Paul Roy"]),
        ("'", ["Léa D'Amours"]),
        ("d'am", ["Léa D'Amours"]),
        ("\\", ["Marc \\Barre"]),
        ("roy jean", ["Jean_Paul Roy"]),
        ("  ", ["Éloïse 100%", "Jean_Paul Roy", "Léa D'Amours", "Marc \\Barre"]),
        ("e1%2", []),
        ("œuvre", []),
    ],
)
def test_search_ignores_accents_and_takes_signs_as_they_are(world: World, search: str, found: list[str]) -> None:
    kitchen = world.add_service("cuisine")
    for name in ("Éloïse 100%", "Jean_Paul Roy", "Léa D'Amours", "Marc \\Barre"):
        world.hire(name, kitchen, app=False)
    assert sorted(list_names(world.administrator, search=search)) == sorted(found)


def test_search_finds_the_employee_number(world: World) -> None:
    kitchen = world.add_service("cuisine")
    world.hire("Sofia Lavoie", kitchen, app=False)
    karim = world.hire("Karim Benali", kitchen, app=False)
    number = read_file(world.administrator, karim).row.number
    assert list_names(world.administrator, search=number.lower()) == ["Karim Benali"]


def test_filters_by_service_and_status(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    with_app = world.hire("Avec Appli", kitchen)
    world.hire("Sans Appli", kitchen, app=False)
    world.hire("Demain Matin", kitchen, starts_on=TOMORROW, app=False)
    moved = world.hire("Mutée Ailleurs", kitchen, app=False)
    world.move(moved, kitchen, bar, date(2026, 11, 2))
    gone = world.hire("Partie Hier", kitchen, app=False)
    world.end(gone, date(2026, 11, 22))
    world.cut(with_app)

    def told(**filters: Any) -> set[str]:
        return {name.split()[0] for name in list_names(world.administrator, **filters)}

    assert told() == {"Avec", "Sans", "Demain", "Mutée", "Partie"}
    assert told(status="current") == {"Avec", "Sans", "Demain", "Mutée"}
    assert told(status="today") == {"Avec", "Sans", "Mutée"}
    assert told(status="to_come") == {"Demain"}
    assert told(status="left") == {"Partie"}
    assert told(status="without_app") == {"Avec", "Sans", "Mutée"}  # cut off is signed out as well
    assert told(status="with_app") == set()
    assert told(status="cut_off") == {"Avec"}
    assert told(service=kitchen) == {"Avec", "Sans", "Demain", "Mutée", "Partie"}  # ever
    assert told(service=kitchen, status="current") == {"Avec", "Sans", "Demain"}
    assert told(service=bar) == {"Mutée"}
    states = {row.name.split()[0]: (row.presence, row.app, row.account) for row in list_rows(world.administrator)}
    assert states["Avec"] == ("present", "stopped", "cut_off")
    assert states["Sans"] == ("present", "never", "unopened")
    assert states["Demain"] == ("to_come", "never", "unopened")
    assert states["Partie"] == ("left", "never", "unopened")


def test_a_manager_in_a_filtered_service(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen, bar))
    world.hire("Karim Benali", bar)
    assert list_names(ariane, service=bar) == ["Ariane Gagnon", "Karim Benali"]
    assert list_names(ariane, service=kitchen) == ["Ariane Gagnon"]


def test_pages_of_twenty_five_and_none_beyond_the_last(world: World) -> None:
    kitchen = world.add_service("cuisine")
    for number in range(27):
        world.hire(f"Personne {number:02d}", kitchen, app=False)
    assert len(list_rows(world.administrator)) == 25
    assert list_names(world.administrator, page=1) == ["Personne 25", "Personne 26"]
    assert list_names(world.administrator, page=10**30) == ["Personne 25", "Personne 26"]
    assert list_names(world.administrator, page=-4)[0] == "Personne 00"


def test_the_directory_costs_the_same_at_any_size(world: World) -> None:
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    counts = {}
    for size in (3, 30):
        while len(list_rows(world.administrator)) < min(size, 25):
            world.hire("Karim Benali", kitchen, app=False)
        for viewer in (world.administrator, ariane):
            with db.read() as reader:
                organization = access_listed_organization(reader, viewer.act(Surface.PORTAL))
                with counting_statements() as seen:
                    service = access_listed_service(reader, organization, kitchen)
                    list_people(reader, organization, service=service, search="a", status="today")
                counts.setdefault(viewer.id, []).append(len(seen))
    assert counts == {world.administrator.id: [5, 5], ariane.id: [6, 6]}


def test_services_cost_the_same_at_any_size(world: World) -> None:
    counts = []
    for code in ("a", "b", "c", "d"):
        service = world.add_service(code, "Salle", "Plonge")
        world.hire("Karim Benali", service, app=False)
        with db.read() as reader:
            shaped = access_shaped_organization(reader, world.administrator.act(Surface.PORTAL), None)
            with counting_statements() as seen:
                assert [row.people for row in list_services(reader, shaped).rows][-1] == 1
            counts.append(len(seen))
    assert set(counts) == {5}


# Cutting access


def test_r9_cut_access_signs_out_at_once_and_leaves_employment(world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    facts = count_facts(karim)
    with listening() as heard:
        world.cut(karim)
    assert {emitted.topic for emitted in heard} >= {f"session:{karim.session_ids[Surface.MOBILE]}"}
    with pytest.raises(NotSignedIn):
        karim.act()
    assert count_facts(karim) == facts
    assert where_today(world, karim) == [("Cuisine", True)]
    with world.administering(karim) as (uow, employee):
        directory.do_give_access_back(uow, employee)
    world.sign_in(karim, Surface.MOBILE)
    assert karim.act().member.employed_in == {kitchen}


def test_a_link_given_before_the_cut_stays_dead_after_it(world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    link = issue(world.administrator, karim)
    world.cut(karim)
    with pytest.raises(AccessCutOff):
        issue(world.administrator, karim)
    with world.administering(karim) as (uow, employee):
        directory.do_give_access_back(uow, employee)
    assert not is_open(link)


def test_cutting_access_here_changes_nothing_elsewhere(world: World, rival: World) -> None:
    """One account holds a file in both organizations; each looks after its own."""
    karim = world.hire("Karim Benali", world.add_service("cuisine"))
    counter = rival.add_service("comptoir")
    there = rival.hire("Karim Benali", counter, app=False)
    link = issue(rival.administrator, there)
    with db.unit_of_work() as uow:
        owner = SignInCandidate(karim.account_id, karim.id, world.organization_id, None)
        sessions.do_attach_file(uow, access_link(uow, link), owner)
    there.account_id = karim.account_id
    rival.open_app(there)
    world.cut(karim)
    with pytest.raises(NotSignedIn):
        karim.act()
    assert there.act().member.employed_in == {counter}
    rival.cut(there)
    with world.administering(karim) as (uow, employee):
        directory.do_give_access_back(uow, employee)
    with pytest.raises(NotSignedIn):
        there.act()
    states = {row.name: row.account for row in list_rows(rival.administrator)}
    assert states == {"Karim Benali": "cut_off"}


def test_signing_out_of_all_devices_lets_come_back(world: World) -> None:
    kitchen = world.add_service("cuisine")
    karim = world.hire("Karim Benali", kitchen)
    with world.administering(karim) as (uow, employee):
        directory.do_end_sessions(uow, employee)
    with pytest.raises(NotSignedIn):
        karim.act()
    assert [row.name for row in list_rows(world.administrator, status="without_app")] == ["Karim Benali"]
    world.sign_in(karim, Surface.MOBILE)
    assert karim.act().member.employed_in == {kitchen}
    assert [row.name for row in list_rows(world.administrator, status="with_app")] == ["Karim Benali"]
    assert list_rows(world.administrator, status="without_app") == []


# Rights on services


def test_rights_are_granted_and_withdrawn_together(world: World) -> None:
    kitchen, bar, terrace = (world.add_service(code) for code in ("cuisine", "bar", "terrasse"))
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen, bar))
    with world.administering(ariane) as (uow, employee):
        chosen = access_shaped_services(uow, employee.organization, [bar, terrace])
        directory.do_set_managed_services(uow, employee, chosen)
    assert ariane.act(Surface.PORTAL).member.manages == {bar, terrace}
    with db.read() as reader:
        acts = reader.execute(
            select(audit_entries.c.act).where(audit_entries.c.act.like("right.%")).order_by(audit_entries.c.id)
        )
        assert list(acts.scalars())[-2:] == ["right.granted", "right.withdrawn"]


# Addresses


def test_a_corrected_address_tells_nothing_of_accounts_elsewhere(world: World) -> None:
    """A colleague's is refused; a stranger's is kept in the file, and opens nothing."""
    kitchen = world.add_service("cuisine")
    karim, sofia = world.hire("Karim Benali", kitchen, app=False), world.hire("Sofia Lavoie", kitchen, app=False)
    rival = World.create("boreal")
    stranger = rival.hire("Mireille Savard", rival.add_service("comptoir"), app=False)
    with db.read() as reader:
        address = {
            person.id: reader.execute(select(accounts.c.email).where(accounts.c.id == person.account_id)).scalar_one()
            for person in (karim, sofia, stranger)
        }

    def correct(email: str) -> None:
        with world.administering(karim) as (uow, employee):
            file = directory.NewEmployee("K1", "Karim", "Benali", email, None)
            directory.do_correct_employee(uow, employee, file)

    with pytest.raises(EmailTaken):
        correct(address[sofia.id])
    correct(address[stranger.id])
    with db.read() as reader:
        found = reader.execute(select(accounts.c.id, accounts.c.email).order_by(accounts.c.id)).all()
    assert {row.email for row in found if row.id == karim.account_id} == {address[karim.id]}
    assert {row.email for row in found if row.id == stranger.account_id} == {address[stranger.id]}


# One-time links


def test_the_newest_link_alone_works(world: World) -> None:
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    first, second = issue(ariane, karim), issue(world.administrator, karim)
    assert [is_open(first), is_open(second)] == [False, True]


def test_a_link_ends_after_seven_days(moment: Moment, world: World) -> None:
    karim = world.hire("Karim Benali", world.add_service("cuisine"))
    link = issue(world.administrator, karim)
    moment.advance(days=7, seconds=-1)
    assert is_open(link)
    moment.advance(seconds=1)
    assert not is_open(link)


def test_a_link_gives_nothing_beyond_ones_own_rights(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    equal = world.hire("Benoît Carrière", kitchen, manages=(kitchen,))
    above = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen, bar))
    assert is_open(issue(ariane, equal))
    with pytest.raises(RightsBeyondOwn):
        issue(ariane, above)
    assert is_open(issue(world.administrator, above))


@pytest.mark.parametrize("on", [HIRED, TODAY, TOMORROW], ids=["long ago", "today", "soon"])
def test_a_link_opens_no_service_beyond_ones_own(world: World, on: date) -> None:
    """Whoever becomes a person who works in two services reads in both."""
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    both = world.hire("Marie-Ève Roy", kitchen)
    assign(world, both, bar, on)
    with pytest.raises(RightsBeyondOwn):
        issue(ariane, both)
    assert is_open(issue(world.administrator, both))
    boss = world.hire("Isabelle Fontaine", bar, manages=(kitchen, bar))
    assert is_open(issue(boss, both))


def test_work_that_is_over_opens_nothing(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", bar)
    world.move(karim, bar, kitchen, TODAY)
    assert is_open(issue(ariane, karim))


def test_work_elsewhere_that_comes_later_ends_what_a_manager_holds(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    boss = world.hire("Isabelle Fontaine", bar, manages=(kitchen, bar))
    assigned, moved, kept, handed = (world.hire(f"Karim {number}", kitchen) for number in range(4))
    held = [issue(ariane, assigned), issue(ariane, moved)]
    entitled = [issue(boss, kept), issue(world.administrator, handed)]
    world.move(moved, kitchen, bar, TOMORROW)
    for person in (assigned, kept, handed):
        assign(world, person, bar, TOMORROW)
    assert [is_open(link) for link in held] == [False, False]
    assert [is_open(link) for link in entitled] == [True, True]


def test_rights_on_a_closed_service_are_no_rights(world: World) -> None:
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    above = world.hire("Isabelle Fontaine", kitchen, manages=(kitchen, bar))
    close(world, bar, TODAY)
    assert is_open(issue(world.administrator, above))


def test_rights_that_come_later_end_what_a_manager_holds(world: World) -> None:
    """A manager keeps a link for somebody who then becomes the manager of more: it must not open that."""
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim, sofia = world.hire("Karim Benali", kitchen), world.hire("Sofia Lavoie", kitchen)
    held, handed = issue(ariane, karim), issue(world.administrator, sofia)
    for person in (karim, sofia):
        with world.administering(person) as (uow, employee):
            directory.do_grant_service(uow, employee, access_shaped_service(uow, employee.organization, bar))
    assert not is_open(held)
    assert is_open(handed)


def test_nobody_issues_a_link_to_oneself(world: World) -> None:
    """It would change a password without showing it."""
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    with pytest.raises(NotAllowed):
        issue(ariane, ariane)


def test_a_link_is_kept_as_a_hash_and_noted_in_the_journal(world: World) -> None:
    karim = world.hire("Karim Benali", world.add_service("cuisine"))
    link = issue(world.administrator, karim)
    with db.read() as reader:
        assert reader.execute(select(access_links.c.token_hash)).scalars().all() == [link]
        last = reader.execute(select(audit_entries).order_by(audit_entries.c.id.desc()).limit(1)).one()
    assert (last.act, last.subject) == ("access_link.issued", f"person:{karim.id}")
    assert link not in last.details


def test_the_sheet_names_only_the_ways_in_that_exist(world: World) -> None:
    karim = world.hire("Karim Benali", world.add_service("cuisine"))
    with db.read() as reader:
        organization = access_listed_organization(reader, world.administrator.act(Surface.PORTAL))
        person = access_assisted_person(reader, organization, karim.id)
        assert get_sign_in_words(reader, person).has_email
    with db.unit_of_work() as uow:
        uow.execute(accounts.update().where(accounts.c.id == karim.account_id).values(email=None))
    with db.read() as reader:
        words = get_sign_in_words(reader, person)
    assert (words.code, words.organization, words.has_email) == ("laurier", "Cafés laurier", False)


def test_assignments_follow_from_the_facts_alone(world: World) -> None:
    """What the tables hold after many acts is what the facts come to when read again from the first."""
    kitchen, bar = world.add_service("cuisine"), world.add_service("bar")
    karim = world.hire("Karim Benali", kitchen)
    assign(world, karim, bar, TODAY)
    world.move(karim, kitchen, bar := world.add_service("terrasse"), date(2026, 12, 1))
    world.end(karim, date(2026, 12, 31))
    with db.unit_of_work() as uow:
        access_open_session(uow, world.administrator.session_ids[Surface.PORTAL])
        stints = employment.list_stints(uow, [karim.id])[karim.id]
        kept = uow.execute(
            select(assignments.c.service_id, assignments.c.starts_on, assignments.c.ends_on, assignments.c.is_primary)
            .where(assignments.c.person_id == karim.id)
            .order_by(assignments.c.starts_on, assignments.c.service_id)
        ).all()
    assert [tuple(row) for row in kept] == [(s.service_id, s.starts_on, s.ends_on, s.is_primary) for s in stints]
    assert bar in {stint.service_id for stint in stints}

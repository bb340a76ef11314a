"""What a page of usage says, against raw rows counted naively; who may ask; what is said of what is missing (R26 to
R29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from data import clock, db
from data.access.actors import Actor, Surface, VendorRole
from data.access.conversations import access_joined_conversation
from data.access.directory import access_administered_organization, access_shaped_service
from data.access.usage import (
    MeasuredScope,
    access_measured_organization,
    access_measured_service,
    access_measured_services,
)
from data.actions.directory import do_close_service
from data.actions.employment import do_assign
from data.actions.reading import do_view
from data.errors import NotAllowed, NotFound
from data.queries.usage import get_first_day, get_report
from data.usage.fill import fill
from data.usage.privacy import Amount
from data.usage.report import FigureKey, Note, UsageReport
from data.usage.windows import DAY, Window, parse_window
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff, chatter, launch, send, start_group, start_one_to_one
from tests.statements import counting_statements
from tests.usage_history import Cast, History
from tests.usage_page_recount import PageRecount, check_report

MONDAY = date(2026, 11, 23)


class Team:
    """A service of people, with a manager among them and a public conversation."""

    def __init__(self, world: World, code: str, people: int) -> None:
        self.world, self.service = world, world.add_service(code)
        self.manager = world.hire("Ariane Gagnon", self.service, manages=(self.service,))
        self.people = [world.hire(f"Employé {number}", self.service) for number in range(people - 1)]
        self.room = launch(self.manager, self.service, name=code)

    def read(self, somebody: Somebody) -> None:
        with db.unit_of_work() as uow:
            found = access_joined_conversation(uow, chatter(uow, somebody), self.room)
            do_view(uow, found, found.last_ordinal)


@pytest.fixture
def world(database: db.Database, moment: Moment) -> World:
    return World.create()


@pytest.fixture
def kitchen(world: World) -> Team:
    return Team(world, "cuisine", 12)


def administer(world: World) -> MeasuredScope:
    world.sign_in(world.administrator, Surface.PORTAL)
    with db.read() as reader:
        return access_measured_organization(reader, world.administrator.act(Surface.PORTAL))


def narrow(scope: MeasuredScope, service_id: int) -> MeasuredScope:
    with db.read() as reader:
        return access_measured_service(reader, scope.actor, service_id)


def ask(scope: MeasuredScope, period: str | None = None, on: str | None = None, *dates: str) -> UsageReport:
    from_on, to_on = dates if dates else (None, None)
    with db.read() as reader:
        today = clock.local_day(reader.now, scope.timezone)
        first = get_first_day(reader, scope)
    fill()
    return get_report(scope, parse_window(period, on, from_on, to_on, first=first, today=today))


def amount(report: UsageReport, key: FigureKey) -> float | None:
    found = report.figures[key].now.amount
    return found.value if found else None


def notes(report: UsageReport, kind: str) -> list[Note]:
    return [note for note in report.notes if note.kind == kind]


def fill_up(cast: Cast) -> None:
    """Enough people for figures, one of them in both services."""
    kitchen, hall = cast.services
    cast.people += [cast.world.hire(f"Cuisinier {number}", kitchen) for number in range(6)]
    cast.people += [cast.world.hire(f"Serveur {number}", hall) for number in range(7)]
    join(cast.world, cast.people[-8], hall)


def join(world: World, somebody: Somebody, service_id: int, on: date = date(2026, 10, 1)) -> None:
    with world.administering(somebody) as (uow, employee):
        do_assign(
            uow, employee, access_shaped_service(uow, employee.organization, service_id), None, on, is_primary=False
        )


def test_r26_every_figure_equals_a_naive_recount(database: db.Database, moment: Moment) -> None:
    history = History(moment, seed=1 if database.name == "sqlite" else 2)
    for cast in history.casts:
        fill_up(cast)
    history.go_on(260)
    for cast in history.casts:  # of the zones of Toronto and of Halifax
        everything = administer(cast.world)
        for scope in (everything, narrow(everything, cast.services[0])):
            recount = PageRecount(cast.world.organization_id, [each.id for each in scope.services], clock.now())
            for period in (None, "week"):
                check_report(ask(scope, period), recount)


def test_r26_who_does_what_is_told_in_steps_of_five(kitchen: Team, moment: Moment) -> None:
    for somebody in kitchen.people[:6]:
        send(somebody, kitchen.room, "Présent")
    for somebody in kitchen.people:
        kitchen.read(somebody)
    report = ask(administer(kitchen.world), "month")
    assert (amount(report, "employees"), amount(report, "equipped")) == (12, 12)
    assert report.figures["contributors"].now.amount == report.people[-1].writers.amount
    found = report.figures["active_1"].now.amount
    assert found is not None
    assert (found.low, found.high) == (10, 12)
    assert report.figures["stickiness"].now.amount is not None


def test_r27_a_move_keeps_what_was_done_where_it_was_done(kitchen: Team, moment: Moment) -> None:
    hall = Team(kitchen.world, "salle", 9)
    for somebody in kitchen.people[:6]:
        send(somebody, kitchen.room, "Avant")
    for somebody in kitchen.people[:5]:
        kitchen.world.move(somebody, kitchen.service, hall.service, MONDAY + DAY)
    moment.advance(days=1)
    scope = administer(kitchen.world)
    there, here = (
        ask(narrow(scope, each), "week").figures["contributors"].now.amount for each in (kitchen.service, hall.service)
    )
    assert there is not None
    assert here is not None
    assert there.low == 5
    assert here.is_few


def test_r27_who_works_in_two_services_counts_in_both_and_once_in_the_total(kitchen: Team) -> None:
    hall = Team(kitchen.world, "salle", 8)
    for somebody in kitchen.people[:3]:
        join(kitchen.world, somebody, hall.service)
    report = ask(administer(kitchen.world), "day")
    heads = {row.service.id: row.figures["employees"].now.amount for row in report.services}
    assert [found.value if found else None for found in (heads[kitchen.service], heads[hall.service])] == [12, 11]
    assert amount(report, "employees") == 20
    assert [note.count for note in notes(report, "shared")] == [3]


def test_r28_the_figures_say_when_they_were_counted(kitchen: Team, moment: Moment) -> None:
    moment.advance(minutes=7)
    send(kitchen.manager, kitchen.room, "Bonjour")
    report = ask(administer(kitchen.world), "day")
    assert report.up_to_date_at == moment.at
    assert amount(report, "public_messages") == 1


def test_r29_a_service_of_four_shows_nothing_of_people_and_is_in_no_total_of_people(kitchen: Team) -> None:
    small = Team(kitchen.world, "comptoir", 4)
    send(small.manager, small.room, "Seuls")
    send(small.people[0], start_one_to_one(small.people[0], small.people[1], small.service), "Entre nous")
    send(kitchen.people[0], start_one_to_one(kitchen.people[0], kitchen.people[1], kitchen.service), "Aussi")
    everything = administer(kitchen.world)
    alone = ask(narrow(everything, small.service), "day")
    hidden: tuple[FigureKey, ...] = (
        "employees", "equipped", "active_1", "contributors", "messages", "one_to_one_messages", "group_messages",
        "private_conversations_started", "reading_24h", "first_read", "first_reply", "activity_rate",
    )  # fmt: skip
    assert {key for key in hidden if alone.figures[key].now.absence == "few_people"} == set(hidden)
    assert amount(alone, "public_messages") == 1
    together = ask(everything, "day")
    assert amount(together, "employees") == 12
    assert (amount(together, "one_to_one_messages"), amount(together, "public_messages")) == (1, 1)
    assert [name.id for note in notes(together, "left_out") for name in note.services] == [small.service]


def test_r29_a_median_is_no_habit_of_one(kitchen: Team, moment: Moment) -> None:
    """Six messages that one person reads are not shown; read by five, they are."""
    for number in range(6):
        send(kitchen.manager, kitchen.room, f"Annonce {number}")
        moment.advance(minutes=1)
        kitchen.read(kitchen.people[0])
    moment.advance(days=1, minutes=2)
    scope = administer(kitchen.world)
    assert ask(scope, "week").figures["first_read"].now.absence == "few_doing"
    for somebody in kitchen.people[1:5]:
        kitchen.read(somebody)
    moment.advance(minutes=1)
    assert amount(ask(scope, "week"), "first_read") == 60


def test_r29_private_totals_are_hidden_where_few_have_the_application(kitchen: Team, moment: Moment) -> None:
    world, hall = kitchen.world, kitchen.world.add_service("salle")
    for number in range(10):
        world.hire(f"Serveur {number}", hall, app=number < 4)
    report = ask(narrow(administer(world), hall), "day")
    assert (amount(report, "employees"), amount(report, "equipped")) == (10, 4)
    for key in ("one_to_one_messages", "group_messages", "private_conversations_started", "messages"):
        assert report.figures[key].now.absence == "few_equipped"


def test_private_totals_are_compared_of_the_same_services_only(kitchen: Team, moment: Moment) -> None:
    """A second service has the application from the second day on: its messages are no growth of the first's."""
    moment.advance(days=1)
    kitchen.world.sign_in(kitchen.world.administrator, Surface.PORTAL)
    hall = Team(kitchen.world, "salle", 8)
    send(kitchen.people[0], start_one_to_one(kitchen.people[0], kitchen.people[1], kitchen.service), "Entre nous")
    send(hall.people[0], start_one_to_one(hall.people[0], hall.people[1], hall.service), "Aussi")
    pairs = ask(administer(kitchen.world), "day").figures["one_to_one_messages"]
    assert (pairs.now.amount, pairs.before.absence, pairs.change) == (Amount.exactly(2), "other_services", None)
    moment.advance(days=1)
    pairs = ask(administer(kitchen.world), "day").figures["one_to_one_messages"]
    assert (pairs.now.amount, pairs.before.amount) == (Amount.exactly(0), Amount.exactly(2))


def test_r26_how_far_a_message_gets_and_why_no_further(kitchen: Team, moment: Moment) -> None:
    world = kitchen.world
    for number in range(3):
        world.hire(f"Sans application {number}", kitchen.service, app=False)
    world.cut(kitchen.people[0])
    send(kitchen.manager, kitchen.room, "Réunion à 15 h")
    for somebody in kitchen.people[1:7]:
        kitchen.read(somebody)
    moment.advance(days=1, minutes=2)
    report = ask(administer(world), "week")
    steps = {step.key: step for step in report.funnel}
    counts = [
        steps[key].people.amount.value for key in ("employees", "equipped", "reachable") if steps[key].people.amount
    ]  # type: ignore[union-attr]
    assert counts == [15, 12, 11]
    assert [steps["equipped"].reason, steps["reachable"].reason] == ["no_application", "no_access"]
    assert (steps["notified"].people.absence, steps["notified"].reason) == ("notifications_unused",) * 2
    seen = steps["seen"].people.amount
    assert seen is not None
    assert (seen.low, seen.high) == (5, 9)
    assert report.without_app == 3
    assert [finding.count for finding in report.findings if finding.kind == "without_app"] == [3]


def test_r26_a_service_that_is_silent_for_seven_days_is_told(kitchen: Team, moment: Moment) -> None:
    send(kitchen.manager, kitchen.room, "Bonjour")
    moment.advance(days=6)
    assert ask(administer(kitchen.world), "day").silent_services == ()
    moment.advance(days=1)
    (silent,) = ask(administer(kitchen.world), "day").silent_services
    assert (silent.service.id, silent.days, silent.conversation_id) == (kitchen.service, 7, kitchen.room)


def test_what_has_to_be_said_of_a_period_is_said(kitchen: Team, moment: Moment) -> None:
    """The option off for some days, a service closed in it, another without anybody, a change of the clock."""
    world = kitchen.world
    empty = world.add_service("terrasse")
    moment.advance(hours=1)
    world.switch_option(is_on=False)
    moment.advance(days=3)
    world.sign_in(world.administrator, Surface.PORTAL)
    world.switch_option(is_on=True)
    with db.unit_of_work() as uow:
        organization = access_administered_organization(uow, world.administrator.act(Surface.PORTAL))
        do_close_service(uow, access_shaped_service(uow, organization, empty), MONDAY + 3 * DAY)
    everything = administer(world)
    report = ask(everything, "dates", None, "2026-11-23", "2026-11-26")
    assert [note.days for note in notes(report, "option_off")] == [2]
    assert [note.services[0].id for note in notes(report, "service_closed")] == [empty]
    assert amount(ask(narrow(everything, empty), "week"), "employees") == 0
    assert notes(ask(narrow(everything, empty), "week"), "nobody")
    moment.go_to("2027-03-20T12:00-04:00")
    assert [note.on for note in notes(ask(administer(world), "month"), "hours_twice")] == [date(2027, 3, 14)]


def test_the_first_period_is_compared_with_nothing(kitchen: Team) -> None:
    report = ask(administer(kitchen.world), "month")
    assert report.window.from_on == MONDAY
    assert {figure.before.absence for figure in report.figures.values()} <= {"nothing", "needs_bill"}
    assert {point.before for point in report.activity.points} == {None}


def test_r26_cost_per_active_employee_is_for_administrators(kitchen: Team) -> None:
    for somebody in kitchen.people:
        kitchen.read(somebody)
        send(somebody, kitchen.room, "Bonjour")
    found = ask(administer(kitchen.world), "month").figures["cost_per_active"].now.amount
    assert found is not None
    assert (found.low, found.high) == (300 / 12, 300 / 10)  # 12 people at 0.25 $, 10 to 12 of them active
    with db.read() as reader:
        mine = access_measured_services(reader, kitchen.manager.act(Surface.PORTAL))
    assert "cost_per_active" not in ask(mine, "month").figures


def test_usage_is_for_those_who_run_the_service(kitchen: Team, database: db.Database) -> None:
    world, hall = kitchen.world, Team(kitchen.world, "salle", 2)
    elsewhere = World.create("ailleurs")
    theirs = elsewhere.add_service("bar")
    manager, administrator = (each.act(Surface.PORTAL) for each in (kitchen.manager, world.administrator))
    with db.read() as reader:
        assert [each.id for each in access_measured_services(reader, manager).services] == [kitchen.service]
        assert access_measured_service(reader, administrator, hall.service).services[0].id == hall.service
        for actor, service_id in (
            (manager, hall.service),
            (manager, theirs),
            (administrator, theirs),
            (manager, 10**9),
        ):
            with pytest.raises(NotFound):
                access_measured_service(reader, actor, service_id)
        with pytest.raises(NotAllowed):
            access_measured_organization(reader, manager)
    for nobody in (kitchen.people[0].act(), *_list_vendors()):
        with db.read() as reader:
            for access in (access_measured_services, access_measured_organization):
                with pytest.raises(NotAllowed):
                    access(reader, nobody)


def _list_vendors() -> Iterator[Actor]:
    for role in VendorRole:
        yield add_vendor_staff(role).act(Surface.PORTAL)


def test_a_page_takes_as_many_statements_for_many_services_and_messages_as_for_few(
    kitchen: Team, moment: Moment
) -> None:
    counted = []
    for services, said in ((1, 1), (4, 30)):
        for number in range(services):
            kitchen.world.add_service(f"s{services}{number}")
        for _ in range(said):
            send(kitchen.manager, kitchen.room, "Bonjour")
        group = start_group(kitchen.people[0], kitchen.people[1:3], kitchen.service)
        send(kitchen.people[0], group, "À trois")
        scope = administer(kitchen.world)
        fill()
        moment.advance(seconds=1)
        window = Window("day", MONDAY, MONDAY, MONDAY, MONDAY)
        get_report(scope, window)  # what the month costs is remembered
        moment.advance(seconds=40)
        fill()
        with counting_statements() as seen:
            get_report(scope, window)
        assert not [statement for statement in seen if " messages" in statement or " views" in statement]
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 30

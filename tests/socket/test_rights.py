"""A right that ends, ends in open sockets too: at once, or at the hour when it is due (R2, R9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data import db
from data.access.actors import Surface, VendorRole
from tests import factories, inside
from tests.client import Closed, NotOpened, Refused, Visitor
from tests.server import Server, run_server
from tests.socket.conftest import Team, make_team

MONTREAL = ZoneInfo("America/Toronto")
AT_ONCE = 1.0  # second


def cut(team: Team) -> None:
    team.server.do(team.world.cut, team.staff[0])


def change_password(team: Team) -> None:
    team.server.do(inside.change_password, team.staff[0])


def end_sessions(team: Team) -> None:
    team.server.do(inside.end_sessions, team.world, team.staff[0])


@pytest.mark.parametrize("act", [cut, change_password, end_sessions])
def test_r9_all_sockets_of_a_person_close_at_once(team: Team, act: Callable[[Team], None]) -> None:
    devices = [team.open(team.staff[0]) for _ in range(3)]
    waiting = team.open(team.staff[0], hello=False)
    other = team.open(team.staff[1])
    act(team)
    for device in (*devices, waiting):
        assert device.wait_closed(AT_ONCE) == 4401
    assert [device.events[-1]["type"] for device in devices] == ["session.ended"] * 3
    other.ask("ping")


def test_signing_out_closes_the_sockets_of_that_session_alone(team: Team) -> None:
    token = team.server.do(inside.issue_link, team.world, team.staff[0])
    visitor = Visitor(team.server.address)
    visitor.post(f"/access/{token}", password="neige lente sur le toit")
    phone, twin = visitor.connect("mobile"), visitor.connect("mobile")
    elsewhere = team.open(team.staff[0])
    team.clients += [phone, twin]
    visitor.sign_out("mobile")
    for device in (phone, twin):
        assert device.wait_closed(AT_ONCE) == 4401
    elsewhere.ask("ping")
    with pytest.raises(Closed):
        phone.tell("ping")


def test_nothing_is_done_for_a_frame_that_was_on_its_way_when_access_was_cut(team: Team) -> None:
    phone, other, conversation = team.open(team.staff[0]), team.open(team.staff[1]), team.launch()
    phone.say(conversation, "avant")
    team.server.do(team.world.cut, team.staff[0])
    for n in range(20):
        try:
            phone.tell("message.send", conversation_id=conversation, text=f"après {n}")
        except Closed:
            break
    assert phone.wait_closed(AT_ONCE) == 4401
    other.settle()
    assert other.list_said(conversation) == ["avant"]


def test_r2_off_then_on_again_in_open_sockets(team: Team) -> None:
    phone, portal, conversation = team.open(team.staff[0]), team.open_portal(), team.launch()
    portal.say(conversation, "un")
    team.server.do(team.world.switch_option, is_on=False)
    for client in (phone, portal):
        client.wait("rights.changed", AT_ONCE)
        for command, fields in (
            ("message.send", {"conversation_id": conversation, "text": "deux"}),
            ("conversation.open", {"conversation_id": conversation}),
            ("conversations.list", {}),
        ):
            with pytest.raises(Refused, match="option_off"):
                client.ask(command, **fields)
        assert client.hello() == {"chat": False, "me": None, "rows": [], "more": False, "unread": 0, "timeline": ""}
        client.ask("ping")
    team.server.do(team.world.switch_option, is_on=True)
    for client in (phone, portal):
        client.wait("rights.changed", AT_ONCE)
        assert [row["id"] for row in client.hello()["rows"]] == [conversation]
    portal.say(conversation, "deux")
    assert phone.wait("message.sent", seq=2)["message"]["text"] == "deux"


def test_r2_off_for_one_service_takes_that_one_alone(team: Team) -> None:
    team.server.do(team.world.switch_option, is_on=False)
    dining = team.server.do(team.world.add_service, "salle")
    both = team.server.do(team.world.hire, "Maude Roy", team.kitchen, manages=(team.kitchen, dining))
    for service in (team.kitchen, dining):
        team.server.do(team.world.switch_option, is_on=True, service_id=service)
    here = team.server.do(factories.launch, both, team.kitchen, name="Cuisine")
    there = team.server.do(factories.launch, both, dining, name="Salle")
    portal = team.open(both, Surface.PORTAL)
    team.server.do(team.world.switch_option, is_on=False, service_id=dining)
    portal.wait("rights.changed", AT_ONCE)
    assert [row["id"] for row in portal.hello()["rows"]] == [here]
    with pytest.raises(Refused, match="not_found"):
        portal.say(there, "en salle?")
    portal.say(here, "en cuisine")


def test_no_event_is_heard_between_the_loss_of_a_right_and_the_next_hello(team: Team) -> None:
    phone, portal, conversation = team.open(team.staff[0]), team.open_portal(), team.launch()
    team.server.do(inside.say_and_end, team.world, team.staff[0], team.manager, conversation)
    phone.wait("rights.changed", AT_ONCE)
    portal.say(conversation, "entre nous")
    phone.settle()
    assert phone.events[-1]["type"] == "rights.changed"
    assert phone.list_said(conversation) == ["la dernière"]
    assert phone.hello()["rows"] == []


def test_a_new_manager_hears_the_service_at_once(team: Team) -> None:
    dining = team.server.do(team.world.add_service, "salle")
    boss = team.server.do(team.world.hire, "Maude Roy", dining, manages=(dining,))
    portal, both = team.open_portal(), team.server.do(factories.launch, boss, dining, name="Salle")
    assert portal.welcome["rows"] == []
    team.server.do(inside.grant, team.world, team.manager, dining)
    portal.wait("rights.changed", AT_ONCE)
    welcome = portal.hello()
    assert [row["id"] for row in welcome["rows"]] == [both]
    assert welcome["me"]["manages"] == sorted((team.kitchen, dining))
    other = team.open(boss, Surface.PORTAL)
    other.say(both, "bienvenue")
    assert portal.wait("message.sent")["message"]["text"] == "bienvenue"
    team.server.do(inside.withdraw, team.world, team.manager, dining)
    portal.wait("rights.changed", AT_ONCE)
    other.say(both, "adieu")
    assert portal.settle() == []


def test_what_concerns_others_alone_disturbs_nobody(team: Team) -> None:
    """A new service is no news to the people of another one: a company does not say hello again for it."""
    phone, portal = team.open(team.staff[0]), team.open_portal()
    administrator = team.open(team.world.administrator, Surface.PORTAL)
    team.server.do(team.world.add_service, "salle")
    administrator.wait("rights.changed", AT_ONCE)
    conversation = team.launch()
    for client in (phone, portal):
        client.wait("conversation.created", AT_ONCE)
        assert [event["type"] for event in client.events] == ["conversation.created"]
    portal.say(conversation, "bonjour")
    phone.wait("message.sent")


def test_the_last_right_over_others_closes_the_portal(team: Team) -> None:
    portal = team.open_portal()
    team.server.do(inside.withdraw, team.world, team.manager, team.kitchen)
    portal.wait("rights.changed", AT_ONCE)
    assert portal.hello()["chat"] is False
    with pytest.raises(Refused, match="not_allowed"):
        portal.ask("conversations.list")


def test_the_vendors_staff_hears_nothing(team: Team) -> None:
    support = team.server.do(factories.add_vendor_staff, VendorRole.CUSTOMER_SERVICE)
    console, conversation = team.open(support, Surface.PORTAL), team.launch()
    assert console.welcome["chat"] is False
    team.open_portal().say(conversation, "entre nous")
    assert console.settle() == []
    for command in ("conversations.list", "conversation.open", "message.send"):
        fields = {} if command == "conversations.list" else {"conversation_id": conversation}
        if command == "message.send":
            fields |= {"text": "bonjour"}
        with pytest.raises(Refused, match="not_allowed"):
            console.ask(command, **fields)


# With the clock moved.


def set_hour(server: Server, at: datetime) -> None:
    """Make it that hour at the server, from where its clock goes on."""
    now = server.do(inside.read_real_clock)
    server.set_clock(at - now)


@pytest.fixture(scope="module")
def night_server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One whose clock these tests move, each from the same evening on."""
    yield from run_server(tmp_path_factory.mktemp("night"), sqlite_template)


@pytest.fixture
def evening(night_server: Server) -> Iterator[Team]:
    """Ten minutes to midnight in Montréal."""
    set_hour(night_server, datetime(2026, 11, 23, 23, 50, tzinfo=MONTREAL))
    team = make_team(night_server)
    yield team
    team.close()


def pass_midnight(team: Team) -> None:
    set_hour(team.server, datetime(2026, 11, 24, 0, 0, 1, tzinfo=MONTREAL))


@pytest.mark.parametrize("change", ["departure", "transfer"])
def test_r9_a_departure_and_a_transfer_take_effect_at_midnight_in_open_sockets(evening: Team, change: str) -> None:
    team, karim = evening, evening.staff[0]
    dining = team.server.do(team.world.add_service, "salle")
    if change == "departure":
        team.server.do(team.world.end, karim, date(2026, 11, 23))
    else:
        team.server.do(team.world.move, karim, team.kitchen, dining, date(2026, 11, 24))
    phone, portal, conversation = team.open(karim), team.open_portal(), team.launch()
    group = team.start_group(karim, *team.staff[1:])
    sofia = team.open(team.staff[1])
    portal.say(conversation, "bonsoir")
    assert phone.wait("message.sent")["message"]["text"] == "bonsoir"
    pass_midnight(team)
    portal.say(conversation, "sans lui")  # of the very moment: nobody has looked yet
    sofia.say(group, "sans lui non plus")
    phone.wait("rights.changed", AT_ONCE + 1)
    phone.settle()
    assert phone.list_said(conversation) == ["bonsoir"]
    assert phone.list_said(group) == []
    for command in ("conversation.open", "conversation.changes"):
        fields = {"seq": 0, "ordinal": 0} if command == "conversation.changes" else {}
        with pytest.raises(Refused, match="option_off" if change == "departure" else "not_found"):
            phone.ask(command, conversation_id=conversation, **fields)
    welcome = phone.hello()
    assert welcome["rows"] == []
    assert welcome["chat"] is (change == "transfer")


def test_r20_back_from_elsewhere_the_badge_counts_from_the_return_on(evening: Team) -> None:
    team, (karim, sofia, lea) = evening, evening.staff
    dining = team.server.do(team.world.add_service, "salle")
    group = team.start_group(sofia, karim, lea)
    team.server.do(team.world.move, karim, team.kitchen, dining, date(2026, 11, 24))
    set_hour(team.server, datetime(2026, 11, 24, 9, 0, tzinfo=MONTREAL))
    team.server.do(factories.send, sofia, group, "pendant")
    team.server.do(team.world.move, karim, dining, team.kitchen, date(2026, 11, 25))
    set_hour(team.server, datetime(2026, 11, 25, 9, 0, tzinfo=MONTREAL))
    team.server.do(factories.send, sofia, group, "après")
    phone = team.open(karim)
    assert [(row["id"], row["unread"]) for row in phone.welcome["rows"]] == [(group, 1)]
    assert phone.welcome["unread"] == 1
    opened = phone.ask("conversation.open", conversation_id=group)
    assert [message["text"] for message in opened["messages"]] == ["après"]


def test_r9_rights_that_end_are_noticed_without_any_message(evening: Team) -> None:
    evening.server.do(evening.world.end, evening.staff[0], date(2026, 11, 23))
    phone = evening.open(evening.staff[0])
    pass_midnight(evening)
    phone.wait("rights.changed", AT_ONCE + 1)


def test_r1_an_option_that_is_due_begins_in_open_sockets(evening: Team) -> None:
    team = evening
    team.server.do(team.world.switch_option, is_on=False)
    midnight = datetime(2026, 11, 24, tzinfo=MONTREAL)
    team.server.do(team.world.switch_option, is_on=True, at=midnight)
    phone = team.open(team.staff[0])
    assert phone.welcome["chat"] is False
    pass_midnight(team)
    phone.wait("rights.changed", AT_ONCE + 1)
    assert phone.hello()["chat"] is True


def test_a_session_that_expires_closes_its_socket_without_any_frame(evening: Team) -> None:
    """Twelve hours unused at the portal; and the socket neither hears nor says anything more."""
    team = evening
    portal, phone, conversation = team.open_portal(), team.open(team.staff[0]), team.launch()
    set_hour(team.server, datetime(2026, 11, 24, 11, 51, tzinfo=MONTREAL))
    phone.say(conversation, "à midi")
    assert portal.wait_closed(AT_ONCE + 1) == 4401
    assert portal.list_said(conversation) == []


def test_an_expired_session_opens_no_socket(evening: Team) -> None:
    cookie = evening.server.give_cookie(evening.manager, Surface.PORTAL)
    evening.open_with(cookie, Surface.PORTAL, hello=False)
    set_hour(evening.server, datetime(2026, 11, 24, 11, 51, tzinfo=MONTREAL))
    with pytest.raises(NotOpened) as refused:
        evening.open_with(cookie, Surface.PORTAL)
    assert refused.value.status == 401


def test_a_session_in_use_goes_on(evening: Team) -> None:
    """Saying something counts as use; pings, which a forgotten page sends too, do not."""
    team = evening
    portal, forgotten, conversation = team.open_portal(), team.open_portal(), team.launch()
    set_hour(team.server, datetime(2026, 11, 24, 11, 40, tzinfo=MONTREAL))
    portal.say(conversation, "encore là")
    forgotten.ask("ping")
    set_hour(team.server, datetime(2026, 11, 24, 12, 0, tzinfo=MONTREAL))
    assert forgotten.wait_closed(AT_ONCE + 1) == 4401
    portal.say(conversation, "toujours là")


def test_r9_a_departure_told_at_the_console_reaches_open_sockets(own_team: Team) -> None:
    """Another process has no way to tell them: they are looked at within seconds, and with their next frame."""
    team = own_team
    leaver, other = team.staff[0], team.staff[1]
    conversation = team.launch()
    phones = {somebody.id: team.open(somebody) for somebody in (leaver, other)}
    with elsewhere(team.server):
        team.world.end(leaver, inside.find_today() - timedelta(days=1))
    phones[leaver.id].wait("rights.changed")
    with pytest.raises(Refused, match="option_off"):
        phones[leaver.id].say(conversation, "encore là?")
    phones[other.id].say(conversation, "sans lui")
    assert "sans lui" not in phones[leaver.id].list_said(conversation)


@contextmanager
def elsewhere(server: Server) -> Iterator[None]:
    """In this process, on the server's database, as a command would."""
    database = db.connect(f"sqlite:///{server.database}")
    yield
    database.dispose()

"""Notifications (R20), against a push service that opens what it receives: who is told, what, once, and never more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import and_, delete, select, update

from data import clock, db
from data.access.actors import Surface
from data.access.conversations import access_joined_conversation, access_led_conversation
from data.access.push import access_owned_device
from data.actions.messages import do_delete_message, do_send_urgent_message
from data.actions.participants import do_leave, do_mute
from data.actions.push import MOST_DEVICES, MOST_FIRST_FAILURES, Subscription, do_choose_quiet_hours, do_register_device
from data.actions.reading import do_view
from data.actions.sessions import do_change_password, do_sign_out
from data.errors import NotAllowed, NotFound
from data.models import conversations, organizations, push_devices, push_notices
from data.notifying import Notifier, keep_server_key
from data.push.quiet import QuietHours
from data.queries.push import list_devices
from tests import push_service
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, send, start_group, start_one_to_one
from tests.push_service import Device, PushService, Received

KEY = "8Lh4hVZbYBwFgB8nrJ1tJQVb3SFEdYgkCrLLXp3tF3E"


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service.running() as running:
        yield running


@pytest.fixture
def seen() -> set[tuple[int, int]]:
    """Who has which conversation in front of their eyes."""
    return set()


@pytest.fixture
def notifier(database: db.Database, service: PushService, seen: set[tuple[int, int]]) -> Iterator[Notifier]:
    service.take()
    service.answers.clear()
    service.refusals.clear()
    key = keep_server_key("", "mailto:equipe@laurier.example")
    notifier = Notifier(key, frozenset({service.origin}), lambda person, conversation: (person, conversation) in seen)
    yield notifier
    notifier.close()


class Kitchen:
    """Ariane runs it; Karim and Sofia have a device that takes notifications, Ariane too."""

    def __init__(self, world: World, notifier: Notifier, service: PushService, moment: Moment) -> None:
        self.world, self.notifier, self.service, self.moment = world, notifier, service, moment
        self.id = world.add_service("cuisine")
        self.ariane = world.hire("Ariane Gagnon", self.id, manages=(self.id,))
        self.karim = world.hire("Karim Benali", self.id)
        self.sofia = world.hire("Sofia Lavoie", self.id)
        self.devices = {name: self.register(getattr(self, name)) for name in ("ariane", "karim", "sofia")}

    def register(self, somebody: Somebody) -> Device:
        device = self.service.subscribe()
        with db.unit_of_work() as uow:
            do_register_device(uow, somebody.act(), device.subscription, {self.service.origin})
        return device

    def sign_in_again(self, somebody: Somebody) -> Device:
        """On another phone of theirs."""
        self.world.sign_in(somebody, Surface.MOBILE)
        return self.register(somebody)

    def say(self, somebody: Somebody, conversation: int, text: str = "Bonjour") -> None:
        send(somebody, conversation, text)

    def tell(self, **later: float) -> list[tuple[str, str, str]]:
        """What comes on the devices, a moment after or later: whose, title, body."""
        self.moment.advance(**(later or {"seconds": 6}))
        self.notifier.run()  # what is new is queued, and has its grace
        self.moment.advance(seconds=2)
        self.notifier.run()
        names = {device: name for name, device in self.devices.items()}
        return sorted((names[each.device], each.content["title"], each.content["body"]) for each in self.service.take())

    def receive(self) -> Received:
        """The one that comes."""
        self.moment.advance(seconds=6)
        self.notifier.run()
        self.moment.advance(seconds=2)
        self.notifier.run()
        (received,) = self.service.take()
        return received

    def whom(self, **later: float) -> list[str]:
        return [name for name, _, _ in self.tell(**later)]

    def launch(self, name: str = "Équipe") -> int:
        """A conversation of which the devices were told, a while ago."""
        team = launch(self.ariane, self.id, name=name)
        self.say(self.ariane, team, "Bienvenue")
        self.tell()
        self.moment.advance(minutes=3)
        return team


@pytest.fixture
def kitchen(world: World, notifier: Notifier, service: PushService, moment: Moment) -> Kitchen:
    return Kitchen(world, notifier, service, moment)


def act_in(somebody: Somebody, conversation: int, act: Callable[..., object], *args: object) -> None:
    with db.unit_of_work() as uow:
        act(uow, access_joined_conversation(uow, chatter(uow, somebody), conversation), *args)


def say_urgently(somebody: Somebody, conversation: int, reason: str = "Fuite de gaz") -> None:
    with db.unit_of_work() as uow:
        led = access_led_conversation(uow, chatter(uow, somebody), conversation)
        do_send_urgent_message(uow, led, "Sortez tous", reason=reason, ref=f"urgent-{led.last_ordinal}")


def choose_quiet_hours(somebody: Somebody, starts: int, ends: int) -> None:
    with db.unit_of_work() as uow:
        do_choose_quiet_hours(uow, somebody.act(), QuietHours(starts, ends))


# Who is told, and what.


def test_r20_a_creation_and_its_first_message_make_one_notification(kitchen: Kitchen) -> None:
    team = launch(kitchen.ariane, kitchen.id)
    assert kitchen.tell(seconds=30) == []
    kitchen.say(kitchen.ariane, team, "Le four est réparé")
    assert kitchen.tell() == [
        ("karim", "Équipe", "Ariane Gagnon a écrit"),
        ("sofia", "Équipe", "Ariane Gagnon a écrit"),
    ]
    assert kitchen.tell(minutes=5) == []


def test_r20_a_creation_without_a_message_is_told_after_a_while(kitchen: Kitchen) -> None:
    start_group(kitchen.ariane, [kitchen.karim, kitchen.sofia], kitchen.id, "Fermeture")
    assert kitchen.tell(minutes=3) == [
        ("karim", "Fermeture", "Ariane Gagnon a commencé une conversation avec vous."),
        ("sofia", "Fermeture", "Ariane Gagnon a commencé une conversation avec vous."),
    ]


def test_r20_each_new_message_is_told_to_all_but_its_author(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.karim, team)
    assert kitchen.tell() == [
        ("ariane", "Équipe", "Karim Benali a écrit"),
        ("sofia", "Équipe", "2 nouveaux messages, le dernier par Karim Benali"),
    ]


def test_the_words_are_in_a_notification_only_where_the_organization_allows_it(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.karim, kitchen.sofia, kitchen.id)
    kitchen.say(kitchen.karim, pair, "Je suis malade")
    assert kitchen.tell() == [("sofia", "Karim Benali", "1 nouveau message")]
    with db.unit_of_work() as uow:
        uow.execute(update(organizations).values(shows_text=True))
    kitchen.say(kitchen.karim, pair, "J'ai la grippe")
    content = kitchen.receive().content
    assert (content["body"], content["quietly"]) == ("J'ai la grippe", "2 nouveaux messages")
    assert content["until"] == clock.to_ms(clock.now() + timedelta(hours=1))  # then it shows the quiet words


def test_a_notification_says_where_it_leads_and_how_many_wait(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.sofia, team)
    kitchen.moment.advance(seconds=6)
    kitchen.notifier.run()
    kitchen.moment.advance(seconds=2)
    kitchen.notifier.run()
    mine = next(each for each in kitchen.service.take() if each.device is kitchen.devices["karim"])
    assert mine.content | {"title": "", "body": ""} == {
        "tag": f"c{team}",
        "conversation": team,
        "title": "",
        "body": "",
        "lang": "fr",
        "urgent": False,
        "unread": 2,
        "read": [],
    }
    assert (mine.headers["Topic"], mine.headers["Urgency"]) == (f"c{team}", "normal")
    assert int(mine.headers["TTL"]) > 0


def test_r20_conversations_begun_one_after_the_other_come_as_one(kitchen: Kitchen) -> None:
    """Whoever begins thirty groups rings once, and then once in a while."""
    for number in range(4):
        group = start_group(kitchen.ariane, [kitchen.karim, kitchen.sofia], kitchen.id, f"Groupe {number}")
        kitchen.say(kitchen.ariane, group)
        told = kitchen.whom(seconds=10)
        assert told == (["karim", "sofia"] if number == 0 else [])
    last = start_group(kitchen.ariane, [kitchen.karim, kitchen.sofia], kitchen.id, "Groupe 4")
    assert kitchen.tell(seconds=90) == [
        ("karim", "3 nouvelles conversations", "Groupe 1, Groupe 2, Groupe 3"),
        ("sofia", "3 nouvelles conversations", "Groupe 1, Groupe 2, Groupe 3"),
    ]
    kitchen.say(kitchen.ariane, last)
    assert kitchen.tell(minutes=2) == [
        ("karim", "Groupe 4", "Ariane Gagnon a écrit"),
        ("sofia", "Groupe 4", "Ariane Gagnon a écrit"),
    ]


def test_r20_what_is_urgent_in_a_new_conversation_waits_for_no_other(kitchen: Kitchen) -> None:
    kitchen.say(kitchen.ariane, launch(kitchen.ariane, kitchen.id))
    assert kitchen.whom() == ["karim", "sofia"]
    say_urgently(kitchen.ariane, launch(kitchen.ariane, kitchen.id, name="Fuite"))
    assert kitchen.whom(seconds=2) == ["karim", "sofia"]


def test_r20_a_message_in_a_known_conversation_waits_for_no_new_one(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.sofia, start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id))
    assert kitchen.whom() == ["karim"]
    kitchen.say(kitchen.ariane, start_one_to_one(kitchen.ariane, kitchen.karim, kitchen.id))
    kitchen.say(kitchen.ariane, team)
    told = kitchen.tell(seconds=10)
    assert [(name, title) for name, title, _ in told] == [("karim", "Équipe"), ("sofia", "Équipe")]


def test_whoever_looks_and_reads_nothing_is_told_when_they_look_no_more(
    kitchen: Kitchen, seen: set[tuple[int, int]]
) -> None:
    """Their phone lost its network, or they read further up."""
    team = kitchen.launch()
    act_in(kitchen.karim, team, do_view, 1)
    act_in(kitchen.sofia, team, do_view, 1)
    seen |= {(kitchen.karim.id, team), (kitchen.sofia.id, team)}
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == []
    act_in(kitchen.sofia, team, do_view, 2)
    assert kitchen.whom(seconds=20) == []
    seen.clear()
    assert kitchen.whom(seconds=20) == ["karim"]


@pytest.mark.parametrize("why", ["left", "muted", "read", "looking", "deleted", "departed", "cut", "option_off"])
def test_r20_nobody_is_told_who_must_not_be(kitchen: Kitchen, seen: set[tuple[int, int]], why: str) -> None:
    team = kitchen.launch()
    ways: dict[str, Callable[[], object]] = {
        "left": lambda: act_in(kitchen.karim, team, do_leave),
        "muted": lambda: act_in(kitchen.karim, team, do_mute),
        "read": lambda: act_in(kitchen.karim, team, do_view, 100),
        "looking": lambda: seen.add((kitchen.karim.id, team)),
        "deleted": lambda: act_in(kitchen.sofia, team, do_delete_message, 2),
        "departed": lambda: kitchen.world.end(kitchen.karim, date(2026, 11, 22)),
        "cut": lambda: kitchen.world.cut(kitchen.karim),
        "option_off": lambda: kitchen.world.switch_option(is_on=False),
    }
    act_in(kitchen.karim, team, do_view, 1)
    if why in ("left", "muted"):
        ways[why]()
    kitchen.say(kitchen.sofia, team)
    if why not in ("left", "muted"):
        ways[why]()
    assert "karim" not in kitchen.whom()


@pytest.mark.parametrize("why", ["left", "departed", "signed_out", "password"])
def test_what_waits_is_looked_at_once_more_before_it_goes(kitchen: Kitchen, why: str) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.sofia, team)
    kitchen.moment.advance(seconds=6)
    kitchen.notifier.run()
    with db.read() as reader:
        assert kitchen.karim.id in _list_waiting(reader)
    if why == "left":
        act_in(kitchen.karim, team, do_leave)
    elif why == "departed":
        kitchen.world.end(kitchen.karim, date(2026, 11, 22))
    else:
        with db.unit_of_work() as uow:
            if why == "signed_out":
                do_sign_out(uow, kitchen.karim.act())
            else:
                do_change_password(uow, kitchen.karim.account_id, "unusable")
    assert "karim" not in kitchen.whom()


def _list_waiting(reader: db.Reader) -> list[int]:
    query = select(push_devices.c.person_id).join(push_notices, push_notices.c.device_id == push_devices.c.id)
    return list(reader.execute(query.where(push_notices.c.due_at.is_not(None))).scalars())


def test_r7_an_administrator_who_never_looked_is_not_told(kitchen: Kitchen) -> None:
    kitchen.world.open_app(kitchen.world.administrator)
    kitchen.devices["ada"] = kitchen.register(kitchen.world.administrator)
    team = kitchen.launch()
    kitchen.say(kitchen.karim, team)
    assert kitchen.whom() == ["ariane", "sofia"]
    act_in(kitchen.world.administrator, team, do_view, 100)
    kitchen.say(kitchen.karim, team)
    assert "ada" in kitchen.whom()


def test_people_of_other_services_are_not_told(kitchen: Kitchen) -> None:
    dining = kitchen.world.add_service("salle")
    kitchen.devices["theo"] = kitchen.register(kitchen.world.hire("Théo Serveur", dining))
    kitchen.launch()
    team = launch(kitchen.ariane, kitchen.id)
    kitchen.say(kitchen.karim, team)
    assert "theo" not in kitchen.whom()


def test_what_was_read_elsewhere_goes_with_the_next_notification(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    pair = start_one_to_one(kitchen.karim, kitchen.sofia, kitchen.id)
    act_in(kitchen.sofia, team, do_view, 100)
    kitchen.say(kitchen.karim, pair)
    received = kitchen.receive()
    assert received.content["read"] == [team]
    kitchen.say(kitchen.karim, pair)
    kitchen.tell()
    with db.read() as reader:
        shown = select(push_notices.c.conversation_id).where(push_notices.c.shown_ordinal.is_not(None))
        assert (
            team not in reader.execute(shown.where(push_notices.c.device_id == _find_device(kitchen.sofia))).scalars()
        )


def _find_device(somebody: Somebody) -> int:
    with db.read() as reader:
        return list_devices(reader, somebody.act())[0].id


# Quiet hours.


def test_r20_quiet_hours_hold_what_comes_and_end_with_one_summary(kitchen: Kitchen) -> None:
    team, other = kitchen.launch(), kitchen.launch("Menu")
    for conversation in (team, other):
        act_in(kitchen.karim, conversation, do_view, 100)
    kitchen.moment.go_to("2026-11-23T21:30:00-05:00")
    kitchen.say(kitchen.sofia, team, "Un")
    assert kitchen.tell(minutes=1) == []
    kitchen.say(kitchen.sofia, other, "Deux")
    kitchen.say(kitchen.sofia, other, "Trois")
    assert kitchen.tell(hours=9) == []
    kitchen.moment.go_to("2026-11-24T06:59:30-05:00")
    assert kitchen.tell(seconds=1) == []
    told = kitchen.tell(minutes=1)
    assert [each for each in told if each[0] == "karim"] == [
        ("karim", "3 nouveaux messages pendant les heures de silence", "Équipe, Menu")
    ]
    assert kitchen.tell(hours=1) == []


def test_what_was_read_in_quiet_hours_is_not_in_their_summary(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.moment.go_to("2026-11-23T22:00:00-05:00")
    kitchen.say(kitchen.sofia, team)
    kitchen.tell(minutes=1)
    act_in(kitchen.karim, team, do_view, 100)
    kitchen.moment.go_to("2026-11-24T07:00:30-05:00")
    assert kitchen.whom() == ["ariane"]


def test_r20_ones_own_quiet_hours_go_before_the_organizations(kitchen: Kitchen) -> None:
    choose_quiet_hours(kitchen.karim, 0, 0)  # none
    choose_quiet_hours(kitchen.sofia, 12 * 60, 13 * 60)
    team = kitchen.launch()
    kitchen.moment.go_to("2026-11-23T22:00:00-05:00")
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == ["karim", "sofia"]
    kitchen.moment.go_to("2026-11-24T12:10:00-05:00")
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == ["karim"]


def test_r20_an_urgent_message_breaks_through(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.moment.go_to("2026-11-23T23:00:00-05:00")
    kitchen.say(kitchen.sofia, team, "Bonne nuit")
    assert kitchen.tell(minutes=1) == []
    act_in(kitchen.sofia, team, do_mute)
    say_urgently(kitchen.ariane, team)
    received = kitchen.receive()
    assert received.device is kitchen.devices["karim"]
    assert received.content["urgent"] is True
    assert received.content["body"].startswith("Urgent – ")
    assert received.headers["Urgency"] == "high"


def test_r20_only_who_runs_the_service_marks_as_urgent_and_only_in_public(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    pair = start_one_to_one(kitchen.ariane, kitchen.karim, kitchen.id)
    for somebody, conversation in ((kitchen.karim, team), (kitchen.ariane, pair)):
        with pytest.raises(NotAllowed):
            say_urgently(somebody, conversation)


# Push services that fail.


def test_what_is_taken_is_noted_with_the_device(kitchen: Kitchen) -> None:
    kitchen.launch()
    with db.read() as reader:
        (device,) = list_devices(reader, kitchen.karim.act())
    assert device.succeeded_at is not None
    assert device.is_current


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_no_more_is_forgotten(kitchen: Kitchen, status: int) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.service.answers.append((status, {}))
    kitchen.say(kitchen.sofia, pair)
    assert kitchen.whom() == []
    with db.read() as reader:
        assert list_devices(reader, kitchen.karim.act()) == []
        assert kitchen.karim.id not in _list_waiting(reader)


def test_a_push_service_that_has_too_much_to_do_is_waited_for(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.service.answers.append((429, {"Retry-After": "300"}))
    kitchen.say(kitchen.sofia, pair)
    assert kitchen.whom() == []
    asked = kitchen.service.asked
    assert kitchen.whom(seconds=200) == []
    assert kitchen.service.asked == asked
    assert kitchen.whom(seconds=100) == ["karim"]


def test_a_device_that_is_told_too_much_holds_up_no_other(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.service.refuse(kitchen.devices["karim"], 429, {"Retry-After": "300"})
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == ["sofia"]
    asked = kitchen.service.asked
    other = launch(kitchen.ariane, kitchen.id, name="Menu")
    kitchen.say(kitchen.ariane, other)
    assert kitchen.whom() == ["sofia"]
    assert kitchen.service.asked == asked + 1  # Karim's was left alone, for the other conversation too
    kitchen.service.refusals.clear()
    assert kitchen.whom(minutes=5) == ["karim", "karim"]


def test_a_push_service_that_tells_several_people_to_wait_is_left_alone(kitchen: Kitchen) -> None:
    for number in range(3):
        name = f"ami {number}"
        kitchen.devices[name] = kitchen.register(kitchen.world.hire(name.title(), kitchen.id))
    team = launch(kitchen.ariane, kitchen.id)
    kitchen.service.answers += [(429, {"Retry-After": str(300 + number)}) for number in range(5)]
    kitchen.say(kitchen.ariane, team)
    kitchen.whom()
    now = clock.now()
    until = kitchen.notifier.find_paused_until(now)
    assert until is not None
    assert timedelta(minutes=4) < until - now <= timedelta(minutes=5)  # as long as it asked for, and no longer
    asked = kitchen.service.asked
    theo = kitchen.devices["theo"] = kitchen.register(kitchen.world.hire("Théo Roy", kitchen.id))
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == []
    assert kitchen.service.asked == asked
    assert theo.path
    kitchen.service.answers.clear()
    assert "theo" in kitchen.whom(minutes=6)


def test_one_person_alone_does_not_have_a_push_service_left_alone(kitchen: Kitchen) -> None:
    """Whoever signs three browsers in, and has them refused."""
    team = kitchen.launch()
    mine = [kitchen.devices["karim"], *(kitchen.sign_in_again(kitchen.karim) for _ in range(3))]
    for device in mine:
        kitchen.service.refuse(device, 429, {"Retry-After": "3600"})
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == ["sofia"]
    assert kitchen.notifier.find_paused_until(clock.now()) is None


def test_a_wait_may_be_a_date(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    until = format_datetime(clock.now() + timedelta(minutes=10))
    kitchen.service.answers.append((503, {"Retry-After": until}))
    kitchen.say(kitchen.sofia, pair)
    assert kitchen.whom() == []
    assert kitchen.whom(minutes=9) == []
    assert kitchen.whom(minutes=1) == ["karim"]


def test_a_push_service_that_fails_is_asked_again_less_and_less_often(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.service.answers += [(500, {})] * 9
    kitchen.say(kitchen.sofia, pair)
    before, asked = kitchen.service.asked, []
    for _ in range(10):
        kitchen.whom(seconds=18)
        asked.append(kitchen.service.asked - before)
    assert asked == [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]  # after 15, 30, 60 and 120 seconds, and some
    kitchen.service.answers.clear()
    assert kitchen.whom(minutes=3) == ["karim"]
    with db.read() as reader:
        (device,) = list_devices(reader, kitchen.karim.act())
    assert device.succeeded_at is not None
    assert device.failed_at is not None


def test_what_a_push_service_refuses_is_given_up_at_once(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.service.answers.append((403, {}))
    kitchen.say(kitchen.sofia, pair)
    assert kitchen.whom() == []
    assert kitchen.whom(hours=1) == []
    kitchen.say(kitchen.sofia, pair)
    assert kitchen.whom() == ["karim"]


def test_no_redirection_is_followed(kitchen: Kitchen) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.service.answers.append((307, {"Location": kitchen.service.origin + kitchen.devices["ariane"].path}))
    kitchen.say(kitchen.sofia, pair)
    asked = kitchen.service.asked
    assert kitchen.whom() == []
    assert kitchen.service.asked == asked + 1


# The queue.


def test_the_queue_survives_a_sender_that_dies_between_queueing_and_sending(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.karim, team)
    kitchen.moment.advance(seconds=6)
    kitchen.notifier.queue_news()
    with closing(Notifier(kitchen.notifier.key, kitchen.notifier.also, lambda *_: False)) as kitchen.notifier:
        assert kitchen.whom() == ["ariane", "sofia"]


def test_the_queue_survives_a_sender_that_dies_while_sending(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = start_one_to_one(kitchen.sofia, kitchen.karim, kitchen.id)
    kitchen.say(kitchen.sofia, pair)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(kitchen.notifier._sender, "send", lambda *_: (_ for _ in ()).throw(SystemExit))
        kitchen.tell()
    assert kitchen.whom(seconds=20) == []  # it holds its lease
    assert kitchen.whom(minutes=2) == ["karim"]


def test_a_slice_that_was_queued_before_a_death_is_queued_once(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.karim, team)
    kitchen.moment.advance(seconds=6)
    kitchen.notifier.queue_news()
    for told in (["ariane", "sofia"], []):  # the second time, they were told already
        with db.unit_of_work() as uow:
            uow.execute(update(conversations).where(conversations.c.id == team).values(notified_ordinal=1))
        assert kitchen.whom() == told


def test_a_large_audience_is_queued_by_slices(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.notifying.SLICE", 2)
    for number in range(5):
        name = f"ami {number}"
        kitchen.devices[name] = kitchen.register(kitchen.world.hire(name.title(), kitchen.id))
    team = launch(kitchen.ariane, kitchen.id)
    kitchen.say(kitchen.ariane, team)
    assert kitchen.whom() == [*(f"ami {number}" for number in range(5)), "karim", "sofia"]


def test_without_any_device_nothing_is_queued(kitchen: Kitchen) -> None:
    with db.unit_of_work() as uow:
        uow.execute(delete(push_notices))
        uow.execute(update(push_devices).values(ended_at=uow.now))
    kitchen.launch()
    with db.read() as reader:
        assert reader.execute(select(push_notices)).all() == []
        behind = conversations.c.last_ordinal > conversations.c.notified_ordinal
        assert reader.execute(select(conversations.c.id).where(behind)).all() == []


# Devices.


def test_the_servers_key_is_made_once_and_kept(notifier: Notifier) -> None:
    assert keep_server_key("", "mailto:a@b.example").public == notifier.key.public
    assert keep_server_key(KEY, "mailto:a@b.example").public != notifier.key.public


def test_a_phone_that_changes_hands_tells_its_new_owner_alone(kitchen: Kitchen) -> None:
    device = kitchen.devices["karim"]
    with db.unit_of_work() as uow:
        do_register_device(uow, kitchen.sofia.act(), device.subscription, {kitchen.service.origin})
    with db.read() as reader:
        assert list_devices(reader, kitchen.karim.act()) == []
        assert len(list_devices(reader, kitchen.sofia.act())) == 1


def test_a_phone_that_changes_hands_is_known_however_its_address_is_written(kitchen: Kitchen) -> None:
    given = kitchen.devices["karim"].subscription
    other = Subscription(given.endpoint.replace("http:", "HTTP:"), f"{given.p256dh}{'=' * 200}", given.auth)
    with db.unit_of_work() as uow:
        do_register_device(uow, kitchen.sofia.act(), other, {kitchen.service.origin})
    with db.read() as reader:
        assert list_devices(reader, kitchen.karim.act()) == []
        (device,) = list_devices(reader, kitchen.sofia.act())
        kept = access_owned_device(reader, kitchen.sofia.act(), device.id)
    assert Subscription(kept.target.endpoint, kept.target.p256dh, kept.target.auth) == given


def test_registering_again_changes_nothing(kitchen: Kitchen) -> None:
    before = _find_device(kitchen.karim)
    with db.unit_of_work() as uow:
        again = do_register_device(
            uow, kitchen.karim.act(), kitchen.devices["karim"].subscription, {kitchen.service.origin}
        )
    assert again == before


def test_anothers_device_is_as_if_it_were_not(kitchen: Kitchen) -> None:
    theirs = _find_device(kitchen.karim)
    with db.read() as reader:
        for device_id in (theirs, 987_654_321):
            with pytest.raises(NotFound):
                access_owned_device(reader, kitchen.sofia.act(), device_id)


def test_a_test_notification_goes_at_once(kitchen: Kitchen) -> None:
    with db.read() as reader:
        device = access_owned_device(reader, kitchen.karim.act(), _find_device(kitchen.karim))
    assert kitchen.notifier.test(device).outcome == "taken"
    (received,) = kitchen.service.take()
    assert received.device is kitchen.devices["karim"]


def test_a_device_of_the_portal_session_is_not_told_of_the_phones(kitchen: Kitchen) -> None:
    """It belongs to the session that registered it, and ends with it."""
    with db.unit_of_work() as uow:
        do_sign_out(uow, kitchen.ariane.act(Surface.PORTAL))
    with db.read() as reader:
        assert len(list_devices(reader, kitchen.ariane.act())) == 1


@pytest.mark.parametrize("how", ["signed_out", "password", "cut"])
def test_a_device_ends_in_the_same_moment_as_its_session(kitchen: Kitchen, how: str) -> None:
    if how == "cut":
        kitchen.world.cut(kitchen.karim)
    else:
        with db.unit_of_work() as uow:
            if how == "signed_out":
                do_sign_out(uow, kitchen.karim.act())
            else:
                do_change_password(uow, kitchen.karim.account_id, "unusable")
    with db.read() as reader:
        ended = select(push_devices.c.ended_reason).where(push_devices.c.person_id == kitchen.karim.id)
        assert reader.execute(ended).scalar_one() == how


def list_endpoints(somebody: Somebody) -> list[str]:
    mine = and_(push_devices.c.person_id == somebody.id, push_devices.c.ended_at.is_(None))
    with db.read() as reader:
        return list(reader.execute(select(push_devices.c.endpoint).where(mine).order_by(push_devices.c.id)).scalars())


def test_a_device_that_never_took_anything_is_forgotten_soon(kitchen: Kitchen) -> None:
    """Whoever registers addresses that they invented; Sofia's phone, which took something once, gets more patience."""
    team = kitchen.launch()
    invented = kitchen.devices["mireille"] = kitchen.register(kitchen.world.hire("Mireille Roy", kitchen.id))
    for device in (invented, kitchen.devices["sofia"]):
        kitchen.service.refuse(device, 400, {})
    for _ in range(MOST_FIRST_FAILURES):
        with db.read() as reader:
            is_there = select(push_devices.c.ended_at).where(push_devices.c.endpoint == invented.subscription.endpoint)
            assert reader.execute(is_there).scalar_one() is None
        kitchen.say(kitchen.ariane, team)
        kitchen.tell(minutes=20)
    with db.read() as reader:
        assert reader.execute(is_there).scalar_one() is not None
    assert len(list_endpoints(kitchen.sofia)) == 1


def test_a_device_that_has_long_taken_nothing_is_forgotten(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.service.refuse(kitchen.devices["sofia"], 400, {})
    kitchen.say(kitchen.ariane, team)
    kitchen.tell()
    kitchen.tell(days=13)
    assert len(list_endpoints(kitchen.sofia)) == 1
    kitchen.tell(days=1)
    assert list_endpoints(kitchen.sofia) == []
    assert len(list_endpoints(kitchen.karim)) == 1  # told nothing meanwhile, and failed at nothing


def test_nothing_stays_of_a_device_whose_session_lapsed(kitchen: Kitchen) -> None:
    kitchen.launch()
    assert list_endpoints(kitchen.karim)
    kitchen.tell(days=91)
    assert list_endpoints(kitchen.karim) == []
    kitchen.tell(days=31)
    with db.read() as reader:
        assert reader.execute(select(push_devices.c.id)).all() == []


def test_a_person_has_ten_devices_and_the_newest_are_told(kitchen: Kitchen) -> None:
    first, *others = list_endpoints(kitchen.karim) + [
        kitchen.sign_in_again(kitchen.karim).subscription.endpoint for _ in range(MOST_DEVICES)
    ]
    assert list_endpoints(kitchen.karim) == others
    assert first not in others
    assert len(list_endpoints(kitchen.sofia)) == 1

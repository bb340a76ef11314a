"""Once and in order, whatever happens on the way (R22)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import gevent
import pytest

from data import db
from data.access.actors import Surface, access_chat, access_open_session
from data.realtime import bus
from data.realtime.events import Emitted, MessageSent
from data.realtime.hub import Hub
from tests import factories, inside
from tests.client import Client, Refused
from tests.factories import Somebody
from tests.socket.conftest import Team


def list_texts(client: Client, conversation_id: int) -> list[str]:
    opened = client.ask("conversation.open", conversation_id=conversation_id)
    return [message["text"] for message in opened["messages"]]


def test_r22_the_same_ref_a_hundred_times_at_once_is_one_message(team: Team) -> None:
    karim = team.staff[0]
    devices = [team.open(karim) for _ in range(4)]
    other = team.open(team.staff[1])
    conversation = team.launch()
    for _ in range(25):
        for device in devices:
            device.tell("message.send", ref="same", conversation_id=conversation, text="une fois")
    answers = []
    for device in devices:
        for _ in range(25):
            answers.append(device.answer("same"))
    assert [answer["type"] for answer in answers] == ["done"] * 100
    assert [answer["result"] for answer in answers] == [answers[0]["result"]] * 100
    assert team.server.do(inside.count_messages, conversation) == 1
    for client in (*devices, other):
        client.settle()
        assert client.list_said(conversation) == ["une fois"]


def test_r22_the_same_ref_with_another_text_is_refused(team: Team) -> None:
    phone, conversation = team.open(team.staff[0]), team.launch()
    phone.say(conversation, "un", ref="r")
    with pytest.raises(Refused, match="ref_conflict"):
        phone.say(conversation, "deux", ref="r")
    assert phone.say(conversation, "un", ref="r") == 1
    assert list_texts(phone, conversation) == ["un"]


def test_a_ref_of_another_person_or_conversation_is_another_message(team: Team) -> None:
    phone, other = team.open(team.staff[0]), team.open(team.staff[1])
    first, second = team.launch("Un"), team.launch("Deux")
    assert phone.say(first, "un", ref="r") == 1
    assert other.say(first, "deux", ref="r") == 2
    assert phone.say(second, "trois", ref="r") == 1


def test_r22_pipelined_messages_keep_their_order(team: Team) -> None:
    phone, other = team.open(team.staff[0]), team.open(team.staff[1])
    conversation = team.launch()
    texts = [f"n° {n}" for n in range(50)]
    refs = [phone.tell("message.send", conversation_id=conversation, text=text) for text in texts]
    assert [phone.result(ref)["ordinal"] for ref in refs] == list(range(1, 51))
    other.settle()
    assert other.list_said(conversation) == texts


def test_r22_a_burst_beyond_the_rate_is_refused_from_one_frame_on_and_keeps_its_order(team: Team) -> None:
    phone, conversation = team.open(team.staff[0]), team.launch()
    refs = [phone.tell("message.send", conversation_id=conversation, text=f"n° {n}") for n in range(120)]
    kinds = [phone.answer(ref)["type"] for ref in refs]
    accepted = kinds.count("done")
    assert 50 <= accepted <= 80
    assert kinds == ["done"] * accepted + ["refused"] * (120 - accepted)


def test_r22_an_answer_lost_with_the_server_is_given_again_after_its_restart(own_team: Team) -> None:
    karim = own_team.staff[0]
    cookie = own_team.server.give_cookie(karim, Surface.MOBILE)
    conversation = own_team.launch()
    phone = own_team.open_with(cookie)
    written = {ref: f"texte {ref}" for ref in ("a", "b", "c")}
    for ref, text in written.items():
        phone.tell("message.send", ref=ref, conversation_id=conversation, text=text)
    phone.wait("message.sent", seq=3)  # stored and told to all; the answers are never read
    own_team.server.restart()
    back = own_team.open_with(cookie)
    assert [back.say(conversation, text, ref=ref) for ref, text in written.items()] == [1, 2, 3]
    assert back.say(conversation, "quatre") == 4
    assert list_texts(back, conversation) == [*written.values(), "quatre"]


def test_r22_killed_in_the_middle_of_a_burst_nothing_is_lost_doubled_or_out_of_order(own_team: Team) -> None:
    cookie = own_team.server.give_cookie(own_team.staff[0], Surface.MOBILE)
    conversation = own_team.launch()
    phone = own_team.open_with(cookie)
    texts = [f"n° {n}" for n in range(30)]
    for text in texts:
        phone.tell("message.send", ref=text.replace("° ", ""), conversation_id=conversation, text=text)
    for n in range(6):
        phone.result(f"n{n}")
    own_team.server.restart()
    back = own_team.open_with(cookie)
    assert list_texts(back, conversation)[:6] == texts[:6]  # what was acknowledged is there
    ordinals = [back.say(conversation, text, ref=text.replace("° ", "")) for text in texts]
    assert ordinals == list(range(1, 31))
    assert list_texts(back, conversation) == texts


def test_r22_changes_after_a_cut_bring_exactly_what_is_missing(team: Team) -> None:
    cookie = team.server.give_cookie(team.staff[0], Surface.MOBILE)
    phone, other = team.open_with(cookie), team.open(team.staff[1])
    conversation = team.launch()
    for text in ("un", "deux", "trois"):
        other.say(conversation, text)
    opened = phone.ask("conversation.open", conversation_id=conversation)
    phone.close()
    other.ask("message.edit", conversation_id=conversation, ordinal=1, text="un, corrigé")
    other.ask("message.delete", conversation_id=conversation, ordinal=3)
    other.say(conversation, "quatre")
    back = team.open_with(cookie)
    missing = back.ask(
        "conversation.changes",
        conversation_id=conversation,
        seq=opened["row"]["last_seq"],
        ordinal=opened["row"]["last_ordinal"],
    )
    assert missing["seq"] == 6
    assert [(message["ordinal"], message["text"]) for message in missing["messages"]] == [
        (1, "un, corrigé"),
        (3, ""),
        (4, "quatre"),
    ]
    nothing = back.ask("conversation.changes", conversation_id=conversation, seq=6, ordinal=4)
    assert nothing == {"seq": 6, "messages": []}


def test_r22_after_too_many_changes_one_begins_again(team: Team) -> None:
    phone, conversation = team.open(team.staff[0]), team.launch()
    team.server.do(inside.say_many, team.staff[1], conversation, 501)
    found = phone.ask("conversation.changes", conversation_id=conversation, seq=0, ordinal=0)
    assert found == {"seq": 501, "messages": None}
    found = phone.ask("conversation.changes", conversation_id=conversation, seq=1, ordinal=1)
    assert [message["ordinal"] for message in found["messages"]] == list(range(2, 502))


def leave(team: Team, conversation: int) -> None:
    team.open(team.staff[0]).ask("conversation.leave", conversation_id=conversation)


def delete(team: Team, conversation: int) -> None:
    """By its creator."""
    creator = team.open_portal() if team.is_public(conversation) else team.open(team.staff[0])
    creator.ask("conversation.delete", conversation_id=conversation)


def switch_off(team: Team, _: int) -> None:
    team.server.do(team.world.switch_option, is_on=False)


def move(team: Team, _: int) -> None:
    """To a service that nobody else is told of."""
    dining = team.server.do(team.world.add_service, "salle")
    team.server.do(team.world.move, team.staff[0], team.kitchen, dining, team.server.do(inside.find_today))


@pytest.mark.parametrize("kind", ["public", "group"])
@pytest.mark.parametrize(
    ("act", "code"),
    [(leave, "conversation_left"), (delete, "not_found"), (switch_off, "option_off"), (move, "not_found")],
)
def test_nothing_comes_in_after_the_right_to_send_ended(
    team: Team, kind: str, act: Callable[[Team, int], None], code: str
) -> None:
    """Leaving, deleting, the option, a transfer, all racing with messages on their way."""
    karim, sofia, lea = team.staff
    writing, other = team.open(karim), team.open(sofia)
    conversation = team.launch() if kind == "public" else team.start_group(karim, sofia, lea)
    writing.say(conversation, "là")
    refs: list[str] = []
    ended = threading.Event()

    def write() -> None:
        """In a stream that the act falls into, and a few after it."""
        after = 0
        while after < 3 and len(refs) < 50:
            refs.append(writing.tell("message.send", conversation_id=conversation, text=f"n° {len(refs)}"))
            after += ended.is_set()

    stream = threading.Thread(target=write)
    stream.start()
    act(team, conversation)
    ended.set()
    stream.join()
    answers = [writing.answer(ref) for ref in refs]
    late = writing.tell("message.send", conversation_id=conversation, text="après")
    answers.append(writing.answer(late))
    kinds = [answer["type"] for answer in answers]
    accepted = kinds.count("done")
    assert kinds == ["done"] * accepted + ["refused"] * (len(answers) - accepted)
    assert {answer["code"] for answer in answers[accepted:]} == {code}
    other.settle()
    said = [_describe(event) for event in other.events if event["type"] == "message.sent"]
    expected = ["là", *(f"n° {n}" for n in range(accepted))]
    assert said == (expected if kind == "public" or act is not leave else [*expected, "(left)"])
    assert team.server.do(inside.count_messages, conversation) == len(said)


def _describe(event: dict[str, Any]) -> str:
    message = event["message"]
    return message["text"] if message["kind"] == "text" else f"({message['kind']})"


def test_whoever_did_it_goes_on_before_others_hear_of_it(team: Team) -> None:
    """An acknowledgement does not wait for five hundred deliveries; these come in the order of the commits."""
    conversation = team.launch()
    heard_meanwhile, heard = team.server.do(_send_two_and_listen, team.staff[0], conversation)
    assert heard_meanwhile == []
    assert heard == [1, 2]


def _send_two_and_listen(somebody: Somebody, conversation_id: int) -> tuple[list[int], list[int]]:
    heard: list[int] = []

    def listen(batch: Sequence[Emitted]) -> None:
        heard.extend(each.event.message.ordinal for each in batch if isinstance(each.event, MessageSent))

    stop = bus.listen(listen)
    factories.send(somebody, conversation_id, "un")
    heard_meanwhile = list(heard)
    factories.send(somebody, conversation_id, "deux")
    while len(heard) < 2:
        gevent.sleep(0)
    stop()
    return heard_meanwhile, heard


def test_what_was_said_before_somebody_listens_is_not_told_to_them(team: Team) -> None:
    """It may be from before they were brought in (R19); what they may know of it is in their welcome."""
    karim, marie = team.staff[:2]
    conversation = team.start_group(marie, karim, team.manager)
    client = team.open(karim)
    client.settle()
    assert team.server.do(_send_and_listen, marie, karim.account_id, conversation) == 0


def _send_and_listen(author: Somebody, account_id: int, conversation_id: int) -> int:
    """How many frames wait for the listener, who began to listen before anybody was told."""
    (hub,) = (each.__self__ for each in bus._listeners if isinstance(getattr(each, "__self__", None), Hub))
    (member,) = (each for each in hub.members if each.account_id == account_id)
    hub.begin_hello(member)
    member.is_busy = True
    factories.send(author, conversation_id, "avant")
    with db.read() as reader:
        chatter = access_chat(access_open_session(reader, member.session_id))
    hub._look_again.__self__._hear_own(member, chatter)  # type: ignore[attr-defined]
    gevent.sleep(0.05)
    waiting = len(member.waiting)
    member.is_busy = False
    return waiting

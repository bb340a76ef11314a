"""The main job, through the real server: a manager talks with a kitchen, each person hears what is theirs, once and in
order (R5 to R16, R20, R22)."""

from __future__ import annotations

import pytest

from data.access.actors import Surface
from tests import inside
from tests.client import Client, Refused, Visitor
from tests.server import Server
from tests.socket.conftest import Team, make_team


def find_row(client: Client, conversation_id: int) -> dict[str, object] | None:
    return next((row for row in client.hello()["rows"] if row["id"] == conversation_id), None)


def _text_for(command: str) -> dict[str, str]:
    return {"text": "à toi?"} if command == "message.edit" else {}


def test_r6_r8_a_public_conversation_reaches_everybody_once_and_in_order(team: Team) -> None:
    portal, phones = team.open_portal(), [team.open(somebody) for somebody in team.staff]
    conversation = team.launch("Horaire des fêtes")
    for client in (portal, *phones):
        assert client.wait("conversation.created")["conversation"]["name"] == "Horaire des fêtes"
    said = []
    for round_ in range(5):
        for client in (portal, *phones):
            text = f"{round_}: {len(said)}"
            assert client.say(conversation, text) == len(said) + 1
            said.append(text)
    for client in (portal, *phones):
        client.settle()
        assert client.list_said(conversation) == said
        sent = [event for event in client.events if event["type"] == "message.sent"]
        assert [event["seq"] for event in sent] == list(range(1, len(said) + 1))
        assert [event["message"]["ordinal"] for event in sent] == list(range(1, len(said) + 1))


def test_r22_the_answer_comes_before_anything_about_what_it_answers(team: Team) -> None:
    portal = team.open_portal()
    conversation = team.launch()
    refs = [portal.tell("message.send", conversation_id=conversation, text=f"n° {n}") for n in range(20)]
    for ref in refs:
        portal.result(ref)
    portal.settle()
    told = [
        frame.get("ref") or frame["message"]["ref"]
        for frame in portal.frames
        if frame.get("ref") in refs or frame["type"] == "message.sent"
    ]
    assert sorted(told) == sorted(refs * 2)
    for ref in refs:
        answer, event = (at for at, told_ref in enumerate(told) if told_ref == ref)
        assert answer < event
    kinds = [frame["type"] for frame in portal.frames if frame["type"] in ("done", "message.sent")]
    assert kinds[1] == "done"


def test_r20_unread_until_viewed_and_cleared_on_all_devices(team: Team) -> None:
    karim = team.staff[0]
    phone, tablet = team.open(karim), team.open(karim)
    portal = team.open_portal()
    conversation = team.launch()
    for text in ("Bonjour", "Qui est là?"):
        portal.say(conversation, text)
    assert team.open(karim).welcome["unread"] == 2
    phone.ask("conversation.view", conversation_id=conversation, ordinal=2)
    for device in (phone, tablet):
        read = device.wait("conversation.read")
        assert (read["read_ordinal"], read["unread"]) == (2, 0)
    assert team.open(karim).welcome["unread"] == 0
    assert portal.wait("participants.changed")["conversation_id"] == conversation
    phone.say(conversation, "Moi")
    assert team.open(karim).welcome["unread"] == 0
    assert team.open(team.manager).welcome["unread"] == 1


def test_r23_edit_and_delete_are_told_and_leave_a_trace(team: Team) -> None:
    portal, phone = team.open_portal(), team.open(team.staff[0])
    conversation = team.launch()
    portal.say(conversation, "Rendez-vous à 8 h")
    portal.ask("message.edit", conversation_id=conversation, ordinal=1, text="Rendez-vous à 9 h")
    edited = phone.wait("message.edited")
    assert (edited["seq"], edited["ordinal"], edited["text"]) == (2, 1, "Rendez-vous à 9 h")
    portal.ask("message.delete", conversation_id=conversation, ordinal=1)
    assert phone.wait("message.deleted")["seq"] == 3
    (message,) = phone.ask("conversation.open", conversation_id=conversation)["messages"]
    assert message["deleted"]
    assert message["text"] == ""
    for refused in ("message.edit", "message.delete"):
        with pytest.raises(Refused, match="not_found"):
            portal.ask(refused, conversation_id=conversation, ordinal=1, **_text_for(refused))


def test_nobody_changes_the_messages_of_another(team: Team) -> None:
    portal, phone = team.open_portal(), team.open(team.staff[0])
    conversation = team.launch()
    phone.say(conversation, "À moi")
    for refused in ("message.edit", "message.delete"):
        with pytest.raises(Refused, match="not_found"):
            portal.ask(refused, conversation_id=conversation, ordinal=1, **_text_for(refused))


def test_r16_leaving_and_coming_back_to_a_public_conversation(team: Team) -> None:
    portal, phone, tablet = team.open_portal(), team.open(team.staff[0]), team.open(team.staff[0])
    conversation = team.launch()
    portal.say(conversation, "avant")
    phone.ask("conversation.view", conversation_id=conversation, ordinal=1)
    phone.ask("conversation.leave", conversation_id=conversation)
    for device in (phone, tablet):
        device.wait("conversation.left")
    portal.say(conversation, "pendant")
    for device in (phone, tablet):
        assert not [event for event in device.settle() if event["type"] == "message.sent" and event["seq"] > 1]
    for command in ("conversation.open", "message.send"):
        with pytest.raises(Refused, match="conversation_left"):
            phone.ask(command, conversation_id=conversation, **({"text": "non"} if command == "message.send" else {}))
    (left,) = phone.ask("conversations.list", only="left")["rows"]
    assert left["left"]
    assert "last" not in left
    phone.ask("conversation.rejoin", conversation_id=conversation)
    tablet.wait("conversation.changed")
    portal.say(conversation, "après")
    for device in (phone, tablet):
        assert device.wait("message.sent", seq=3)["message"]["text"] == "après"


def test_r16_leaving_a_group_is_told_and_ends_hearing_it(team: Team) -> None:
    karim, sofia, lea = team.staff
    phones = {somebody.id: team.open(somebody) for somebody in team.staff}
    group = team.start_group(karim, sofia, lea)
    phones[karim.id].say(group, "Fermeture à 21 h")
    phones[lea.id].ask("conversation.leave", conversation_id=group)
    line = phones[sofia.id].wait("message.sent", seq=2)["message"]
    assert (line["kind"], line["author"]["id"]) == ("left", lea.id)
    phones[lea.id].wait("conversation.left")
    phones[lea.id].settle()
    phones[sofia.id].say(group, "entre nous")
    assert phones[lea.id].settle() == []
    with pytest.raises(Refused, match="conversation_left"):
        phones[lea.id].ask("conversation.changes", conversation_id=group, seq=0, ordinal=0)
    phones[lea.id].ask("conversation.rejoin", conversation_id=group)
    assert phones[karim.id].wait("message.sent", seq=4)["message"]["kind"] == "returned"
    phones[karim.id].say(group, "te revoilà")
    assert phones[lea.id].wait("message.sent", seq=5)["message"]["text"] == "te revoilà"


def test_r16_hidden_until_something_new_is_said(team: Team) -> None:
    portal, phone, tablet = team.open_portal(), team.open(team.staff[0]), team.open(team.staff[0])
    conversation = team.launch()
    portal.say(conversation, "un")
    phone.ask("conversation.view", conversation_id=conversation, ordinal=1)
    phone.ask("conversation.hide", conversation_id=conversation)
    tablet.wait("conversation.hidden")
    assert find_row(tablet, conversation) is None
    portal.say(conversation, "deux")
    tablet.wait("message.sent", seq=2)
    row = find_row(tablet, conversation)
    assert row is not None
    assert row["unread"] == 1


def test_r10_deleted_for_everybody_then_restored(team: Team) -> None:
    portal, phone = team.open_portal(), team.open(team.staff[0])
    conversation = team.launch()
    portal.say(conversation, "un")
    with pytest.raises(Refused, match="not_allowed"):
        phone.ask("conversation.delete", conversation_id=conversation)
    portal.ask("conversation.delete", conversation_id=conversation)
    phone.wait("conversation.deleted")
    with pytest.raises(Refused, match="not_found"):
        phone.say(conversation, "encore là?")
    assert find_row(phone, conversation) is None
    portal.ask("conversation.restore", conversation_id=conversation)
    phone.wait("conversation.changed")
    assert [
        message["text"] for message in phone.ask("conversation.open", conversation_id=conversation)["messages"]
    ] == ["un"]
    portal.say(conversation, "deux")
    phone.wait("message.sent", seq=2)


def test_r15_private_conversations_reach_their_participants_only(team: Team) -> None:
    karim, sofia, lea = team.staff
    portal, phones = team.open_portal(), {somebody.id: team.open(somebody) for somebody in team.staff}
    administrator = team.open(team.world.administrator, Surface.PORTAL)
    pair, group = team.start_one_to_one(karim, sofia), team.start_group(karim, sofia, lea)
    for conversation in (pair, group):
        phones[karim.id].say(conversation, f"secret {conversation}")
    for outsider in (portal, administrator):
        assert outsider.settle() == []
        assert outsider.hello()["rows"] == []
        for command in ("conversation.open", "conversation.row", "conversation.participants"):
            with pytest.raises(Refused, match="not_found"):
                outsider.ask(command, conversation_id=pair)
    heard = {name: phones[person.id].settle() for name, person in (("sofia", sofia), ("lea", lea))}
    told = {
        name: {e["conversation_id"] for e in events if e["type"] == "message.sent"} for name, events in heard.items()
    }
    assert told == {"sofia": {pair, group}, "lea": {group}}


def test_r16_a_one_to_one_that_was_left_is_resumed_with_both(team: Team) -> None:
    karim, sofia, _ = team.staff
    phone, other = team.open(karim), team.open(sofia)
    pair = team.start_one_to_one(karim, sofia)
    phone.say(pair, "salut")
    other.ask("conversation.leave", conversation_id=pair)
    with pytest.raises(Refused, match="recipient_gone"):
        phone.say(pair, "tu es là?")
    other.wait("conversation.left")
    other.settle()
    assert team.start_one_to_one(karim, sofia) == pair
    assert other.wait("conversation.changed")["conversation_id"] == pair
    phone.say(pair, "te revoilà")
    assert other.wait("message.sent", seq=4)["message"]["text"] == "te revoilà"


def test_another_organization_hears_nothing(team: Team, server: Server) -> None:
    rival = make_team(server)
    try:
        phone, portal = rival.open(rival.staff[0]), team.open_portal()
        conversation = team.launch()
        portal.say(conversation, "chez nous")
        assert phone.settle() == []
        for command in ("conversation.open", "conversation.leave", "conversation.delete", "conversation.row"):
            with pytest.raises(Refused, match="not_found"):
                phone.ask(command, conversation_id=conversation)
        with pytest.raises(Refused, match="not_found"):
            phone.say(conversation, "coucou")
    finally:
        rival.close()


def test_signing_in_as_a_program_does(team: Team) -> None:
    """A one-time link, a password of one's own, then the form: the way of docs/PROTOCOL.md."""
    karim = team.staff[0]
    token = team.server.do(inside.issue_link, team.world, karim)
    visitor = Visitor(team.server.address)
    assert visitor.post(f"/access/{token}", password="court").status == 400
    assert visitor.post(f"/access/{token}", password="neige lente sur le toit").status == 303
    assert visitor.is_signed_in("mobile")
    assert visitor.find_cookie("portal") is None
    assert visitor.post(f"/access/{token}", password="neige lente sur le toit").status == 409
    returning = Visitor(team.server.address)
    email = team.server.do(inside.find_email, karim)
    assert returning.sign_in("mobile", email, "pas celui-là du tout").status == 401
    assert returning.sign_in("mobile", email, "neige lente sur le toit").status == 303
    phone = returning.connect("mobile")
    team.clients.append(phone)
    assert phone.welcome["me"]["id"] == karim.id
    assert returning.sign_out("mobile").status == 303
    assert phone.wait_closed() == 4401
    assert not returning.is_signed_in("mobile")

"""Private conversations from the phone, by the socket: begun once, widened, muted (R12, R18, R19, R20, R22)."""

from __future__ import annotations

import pytest

from data.access.actors import Surface
from tests.client import Client, Refused
from tests.socket.conftest import Team


def list_names(client: Client, command: str, **fields: object) -> list[str]:
    return [row["name"] for row in client.ask(command, **fields)["rows"]]


def test_r18_a_phone_offers_the_colleagues_of_its_service_by_pages(team: Team) -> None:
    karim = team.staff[0]
    recruit = team.server.do(team.world.hire, "Rosa Cyr", team.kitchen, app=False)
    hall = team.server.do(team.world.add_service, "salle")
    team.server.do(team.world.hire, "Théo Serveur", hall)
    phone = team.open(karim)
    (service,) = phone.ask("services.list")
    assert service == {"id": team.kitchen, "name": "Cuisine", "own": True}
    offered = phone.ask("recipients.list", service_id=team.kitchen)
    assert [row["name"] for row in offered["rows"]] == ["Ariane Gagnon", "Léa Tran", "Rosa Cyr", "Sofia Lavoie"]
    assert [row["id"] for row in offered["rows"] if row.get("without_app")] == [recruit.id]
    assert [row["id"] for row in offered["rows"] if row.get("manager")] == [team.manager.id]
    assert offered["count"] == 4
    assert [row for row in offered["rows"] if row.get("signed_out")] == []
    assert list_names(phone, "recipients.list", service_id=team.kitchen, skip=3) == ["Sofia Lavoie"]
    assert list_names(phone, "recipients.list", service_id=team.kitchen, search="lea") == ["Léa Tran"]
    with pytest.raises(Refused, match="not_found"):
        phone.ask("recipients.list", service_id=hall)


def test_r18_one_person_is_a_one_to_one_and_r12_never_a_twin(team: Team) -> None:
    karim, sofia, _ = team.staff
    phone, other = team.open(karim), team.open(sofia)
    begun = phone.ask("conversation.start", service_id=team.kitchen, people=[sofia.id])
    told = other.wait("conversation.created")["conversation"]
    assert (told["id"], told["kind"]) == (begun["conversation_id"], "one_to_one")
    assert other.ask("conversation.start", service_id=team.kitchen, people=[karim.id]) == begun


@pytest.mark.parametrize("surface", list(Surface))
def test_r18_several_are_a_named_group(team: Team, surface: Surface) -> None:
    _, sofia, lea = team.staff
    device = team.open(team.manager, surface)
    chosen = {"service_id": team.kitchen, "people": [sofia.id, lea.id]}
    with pytest.raises(Refused, match="name_blank"):
        device.ask("conversation.start", **chosen)
    begun = device.ask("conversation.start", **chosen, name="Fermeture")
    row = team.open(lea).ask("conversation.row", conversation_id=begun["conversation_id"])["row"]
    assert (row["kind"], row["name"]) == ("group", "Fermeture")


def test_r22_a_group_whose_answer_was_lost_is_begun_once(team: Team) -> None:
    karim, sofia, lea = team.staff
    phone = team.open(karim)
    ref, chosen = "begun-once", {"service_id": team.kitchen, "people": [sofia.id, lea.id], "name": "Fermeture"}
    first = phone.answer(phone.tell("conversation.start", ref, **chosen))
    phone.close()
    again = team.open(karim)
    assert again.answer(again.tell("conversation.start", ref, **chosen)) == first
    assert list_names(again, "conversations.list", only="private") == ["Fermeture"]
    # Another person's ref is another thing, whatever it says.
    other = team.open(lea)
    theirs = other.answer(other.tell("conversation.start", ref, **chosen | {"people": [sofia.id, karim.id]}))
    assert theirs["result"] != first["result"]


def test_r19_others_come_to_a_one_to_one_as_a_group_of_its_own_begun_once(team: Team) -> None:
    karim, sofia, lea = team.staff
    pair = team.start_one_to_one(karim, sofia)
    phone, newcomer = team.open(karim), team.open(lea)
    assert list_names(phone, "participants.candidates", conversation_id=pair) == ["Ariane Gagnon", "Léa Tran"]
    fields = {"conversation_id": pair, "people": [lea.id], "name": "Samedi"}
    first = phone.answer(phone.tell("participants.add", "widened", **fields))
    assert phone.answer(phone.tell("participants.add", "widened", **fields)) == first
    group = first["result"]["conversation_id"]
    assert newcomer.wait("conversation.created")["conversation"]["id"] == group
    assert list_names(newcomer, "conversations.list") == ["Samedi"]
    with pytest.raises(Refused, match="not_found"):
        newcomer.ask("conversation.open", conversation_id=pair)


def test_r19_newcomers_hear_from_the_moment_they_are_added_and_never_the_words_before(team: Team) -> None:
    karim, sofia, lea = team.staff
    group = team.start_group(karim, sofia, team.manager)
    phone, newcomer = team.open(karim), team.open(lea)
    phone.ask("message.send", conversation_id=group, text="avant")
    phone.ask("participants.add", conversation_id=group, people=[lea.id])
    line = newcomer.wait("message.sent")
    assert (line["message"]["kind"], line["message"]["added"]) == ("added", [{"id": lea.id, "name": "Léa Tran"}])
    phone.ask("message.edit", conversation_id=group, ordinal=1, text="secret d'avant")
    phone.ask("message.send", conversation_id=group, text="après")
    assert newcomer.wait("message.sent")["message"]["text"] == "après"
    found = newcomer.ask("conversation.open", conversation_id=group)
    assert [message["ordinal"] for message in found["messages"]] == [2, 3]
    # Nor could they pass on more than that.
    assert newcomer.ask("participants.candidates", conversation_id=group)["later"] is True
    assert "later" not in phone.ask("participants.candidates", conversation_id=group)
    assert "avant" not in str(newcomer.events) + str(found["messages"])
    # They hear that something changed, so that nothing is missing in their count.
    assert [event["seq"] for event in newcomer.events if "seq" in event] == [2, 3, 4]


def test_r20_muting_shows_on_all_devices_of_the_person_alone(team: Team) -> None:
    karim, sofia, lea = team.staff
    group = team.start_group(karim, sofia, lea)
    phone, tablet, other = team.open(karim), team.open(karim), team.open(sofia)
    phone.ask("conversation.mute", conversation_id=group)
    assert tablet.wait("conversation.muted")["muted"] is True
    assert tablet.ask("conversation.row", conversation_id=group)["row"]["muted"] is True
    phone.ask("conversation.unmute", conversation_id=group)
    assert tablet.wait("conversation.muted")["muted"] is False
    assert other.settle() == []

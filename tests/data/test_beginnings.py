"""How many conversations one begins in an hour."""

from __future__ import annotations

import pytest

from data import db
from data.access.conversations import access_owned_conversation
from data.actions.beginnings import MOST_BEGUN
from data.actions.conversations import do_delete_conversation
from data.errors import TooManyBeginnings
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, start_group, start_one_to_one


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def team(world: World, kitchen: int) -> list[Somebody]:
    return [world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran")]


def test_r18_private_ones_are_begun_twenty_an_hour(
    world: World, kitchen: int, team: list[Somebody], moment: Moment
) -> None:
    karim, sofia, lea = team
    pair = start_one_to_one(karim, sofia, kitchen)
    moment.advance(minutes=50)
    for _ in range(MOST_BEGUN - 1):
        last = start_group(karim, [sofia, lea], kitchen)
    with pytest.raises(TooManyBeginnings) as refused:
        start_group(karim, [sofia, lea], kitchen)
    assert refused.value.params == {"retry_after": 600}
    with db.unit_of_work() as uow:  # it rang all the same
        do_delete_conversation(uow, access_owned_conversation(uow, chatter(uow, karim), last))
    with pytest.raises(TooManyBeginnings):
        start_one_to_one(karim, lea, kitchen)
    assert start_one_to_one(karim, sofia, kitchen) == pair  # what they have opens, which begins nothing
    start_group(sofia, [karim, lea], kitchen)
    moment.advance(minutes=10)
    start_one_to_one(karim, lea, kitchen)
    with pytest.raises(TooManyBeginnings):
        start_group(karim, [sofia, lea], kitchen)


def test_r5_public_ones_are_launched_twenty_an_hour_in_a_service(world: World, kitchen: int, moment: Moment) -> None:
    hall = world.add_service("salle")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen, hall))
    sofia, lea = world.hire("Sofia Lavoie", kitchen), world.hire("Léa Tran", kitchen)
    start_group(ariane, [sofia, lea], kitchen)  # another kind: private ones are counted apart
    for _ in range(MOST_BEGUN - 1):
        launch(ariane, kitchen)
    launch(ariane, kitchen, hall)
    with pytest.raises(TooManyBeginnings):
        launch(ariane, hall, kitchen)  # neither, not one of the two
    launch(ariane, hall)
    moment.advance(hours=1)
    launch(ariane, hall, kitchen)

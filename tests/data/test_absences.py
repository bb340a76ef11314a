"""Whoever worked elsewhere for a while and comes back reads nothing of what a group said meanwhile (R11, R19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from data import db
from data.access.actors import Surface
from data.access.conversations import access_conversation
from data.actions.participants import do_come_back
from data.queries.conversations import ConversationRow, count_all_unread, list_conversations
from data.queries.messages import list_changes
from tests.conftest import Moment
from tests.data.test_participants import read_texts
from tests.factories import Somebody, World, chatter, launch, send, start_group, start_one_to_one


@dataclass
class Story:
    world: World
    moment: Moment
    kitchen: int
    hall: int
    karim: Somebody
    sofia: Somebody
    talk: int
    calm: int
    pair: int
    team: int

    def go_away(self) -> None:
        """On the 24th and 25th Karim works in the hall, and the others talk."""
        self.move(self.kitchen, self.hall, date(2026, 11, 24))
        self.moment.go_to("2026-11-25T10:00:00-05:00")
        for conversation in (self.talk, self.team):
            send(self.sofia, conversation, "Pendant")
        self.move(self.hall, self.kitchen, date(2026, 11, 26))

    def move(self, source: int, target: int, on: date) -> None:
        self.world.sign_in(self.world.administrator, Surface.PORTAL)
        self.world.move(self.karim, source, target, on)

    def find_row(self, conversation_id: int) -> ConversationRow:
        with db.read() as reader:
            rows = list_conversations(reader, chatter(reader, self.karim)).rows
        return next(row for row in rows if row.id == conversation_id)


@pytest.fixture
def story(world: World, moment: Moment) -> Story:
    kitchen, hall = world.add_service("cuisine"), world.add_service("salle")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim, sofia, lea = (world.hire(name, kitchen) for name in ("Karim Benali", "Sofia Lavoie", "Léa Tran"))
    talk, calm = (start_group(sofia, [karim, lea], kitchen, name) for name in ("Quarts", "Calme"))
    pair, team = start_one_to_one(sofia, karim, kitchen), launch(ariane, kitchen)
    for conversation in (talk, calm, pair, team):
        send(karim, conversation, "Avant")
    moment.advance(minutes=1)
    return Story(world, moment, kitchen, hall, karim, sofia, talk, calm, pair, team)


def test_r11_back_from_elsewhere_a_group_begins_where_one_came_back(story: Story) -> None:
    story.go_away()
    story.moment.go_to("2026-11-26T09:00:00-05:00")
    assert read_texts(story.karim, story.talk) == []
    row = story.find_row(story.talk)
    assert (row.last, row.unread) == (None, 0)
    with db.read() as reader:
        conversation = access_conversation(reader, chatter(reader, story.karim), story.talk)
        assert list_changes(reader, conversation, seq=0, ordinal=0) == []
    send(story.sofia, story.talk, "Après")
    assert read_texts(story.karim, story.talk) == ["Après"]
    assert read_texts(story.sofia, story.talk) == ["Avant", "Pendant", "Après"]


def test_r19_where_nothing_was_said_meanwhile_nothing_is_lost(story: Story) -> None:
    story.go_away()
    story.moment.go_to("2026-11-26T09:00:00-05:00")
    assert read_texts(story.karim, story.calm) == ["Avant"]
    assert read_texts(story.karim, story.pair) == ["Avant"]
    assert read_texts(story.karim, story.team) == ["Avant", "Pendant"]  # R9: the history of a public one is readable
    send(story.sofia, story.calm, "Après")
    assert read_texts(story.karim, story.calm) == ["Avant", "Après"]


def test_r20_what_is_not_theirs_is_not_unread_once_they_are_back(story: Story) -> None:
    story.go_away()
    story.moment.go_to("2026-11-26T09:00:00-05:00")
    send(story.sofia, story.talk, "Après")
    for _ in range(2):
        with db.unit_of_work() as uow:
            do_come_back(uow, chatter(uow, story.karim))
    with db.read() as reader:
        assert count_all_unread(reader, chatter(reader, story.karim)) == 2  # this one, and the public one
    assert story.find_row(story.talk).unread == 1
    # Whoever goes away a second time, and comes back to silence, keeps what they had.
    story.move(story.kitchen, story.hall, date(2026, 11, 27))
    story.moment.go_to("2026-11-27T10:00:00-05:00")
    story.move(story.hall, story.kitchen, date(2026, 11, 28))
    story.moment.go_to("2026-11-28T10:00:00-05:00")
    assert read_texts(story.karim, story.talk) == ["Après"]

"""State plus events equals a fresh fetch: for every act and everybody it concerns, the page that heard of it shows what
a page opened afterwards shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data.access.actors import Surface
from tests import factories, inside
from tests.client import Client, Refused
from tests.socket.conftest import Team
from tests.socket.reducer import Event, Node, Reducer, State


class Screen(Reducer):
    """A page: its state, and the socket that feeds it. Answers what the reducer asks as assets/store.js does."""

    def __init__(self, node: Node, client: Client) -> None:
        super().__init__(node)
        self.client = client
        self.take({"type": "welcome", **client.welcome})

    def show(self, conversation_id: int) -> None:
        self.take({"type": "open.start", "id": conversation_id})
        self.answer({"ask": "open", "id": conversation_id})

    def catch_up(self, *, at_once: bool) -> None:
        """Hear all that was told; what is missing is asked for at once, or after all of it."""
        while events := self.client.settle():
            for some in [[event] for event in events] if at_once else [events]:
                self.take(*some)
                while self.asks:
                    self.answer(self.asks.pop(0))

    def answer(self, ask: Event) -> None:
        kind, conversation_id = ask["ask"], ask.get("id")
        try:
            if kind == "hello":
                self.take({"type": "welcome", **self.client.hello()})
            elif kind == "row":
                self.take({"type": "row", **self.client.ask("conversation.row", conversation_id=conversation_id)})
            elif kind == "open":
                self.take({"type": "opened", **self.client.ask("conversation.open", conversation_id=conversation_id)})
            elif kind == "changes":
                held = {"conversation_id": conversation_id, "seq": ask["seq"], "ordinal": ask["ordinal"]}
                found = self.client.ask("conversation.changes", **held)
                self.take({"type": "changes", "conversation_id": conversation_id, **found})
        except Refused as refused:
            refusal = "row.gone" if kind == "row" else "open.refused"
            self.take({"type": refusal, "id": conversation_id, "code": refused.code})


def describe(state: State) -> State:
    """What a person sees of it: without what counts redraws, and without the line before the new messages, which stays
    where it was. Left or gone are one here: nothing of it shows, and who left is told no more of it."""
    shown = {name: state[name] for name in ("me", "chat", "more", "unread")}
    shown["rows"] = {name: row | {"people": _sort_people(row)} for name, row in state["rows"].items()}
    opened = state["open"]
    if opened is not None and opened["status"] == "ready":
        names = ("id", "status", "messages", "older", "newer", "seq", "last", "pending")
        shown["open"] = {name: opened[name] for name in names}
    elif opened is not None:
        assert opened["status"] in ("left", "gone")
        shown["open"] = {"id": opened["id"], "messages": opened["messages"]}
    return _without_defaults(shown)


def _sort_people(row: Event) -> list[Event]:
    return sorted(row.get("people") or [], key=lambda person: person["id"])


def _without_defaults(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if inner not in (None, False, 0, [], {})}
        return {name: _without_defaults(inner) for name, inner in kept.items()}
    return [_without_defaults(inner) for inner in value] if isinstance(value, list) else value


class Audience:
    """Everybody whom something may concern, each with two pages: one that shows the conversation, one that does not."""

    def __init__(self, team: Team, node: Node) -> None:
        karim, sofia, lea = team.staff
        self.team = team
        self.noah = team.server.do(team.world.hire, "Noah Côté", team.kitchen)
        self.cookies = {
            name: (team.server.give_cookie(somebody, surface), surface)
            for name, somebody, surface in (
                ("karim", karim, Surface.MOBILE),
                ("sofia", sofia, Surface.MOBILE),
                ("lea", lea, Surface.MOBILE),
                ("noah", self.noah, Surface.MOBILE),
                ("manager", team.manager, Surface.PORTAL),
                ("administrator", team.world.administrator, Surface.PORTAL),
            )
        }
        self._node = node
        self._hands = {name: team.open_with(*cookie, hello=False) for name, cookie in self.cookies.items()}
        self._screens: list[tuple[str, Screen, Screen]] = []
        self._watched: int | None = None

    def act(self, name: str, command: str, conversation_id: int, /, **fields: Any) -> None:
        self._hands[name].ask(command, conversation_id=conversation_id, **fields)

    def say(self, name: str, conversation_id: int, text: str = "bonjour") -> None:
        self.act(name, "message.send", conversation_id, text=text)

    def watch(self, conversation_id: int | None) -> None:
        """Open everybody's pages."""
        self._watched = conversation_id
        for name in self.cookies:
            listing, showing = self._open_screen(name), self._open_screen(name)
            if conversation_id is not None:
                showing.show(conversation_id)
            self._screens.append((name, listing, showing))

    def check(self, after: str) -> None:
        """Each page shows what the same page, opened now, would show."""
        for name, listing, showing in self._screens:
            listing.catch_up(at_once=True)
            showing.catch_up(at_once=False)
            fresh = self._open_screen(name)
            assert describe(listing.state) == describe(fresh.state), f"{name}, the list, after {after}"
            opened = showing.state["open"]
            if opened is not None:
                fresh.show(opened["id"])
            assert describe(showing.state) == describe(fresh.state), f"{name}, the conversation, after {after}"
            fresh.client.close()
            if self._watched is not None and showing.state["chat"] and (not opened or opened["status"] != "ready"):
                showing.show(self._watched)

    def _open_screen(self, name: str) -> Screen:
        return Screen(self._node, self.team.open_with(*self.cookies[name]))


@pytest.fixture
def audience(team: Team, node: Node) -> Audience:
    return Audience(team, node)


@pytest.fixture
def public(audience: Audience) -> int:
    """Launched by the manager; Karim and Sofia take part, Noah left, Léa and the administrator have not looked."""
    conversation = audience.team.launch()
    audience.say("manager", conversation, "un")
    audience.say("karim", conversation, "deux")
    audience.act("noah", "conversation.view", conversation, ordinal=2)
    audience.act("noah", "conversation.leave", conversation)
    audience.say("sofia", conversation, "trois")
    audience.say("karim", conversation, "quatre")
    return conversation


@pytest.fixture
def group(audience: Audience) -> int:
    """Of Karim, Sofia, Léa and Noah, who left."""
    karim, sofia, lea = audience.team.staff
    conversation = audience.team.start_group(karim, sofia, lea, audience.noah)
    audience.say("karim", conversation, "un")
    audience.act("noah", "conversation.leave", conversation)
    audience.say("sofia", conversation, "deux")
    return conversation


@pytest.fixture
def pair(audience: Audience) -> int:
    karim, sofia, _ = audience.team.staff
    conversation = audience.team.start_one_to_one(karim, sofia)
    audience.say("karim", conversation, "un")
    audience.say("sofia", conversation, "deux")
    return conversation


Act = Callable[[Audience, int], Any]
Story = dict[str, Act]


def command(name: str, type_: str, **fields: Any) -> Act:
    return lambda audience, conversation: audience.act(name, type_, conversation, **fields)


def say(name: str) -> Act:
    return command(name, "message.send", text=f"de {name}")


def view(name: str, ordinal: int) -> Act:
    return command(name, "conversation.view", ordinal=ordinal)


def leave(name: str) -> Act:
    return command(name, "conversation.leave")


def rejoin(name: str) -> Act:
    return command(name, "conversation.rejoin")


def hide(name: str) -> Act:
    return command(name, "conversation.hide")


def unhide(name: str) -> Act:
    return command(name, "conversation.unhide")


def delete(name: str) -> Act:
    return command(name, "conversation.delete")


def restore(name: str) -> Act:
    return command(name, "conversation.restore")


def edit(name: str, ordinal: int) -> Act:
    return command(name, "message.edit", ordinal=ordinal, text=f"corrigé par {name}")


def erase(name: str, ordinal: int) -> Act:
    return command(name, "message.delete", ordinal=ordinal)


def choose(first: int, second: int) -> Act:
    """One chooses the other for a one-to-one, whether or not they have one."""
    return lambda audience, _: audience.team.start_one_to_one(audience.team.staff[first], audience.team.staff[second])


def add(name: str, *newcomers: str, history: str = "now") -> Act:
    """Who is added besides the staff: the manager."""

    def act(audience: Audience, conversation: int) -> None:
        everybody = dict(zip(("karim", "sofia", "lea"), audience.team.staff, strict=True))
        everybody["manager"] = audience.team.manager
        chosen = [everybody[newcomer].id for newcomer in newcomers]
        audience.act(name, "participants.add", conversation, people=chosen, history=history, name="Nous tous")

    return act


def mute(name: str) -> Act:
    return command(name, "conversation.mute")


def unmute(name: str) -> Act:
    return command(name, "conversation.unmute")


def launch(audience: Audience, _: int) -> None:
    audience.team.launch("Une autre")


def in_turn(*acts: Act) -> Act:
    """Between which nobody looks."""

    def act(audience: Audience, conversation: int) -> None:
        for each in acts:
            each(audience, conversation)

    return act


PUBLIC: dict[str, Story] = {
    "speaking": {
        "a participant speaks": say("karim"),
        "somebody speaks before looking": say("lea"),
        "the administrator speaks": say("administrator"),
        "several speak": in_turn(say("lea"), say("manager"), say("lea"), say("sofia")),
    },
    "changing": {
        "the last message is edited": edit("karim", 4),
        "an earlier message is edited": edit("karim", 2),
        "one is edited, then deleted": in_turn(edit("sofia", 3), erase("sofia", 3)),
        "the last message is deleted": erase("karim", 4),
        "an earlier message is deleted": erase("karim", 2),
        "said and taken back": in_turn(say("karim"), erase("karim", 5)),
        "much at once": in_turn(say("karim"), edit("karim", 6), say("sofia"), erase("karim", 6), edit("sofia", 7)),
    },
    "reading": {
        "a participant views in part": view("manager", 3),
        "a participant views": view("manager", 4),
        "somebody views a part for the first time": view("lea", 2),
        "a message that was not read is deleted": erase("karim", 4),
        "the administrator views for the first time": view("administrator", 4),
        "more is said": say("karim"),
        "viewed and more is said": in_turn(view("administrator", 5), say("karim"), view("lea", 6)),
    },
    "leaving": {
        "a participant leaves": leave("sofia"),
        "more is said": say("karim"),
        "one who left comes back": rejoin("noah"),
        "more is said again": say("karim"),
        "the other comes back": rejoin("sofia"),
        "somebody leaves without having looked": leave("lea"),
        "left, and much happens": in_turn(leave("sofia"), say("karim"), edit("karim", 2), rejoin("lea")),
        "left and back at once": in_turn(rejoin("sofia"), leave("sofia"), rejoin("sofia"), say("karim")),
    },
    "hiding": {
        "a participant hides it": hide("sofia"),
        "hidden, a message is edited": edit("karim", 4),
        "hidden, a message is deleted": erase("karim", 4),
        "hidden, more is said": say("karim"),
        "somebody hides it without having looked": hide("lea"),
        "hidden, viewed": view("lea", 5),
        "more is said": say("karim"),
        "hidden and more is said": in_turn(hide("sofia"), say("karim")),
        "hidden and shown again": in_turn(hide("karim"), unhide("karim")),
        "shown, which was not hidden": unhide("lea"),
    },
    "muting": {
        "a participant mutes it": mute("sofia"),
        "muted, more is said": say("karim"),
        "somebody mutes it without having looked": mute("lea"),
        "muted, hidden and shown": in_turn(hide("sofia"), unhide("sofia")),
        "muted and viewed": in_turn(view("lea", 5), unmute("sofia"), say("karim")),
        "not muted any more": unmute("lea"),
    },
    "deleting": {
        "the manager deletes it": delete("manager"),
        "it is restored": restore("manager"),
        "more is said": say("karim"),
        "deleted again": delete("manager"),
        "the administrator restores it": restore("administrator"),
        "deleted, restored, and more is said": in_turn(delete("manager"), restore("manager"), say("karim")),
        "another is launched": launch,
        "another is launched and spoken in": lambda audience, _: audience.say("manager", audience.team.launch()),
    },
}


@pytest.mark.parametrize("story", PUBLIC.values(), ids=list(PUBLIC))
def test_public(audience: Audience, public: int, story: Story) -> None:
    tell(audience, public, story)


GROUP: dict[str, Story] = {
    "talking": {
        "a participant speaks": say("karim"),
        "a message is edited": edit("karim", 1),
        "a message is deleted": erase("sofia", 3),
        "a participant views": view("lea", 3),
        "a participant leaves": leave("lea"),
        "more is said": say("karim"),
        "one who left comes back": rejoin("noah"),
        "the other too, and more is said": in_turn(rejoin("lea"), say("karim")),
    },
    "adding": {
        "somebody is added": add("karim", "manager"),
        "what came before is corrected": edit("karim", 1),
        "more is said": say("manager"),
        "what came before is taken back": in_turn(erase("sofia", 3), say("karim")),
        "they leave and come back": in_turn(leave("manager"), say("karim"), rejoin("manager")),
    },
    "adding from the start": {
        "somebody is added": add("lea", "manager", history="start"),
        "what came before is corrected, and more is said": in_turn(edit("karim", 1), say("manager"), mute("manager")),
    },
    "hiding and deleting": {
        "hidden": hide("sofia"),
        "hidden, somebody leaves": leave("lea"),
        "its creator deletes it": delete("karim"),
        "it is restored": restore("karim"),
        "more is said": say("sofia"),
        "deleted, restored, and one who left comes back": in_turn(delete("karim"), restore("karim"), rejoin("lea")),
    },
}


@pytest.mark.parametrize("story", GROUP.values(), ids=list(GROUP))
def test_group(audience: Audience, group: int, story: Story) -> None:
    tell(audience, group, story)


PAIR: dict[str, Story] = {
    "talking": {
        "one speaks": say("karim"),
        "one views": view("karim", 3),
        "one leaves": leave("sofia"),
        "comes back": rejoin("sofia"),
        "both leave": in_turn(leave("sofia"), leave("karim")),
        "one comes back": rejoin("karim"),
        "the other too": rejoin("sofia"),
    },
    "others come": {
        "a group is made of it": add("karim", "lea", "manager"),
        "and the two go on": say("sofia"),
    },
    "chosen again": {
        "nobody had left": choose(0, 1),
        "left, and chosen again by the other": in_turn(leave("sofia"), choose(0, 1)),
        "left, and chosen again by oneself": in_turn(leave("sofia"), choose(1, 0)),
        "both left, and one chooses the other": in_turn(leave("sofia"), leave("karim"), choose(0, 1)),
        "more is said": say("karim"),
        "hidden, and chosen again": in_turn(hide("karim"), choose(0, 1)),
    },
    "deleted": {
        "its creator deletes it": delete("karim"),
        "it is restored": restore("karim"),
        "left": leave("sofia"),
        "left, deleted and restored": in_turn(delete("karim"), restore("karim")),
        "chosen again, and more is said": in_turn(choose(0, 1), say("sofia")),
    },
}


@pytest.mark.parametrize("story", PAIR.values(), ids=list(PAIR))
def test_one_to_one(audience: Audience, pair: int, story: Story) -> None:
    tell(audience, pair, story)


def test_beginnings(audience: Audience) -> None:
    team = audience.team
    tell(
        audience,
        None,
        {
            "a one-to-one": choose(0, 1),
            "a one-to-one with the manager": lambda audience, _: audience.say(
                "karim", team.start_one_to_one(team.staff[0], team.manager)
            ),
            "a group": lambda audience, _: audience.say("karim", team.start_group(*team.staff)),
            "a public one": launch,
            "several at once": in_turn(launch, lambda audience, _: team.start_group(*team.staff), choose(0, 2), launch),
        },
    )


def test_rights_that_change(audience: Audience, public: int, group: int) -> None:
    """A new manager, the option off and on."""
    team = audience.team
    dining = team.server.do(team.world.add_service, "salle")
    boss = team.server.do(team.world.hire, "Maude Roy", dining, manages=(dining,))
    team.server.do(factories.launch, boss, dining, name="Salle")
    tell(
        audience,
        public,
        {
            "a right is given": lambda *_: team.server.do(inside.grant, team.world, team.manager, dining),
            "the option goes off": lambda *_: team.server.do(team.world.switch_option, is_on=False),
            "the option is on again": lambda *_: team.server.do(team.world.switch_option, is_on=True),
        },
    )


def tell(audience: Audience, conversation_id: int | None, story: Story) -> None:
    """Act by act; after each, all look."""
    audience.watch(conversation_id)
    for name, act in story.items():
        act(audience, conversation_id or 0)
        audience.check(name)

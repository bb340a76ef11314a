"""Who may do what, by every way in: `access_matrix.csv`, row by row, as ten kinds of people.

An operation takes the stage, a person, a way in and whose thing it is about; it answers in the words of the matrix:
`yes`, `no` (refused, the function being known), `absent` (the very answer that an id which never existed gets),
`signin`. Each cell is tried on every way in that its operation has; whatever is refused must have changed nothing, and
nothing that comes back may hold a word planted out of the person's sight (`access_stage`)."""

from __future__ import annotations

import base64
import csv
import dataclasses
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components import ids
from data.access.actors import Surface
from data.access.permissions import Permission
from data.billing.rating import Month
from tests import factories
from tests.access_stage import (
    BETWEEN_US,
    DINING,
    KITCHEN,
    NOWHERE,
    Fields,
    Person,
    Stage,
    That,
    Way,
    Whose,
    Words,
    all_of,
    callbacks,
    commands,
    pages,
    route,
)
from tests.client import NotOpened
from tests.factories import new_ref
from tests.push_service import Device
from tests.server import Server

# Rows whose operation is not in the product yet, and what its ways in will be called: the day one is declared, the row
# leaves this list and gets an operation.
NOT_YET = {
    "write in an announcement-only public conversation": r"announce",
    "hide somebody's message in a public conversation (audited)": r"message\.hide|moderat",
    "search messages": r"messages?\.(search|find)|search-message",
    "see by name who has seen a public message": r"seen|readers",
    "activity of one person": r"activity",
    "read the audit journal": r"audit",
    "export my own data": r"export|own-data",
}

# What the product has and the matrix does not name. `own` here: one's own things, and nobody else's.
HOUSE = """\
operation,anonymous,participant,same_service,other_service,manager,manager_elsewhere,administrator,customer_service,finance,other_organization
open the portal,signin,no,no,no,yes,yes,yes,yes,yes,yes
open the phone application,signin,yes,yes,yes,yes,yes,yes,no,no,yes
open the forms that begin a conversation,signin,no,no,no,yes,yes,yes,no,no,yes
keep groups of recipients,signin,no,no,no,own,own,own,no,no,own
list the services in which one writes,signin,yes,yes,yes,yes,yes,yes,no,no,own
clear what one's own screen shows,signin,no,no,no,yes,yes,yes,no,no,yes
open the forms of an administrator,signin,no,no,no,no,no,own,no,no,own
open the forms that shape an organization,signin,no,no,no,no,no,yes,yes,no,yes
close an access sheet,signin,no,no,no,yes,yes,yes,yes,no,yes
close many access sheets,signin,no,no,no,yes,yes,yes,no,no,yes
list the organizations,signin,no,no,no,no,no,no,yes,no,no
open the forms of customer service,signin,no,no,no,no,no,no,yes,no,no
create an organization; keep its billing contact,signin,no,no,no,no,no,no,yes,no,no
name the first administrator of an organization; give them a link,signin,no,no,no,no,no,no,while unadministered,no,no
list the switches of all organizations,signin,no,no,no,no,no,no,yes,yes,no
find a person of a customer,signin,no,no,no,no,no,no,yes,no,no
see how the servers do,signin,no,no,no,no,no,no,yes,no,no
change one's own password,signin,no,no,no,yes,yes,yes,yes,yes,yes
go on as oneself in another organization,signin,no,no,no,own,own,own,absent,absent,own
read what the server counts on the machine where it runs,yes,yes,yes,yes,yes,yes,yes,yes,yes,yes
"""

# Open to everybody who is signed in, or to everybody: nothing here is about anything of anybody's.
OPEN = {
    "route portal.bootstrap_styles",
    "route navigation.choose_preferences",
    "route sign_in.show_sign_in",
    "route sign_in.sign_in",
    "route sign_in.sign_in_as_demonstrated",
    "route sign_in.choose_language",
    "route sign_in.show_access",
    "route sign_in.use_access",
    "route mobile.is_signed_in",
    "route bundles.phone_script",
    "route bundles.phone_style",
    "route installed.show_manifest",
    "route installed.show_worker",
    "route /_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "route /_favicon.ico",
    "route _dash_assets.static",
    "portal ping",
    "mobile ping",
}

# Cells whose `yes` no way in gives yet.
WAITING: dict[tuple[str, str], str] = {}

# What each word asks of a try on one's own thing, on one that one began, on somebody else's.
MEANING: dict[str, tuple[tuple[Whose, str], ...]] = {
    "signin": (("others", "signin"),),
    "yes": (("mine", "yes"),),
    "no": (("others", "no"),),
    "absent": (("others", "absent"),),
    "own": (("mine", "yes"), ("others", "absent")),
    "in": (("mine", "yes"), ("others", "absent")),
    "as reading": (("mine", "yes"), ("others", "absent")),
    "creator": (("begun", "yes"), ("mine", "no"), ("others", "absent")),
    "up to own": (("mine", "yes"), ("others", "absent")),
    "organization": (("mine", "yes"), ("others", "absent")),
    "first administrator": (("others", "no"),),  # has a row of its own: "name the first administrator…"
    "while unadministered": (("mine", "yes"), ("others", "no")),
    "-": (),
}

Run = Callable[[Stage, Person, Way, Whose], Words | None]


@dataclass(frozen=True)
class Operation:
    ways: tuple[Way, ...]
    run: Run
    is_while_off: bool


OPERATIONS: dict[str, Operation] = {}


def operation(row: str, *ways: tuple[Way, ...], is_while_off: bool = False) -> Callable[[Run], Run]:
    """It answers None where a try makes no sense: nobody asks for the menu of somebody else."""

    def declare(run: Run) -> Run:
        assert row not in OPERATIONS
        OPERATIONS[row] = Operation(tuple(way for several in ways for way in several), run, is_while_off)
        return run

    return declare


# Of each kind of way, what it sends.

COMMANDS: dict[str, dict[str, Any]] = {
    "conversation.changes": {"seq": 0, "ordinal": 0},
    "conversation.view": {"ordinal": 10_000},
    "message.send": {"text": "bonjour"},
    "message.edit": {"ordinal": 1, "text": "corrigé"},
    "message.delete": {"ordinal": 1},
    "participants.add": {"people": [1], "name": "Relève"},
}
READING = (
    *("conversation.row", "conversation.open", "conversation.page", "conversation.changes", "conversation.view"),
    "conversation.look",
)
BEGINNING = ("recipients.list", "conversation.start")
ADDING = ("participants.candidates", "participants.add")
PICKING = ("one-service → one-department", "one-service → one-people", "one-save")
PICKING_SEVERAL = ("group-service → group-department", "group-service → group-people", "group-save")
LAUNCHING = ("public-services", "public-save")


def about(way: Way, conversation_id: object, **fields: Any) -> Fields:
    return {"conversation_id": conversation_id, **COMMANDS.get(way.name, {}), **fields}


def begin(way: Way, service_id: object, chosen: list[Any]) -> Fields:
    """A command that begins a private conversation, or lists with whom."""
    fields: Fields = {"service_id": service_id}
    return fields | ({"people": chosen, "name": "Relève"} if way.name == "conversation.start" else {})


def pick(way: Way, service_id: object, chosen: list[Any]) -> Fields:
    """The dialog of one person or of several, with all that any of its callbacks reads."""
    kind = way.name.partition("-")[0]
    parts = {"service": service_id, "chosen-ids": chosen, "name": "Relève", "department": "", "group": "", "search": ""}
    return {f"{kind}-{part}": value for part, value in parts.items()}


def press(build_id: Callable[[Any], dict[str, Any]], target: object) -> Fields:
    """The button that somebody or something has of its own."""
    button = build_id(target)
    return {f"{button['type']}[]": [(button, None)]}


def launch(service_id: object) -> Fields:
    return {ids.PUBLIC_SERVICES: [service_id], ids.PUBLIC_NAME: "Relève"}


# Seeing the chat.


@operation(
    "see the chat in the menu (option on)",
    callbacks("_pages_location → menu"),
    route("/_dash-layout", "/_dash-layout"),
    commands("hello"),
)
def see_chat_in_menu(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """A menu without it says no."""
    if whose == "others" and person.kind == "other_organization":
        return None
    fields = {"_pages_location.pathname": "/account"} if way.kind == "callback" else {}
    answer = stage.ask(person, way, fields)
    if answer.code is not None:
        return stage.say_code(answer)
    shown = '"chat":true' if way.kind == "command" else '"/conversations"'
    return Words({"yes" if shown in answer.body else "no"})


@operation(
    "any chat operation while the option is off",
    pages("/conversations"),
    route("/_dash-layout", "/_dash-layout"),
    callbacks(
        "_pages_location → menu", "create-one", "create-group", "create-public", *PICKING, *PICKING_SEVERAL, *LAUNCHING
    ),
    commands(
        "hello",
        "conversations.list",
        "services.list",
        *BEGINNING,
        *ADDING,
        *READING,
        "conversation.participants",
        "conversation.leave",
        "conversation.rejoin",
        "conversation.hide",
        "conversation.unhide",
        "conversation.mute",
        "conversation.unmute",
        "conversation.delete",
        "conversation.restore",
        "message.send",
        "message.edit",
        "message.delete",
    ),
    is_while_off=True,
)
def chat_while_off(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Nor does any menu show it."""
    if way.name in ("hello", "/_dash-layout", "_pages_location → menu"):
        return see_chat_in_menu(stage, person, way, "mine")
    service = person.service_id
    nadia = stage.colleagues[service][0].id
    if way.name in BEGINNING:
        fields = begin(way, service, [nadia])
    elif way.kind == "command":
        fields = {} if way.name in ("conversations.list", "services.list") else about(way, stage.find_public(service))
    elif way.name in LAUNCHING:
        fields = launch(service)
    else:
        fields = pick(way, str(service), [nadia]) if way.kind == "callback" else {}
    return stage.attempt(person, way, fields, shows="never")


@operation("list my conversations", pages("/conversations"), commands("conversations.list", "hello"))
def list_mine(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(What is not theirs has its word planted in it.)"""
    if whose == "others" and person.is_member:
        return None
    if way.kind == "page":
        return stage.attempt(person, way, shows=ids.create("one"))
    if way.name == "hello":
        return see_chat_in_menu(stage, person, way, whose)
    name = stage.names[stage.find_public(person.service_id)]
    return stage.attempt(person, way, shows=name)


@operation("see a public conversation not yet viewed", commands("conversation.row", "conversations.list"))
def see_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    conversation = stage.find_public(stage.kitchen, is_viewed=False)
    name = stage.names[conversation]
    fields = {"search": That(name)} if way.name == "conversations.list" else about(way, That(conversation))
    return stage.attempt(person, way, fields, shows=name)


@operation(
    "open the forms that begin a conversation",
    pages("/conversations"),
    callbacks("create-one", "create-group", "create-public"),
)
def open_forms_of_conversations(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    shown = ids.create("one") if way.kind == "page" else stage.service_names[person.service_id]
    return stage.attempt(person, way, shows=shown)


# Beginning conversations.


@operation("create a public conversation on the portal", callbacks(*LAUNCHING))
def create_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    if way.name == "public-save":
        return stage.attempt(person, way, launch(That(stage.kitchen)), changes=True)
    return stage.attempt(person, way, launch(That(stage.kitchen)), shows="avisé")


@operation(
    "create a public conversation from the mobile application",
    commands("conversation.launch", surfaces=[Surface.MOBILE]),
    callbacks("public-save"),
)
def create_public_from_phone(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """The phone has no command for it, and its session is none at the portal. (What it asks of the access layer:
    `PublicFromPortalOnly`, tests/data/test_conversations.)"""
    fields = launch(That(stage.kitchen))
    if way.kind == "command":
        words = stage.attempt(person, way, {"service_id": That(stage.kitchen), "name": "Relève"}, shows="never")
        return words | {"no", "absent"} if words == {"malformed_request"} else words
    phone = dataclasses.replace(person, cookies={Surface.PORTAL: person.cookies.get(Surface.MOBILE, "")})
    words = stage.attempt(phone, way, fields, changes=True)
    return words | {"no", "absent"} if words == {"signin"} else words


@operation("list the services in which one writes", commands("services.list"))
def list_services(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    if whose == "others" and person.is_member:
        return None
    return stage.attempt(person, way, shows=stage.service_names[person.service_id])


@operation(
    "create a private conversation with a person of the service",
    callbacks(*PICKING, *PICKING_SEVERAL),
    commands(*BEGINNING),
)
def create_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    one, other = (colleague.id for colleague in stage.colleagues[stage.kitchen])
    if way.kind == "command":
        is_start = way.name == "conversation.start"
        chosen = begin(way, That(stage.kitchen), [one, other])
        return stage.attempt(person, way, chosen, shows="" if is_start else KITCHEN, changes=is_start)
    fields = pick(way, That(str(stage.kitchen)), [other] if way.name.startswith("one") else [one, other])
    if way.name.endswith("-save"):
        return stage.attempt(person, way, fields, changes=True)
    return stage.attempt(person, way, fields, shows="Plonge" if way.name.endswith("department") else KITCHEN)


@operation(
    "include a person of another service or organization",
    callbacks("one-service → one-people", "group-service → group-people", "one-save", "group-save", "saved-group-save"),
    commands("conversation.start", "participants.add"),
)
def include_stranger(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(An administrator's groups may hold people of every service: they are filters, not conversations.)"""
    here, others = person.service_id, [service for service in stage.worlds if service != person.service_id]
    colleague = stage.colleagues[here][0].id
    tries = []
    for service in others:
        if way.name == "saved-group-save" and person.kind == "administrator" and service == stage.dining:
            continue
        stranger = That(stage.colleagues[service][0].id)
        chosen: list[Any] = [stranger] if way.name.startswith("one") else [colleague, stranger]
        if way.name == "saved-group-save":
            fields: Fields = {ids.GROUP_NAME: new_ref(), ids.GROUP_CHOSEN_IDS: chosen}
        elif way.name == "conversation.start":
            fields = begin(way, here, [colleague, stranger])
        elif way.name == "participants.add":
            into = stage.list_private(person, "mine" if person.is_member else "others")[0]
            fields = about(way, into, people=[stranger])
        else:
            fields = pick(way, str(here), chosen)
        shows = "" if way.name.endswith("-save") or way.kind == "command" else stage.planted[service]
        tries.append(stage.attempt(person, way, fields, shows=shows, changes=not shows))
    return all_of(tries)


# Reading and writing.


def read(stage: Stage, person: Person, way: Way, conversations: list[int], shows: str) -> Words:
    is_first_view = way.name == "conversation.view"
    shown = {"conversation.view": "", "conversation.look": '"type":"done"'}.get(way.name, shows)
    return all_of(
        stage.attempt(person, way, about(way, That(each)), shows=shown, changes=is_first_view) for each in conversations
    )


@operation("read a public conversation (the first view joins)", commands(*READING))
def read_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return read(stage, person, way, [stage.find_public(stage.kitchen)], KITCHEN)


@operation("read a private conversation I am in", commands(*READING))
def read_own_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return read(stage, person, way, stage.list_private(person, whose), BETWEEN_US)


@operation("read a private conversation I am not in", commands(*READING))
def read_others_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return read(stage, person, way, stage.list_private(person, whose), BETWEEN_US)


@operation("write in a public conversation", commands("message.send"))
def write_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, about(way, That(stage.find_public(stage.kitchen))), changes=True)


@operation("mark a public message urgent", commands("message.send"))
def mark_urgent(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    fields = about(way, That(stage.find_public(stage.kitchen)), urgent="Fuite de gaz")
    return stage.attempt(person, way, fields, changes=True)


@operation("write in a private conversation", commands("message.send"))
def write_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    targets = stage.list_private(person, whose)
    return all_of(stage.attempt(person, way, about(way, That(each)), changes=True) for each in targets)


@operation("list the participants of a public conversation", commands("conversation.participants"))
def list_participants_of_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, about(way, That(stage.find_public(stage.kitchen))), shows=KITCHEN)


@operation("list the participants of a private conversation", commands("conversation.participants"))
def list_participants_of_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    targets = stage.list_private(person, whose)
    return all_of(stage.attempt(person, way, about(way, That(each)), shows=KITCHEN) for each in targets)


@operation("add participants (private; same service)", commands(*ADDING))
def add_participants(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    newcomer, is_asking = stage.find_newcomer(), way.name == "participants.candidates"
    fields: Fields = {} if is_asking else {"people": [newcomer]}
    return all_of(
        stage.attempt(
            person, way, about(way, That(each), **fields), shows="Recrue" if is_asking else "", changes=not is_asking
        )
        for each in stage.list_private(person, whose)
    )


@operation("subscribe a socket to a conversation", commands("hello"))
def subscribe(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """A socket opened now hears, or hears nothing at all, when something is said."""
    if whose == "mine":
        targets = [*stage.list_private(person, whose), stage.find_public(person.service_id)]
    else:
        targets = stage.list_beyond(person)
    try:
        client = stage.open_socket(person, way.surface)
    except NotOpened as error:
        return Words({"signin" if error.status == 401 else str(error.status)})
    heard = []
    for conversation in targets:
        stage.server.do(factories.send, stage.find_speaker(conversation), conversation, "entendu?")
        heard.append(any(event.get("conversation_id") == conversation for event in client.settle()))
    client.close()
    silence = {"absent"} if client.welcome["chat"] else {"absent", "no"}
    return all_of(Words({"yes"} if each else silence) for each in heard)


# Leaving, deleting.


@operation(
    "leave a conversation",
    commands("conversation.leave", "conversation.rejoin", "conversation.hide", "conversation.unhide"),
    commands("conversation.mute", "conversation.unmute"),
)
def leave(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(Of a public one, who has not looked yet may leave as well: they are its people already.)"""
    if whose == "others":
        targets = stage.list_beyond(person)
    else:
        targets = [*stage.list_private(person, whose), stage.find_public(person.service_id)]
    if whose == "mine" and way.name == "conversation.rejoin":
        targets = [stage.leave(person.who, each) for each in targets]
    if whose == "mine" and way.name == "conversation.unhide":
        targets = [stage.hide(person.who, each) for each in targets]
    if whose == "mine" and way.name == "conversation.unmute":
        targets = [stage.mute(person.who, each) for each in targets]
    return all_of(stage.attempt(person, way, about(way, That(each)), changes=True) for each in targets)


@operation("delete a public conversation", commands("conversation.delete"))
def delete_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, about(way, That(stage.find_public(stage.kitchen))), changes=True)


def list_deleted(stage: Stage, person: Person, way: Way, name: str) -> Words:
    """What one may not bring back is not listed either."""
    words = stage.attempt(person, way, {"only": "deleted", "search": That(name)}, shows=name)
    return words | {"no"} if "absent" in words else words


@operation("restore a deleted public conversation (30 days)", commands("conversation.restore", "conversations.list"))
def restore_public(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Deleted by another manager. (By oneself, it can be undone while the notice shows: R10.)"""
    deleted = stage.delete(stage.leads[stage.kitchen], stage.find_public(stage.kitchen))
    if way.name == "conversations.list":
        return list_deleted(stage, person, way, stage.names[deleted])
    return stage.attempt(person, way, about(way, That(deleted)), changes=True)


@operation("delete a private conversation", commands("conversation.delete", "conversation.restore"))
def delete_private(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """And bring it back, which is the creator's as well (R16)."""
    if whose == "mine" and person.kind == "administrator":
        return None  # they began whatever they are in
    targets = stage.list_private(person, whose)
    if way.name == "conversation.restore":
        creator = person.who if whose == "begun" else stage.colleagues[stage.kitchen][0]
        targets = [stage.delete(creator, each) for each in targets]
    return all_of(stage.attempt(person, way, about(way, That(each)), changes=True) for each in targets)


@operation("edit or delete a message", commands("message.edit", "message.delete"))
def change_message(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    if whose == "mine":
        own = [*stage.list_private(person, whose), stage.find_public(person.service_id)]
        fields = [about(way, each, ordinal=That(stage.say(person, each))) for each in own]
    else:
        fields = [about(way, That(each)) for each in stage.list_beyond(person)]
        if person.is_of_the_kitchen:  # they see the message, it is another's
            fields.append(about(way, stage.find_public(stage.kitchen), ordinal=That(1)))
    return all_of(stage.attempt(person, way, each, changes=True) for each in fields)


# People.


SEEING_PEOPLE = (
    pages("/directory"),
    callbacks("directory-search", "person[]"),
    commands("conversation.participants", "recipients.list"),
)


def see_people(stage: Stage, person: Person, way: Way, service_id: int) -> Words:
    """One of them by the id, all of them by the service, or those who take part."""
    somebody = That(stage.colleagues[service_id][0].id)
    ways: dict[str, Fields] = {
        "/directory": {"person": somebody},
        "person[]": press(ids.person_button, somebody),
        "directory-search": {ids.DIRECTORY_SERVICE: That(str(service_id)), ids.DIRECTORY_STATUS: "all"},
        "conversation.participants": about(way, That(stage.find_public(service_id))),
        "recipients.list": {"service_id": That(service_id)},
    }
    return stage.attempt(person, way, ways[way.name], shows=stage.planted[service_id])


@operation("see the people of my service", *SEEING_PEOPLE)
def see_people_of_mine(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return see_people(stage, person, way, person.service_id if whose == "mine" else stage.kitchen)


@operation("see the people of another service", *SEEING_PEOPLE)
def see_people_of_another(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    is_theirs = person.service_id == stage.dining
    return see_people(stage, person, way, stage.kitchen if is_theirs and whose == "others" else stage.dining)


# Buttons of the drawer that ask before anything is done.
ASKS = ("end-save", "departure-save", "departure-cancel", "end-service-save", "place-cancel[]", "cut-access")


def change_person(stage: Stage, person_id: object, service: int, other: int) -> Fields:
    """A form of the drawer, with all that any of its callbacks reads."""
    return {
        ids.PERSON_ID: person_id,
        ids.ASSIGN_SERVICE: str(other),
        ids.ASSIGN_DATE: stage.find_day(),
        ids.MOVE_FROM: str(service),
        ids.MOVE_SERVICE: str(other),
        ids.MOVE_DATE: stage.find_day(ahead=1),
        ids.END_DATE: stage.find_day(),
        ids.DEPARTURE_DATE: stage.find_day(ahead=1),
        ids.END_SERVICE: str(service),
        ids.END_SERVICE_DATE: stage.find_day(),
        "place-cancel[]": [(ids.place_cancel(service), 1)],
        ids.ask("person", "asked"): {"act": "cut", "day": None, "service": 0},
        ids.CORRECT_NUMBER: new_ref(),
        ids.CORRECT_GIVEN: "Recrue",
        ids.CORRECT_FAMILY: "Nouvelle",
        ids.RIGHTS_SERVICES: [service],
    }


def hire(stage: Stage, service_id: object) -> Fields:
    return {
        ids.HIRE_NUMBER: new_ref(),
        ids.HIRE_GIVEN: "Zoé",
        ids.HIRE_FAMILY: "Éthier",
        ids.HIRE_SERVICE: service_id,
        ids.HIRE_DATE: stage.find_day(),
    }


@operation(
    "create; move; end an employee",
    callbacks("hire-save", "assign-save", "move-save", "file-save", "give-access-back", *ASKS, "person-confirm"),
)
def keep_employees(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    if way.name == "hire-save":
        return stage.attempt(person, way, hire(stage, That(str(stage.kitchen))), changes=True)
    newcomer = That(stage.find_coming() if way.name == "place-cancel[]" else stage.find_newcomer())
    fields = change_person(stage, newcomer, stage.kitchen, stage.dining)
    if way.name in ASKS:
        return stage.attempt(person, way, fields, shows="Recrue Nouvelle")
    return stage.attempt(person, way, fields, changes=True)


@operation("give or withdraw rights", callbacks("rights-save"))
def give_rights(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """In the services of one's organization, to its people."""
    somebody = change_person(stage, That(stage.find_newcomer()), stage.kitchen, stage.dining)
    if person.kind == "administrator" and whose == "others":
        elsewhere = somebody | {ids.PERSON_ID: stage.find_newcomer(), ids.RIGHTS_SERVICES: [That(stage.counter)]}
        stranger = somebody | {ids.PERSON_ID: That(stage.colleagues[stage.counter][0].id)}
        return all_of(stage.attempt(person, way, each, changes=True) for each in (elsewhere, stranger))
    return stage.attempt(person, way, somebody, changes=True)


@operation(
    "issue a one-time access link or code for a person", callbacks("link-issue", "sheets-open", "sheets-confirm")
)
def issue_link(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    newcomer = That(stage.find_newcomer())
    if way.name == "sheets-open":
        return stage.attempt(person, way, {ids.DIRECTORY_SERVICE: That(str(stage.kitchen))}, shows="Faire les fiches")
    return stage.attempt(person, way, {ids.PERSON_ID: newcomer, ids.ask("sheets", "asked"): [newcomer]}, changes=True)


@operation(
    "see or change another administrator's file",
    pages("/directory"),
    callbacks(
        "directory-search",
        "person[]",
        "link-issue",
        "assign-save",
        "move-save",
        "file-save",
        "rights-save",
        *ASKS,
        "person-confirm",
        "give-access-back",
        "end-sessions",
    ),
)
def reach_other_administrator(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Of one who has an employee file as well."""
    target = That(stage.other_administrator.id)
    looking: dict[str, Fields] = {
        "/directory": {"person": target},
        "person[]": press(ids.person_button, target),
        "directory-search": {ids.DIRECTORY_SEARCH: That("Gisela"), ids.DIRECTORY_STATUS: "all"},
    }
    if way.name in looking:
        return stage.attempt(person, way, looking[way.name], shows="Gisela")
    return stage.attempt(person, way, change_person(stage, target, stage.kitchen, stage.dining), changes=True)


@operation(
    "see a password",
    pages("/account", "/conversations", "/directory", "/groups", "/organizations", "/services", "/import"),
    callbacks("person[]", "directory-search"),
    commands("hello", "conversation.participants"),
)
def see_password(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Nor what is kept of it: both are among what nobody must come to read, here and in every other row."""
    fields = {**press(ids.person_button, stage.find_newcomer()), ids.DIRECTORY_STATUS: "all"}
    if way.kind == "command":
        fields = {} if way.name == "hello" else about(way, stage.find_public(person.service_id))
    answer = stage.ask(person, way, {} if way.kind == "page" else fields)
    assert not any(secret in answer.raw for secret in (stage.password, stage.password_hash))
    return Words({"signin" if answer.code == "not_signed_in" else "no"})


@operation(
    "keep groups of recipients",
    pages("/groups"),
    callbacks(
        "group-new",
        "saved-group-search",
        "saved-group-save",
        "saved-group-delete[]",
        "saved-group-delete",
    ),
)
def keep_groups(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    owner = person.who if whose == "mine" else stage.leads[stage.kitchen]
    group, colleague = That(stage.save_group(owner)), stage.colleagues[person.service_id][0].id
    if way.name in ("/groups", "saved-group-search"):
        if whose == "others" and person.is_member and not person.runs_nothing:
            return None  # nothing of anybody's is named
        chosen = {ids.GROUP_CHOSEN_IDS: [colleague]} if way.kind == "callback" else {}
        return stage.attempt(person, way, chosen, shows=stage.planted[person.service_id] if chosen else BETWEEN_US)
    button = {"group-new": ids.group_button, "saved-group-delete[]": ids.group_delete}.get(way.name)
    if button is not None:
        return stage.attempt(person, way, press(button, group), shows=BETWEEN_US)
    fields = {ids.GROUP_ID: group, ids.GROUP_DELETE_ID: group, ids.GROUP_NAME: new_ref(), ids.GROUP_CHOSEN_IDS: []}
    return stage.attempt(person, way, fields, changes=True)


# Shaping an organization.


def name_organization(stage: Stage, person: Person) -> object:
    """An administrator need not; whoever else does, names the café."""
    return None if person.kind == "administrator" else That(stage.cafe.organization_id)


@operation(
    "create; rename; close a service or department",
    pages("/services"),
    callbacks(
        "service-save",
        "service[]",
        "service-rename",
        "service-close",
        "service-reopen",
        "service-confirm",
        "department-save",
        "department-rename[]",
        "department-close[]",
        "department-reopen[]",
    ),
)
def shape_services(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """The café's organization is named; or nothing is, and only the service or the department is the café's."""
    organization = name_organization(stage, person)
    if way.kind == "page":
        fields = {} if organization is None else {"organization": organization}
        return stage.attempt(person, way, fields, shows="Cuisine")
    service, department = stage.find_empty_service()
    tomorrow = stage.find_day(ahead=1)
    tries = [shape(way, organization, service, department, tomorrow)]
    if person.kind == "other_organization" and way.name != "service-save":
        is_of_department = way.name in ("department-rename[]", "department-close[]", "department-reopen[]")
        one, other = (service, That(department)) if is_of_department else (That(service), department)
        tries.append(shape(way, None, one, other, tomorrow))
    is_looking = way.name in ("service[]", "service-close", "department-close[]")
    shows = ("Fermer le service" if way.name == "service-close" else "Bureau") if is_looking else ""
    return all_of(stage.attempt(person, way, each, shows=shows, changes=not is_looking) for each in tries)


def shape(way: Way, organization: object, service: Any, department: Any, closes_on: str) -> Fields:
    buttons = {
        "service[]": press(ids.service_button, service),
        "department-rename[]": press(partial(ids.department, "rename"), department),
        "department-close[]": press(partial(ids.department, "close"), department),
        "department-reopen[]": press(partial(ids.department, "reopen"), department),
    }
    fields = {
        ids.SERVICES_ORGANIZATION: organization,
        ids.SERVICE_CODE: new_ref(),
        ids.SERVICE_NAME: new_ref(),
        ids.SERVICE_ID: service,
        ids.SERVICE_NEW_NAME: new_ref(),
        ids.ask("service", "asked"): {"service": service, "department": 0, "day": closes_on},
        ids.SERVICE_CLOSE_DATE: closes_on,
        ids.DEPARTMENT_NAME: "Réserve",
        "department-name[]": [(ids.department("name", department), "Archives")],
    }
    return fields | buttons.get(way.name, {})


@operation("import a staff file", pages("/import"), callbacks("import-content", "import-apply"))
def import_staff(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    organization = name_organization(stage, person)
    if way.kind == "page":
        fields = {} if organization is None else {"organization": organization}
        return stage.attempt(person, way, fields, shows=ids.IMPORT_FILE)
    headings = "numero;prenom;nom;service;nom_service;date_embauche"
    content = f"{headings}\n{new_ref()};Zoé;Éthier;cuisine;Cuisine;2024-02-05\n".encode()
    fields = {
        ids.IMPORT_CONTENT: "data:text/csv;base64," + base64.b64encode(content).decode(),
        ids.IMPORT_FILE: "staff.csv",
        ids.IMPORT_ORGANIZATION: organization,
    }
    is_preview = way.name == "import-content"
    return stage.attempt(person, way, fields, shows="Zoé Éthier" if is_preview else "", changes=not is_preview)


# What the option costs.


def name_bill(stage: Stage, person: Person) -> Fields:
    """An administrator need not say whose bill; whoever else, the café's."""
    organization = name_organization(stage, person)
    return {} if organization is None else {"organization": organization}


def keep_bill(place: Fields) -> Fields:
    """As a page of the bill keeps it for its callbacks."""
    return {ids.BILL_PLACE: {"organization": None, **place}}


def reads_names(person: Person) -> Person:
    """The names behind a bill are finance's to read, whatever is planted in them."""
    never = tuple(word for word in person.never if word not in (KITCHEN, DINING))
    return dataclasses.replace(person, never=never) if person.kind == "finance" else person


@operation(
    "bill of the organization (figures)",
    pages("/billing/month", "/billing/invoices", "/billing/invoice"),
    callbacks("invoices-search"),
)
def see_bill(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    month, document = stage.find_bill()
    place = name_bill(stage, person)
    if way.kind == "callback":
        return stage.attempt(person, way, {**keep_bill(place), ids.INVOICES_STATE: "all"}, shows="F-2")
    if way.name == "/billing/month":
        return stage.attempt(person, way, {**place, "month": month}, shows="Cuisine")
    if way.name == "/billing/invoices":
        return stage.attempt(person, way, place, shows="F-2")
    tries = [{**place, "document": document}]
    if person.kind == "other_organization":
        tries.append({"document": That(document)})
    return all_of(stage.attempt(person, way, each, shows="Cuisine") for each in tries)


@operation("names behind the bill", pages("/billing/people", "/billing/person"), callbacks("billed-search"))
def see_billed_people(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    month, _ = stage.find_bill()
    place, colleague = {**name_bill(stage, person), "month": month}, stage.colleagues[stage.kitchen][0].id
    if way.kind == "callback":
        chosen = {ids.BILLED_SHOWN: "billed", ids.BILLED_ORDER: "name", ids.BILLED_COLUMNS: ["service"]}
        fields = keep_bill({**place, "service": "cuisine"}) | chosen
        return stage.attempt(reads_names(person), way, fields, shows=KITCHEN)
    if way.name == "/billing/people":
        return stage.attempt(reads_names(person), way, {**place, "service": "cuisine"}, shows=KITCHEN)
    tries: list[Fields] = [{**place, "person": colleague}]
    if person.kind == "other_organization":
        tries.append({"month": month, "person": That(colleague)})
    return all_of(stage.attempt(reads_names(person), way, each, shows=KITCHEN) for each in tries)


USAGE_FILES = "/usage/files?{about}={id}&sheet=figures&form=csv"


def see_usage(stage: Stage, person: Person, way: Way, **about: object) -> Words:
    if way.kind == "page":
        return stage.attempt(person, way, about, shows=ids.USAGE_PLACE)
    ((name, value),) = about.items()
    return stage.attempt(person, way, {"about": name, "id": value}, shows="text/csv")


@operation("usage of a service", pages("/usage"), route("usage_files.download_usage", USAGE_FILES))
def see_usage_of_service(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return see_usage(stage, person, way, service=That(stage.kitchen))


@operation("usage of the organization", pages("/usage"), route("usage_files.download_usage", USAGE_FILES))
def see_usage_of_organization(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return see_usage(stage, person, way, organization=That(stage.cafe.organization_id))


@operation(
    "bills of all organizations",
    pages("/billing"),
    callbacks("bills-search"),
    route("billing_files.download_journal", "/billing/files/journal?month={month}&form=csv"),
)
def see_all_bills(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    month, _ = stage.find_bill()
    if way.kind == "route":
        return stage.attempt(person, way, {"month": month}, shows="text/csv")
    if way.kind == "page":  # of which the first page may hold others
        return stage.attempt(person, way, {"month": month}, shows=ids.BILLS_TABLE)
    fields = {ids.BILLS_MONTH: month, ids.BILLS_STATE: "all", ids.BILLS_SEARCH: "matrixrival"}
    return stage.attempt(person, way, fields, shows="matrixrival")


KEEPING = (
    "close-month",
    "hold-save",
    "hold-release",
    "payment-save",
    "dispute-save",
    "goodwill-save",
    "correct-save",
    "price-save",
    "contract-save",
    "tax-save",
)


@operation(
    "close a month; record a payment",
    pages("/billing/closing", "/billing/terms"),
    callbacks(*KEEPING, "contract-try"),
)
def keep_books(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(No hold of the café outlasts its try.)"""
    month, document = stage.find_bill()
    place: Fields = {"organization": That(stage.cafe.organization_id), "month": month}
    if way.kind == "page":
        return stage.attempt(person, way, place, shows="Cafés matrix")
    if way.name == "correct-save" and whose == "mine":
        gone = stage.spare_employee()
        stage.cafe.end(gone, Month.parse(month).first - timedelta(days=1))
    earlier = str(Month.parse(month).shift(-9))
    fields = {
        ids.BILL_PLACE: {**place, "document": document, **({"month": earlier} if way.name == "close-month" else {})},
        ids.HOLD_REASON: "vérification",
        ids.PAYMENT_AMOUNT: "0,10",
        ids.PAYMENT_DATE: stage.find_day(),
        ids.PAYMENT_METHOD: "transfer",
        ids.PAYMENT_REFERENCE: new_ref(),
        ids.DISPUTE_SAVE: "begin",
        ids.DISPUTE_REASON: "contesté",
        ids.GOODWILL_AMOUNT: "0,10",
        ids.GOODWILL_REASON: "panne",
        ids.PRICE_AMOUNT: "0,25",
        ids.CONTRACT_MODE: "daily",
        ids.CONTRACT_BASIS: "employee",
        ids.CONTRACT_DAYS: "1",
        ids.CONTRACT_MINIMUM: "0",
        ids.TAX_PROVINCE: "QC",
        **dict.fromkeys((ids.PRICE_MONTH, ids.CONTRACT_MONTH, ids.TAX_MONTH), str(Month.parse(month).shift(3))),
    }
    if way.name == "contract-try":
        return stage.attempt(person, way, fields, shows="Sous-total")
    words = stage.attempt(person, way, fields, changes=True)
    if way.name == "hold-save" and words == {"yes"}:
        stage.attempt(person, dataclasses.replace(way, name="hold-release"), fields, changes=True)
    return words


@operation(
    "export the bill",
    route(
        "billing_files.download_document",
        "/billing/files/document?organization={organization}&document={document}&form=people",
    ),
    route("billing_files.download_month", "/billing/files/month?organization={organization}&month={month}&form=people"),
)
def export_bill(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    month, document = stage.find_bill()
    organization = name_organization(stage, person)
    fields = {"organization": "" if organization is None else organization, "document": document, "month": month}
    return stage.attempt(reads_names(person), way, fields, shows=KITCHEN)


@operation("dismiss or merge suspected duplicate files", callbacks("duplicate-merge[]", "duplicate-dismiss[]"))
def settle_duplicates(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    act = way.name.removeprefix("duplicate-").removesuffix("[]")
    organization = name_organization(stage, person)
    with stage.duplicates() as (key, one, other):
        files = (one, other) if act == "merge" else (0, 0)
        fields: Fields = {ids.BILL_PLACE: {"organization": organization}}
        tries = [{**fields, way.name: [(ids.duplicate(act, key, *files), None)]}]
        if person.kind == "other_organization":
            unknown: Any = That(key)
            tries.append({ids.BILL_PLACE: {}, way.name: [(ids.duplicate(act, unknown, *files), None)]})
        return all_of(stage.attempt(person, way, each, changes=True) for each in tries)


@operation("list the organizations", pages("/organizations"), callbacks("organizations-search"))
def list_organizations(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    fields = {} if way.kind == "page" else {ids.ORGANIZATIONS_SEARCH: "matrixrival", ids.ORGANIZATIONS_PAGE: 1}
    shows = "/options?organization=" if way.kind == "page" else f"organization={stage.rival.organization_id}"
    return stage.attempt(person, way, fields, shows=shows)


@operation("see how the servers do", pages("/operations"), callbacks("operations-refresh"))
def see_operations(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, shows="operations-table")


# The option, and bringing customers in.


def switch(stage: Stage, organization: object, service: object) -> Fields:
    """Planned far ahead, so that it changes nothing of what the others try."""
    return {
        ids.OPTION_ORGANIZATION: organization,
        ids.OPTION_DIRECTION: True,
        ids.OPTION_SCOPE: "services",
        ids.OPTION_SERVICES: [service],
        ids.OPTION_WHEN: stage.find_day(ahead=300),
        ids.OPTION_TICKET: new_ref(),
        ids.OPTION_REQUESTER: str(stage.cafe.administrator.id),
    }


@operation(
    "preview and switch the option",
    callbacks("option-switch-on", "option-scope", "option-confirm", "option-undo[]", "option-undo-save"),
)
def switch_option(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    here, (service, _) = That(stage.cafe.organization_id), stage.find_empty_service()
    fields = dict(switch(stage, here, service))
    if way.name == "option-undo[]":
        fields |= press(partial(ids.option_undo, "cancel"), stage.plan_switch())
    if way.name == "option-undo-save":
        fields |= {ids.OPTION_UNDO_WHAT: {"way": "cancel", "change": stage.plan_switch()}}
        fields |= {ids.OPTION_UNDO_TICKET: new_ref(), ids.OPTION_UNDO_REQUESTER: fields[ids.OPTION_REQUESTER]}
    shows = {"option-switch-on": "Ada Ministre", "option-scope": '"count"', "option-undo[]": "Ada Ministre"}
    return stage.attempt(person, way, fields, shows=shows.get(way.name, ""), changes=way.name not in shows)


@operation(
    "read the history of the option of an organization",
    pages("/options"),
    route("options.show_confirmation", "/options/confirmation/{change}"),
)
def read_option(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    if way.kind == "page":
        fields = {"organization": That(stage.cafe.organization_id)}
        return stage.attempt(person, way, fields, shows="/options/confirmation/")
    return stage.attempt(person, way, {"change": That(stage.find_switch())}, shows="Caf")


@operation("list the switches of all organizations", callbacks("options-search"))
def list_switches(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    fields = {ids.OPTIONS_SEARCH: "matrixrival", ids.OPTIONS_PAGE: 1}
    return stage.attempt(person, way, fields, shows=f"organization={stage.rival.organization_id}")


@operation(
    "open the forms of customer service",
    callbacks("organization-new", "organization-province", "first-open", "option-undo-keep", "contact-open"),
)
def open_forms_of_support(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    fields = {ids.ORGANIZATION_PROVINCE: "QC", ids.OPTION_ORGANIZATION: stage.cafe.organization_id}
    return stage.attempt(person, way, fields, shows='"response"')


@operation("create an organization; keep its billing contact", callbacks("organization-save", "contact-save"))
def keep_organizations(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    fields = {
        ids.ORGANIZATION_CODE: new_ref(),
        ids.ORGANIZATION_NAME: "Nouvelle",
        ids.ORGANIZATION_PROVINCE: "QC",
        ids.ORGANIZATION_ZONE: "America/Toronto",
        ids.ORGANIZATION_LANGUAGE: "fr",
        ids.OPTION_ORGANIZATION: stage.cafe.organization_id,
        ids.CONTACT_NAME: new_ref(),
    }
    return stage.attempt(person, way, fields, changes=True)


@operation("name the first administrator of an organization; give them a link", callbacks("first-save", "first-link[]"))
def name_administrator(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """`mine`: where nobody has opened their account yet."""
    world = stage.find_new_organization() if whose == "mine" else stage.cafe
    fields = {
        ids.OPTION_ORGANIZATION: world.organization_id,
        ids.FIRST_GIVEN: "Ève",
        ids.FIRST_FAMILY: "Roy",
        ids.FIRST_EMAIL: f"{new_ref()}@matrix.example",
    }
    return stage.attempt(person, way, fields | press(ids.first_link, world.administrator.id), changes=True)


# Helping on the telephone.


@operation(
    "diagnose why a person has no access or notification (no content)",
    pages("/diagnosis"),
    callbacks("diagnosis[]"),
    route("diagnosis.show_own", "/m/diagnosis", surface=Surface.MOBILE),
)
def diagnose(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Of somebody of the kitchen, and the journal notes who looked; on the phone, one's own and nobody else's."""
    if way.kind == "route":
        return None if whose == "others" and person.is_member else stage.attempt(person, way, shows="<strong>")
    target = That(person.who.id if whose == "mine" and person.runs_nothing else stage.find_newcomer())
    here = stage.cafe.organization_id if person.is_vendor else None
    if way.kind == "page":
        asked = {"person": target} | ({"organization": here} if here else {})
        return stage.attempt(person, way, asked, shows="Recrue", changes=True)
    fields = {ids.DIAGNOSIS_ORGANIZATION: here, **press(ids.diagnosis_button, target)}
    return stage.attempt(person, way, fields, shows="Recrue", changes=True)


@operation("find a person of a customer", callbacks("diagnosis-search"))
def find_person(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    stage.find_newcomer()
    fields = {ids.DIAGNOSIS_SEARCH: "recrue", ids.DIAGNOSIS_ORGANIZATION: stage.cafe.organization_id}
    return stage.attempt(person, way, fields, shows="Recrue")


# Forms and pages that are about nothing yet.


@operation(
    "open the portal",
    route("/", "/"),
    route("/_dash-layout", "/_dash-layout"),
    route("/_dash-dependencies", "/_dash-dependencies"),
    route("/_reload-hash", "/_reload-hash"),
    pages("/account", "/not-found"),
)
def open_portal(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    shows = "Location: /" if way.path == "/" else "200 OK"
    return stage.attempt(person, way, shows=shows)


@operation("open the phone application", route("mobile.show_application", "/m", surface=Surface.MOBILE))
def open_phone(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, shows="/m/socket")


@operation("clear what one's own screen shows", callbacks("directory-clear"))
def clear_screen(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, shows='"response"')


@operation("close an access sheet", callbacks("link-close", "link-dialog"))
def close_sheet(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, {ids.LINK_DIALOG: False}, shows='"response"')


@operation("close many access sheets", callbacks("sheets-close", "sheets-dialog", "sheets-keep"))
def close_sheets(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, {ids.SHEETS_DIALOG: False}, shows='"response"')


@operation(
    "open the forms of an administrator",
    callbacks("hire-open", "hire-service", "assign-service", "move-service", "person-keep"),
)
def open_forms_of_administrator(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """The departments offered for a service are those of one's own organization."""
    service = person.service_id if whose == "mine" else stage.rival_of(person)
    if way.name in ("hire-open", "person-keep"):
        if whose == "others" and person.kind in ("administrator", "other_organization"):
            return None  # it names nothing
        return stage.attempt(person, way, shows=stage.service_names[service] if way.name == "hire-open" else "is_open")
    offered = {stage.kitchen: "Plonge", stage.counter: "Caisse"}[service]
    return stage.attempt(person, way, {way.name: That(str(service))}, shows=offered)


@operation(
    "open the forms that shape an organization",
    callbacks("service-new", "service-keep", "import-forget"),
    route("staff_import.download_example", "/import/example.csv"),
)
def open_forms_of_shaping(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    return stage.attempt(person, way, shows="text/csv" if way.kind == "route" else '"response"')


# One's own account.


@operation(
    "list and end sessions",
    pages("/account"),
    callbacks("end-session[]", "end-sessions"),
    route("sign_in.sign_out", "/sign-out", "POST"),
    route("sign_in.sign_out", "/m/sign-out", "POST", Surface.MOBILE),
)
def keep_sessions(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(On the phone, one can end the session one is in.)"""
    if way.name == "end-session[]":
        owner = person.who if whose == "mine" else stage.colleagues[stage.kitchen][0]
        session = That(stage.open_session(owner, Surface.MOBILE)[1])
        return stage.attempt(person, way, press(ids.end_session, session), changes=True)
    if way.name == "end-sessions":
        if whose == "mine" and person.kind != "administrator":
            return None  # it is for the sessions of others
        is_ours = person.kind != "administrator" or whose == "mine"
        somebody = stage.find_newcomer() if is_ours else stage.colleagues[stage.counter][0].id
        return stage.attempt(person, way, {ids.PERSON_ID: That(somebody)}, changes=True)
    if whose == "others" and person.somebody is not None:
        return None  # the others name no session
    if way.kind == "page":
        listed = {int(found) for found in re.findall(r'"session": ?(\d+)', stage.ask(person, way, {}).body)}
        assert person.somebody is None or listed <= stage.list_sessions(person.somebody)
        return stage.attempt(person, way, shows="end-session")
    visitor = person
    if person.somebody is not None:
        cookie, _ = stage.open_session(person.somebody, way.surface)
        visitor = dataclasses.replace(person, cookies={way.surface: cookie})
    words = stage.attempt(visitor, way, changes=True)
    assert person.somebody is None or stage.is_signed_in(person, way.surface), "another session ended with it"
    return words


ALERTS = {
    "push.register_device": "/m/push/devices",
    "push.test_device": "/m/push/test",
    "push.forget_device": "/m/push/forget",
    "push.choose_quiet_hours": "/m/push/quiet-hours",
}


@operation(
    "register a device for notifications",
    *(route(endpoint, path, "POST", Surface.MOBILE) for endpoint, path in ALERTS.items()),
    route("push.show_notifications", "/m/notifications", surface=Surface.MOBILE),
)
def take_notifications(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """And try it, take it back, choose when one wants silence."""
    if way.name in ("push.test_device", "push.forget_device"):
        owner = person.who if whose == "mine" else stage.colleagues[stage.kitchen][0]
        return stage.attempt(person, way, {"device": That(str(stage.register_device(owner)))}, changes=True)
    if whose == "others" and person.is_member:
        return None  # the others name nobody's thing
    if way.name == "push.show_notifications":
        return stage.attempt(person, way, shows="Heures de silence")
    if way.name == "push.choose_quiet_hours":
        return stage.attempt(person, way, {"choice": "own", "starts": "22:00", "ends": "06:00"}, changes=True)
    return stage.attempt(person, way, vars(Device(NOWHERE).subscription), changes=True)


@operation(
    "set the organization's quiet hours; attachments; formal messaging address",
    pages("/settings"),
    callbacks("settings-save"),
)
def set_organization(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """Of one's own organization, which the session knows: another's administrator changes theirs, never this one."""
    if way.kind == "page" and person.kind != "other_organization":
        return stage.attempt(person, way, shows=ids.SETTINGS_SAVE)
    if way.kind == "page":
        assert "Fuite de gaz" not in stage.ask(person, way, {}).body
        return Words({"absent"})
    before = stage.list_quiet_hours(stage.cafe)
    wanted = {ids.SETTINGS_QUIET_STARTS: stage.find_hour(), ids.SETTINGS_QUIET_ENDS: "06:00"}
    found = stage.attempt(person, way, wanted, changes=True)
    if person.kind != "other_organization":
        return found
    assert stage.list_quiet_hours(stage.cafe) == before
    return Words({"absent"})


@operation("change one's own password", route("account.change_password", "/account/password", "POST"))
def change_password(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """As far as being asked for the present one, which ends nothing, and is counted. (Beyond:
    tests/callbacks/test_account.)"""
    fields = {"current": "je ne la sais pas", "new": "une autre phrase sans lien"}
    return stage.attempt(person, way, fields, shows="refused=password_wrong", changes=True)


@operation(
    "go on as oneself in another organization", route("account.switch_organization", "/account/organization", "POST")
)
def switch_organization(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    here, there = stage.cafe.organization_id, stage.rival.organization_id
    own, other = (there, here) if person.kind == "other_organization" else (here, there)
    visitor = person
    if whose == "mine":
        visitor = dataclasses.replace(
            person, cookies={Surface.PORTAL: stage.open_session(person.who, Surface.PORTAL)[0]}
        )
    return stage.attempt(visitor, way, {"organization": That(own if whose == "mine" else other)}, changes=True)


@operation("health without data", route("health.ready", "/health"), route("health.live", "/health/live"))
def read_health(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    body = json.loads(stage.ask(person, way, {}).body.rpartition("\n\n")[2] or "{}")
    assert set(body) <= {"ready", "database", "bus", "degraded", "since", "live"}
    return stage.attempt(person, way, shows="200 OK")


@operation("read what the server counts on the machine where it runs", route("metrics.show_metrics", "/metrics"))
def read_metrics(stage: Stage, person: Person, way: Way, whose: Whose) -> Words | None:
    """(From elsewhere it is not there: tests/callbacks/test_metrics.)"""
    return stage.attempt(person, way, shows="chat_sockets")


# The matrix, cell by cell.

MATRIX = list(csv.DictReader((Path(__file__).parent / "access_matrix.csv").read_text(encoding="utf-8").splitlines()))
ROWS = [*MATRIX, *csv.DictReader(HOUSE.splitlines())]
KINDS = tuple(name for name in MATRIX[0] if name != "operation")
CELLS = [
    pytest.param(row["operation"], kind, row[kind], id=f"{row['operation']}: {kind} {row[kind]}")
    for row in ROWS
    if row["operation"] in OPERATIONS
    for kind in KINDS
    if row[kind] != "-"
]


@pytest.fixture(scope="module")
def stage(server: Server) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        # The server makes numbers and tokens of its own in the same database.
        patch.setattr(factories, "_refs", itertools.count(1_000_000))
        stage = Stage(server)
        yield stage
        stage.close()


@pytest.mark.parametrize(("row", "kind", "word"), CELLS)
def test_cell(stage: Stage, row: str, kind: str, word: str) -> None:
    operation, person, tried, wrong = OPERATIONS[row], stage.people[kind], 0, []
    with stage.option_off() if operation.is_while_off else nullcontext():
        for way, (whose, expected) in itertools.product(operation.ways, MEANING[word]):
            stage.age_conversations()
            found = operation.run(stage, person, way, whose)
            tried += found is not None
            right = "no" if stage.keeps_out(way, person) else expected
            if found is not None and right not in found:
                wrong.append(f"{way}, {whose}: {right} expected, {', '.join(sorted(found))} found")
    assert tried
    assert not wrong, "\n".join(wrong)


# The lists are whole.


def test_every_row_is_run_or_said_not_to_be_there_yet() -> None:
    named = [row["operation"] for row in MATRIX]
    house = [row["operation"] for row in csv.DictReader(HOUSE.splitlines())]
    assert sorted([*NOT_YET, *OPERATIONS]) == sorted([*named, *house])
    assert len(KINDS) == 10


def test_nothing_that_is_not_there_yet_has_a_way_in(stage: Stage) -> None:
    there = {row: [way for way in stage.declared if re.search(words, way)] for row, words in NOT_YET.items()}
    assert {row: ways for row, ways in there.items() if ways} == {}


def test_every_way_in_is_in_a_row_or_open_to_everybody(stage: Stage) -> None:
    """A page, callback, route or command without a row was forgotten: give it one, here or in the matrix."""
    declared = stage.declared
    named = {passed for each in OPERATIONS.values() for way in each.ways for passed in way.passes}
    assert sorted(declared.keys() - named - OPEN) == []
    assert sorted(named - declared.keys()) == ["mobile conversation.launch"]  # the command that must never be
    assert sorted(OPEN - declared.keys()) == []
    assert sorted(OPEN & named) == []


def test_what_is_open_to_everybody_asks_for_no_more_than_a_session(stage: Stage) -> None:
    assert {stage.declared[name] for name in OPEN} <= {Permission.ANYONE, Permission.SIGNED_IN}


def test_a_yes_that_no_way_in_gives_is_known(stage: Stage) -> None:
    """Whoever is kept out of every surface on which an operation has ways cannot do it yet."""
    waiting = set()
    for row in ROWS:
        if row["operation"] not in OPERATIONS:
            continue
        ways = OPERATIONS[row["operation"]].ways
        for kind in KINDS:
            wants_yes = any(expected == "yes" for _, expected in MEANING[row[kind]])
            if wants_yes and all(stage.keeps_out(way, stage.people[kind]) for way in ways):
                waiting.add((row["operation"], kind))
    assert waiting == WAITING.keys()

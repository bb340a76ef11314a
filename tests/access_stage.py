"""The stage of the access matrix: one person of each kind, every way in that they may try, and what comes back, in the
words of the matrix.

Pages, callbacks and plain routes are asked of the application in this process, socket commands of the real server; both
stand on the server's database."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dash import page_registry
from flask.testing import FlaskClient
from sqlalchemy import BigInteger, func, select, type_coerce, update
from werkzeug.test import TestResponse

from app import create_app
from callbacks.command_table import COMMANDS
from callbacks.identity import COOKIES, PATHS
from callbacks.refusals import describe_refusal
from data import clock, db, errors
from data.access.actors import Surface, VendorRole
from data.access.billing import access_bookkeeping_at_console
from data.access.conversations import access_joined_conversation, access_listed_conversation, access_owned_conversation
from data.access.directory import access_listed_organization, access_organization_at_console, access_shaped_service
from data.access.permissions import Permission
from data.actions.beginnings import WITHIN
from data.actions.conversations import do_delete_conversation
from data.actions.directory import do_save_group
from data.actions.options import Demand, Switch, do_change_option
from data.actions.organizations import do_add_vendor_staff
from data.actions.participants import do_hide, do_leave
from data.actions.push import do_register_device
from data.actions.reading import do_view
from data.billing.rating import Month
from data.bookkeeping import close_month
from data.config import DEMONSTRATION_SELLER, Settings
from data.i18n import translator
from data.models import (
    accounts,
    conversations,
    departments,
    documents,
    employees,
    option_changes,
    organizations,
    participants,
    people,
    sessions,
)
from data.passwords import hash_password
from tests import factories, inside
from tests.client import Client, NotOpened
from tests.factories import Somebody, World, new_ref
from tests.push_service import Device
from tests.server import Server

Words = frozenset[str]
Whose = Literal["mine", "begun", "others"]
Fields = dict[str, Any]

ORIGIN = "http://localhost"
# What a browser accepts: its refusals are pages, and who is not signed in is led to the sign-in.
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
UPDATE = "/_dash-update-component"
PAGES = "_pages_location → _pages_content"  # the callback through which Dash hands out every page
TRIES = 4  # the server has work of its own; what an attempt changes, it changes each time
NOWHERE = "http://127.0.0.1:9"  # a push service that is not there
PHANTOM = 987_654_321  # an id that nothing ever had

# Said and named in the conversations of each place, so that they show where they should not be.
KITCHEN, DINING, RIVAL = "PLANTED-IN-THE-KITCHEN", "PLANTED-IN-THE-DINING-ROOM", "PLANTED-AT-THE-RIVAL"
BETWEEN_US, BETWEEN_OTHERS = "PLANTED-BETWEEN-US", "PLANTED-BETWEEN-OTHERS"

# What the portal's forms and pages say where they refuse, and the code behind it.
SAID = {
    describe_refusal(kind(), translator("fr")): kind().code
    for kind in (
        errors.NotAllowed,
        errors.OptionOff,
        errors.PublicFromPortalOnly,
        errors.RightsBeyondOwn,
        errors.AlreadyAdministered,
        errors.NotFound,
    )
}
FORBIDDEN = ("not_allowed", "option_off", "public_from_portal_only", "already_administered")
BY_STATUS = {401: "not_signed_in", 403: "not_allowed", 404: "not_found"}


@dataclass(frozen=True)
class That:
    """The id that an attempt is about. In a second try, an id that never existed stands in its place."""

    id: int | str


@dataclass(frozen=True)
class Way:
    """A way in, by its declared name (a command's type, what sets a callback off, a page's path, a route's endpoint),
    with the session of a surface."""

    kind: Literal["command", "callback", "page", "route"]
    name: str
    surface: Surface = Surface.PORTAL
    path: str = ""
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.surface} {self.name}" if self.kind == "command" else f"{self.kind} {self.name}"

    @property
    def passes(self) -> set[str]:
        """Itself, and the doors through which it goes."""
        doors = {
            "command": {f"route socket:{'/m' if self.surface is Surface.MOBILE else ''}/socket"},
            "callback": {f"route {UPDATE}"},
            "page": {f"route {UPDATE}", "route /<path:path>", f"callback {PAGES}"},
            "route": set(),
        }
        return {str(self), *doors[self.kind]}


def commands(*names: str, surfaces: Iterable[Surface] = Surface) -> tuple[Way, ...]:
    """On both surfaces, unless said."""
    return tuple(Way("command", name, surface) for name in names for surface in surfaces)


def callbacks(*names: str) -> tuple[Way, ...]:
    return tuple(Way("callback", name) for name in names)


def pages(*paths: str) -> tuple[Way, ...]:
    return tuple(Way("page", path) for path in paths)


def route(endpoint: str, path: str, method: str = "GET", surface: Surface = Surface.PORTAL) -> tuple[Way]:
    return (Way("route", endpoint, surface, path, method),)


@dataclass(frozen=True)
class Answer:
    """All that came back: to the byte (`raw`), and to search in. `code`: of the refusal, None where it was done."""

    raw: str
    body: str
    code: str | None


@dataclass
class Person:
    """`service_id`: where they work, or what they run. `never`: what they must not come to read, whatever they try."""

    kind: str
    somebody: Somebody | None
    service_id: int
    never: tuple[str, ...]
    cookies: dict[Surface, str] = field(default_factory=dict)
    sockets: dict[Surface, Client] = field(default_factory=dict)

    @property
    def is_vendor(self) -> bool:
        return self.kind in ("customer_service", "finance")

    @property
    def is_member(self) -> bool:
        return self.somebody is not None and not self.is_vendor

    @property
    def runs_nothing(self) -> bool:
        """An employee: the phone is theirs, the portal is not."""
        return self.kind in ("participant", "same_service", "other_service")

    @property
    def is_of_the_kitchen(self) -> bool:
        return self.kind in ("participant", "same_service", "manager", "administrator")

    @property
    def who(self) -> Somebody:
        assert self.somebody is not None
        return self.somebody


class Stage:
    """A café with a kitchen and a dining room, its rival with a counter, the vendor's staff.

    Everybody has a session on both surfaces, those included who have no business there: a manager who lost their rights
    still holds one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        settings = Settings(database_url=f"sqlite:///{server.database}", push_origins=NOWHERE)
        self.application = create_app(settings)
        self.gate = self.application.extensions["gate"]
        self._watch = sqlite3.connect(server.database)
        self._spare: dict[Any, Any] = {}
        self._minute = 0
        self._bill: tuple[str, int] | None = None
        self.names: dict[int, str] = {}  # of public conversations
        self._build_places()
        self.password, self.password_hash = self._give_passwords()
        self.people = {person.kind: person for person in self._cast()}
        self.callbacks = self._read_callbacks()
        self.declared = self._list_declared()

    # Who is there.

    def _build_places(self) -> None:
        self.cafe, self.rival = World.create("matrix"), World.create("matrixrival")
        self.kitchen = self.cafe.add_service("cuisine", "Plonge")
        self.dining = self.cafe.add_service("salle", "Terrasse")
        self.counter = self.rival.add_service("comptoir", "Caisse")
        self.planted = {self.kitchen: KITCHEN, self.dining: DINING, self.counter: RIVAL}
        self.service_names = {self.kitchen: "Cuisine", self.dining: "Salle", self.counter: "Comptoir"}
        self.worlds = {self.kitchen: self.cafe, self.dining: self.cafe, self.counter: self.rival}
        # In each service, who runs it and two colleagues: what the ten meet with comes from them.
        self.leads = {
            service: world.hire(f"Meneur {self.planted[service]}", service, manages=(service,))
            for service, world in self.worlds.items()
        }
        self.colleagues = {
            service: [world.hire(f"{name} {self.planted[service]}", service) for name in ("Nadia", "Olivier")]
            for service, world in self.worlds.items()
        }
        for world in (self.cafe, self.rival):
            world.open_app(world.administrator)
        self.other_administrator = self._promote(self.cafe.hire("Gisela Associée", self.kitchen))

    def _promote(self, somebody: Somebody) -> Somebody:
        """An administrator who has an employee file as well."""
        with db.unit_of_work() as uow:
            uow.execute(update(people).where(people.c.id == somebody.id).values(is_administrator=True))
        return somebody

    def _cast(self) -> Iterator[Person]:
        hire, here, there = self.cafe.hire, self.kitchen, self.dining
        rivals, diners = (RIVAL, BETWEEN_OTHERS), (KITCHEN, RIVAL, BETWEEN_OTHERS)
        cast: tuple[tuple[str, Somebody | None, int, tuple[str, ...]], ...] = (
            ("anonymous", None, here, (KITCHEN, DINING, *rivals)),
            ("participant", hire("Karim Benali", here), here, (DINING, *rivals)),
            ("same_service", hire("Sofia Lavoie", here), here, (DINING, *rivals)),
            ("other_service", hire("Théo Serveur", there), there, diners),
            ("manager", hire("Ariane Gagnon", here, manages=(here,)), here, (DINING, *rivals)),
            ("manager_elsewhere", hire("Maude Roy", there, manages=(there,)), there, diners),
            ("administrator", self.cafe.administrator, here, rivals),
            ("customer_service", _add_vendor(VendorRole.CUSTOMER_SERVICE), here, (KITCHEN, DINING, *rivals)),
            ("finance", _add_vendor(VendorRole.FINANCE), here, (KITCHEN, DINING, *rivals)),
            ("other_organization", self.rival.administrator, self.counter, (KITCHEN, DINING, BETWEEN_OTHERS)),
        )
        for kind, somebody, service_id, never in cast:
            person = Person(kind, somebody, service_id, (*never, self.password, self.password_hash))
            if somebody is not None:
                person.cookies = {surface: inside.open_session(somebody, surface) for surface in Surface}
            yield person

    def _give_passwords(self) -> tuple[str, str]:
        """The same to everybody: nobody is ever shown it, nor what is kept of it."""
        password = "une phrase que personne ne voit"
        password_hash = hash_password(password)
        both = (self.cafe.organization_id, self.rival.organization_id)
        of_both = select(people.c.account_id).where(people.c.organization_id.in_(both))
        with db.unit_of_work() as uow:
            uow.execute(update(accounts).where(accounts.c.id.in_(of_both)).values(password_hash=password_hash))
        return password, password_hash

    # What is declared.

    def _read_callbacks(self) -> dict[str, dict[str, Any]]:
        """As a forger reads them, from the list that Dash itself gives; by what sets each off, and where that says too
        little, by what it changes."""
        answer = self.browse(self.people["administrator"], Surface.PORTAL).get("/_dash-dependencies")
        specs = [spec for spec in answer.get_json() if spec["output"] in self.gate.callbacks]
        assert len(specs) == len(self.gate.callbacks)
        found: dict[str, list[dict[str, Any]]] = {}
        for spec in specs:
            found.setdefault(_name(spec["inputs"][0]["id"]), []).append(spec)
        named = {name: same[0] for name, same in found.items() if len(same) == 1}
        for name, same in found.items():
            if len(same) > 1:
                named |= {f"{name} → {_split(spec['output'])[0]['id']}": spec for spec in same}
        assert len(named) == len(specs), "two callbacks of the same name"
        return named

    def _list_declared(self) -> dict[str, Permission]:
        """Every way in of the product with its permission."""
        declared = {f"route {endpoint}": permission for endpoint, permission in self.gate.endpoints.items()}
        declared |= {f"page {page['path']}": page["permission"] for page in page_registry.values()}
        declared |= {f"callback {name}": self.gate.callbacks[spec["output"]] for name, spec in self.callbacks.items()}
        for surface, table in COMMANDS.items():
            declared[f"{surface} hello"] = Permission.SIGNED_IN  # answered by the edge itself
            declared |= {f"{surface} {frame.__struct_config__.tag}": each.permission for frame, each in table.items()}
        return declared

    def keeps_out(self, way: Way, person: Person) -> bool:
        """The portal is for who runs something, the phone for who belongs to an organization: the others are told `no`
        there, whatever they ask."""
        permission = self.declared.get(str(way), Permission.CHAT)
        if permission in (Permission.ANYONE, Permission.SIGNED_IN) and way.kind == "route":
            return False
        return person.runs_nothing if way.surface is Surface.PORTAL else person.is_vendor

    # Trying.

    def attempt(
        self, person: Person, way: Way, fields: Fields | None = None, *, shows: str = "", changes: bool = False
    ) -> Words:
        """Which words of the matrix hold. `yes` must show something or change something; whatever else came back must
        have changed nothing. It is `absent` where it is the very answer that an id which never existed gets."""
        fields, ref = fields or {}, new_ref()
        for _ in range(TRIES):
            answer, has_changed = self._ask_and_watch(person, way, fields, ref)
            if not has_changed or (changes and answer.code is None):
                break
        if answer.code is None and shows in answer.body:
            assert shows or changes, f"{way}: nothing tells that it was done"
            assert has_changed is changes, f"{way}: {'nothing' if changes else 'something'} changed\n{answer.body}"
            if changes:
                self._spare.clear()
            return Words(("yes",))
        assert not has_changed, f"{way}: it was refused, and something changed\n{answer.body}"
        words = set(self.say_code(answer)) if answer.code in ("not_signed_in", *FORBIDDEN) else set()
        is_about = _holds_that(fields) and answer.code in (None, "not_found", *FORBIDDEN)
        if is_about and self.ask(person, way, _put_phantom(fields), ref=ref) == answer:
            words.add("absent")
        return Words(words or {answer.code or f"answered without {shows!r}"})

    def _ask_and_watch(self, person: Person, way: Way, fields: Fields, ref: str) -> tuple[Answer, bool]:
        version = self._count_commits()
        return self.ask(person, way, fields, ref=ref), self._count_commits() != version

    def say_code(self, answer: Answer) -> Words:
        """A refusal, in a word of the matrix where there is one."""
        words = {"not_signed_in": "signin"} | dict.fromkeys(FORBIDDEN, "no")
        return Words({words.get(answer.code or "", answer.code or "")})

    def ask(self, person: Person, way: Way, fields: Fields, *, ref: str = "") -> Answer:
        """What comes back, in which nothing may stand that was planted out of their sight."""
        plain = _take_that(fields)
        answer = (
            self._command(person, way, plain, ref or new_ref())
            if way.kind == "command"
            else self._browse(person, way, plain)
        )
        leaked = [word for word in person.never if word in answer.raw + answer.body]
        assert not leaked, f"{person.kind} read {leaked} by {way}"
        return answer

    def _count_commits(self) -> int:
        """A number that changes with everything that is stored, here or in the server."""
        version: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _command(self, person: Person, way: Way, fields: Fields, ref: str) -> Answer:
        try:
            client = self.connect(person, way.surface)
        except NotOpened as error:
            return Answer(str(error.status), "", BY_STATUS[error.status])
        frame = client.answer(client.tell(way.name, ref, **fields))
        if frame.get("code") == "too_fast":
            time.sleep(frame["retry_after"])
            frame = client.answer(client.tell(way.name, ref, **fields))
        told = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        return Answer(told, told, frame.get("code"))

    def connect(self, person: Person, surface: Surface) -> Client:
        """The socket of a person, opened once."""
        if surface not in person.sockets:
            person.sockets[surface] = self.open_socket(person, surface)
        return person.sockets[surface]

    def open_socket(self, person: Person, surface: Surface) -> Client:
        return Client(self.server.address, surface.value, person.cookies.get(surface, ""))

    def _browse(self, person: Person, way: Way, fields: Fields) -> Answer:
        client = self.browse(person, way.surface)
        if way.kind == "callback":
            return _read(self._call(client, way.name, fields))
        if way.kind == "page":
            query = "&".join(f"{name}={value}" for name, value in fields.items())
            address = f"{way.name}?{query}" if query else way.name
            frame = client.get(address, headers={"Accept": PAGE})
            if frame.status_code != 200:
                return _read(frame)
            search = f"?{query}" if query else ""
            inside_ = {"_pages_location.pathname": way.name, "_pages_location.search": search}
            content = _read(self._call(client, PAGES, inside_))
            return Answer(_read(frame).raw + content.raw, content.body, content.code)
        headers = {"Accept": PAGE, "Origin": ORIGIN}
        path = way.path.format(**fields)
        return _read(client.open(path, method=way.method, data=dict(fields) or None, headers=headers, buffered=True))

    def browse(self, person: Person, surface: Surface) -> FlaskClient:
        return self.browse_with(person.cookies.get(surface), surface)

    def browse_with(self, cookie: str | None, surface: Surface) -> FlaskClient:
        """The same request id each time, so that answers can be compared whole."""
        client = self.application.test_client()
        client.environ_base["HTTP_X_REQUEST_ID"] = "matrix"
        if cookie is not None:
            client.set_cookie(COOKIES[surface], cookie, path=PATHS[surface])
        return client

    def _call(self, client: FlaskClient, name: str, fields: Fields) -> TestResponse:
        """Forge what a page would post. `fields`: values by component id; pairs of an id and a value for `pattern[]`.
        What sets it off is the pattern that is given, else the first input."""
        spec = self.callbacks[name]
        dependencies = spec["inputs"]
        first = next((each for each in dependencies if fields.get(_name(each["id"]), ()) and _is_pattern(each)), None)
        first = first or dependencies[0]
        pressed = _fill(first, fields, pressed=True)
        pressed = pressed[0] if isinstance(pressed, list) else pressed
        changed = pressed["id"] if isinstance(pressed["id"], str) else _dump_id(pressed["id"])
        body = {
            "output": spec["output"],
            "outputs": _list_outputs(spec["output"]),
            "inputs": [_fill(each, fields, pressed=each is first) for each in dependencies],
            "state": [_fill(each, fields) for each in spec["state"]],
            "changedPropIds": [f"{changed}.{first['property']}"],
        }
        return client.post(UPDATE, json=body, headers={"Origin": ORIGIN})

    # What there is to try upon: the same again until somebody changed something.

    def spare(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._spare:
            self._spare[key] = make()
        return self._spare[key]

    def find_public(self, service_id: int, *, is_viewed: bool = True) -> int:
        """A public conversation of a service, by who is none of the ten. In the kitchen's the participant takes part,
        and has not seen the last message."""
        key = ("public", service_id, is_viewed)
        conversation_id: int = self.spare(key, lambda: self._launch(service_id, is_viewed=is_viewed))
        return conversation_id

    def _launch(self, service_id: int, *, is_viewed: bool) -> int:
        lead, name = self.leads[service_id], f"{self.planted[service_id]} {new_ref()}."
        conversation_id = factories.launch(lead, service_id, name=name)
        factories.send(lead, conversation_id, f"{self.planted[service_id]} bonjour", surface=Surface.PORTAL)
        if is_viewed and service_id == self.kitchen:
            with db.unit_of_work() as uow:
                participant = factories.chatter(uow, self.people["participant"].who)
                do_view(uow, access_joined_conversation(uow, participant, conversation_id), 1)
            factories.send(lead, conversation_id, f"{self.planted[service_id]} encore", surface=Surface.PORTAL)
        self.names[conversation_id] = name
        return conversation_id

    def list_private(self, person: Person, whose: Whose) -> list[int]:
        """A group and a one-to-one: which they began, only take part in, or have nothing to do with."""
        key = ("private", person.kind, whose)
        found: list[int] = self.spare(key, lambda: self._start(person, whose))
        return found

    def _start(self, person: Person, whose: Whose) -> list[int]:
        service = self.kitchen if whose == "others" else person.service_id
        one, other = self.colleagues[service]
        # Nobody can choose an administrator, who works in no service: what they are in, they began.
        if whose == "begun" or (whose == "mine" and person.kind in ("administrator", "other_organization")):
            starter, second, third = person.who, other, one
        else:
            starter, second, third = one, self.leads[service] if whose == "others" else person.who, other
        planted = BETWEEN_OTHERS if whose == "others" else BETWEEN_US
        group = factories.start_group(starter, [second, third], service, name=planted)
        started = [group, factories.start_one_to_one(starter, second, service)]
        for conversation_id in started:
            factories.send(second if starter is person.somebody else starter, conversation_id, planted)
        return started

    def age_conversations(self) -> None:
        """Nobody is held back for what was begun in the cells before."""
        with db.unit_of_work() as uow:
            lately = conversations.c.created_at > uow.now - WITHIN
            two_hours = 2 * WITHIN // timedelta(milliseconds=1)
            earlier = type_coerce(conversations.c.created_at, BigInteger) - two_hours
            uow.execute(update(conversations).where(lately).values(created_at=earlier))

    def list_beyond(self, person: Person) -> list[int]:
        """Conversations that they must not see: private ones of others, and of another service the public one."""
        public = [] if person.is_of_the_kitchen else [self.find_public(self.kitchen)]
        return [*self.list_private(person, "others"), *public]

    def rival_of(self, person: Person) -> int:
        """A service of the other organization."""
        return self.kitchen if person.service_id == self.counter else self.counter

    def leave(self, somebody: Somebody, conversation_id: int) -> int:
        self._spare.clear()
        with db.unit_of_work() as uow:
            do_leave(uow, access_joined_conversation(uow, factories.chatter(uow, somebody), conversation_id))
        return conversation_id

    def hide(self, somebody: Somebody, conversation_id: int) -> int:
        self._spare.clear()
        with db.unit_of_work() as uow:
            do_hide(uow, access_listed_conversation(uow, factories.chatter(uow, somebody), conversation_id))
        return conversation_id

    def mute(self, somebody: Somebody, conversation_id: int) -> int:
        self._spare.clear()
        factories.mute(somebody, conversation_id)
        return conversation_id

    def delete(self, somebody: Somebody, conversation_id: int) -> int:
        self._spare.clear()
        with db.unit_of_work() as uow:
            chatter = factories.chatter(uow, somebody)
            do_delete_conversation(uow, access_owned_conversation(uow, chatter, conversation_id))
        return conversation_id

    def say(self, person: Person, conversation_id: int) -> int:
        """A message of theirs: its ordinal."""
        return factories.send(person.who, conversation_id, BETWEEN_US).ordinal

    def save_group(self, owner: Somebody) -> int:
        """Recipients that a manager keeps."""
        with db.unit_of_work() as uow:
            organization = access_listed_organization(uow, owner.act(Surface.PORTAL))
            return do_save_group(uow, organization, None, f"{BETWEEN_US} {new_ref()}", [])

    def open_session(self, somebody: Somebody, surface: Surface) -> tuple[str, int]:
        """One more: its cookie and its id."""
        cookie = inside.open_session(somebody, surface)
        with db.read() as reader:
            latest = select(func.max(sessions.c.id)).where(sessions.c.account_id == somebody.account_id)
            session_id: int = reader.execute(latest).scalar_one()
        return cookie, session_id

    def is_signed_in(self, person: Person, surface: Surface) -> bool:
        prefix = "/m" if surface is Surface.MOBILE else ""
        return self.browse(person, surface).get(f"{prefix}/session").status_code == 204

    def find_speaker(self, conversation_id: int) -> Somebody:
        """One of those who are none of the ten, and take part."""
        with db.read() as reader:
            inside_ = select(participants.c.person_id).where(participants.c.conversation_id == conversation_id)
            present = set(reader.execute(inside_).scalars())
        extras = [*self.leads.values(), *(each for pair in self.colleagues.values() for each in pair)]
        return next(somebody for somebody in extras if somebody.id in present)

    def list_sessions(self, somebody: Somebody) -> set[int]:
        with db.read() as reader:
            return set(
                reader.execute(select(sessions.c.id).where(sessions.c.account_id == somebody.account_id)).scalars()
            )

    def find_newcomer(self) -> int:
        """An employee of the kitchen whom nothing depends on."""
        person_id: int = self.spare("newcomer", lambda: self.cafe.hire("Recrue Nouvelle", self.kitchen, app=False).id)
        return person_id

    def find_bill(self) -> tuple[str, int]:
        """Last month of the café, closed: the month, and the invoice's id."""
        if self._bill is None:
            month = Month.of(clock.local_day(clock.now(), "America/Toronto")).shift(-1)
            self._spare_employee = self.cafe.hire("Zoé Partie", self.kitchen, app=False)
            noon = datetime(month.year, month.number, 1, 16, tzinfo=UTC)
            self.cafe.switch_option(is_on=True, at=noon)
            close_month(access_bookkeeping_at_console(), self.cafe.organization_id, month, DEMONSTRATION_SELLER)
            with db.read() as reader:
                here = documents.c.organization_id == self.cafe.organization_id
                self._bill = str(month), reader.execute(select(documents.c.id).where(here)).scalar_one()
        return self._bill

    def spare_employee(self) -> Somebody:
        """One of the bill's, whom nothing else depends on."""
        return self._spare_employee

    @contextmanager
    def duplicates(self) -> Iterator[tuple[str, int, int]]:
        """Two files of the café with one address: what the suspicion is called, and whose they are. Nothing of it
        remains, or no month of the café would close any more."""
        address = f"{new_ref()}@matrix.example"
        one, other = (self.cafe.hire("Zita Jumelle", self.kitchen, app=False).id for _ in range(2))
        self._address([one, other], address)
        try:
            yield f"email:{address}", one, other
        finally:
            self._address([one, other], None)

    def _address(self, files: list[int], address: str | None) -> None:
        with db.unit_of_work() as uow:
            uow.execute(update(employees).where(employees.c.person_id.in_(files)).values(email=address))

    def register_device(self, somebody: Somebody) -> int:
        """It takes notifications."""
        device = Device(NOWHERE)
        with db.unit_of_work() as uow:
            return do_register_device(uow, somebody.act(Surface.MOBILE), device.subscription, {NOWHERE})

    def list_quiet_hours(self, world: World) -> tuple[int, int]:
        with db.read() as reader:
            here = organizations.c.id == world.organization_id
            found = select(organizations.c.quiet_starts, organizations.c.quiet_ends).where(here)
            return tuple(reader.execute(found).one())  # type: ignore[return-value]

    def find_hour(self) -> str:
        """Another one each time."""
        self._minute = (self._minute + 1) % 60
        return f"22:{self._minute:02}"

    def find_coming(self) -> int:
        """An employee who is to begin in the kitchen in a month."""
        day = clock.local_day(clock.now(), "America/Toronto") + timedelta(days=30)
        hire = lambda: self.cafe.hire("Recrue Nouvelle", self.kitchen, app=False, starts_on=day).id  # noqa: E731
        person_id: int = self.spare("coming", hire)
        return person_id

    def find_empty_service(self) -> tuple[int, int]:
        """A service of the café without anybody, and its department."""
        found: tuple[int, int] = self.spare("service", self._open_service)
        return found

    def _open_service(self) -> tuple[int, int]:
        service_id = self.cafe.add_service(new_ref(), "Bureau")
        with db.read() as reader:
            department = select(departments.c.id).where(departments.c.service_id == service_id)
            return service_id, reader.execute(department).scalar_one()

    def find_switch(self) -> int:
        """By which the chat went on in the café."""
        with db.read() as reader:
            here = option_changes.c.organization_id == self.cafe.organization_id
            change_id: int = reader.execute(select(func.min(option_changes.c.id)).where(here)).scalar_one()
        return change_id

    def plan_switch(self) -> int:
        """A switch of the café's far ahead, of an empty service."""
        change_id: int = self.spare("switch", self._plan_switch)
        return change_id

    def _plan_switch(self) -> int:
        at = clock.now() + timedelta(days=400)
        with db.unit_of_work() as uow:
            console = access_organization_at_console(uow, self.cafe.code)
            service = access_shaped_service(uow, console, self.find_empty_service()[0])
            demand = Demand(new_ref(), "Ada Ministre")
            return do_change_option(uow, console, [service], Switch(is_on=True, effective_at=at), demand)

    def find_new_organization(self) -> World:
        """Whose administrator has not opened the account."""
        world: World = self.spare("organization", lambda: World.create(new_ref(), option=False))
        return world

    def find_day(self, *, ahead: int = 0) -> str:
        day = clock.local_day(clock.now(), "America/Toronto") + timedelta(days=ahead)
        return day.isoformat()

    @contextmanager
    def option_off(self) -> Iterator[None]:
        """In both organizations, with conversations in each from before."""
        for service in self.worlds:
            self.find_public(service)
        for world in (self.cafe, self.rival):
            world.switch_option(is_on=False)
        try:
            yield
        finally:
            for world in (self.cafe, self.rival):
                world.switch_option(is_on=True)

    def close(self) -> None:
        for person in self.people.values():
            for client in person.sockets.values():
                client.close()
        self._watch.close()
        db.current().dispose()


def all_of(attempts: Iterable[Words]) -> Words:
    """What holds for each of several targets; all that was found where nothing holds for each."""
    found = list(attempts)
    common = frozenset.intersection(*found)
    return common or frozenset({" / ".join(sorted(frozenset.union(*found)))})


def _add_vendor(role: VendorRole) -> Somebody:
    with db.unit_of_work() as uow:
        account_id = do_add_vendor_staff(uow, role.value, f"{role.value}@matrix.example", role, None)
    return Somebody(None, account_id)


def _read(response: TestResponse) -> Answer:
    """Status, headers and body; without the stamps that each notice and each page get at random."""
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.headers))
    body = re.sub(r'"(at|end_id)":"[^"]*"', r'"\1":""', response.text)
    raw = f"{response.status}\n{headers}\n\n{body}"
    if response.is_json:
        body = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
    return Answer(raw, f"{response.status}\n{headers}\n\n{body}", _find_code(response, body))


def _find_code(response: TestResponse, body: str) -> str | None:
    leads_to_sign_in = response.status_code == 303 and "/sign-in" in response.headers["Location"]
    if leads_to_sign_in and "Set-Cookie" not in response.headers:  # (signing out leads there as well)
        return "not_signed_in"
    if response.status_code < 400:
        return next((code for words, code in SAID.items() if words in body), None) if response.is_json else None
    if response.is_json:
        return str(response.get_json()["code"])
    return BY_STATUS.get(response.status_code, str(response.status_code))


# Forging callbacks.


def _is_pattern(dependency: Mapping[str, str]) -> bool:
    return dependency["id"].startswith("{")


def _name(component_id: str) -> str:
    return f"{json.loads(component_id)['type']}[]" if component_id.startswith("{") else component_id


def _dump_id(component_id: Mapping[str, Any]) -> str:
    return json.dumps(component_id, sort_keys=True, separators=(",", ":"))


def _fill(dependency: Mapping[str, str], fields: Fields, *, pressed: bool = False) -> Any:
    """One input or state with its value; for a pattern, all that it matched."""
    component_id, name = dependency["id"], dependency["property"]
    if _is_pattern(dependency):
        return [
            {"id": each, "property": name, "value": {"n_clicks": 1, "id": each}.get(name, value)}
            for each, value in fields.get(_name(component_id), ())
        ]
    if name in ("n_clicks", "n_submit"):
        value: Any = 1 if pressed else None
    else:
        value = fields.get(f"{component_id}.{name}", fields.get(component_id))
    return {"id": component_id, "property": name, "value": value}


def _split(output: str) -> list[dict[str, str]]:
    parts = output.strip(".").split("...") if output.startswith("..") else [output]
    return [{"id": part.rpartition(".")[0], "property": part.rpartition(".")[2]} for part in parts]


def _list_outputs(output: str) -> Any:
    parts = _split(output)
    return parts if output.startswith("..") else parts[0]


# That id, and one that never existed.


def _holds_that(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_that(each) for each in value.values())
    return isinstance(value, That) or (isinstance(value, list | tuple) and any(_holds_that(each) for each in value))


def _replace(value: Any, replace: Callable[[That], Any]) -> Any:
    if isinstance(value, That):
        return replace(value)
    if isinstance(value, Mapping):
        return {name: _replace(each, replace) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replace(each, replace) for each in value)
    return value


def _take_that(fields: Fields) -> Fields:
    return _replace(fields, lambda that: that.id)  # type: ignore[no-any-return]


def _put_phantom(fields: Fields) -> Fields:
    return _replace(fields, lambda that: type(that.id)(PHANTOM))  # type: ignore[no-any-return]

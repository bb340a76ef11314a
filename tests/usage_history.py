"""A history made by chance through the product's own actions: two organizations in two zones, across clock changes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from data import clock, db
from data.access.actors import Surface, access_open_session
from data.access.conversations import access_joined_conversation, access_left_conversation
from data.access.directory import access_organization_at_console, access_service_by_code
from data.actions.chat_import import do_begin_chat_import, do_import_lines
from data.actions.messages import do_delete_message, do_edit_message
from data.actions.participants import do_leave, do_rejoin
from data.actions.reading import do_view
from data.actions.sessions import do_see_session
from data.errors import ChatError
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, send, start_group, start_one_to_one

ZONES = (("laurier", "America/Toronto"), ("marees", "America/Halifax"))
STEPS = (5, 90, 600, 3600, 7 * 3600, 23 * 3600, 26 * 3600)  # seconds


class Cast:
    """An organization of two services: a manager, four people of the first, of whom one works in both."""

    def __init__(self, code: str, timezone: str) -> None:
        self.world = World.create(code, timezone=timezone)
        self.services = [self.world.add_service(name) for name in ("cuisine", "salle")]
        kitchen, hall = self.services
        self.manager = self.world.hire("Ariane Gagnon", kitchen, manages=(kitchen, hall))
        names = ("Karim Benali", "Sofia Lavoie", "Tuan Pham", "Marie")
        self.people = [self.world.hire(name, kitchen) for name in names] + [self.world.hire("Owen Fraser", hall)]
        self.conversations = [launch(self.manager, service, name=f"Équipe {service}") for service in self.services]


class History:
    def __init__(self, moment: Moment, seed: int) -> None:
        self.moment = moment
        self.chance = random.Random(seed)
        moment.go_to(self.chance.choice(("2026-10-31T21:00:00-04:00", "2027-03-13T21:00:00-05:00")))
        self.casts = [Cast(code, timezone) for code, timezone in ZONES]
        self.acts: list[Callable[[Cast], None]] = [
            *[self.say] * 10, *[self.look] * 9, *[self.wait] * 5, self.edit, self.erase, self.erase, self.open_app,
            self.move, self.end, self.bring_in, self.talk_alone, self.talk_in_group, self.leave, self.rejoin,
        ]  # fmt: skip

    def go_on(self, acts: int) -> None:
        for _ in range(acts):
            # What somebody may no longer do, after a move or a departure, is refused: nothing happened.
            with suppress(ChatError):
                self.chance.choice(self.acts)(self.chance.choice(self.casts))

    def somebody(self, cast: Cast) -> Somebody:
        return self.chance.choice([cast.manager, *cast.people])

    def somewhere(self, cast: Cast) -> int:
        return self.chance.choice(cast.conversations)

    def wait(self, cast: Cast) -> None:
        self.moment.advance(seconds=self.chance.choice(STEPS), milliseconds=self.chance.randrange(1000))

    def say(self, cast: Cast) -> None:
        send(self.somebody(cast), self.somewhere(cast), f"Bonjour {self.chance.random()}")
        self.moment.advance(seconds=self.chance.choice((0, 2, 40)))

    def look(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            found = access_joined_conversation(uow, chatter(uow, self.somebody(cast)), self.somewhere(cast))
            do_view(uow, found, self.chance.choice((found.last_ordinal, found.read_ordinal + 1)))

    def edit(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            found = access_joined_conversation(uow, chatter(uow, self.somebody(cast)), self.somewhere(cast))
            do_edit_message(uow, found, self.chance.randint(1, max(found.last_ordinal, 1)), f"{self.chance.random()}")

    def erase(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            found = access_joined_conversation(uow, chatter(uow, self.somebody(cast)), self.somewhere(cast))
            do_delete_message(uow, found, self.chance.randint(1, max(found.last_ordinal, 1)))

    def open_app(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            do_see_session(uow, access_open_session(uow, self.somebody(cast).session_ids[Surface.MOBILE]))

    def move(self, cast: Cast) -> None:
        source, target = self.chance.sample(cast.services, 2)
        today = clock.local_day(clock.now(), "America/Toronto")
        cast.world.sign_in(cast.world.administrator, Surface.PORTAL)
        cast.world.move(self.chance.choice(cast.people), source, target, today + timedelta(self.chance.randint(0, 2)))

    def end(self, cast: Cast) -> None:
        if self.chance.random() < 0.3:
            cast.world.sign_in(cast.world.administrator, Surface.PORTAL)
            cast.world.end(self.chance.choice(cast.people), clock.local_day(clock.now(), "America/Toronto"))

    def bring_in(self, cast: Cast) -> None:
        """Messages from elsewhere, in any order, some of people who work here, some at the last moment."""
        lines = [self._describe_line() for _ in range(self.chance.randint(1, 4))]
        with db.unit_of_work() as uow:
            organization = access_organization_at_console(uow, cast.world.code)
            service = access_service_by_code(uow, organization, self.chance.choice(("cuisine", "salle")))
            do_import_lines(uow, do_begin_chat_import(uow, service, f"{self.chance.random()}"), lines)

    def _describe_line(self) -> bytes:
        ago = timedelta(hours=self.chance.choice((0, 0, 1, 30, 24 * 40, 24 * 1000)))
        line = {
            "channel": self.chance.choice(("Avant", "Ancien")),
            "sender": self.chance.choice(("Karim Benali", "Ariane Gagnon", "Quelqu'un")),
            "ts": (clock.now() - ago).isoformat(),
            "text": f"{self.chance.random()}",
        }
        return json.dumps(line).encode()

    def talk_alone(self, cast: Cast) -> None:
        one, other = self.chance.sample(cast.people, 2)
        cast.conversations.append(start_one_to_one(one, other, self.chance.choice(cast.services)))

    def talk_in_group(self, cast: Cast) -> None:
        one, *others = self.chance.sample(cast.people, 3)
        cast.conversations.append(start_group(one, others, self.chance.choice(cast.services)))

    def leave(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            do_leave(uow, access_joined_conversation(uow, chatter(uow, self.somebody(cast)), self.somewhere(cast)))

    def rejoin(self, cast: Cast) -> None:
        with db.unit_of_work() as uow:
            do_rejoin(uow, access_left_conversation(uow, chatter(uow, self.somebody(cast)), self.somewhere(cast)))

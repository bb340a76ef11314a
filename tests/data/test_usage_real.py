"""The 211,038 messages of a real corpus, written by the real staff of a grocery chain, in two zones: every figure of
the page against a recount of the raw rows."""

from __future__ import annotations

import json
import lzma
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from data import clock, db
from data.access.directory import access_organization_at_console
from data.access.usage import access_measured_service
from data.actions.staff_file import read_staff_file
from data.actions.staff_import import do_import_staff, read_staff_directory
from data.actions.staff_plan import plan_staff_import
from data.models import app_openings, assignments, conversations, messages, views
from data.queries.usage import get_report
from data.usage.deeds import Deed
from data.usage.fill import fill
from data.usage.windows import Window, parse_window
from tests import retail
from tests.conftest import Moment
from tests.data.test_usage import administer
from tests.factories import World
from tests.usage_page_recount import DAY, DAY_HOURS, PageRecount, check_report
from tests.usage_recount import list_rows

CORPUS = retail.SHARED / "chat_corpus_fcc" / "chat_corpus.jsonl.xz"
ZONES = {"est": "America/Toronto", "atlantique": "America/Halifax"}
# Of each zone: the period, a day in it, and whether for all services or for the busiest. (The hour turned on March 13.)
PERIODS = {
    "est": (("month", "2016-05-20", "busiest"), ("week", "2016-03-14", "all"), ("quarter", "2016-11-01", "busiest")),
    "atlantique": (("day", "2016-07-19", "busiest"), ("month", "2016-03-20", "all")),
}
FIRST, LAST_RECORDED = date(2014, 11, 1), date(2016, 1, 1)
SEEN = 0.25  # of public messages
PRIVATE = {0: "one_to_one", 1: "group", 2: "group"}  # of ten channels

pytestmark = pytest.mark.skipif(
    not CORPUS.exists() or not retail.FOLDER.is_dir(),
    reason="NOT TESTED on real data: chat_corpus_fcc and hr_retail_bc are not beside the project (../shared/data)",
)


class Chain:
    """Half of the chain's stores, as an organization of its own in that zone."""

    def __init__(self, code: str, half: int, chance: random.Random) -> None:
        self.world = World.create(code, timezone=ZONES[code])
        self.chance = chance
        head, *rows = retail.build_staff_file().decode("utf-8-sig").splitlines(keepends=True)
        own = [row for row in rows if int(row.split(";")[3].removeprefix("store-")) % 2 == half]
        content = read_staff_file((head + "".join(own)).encode())
        with db.unit_of_work() as uow:
            organization = access_organization_at_console(uow, code)
            plan = plan_staff_import(read_staff_directory(uow, organization), content)
            do_import_staff(uow, organization, content, plan)
        self.id = self.world.organization_id
        self.staff: dict[int, list[Any]] = defaultdict(list)
        for row in list_rows(assignments):
            if row.organization_id == self.id:
                self.staff[row.service_id].append(row)
        # Stores that were open all the while: the chain's records end with 2015, those still there went on.
        self.stores = [store for store in self.staff if all(self.count(store, day) for day in (FIRST, LAST_RECORDED))]

        everybody = sorted({row.person_id for rows in self.staff.values() for row in rows})
        self.with_application = {person for person in everybody if chance.random() < 0.6}

    def count(self, store: int, on: date) -> int:
        return sum(row.starts_on <= on and (row.ends_on is None or row.ends_on >= on) for row in self.staff[store])

    def find_employed(self, store: int, on: date, wanted: int, *, with_application: bool = False) -> int:
        """The one of that number, or the next who works there that day."""
        rows = self.staff[store]
        for step in range(len(rows)):
            row = rows[(wanted + step) % len(rows)]
            if with_application and row.person_id not in self.with_application:
                continue
            if row.starts_on <= on and (row.ends_on is None or row.ends_on >= on):
                return int(row.person_id)
        raise LookupError(store)

    def open_applications(self) -> list[dict[str, Any]]:
        """Now and then, all the while."""
        first = datetime.fromisoformat("2014-10-05T12:00:00+00:00")
        return [
            {"organization_id": self.id, "person_id": person, "effective_at": when, "recorded_at": when}
            for person in sorted(self.with_application)
            for when in (first + timedelta(days=50 * n + person % 9) for n in range(17))
        ]


class Talk:
    """Each channel is a conversation of a store; what was said in it was said by its staff of that day."""

    def __init__(self, chains: list[Chain]) -> None:
        self.chains = chains
        self.rooms: dict[str, tuple[Chain, int, dict[str, Any]]] = {}
        self.said: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []

    def hear(self, line: dict[str, Any]) -> None:
        at = clock.from_ms(clock.to_ms(datetime.fromisoformat(line["ts"])))
        number = sum(line["channel"].encode())
        if line["channel"] not in self.rooms:
            self._begin(line["channel"], number, at)
        chain, store, room = self.rooms[line["channel"]]
        room["last_ordinal"] += 1
        room["last_seq"] += 1
        room["active_at"] = max(room["active_at"], at)
        day = clock.local_day(at, ZONES[chain.world.code])
        speaker = sum(line["sender"].encode())
        author = chain.find_employed(store, day, speaker)
        message = {
            "conversation_id": room["id"], "organization_id": chain.id, "ordinal": room["last_ordinal"],
            "author_id": author, "kind": "text", "text": line["text"] or "…", "ref": line["id"], "created_at": at,
            "author_employed": True, "author_leads": speaker % 12 == 0,
        }  # fmt: skip
        self.said.append(message)
        if room["kind"] == "public" and chain.chance.random() < SEEN:
            self._see(chain, store, message)

    def _begin(self, channel: str, number: int, at: datetime) -> None:
        chain = self.chains[len(self.rooms) % len(self.chains)]
        store = chain.stores[number % len(chain.stores)]
        creator = chain.find_employed(store, at.date(), number)
        room = {
            "id": len(self.rooms) + 1, "organization_id": chain.id, "service_id": store,
            "kind": PRIVATE.get(number % 10, "public"), "name": channel[:80], "created_by": creator,
            "created_at": at, "active_at": at, "last_ordinal": 0, "last_seq": 0,
        }  # fmt: skip
        self.rooms[channel] = chain, store, room

    def _see(self, chain: Chain, store: int, message: dict[str, Any]) -> None:
        for _ in range(chain.chance.randrange(1, 9)):
            at = message["created_at"] + timedelta(seconds=int(chain.chance.expovariate(1 / 20_000)))
            if at > clock.now():
                continue
            day = clock.local_day(at, ZONES[chain.world.code])
            reader = chain.find_employed(store, day, chain.chance.randrange(1_000), with_application=True)
            self.seen.append(
                {
                    "conversation_id": message["conversation_id"], "viewed_at": at, "person_id": reader,
                    "ordinal": message["ordinal"], "organization_id": chain.id, "employed": True,
                }
            )  # fmt: skip


class RealRecount(PageRecount):
    """The same questions, of rows that are read once for all periods and lie in order by what is asked of them: each
    beside its local day."""

    def __init__(self, chain: Chain) -> None:
        self.now, self.services, self.zone = clock.now(), [], ZoneInfo(ZONES[chain.world.code])
        self.rooms = {row.id: row for row in list_rows(conversations) if row.organization_id == chain.id}
        self._stints = chain.staff
        self._sent = defaultdict[tuple[int, str], list[tuple[date, Any]]](list)
        self._replied = defaultdict[int, list[tuple[date, float]]](list)
        self._seen = defaultdict[int, list[Any]](list)
        self._read = defaultdict[int, set[tuple[date, int]]](set)
        self._opened = defaultdict[int, list[date]](list)
        self._sort_said()
        self._sort_seen()
        self.staff, self.equipped = cache(self.staff), cache(self.equipped)  # type: ignore[method-assign]
        self._list_readings = cache(self._measure_readings)

    def _sort_said(self) -> None:
        rows = [row for row in list_rows(messages) if row.conversation_id in self.rooms]
        rows.sort(key=attrgetter("conversation_id", "ordinal"))
        for before, row in zip([None, *rows], rows, strict=False):
            day, room = self.day(row.created_at), self.rooms[row.conversation_id]
            self._sent[room.service_id, room.kind].append((day, row))
            if room.kind == "public" and before is not None and before.conversation_id == room.id:
                waited = row.created_at - before.created_at
                if before.author_id != row.author_id and timedelta(0) <= waited <= 7 * DAY:
                    self._replied[room.service_id].append((day, waited.total_seconds()))
        for sent in (*self._sent.values(), *self._replied.values()):
            sent.sort(key=itemgetter(0))

    def _sort_seen(self) -> None:
        for row in sorted(list_rows(views), key=attrgetter("viewed_at")):
            if row.conversation_id in self.rooms:
                self._seen[row.conversation_id].append(row)
                self._read[self.service_of(row)].add((self.day(row.viewed_at), row.person_id))
        for row in list_rows(app_openings):
            self._opened[row.person_id].append(self.day(row.effective_at))

    def staff(self, service: int, on: date) -> set[int]:
        return {
            row.person_id
            for row in self._stints[service]
            if row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)
        }

    def equipped(self, service: int, on: date) -> set[int]:
        return {each for each in self.staff(service, on) if any(on - 59 * DAY <= d <= on for d in self._opened[each])}

    def doing(self, service: int, window: Window, deed: Deed) -> set[int]:
        kinds = ("public", "group", "one_to_one")
        wrote = {row.author_id for kind in kinds for row in self.sent(window, kind, [service])}
        read = {person for day, person in self._read[service] if window.covers(day)}
        return {"sent": wrote, "read": read, "either": wrote | read}[deed]

    def sent(self, window: Window, kind: str, services: list[int] | None = None) -> list[Any]:
        chosen = self.services if services is None else services
        return [row for each in chosen for row in _list_within(self._sent[each, kind], window)]

    def replies(self, window: Window, services: list[int]) -> list[float]:
        return [waited for each in services for waited in _list_within(self._replied[each], window)]

    def readings(self, window: Window, services: list[int]) -> list[tuple[Any, dict[int, float]]]:
        return [measured for each in services for measured in self._list_readings(window, each)]

    def _measure_readings(self, window: Window, service: int) -> list[tuple[Any, dict[int, float]]]:
        measured = []
        for row in self.sent(window, "public", [service]):
            if self.now < row.created_at + DAY_HOURS + timedelta(minutes=1):
                continue
            looks = self._seen[row.conversation_id]
            at = attrgetter("viewed_at")
            begin = bisect_left(looks, row.created_at, key=at)
            end = bisect_right(looks, row.created_at + DAY_HOURS, key=at)
            readers: dict[int, float] = {}
            for look in looks[begin:end]:
                if look.ordinal >= row.ordinal and look.person_id != row.author_id:
                    readers.setdefault(look.person_id, (look.viewed_at - row.created_at).total_seconds())
            measured.append((row, readers))
        return measured


def _list_within(rows: list[tuple[date, Any]], window: Window) -> list[Any]:
    """Of rows in the order of their days."""
    begin = bisect_left(rows, window.from_on, key=itemgetter(0))
    end = bisect_right(rows, window.to_on, key=itemgetter(0))
    return [row for _, row in rows[begin:end]]


def write_talk(chains: list[Chain]) -> int:
    """How many messages."""
    talk = Talk(chains)
    with lzma.open(CORPUS) as lines:
        heard = sorted(map(json.loads, lines), key=itemgetter("ts"))
    for line in heard:
        talk.hear(line)
    openings = [row for chain in chains for row in chain.open_applications()]
    rooms = [room for _, _, room in talk.rooms.values()]
    seen = {(row["conversation_id"], row["viewed_at"], row["person_id"], row["ordinal"]): row for row in talk.seen}
    with db.unit_of_work() as uow:
        for table, rows in (
            (conversations, rooms),
            (messages, talk.said),
            (views, list(seen.values())),
            (app_openings, openings),
        ):
            uow.execute(insert(table), rows)
    return len(talk.said)


def test_r26_the_real_corpus_and_the_real_staff_in_two_zones(moment: Moment, sqlite: db.Database) -> None:
    moment.go_to("2017-01-05T12:00:00-05:00")
    chance = random.Random(26)
    chains = [Chain(code, half, chance) for half, code in enumerate(ZONES)]
    assert write_talk(chains) == 211_038
    fill()
    for chain in chains:
        everything, recount = administer(chain.world), RealRecount(chain)
        busiest = max(chain.stores, key=lambda store: sum(room.service_id == store for room in recount.rooms.values()))
        with db.read() as reader:
            alone = access_measured_service(reader, everything.actor, busiest)
        for period, on, which in PERIODS[chain.world.code]:
            scope = alone if which == "busiest" else everything
            report = get_report(scope, parse_window(period, on, None, None, first=FIRST, today=date(2017, 1, 5)))
            assert report.figures["public_messages"].now.amount
            recount.services = [each.id for each in scope.services]
            check_report(report, recount)

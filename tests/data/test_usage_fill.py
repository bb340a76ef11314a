"""The counters of usage equal a naive recount of every raw row, however and whenever they were filled, killed, doubled
or rebuilt; days are local, clock changes included; facts keep the service of their time (R26, R27)."""

from __future__ import annotations

import json
import lzma
import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import Any

import pandas as pd
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import delete, select, update

from data import clock, db, migrations
from data.access.actors import Surface
from data.access.conversations import access_joined_conversation
from data.access.directory import access_organization_at_console, access_service_by_code
from data.actions.chat_import import do_begin_chat_import, do_import_lines
from data.actions.messages import do_delete_message
from data.actions.reading import do_view
from data.models import messages, usage_counts, usage_marks
from data.usage import freshness, pace
from data.usage.buckets import LONGEST, find_median, to_buckets, to_seconds
from data.usage.equipment import merge_spells
from data.usage.fill import count_waiting, fill, rebuild
from data.usage.marks import READING_SINCE, UP_TO_DATE, get_mark
from tests import retail
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter, launch, send, start_group
from tests.statements import dying_at
from tests.usage_history import History
from tests.usage_recount import Recount, find_step, list_rows, read_figures

CORPUS = retail.SHARED / "chat_corpus_fcc" / "chat_corpus.jsonl.xz"
SECOND = timedelta(seconds=1)


def check_figures() -> None:
    found, expected = read_figures(), Recount(clock.now()).figures
    assert found.counts == expected.counts
    assert found.delays == expected.delays
    assert (found.read, found.sent, found.heard) == (expected.read, expected.sent, expected.heard)
    assert found.equipped == expected.equipped


def count(stat: str, on: date, service_id: int = 0, grain: str = "day") -> dict[int, int]:
    """By slot."""
    found = read_figures().counts
    return {key[5]: value for key, value in found.items() if key[1:5] == (service_id, stat, grain, on)}


def look(somebody: Somebody, conversation: int, surface: Surface = Surface.MOBILE) -> None:
    with db.unit_of_work() as uow:
        do_view(uow, access_joined_conversation(uow, chatter(uow, somebody, surface), conversation), 10**6)


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


@pytest.fixture
def ariane(world: World, kitchen: int) -> Somebody:
    return world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(world: World, kitchen: int) -> Somebody:
    return world.hire("Karim Benali", kitchen)


@pytest.fixture
def team(ariane: Somebody, kitchen: int) -> int:
    return launch(ariane, kitchen)


@pytest.mark.parametrize("seed", range(4))
def test_r26_filled_at_any_moments_they_equal_a_recount(database: db.Database, moment: Moment, seed: int) -> None:
    history = History(moment, seed)
    for _ in range(4):
        history.go_on(history.chance.randint(1, 80))
        fill()
        check_figures()
    moment.advance(days=2)
    fill()
    check_figures()
    filled = read_figures()
    rebuild()
    assert read_figures() == filled


def test_killed_at_any_statement_they_go_on_where_they_were(
    database: db.Database, moment: Moment, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emptied and filled by a process that dies at each statement in turn; the next one ends it."""
    monkeypatch.setattr(pace, "MOST", 20)
    history = History(moment, 7)
    history.go_on(60)
    moment.advance(days=2)
    fill()
    check_figures()
    filled = read_figures()

    def rebuild_and_die(at: int) -> None:
        db.connect(database_url)
        with dying_at(at):
            rebuild()

    statement = 1
    while in_a_process(partial(rebuild_and_die, statement)) != 0:
        fill()
        assert read_figures() == filled, statement
        statement += 1 if database.name == "sqlite" else 3
    assert 25 < statement < 200
    assert read_figures() == filled


def in_a_process(act: Callable[[], object]) -> int:
    """Run in a copy of this process, on connections of its own: how it ended."""
    db.current().dispose()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def test_four_at_once_count_nothing_twice(
    database: db.Database, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In units of few facts, parts of a conversation, so that they get into each other's way."""
    monkeypatch.setattr(pace, "MOST", 3)
    History(moment, 11).go_on(80)
    moment.advance(days=2)
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def ask() -> None:
        together.wait()
        try:
            fill(hurried=True)
        except BaseException as error:
            failed.append(error)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert failed == []
    fill()
    check_figures()


class Stopped(Exception):
    pass


def test_a_run_that_another_has_overtaken_counts_nothing_twice(
    karim: Somebody, team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other begins after the first unit of this one, and stops two units later, in the same conversation."""
    monkeypatch.setattr(pace, "MOST", 3)
    for number in range(20):
        send(karim, team, str(number))
    units: list[int] = []

    def stop_after_two(count: int) -> None:
        units.append(count)
        if len(units) == 3:
            raise Stopped

    def let_another_run(count: int) -> None:
        units.append(count)
        if len(units) == 1:
            with pytest.raises(Stopped):
                fill(hurried=True, advance=stop_after_two)

    fill(hurried=True, advance=let_another_run)
    check_figures()


@pytest.mark.parametrize(
    ("midnight", "hours", "twice"),
    [("2026-11-01T00:00:00-04:00", 25, {1: 2}), ("2027-03-14T00:00:00-05:00", 23, {2: 0})],
)
def test_r27_a_day_is_local_be_it_of_23_or_25_hours(
    database: db.Database, moment: Moment, midnight: str, hours: int, twice: dict[int, int]
) -> None:
    """One message in the middle of each hour that passes from midnight to midnight, and one on either side."""
    moment.go_to(midnight)
    on = clock.local_day(moment.at, "America/Toronto")
    moment.advance(minutes=-30)
    world = World.create()
    kitchen = world.add_service("cuisine")
    ariane = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    team = launch(ariane, kitchen)
    for _ in range(hours + 2):
        send(ariane, team, "Bonjour")
        moment.advance(hours=1)
    fill()
    expected = {hour: twice.get(hour, 1) for hour in range(24) if twice.get(hour, 1)}
    assert count("public_messages", on) == expected
    assert sum(expected.values()) == hours
    months = count("public_messages", on.replace(day=1), grain="month")
    assert {slot: months[slot] for slot in months if slot // 24 == on.weekday()} == {
        on.weekday() * 24 + hour: value for hour, value in expected.items()
    }
    check_figures()


def test_r27_what_people_did_keeps_the_service_of_the_time(
    world: World, kitchen: int, karim: Somebody, team: int, moment: Moment
) -> None:
    hall = world.add_service("salle")
    monday = clock.local_day(moment.at, "America/Toronto")
    send(karim, team, "Je suis encore ici")
    moment.advance(hours=1)
    world.move(karim, kitchen, hall, monday + timedelta(days=1))
    moment.advance(days=1)
    world.sign_in(world.administrator, Surface.PORTAL)
    there = launch(world.administrator, hall, name="Salle")
    send(karim, there, "Bonjour")
    fill()
    rebuild()
    assert read_figures().sent == {(kitchen, karim.id, monday), (hall, karim.id, monday + timedelta(days=1))}
    assert count("public_messages_by_employees", monday, kitchen) == {-1: 1}
    assert count("public_messages_by_employees", monday + timedelta(days=1), hall) == {-1: 1}


def test_r27_deleted_messages_are_apart_on_the_day_they_were_sent(
    karim: Somebody, team: int, kitchen: int, moment: Moment
) -> None:
    monday = clock.local_day(moment.at, "America/Toronto")
    send(karim, team, "Un")
    send(karim, team, "Deux")
    fill()
    moment.advance(days=1)
    with db.unit_of_work() as uow:
        do_delete_message(uow, access_joined_conversation(uow, chatter(uow, karim), team), 1)
    fill()
    assert count("public_messages", monday, kitchen) == {10: 2}
    assert count("public_deleted", monday, kitchen) == {10: 1}
    assert count("public_deleted", monday + timedelta(days=1), kitchen) == {}


def test_r26_reading_is_measured_at_24_hours_and_then_for_ever(
    world: World, ariane: Somebody, karim: Somebody, team: int, kitchen: int, moment: Moment
) -> None:
    monday = clock.local_day(moment.at, "America/Toronto")
    sofia = world.hire("Sofia Lavoie", kitchen)
    send(ariane, team, "Qui ferme ?")
    look(world.administrator, team, Surface.PORTAL)  # works elsewhere
    for somebody, later in ((ariane, 0), (karim, 90), (sofia, 24 * 60 * 60 - 90 + 1)):
        moment.advance(seconds=later)
        look(somebody, team)
    fill()
    assert count("settled_messages", monday, kitchen) == {}
    moment.advance(minutes=1)
    fill()
    assert count("settled_messages", monday, kitchen) == {-1: 1}
    assert count("reads_in_24h", monday, kitchen) == {-1: 1}  # hers came a second late, one's own does not count
    assert read_figures().delays[kitchen, "first_read", "day", monday] == Counter({90: 1})
    moment.advance(days=3)
    world.sign_in(world.administrator, Surface.PORTAL)
    look(world.hire("Tuan Pham", kitchen), team)
    fill()
    assert count("reads_in_24h", monday, kitchen) == {-1: 1}


def test_private_conversations_are_counted_by_day_and_never_by_hour(
    world: World, karim: Somebody, ariane: Somebody, kitchen: int, moment: Moment
) -> None:
    group = start_group(karim, [ariane, world.hire("Sofia Lavoie", kitchen)], kitchen)
    send(karim, group, "Entre nous")
    moment.advance(days=2)
    fill()
    found = read_figures()
    private = {key[2:] for key in found.counts if key[2] not in ("public_messages", "public_conversations_started")}
    monday, november = date(2026, 11, 23), date(2026, 11, 1)
    assert private == {
        (stat, grain, on, -1)
        for stat in ("group_messages", "private_conversations_started")
        for grain, on in (("day", monday), ("month", november), ("qtr", date(2026, 10, 1)))
    }
    assert not found.delays


def test_what_is_older_than_the_noting_of_views_is_not_measured(
    world: World, ariane: Somebody, karim: Somebody, team: int, kitchen: int, moment: Moment
) -> None:
    """The step that brings the facts tells old messages apart: their authors' standing by what is known, their reading
    unknown."""
    send(ariane, team, "Avant")
    send(karim, team, "Avant aussi")
    send(world.administrator, team, "De passage", surface=Surface.PORTAL)
    with db.read() as reader:
        standing = select(messages.c.ordinal, messages.c.author_employed, messages.c.author_leads).order_by("ordinal")
        before = reader.execute(standing).all()
    assert [tuple(row) for row in before] == [(1, True, True), (2, True, False), (3, False, True)]
    step = ScriptDirectory.from_config(migrations.make_config("sqlite://")).get_revision("0006").module
    with db.unit_of_work() as uow:
        uow.execute(update(messages).values(author_employed=False, author_leads=False))
        uow.execute(delete(usage_marks))
        with Operations.context(MigrationContext.configure(uow.connection)):
            step._tell_old_messages_apart()
    with db.unit_of_work() as uow:
        assert uow.execute(standing).all() == before
        # The step reads the system's clock, the test holds its own.
        uow.execute(update(usage_marks).where(usage_marks.c.name == READING_SINCE).values(at=moment.at + SECOND))
    moment.advance(minutes=1)
    send(ariane, team, "Après")
    moment.advance(days=2)
    rebuild()
    assert sum(count("settled_messages", date(2026, 11, 23), kitchen).values()) == 1


def test_r28_figures_are_counted_before_a_page_is_drawn_where_that_is_too_long_ago(
    karim: Somebody, team: int, kitchen: int, moment: Moment
) -> None:
    send(karim, team, "Un")
    freshness.bring_up_to_date()
    assert count("public_messages", date(2026, 11, 23), kitchen) == {10: 1}
    send(karim, team, "Deux")
    for seconds, counted in ((30, 1), (31, 2)):
        moment.at = moment.at.replace(second=seconds)
        freshness.bring_up_to_date()
        assert count("public_messages", date(2026, 11, 23), kitchen) == {10: counted}
    with db.read() as reader:
        assert get_mark(reader, UP_TO_DATE) == moment.at


def test_a_run_says_how_much_there_is_and_how_far_it_came(karim: Somebody, team: int, moment: Moment) -> None:
    for number in range(5):
        send(karim, team, str(number))
    moment.advance(days=2)
    with db.read() as reader:
        assert count_waiting(reader) == 10
    seen: list[int] = []
    fill(advance=seen.append)
    assert sum(seen) == 10
    with db.read() as reader:
        assert (count_waiting(reader), count_waiting(reader, all_again=True)) == (0, 10)


def test_spells_of_use_neither_overlap_nor_touch() -> None:
    assert merge_spells([(10, 12), (1, 3), (2, 5), (6, 8)]) == [(1, 8), (10, 12)]


def test_steps_of_delay_are_right_to_one_hundredth() -> None:
    seconds = [*range(5000), 10**5, 604_800, LONGEST, LONGEST + 1]
    steps = to_buckets(pd.Series(seconds).to_numpy()).tolist()
    assert steps == sorted(steps)
    assert steps[:-1] == [find_step(each) for each in seconds[:-1]]
    for each, step in zip(seconds[:-1], steps, strict=False):
        assert abs(to_seconds(step) - each) <= each / 100
    assert find_median(dict.fromkeys(to_buckets(pd.Series([10, 20, 3000]).to_numpy()).tolist(), 1)) == 20
    assert find_median({}) is None


@pytest.mark.skipif(not CORPUS.exists(), reason="the real corpus is not at hand")
def test_r26_real_messages_are_counted_as_pandas_counts_them(moment: Moment, sqlite: db.Database) -> None:
    """Some of the corpus in each of three services and two zones, counted from its own lines."""
    worlds = {code: World.create(code, timezone=zone) for code, zone in PLACES.items()}
    with lzma.open(CORPUS) as lines:
        chosen = list(islice(lines, 21_000))
    for number, (code, name) in enumerate((("est", "cuisine"), ("est", "salle"), ("atlantique", "cuisine"))):
        service = worlds[code].add_service(name)
        part = chosen[number * 7_000 : (number + 1) * 7_000]
        import_lines(code, name, part)
        fill()
        check_against_pandas(pd.DataFrame(map(json.loads, part)), service, PLACES[code])


PLACES = {"est": "America/Toronto", "atlantique": "America/Halifax"}


def import_lines(code: str, name: str, lines: list[bytes]) -> None:
    with db.unit_of_work() as uow:
        service = access_service_by_code(uow, access_organization_at_console(uow, code), name)
        progress = do_begin_chat_import(uow, service, f"{code}/{name}")
        do_import_lines(uow, progress, lines)


def check_against_pandas(said: pd.DataFrame, service_id: int, timezone: str) -> None:
    said = said[said["text"].str.strip() != ""].copy()
    local = pd.to_datetime(said["ts"]).dt.tz_convert(timezone)
    said["day"], said["hour"] = local.dt.date, local.dt.hour
    counted = [row for row in list_rows(usage_counts) if (row.service_id, row.stat) == (service_id, "public_messages")]
    found = pd.DataFrame([row._asdict() for row in counted])
    by_day = found[found["grain"] == "day"].set_index(["starts_on", "slot"])["value"]
    expected = said.groupby(["day", "hour"]).size()
    assert by_day.to_dict() == expected.to_dict()
    by_month = found[found["grain"] == "month"]
    heat = Counter(dict(by_month.groupby("slot")["value"].sum()))
    assert heat == Counter((local.dt.day_of_week * 24 + local.dt.hour).value_counts().to_dict())
    check_replies(said, local, service_id)


def check_replies(said: pd.DataFrame, local: pd.Series[Any], service_id: int) -> None:
    """Messages that follow somebody else's in the same room within seven days."""
    before = said.groupby("channel")["sender"].shift()
    waited = (local - local.groupby(said["channel"]).shift()).dt.total_seconds()
    is_reply = before.notna() & (before != said["sender"]) & waited.between(0, 7 * 86_400)
    steps = Counter(find_step(int(each)) for each in waited[is_reply])
    delays = read_figures().delays
    months = (each for key, each in delays.items() if key[:3] == (service_id, "first_reply", "month"))
    assert sum(months, Counter()) == steps
    median = find_median(steps)
    assert median == pytest.approx(float(waited[is_reply].median()), rel=0.03)

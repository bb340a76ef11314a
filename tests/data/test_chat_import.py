"""Messages from elsewhere: every line is accounted for, nothing is stored twice, a cut loses nothing, and what is
imported is unread for nobody."""

from __future__ import annotations

import json
import lzma
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import func, select

from data import clock, db
from data.access.actors import Surface
from data.access.conversations import access_joined_conversation
from data.access.directory import access_organization_at_console, access_service_by_code
from data.actions.chat_import import (
    NAMELESS,
    NOBODY,
    ChatImport,
    count_lines_read_before,
    do_begin_chat_import,
    do_import_lines,
)
from data.actions.reading import do_view
from data.config import ROOT
from data.errors import ImportUnderWay
from data.models import audit_entries, conversations, messages, metadata, people
from data.queries.conversations import list_conversations
from tests import retail
from tests.conftest import Moment
from tests.factories import World, chatter, launch, send

CORPUS = retail.SHARED / "chat_corpus_fcc"


def line(text: str = "Bonjour", *, channel: str = "Cuisine", sender: str = "marie", **fields: Any) -> bytes:
    message = {"channel": channel, "sender": sender, "ts": "2024-03-01T12:00:00Z", "text": text} | fields
    return json.dumps(message).encode() + b"\n"


def begin(world: World, digest: str = "d1") -> ChatImport:
    with db.unit_of_work() as uow:
        organization = access_organization_at_console(uow, world.code)
        return do_begin_chat_import(uow, access_service_by_code(uow, organization, "cuisine"), digest)


def read(world: World, lines: Iterable[bytes], digest: str = "d1", *, at_once: int = 1000) -> Counter[str]:
    """As the command does: skip what was read, go on, a chunk at a time."""
    progress = begin(world, digest)
    source = iter(lines)
    count_lines_read_before(progress, islice(source, progress.lines_read), clock.now())
    while chunk := list(islice(source, at_once)):
        with db.unit_of_work() as uow:
            do_import_lines(uow, progress, chunk)
    return +progress.counts


def stored() -> list[tuple[str, str, str]]:
    """Channel, sender and text, in the order of the conversations."""
    with db.read() as reader:
        return [
            tuple(row)
            for row in reader.execute(
                select(conversations.c.name, people.c.given_name, messages.c.text)
                .join(conversations, conversations.c.id == messages.c.conversation_id)
                .join(people, people.c.id == messages.c.author_id)
                .order_by(messages.c.conversation_id, messages.c.ordinal)
            )
        ]


def snapshot() -> dict[str, int]:
    with db.read() as reader:
        return {
            name: reader.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def kitchen(world: World) -> int:
    return world.add_service("cuisine")


def test_chat_import_stores_and_accounts_for_every_line(world: World, kitchen: int) -> None:
    found = read(
        world,
        [
            line("Bonjour"),
            line("Salut", sender="karim"),
            line("  \u200b "),
            line("À demain", channel="Salle"),
            b"not json\n",
            line(ts="yesterday"),
            line(ts="0001-01-01T00:00:00+14:00"),
            line(ts="2099-01-01T00:00:00Z"),
            b'{"channel": "Cuisine"}\n',
            b'{"channel": "c", "sender": "s", "ts": "2024-03-01", "text": "\\ud800"}\n',
            b"\n",
        ],
    )
    assert found == {"stored": 3, "blank": 2, "unreadable": 5, "future": 1}
    assert stored() == [
        ("Cuisine", "marie", "Bonjour"),
        ("Cuisine", "karim", "Salut"),
        ("Salle", "marie", "À demain"),
    ]
    with db.read() as reader:
        ends = reader.execute(
            select(
                conversations.c.name,
                conversations.c.kind,
                conversations.c.last_ordinal,
                conversations.c.last_seq,
                conversations.c.active_at,
            ).order_by(conversations.c.id)
        ).all()
        entry = reader.execute(select(audit_entries.c.act).order_by(audit_entries.c.id.desc()).limit(1)).scalar_one()
    said_at = datetime.fromisoformat("2024-03-01T12:00:00+00:00")
    assert [tuple(end) for end in ends] == [("Cuisine", "public", 2, 2, said_at), ("Salle", "public", 1, 1, said_at)]
    assert entry == "chat.imported"


def test_chat_import_keeps_long_texts_and_takes_control_characters_out(world: World, kitchen: int) -> None:
    read(
        world,
        [line("x" * 5000), line("a\0b\u202ec\r\nd", channel="x\0\ny" + "z" * 100, sender="\u200b"), line(channel=" ")],
    )
    assert stored() == [
        ("Cuisine", "marie", "x" * 5000),
        ("x y" + "z" * 77, NOBODY, "abc\nd"),
        (NAMELESS, "marie", "Bonjour"),
    ]


def test_chat_import_twice_changes_nothing(world: World, kitchen: int) -> None:
    lines = [line("Bonjour"), line(" "), line("Bonjour"), line("Salut", id="7"), b"?\n"]
    assert read(world, lines) == {"stored": 2, "known": 1, "blank": 1, "unreadable": 1}
    before, said = snapshot(), stored()
    assert read(world, lines) == {"known": 3, "blank": 1, "unreadable": 1}
    assert (snapshot(), stored()) == (before, said)


def test_chat_import_knows_lines_of_this_very_run(world: World, kitchen: int) -> None:
    lines = [line("Un"), line("Deux"), line("Un"), line("Un", sender="karim")]
    assert read(world, lines, at_once=1) == {"stored": 3, "known": 1}


def test_chat_import_knows_lines_of_another_file(world: World, kitchen: int) -> None:
    """A longer export of the same channels: what is there stays, what is new is added."""
    read(world, [line("Un", id="1"), line("Deux", id="2")])
    assert read(world, [line("Un", id="1"), line("Deux", id="2"), line("Trois", id="3")], "d2") == {
        "known": 2,
        "stored": 1,
    }
    assert [text for _, _, text in stored()] == ["Un", "Deux", "Trois"]


def test_chat_import_knows_lines_whose_sender_was_hired_since(world: World, kitchen: int) -> None:
    read(world, [line("Un", sender="Karim Benali")])
    world.hire("Karim Benali", kitchen)
    before = snapshot()
    assert read(world, [line("Un", sender="Karim Benali")], "d2") == {"known": 1}
    assert snapshot() == before | {"chat_imports": 2, "audit_entries": before["audit_entries"] + 1}


def test_chat_import_knows_lines_of_a_deleted_conversation(world: World, kitchen: int) -> None:
    read(world, [line("Un")])
    with db.unit_of_work() as uow:
        uow.execute(conversations.update().values(deleted_at=uow.now))
    assert read(world, [line("Un"), line("Deux")], "d2") == {"known": 1, "stored": 1}
    with db.read() as reader:
        assert reader.execute(select(func.count()).select_from(conversations)).scalar_one() == 2


def test_chat_import_finds_senders_among_employees(world: World, kitchen: int) -> None:
    karim = world.hire("Karim Benali", kitchen)
    world.hire("Jean Roy", kitchen)
    world.hire("Jean Roy", kitchen)
    rival = World.create("rival")
    rival.hire("Sofia Lavoie", rival.add_service("salle"))
    with db.read() as reader:
        row = reader.execute(
            select(metadata.tables["employees"].c.number, metadata.tables["employees"].c.email).where(
                metadata.tables["employees"].c.person_id == karim.id
            )
        ).one()
    senders = ["karim BENALI", row.number, row.email.upper(), "Jean Roy", "Sofia Lavoie", "Karim"]
    read(world, [line(sender, sender=sender) for sender in senders])
    with db.read() as reader:
        written_by = dict(reader.execute(select(messages.c.text, messages.c.author_id)).all())
        former = set(
            reader.execute(
                select(people.c.given_name).where(
                    people.c.account_id.is_(None), people.c.organization_id == world.organization_id
                )
            ).scalars()
        )
    assert [written_by[sender] == karim.id for sender in senders] == [True, True, True, False, False, False]
    # Two bear that name: it is neither's. Somebody of another organization is a stranger.
    assert former == {"Jean Roy", "Sofia Lavoie", "Karim"}


def test_chat_import_is_unread_for_nobody(world: World, kitchen: int, moment: Moment) -> None:
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    karim = world.hire("Karim Benali", kitchen)
    moment.advance(days=30)

    def unread() -> dict[str | None, int]:
        with db.read() as reader:
            rows = list_conversations(reader, chatter(reader, karim)).rows
            assert list_conversations(reader, chatter(reader, manager)).unread == 0
        return {row.name: row.unread for row in rows}

    recent = [line(str(n), ts=f"2026-12-{20 + n}T20:00:00Z", id=str(n)) for n in range(4)]
    read(world, recent[:2])
    assert unread() == {"Cuisine": 0}
    with db.unit_of_work() as uow:
        (found,) = list_conversations(uow, chatter(uow, karim)).rows
        do_view(uow, access_joined_conversation(uow, chatter(uow, karim), found.id), 1)
    moment.advance(days=1)
    read(world, recent, "d2")
    assert unread() == {"Cuisine": 0}
    # What is typed here counts, before and after a further import.
    moment.advance(minutes=1)
    send(manager, found.id, "Bienvenue")
    assert unread() == {"Cuisine": 1}
    moment.advance(minutes=1)
    read(world, [*recent, line("later", ts="2026-12-24T12:00:00Z")], "d3")
    with db.read() as reader:
        counts = sorted(row.unread for row in list_conversations(reader, chatter(reader, karim)).rows)
    assert counts == [0, 1]


def test_chat_import_never_goes_on_in_a_conversation_of_people(world: World, kitchen: int) -> None:
    """A channel of the same name: people's own conversation is left as it is."""
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    conversation = launch(manager, kitchen, name="Cuisine")
    send(manager, conversation, "Bonjour", surface=Surface.PORTAL)
    read(world, [line("Ancien")])
    with db.read() as reader:
        held = reader.execute(select(messages.c.conversation_id, messages.c.text).order_by(messages.c.text)).all()
    assert [(of == conversation, text) for of, text in held] == [(False, "Ancien"), (True, "Bonjour")]


def test_chat_import_goes_on_after_a_cut_between_two_chunks(world: World, kitchen: int) -> None:
    lines = [line(str(n), channel=f"c{n % 3}") for n in range(100)]

    def cut() -> Iterator[bytes]:
        yield from lines[:47]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(world, cut(), at_once=10)
    found = read(world, lines, at_once=10)
    assert found == {"known": 40, "stored": 60}
    texts = [text for _, _, text in stored()]
    assert sorted(texts, key=int) == [str(n) for n in range(100)]
    assert texts == sorted(texts, key=lambda text: (int(text) % 3, int(text)))


def test_chat_import_goes_on_after_a_cut_within_a_chunk(world: World, kitchen: int) -> None:
    lines = [line(str(n)) for n in range(30)]
    read(world, lines[:10], at_once=10)
    progress = begin(world)
    with pytest.raises(ZeroDivisionError), db.unit_of_work() as uow:
        do_import_lines(uow, progress, lines[10:20])
        raise ZeroDivisionError
    assert read(world, lines, at_once=10) == {"known": 10, "stored": 20}
    assert [text for _, _, text in stored()] == [str(n) for n in range(30)]


KILLED = """
import os, signal, sys
from data import db
from data.access.directory import access_organization_at_console, access_service_by_code
from data.actions.chat_import import do_begin_chat_import, do_import_lines
url, code, path, after = sys.argv[1:]
db.connect(url)
with db.unit_of_work() as uow:
    service = access_service_by_code(uow, access_organization_at_console(uow, code), "cuisine")
    progress = do_begin_chat_import(uow, service, "d1")
lines = open(path, "rb").readlines()[progress.lines_read:]
for start in range(0, len(lines), 10):
    with db.unit_of_work() as uow:
        do_import_lines(uow, progress, lines[start:start + 10])
        if start >= int(after):
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_chat_import_goes_on_after_kill_9(sqlite_world: World, tmp_path: Any) -> None:
    """Three times in the middle of a transaction; then to the end, with nothing lost, doubled or out of order."""
    sqlite_world.add_service("cuisine")
    lines = [line(str(n)) for n in range(200)]
    path = tmp_path / "chat.jsonl"
    path.write_bytes(b"".join(lines))
    url = f"sqlite:///{tmp_path / 'chat.db'}"
    for after in (20, 50, 0):
        arguments = [sys.executable, "-c", KILLED, url, sqlite_world.code, str(path), str(after)]
        killed = subprocess.run(arguments, cwd=ROOT, check=False)
        assert killed.returncode == -signal.SIGKILL
    assert read(sqlite_world, lines) == {"known": 70, "stored": 130}
    assert [text for _, _, text in stored()] == [str(n) for n in range(200)]


def test_chat_import_is_done_by_one_at_a_time(world: World, kitchen: int) -> None:
    lines = [line(str(n)) for n in range(4)]
    one, other = begin(world), begin(world)
    with db.unit_of_work() as uow:
        do_import_lines(uow, one, lines[:2])
    with db.unit_of_work() as uow, pytest.raises(ImportUnderWay):
        do_import_lines(uow, other, lines[:2])
    assert len(stored()) == 2


def test_chat_import_of_a_real_corpus(sqlite_world: World) -> None:
    """211,038 messages: all are accounted for, and twice changes nothing."""
    retail.skip_if_absent(CORPUS)
    sqlite_world.add_service("cuisine")
    with lzma.open(CORPUS / "chat_corpus.jsonl.xz") as lines:
        found = read(sqlite_world, lines)
    assert found == {"stored": 209_868, "blank": 1_170}
    before = snapshot()
    assert before["messages"] == 209_868
    with db.read() as reader:
        longest, channels = reader.execute(
            select(func.max(func.length(messages.c.text)), func.count(messages.c.conversation_id.distinct()))
        ).one()
    assert longest > 4_000
    assert channels == 521
    with lzma.open(CORPUS / "chat_corpus.jsonl.xz") as lines:
        assert read(sqlite_world, lines) == {"known": 209_868, "blank": 1_170}
    assert snapshot() == before

"""A whole database into another of either kind: the same row by row, whatever interrupts, never over what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from data import copying, db
from data.actions.notices import Notice, queue_notices
from data.actions.push import do_register_device, keep_private_key
from data.copying import CopyRefused, copy_database
from data.models import accounts, document_counters, messages, metadata
from tests import factories, inside
from tests.conftest import Moment
from tests.push_service import Device


class Interrupted(Exception):
    pass


@pytest.fixture
def busy(sqlite: db.Database, moment: Moment, tmp_path: Path) -> str:
    """A database in which something happened: its address."""
    kitchen = inside.make_kitchen("copied")
    conversation = factories.launch(kitchen.manager, kitchen.service_id)
    for number in range(30):
        factories.send(kitchen.staff[number % 3], conversation, f"message {number} é ☕ ''")
    return f"sqlite:///{tmp_path / 'chat.db'}"


def read_all(url: str) -> dict[str, list[tuple[object, ...]]]:
    database = db.connect(url)
    try:
        with database.read() as reader:
            tables = [table for table in metadata.sorted_tables if table.name != "outbox"]
            return {
                table.name: [tuple(row) for row in reader.execute(select(table).order_by(*table.primary_key.columns))]
                for table in tables
            }
    finally:
        database.dispose()


def test_everything_comes_to_postgresql_and_new_rows_get_new_numbers(busy: str, fresh_postgres: str) -> None:
    rows = copy_database(busy, fresh_postgres)
    there = read_all(fresh_postgres)
    assert there == read_all(busy)
    assert rows == sum(len(found) for found in there.values())
    assert len(there["messages"]) == 30
    database = db.connect(fresh_postgres)
    with database.unit_of_work() as uow:
        known = set(uow.execute(select(accounts.c.id)).scalars())
        new = uow.execute(insert(accounts).values(created_at=uow.now).returning(accounts.c.id)).scalar_one()
    assert new not in known
    database.dispose()


def test_interrupted_anywhere_it_goes_on_and_ends_with_the_same(
    busy: str, fresh_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 7)
    steps = 0

    def stop_after(most: int) -> copying.Told:
        def told(done: int, total: int) -> None:
            nonlocal steps
            steps += 1
            if steps % most == 0:
                raise Interrupted

        return told

    for most in (1, 2, 5, 9):
        with pytest.raises(Interrupted):
            copy_database(busy, fresh_postgres, stop_after(most))
    copy_database(busy, fresh_postgres)
    assert read_all(fresh_postgres) == read_all(busy)


def test_back_again_from_postgresql_it_is_the_same_file(busy: str, fresh_postgres: str, tmp_path: Path) -> None:
    copy_database(busy, fresh_postgres)
    back = f"sqlite:///{tmp_path / 'back.db'}"
    copy_database(fresh_postgres, back)
    assert read_all(back) == read_all(busy)


def test_an_older_state_that_is_restored_is_another_timeline_and_a_database_that_moves_is_not(
    busy: str, tmp_path: Path
) -> None:
    moved_to, restored_to = (f"sqlite:///{tmp_path / name}" for name in ("moved.db", "restored.db"))
    copy_database(busy, moved_to)
    copy_database(moved_to, restored_to, turns_back=True)
    before, moved, after = read_all(busy), read_all(moved_to), read_all(restored_to)
    assert moved["timelines"] == before["timelines"] != after["timelines"]
    assert {**after, "timelines": None} == {**before, "timelines": None}


@pytest.mark.parametrize("forgets", [True, False])
def test_a_copy_to_try_things_on_knows_nobodys_phone(
    sqlite: db.Database, moment: Moment, tmp_path: Path, *, forgets: bool
) -> None:
    kitchen = inside.make_kitchen("phones")
    karim, subscription = kitchen.staff[0], Device("https://fcm.googleapis.com").subscription
    conversation_id = factories.launch(kitchen.manager, kitchen.service_id)
    with db.unit_of_work() as uow:
        keep_private_key(uow)
        device_id = do_register_device(uow, karim.act(), subscription, ())
        organization_id = kitchen.world.organization_id
        queue_notices(uow, [Notice(device_id, conversation_id, organization_id, 0, is_urgent=False, is_beginning=True)])
    urls = [f"sqlite:///{tmp_path / name}" for name in ("chat.db", "copy.db")]
    copy_database(*urls, forgets_devices=forgets)
    here, there = (read_all(url) for url in urls)
    for name in ("push_devices", "push_notices", "push_keys"):
        assert len(here[name]) == 1
        assert (there[name] == here[name]) is not forgets, name
    db.connect(urls[1])
    with db.unit_of_work() as uow:
        assert (do_register_device(uow, karim.act(), subscription, ()) == device_id) is not forgets  # signs up again


def test_a_database_in_use_is_never_copied_over(busy: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    copy_database(busy, other)
    before = read_all(other)
    with pytest.raises(CopyRefused, match="in use already"):
        copy_database(busy, other)
    assert read_all(other) == before


def test_a_copy_that_was_begun_from_another_source_is_refused(busy: str, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path / 'target.db'}"

    def stop(done: int, total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        copy_database(busy, target, stop)
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    copy_database(busy, elsewhere)
    with pytest.raises(CopyRefused, match="of another database"):
        copy_database(elsewhere, target)


def test_what_was_changed_between_two_halves_of_a_copy_is_noticed(
    busy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 10)
    target = f"sqlite:///{tmp_path / 'target.db'}"

    def stop(done: int, total: int) -> None:
        if done > total - 5:
            raise Interrupted

    with pytest.raises(Interrupted):
        copy_database(busy, target, stop)
    with db.connect(busy).unit_of_work() as uow:
        uow.execute(accounts.update().where(accounts.c.id == 1).values(language="en"))
    with pytest.raises(CopyRefused, match="accounts"):
        copy_database(busy, target)


def test_what_must_never_change_is_guarded_in_the_copy_too(busy: str, fresh_postgres: str) -> None:
    copy_database(busy, fresh_postgres)
    database = db.connect(fresh_postgres)
    with pytest.raises(Exception, match="append-only"), database.unit_of_work() as uow:
        uow.execute(metadata.tables["option_changes"].delete())
    with database.read() as reader:
        assert reader.execute(select(func.count()).select_from(document_counters)).scalar_one() == 2
        assert reader.execute(select(func.count()).select_from(messages)).scalar_one() == 30
    database.dispose()

"""What is acknowledged is on the disk before: seen in the server's own calls, and by cutting the power. Migrations go
on where they were killed, a backup taken while people write holds one instant."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import backups, power, steps, syncs
from tests.faults.places import serving
from tests.server import Server

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def disk(folder: Path) -> Iterator[power.Disk | None]:
    """An image of its own, where that can be."""
    with ExitStack() as stack:
        yield None if power.find_obstacle() else stack.enter_context(power.Disk.mounted(folder))


@pytest.fixture(scope="module")
def server(disk: power.Disk | None, folder: Path, sqlite_template: Path) -> Iterator[Server]:
    with serving(disk.place if disk else folder / "server", sqlite_template) as server:
        yield server


def test_nobody_is_told_that_a_message_is_kept_before_it_is_on_the_disk(server: Server, tmp_path: Path) -> None:
    if obstacle := syncs.find_obstacle():
        pytest.skip(f"NOT TRIED: {obstacle}")
    assert syncs.watch(server, tmp_path, messages=20) == syncs.Told(acknowledged=20, early=0)


def test_calls_in_which_the_answer_comes_first_are_seen() -> None:
    written, synced = 'pwrite64(9</x/chat.db-wal>, "", 24, 0) = 24', "fdatasync(9</x/chat.db-wal>) = 0"
    told = r'sendto(7<socket:[1]>, "\201H{\"type\":\"done\",\"ref\":\"sync-0\",\"result\":{}}", 74, 0) = 74'
    assert syncs.judge([written, synced, told]) == syncs.Told(1, 0)
    for calls in ([told], [written, told, synced], [synced, written, told], [written, synced, told, told]):
        assert syncs.judge(calls).early == 1


def test_a_power_cut_takes_nothing_acknowledged_with_it(server: Server, disk: power.Disk | None) -> None:
    if disk is None:
        pytest.skip(f"NOT TRIED: {power.find_obstacle()}")
    outcome = power.cut(disk, server, cuts=1)
    assert outcome.verdict.acknowledged > 0
    assert outcome.is_clean, outcome


def test_a_backup_taken_while_people_write_holds_one_instant(server: Server, tmp_path: Path) -> None:
    backup = backups.take_and_restore(server, tmp_path)
    assert backup.verdict.is_clean, backup
    assert backup.counted
    assert backup.messages >= 100


def test_a_migration_that_was_killed_is_completed_by_the_next_run(tmp_path: Path) -> None:
    """At some of its statements; `make faults` tries each, on both databases."""
    numbers = itertools.count()
    assert steps.list_broken(lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db", (1, 97)) == []

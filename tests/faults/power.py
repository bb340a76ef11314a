"""The power goes: the disk as it is at a random moment, mounted again elsewhere. What the file system had not been
asked to synchronise is not on it.

The database lies on an image that is mounted through a loop device; the image is copied while people write. The servers
are held still while it is copied, so that the copy is of one moment: the cut falls between two calls of the system, not
within one."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crowd import Writer, judge
from tests.faults.gathering import Gathering, Outcome
from tests.faults.places import await_that, find_workers, frozen
from tests.server import Server

SIZE = 64  # megabytes
NEEDS = ("mkfs.ext4", "losetup", "mount")


def find_obstacle() -> str | None:
    """Why it cannot be done here."""
    if os.geteuid() != 0:
        return "mounting an image needs root"
    missing = [name for name in NEEDS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = subprocess.run(["losetup", "-f"], capture_output=True, text=True)
    return None if probe.returncode == 0 else "no loop device"


@dataclass(frozen=True)
class Disk:
    image: Path
    place: Path

    @classmethod
    @contextmanager
    def mounted(cls, folder: Path) -> Iterator[Disk]:
        disk = cls(folder / "image", folder / "disk")
        with disk.image.open("wb") as file:
            file.truncate(SIZE << 20)
        _run("mkfs.ext4", "-q", "-F", str(disk.image))
        with _mounting(disk.image, disk.place):
            yield disk

    @contextmanager
    def cut_copy(self) -> Iterator[Path]:
        """What a machine that starts again finds: the image as it is now, mounted."""
        copy = self.image.with_name("copy")
        before = b""
        while before != (before := _copy(self.image, copy)):
            pass  # the file system was writing its journal: its next state
        with _mounting(copy, self.place.with_name("after")):
            yield self.place.with_name("after")
        copy.unlink()


def cut(disk: Disk, server: Server, *, cuts: int) -> Outcome:
    """So many times: what was acknowledged until then must be on the disk, in its place, once."""
    gathering, chance = Gathering([server]), random.Random(0)
    try:
        outcomes = []
        for _ in range(cuts):
            gathering.await_everybody()
            time.sleep(chance.random() * 0.3)
            # Held still before one looks: whatever was acknowledged was so while the disk was as it is copied.
            with frozen(find_workers(server)):
                time.sleep(0.02)  # what was sent before has arrived
                promised = remember(gathering.writers)
                with disk.cut_copy() as after:
                    stored = read_refs(after / "chat.db", gathering.conversation_id)
            outcomes.append(judge(promised, (), stored))
        gathering.end()
        return Outcome(max(outcomes, key=lambda verdict: verdict.faults))
    finally:
        gathering.give_up()


def read_refs(database: Path, conversation_id: int) -> list[tuple[int, str]]:
    """(ordinal, ref) of each message, in order, of a file that is whole."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert state == "ok"
        query = "SELECT ordinal, ref FROM messages WHERE conversation_id = ? ORDER BY ordinal"
        return connection.execute(query, (conversation_id,)).fetchall()


def remember(writers: list[Writer]) -> list[Writer]:
    """What was acknowledged until now."""
    return [
        Writer(each.door, each.conversation_id, each.name, each.until, acknowledged=dict(each.acknowledged))
        for each in writers
    ]


def _copy(image: Path, copy: Path) -> bytes:
    found = image.read_bytes()
    copy.write_bytes(found)
    return found


@contextmanager
def _mounting(image: Path, place: Path) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", str(image), str(place))
    try:
        yield
    finally:
        await_that(lambda: subprocess.run(["umount", str(place)], capture_output=True).returncode == 0, 10)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)

"""The whole database from place to place, at the server's console."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from callbacks.console import command
from callbacks.identity import get_settings
from callbacks.serving import claim_file
from data import clock, db
from data.actions.processes import note_jobs
from data.copying import CopyRefused, Told, copy_database
from data.metrics import JobState


@command("move-database", needs_tables=False)
@click.option(
    "--to", "target", required=True, metavar="URL", help="postgresql+psycopg://user:password@host/name, empty."
)
def move_database(target: str) -> None:
    """Copy everything into another database, from SQLite to PostgreSQL for instance.

    Stop the server first. Interrupted, it goes on where it stopped; at the end both are compared row by row."""
    source = get_settings().database_url
    claim_file(source)
    _report(_copy(source, target), "Set DATABASE_URL to the new database and start the server.")


@command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write everything into one file, while the server serves.

    The file is a SQLite database that holds one instant, compared with the source row by row."""
    if file.exists():
        raise click.ClickException(f"{file} exists already.")
    unfinished = file.with_name(file.name + ".part")
    _remove(unfinished)
    try:
        rows = _copy(get_settings().database_url, f"sqlite:///{unfinished}")
        unfinished.rename(file)
    finally:
        _remove(unfinished)
    _note_backup()
    _report(rows, f"Restore it with `flask --app app restore {file}` into an empty database.")


@command("restore", needs_tables=False)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keep-devices", is_flag=True, help="Go on notifying people's phones: this is the service from now on.")
def restore(file: Path, *, keep_devices: bool) -> None:
    """Bring a backup into the database of the settings, which must be empty.

    Stop the server first. Interrupted, it goes on where it stopped. Clients drop what they kept of what came after the
    backup.

    Without --keep-devices the phones in the backup and the key by which they know this server are forgotten, so that a
    copy to try things on notifies nobody; where PUSH_PRIVATE_KEY is set, set another one for a copy. After a loss, when
    what is restored takes the place of what was lost, say --keep-devices. Forgotten or not, a phone signs up again by
    itself when the application is opened on it."""
    target = get_settings().database_url
    claim_file(target)
    rows = _copy(f"sqlite:///{file.resolve()}", target, turns_back=True, forgets_devices=not keep_devices)
    phones = (
        "Phones go on being notified."
        if keep_devices
        else "No phone is notified before the application is opened on it (--keep-devices, after a loss)."
    )
    _report(rows, f"Start the server: open windows come back by themselves. {phones}")


def _copy(source: str, target: str, *, turns_back: bool = False, forgets_devices: bool = False) -> int:
    try:
        with _showing_progress() as told:
            return copy_database(source, target, told, turns_back=turns_back, forgets_devices=forgets_devices)
    except CopyRefused as refused:
        raise click.ClickException(f"Not done: {refused}.") from None


@contextmanager
def _showing_progress() -> Iterator[Told]:
    with click.progressbar(length=1, label="Copying", file=sys.stderr) as bar:
        shown = 0

        def told(done: int, total: int) -> None:
            nonlocal shown
            bar.length = total
            bar.update(done - shown)
            shown = done

        yield told


def _note_backup() -> None:
    """For the page that shows when the last one was made."""
    with db.unit_of_work() as uow:
        note_jobs(uow, {"backup": JobState(succeeded_at=clock.to_ms(uow.now))})


def _report(rows: int, then: str) -> None:
    click.echo(f"{rows} rows are there, the same in both. {then}")


def _remove(unfinished: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)

"""Staff and conversations from files, at the server's console."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path

import click

from callbacks.console import command, find_organization, find_service, t
from callbacks.staff_import import describe_problems
from components.staff_import import list_changes
from data import clock, db
from data.actions.chat_import import ChatImport, Outcome, count_lines_read_before, do_begin_chat_import, do_import_lines
from data.actions.staff_file import read_staff_file
from data.actions.staff_import import do_import_staff, read_staff_directory
from data.actions.staff_plan import StaffPlan, plan_staff_import

LINES_AT_ONCE = 1000
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)

REASONS: dict[Outcome, str] = {
    "blank": "Left out, nothing to read",
    "unreadable": "Left out, not a message",
    "future": "Left out, dated in the future",
}


@command("import-staff")
@click.argument("file", type=EXISTING)
@click.option("--organization", required=True, metavar="CODE", help="Whose staff it is.")
@click.option("--preview", is_flag=True, help="Only tell what importing the file would do.")
def import_staff(file: Path, organization: str, preview: bool) -> None:
    """Bring the staff of an organization from a CSV file.

    Everything is imported, or nothing: lines to correct are told with their column and the reason. Importing a file
    twice changes nothing. docs/STAFF_IMPORT.md describes the columns."""
    content = read_staff_file(file.read_bytes())
    with db.read() as reader:
        plan = plan_staff_import(read_staff_directory(reader, find_organization(reader, organization)), content)
    if content.unused:
        click.echo(f"Columns that are not used: {', '.join(content.unused)}")
    if plan.problems:
        _refuse(plan)
    if not preview:
        with db.unit_of_work() as uow:
            plan = do_import_staff(uow, find_organization(uow, organization), content, plan)
    _report(plan, is_done=not preview)


def _refuse(plan: StaffPlan) -> None:
    for row in describe_problems(t, plan):
        where = f"line {row.line}" + (f", {row.column}" if row.column else "")
        click.echo(f"{where}: {row.reason}" + (f" [{row.value}]" if row.value else ""))
    raise click.ClickException(
        "Nothing was imported: " + t.plural("{n} thing to correct.", "{n} things to correct.", len(plan.problems))
    )


def _report(plan: StaffPlan, *, is_done: bool) -> None:
    for group in list_changes(t, plan, is_done=is_done):
        click.echo(group.title)
        for line in group.lines:
            click.echo(f"  {line.who}: {line.what}")
    click.echo(t.plural("{n} person unchanged", "{n} people unchanged", plan.unchanged))


@command("import-chat")
@click.argument("file", type=EXISTING)
@click.option("--organization", required=True, metavar="CODE", help="Whose conversations they become.")
@click.option("--service", required=True, metavar="CODE", help="In which of its services.")
def import_chat(file: Path, organization: str, service: str) -> None:
    """Bring conversations from elsewhere, as JSON lines.

    Each line holds channel, sender, ts and text, if need be an id; the file may be compressed (.gz, .xz). An import
    that was interrupted goes on where it stopped when the same command is given again; importing twice changes
    nothing. docs/CHAT_IMPORT.md describes the rest."""
    with _open_lines(file) as (raw, lines):
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        with db.unit_of_work() as uow:
            progress = do_begin_chat_import(
                uow, find_service(uow, find_organization(uow, organization), service), digest
            )
        with click.progressbar(length=file.stat().st_size, label="Importing", file=sys.stderr) as bar:
            for _ in _read(progress, lines):
                bar.update(raw.tell() - bar.pos)
    _account_for(progress)


def _read(progress: ChatImport, lines: Iterator[bytes]) -> Iterator[None]:
    """Chunk by chunk: those read before are counted, the others stored."""
    while left := progress.lines_read - progress.counts.total():
        count_lines_read_before(progress, islice(lines, min(left, LINES_AT_ONCE)), clock.now())
        yield
    while chunk := list(islice(lines, LINES_AT_ONCE)):
        with db.unit_of_work() as uow:
            do_import_lines(uow, progress, chunk)
        yield


def _account_for(progress: ChatImport) -> None:
    rows = [("Stored", progress.counts["stored"]), ("Known before", progress.counts["known"])]
    rows += [(words, progress.counts[reason]) for reason, words in REASONS.items() if progress.counts[reason]]
    for words, count in [*rows, ("Lines of the file", progress.lines_read)]:
        click.echo(f"{words:<32}{t.number(count):>12}")


@contextmanager
def _open_lines(path: Path) -> Iterator[tuple[BufferedReader, Iterator[bytes]]]:
    """The file as it is, for its digest and progress, and its lines."""
    with path.open("rb") as raw, _unpack(path, raw) as lines:
        try:
            yield raw, iter(lines)
        except (gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError):
            raise click.ClickException(f"{path.name} is damaged: what could be read is stored.") from None


def _unpack(path: Path, raw: BufferedReader) -> BufferedReader | gzip.GzipFile | lzma.LZMAFile:
    if path.suffix == ".gz":
        return gzip.GzipFile(fileobj=raw)
    return lzma.LZMAFile(raw) if path.suffix == ".xz" else raw

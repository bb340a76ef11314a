"""The counters of usage at the server's console."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from callbacks.console import command
from data import db
from data.i18n import LANGUAGES, translator
from data.usage.definitions import write_definitions
from data.usage.fill import Advance, count_waiting, fill, rebuild


@command("usage-fill")
def usage_fill() -> None:
    """Count what happened since the figures of usage were counted last.

    The server does it by itself every half minute; both may run at once, nothing is counted twice."""
    _show("Counting", lambda advance: fill(advance=advance), again=False)


@command("usage-rebuild")
def usage_rebuild() -> None:
    """Count all figures of usage anew, from nothing.

    They come out the same, with counters added since. Until it is done, pages show what is counted so far. If it is
    interrupted, the server or usage-fill goes on where it stopped."""
    _show("Counting anew", lambda advance: rebuild(advance=advance), again=True)


@command("usage-docs", needs_tables=False)
def usage_docs() -> None:
    """Print what each figure of usage means, in both languages, as docs/USAGE.md holds it."""
    click.echo(write_page(), nl=False)


def write_page() -> str:
    title = "# Usage / Utilisation"
    about = "Printed by `flask --app app usage-docs`; the page says the same beside each figure."
    return f"{title}\n\n{about}\n\n" + "\n".join(write_definitions(translator(language)) for language in LANGUAGES)


def _show(label: str, count: Callable[[Advance], None], *, again: bool) -> None:
    with db.read() as reader:
        waiting = count_waiting(reader, all_again=again)
    with click.progressbar(length=waiting, label=label, file=sys.stderr) as bar:
        count(bar.update)
    click.echo("The figures of usage are up to date.")

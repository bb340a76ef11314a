"""The books at the server's console: closing a month, reading a bill, verifying what was issued, trying scenarios."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from callbacks.console import command, find_organization, t
from callbacks.identity import get_settings
from callbacks.refusals import describe_refusal
from data import db
from data.access.billing import access_bookkeeping_at_console, access_kept_organization_of
from data.actions.closing import Draft, Outcome
from data.billing.books import Invoice
from data.billing.rating import Month
from data.billing.scenarios import BadScenario, Scenario, list_differences, parse_file, with_mode
from data.bookkeeping import DueMonth, close_due_months, close_month, draft_month
from data.errors import ChatError, MonthInvalid
from data.ledgers import read_books
from data.money import format_money
from data.queries.documents import verify_books
from data.scenario_books import replay_in_books

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


def parse_month(text: str) -> Month:
    """A month written 2026-11."""
    try:
        if len(text) != 7:
            raise ValueError
        return Month.parse(text)
    except ValueError:
        raise MonthInvalid() from None


@command("close-month")
@click.option(
    "--organization", metavar="CODE", help="Which one; without it, whatever is due and nothing asks to look at."
)
@click.option("--month", metavar="MONTH", help="Like 2026-11; needed with --organization.")
def close_month_command(organization: str | None, month: str | None) -> None:
    """Close a month: issue its invoice, and credit notes for the months before that were billed too much.

    Safe to run again, and by several at once: a month has one closing, and the same answer. Without --organization it
    does what the server does by itself on the third day at 9:00, local time."""
    if organization is None:
        _tell_due(close_due_months(get_settings().seller))
        return
    wanted = parse_month(month or "")
    with db.read() as reader:
        here = find_organization(reader, organization)
    outcome = close_month(access_bookkeeping_at_console(), here.id, wanted, get_settings().seller)
    _tell(here.name, wanted, outcome)


def _tell(name: str, month: Month, outcome: Outcome) -> None:
    issued = ", ".join(outcome.numbers) or "nothing to bill"
    click.echo(f"{name}, {month}: {issued}" + (" (was closed before)" if outcome.was_closed else ""))


def _tell_due(done: list[tuple[DueMonth, Outcome | ChatError]]) -> None:
    for due, outcome in done:
        if isinstance(outcome, ChatError):
            click.echo(f"organization {due.organization_id}, {due.month}: {describe_refusal(outcome, t)}", err=True)
        else:
            _tell(f"organization {due.organization_id}", due.month, outcome)
    click.echo(t.plural("{n} month closed.", "{n} months closed.", sum(isinstance(o, Outcome) for _, o in done)))


@command("bill")
@click.option("--organization", required=True, metavar="CODE")
@click.option("--month", required=True, metavar="MONTH", help="Like 2026-11.")
def bill(organization: str, month: str) -> None:
    """Show what a month costs: its invoice, or the draft of it while it is open."""
    wanted = parse_month(month)
    with db.read() as reader:
        here = find_organization(reader, organization)
        kept = access_kept_organization_of(reader, here)
        stored = read_books(reader, kept).find(wanted)
    if stored is not None:
        click.echo(f"{here.name}, {wanted}: closed at {stored.cutoff:%Y-%m-%d %H:%M} UTC")
        _show(stored.invoice)
        return
    draft = draft_month(access_bookkeeping_at_console(), here.id, wanted)
    assert isinstance(draft, Draft)
    click.echo(f"{here.name}, {wanted}: draft")
    _show(draft.closing.invoice)


def _show(invoice: Invoice | None) -> None:
    if invoice is None:
        click.echo("Nothing to bill.")
        return
    for line in invoice.lines:
        what = f"{line.kind} {line.month} {line.service or ''}"
        click.echo(f"  {what:<44}{line.quantity:>8}{format_money(line.amount_cents, 'en'):>16}")
    for tax in invoice.taxes:
        click.echo(f"  {tax.code:<52}{format_money(tax.amount_cents, 'en'):>16}")
    click.echo(f"  {'total ' + (invoice.number or '(no number yet)'):<52}{format_money(invoice.total_cents, 'en'):>16}")


@command("verify-books")
def verify_books_command() -> None:
    """Recompute and check everything that was issued: the chain of seals, the numbers, the sums.

    Tells the first broken link and ends with exit code 1."""
    with db.read() as reader:
        count, problem = verify_books(reader)
    if problem:
        raise click.ClickException(problem)
    click.echo(t.plural("{n} document, every seal holds.", "{n} documents, every seal holds.", count))


@command("rate-scenarios", needs_tables=False)
@click.argument("file", type=EXISTING)
def rate_scenarios(file: Path) -> None:
    """Replay a file of scenarios through the ledgers and the closing of this product, in a scratch database.

    Prints the same form with the results, and ends with exit code 1 on any difference from what the file expects,
    naming it."""
    try:
        scenarios = parse_file(file.read_text(encoding="utf-8"))
    except (BadScenario, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file.name} is not in the form of scenario files: {error}") from None
    raw = json.loads(file.read_text(encoding="utf-8"))
    differences: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        with click.progressbar(
            list(zip(raw["scenarios"], scenarios, strict=True)), label="Closing", file=sys.stderr
        ) as bar:
            for printed, scenario in bar:
                differences += _replay(printed, scenario, Path(tempfile.mkdtemp(dir=scratch)))
        db.current().dispose()
    click.echo(json.dumps(raw, ensure_ascii=False, indent=1))
    for difference in differences:
        click.echo(difference, err=True)
    if differences:
        raise click.ClickException(t.plural("{n} difference.", "{n} differences.", len(differences)))


def _replay(printed: dict[str, Any], scenario: Scenario, folder: Path) -> list[str]:
    """Put what came out in place of what the file expects; the differences between the two."""
    found = []
    for place, asked in (("expected", scenario), ("expected_if_mode_daily", with_mode(scenario, "daily"))):
        if place != "expected" and place not in printed:
            continue
        (folder / place).mkdir()
        came = replay_in_books(asked, folder / place)
        if place in printed:
            found += [f"{scenario.id} {place}.{text}" for text in list_differences(printed[place], came)]
        printed[place] = came
    return found

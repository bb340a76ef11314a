"""`flask --app app …`: what an operator does at the server's console, on the database of the settings."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask import Flask

from callbacks.billing_commands import bill, close_month_command, rate_scenarios, verify_books_command
from callbacks.console import command, find_organization, find_service
from callbacks.database_commands import backup, move_database, restore
from callbacks.identity import get_settings
from callbacks.import_commands import import_chat, import_staff
from callbacks.operations_commands import why_not_told
from callbacks.serving import FILLED_BY_DEMONSTRATION
from callbacks.serving import load_demonstration as write_demonstration
from callbacks.usage_commands import usage_docs, usage_fill, usage_rebuild
from data import clock, db, demo, migrations
from data.access.actors import VendorRole, hash_token
from data.access.newcomers import find_newcoming_administrator
from data.actions.options import Demand, Switch, do_change_option
from data.actions.organizations import (
    PROVINCES,
    NewOrganization,
    do_add_administrator,
    do_add_vendor_staff,
    do_create_organization,
)
from data.actions.sessions import LINK_LIFETIME, do_issue_first_link, new_token
from data.i18n import LANGUAGES
from data.passwords import MANAGER_LENGTH, check_password, hash_password
from data.text import check_name, is_blank


def register(server: Flask) -> None:
    for each in (
        migrate,
        check_settings,
        load_demonstration,
        create_organization,
        add_administrator,
        add_vendor_staff,
        switch_option,
        import_staff,
        import_chat,
        close_month_command,
        bill,
        verify_books_command,
        usage_fill,
        usage_rebuild,
        usage_docs,
        rate_scenarios,
        move_database,
        backup,
        restore,
        why_not_told,
    ):
        server.cli.add_command(each)


@command("migrate", needs_tables=False)
def migrate() -> None:
    """Bring the database to the tables of this version.

    Safe to run again; the server does it by itself when it starts."""
    did = migrations.upgrade(get_settings().database_url)
    click.echo("The database is up to date now." if did else "The database was up to date already.")


@command("check-settings", needs_tables=False)
def check_settings() -> None:
    """Say whether the settings of the environment can work.

    Each mistake is told in a line, with exit code 1; nothing is changed and no secret is shown."""
    settings = get_settings()
    click.echo(f"The settings can work: {settings.mode} mode, people come to {settings.public_address}.")
    if not db.is_answering():
        raise click.ClickException("The database of DATABASE_URL does not answer.")
    kind = db.current().name
    if not migrations.is_current(settings.database_url):
        click.echo(f"The database ({kind}) answers. Run `flask --app app migrate` before use.")
        return
    if settings.is_production and demo.is_open_to_everybody():
        raise click.ClickException(f"The server would not start: {FILLED_BY_DEMONSTRATION}")
    click.echo(f"The database ({kind}) answers and is up to date.")


@command("load-demonstration")
def load_demonstration() -> None:
    """Write the demonstration into an empty database.

    A believable organization, its rival and the vendor's staff, all with one public password: never in production."""
    if get_settings().is_production:
        raise click.ClickException("Not in production: everybody knows the password of the demonstration.")
    if not demo.is_empty():
        raise click.ClickException("This database holds an organization already; the demonstration wants an empty one.")
    write_demonstration()
    click.echo(f"Done. Everybody's password is “{demo.PASSWORD}”.")


@command("create-organization")
@click.option("--code", required=True, help="What its people type to sign in: letters, digits, . _ and -.")
@click.option("--name", required=True, help="What its people read.")
@click.option("--province", type=click.Choice(PROVINCES), default="QC", show_default=True, help="For the taxes.")
@click.option("--zone", default="America/Toronto", show_default=True, help="Its time zone: where its days end.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="fr", show_default=True, help="Of its people, at first."
)
def create_organization(code: str, name: str, province: str, zone: str, language: str) -> None:
    """Create an organization, still without anybody.

    Then `add-administrator` gives it somebody who runs it, and `switch-option` opens the chat."""
    with db.unit_of_work() as uow:
        do_create_organization(uow, NewOrganization(code, name, province, zone, language))
    click.echo(f"{name} is there, under the code {code}.")


@command("add-administrator")
@click.option("--organization", required=True, metavar="CODE", help="Of which organization.")
@click.option("--given-name", required=True)
@click.option("--family-name", required=True)
@click.option("--email", required=True, help="What they sign in with.")
def add_administrator(organization: str, given_name: str, family_name: str, email: str) -> None:
    """Add an administrator, and print the link by which they choose their password.

    The link works once. As long as no password was chosen, the same command prints a new link."""
    token = new_token()
    settings = get_settings()
    with db.unit_of_work() as uow:
        here = find_organization(uow, organization)
        newcomer = find_newcoming_administrator(uow, here, email)
        if newcomer is None:
            do_add_administrator(uow, here, given_name, family_name, email, None)
            newcomer = find_newcoming_administrator(uow, here, email)
        assert newcomer is not None
        do_issue_first_link(uow, newcomer, token_hash=hash_token(token, settings.secret_key))
    click.echo(f"{settings.public_address}/access/{token}")
    click.echo(f"This link works once, for {LINK_LIFETIME.days} days. Give it to nobody but its owner.", err=True)


@command("add-vendor-staff")
@click.option("--name", required=True, help="Given and family name.")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in VendorRole]))
def add_vendor_staff(name: str, email: str, role: str) -> None:
    """Add somebody of the vendor's own staff, and ask for their password.

    They belong to no organization, so nobody could hand them a link: they type their password themselves, twice."""
    password = click.prompt(
        f"Their password ({MANAGER_LENGTH} characters or more)", hide_input=True, confirmation_prompt="Once more"
    )
    check_password(password, has_rights=True, about=(*check_name(name).split(), email))
    with db.unit_of_work() as uow:
        do_add_vendor_staff(uow, name, email, VendorRole(role), hash_password(password))
    click.echo(f"{name} can sign in with {email.strip().lower()}.")


def _check_filled(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if is_blank(value):
        raise click.BadParameter("It says nothing.")
    return value


@command("switch-option")
@click.option("--organization", required=True, metavar="CODE")
@click.option("--service", metavar="CODE", help="Only in this service; without it, in the whole organization.")
@click.option("--on/--off", "is_on", required=True, help="On or off.")
@click.option("--at", metavar="INSTANT", help="When, like 2026-12-01T00:00 (in its own time zone); now if not said.")
@click.option("--ticket", required=True, callback=_check_filled, help="Number of the request.")
@click.option("--requester", required=True, callback=_check_filled, help="Who asked for it.")
def switch_option(
    organization: str, service: str | None, is_on: bool, at: str | None, ticket: str, requester: str
) -> None:
    """Switch the chat on or off, for an organization or for one of its services.

    The switch is kept for ever with its ticket and its requester. Off keeps all data, out of reach."""
    with db.unit_of_work() as uow:
        here = find_organization(uow, organization)
        where = find_service(uow, here, service) if service else None
        effective_at = _parse_instant(at, here.timezone) if at else uow.now
        switch = Switch(is_on=is_on, effective_at=effective_at)
        do_change_option(uow, here, [where] if where else [], switch, Demand(ticket, requester))
    local = effective_at.astimezone(clock.zone(here.timezone))
    place = f"{where.name} ({here.name})" if where else here.name
    click.echo(f"{place}: {'on' if is_on else 'off'} from {local:%Y-%m-%d %H:%M} ({here.timezone}).")


def _parse_instant(text: str, timezone: str) -> datetime:
    """Not in the past: what people had and paid for does not change after the fact."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(f"{text} is no instant. Write it like 2026-12-01T00:00.") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=ZoneInfo(timezone))
    if instant < clock.now():
        raise click.ClickException(f"{text} is past. Give an instant to come, or none for now.")
    return instant

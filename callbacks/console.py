"""What the commands at the server's console share: errors in one line, and who or what they are about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext

from callbacks.identity import get_settings
from callbacks.refusals import describe_refusal
from data import migrations
from data.access.directory import (
    ShapedOrganization,
    ShapedService,
    SupportedOrganization,
    access_organization_at_console,
    access_service_by_code,
)
from data.db import Reader
from data.errors import ChatError, NotFound
from data.i18n import translator

t = translator("en")

Command = Callable[..., Any]


def command(name: str, *, needs_tables: bool = True) -> Callable[[Command], click.Command]:
    """A command of `flask --app app`. What the rules refuse is told in one line, with exit code 1."""

    def declare(function: Command) -> click.Command:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            if needs_tables:
                _check_tables()
            try:
                function(*args, **kwargs)
            except ChatError as error:
                raise click.ClickException(describe_refusal(error, t)) from None

        return click.command(name, short_help=(function.__doc__ or "").partition("\n")[0])(with_appcontext(run))

    return declare


def find_organization(reader: Reader, code: str) -> SupportedOrganization:
    try:
        return access_organization_at_console(reader, code)
    except NotFound:
        raise click.ClickException(f"No organization has the code {code}.") from None


def find_service(reader: Reader, organization: ShapedOrganization, code: str) -> ShapedService:
    try:
        return access_service_by_code(reader, organization, code)
    except NotFound:
        raise click.ClickException(f"No service of {organization.name} has the code {code}.") from None


def _check_tables() -> None:
    if not migrations.is_current(get_settings().database_url):
        raise click.ClickException("The database is not up to date. Run `flask --app app migrate` first.")

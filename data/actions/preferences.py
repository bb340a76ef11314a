"""What a person chooses for themselves: language and theme, kept with the account."""

from __future__ import annotations

from sqlalchemy import update

from data.access.actors import Actor
from data.db import UnitOfWork
from data.errors import MalformedRequest
from data.i18n import LANGUAGES
from data.models import accounts

THEMES = ("auto", "light", "dark")


def do_choose_language(uow: UnitOfWork, actor: Actor, language: str) -> None:
    if language not in LANGUAGES:
        raise MalformedRequest()
    uow.execute(update(accounts).where(accounts.c.id == actor.account_id).values(language=language))


def do_choose_theme(uow: UnitOfWork, actor: Actor, theme: str) -> None:
    """`auto` follows the system."""
    if theme not in THEMES:
        raise MalformedRequest()
    chosen = None if theme == "auto" else theme
    uow.execute(update(accounts).where(accounts.c.id == actor.account_id).values(theme=chosen))

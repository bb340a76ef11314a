"""Words, numbers, days and hours in French (Québec) and English (Canada).

The code says what a screen says, in English; fr.po holds the French, which people see first. `t("Leave")`,
`t.plural("{n} person", "{n} people", n)`; braces are filled from the keywords."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from data import clock

LANGUAGES = ("fr", "en")
DEFAULT = "fr"
CATALOG = Path(__file__).parent / "fr.po"


class Translator:
    """One language. French counts 0 and 1 as one, English 1 alone."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT
        self.locale = Locale.parse(f"{self.language}_CA")

    def __call__(self, text: str, **values: object) -> str:
        if self.language == "fr":
            found = _catalog().get(text)
            text = str(found.string) if found is not None and found.string else text
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        text = one if n == 1 else many
        if self.language == "fr":
            found = _catalog().get((one, many))
            if found is not None and isinstance(found.string, tuple | list):
                text = found.string[0 if n < 2 else 1]
        return text.format(n=self.number(n), **values)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def day(self, day: date) -> str:
        """1er novembre 2026 · November 1, 2026"""
        text = format_date(day, "long", locale=self.locale)
        return text.replace("1 ", "1er ", 1) if self.language == "fr" and day.day == 1 else text

    def moment(self, instant: datetime, timezone: str) -> str:
        """3 novembre 2026, 14 h 02 · November 3, 2026, 2:02 p.m."""
        return f"{self.day(clock.local_day(instant, timezone))}, {self.hour(instant, timezone)}"

    def hour(self, instant: datetime, timezone: str) -> str:
        """9 h 02 · 9:02 a.m., never cut at the end of a line"""
        text = format_time(instant.astimezone(clock.zone(timezone)), "short", locale=self.locale)
        return (text.removeprefix("0") if self.language == "fr" else text).replace(" ", "\u00a0")

    def time(self, minute: int) -> str:
        """Of a minute after midnight: 21 h · 9:00 p.m."""
        text = format_time(time(minute // 60, minute % 60), "short", locale=self.locale)
        return text.removesuffix(" 00").removeprefix("0") if self.language == "fr" else text

    def zone(self, timezone: str) -> str:
        """heure de l'Est · Eastern Time"""
        name = get_timezone_name(clock.zone(timezone), "long", zone_variant="generic", locale=self.locale)
        return name.replace("’", "'")


@cache
def translator(language: str) -> Translator:
    return Translator(language)


def list_script_texts(language: str) -> dict[str, str | list[str]]:
    """The words that the scripts under assets/ use, in a language: a plural is its forms (one, many)."""
    texts: dict[str, str | list[str]] = {}
    for message in _catalog():
        if not any(source.startswith("assets/") for source, _ in message.locations):
            continue
        if isinstance(message.id, tuple | list):
            texts[message.id[0]] = list(message.string or ()) if language == "fr" else list(message.id)
        else:
            texts[message.id] = str(message.string) if language == "fr" else message.id
    return texts


@cache
def _catalog() -> Catalog:
    with CATALOG.open("rb") as file:
        return read_po(file, locale="fr")

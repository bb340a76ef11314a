"""French first, English complete: a missing text fails here, not on a screen."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from data.i18n import CATALOG, list_script_texts, translator
from data.i18n.collect import FOLDERS, ROOT, collect

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def said() -> Catalog:
    return collect()


@pytest.fixture(scope="module")
def french() -> Catalog:
    with CATALOG.open("rb") as file:
        return read_po(file, locale="fr")


def forms(text: object) -> list[str]:
    return list(text) if isinstance(text, tuple | list) else [str(text or "")]


def test_everything_that_is_said_has_its_french(said: Catalog, french: Catalog) -> None:
    """Run `make texts`, then write the French of what waits in data/i18n/fr.po."""
    missing = [
        message.id
        for message in said
        if message.id and not all(forms(getattr(french.get(forms(message.id)[0]), "string", "")))
    ]
    assert missing == []


def test_the_catalogue_holds_nothing_that_nobody_says(said: Catalog, french: Catalog) -> None:
    known = {forms(message.id)[0] for message in said}
    assert [message.id for message in french if message.id and forms(message.id)[0] not in known] == []


def test_whatever_is_translated_is_collected(said: Catalog) -> None:
    """The collector knows `t(…)` and `plural(…)` where they stand by themselves, not within an f-string or under
    another name."""
    known = {forms(message.id)[0] for message in said}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for text in list_translated(ast.parse(path.read_text(encoding="utf-8"))):
                assert text in known, f"{path.name}: {text}"


def list_translated(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func
        name = getattr(called, "id", getattr(called, "attr", ""))
        is_made_here = isinstance(called, ast.Call) and "translator" in ast.unparse(called.func)
        if (name in ("t", "_t", "plural") or is_made_here) and isinstance(node.args[0].value, str):
            yield node.args[0].value


def test_scripts_get_the_texts_they_use(said: Catalog) -> None:
    used = {
        forms(message.id)[0]
        for message in said
        if message.id and any(path.startswith("assets/") for path, _ in message.locations)
    }
    for language in ("fr", "en"):
        assert used == set(list_script_texts(language))


def test_placeholders_are_the_same_in_both_languages(french: Catalog) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for message in french:
        if message.id:
            for source, translation in zip(forms(message.id), forms(message.string), strict=True):
                assert names(source) == names(translation), source


def test_french_is_set_as_in_quebec(french: Catalog) -> None:
    """No space before ? ! and ;, a no-break space before : and inside « », the real ellipsis."""
    for message in french:
        for text in forms(message.string) if message.id else []:
            assert not re.search(r"\s[?!;]", text), text
            assert not re.search(rf"[^{NBSP}\d/]:(?!//|\d|\w)", text), text
            assert not re.search(rf"«[^{NBSP}]|[^{NBSP}]»", text), text
            assert "..." not in text, text


def test_plurals_follow_each_language() -> None:
    french, english = translator("fr"), translator("en")
    one, many = "{n} person", "{n} people"
    assert [french.plural(one, many, n) for n in (0, 1, 2)] == ["0 personne", "1 personne", "2 personnes"]
    assert [english.plural(one, many, n) for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]


def test_days_hours_and_numbers_follow_each_language() -> None:
    instant = datetime(2026, 11, 3, 19, 2, tzinfo=UTC)
    assert translator("fr").moment(instant, "America/Toronto") == "3 novembre 2026, 14\u00a0h\u00a002"
    assert translator("en").moment(instant, "America/Halifax") == "November 3, 2026, 3:02\u202fp.m."
    assert translator("fr").day(date(2026, 11, 1)) == "1er novembre 2026"
    assert translator("fr").day(date(2026, 11, 11)) == "11 novembre 2026"
    assert translator("fr").number(1234567) == f"1{NBSP}234{NBSP}567"
    assert translator("en").number(1234567) == "1,234,567"


def test_an_unknown_language_is_french() -> None:
    assert translator("de").language == "fr"


def test_braces_in_what_people_write_stay_what_they_are() -> None:
    assert translator("en")("Welcome, {name}", name="{0} {x}") == "Welcome, {0} {x}"

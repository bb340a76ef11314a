"""What the figures of usage mean is said in one place; the documentation is printed from it."""

from __future__ import annotations

from flask import Flask

from data.config import ROOT
from data.i18n import LANGUAGES, translator
from data.usage.definitions import list_definitions
from data.usage.figures import UNITS


def test_r26_the_documentation_says_what_the_page_says(application: Flask) -> None:
    """`flask --app app usage-docs > docs/USAGE.md` brings it up to date."""
    printed = application.test_cli_runner().invoke(args=["usage-docs"])
    assert printed.exit_code == 0
    assert (ROOT / "docs" / "USAGE.md").read_text(encoding="utf-8") == printed.output


def test_r26_each_figure_is_defined_in_both_languages() -> None:
    french, english = (list_definitions(translator(language)) for language in LANGUAGES)
    assert set(french) == set(english) == set(UNITS)
    assert not [key for key in english if english[key].text == french[key].text]

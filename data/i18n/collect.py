"""`make texts`: gather what the code, the templates and the scripts say, and bring the French catalogue up to date with
it. Nothing is translated here, nothing is lost: what is no longer said is dropped, what is new waits for its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from data.i18n import CATALOG

ROOT = CATALOG.parents[2]

FOLDERS = ("callbacks", "components", "pages", "assets", "data/billing/documents", "data/push", "data/usage")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.js", "javascript")]
OPTIONS = {"**.js": {"parse_template_string": True}}
KEYWORDS: dict[str, Any] = {"t": None, "plural": (1, 2)}


def collect() -> Catalog:
    """Everything that is said, in English, with the file that says it."""
    catalog = Catalog(locale="fr", charset="utf-8")
    for path, _line, message, _comments, context in sorted(_extract(), key=lambda found: (found[0], found[1])):
        catalog.add(message, locations=[(path, 0)], context=context)
    return catalog


def _extract() -> Iterator[Any]:
    for folder in FOLDERS:
        for path, *rest in extract_from_dir(ROOT / folder, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=()):
            yield f"{folder}/{path}", *rest


def update() -> tuple[int, int]:
    """Write fr.po anew; how many texts there are, and how many lack their French."""
    found = collect()
    with CATALOG.open("rb") as file:
        known = read_po(file, locale="fr")
    missing = 0
    for message in found:
        if not message.id:
            continue
        before = known.get(message.id if isinstance(message.id, str) else message.id[0])
        if before is not None and before.string and isinstance(before.id, str) == isinstance(message.id, str):
            message.string = before.string
        if not _is_translated(message.string):
            missing += 1
    with CATALOG.open("wb") as file:
        write_po(file, found, omit_header=False, sort_output=False, include_lineno=False, width=120)
    return len(found), missing


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    count, missing = update()
    print(f"{count} texts, {missing} without French")

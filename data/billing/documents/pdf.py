"""Invoices and credit notes in print: letter paper, tagged for readers of the screen, made to be kept (PDF/A).

The template beside this file gets the document as data, never as source; it sees no other file, no network, and only
the fonts that come with the typesetter, so that the same document gives the same bytes on every machine. What these
have no letters for is printed in Latin letters, and the document says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path

import typst

from data.billing.documents.letters import write_in_latin
from data.billing.documents.page import Plain, PrintedDocument, build_page
from data.billing.documents.people import BilledPersonRow
from data.billing.documents.words import other_language, print_translator, say_written_in_latin
from data.billing.issued import IssuedDocument
from data.i18n import DEFAULT

TEMPLATE = Path(__file__).with_name("document.typ")
# To be kept for years, and to be read aloud.
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]

# The typesetter keeps what it laid out until so many documents later: some 80 kB for each person of a list.
_REMEMBERED_DOCUMENTS = 10
_LONG_LIST = 200


def write_pdf(
    issued: IssuedDocument,
    people: Sequence[BilledPersonRow] = (),
    *,
    language: str | None = None,
    bilingual: bool = False,
    payment_days: int | None = 30,
) -> bytes:
    """The document in its buyer's language unless another is asked for; `bilingual`: French, with the English beside
    it. Names only where rows are given. A document without a number is a draft, and says so across the page."""
    first = DEFAULT if bilingual else language or issued.buyer.language
    printed = PrintedDocument(issued, people, payment_days)
    languages = [first, other_language(first)] if bilingual else [first]
    pages = [build_page(printed, each) for each in languages]
    # Noon: the same day wherever the document is looked at.
    issued_at = datetime.combine(issued.document.issued_on, time(12), UTC)
    made = _typeset(pages, languages, issued_at)
    if len(people) > _LONG_LIST:
        _forget()
    return made


def _typeset(pages: list[Plain], languages: Sequence[str], timestamp: datetime) -> bytes:
    """Whatever names it holds, a document is made; if need be without the standards."""
    try:
        return _compile(pages, timestamp, STANDARDS)
    except typst.TypstError as error:
        _check_lacks_letters(error)
    latin = [write_in_latin(page, _is_printable) for page in pages]
    for page, language in zip(latin, languages, strict=True):
        page["notes"].append(say_written_in_latin(print_translator(language)))
    try:
        return _compile(latin, timestamp, STANDARDS)
    except typst.TypstError as error:
        _check_lacks_letters(error)
        return _compile(latin, timestamp, [])


def _check_lacks_letters(error: typst.TypstError) -> None:
    if "could not be displayed" not in str(error):
        raise error


@cache
def _is_printable(char: str) -> bool:
    """The typesetter's fonts cannot be asked: it is tried."""
    try:
        _compile_source(_TRIAL, {"char": char}, datetime(2000, 1, 1, tzinfo=UTC), ["a-2a"])
    except typst.TypstError:
        return False
    return True


# In the fonts of the template.
_TRIAL = b"""#set text(font: ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"), lang: "fr")
#set document(title: "?")
#sys.inputs.char"""


def _compile(pages: Sequence[Plain], timestamp: datetime, standards: list[typst.PDFStandard]) -> bytes:
    inputs = {"document": json.dumps({"pages": pages})}
    return _compile_source(TEMPLATE.read_bytes(), inputs, timestamp, standards)


def _compile_source(
    source: bytes, inputs: dict[str, str], timestamp: datetime, standards: list[typst.PDFStandard]
) -> bytes:
    compiler = typst.Compiler(source, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=standards, timestamp=timestamp)
    assert isinstance(made, bytes)
    return made


def _forget() -> None:
    """Give back the memory of a long list at once, by blank pages."""
    for _ in range(_REMEMBERED_DOCUMENTS + 1):
        typst.Compiler(b"", font_paths=_fonts(), ignore_system_fonts=True).compile(format="pdf")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)

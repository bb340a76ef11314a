"""Issued documents, for lists, for reading, and for verifying."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from data.billing.issued import GENESIS, decode_document, seal_document
from data.db import Reader
from data.models import document_counters, documents


def verify_books(reader: Reader) -> tuple[int, str | None]:
    """How many documents there are, and the first thing that is wrong with them, in words."""
    previous, counts = GENESIS, {"F": 0, "NC": 0}
    count = 0
    for count, row in enumerate(reader.execute(select(documents).order_by(documents.c.id)), start=1):
        problem = _find_problem(row, previous, counts)
        if problem:
            return count, f"{row.number}: {problem}"
        previous = row.hash
    given = dict(reader.execute(select(document_counters.c.series, document_counters.c.last)).all())
    wrong = next((series for series, last in counts.items() if given.get(series, 0) != last), None)
    return count, f"the counter of {wrong} does not stand where the documents end" if wrong else None


def _find_problem(row: Row[Any], previous: str, counts: dict[str, int]) -> str | None:
    if row.previous_hash != previous:
        return "it does not follow the document before it"
    if seal_document(row.content, row.previous_hash) != row.hash:
        return "its content is not what was sealed"
    issued = decode_document(row.content)
    document = issued.document
    lines = sum(line.amount_cents for line in document.lines)
    taxes = sum(tax.amount_cents for tax in document.taxes)
    if (row.number, row.subtotal_cents, row.total_cents) != (issued.number, lines, lines + taxes):
        return "its figures are not those of its content"
    series, _, number = issued.number.split("-")
    counts[series] += 1
    return None if int(number) == counts[series] else "a number is missing before it"

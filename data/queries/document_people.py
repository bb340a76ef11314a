"""The people of a document, by name: the document itself holds their ids. Together they come to its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select, true

from data.access.billing import NamedOrganization
from data.billing.bill import Bill
from data.billing.books import CreditLine
from data.billing.documents.people import BilledPersonRow
from data.billing.issued import IssuedDocument
from data.billing.rating import Line, Share, spread_by
from data.db import Reader
from data.models import employees, people
from data.queries.billing import list_departments

Named = dict[int, tuple[str, str]]


def list_document_people(
    reader: Reader, organization: NamedOrganization, issued: IssuedDocument, bill: Bill
) -> list[BilledPersonRow]:
    """Line by line, by name. `bill`: of the document's month."""
    rows = reader.execute(
        select(people.c.id, people.c.given_name, people.c.family_name, employees.c.number)
        .outerjoin(employees, employees.c.person_id == people.c.id)
        .where(people.c.organization_id == organization.id)
        .order_by(people.c.search_name, people.c.id)
    ).all()
    names = {row.id: (row.number or "", f"{row.given_name} {row.family_name}".strip()) for row in rows}
    order = {id: place for place, id in enumerate(names)}
    places = list_departments(reader, organization, bill.month, true())
    found = []
    for line in issued.document.lines:
        parts = sorted(_list_parts(line, bill), key=lambda part: order[int(part[0])])
        service = line.service or ""
        name = issued.services.get(service, service)
        for person, days, cents in parts:
            number, called = names[int(person)]
            department = places.get(int(person), {}).get(service, "")
            opened = person in bill.rated.seen if _is_of_month(line) else None
            found.append(BilledPersonRow(number, called, service, name, department, days, cents, opened))
    return found


def _is_of_month(line: Line | CreditLine) -> bool:
    return isinstance(line, Line) and line.kind == "employees"


def _list_parts(line: Line | CreditLine, bill: Bill) -> Iterator[tuple[str, int, int]]:
    """Person, days, cents."""
    if _is_of_month(line):
        for person in bill.services.get(line.service or "", ()):
            yield person, bill.rated.people[person].day_count, bill.cents[person]
    elif line.shares:
        yield from _list_shares(line.shares, line.amount_cents, bill)


def _list_shares(shares: Sequence[Share], cents: int, bill: Bill) -> Iterator[tuple[str, int, int]]:
    is_daily = bill.rated.terms.settings.mode == "daily"
    for (person, units), amount in zip(shares, spread_by(cents, [units for _, units in shares]), strict=True):
        yield person, units if is_daily else 0, amount

"""Invoices and credit notes: lists with what is paid and what is left, ageing, statements of account, one document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, case, func, literal, or_, select

from data.access.billing import BilledOrganization, Bookkeeper, ReadDocument
from data.billing.issued import IssuedDocument, decode_document
from data.billing.rating import Month
from data.db import Reader
from data.models import dispute_changes, documents, organizations, payments
from data.text import fold

PAGE = 25
AGES = (30, 60, 90)  # days, after which an unpaid invoice is older

DocumentKind = Literal["invoice", "credit_note"]
DocumentState = Literal["all", "unpaid", "paid", "disputed", "credit_notes"]
STATES: tuple[DocumentState, ...] = get_args(DocumentState)
Scope = BilledOrganization | Bookkeeper

_AMOUNT = re.compile(r"([-\u2212]?)\$?\s*(\d[\d\s]*)(?:[.,](\d{2}))?\s*\$?")


@dataclass(frozen=True)
class DocumentRow:
    """`balance_cents`: what is left to pay of an invoice, credits taken off; 0 for a credit note."""

    id: int
    organization_id: int
    organization: str
    kind: DocumentKind
    number: str
    month: Month
    issued_on: date
    subtotal_cents: int
    total_cents: int
    credited_cents: int
    paid_cents: int
    is_disputed: bool

    @property
    def balance_cents(self) -> int:
        return self.total_cents - self.credited_cents - self.paid_cents if self.kind == "invoice" else 0


@dataclass(frozen=True)
class DocumentPage:
    rows: list[DocumentRow]
    count: int
    number: int

    @property
    def first(self) -> int:
        return self.number * PAGE + 1

    @property
    def last(self) -> int:
        return self.number * PAGE + len(self.rows)


@dataclass(frozen=True)
class Ageing:
    """Unpaid cents by the days since the invoice: up to 30, 60, 90, and more."""

    cents: tuple[int, ...]

    @property
    def total_cents(self) -> int:
        return sum(self.cents)


@dataclass(frozen=True)
class PaymentRow:
    on: date
    amount_cents: int
    method: str
    reference: str


@dataclass(frozen=True)
class DisputeRow:
    at: datetime
    is_open: bool
    reason: str


@dataclass(frozen=True)
class OpenedDocument:
    """A document with all that happened to it since."""

    row: DocumentRow
    issued: IssuedDocument
    seal: str
    previous_seal: str
    recorded_at: datetime
    payments: list[PaymentRow]
    disputes: list[DisputeRow]
    credit_notes: list[DocumentRow]
    invoice_id: int | None


@dataclass(frozen=True)
class StatementLine:
    """A line of an account: `cents` above zero is owed more, below less. `document_id`: of the document, or of the one
    that was paid."""

    on: date
    kind: Literal["invoice", "credit_note", "payment"]
    number: str
    document_id: int
    cents: int
    balance_cents: int


def list_documents(
    reader: Reader, scope: Scope, *, state: DocumentState = "all", search: str = "", page: int = 0
) -> DocumentPage:
    """The latest first; the last page where there are not so many."""
    condition = and_(_is_within(scope), _has_state(state), _is_sought(reader, search))
    count: int = reader.execute(select(func.count()).select_from(_JOINED).where(condition)).scalar_one()
    number = max(0, min(page, (count - 1) // PAGE))
    query = _select_rows().where(condition).order_by(documents.c.id.desc())
    rows = reader.execute(query.limit(PAGE).offset(number * PAGE)).all()
    return DocumentPage([_describe(row) for row in rows], count, number)


def find_invoice(reader: Reader, organization: BilledOrganization, month: Month) -> DocumentRow | None:
    """The invoice of a month."""
    found = reader.execute(
        _select_rows().where(_is_within(organization), documents.c.kind == "invoice", documents.c.period == month.first)
    ).one_or_none()
    return None if found is None else _describe(found)


def list_month_invoices(reader: Reader, _: Bookkeeper, month: Month) -> list[DocumentRow]:
    """The invoices of a month, of all organizations."""
    query = _select_rows().where(documents.c.kind == "invoice", documents.c.period == month.first)
    return [_describe(row) for row in reader.execute(query)]


def get_ageing(reader: Reader, scope: Scope, today: date) -> Ageing:
    balance = _balance()
    bounds = [(0, AGES[0]), *((low + 1, high) for low, high in pairwise(AGES)), (AGES[-1] + 1, None)]
    sums = [func.coalesce(func.sum(case((_is_aged(today, *bound), balance), else_=0)), 0) for bound in bounds]
    row = reader.execute(
        select(*sums).select_from(_JOINED).where(_is_within(scope), documents.c.kind == "invoice", balance > 0)
    ).one()
    return Ageing(tuple(int(cents) for cents in row))


def _is_aged(today: date, least: int, most: int | None) -> ColumnElement[bool]:
    since = documents.c.effective_on <= today - timedelta(days=least) if least else literal(True)
    return since if most is None else and_(since, documents.c.effective_on >= today - timedelta(days=most))


def read_document(reader: Reader, document: ReadDocument) -> IssuedDocument:
    content: str = reader.execute(select(documents.c.content).where(documents.c.id == document.id)).scalar_one()
    return decode_document(content)


def read_month_document(reader: Reader, organization: BilledOrganization, month: Month) -> IssuedDocument | None:
    """The invoice of a month, as it was issued."""
    content = reader.execute(
        select(documents.c.content).where(
            _is_within(organization), documents.c.kind == "invoice", documents.c.period == month.first
        )
    ).scalar()
    return None if content is None else decode_document(content)


def list_issued(reader: Reader, _: Bookkeeper, month: Month) -> list[IssuedDocument]:
    """All documents dated in a month, in their order: what the journal of the month holds."""
    rows = reader.execute(
        select(documents.c.content)
        .where(documents.c.effective_on.between(month.first, month.last))
        .order_by(documents.c.id)
    ).scalars()
    return [decode_document(content) for content in rows]


def get_document(reader: Reader, document: ReadDocument) -> OpenedDocument:
    row = reader.execute(
        _select_rows(
            documents.c.content,
            documents.c.hash,
            documents.c.previous_hash,
            documents.c.recorded_at,
            documents.c.invoice_id,
        ).where(documents.c.id == document.id)
    ).one()
    notes = _select_rows().where(documents.c.invoice_id == document.id).order_by(documents.c.id)
    return OpenedDocument(
        row=_describe(row),
        issued=decode_document(row.content),
        seal=row.hash,
        previous_seal=row.previous_hash,
        recorded_at=row.recorded_at,
        payments=_list_payments(reader, document),
        disputes=_list_disputes(reader, document),
        credit_notes=[_describe(each) for each in reader.execute(notes)],
        invoice_id=row.invoice_id,
    )


def _list_payments(reader: Reader, document: ReadDocument) -> list[PaymentRow]:
    rows = reader.execute(
        select(payments.c.effective_on, payments.c.amount_cents, payments.c.method, payments.c.reference)
        .where(payments.c.invoice_id == document.id)
        .order_by(payments.c.effective_on, payments.c.id)
    )
    return [PaymentRow(*row) for row in rows]


def _list_disputes(reader: Reader, document: ReadDocument) -> list[DisputeRow]:
    rows = reader.execute(
        select(dispute_changes.c.effective_at, dispute_changes.c.is_open, dispute_changes.c.reason)
        .where(dispute_changes.c.invoice_id == document.id)
        .order_by(dispute_changes.c.id)
    )
    return [DisputeRow(*row) for row in rows]


def list_statement(reader: Reader, organization: BilledOrganization) -> list[StatementLine]:
    """Everything that was owed and paid, in its order, with the balance after each."""
    issued = reader.execute(
        select(documents.c.effective_on, documents.c.kind, documents.c.number, documents.c.id, documents.c.total_cents)
        .where(documents.c.organization_id == organization.id)
        .order_by(documents.c.id)
    ).all()
    paid = reader.execute(
        select(payments.c.effective_on, documents.c.number, documents.c.id, payments.c.amount_cents)
        .join(documents, documents.c.id == payments.c.invoice_id)
        .where(payments.c.organization_id == organization.id)
        .order_by(payments.c.id)
    ).all()
    entries: list[tuple[date, Any, str, int, int]] = [
        *((on, kind, number, id, total if kind == "invoice" else -total) for on, kind, number, id, total in issued),
        *((on, "payment", number, id, -cents) for on, number, id, cents in paid),
    ]
    return _with_balances(sorted(entries, key=lambda entry: entry[0]))


def _with_balances(entries: Sequence[tuple[date, Any, str, int, int]]) -> list[StatementLine]:
    balance, lines = 0, []
    for entry in entries:
        balance += entry[-1]
        lines.append(StatementLine(*entry, balance))
    return lines


# One row for each document, with the sums of what was credited and paid.

_notes = documents.alias()
_CREDITED = (
    select(_notes.c.invoice_id, func.sum(_notes.c.total_cents).label("cents"))
    .where(_notes.c.kind == "credit_note")
    .group_by(_notes.c.invoice_id)
    .subquery()
)
_PAID = (
    select(payments.c.invoice_id, func.sum(payments.c.amount_cents).label("cents"))
    .group_by(payments.c.invoice_id)
    .subquery()
)
_LATEST = select(func.max(dispute_changes.c.id).label("id")).group_by(dispute_changes.c.invoice_id).scalar_subquery()
_DISPUTED = (
    select(dispute_changes.c.invoice_id).where(dispute_changes.c.id.in_(_LATEST), dispute_changes.c.is_open).subquery()
)
_JOINED = (
    documents.join(organizations, organizations.c.id == documents.c.organization_id)
    .outerjoin(_CREDITED, _CREDITED.c.invoice_id == documents.c.id)
    .outerjoin(_PAID, _PAID.c.invoice_id == documents.c.id)
    .outerjoin(_DISPUTED, _DISPUTED.c.invoice_id == documents.c.id)
)


def _balance() -> ColumnElement[int]:
    zero = literal(0, Integer)
    credited, paid = func.coalesce(_CREDITED.c.cents, zero), func.coalesce(_PAID.c.cents, zero)
    return documents.c.total_cents - credited - paid


def _select_rows(*more: ColumnElement[Any]) -> Select[Any]:
    return select(
        documents.c.id,
        documents.c.organization_id,
        organizations.c.name,
        documents.c.kind,
        documents.c.number,
        documents.c.period,
        documents.c.effective_on,
        documents.c.subtotal_cents,
        documents.c.total_cents,
        func.coalesce(_CREDITED.c.cents, 0).label("credited"),
        func.coalesce(_PAID.c.cents, 0).label("paid"),
        _DISPUTED.c.invoice_id.label("disputed"),
        *more,
    ).select_from(_JOINED)


def _describe(row: Row[Any]) -> DocumentRow:
    return DocumentRow(
        id=row.id,
        organization_id=row.organization_id,
        organization=row.name,
        kind=row.kind,
        number=row.number,
        month=Month.of(row.period),
        issued_on=row.effective_on,
        subtotal_cents=row.subtotal_cents,
        total_cents=row.total_cents,
        credited_cents=int(row.credited),
        paid_cents=int(row.paid),
        is_disputed=row.disputed is not None,
    )


def _is_within(scope: Scope) -> ColumnElement[bool]:
    return literal(True) if isinstance(scope, Bookkeeper) else documents.c.organization_id == scope.id


def _has_state(state: DocumentState) -> ColumnElement[bool]:
    is_invoice = documents.c.kind == "invoice"
    return {
        "all": literal(True),
        "unpaid": and_(is_invoice, _balance() > 0),
        "paid": and_(is_invoice, _balance() <= 0),
        "disputed": and_(is_invoice, _DISPUTED.c.invoice_id.is_not(None)),
        "credit_notes": documents.c.kind == "credit_note",
    }[state]


def _is_sought(reader: Reader, search: str) -> ColumnElement[bool]:
    """By number, by amount with or without taxes, by the organization's name or code."""
    if not search.strip():
        return literal(True)
    found: list[ColumnElement[bool]] = [documents.c.number.contains(search.strip().upper(), autoescape=True)]
    cents = parse_amount(search)
    if cents is not None:
        found += [documents.c.total_cents == abs(cents), documents.c.subtotal_cents == abs(cents)]
    found.append(documents.c.organization_id.in_(find_organizations(reader, search)))
    return or_(*found)


def find_organizations(reader: Reader, search: str) -> list[int]:
    words = fold(search).split()
    rows = reader.execute(select(organizations.c.id, organizations.c.name, organizations.c.code))
    return [id for id, name, code in rows if all(word in fold(f"{name} {code}") for word in words)]


def parse_amount(text: str) -> int | None:
    """Cents of what reads like an amount: `39,38 $`, `$1,234.50`, `-1 234,50`; None for anything else."""
    plain = text.strip().replace("\u00a0", " ")
    if re.fullmatch(r"[-\u2212]?\$?\d{1,3}(,\d{3})+(\.\d{2})?", plain):
        plain = plain.replace(",", "")
    found = _AMOUNT.fullmatch(plain)
    if found is None or len(found[2]) > 12:
        return None
    cents = int(re.sub(r"\s", "", found[2])) * 100 + int(found[3] or 0)
    return -cents if found[1] else cents

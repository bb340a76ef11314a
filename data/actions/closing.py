"""Issuing documents: closing a month, correcting at once, crediting out of goodwill. Each in one transaction: the
record of the closing, the numbers, the documents sealed over the one before, and the journal's entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import insert, select, update

from data import clock
from data.access.billing import BilledOrganization, KeptInvoice, KeptOrganization
from data.actions.audit import audit
from data.billing import settlement
from data.billing.books import Books, ClosedMonth, CreditNote, Invoice, format_number
from data.billing.credits import goodwill_credit
from data.billing.issued import GENESIS, Buyer, IssuedDocument, Seller, encode_document, seal_document
from data.billing.rating import Facts, Month, NoPriceInForce, Settings, Terms
from data.billing.settlement import Closing, give_numbers
from data.billing.taxes import CODES, NoTaxes, pays
from data.db import Reader, UnitOfWork
from data.duplicates import list_suspicions
from data.errors import (
    BooksChanged,
    ClosingHeld,
    CreditTooLarge,
    DuplicatesSuspected,
    MonthUnfinished,
    NothingToCorrect,
    PriceMissing,
    ProvinceMissing,
    ReasonMissing,
    SellerIncomplete,
)
from data.ledgers import fingerprint, read_books, read_facts
from data.models import (
    closings,
    document_counters,
    documents,
    hold_changes,
    organizations,
    services,
    tax_profile_changes,
    tax_rate_changes,
)
from data.text import check_name, is_blank

REASON_LIMIT = 200
# What is recorded from this very moment on is later than the closing, so that rating its cutoff again gives the same.
INSTANT = timedelta(milliseconds=1)

_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Ledgers:
    """All that a closing follows from, as it was read; by the `mark` a later reading tells whether anything was
    recorded since."""

    facts: Facts
    books: Books
    mark: tuple[object, ...]
    cutoff: datetime


@dataclass(frozen=True)
class Draft:
    """A closing worked out, not yet issued."""

    closing: Closing
    mark: tuple[object, ...]


@dataclass(frozen=True)
class CreditDraft:
    """Credit notes worked out between two closings, not yet issued."""

    notes: tuple[CreditNote, ...]
    mark: tuple[object, ...]


@dataclass(frozen=True)
class Outcome:
    """Numbers of what was issued, the invoice first. `was_closed`: the month had its closing before."""

    numbers: tuple[str, ...]
    was_closed: bool = False


def read_ledgers(reader: Reader, organization: KeptOrganization) -> Ledgers:
    return Ledgers(
        read_facts(reader, organization),
        read_books(reader, organization),
        fingerprint(reader, organization),
        reader.now - INSTANT,
    )


def draft_closing(ledgers: Ledgers, month: Month) -> Draft:
    """What closing the month comes to; computes only."""
    try:
        closing = settlement.close_month(ledgers.books, ledgers.facts, month, ledgers.cutoff)
    except settlement.AlreadyClosed:
        raise BooksChanged() from None  # by another process, while these ledgers were read
    except NoPriceInForce:
        raise PriceMissing() from None
    except NoTaxes:
        raise ProvinceMissing() from None
    return Draft(closing, ledgers.mark)


def check_closable(reader: Reader, organization: KeptOrganization, month: Month, seller: Seller) -> None:
    """What forbids any closing of the month, by hand or by itself."""
    if clock.local_day(reader.now, organization.timezone) <= month.last:
        raise MonthUnfinished()
    if is_held(reader, organization):
        raise ClosingHeld()
    if list_suspicions(reader, organization.id):
        raise DuplicatesSuspected()
    if not all((seller.name, seller.gst_number, seller.qst_number)):
        raise SellerIncomplete()


def is_held(reader: Reader, organization: KeptOrganization) -> bool:
    latest = reader.execute(
        select(hold_changes.c.is_on)
        .where(hold_changes.c.organization_id == organization.id)
        .order_by(hold_changes.c.id.desc())
        .limit(1)
    ).scalar()
    return bool(latest)


def find_closed(reader: Reader, organization: KeptOrganization, month: Month) -> Outcome | None:
    """What the month's closing issued, if it was closed."""
    closing_id = reader.execute(
        select(closings.c.id).where(
            closings.c.organization_id == organization.id,
            closings.c.kind == "month",
            closings.c.period == month.first,
        )
    ).scalar()
    if closing_id is None:
        return None
    numbers = reader.execute(
        select(documents.c.number).where(documents.c.closing_id == closing_id).order_by(documents.c.id)
    ).scalars()
    return Outcome(tuple(numbers), was_closed=True)


def do_close_month(uow: UnitOfWork, organization: KeptOrganization, draft: Draft, seller: Seller) -> Outcome:
    """Issue the draft. A month that was closed answers with what is stored; `BooksChanged` where a fact was recorded
    since the draft was worked out."""
    month = draft.closing.closed.month
    if known := find_closed(uow, organization, month):
        return known
    check_closable(uow, organization, month, seller)
    _check_unchanged(uow, organization, draft.mark, draft.closing.closed.cutoff)
    closed = give_numbers(draft.closing, _Numbering(uow).take).closed
    closing_id = _record(uow, organization, "month", closed.month, closed.cutoff, closed.terms)
    issuer = _Issuer(uow, organization, seller, closing_id)
    if closed.invoice:
        issuer.issue_invoice(closed, closed.invoice)
    issuer.issue_credit_notes(closed.credit_notes)
    _audit(uow, organization, "month.closed", month, documents=len(issuer.numbers))
    return Outcome(tuple(issuer.numbers))


def _check_unchanged(
    uow: UnitOfWork, organization: KeptOrganization, mark: tuple[object, ...], cutoff: datetime
) -> None:
    if fingerprint(uow, organization) != mark or uow.now <= cutoff:
        raise BooksChanged()


def draft_corrections(ledgers: Ledgers) -> CreditDraft:
    """The credit notes that today's facts ask for; computes only."""
    notes = settlement.correct_books(ledgers.books, ledgers.facts, ledgers.cutoff)
    if not notes:
        raise NothingToCorrect()
    return CreditDraft(notes, ledgers.mark)


def draft_goodwill(ledgers: Ledgers, invoice: KeptInvoice, amount_cents: int) -> CreditDraft:
    """A credit, before taxes, that no fact asks for; computes only."""
    issued = next(each for each in ledgers.books.invoices if each.number == invoice.number)
    on = clock.local_day(ledgers.cutoff, invoice.organization.timezone)
    try:
        note = goodwill_credit(ledgers.books, ledgers.facts, issued, amount_cents, ledgers.cutoff, on)
    except ValueError:
        raise CreditTooLarge() from None
    return CreditDraft((note,), ledgers.mark)


def do_issue_corrections(
    uow: UnitOfWork, organization: KeptOrganization, draft: CreditDraft, seller: Seller
) -> Outcome:
    """Without waiting for the next closing. `BooksChanged` where a fact was recorded since the draft was worked out."""
    return _issue_between(uow, organization, seller, "correction", draft, "")


def do_give_goodwill(
    uow: UnitOfWork, organization: KeptOrganization, draft: CreditDraft, reason: str, seller: Seller
) -> Outcome:
    """As `do_issue_corrections`, with why."""
    return _issue_between(uow, organization, seller, "goodwill", draft, check_reason(reason))


def check_reason(reason: str) -> str:
    if is_blank(reason):
        raise ReasonMissing()
    return check_name(reason, limit=REASON_LIMIT)


def _issue_between(
    uow: UnitOfWork,
    organization: KeptOrganization,
    seller: Seller,
    kind: str,
    draft: CreditDraft,
    reason: str,
) -> Outcome:
    _check_unchanged(uow, organization, draft.mark, draft.notes[0].cutoff)
    numbering = _Numbering(uow)
    numbered = [replace(note, number=numbering.take("NC", note.issued_on.year)) for note in draft.notes]
    period = Month.of(numbered[0].issued_on)
    closing_id = _record(uow, organization, kind, period, uow.now, None, reason)
    issuer = _Issuer(uow, organization, seller, closing_id, reason)
    issuer.issue_credit_notes(numbered)
    _audit(uow, organization, f"credit.{kind}", period, documents=len(numbered))
    return Outcome(tuple(issuer.numbers))


def _record(
    uow: UnitOfWork,
    organization: KeptOrganization,
    kind: str,
    period: Month,
    cutoff: datetime,
    terms: Terms | None,
    reason: str = "",
) -> int:
    closing_id: int = uow.execute(
        insert(closings)
        .values(
            organization_id=organization.id,
            kind=kind,
            period=period.first,
            effective_at=cutoff,
            recorded_at=uow.now,
            recorded_by=organization.keeper.account_id,
            reason=reason,
            terms=_encode(terms).decode(),
        )
        .returning(closings.c.id)
    ).scalar_one()
    return closing_id


class _Numbering:
    """Numbers without a gap: whoever issues takes the counters' row first, and the others wait."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        if uow.locks:
            uow.execute(select(document_counters.c.series).order_by(document_counters.c.series).with_for_update())

    def take(self, series: str, year: int) -> str:
        count: int = self._uow.execute(
            update(document_counters)
            .where(document_counters.c.series == series)
            .values(last=document_counters.c.last + 1)
            .returning(document_counters.c.last)
        ).scalar_one()
        return format_number(series, year, count)


class _Issuer:
    """Writes the documents of one closing, each sealed over the one issued before it, whoever that was for."""

    def __init__(
        self, uow: UnitOfWork, organization: KeptOrganization, seller: Seller, closing_id: int, reason: str = ""
    ) -> None:
        self._uow = uow
        self._organization = organization
        self._closing_id = closing_id
        self._about = {
            "seller": seller,
            "buyer": describe_buyer(uow, organization),
            "services": name_services(uow, organization),
            "reason": reason,
        }
        self.numbers: list[str] = []

    def issue_invoice(self, closed: ClosedMonth, invoice: Invoice) -> None:
        issued = IssuedDocument(terms=closed.terms, invoice=invoice, **self._about)  # type: ignore[arg-type]
        self._write(issued, "invoice", invoice.month, invoice.issued_on, invoice.subtotal_cents, None)

    def issue_credit_notes(self, notes: Sequence[CreditNote]) -> None:
        for note in notes:
            terms = Terms(None, Settings(), self._organization.timezone)
            issued = IssuedDocument(terms=terms, credit_note=note, **self._about)  # type: ignore[arg-type]
            self._write(issued, "credit_note", note.month, note.issued_on, note.amount_cents, note.invoice)

    def _write(
        self, issued: IssuedDocument, kind: str, month: Month, on: date, subtotal_cents: int, invoice: str | None
    ) -> None:
        content, previous = encode_document(issued), self._find_previous_hash()
        self._uow.execute(
            insert(documents).values(
                organization_id=self._organization.id,
                closing_id=self._closing_id,
                kind=kind,
                number=issued.number,
                period=month.first,
                invoice_id=None if invoice is None else self._find_invoice(invoice),
                effective_on=on,
                subtotal_cents=subtotal_cents,
                total_cents=issued.document.total_cents,
                content=content,
                previous_hash=previous,
                hash=seal_document(content, previous),
                recorded_at=self._uow.now,
            )
        )
        self.numbers.append(issued.number)

    def _find_previous_hash(self) -> str:
        found = self._uow.execute(select(documents.c.hash).order_by(documents.c.id.desc()).limit(1)).scalar()
        return found or GENESIS

    def _find_invoice(self, number: str) -> int:
        found: int = self._uow.execute(select(documents.c.id).where(documents.c.number == number)).scalar_one()
        return found


def describe_buyer(reader: Reader, organization: BilledOrganization) -> Buyer:
    """As a document of today says it."""
    exempt, exempt_reason = _find_exemption(reader, organization)
    row = reader.execute(
        select(
            organizations.c.province,
            organizations.c.billing_address,
            organizations.c.billing_contact_name,
            organizations.c.billing_contact_email,
        ).where(organizations.c.id == organization.id)
    ).one()
    return Buyer(
        organization.code,
        organization.name,
        row.province,
        organization.timezone,
        organization.language,
        row.billing_address or "",
        row.billing_contact_name or "",
        row.billing_contact_email or "",
        exempt,
        exempt_reason,
    )


def _find_exemption(reader: Reader, organization: BilledOrganization) -> tuple[tuple[str, ...], str]:
    """The taxes of its province that it is not charged today, and why."""
    profiles = tax_profile_changes.c
    row = reader.execute(
        select(profiles.province, profiles.exempt, profiles.exempt_reason)
        .where(
            profiles.organization_id == organization.id,
            profiles.effective_on <= clock.local_day(reader.now, organization.timezone),
        )
        .order_by(profiles.effective_on.desc(), profiles.recorded_at.desc(), profiles.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or not row.exempt:
        return (), ""
    charged = select(tax_rate_changes.c.code).where(tax_rate_changes.c.province == row.province)
    there = set(reader.execute(charged).scalars())
    found = tuple(code for code in CODES if code in there and not pays(code, row.exempt.split(",")))
    return found, row.exempt_reason if found else ""


def name_services(reader: Reader, organization: BilledOrganization) -> dict[str, str]:
    rows = reader.execute(
        select(services.c.code, services.c.name)
        .where(services.c.organization_id == organization.id)
        .order_by(services.c.code)
    )
    return dict(rows.all())


def _audit(uow: UnitOfWork, organization: KeptOrganization, act: str, month: Month, **details: object) -> None:
    audit(
        uow,
        organization.keeper.actor,
        act,
        f"organization:{organization.id}",
        organization_id=organization.id,
        month=str(month),
        **details,
    )

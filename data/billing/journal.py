"""Documents as entries for the ledger of accounts. Amounts in cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from data.billing.books import CreditLine, CreditNote, Invoice
from data.billing.rating import Line
from data.billing.taxes import Tax


def _tax_accounts() -> dict[str, str]:
    return {"GST": "2310 TPS a payer", "QST": "2320 TVQ a payer", "HST": "2330 TVH a payer"}


@dataclass(frozen=True)
class Accounts:
    """The accounts of the vendor's bookkeeping; these, unless configured."""

    receivable: str = "1100 Comptes clients"
    revenue: str = "4100 Revenus clavardage"
    taxes: dict[str, str] = field(default_factory=_tax_accounts)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """`is_revenue`: of a line, with the line's service (None for the top-up to the minimum)."""

    account: str
    debit: int
    credit: int
    service: str | None = None
    is_revenue: bool = False

    def reversed(self) -> JournalEntry:
        return JournalEntry(self.account, self.credit, self.debit, self.service, self.is_revenue)


DEFAULT_ACCOUNTS = Accounts()


def invoice_journal(invoice: Invoice, accounts: Accounts = DEFAULT_ACCOUNTS) -> list[JournalEntry]:
    return _entries(invoice.total_cents, invoice.lines, invoice.taxes, accounts)


def credit_note_journal(note: CreditNote, accounts: Accounts = DEFAULT_ACCOUNTS) -> list[JournalEntry]:
    """The same accounts, reversed."""
    return [entry.reversed() for entry in _entries(note.total_cents, note.lines, note.taxes, accounts)]


def _entries(
    total_cents: int, lines: Iterable[Line | CreditLine], taxes: Iterable[Tax], accounts: Accounts
) -> list[JournalEntry]:
    return [
        JournalEntry(accounts.receivable, total_cents, 0),
        *(JournalEntry(accounts.revenue, 0, line.amount_cents, line.service, is_revenue=True) for line in lines),
        *(JournalEntry(accounts.taxes[tax.code], 0, tax.amount_cents) for tax in taxes),
    ]

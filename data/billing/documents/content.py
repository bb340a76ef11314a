"""What documents say, as tables: summary, lines, people, taxes, entries of the journal. Amounts in cents.

Amounts of credit notes are positive, as they are issued; the column that tells the kind of document says which way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data.billing.books import CreditLine
from data.billing.documents.people import BilledPersonRow
from data.billing.documents.tables import Cell, Column, Row, Table, Term
from data.billing.documents.words import document_kind, line_kind, say_exemption, service_name, tax_name
from data.billing.issued import IssuedDocument
from data.billing.journal import DEFAULT_ACCOUNTS, Accounts, JournalEntry, credit_note_journal, invoice_journal
from data.billing.rating import Line
from data.i18n import Translator


def document_tables(
    issued: IssuedDocument, people: Sequence[BilledPersonRow], t: Translator, accounts: Accounts = DEFAULT_ACCOUNTS
) -> list[Table]:
    """The sheets of a document's workbook; names only where they are given."""
    tables = [summary_table(issued, t), lines_table([issued], t)]
    if people:
        tables.append(people_table(people, t))
    return [*tables, taxes_table([issued], t), journal_table([issued], t, accounts)]


def summary_table(issued: IssuedDocument, t: Translator) -> Table:
    columns = (Column("field", t("Detail")), Column("value", t("Value"), "cell"))
    facts = [*_head_facts(issued, t), *_party_facts(issued, t), *_amount_facts(issued, t)]
    return Table(t("Summary"), columns, [(label, cell) for label, cell in facts if cell.value not in ("", None)])


def _head_facts(issued: IssuedDocument, t: Translator) -> Iterator[tuple[str, Cell]]:
    document = issued.document
    yield t("Document"), Cell("term", document_kind(issued, t))
    yield t("Number"), Cell("text", document.number or t("Draft"))
    yield t("Date"), Cell("day", document.issued_on)
    yield t("Month"), Cell("month", document.month)
    if issued.credit_note:
        yield t("Credited invoice"), Cell("text", issued.credit_note.invoice)
    yield t("Reason"), Cell("text", issued.reason)


def _party_facts(issued: IssuedDocument, t: Translator) -> Iterator[tuple[str, Cell]]:
    seller, buyer = issued.seller, issued.buyer
    yield t("Seller"), Cell("text", seller.name)
    yield t("GST/HST registration number"), Cell("text", seller.gst_number)
    yield t("QST registration number"), Cell("text", seller.qst_number)
    yield t("Organization"), Cell("text", buyer.name)
    yield t("Code of the organization"), Cell("text", buyer.code)
    yield t("Province"), Cell("text", buyer.province)


def _amount_facts(issued: IssuedDocument, t: Translator) -> Iterator[tuple[str, Cell]]:
    yield t("Employees"), Cell("count", people_count(issued))
    yield t("Subtotal"), Cell("money", subtotal_cents(issued))
    for tax in issued.document.taxes:
        yield tax_name(tax.code, t), Cell("money", tax.amount_cents)
    yield t("Exemption"), Cell("text", say_exemption(issued, t))
    yield t("Total"), Cell("money", issued.document.total_cents)


def people_count(issued: IssuedDocument) -> int:
    """People billed for the month itself, or named by a credit note."""
    if issued.credit_note:
        return len(issued.credit_note.persons)
    return sum(line.quantity for line in lines_of(issued) if isinstance(line, Line) and line.kind == "employees")


def subtotal_cents(issued: IssuedDocument) -> int:
    return issued.invoice.subtotal_cents if issued.invoice else sum(line.amount_cents for line in lines_of(issued))


def lines_of(issued: IssuedDocument) -> tuple[Line | CreditLine, ...]:
    return issued.document.lines


def lines_table(documents: Sequence[IssuedDocument], t: Translator) -> Table:
    columns = (
        Column("document", t("Document"), "term"),
        Column("document_kind", t("Kind"), "term"),
        Column("issued_on", t("Date"), "day"),
        Column("organization", t("Organization")),
        Column("line_kind", t("Line"), "term"),
        Column("month", t("Month"), "month"),
        Column("service_code", t("Code")),
        Column("service", t("Service")),
        Column("employees", t("Employees"), "count", is_summed=True),
        Column("employee_days", t("Days"), "count", is_summed=True),
        Column("unit_price", t("Price per month"), "price"),
        Column("amount_cents", t("Amount"), "money", is_summed=True),
    )
    rows = [_line_row(issued, line, t) for issued in documents for line in lines_of(issued)]
    return Table(t("Services"), columns, rows)


def _line_row(issued: IssuedDocument, line: Line | CreditLine, t: Translator) -> Row:
    return (
        *_document_cells(issued, t),
        line_kind(line.kind, t),
        line.month if isinstance(line, Line) else issued.document.month,
        line.service,
        service_name(issued, line.service),
        line_people(line),
        line.employee_days if isinstance(line, Line) else None,
        line.unit_price if isinstance(line, Line) else None,
        line.amount_cents,
    )


def line_people(line: Line | CreditLine) -> int | None:
    """None for the top-up to the minimum, and for a credit that names nobody."""
    if line.kind == "minimum_top_up":
        return None
    return line.quantity if isinstance(line, Line) else len(line.shares) or None


def _document_cells(issued: IssuedDocument, t: Translator) -> Row:
    document = issued.document
    return (
        Term(document.number, document.number or t("Draft")),
        document_kind(issued, t),
        document.issued_on,
        issued.buyer.name,
    )


def people_table(people: Sequence[BilledPersonRow], t: Translator) -> Table:
    columns = (
        Column("number", t("Number")),
        Column("name", t("Name")),
        Column("service_code", t("Code")),
        Column("service", t("Service")),
        Column("department", t("Department")),
        Column("days", t("Days"), "count", is_summed=True),
        Column("opened_app", t("Opened the application"), "flag"),
        Column("amount_cents", t("Amount"), "money", is_summed=True),
    )
    return Table(t("Employees"), columns, [_person_row(person) for person in people])


def _person_row(person: BilledPersonRow) -> Row:
    return (
        person.number,
        person.name,
        person.service_code,
        person.service_name,
        person.department,
        person.days,
        person.opened_app,
        person.amount_cents,
    )


def taxes_table(documents: Sequence[IssuedDocument], t: Translator) -> Table:
    columns = (
        Column("document", t("Document"), "term"),
        Column("document_kind", t("Kind"), "term"),
        Column("issued_on", t("Date"), "day"),
        Column("organization", t("Organization")),
        Column("tax", t("Tax"), "term"),
        Column("rate", t("Rate"), "rate"),
        Column("base_cents", t("Before tax"), "money"),
        Column("amount_cents", t("Amount"), "money", is_summed=True),
    )
    rows = [
        (
            *_document_cells(issued, t),
            Term(tax.code, tax_name(tax.code, t)),
            tax.rate,
            subtotal_cents(issued),
            tax.amount_cents,
        )
        for issued in documents
        for tax in issued.document.taxes
    ]
    return Table(t("Taxes"), columns, rows)


def journal_table(documents: Sequence[IssuedDocument], t: Translator, accounts: Accounts = DEFAULT_ACCOUNTS) -> Table:
    columns = (
        Column("document", t("Document"), "term"),
        Column("document_kind", t("Kind"), "term"),
        Column("date", t("Date"), "day"),
        Column("organization", t("Organization")),
        Column("account", t("Account")),
        Column("service_code", t("Code")),
        Column("service", t("Service")),
        Column("debit_cents", t("Debit"), "money", is_summed=True),
        Column("credit_cents", t("Credit"), "money", is_summed=True),
    )
    rows = [_entry_row(issued, entry, t) for issued in documents for entry in journal_of(issued, accounts)]
    return Table(t("Journal"), columns, rows)


def journal_of(issued: IssuedDocument, accounts: Accounts) -> list[JournalEntry]:
    if issued.invoice:
        return invoice_journal(issued.invoice, accounts)
    assert issued.credit_note is not None
    return credit_note_journal(issued.credit_note, accounts)


def _entry_row(issued: IssuedDocument, entry: JournalEntry, t: Translator) -> Row:
    service = service_name(issued, entry.service)
    return (
        *_document_cells(issued, t),
        entry.account,
        entry.service,
        service,
        entry.debit or None,
        entry.credit or None,
    )

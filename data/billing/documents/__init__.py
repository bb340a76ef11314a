"""Documents in the forms that people take away: print, workbook, text. Pure: documents and rows in, bytes out.

    write_pdf(issued, people)          the invoice or credit note in print (pdf, page, document.typ)
    write_document_xlsx(issued, …)     its workbook: summary, services, employees, taxes, journal (content, xlsx)
    write_lines_csv, write_people_csv  its lines and people as CSV (content, csv)
    write_table_xlsx, write_table_csv  any screen's table, by the same rules (tables)

Making them takes a while: callers leave it to `data.offload.run`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from data.billing.documents.content import (
    document_tables,
    journal_table,
    lines_table,
    people_table,
    summary_table,
    taxes_table,
)
from data.billing.documents.csv import EXCEL_QUEBEC, MACHINE, PROFILES, Profile, write_csv
from data.billing.documents.page import file_title
from data.billing.documents.pdf import write_pdf
from data.billing.documents.people import BilledPersonRow
from data.billing.documents.tables import Cell, Column, Kind, Row, Table, Term, Value, clean_cell, format_file_name
from data.billing.documents.xlsx import write_xlsx
from data.billing.issued import IssuedDocument
from data.billing.journal import DEFAULT_ACCOUNTS, Accounts
from data.i18n import DEFAULT, translator

__all__ = [
    "EXCEL_QUEBEC",
    "MACHINE",
    "PROFILES",
    "BilledPersonRow",
    "Cell",
    "Column",
    "Kind",
    "Profile",
    "Row",
    "Table",
    "Term",
    "Value",
    "clean_cell",
    "document_file_name",
    "document_tables",
    "format_file_name",
    "journal_table",
    "lines_table",
    "people_table",
    "summary_table",
    "taxes_table",
    "write_csv",
    "write_document_xlsx",
    "write_journal_csv",
    "write_lines_csv",
    "write_pdf",
    "write_people_csv",
    "write_table_csv",
    "write_table_xlsx",
    "write_xlsx",
]


def write_document_xlsx(
    issued: IssuedDocument,
    people: Sequence[BilledPersonRow] = (),
    *,
    language: str | None = None,
    accounts: Accounts = DEFAULT_ACCOUNTS,
) -> bytes:
    """In the buyer's language unless another is asked for; names only where rows are given."""
    t = translator(language or issued.buyer.language)
    tables = document_tables(issued, people, t, accounts)
    return write_xlsx(tables, issued.document.issued_on, t.language, file_title(issued, t))


def write_lines_csv(documents: Sequence[IssuedDocument], profile: Profile, language: str = DEFAULT) -> bytes:
    return write_table_csv(lines_table(documents, translator(language)), profile, language)


def write_people_csv(people: Sequence[BilledPersonRow], profile: Profile, language: str = DEFAULT) -> bytes:
    return write_table_csv(people_table(people, translator(language)), profile, language)


def write_journal_csv(
    documents: Sequence[IssuedDocument],
    profile: Profile,
    language: str = DEFAULT,
    accounts: Accounts = DEFAULT_ACCOUNTS,
) -> bytes:
    return write_table_csv(journal_table(documents, translator(language), accounts), profile, language)


def write_table_csv(table: Table, profile: Profile, language: str = DEFAULT) -> bytes:
    """Rows without totals: who reads a CSV adds up for themselves."""
    return write_csv(table.columns, table.rows, profile, language)


def write_table_xlsx(table: Table, created_on: date, language: str = DEFAULT) -> bytes:
    return write_xlsx([table], created_on, language)


def document_file_name(issued: IssuedDocument, extension: str, language: str | None = None) -> str:
    """`Facture-F-2026-000001-Cafés-Laurier.pdf`"""
    return format_file_name(file_title(issued, translator(language or issued.buyer.language)), extension)

"""What people take away from a bill, as bytes: read, then made off the server's loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from data import db, offload
from data.access.billing import Bookkeeper, NamedOrganization, ReadDocument
from data.actions.closing import describe_buyer, name_services
from data.billing.bill import Bill
from data.billing.books import CreditNote
from data.billing.documents import (
    EXCEL_QUEBEC,
    MACHINE,
    BilledPersonRow,
    document_file_name,
    format_file_name,
    journal_table,
    write_document_xlsx,
    write_journal_csv,
    write_lines_csv,
    write_pdf,
    write_people_csv,
    write_table_xlsx,
)
from data.billing.issued import IssuedDocument, Seller
from data.billing.journal import Accounts
from data.billing.rating import Month
from data.bills import get_bill
from data.errors import NotFound
from data.i18n import translator
from data.queries.document_people import list_document_people
from data.queries.invoices import list_issued, read_document, read_month_document

Form = Literal["pdf", "xlsx", "csv", "machine", "people", "people-machine"]
FORMS: tuple[Form, ...] = get_args(Form)
EXTENSIONS: dict[str, str] = {"pdf": "pdf", "xlsx": "xlsx"}


@dataclass(frozen=True)
class MadeFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Wish:
    """How a document is wanted. `with_names`: the people behind it too; `is_bilingual`: of the print alone."""

    form: Form
    language: str
    with_names: bool = False
    is_bilingual: bool = False


def make_document(organization: NamedOrganization, document: ReadDocument, wish: Wish, accounts: Accounts) -> MadeFile:
    with db.read() as reader:
        issued = read_document(reader, document)
    return _make(organization, issued, wish, accounts)


def make_month(
    organization: NamedOrganization, month: Month, wish: Wish, seller: Seller, accounts: Accounts
) -> MadeFile:
    """The invoice of a month as issued, or as it stands, without a number. `NotFound` where nothing is billed."""
    bill = get_bill(organization, month)
    if bill.invoice is None:
        raise NotFound()
    with db.read() as reader:
        issued = read_month_document(reader, organization, month) or IssuedDocument(
            seller=seller,
            buyer=describe_buyer(reader, organization),
            terms=bill.rated.terms,
            services=name_services(reader, organization),
            invoice=bill.invoice,
        )
    return _make(organization, issued, wish, accounts)


def make_journal(keeper: Bookkeeper, month: Month, form: Form, language: str, accounts: Accounts) -> MadeFile:
    """The entries of all documents dated in a month."""
    with db.read() as reader:
        issued = list_issued(reader, keeper, month)
    t = translator(language)
    name = format_file_name(f"{t('Journal')} {month}", EXTENSIONS.get(form, "csv"))
    if form == "xlsx":
        return MadeFile(name, offload.run(write_table_xlsx, journal_table(issued, t, accounts), month.last, language))
    profile = MACHINE if form == "machine" else EXCEL_QUEBEC
    return MadeFile(name, offload.run(write_journal_csv, issued, profile, language, accounts))


def _make(organization: NamedOrganization, issued: IssuedDocument, wish: Wish, accounts: Accounts) -> MadeFile:
    people: Sequence[BilledPersonRow] = ()
    if wish.with_names or wish.form in ("people", "people-machine"):
        bill = get_bill(organization, issued.document.month)
        people = _read_people(organization, issued, bill)
    name = document_file_name(issued, EXTENSIONS.get(wish.form, "csv"), wish.language)
    return MadeFile(name, offload.run(_WRITERS[wish.form], issued, people, wish, accounts))


def _read_people(organization: NamedOrganization, issued: IssuedDocument, bill: Bill) -> list[BilledPersonRow]:
    if isinstance(issued.document, CreditNote) and issued.document.reason == "goodwill":
        return []
    with db.read() as reader:
        return list_document_people(reader, organization, issued, bill)


_Writer = Callable[[IssuedDocument, Sequence[BilledPersonRow], Wish, Accounts], bytes]

_WRITERS: dict[Form, _Writer] = {
    "pdf": lambda issued, people, wish, accounts: write_pdf(
        issued, people, language=wish.language, bilingual=wish.is_bilingual
    ),
    "xlsx": lambda issued, people, wish, accounts: write_document_xlsx(
        issued, people, language=wish.language, accounts=accounts
    ),
    "csv": lambda issued, people, wish, accounts: write_lines_csv([issued], EXCEL_QUEBEC, wish.language),
    "machine": lambda issued, people, wish, accounts: write_lines_csv([issued], MACHINE, wish.language),
    "people": lambda issued, people, wish, accounts: write_people_csv(people, EXCEL_QUEBEC, wish.language),
    "people-machine": lambda issued, people, wish, accounts: write_people_csv(people, MACHINE, wish.language),
}

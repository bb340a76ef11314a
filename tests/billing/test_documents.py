"""Documents read back from the files that people take away: to the cent, in both languages, and harmless."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from data.billing.books import CreditLine, CreditNote, Invoice
from data.billing.documents import (
    EXCEL_QUEBEC,
    MACHINE,
    BilledPersonRow,
    Column,
    Table,
    Term,
    document_file_name,
    format_file_name,
    write_csv,
    write_document_xlsx,
    write_journal_csv,
    write_lines_csv,
    write_pdf,
    write_people_csv,
    write_table_csv,
    write_table_xlsx,
)
from data.billing.issued import Buyer, IssuedDocument, Seller
from data.billing.journal import Accounts
from data.billing.rating import Line, Month, Settings, Terms
from data.billing.scenarios import Closed, parse_file, replay
from data.billing.taxes import Tax, taxes_on
from data.money import format_money

NBSP = "\u00a0"
OCTOBER = Month(2026, 10)
QUEBEC = (("GST", 5000), ("QST", 9975))
SELLER = Seller(
    "Horaires Boréal inc.",
    "4200, rue Saint-Denis\nMontréal (Québec)  H2J 2K9",
    "facturation@boreal.example",
    "812345678 RT0001",
    "1212345678 TQ0001",
)
BUYER = Buyer("LAURIER", "Cafés Laurier", "QC", "America/Toronto", "fr", "1155, avenue Laurier", "Ariane Gagnon")
SERVICES = {"LIV": "Livraison", "PLC": "Plateau – cuisine", "PLS": "Plateau – salle", "VER": "Verdun"}
TERMS = Terms(2500, Settings(), "America/Toronto")

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "{=1+1}",
    "=cmd|'/c calc'!A0",
    "\uff1d1+1",
    "a;=1+1;b",
    'x,@y"z',
    "#import *gras* _it_ $x$ `c` \\ @ref //",
    "<script>alert(1)</script>",
    "_x003D_1",
    'O\'Brien -- --- ... "d" &G&P',
    "{page} {0} {pages}",
    "Nguyễn Thị Ánh",
)
BEYOND_OUR_FONTS = ("\uff1d1+1",)


def line(service: str, people: int, days: int) -> Line:
    return Line("employees", OCTOBER, service, people, people * 25, 2500, days)


LINES = (line("LIV", 25, 741), line("PLC", 41, 1230), line("PLS", 38, 1102), line("VER", 33, 1004))
CATCH_UP = Line("catch_up", Month(2026, 8), "PLC", 2, 50, 2500, shares=(("a", 1), ("b", 1)))
TOP_UP = Line("minimum_top_up", OCTOBER, None, 1, 4375)


def invoice(*lines: Line, number: str = "F-2026-000001", rates: tuple[tuple[str, int], ...] = QUEBEC) -> IssuedDocument:
    subtotal = sum(each.amount_cents for each in lines)
    made = Invoice(number, OCTOBER, date(2026, 11, 3), lines, subtotal, taxes_on(subtotal, rates))
    return IssuedDocument(SELLER, BUYER, TERMS, SERVICES, made)


NOTE = CreditNote(
    "NC-2026-000001",
    "F-2026-000001",
    OCTOBER,
    date(2026, 12, 2),
    datetime(2026, 12, 2, 5, tzinfo=UTC),
    (CreditLine(1, "employees", "PLC", 50, (("a", 1), ("b", 1))), CreditLine(4, "catch_up", "LIV", 25, (("b", 1),))),
    ("a", "b"),
    (Tax("GST", 5000, 4), Tax("QST", 9975, 7)),
)
CREDIT = IssuedDocument(SELLER, BUYER, TERMS, SERVICES, None, NOTE)


def person(name: str, number: int = 1, **other: Any) -> BilledPersonRow:
    return BilledPersonRow(f"{number:05}", name, "PLC", "Plateau – cuisine", "Cuisine", 31, 25, **other)


@cache
def golden_documents() -> tuple[IssuedDocument, ...]:
    """Every document of the scenario files."""
    text = (Path(__file__).parent / "golden.json").read_text(encoding="utf-8")
    return tuple(document for scenario in parse_file(text) for document in _documents_of(scenario))


def _documents_of(scenario: Any) -> Iterator[IssuedDocument]:
    for done in replay(scenario):
        if isinstance(done, Closed):
            closed = done.closing.closed
            of = IssuedDocument(SELLER, BUYER, closed.terms, SERVICES)
            if closed.invoice:
                yield replace(of, invoice=closed.invoice)
            yield from (replace(of, credit_note=note) for note in closed.credit_notes)


def printed(content: bytes) -> str:
    """The text of a PDF, each run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def money(cents: int, language: str = "fr") -> str:
    return " ".join(format_money(cents, language).split())


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def cells(content: bytes, sheet: str) -> list[list[Any]]:
    return [list(row) for row in opened(content)[sheet].iter_rows(values_only=True)]


def parsed(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


# Print


def test_an_invoice_says_all_that_it_must() -> None:
    text = printed(write_pdf(invoice(*LINES)))
    for said in (
        "Facture F-2026-000001",
        "Horaires Boréal inc. 4200, rue Saint-Denis Montréal (Québec)",
        "Nº TPS/TVH",
        "812345678 RT0001",
        "Nº TVQ",
        "1212345678 TQ0001",
        "Facturé à Cafés Laurier 1155, avenue Laurier Ariane Gagnon",
        "3 novembre 2026",
        "octobre 2026 du 1er au 31 octobre 2026",
        "Plateau – cuisine 41 0,25 $ 10,25 $",
        "Payable dans les 30 jours",
        "Échéance",
        "3 décembre 2026",
        "Chaque personne employée au moins un jour où l’option était active compte une fois.",
        "Page 1 de 1",
    ):
        assert said in text
    amounts = {"Sous-total": 3425, f"TPS 5{NBSP}%": 171, f"TVQ 9,975{NBSP}%": 342, "Total à payer": 3938}
    for label, cents in amounts.items():
        assert f"{' '.join(label.split())} {money(cents)}" in text
    assert "Brouillon" not in text
    assert "14,975" not in text


def test_amounts_are_held_together_by_no_break_spaces() -> None:
    text = PdfReader(io.BytesIO(write_pdf(invoice(replace(LINES[0], amount_cents=123450))))).pages[0].extract_text()
    assert f"1{NBSP}234,50{NBSP}$" in text


@pytest.mark.parametrize("days", [0, 1, 45, None])
def test_terms_of_payment_are_the_callers(days: int | None) -> None:
    text = printed(write_pdf(invoice(*LINES), payment_days=days))
    said = {0: "Payable à la réception", 1: "Payable dans 1 jour", 45: "Payable dans les 45 jours"}
    assert said[days] in text if days is not None else "Payable" not in text
    assert ("Échéance" in text) is (days is not None)


def test_catch_ups_are_named_by_month_and_the_minimum_by_its_amount() -> None:
    terms = replace(TERMS, settings=Settings(minimum_cents=5000))
    text = printed(write_pdf(replace(invoice(LINES[0], CATCH_UP, TOP_UP), terms=terms)))
    assert "Plateau – cuisine Rattrapage, août 2026 2 0,25 $ 0,50 $" in text
    assert "Complément au minimum Le minimum est de 50,00 $ par mois 43,75 $" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(min_days=3), "Chaque personne employée au moins 3 jours où l’option était active compte une fois."),
        (Settings(basis="app_user"), "Seules comptent les personnes qui ont ouvert l’application durant le mois."),
        (Settings(mode="daily"), "Chacune compte pour ses jours : le prix par mois, divisé par 31, multiplié"),
    ],
)
def test_the_rule_is_that_of_the_contract(settings: Settings, said: str) -> None:
    text = printed(write_pdf(replace(invoice(*LINES), terms=replace(TERMS, settings=settings))))
    assert said in text
    assert ("Jours" in text) is (settings.mode == "daily")


def test_rounding_is_explained_where_it_shows() -> None:
    spread = replace(invoice(replace(LINES[0], quantity=3, unit_price=2250, amount_cents=68)))
    assert "Les montants sont arrondis" in printed(write_pdf(spread))
    assert "Les montants sont arrondis" not in printed(write_pdf(invoice(*LINES)))


def test_other_provinces_print_their_own_taxes() -> None:
    text = printed(write_pdf(invoice(*LINES, rates=(("HST", 13000),))))
    assert "TVH 13 % 4,45 $" in text
    assert "TVQ 9" not in text
    assert "TPS" not in printed(write_pdf(invoice(*LINES, rates=()))).replace("TPS/TVH", "")


def test_an_exemption_says_of_which_taxes_and_why() -> None:
    """On the invoice, in print and in the workbook; a credit note gives back what its invoice charged."""
    exempt = replace(BUYER, exempt=("QST",), exempt_reason="=Bande 123, certificat 9876")
    charged = replace(invoice(*LINES, rates=(("GST", 5000),)), buyer=exempt)
    said = "Taxes non facturées : TVQ. =Bande 123, certificat 9876"
    assert squeezed(said) in squeezed(printed(write_pdf(charged)))
    assert ["Exemption", said.replace(" :", f"{NBSP}:")] in cells(write_document_xlsx(charged), "Sommaire")
    for other in (replace(CREDIT, buyer=exempt), invoice(*LINES)):
        assert "nonfacturées" not in squeezed(printed(write_pdf(other)))


def test_english_stands_alone_or_beside_the_french() -> None:
    english = printed(write_pdf(invoice(*LINES), language="en"))
    assert "QST 9.975% $3.42" in english
    assert "Payable within 30 days" in english
    assert "Facture " not in english
    both = printed(write_pdf(replace(invoice(*LINES), buyer=replace(BUYER, language="en")), bilingual=True))
    assert "Facture Invoice F-2026-000001" in both
    assert "Payable dans les 30 jours Payable within 30 days" in both
    assert "TVQ 9,975 % · QST 9.975% 3,42 $" in both
    assert "Page 1 de 1 · Page 1 of 1" in both


def test_the_buyers_language_is_that_of_the_document() -> None:
    assert "Total to pay" in printed(write_pdf(replace(invoice(*LINES), buyer=replace(BUYER, language="en"))))


@pytest.mark.parametrize(("language", "draft"), [("fr", "Brouillon"), ("en", "Draft")])
def test_a_document_without_a_number_is_a_draft(language: str, draft: str) -> None:
    content = write_pdf(invoice(*LINES, number=""), language=language)
    assert printed(content).count(draft) == 2
    assert draft.lower() in str(PdfReader(io.BytesIO(content)).metadata.title)  # type: ignore[union-attr]


def test_a_credit_note_tells_which_invoice_why_and_whom() -> None:
    text = printed(write_pdf(CREDIT, [person("Marie-Ève Côté"), person("Jean Roy", 2)]))
    assert "Note de crédit NC-2026-000001" in text
    assert "Cette note s’applique à la facture F-2026-000001, pour octobre 2026." in text
    assert "Motif : des changements connus après la fermeture du mois montrent qu’il a été trop facturé." in text
    assert "2 employés sont visés." in text
    assert "Livraison Rattrapage, octobre 2026 1 0,25 $" in text
    assert "Total crédité 0,86 $" in text
    assert "Personnes créditées" in text
    assert "Marie-Ève Côté" in text
    assert "Payable" not in text


def test_goodwill_gives_its_reason() -> None:
    note = replace(NOTE, reason="goodwill", persons=(), lines=(CreditLine(1, "employees", "PLC", 75),))
    text = printed(write_pdf(replace(CREDIT, credit_note=note, reason="Panne du 14 octobre.")))
    assert "Motif : geste commercial. Panne du 14 octobre." in text
    assert "Employés" not in text


def test_names_are_printed_only_where_they_are_given() -> None:
    assert "Personnes facturées" not in printed(write_pdf(invoice(*LINES)))
    rows = [person("Marie-Ève Côté", opened_app=False), person("Jean Roy", 2, opened_app=True)]
    text = printed(write_pdf(invoice(*LINES), rows))
    assert "00001 Marie-Ève Côté Plateau – cuisine Cuisine Non 31 0,25 $" in text
    assert "2 employés 0,50 $" in text
    without = [replace(row, opened_app=None, department="") for row in rows]
    text = printed(write_pdf(invoice(*LINES), without))
    assert "A ouvert" not in text
    assert "Département" not in text


def test_the_file_says_what_it_is_and_can_be_read_aloud() -> None:
    reader = PdfReader(io.BytesIO(write_pdf(invoice(*LINES))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Facture F-2026-000001 – Cafés Laurier"
    assert reader.metadata.author == SELLER.name
    assert reader.metadata.creation_date == datetime(2026, 11, 3, 12, tzinfo=UTC)
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr-CA"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part\W+1", metadata)
    assert re.search(r"pdfaid:part\W+2", metadata)
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == [612, 792]


def test_three_thousand_people_fill_pages_that_repeat_their_head() -> None:
    rows = [person(f"Personne {number}", number) for number in range(3000)]
    pages = PdfReader(io.BytesIO(write_pdf(invoice(*LINES), rows))).pages
    assert len(pages) > 40
    texts = [" ".join(page.extract_text().split()) for page in pages[1:]]
    assert all("Numéro Nom Service" in text for text in texts)
    assert all(f"Page {number} de {len(pages)}" in text for number, text in enumerate(texts, start=2))
    found = [int(name) for text in texts for name in re.findall(r"Personne (\d+)", text)]
    assert found == list(range(3000))
    assert "3 000 employés 750,00 $" in texts[-1]


def test_many_services_fill_pages_that_repeat_their_head() -> None:
    services = {f"S{number:03}": f"Service au long nom {number}" for number in range(120)}
    document = replace(invoice(*(line(code, 3, 40) for code in services)), services=services)
    pages = PdfReader(io.BytesIO(write_pdf(document))).pages
    texts = [" ".join(page.extract_text().split()) for page in pages]
    assert len(texts) > 2
    assert all("Description Employés Prix par mois Montant" in text for text in texts)
    found = [int(name) for text in texts for name in re.findall(r"long nom (\d+)", text)]
    assert found == list(range(120))


def test_hostile_names_are_printed_as_written() -> None:
    document = replace(
        invoice(*LINES),
        services=dict(zip(SERVICES, HOSTILE, strict=False)),
        buyer=replace(BUYER, name=HOSTILE[10], contact_name=HOSTILE[14], address="=1\n\n#eval(1)"),
    )
    text = squeezed(printed(write_pdf(document, [person(name) for name in HOSTILE], bilingual=True)))
    for name in (*HOSTILE, "#eval(1)"):
        assert squeezed(name) in text or name in BEYOND_OUR_FONTS


def test_what_cannot_be_seen_is_left_out_and_what_no_font_has_stops_nothing() -> None:
    made = write_pdf(invoice(*LINES), [person("A\u202eB\x00C\x1b\u2066D\ud800\uffff"), person("日本 \ue000 Kim")])
    text = squeezed(printed(made))
    assert "ABCD" in text
    assert "RiBen?Kim" in text


WRITINGS = {
    "王小明": "WangXiaoMing",
    "Kim 한국": "Kim HanGug",
    "さくら": "sakura",
    "สมชาย": "smchay",
    "Léa 😀": "Léa :grinning:",
}


def test_names_without_a_font_are_printed_in_latin_letters_and_said_to_be() -> None:
    """In print alone, which stays one to be kept; the writings that have a font are left as they are."""
    known = ("Ελένη", "Иван", "Արմեն")
    people = [person(name) for name in (*WRITINGS, *known)]
    made = write_pdf(replace(invoice(*LINES), buyer=replace(BUYER, name="王 & fils")), people, bilingual=True)
    text = printed(made)
    for name in (*WRITINGS.values(), *known, "Wang & fils"):
        assert squeezed(name) in squeezed(text)
    for said in ("en lettres latines", "in Latin letters"):
        assert squeezed(said) in squeezed(text)
    assert b"pdfaid:part" in made
    assert "latines" not in printed(write_pdf(invoice(*LINES), [person("Zoé Nguyễn")]))
    written = [row[1] for row in cells(write_document_xlsx(invoice(*LINES), people), "Employés")]
    assert set(WRITINGS) <= set(written)


def test_a_name_without_spaces_stays_in_its_column() -> None:
    text = printed(write_pdf(invoice(*LINES), [person("X" * 80)]))
    assert "X" * 80 not in text
    assert "X" * 80 in squeezed(text)


@pytest.mark.parametrize("document", golden_documents(), ids=lambda document: document.number)
def test_every_issued_document_prints_its_own_amounts(document: IssuedDocument) -> None:
    text = printed(write_pdf(document))
    assert document.number in text
    for cents in [each.amount_cents for each in (*document.document.lines, *document.document.taxes)]:
        assert money(cents) in text
    assert money(document.document.total_cents) in text


# Workbooks


@pytest.mark.parametrize("document", golden_documents(), ids=lambda document: document.number)
def test_every_workbook_holds_its_document_to_the_cent(document: IssuedDocument) -> None:
    content = write_document_xlsx(document, accounts=Accounts(revenue="4200 Logiciel"))
    own = document.document
    _, *lines, total = cells(content, "Services")
    assert [in_cents(row[-1]) for row in lines] == [each.amount_cents for each in own.lines]
    assert in_cents(total[-1]) == sum(each.amount_cents for each in own.lines)
    _, *taxes, tax_total = cells(content, "Taxes")
    assert [(in_cents(row[-1]), Decimal(str(row[5]))) for row in taxes] == [
        (tax.amount_cents, Decimal(tax.rate) / 100_000) for tax in own.taxes
    ]
    assert in_cents(total[-1]) + in_cents(tax_total[-1]) == own.total_cents
    _, *entries, balance = cells(content, "Journal")
    debits, credits = ([in_cents(row[side]) for row in entries] for side in (-2, -1))
    assert sum(debits) == sum(credits) == in_cents(balance[-1]) == in_cents(balance[-2]) == own.total_cents
    assert {row[4] for row in entries} >= {"1100 Comptes clients", "4200 Logiciel"}
    assert in_cents(dict(cells(content, "Sommaire"))["Total"]) == own.total_cents


def in_cents(dollars: float | None) -> int:
    """Of a number as the file holds it: it must be one of whole cents."""
    cents = Decimal(str(dollars or 0)) * 100
    assert cents == int(cents)
    return int(cents)


def test_a_workbook_is_made_to_be_worked_with() -> None:
    book = opened(write_document_xlsx(invoice(*LINES, CATCH_UP), [person("Marie-Ève Côté", opened_app=False)]))
    assert book.sheetnames == ["Sommaire", "Services", "Employés", "Taxes", "Journal"]
    assert book.properties.title == "Facture F-2026-000001 – Cafés Laurier"
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref is not None
        assert all(sheet.column_dimensions["ABCDEFGHIJKL"[index]].width >= 9 for index in range(sheet.max_column))
    services = book["Services"]
    assert services.auto_filter.ref == "A1:L6"
    assert services["L2"].number_format == '#,##0.00\\ "$";-#,##0.00\\ "$"'
    assert services["C2"].value.isoformat() == "2026-11-03T00:00:00"
    assert services["F6"].value.isoformat() == "2026-08-01T00:00:00"
    assert [cell.value for cell in services[7]][:1] == ["Total"]
    assert [cell.value for cell in services[7]][8:] == [139, 4077, None, 34.75]
    people = [cell.value for cell in book["Employés"][2]]
    assert people == ["00001", "Marie-Ève Côté", "PLC", "Plateau – cuisine", "Cuisine", 31, "Non", 0.25]


def test_workbooks_speak_english_and_name_nobody_unasked() -> None:
    content = write_document_xlsx(CREDIT, language="en")
    assert opened(content).sheetnames == ["Summary", "Services", "Taxes", "Journal"]
    summary = dict(cells(content, "Summary"))
    assert summary["Document"] == "Credit note"
    assert summary["Credited invoice"] == "F-2026-000001"
    assert summary["GST/HST registration number"] == SELLER.gst_number
    assert opened(content)["Services"]["L2"].number_format == '"$"#,##0.00;-"$"#,##0.00'


def test_hostile_names_are_strings_in_workbooks() -> None:
    document = replace(invoice(*LINES), buyer=replace(BUYER, name="=1+1"))
    book = opened(write_document_xlsx(document, [person(name) for name in HOSTILE]))
    names = [row[1] for row in book["Employés"].iter_rows(min_row=2, max_row=len(HOSTILE) + 1)]
    # The reader leaves the escape of Excel's own escapes in place; Excel reads `_x003D_1`.
    assert [cell.value.replace("_x005F_", "_") for cell in names] == [name.strip() for name in HOSTILE]
    assert names[0].quotePrefix
    assert not names[-1].quotePrefix
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_control_characters_do_not_reach_the_file() -> None:
    content = write_table_xlsx(
        Table("A", (Column("a", "A\x01"),), [("x\x00\x1b\u202e\ud800\ufffey\nz",)]), date(2026, 11, 3)
    )
    assert cells(content, "A") == [["A"], ["xy z"]]


def test_any_title_can_name_a_sheet() -> None:
    for title in ("", "[Usage]: 'x' / \\ * ?", "History", "'" * 40, "É" * 60):
        name = opened(write_table_xlsx(Table(title, (Column("a", "A"),), [("x",)]), date(2026, 11, 3))).sheetnames[0]
        assert 0 < len(name) <= 31


# Text


@pytest.mark.parametrize("document", golden_documents(), ids=lambda document: document.number)
def test_lines_for_machines_are_the_document(document: IssuedDocument) -> None:
    rows = parsed(write_lines_csv([document], MACHINE))
    assert [int(row["amount_cents"]) for row in rows] == [each.amount_cents for each in document.document.lines]
    assert {row["document"] for row in rows} == {document.number}
    assert {row["document_kind"] for row in rows} == {"invoice" if document.invoice else "credit_note"}
    assert [row["line_kind"] for row in rows] == [each.kind for each in document.document.lines]
    entries = parsed(write_journal_csv([document], MACHINE))
    for side in ("debit_cents", "credit_cents"):
        assert sum(int(row[side] or 0) for row in entries) == document.document.total_cents


def test_the_two_profiles_write_one_table_in_two_ways() -> None:
    document = invoice(*LINES[:1], CATCH_UP, TOP_UP)
    excel = write_lines_csv([document], EXCEL_QUEBEC)
    assert excel.startswith("\ufeffDocument;Type;Date;Organisation;Ligne;Mois;Code;Service;Employés;Jours".encode())
    assert excel.decode("utf-8-sig").splitlines()[1] == (
        "F-2026-000001;Facture;2026-11-03;Cafés Laurier;Employés;2026-10;LIV;Livraison;25;741;0,25;6,25"
    )
    machine = write_lines_csv([document], MACHINE).decode().splitlines()
    assert machine[0].startswith("document,document_kind,issued_on,organization,line_kind,month,service_code,service")
    assert machine[1:] == [
        "F-2026-000001,invoice,2026-11-03,Cafés Laurier,employees,2026-10,LIV,Livraison,25,741,0.25,625",
        "F-2026-000001,invoice,2026-11-03,Cafés Laurier,catch_up,2026-08,PLC,Plateau – cuisine,2,,0.25,50",
        "F-2026-000001,invoice,2026-11-03,Cafés Laurier,minimum_top_up,2026-10,,,,,,4375",
    ]
    assert write_lines_csv([document], MACHINE, "en") == write_lines_csv([document], MACHINE, "fr")
    assert write_lines_csv([document], EXCEL_QUEBEC, "en").decode("utf-8-sig").startswith("Document;Kind;Date")


def test_people_are_written_in_both_profiles() -> None:
    rows = [person("Marie-Ève Côté", opened_app=False), person("Jean Roy", 2)]
    assert write_people_csv(rows, MACHINE).decode().splitlines()[1:] == [
        "00001,Marie-Ève Côté,PLC,Plateau – cuisine,Cuisine,31,false,25",
        "00002,Jean Roy,PLC,Plateau – cuisine,Cuisine,31,,25",
    ]
    assert "31;Non;0,25" in write_people_csv(rows, EXCEL_QUEBEC).decode("utf-8-sig")


@pytest.mark.parametrize(("profile", "delimiter"), [(EXCEL_QUEBEC, ";"), (MACHINE, ",")])
def test_hostile_names_are_neutralised_in_text(profile: Any, delimiter: str) -> None:
    content = write_people_csv([person(name) for name in HOSTILE], profile)
    names = [list(row.values())[1] for row in parsed(content, delimiter)]
    assert names == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'=1+1",
        "{=1+1}",
        "'=cmd|'/c calc'!A0",
        "'\uff1d1+1",
        "a;'=1+1;b",
        "x,'@y\"z",
        *HOSTILE[10:],
    ]


def test_no_way_of_splitting_a_line_finds_a_formula() -> None:
    content = write_people_csv([person(name) for name in HOSTILE], MACHINE).decode()
    pieces = [piece.strip(' "\r') for piece in re.split(r"[;,\t\n]", content)]
    assert [piece for piece in pieces if piece.startswith(("=", "+", "-", "@"))] == []


def test_any_table_can_be_taken_away() -> None:
    columns = (
        Column("service", "Service"),
        Column("state", "État", "term"),
        Column("active_share", "Part", "share"),
        Column("mean", "Moyenne", "number"),
        Column("seen_at", "Vu", "moment"),
        Column("is_on", "Active", "flag"),
        Column("messages", "Messages", "count", is_summed=True),
        Column("cost_cents", "Coût", "money", is_summed=True),
    )
    at = datetime(2026, 11, 3, 14, 2, tzinfo=UTC)
    rows = [
        ("Café; bar", Term("on", "Activée"), Fraction(1, 3), 2.5, at, True, 1234, -150),
        ("", None, None, float("nan"), None, None, None, None),
    ]
    assert write_csv(columns, rows, EXCEL_QUEBEC).decode("utf-8-sig").splitlines() == [
        "Service;État;Part;Moyenne;Vu;Active;Messages;Coût",
        '"Café; bar";Activée;0,333333;2,5;2026-11-03 14:02;Oui;1234;-1,50',
        ";;;;;;;",
    ]
    assert write_csv(columns, rows, MACHINE).decode().splitlines() == [
        "service,state,active_share,mean,seen_at,is_on,messages,cost_cents",
        "Café; bar,on,0.333333,2.5,2026-11-03T14:02:00+00:00,true,1234,-150",
        ",,,,,,,",
    ]
    table = Table("Utilisation", columns, rows)
    assert write_table_csv(table, MACHINE) == write_csv(columns, rows, MACHINE)
    found = cells(write_table_xlsx(table, date(2026, 11, 3)), "Utilisation")
    assert found[1] == [
        "Café; bar",
        "Activée",
        pytest.approx(1 / 3),
        2.5,
        at.replace(tzinfo=None),
        "Oui",
        1234,
        -1.5,
    ]
    assert found[3] == ["Total", None, None, None, None, None, 1234, -1.5]
    assert cells(write_table_xlsx(replace(table, rows=[]), date(2026, 11, 3)), "Utilisation")[1:] == []


# What holds for all


def test_the_same_document_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> list[bytes]:
        people = [person("Marie-Ève Côté")]
        return [
            write_pdf(invoice(*LINES), people, bilingual=True),
            write_document_xlsx(invoice(*LINES), people),
            write_lines_csv([invoice(*LINES)], MACHINE),
        ]

    first = made()
    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(later))
    assert made() == first


def test_files_have_names_that_lead_nowhere() -> None:
    assert document_file_name(invoice(*LINES), "pdf") == "Facture-F-2026-000001-Cafés-Laurier.pdf"
    assert document_file_name(CREDIT, "xlsx", "en") == "Credit-note-NC-2026-000001-Cafés-Laurier.xlsx"
    assert format_file_name("../../etc/passwd\x00", "csv") == "etc-passwd.csv"
    assert format_file_name("…", "csv") == "document.csv"
    assert len(format_file_name("é" * 500, "csv")) < 100

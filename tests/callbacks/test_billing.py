"""The bill over HTTP: each callback as each kind of person, forged ids and months, amounts that are none, downloads."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from callbacks.gate import Gate
from callbacks.identity import COOKIES
from components import ids
from data import db
from data.access.actors import Surface, VendorRole
from data.models import (
    closings,
    contract_changes,
    dispute_changes,
    documents,
    duplicate_dismissals,
    employees,
    hold_changes,
    organizations,
    payments,
    people,
    person_merges,
    price_changes,
    tax_profile_changes,
)
from tests import inside
from tests.callbacks.conftest import Visitor, notices
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff
from tests.statements import counting_statements

OCTOBER, NOVEMBER = "2026-10", "2026-11"
KEEPING = (
    ids.CLOSE_MONTH,
    ids.HOLD_SAVE,
    ids.HOLD_RELEASE,
    ids.PAYMENT_SAVE,
    ids.DISPUTE_SAVE,
    ids.GOODWILL_SAVE,
    ids.CORRECT_SAVE,
    ids.PRICE_SAVE,
    ids.CONTRACT_SAVE,
    ids.CONTRACT_TRY,
    ids.TAX_SAVE,
    ids.BILLS_SEARCH,
)
LEDGERS = (
    closings,
    documents,
    payments,
    dispute_changes,
    hold_changes,
    contract_changes,
    tax_profile_changes,
    price_changes,
    duplicate_dismissals,
    person_merges,
)


class Books:
    """A café on since 1 October, looked at on 23 November, and everybody who may look."""

    def __init__(self, application: Flask, moment: Moment) -> None:
        self.application = application
        moment.go_to("2026-10-01T08:00-04:00")
        self.world = World.create()
        self.kitchen = self.world.add_service("cuisine", "Plonge")
        self.karim = self.world.hire("Karim Benali", self.kitchen)
        self.lea = self.world.hire("Léa Tran", self.kitchen, app=False)
        moment.go_to("2026-11-23T10:00-05:00")
        self.world.sign_in(self.world.administrator, Surface.PORTAL)
        self.manager = self.world.hire(
            "Ariane Gagnon", self.kitchen, manages=(self.kitchen,), starts_on=date(2026, 11, 2)
        )
        self.rival = World.create("rival")
        self.finance = add_vendor_staff(VendorRole.FINANCE)
        self.support = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
        self.here = self.world.organization_id
        gate: Gate = application.extensions["gate"]
        browser = self.enter(self.world.administrator)
        self.specs = [
            spec
            for spec in browser.get("/_dash-dependencies").get_json()
            if spec["output"] in gate.callbacks and spec["inputs"]
        ]

    def enter(self, somebody: Somebody | None) -> Visitor:
        visitor = Visitor(self.application.test_client())
        if somebody is not None:
            visitor.client.set_cookie(COOKIES[Surface.PORTAL], inside.open_session(somebody, Surface.PORTAL), path="/")
        return visitor

    def call(self, visitor: Visitor, first: str | dict[str, Any], values: dict[str, Any]) -> TestResponse:
        """What a page would post when `first` is pressed or changed; `values` by id of component."""
        name = first if isinstance(first, str) else first["type"]
        spec = next(each for each in self.specs if name in each["inputs"][0]["id"])
        given = [(self._id(each, first), each["property"], self._value(each, first, values)) for each in spec["inputs"]]
        state = [(each["id"], each["property"], self._value(each, first, values)) for each in spec["state"]]
        triggered = None
        if isinstance(first, dict):
            triggered = json.dumps(first, sort_keys=True, separators=(",", ":")) + ".n_clicks"
        return visitor.call(spec["output"], given, state, triggered=triggered)

    def _id(self, dependency: dict[str, str], first: str | dict[str, Any]) -> Any:
        return [first] if isinstance(first, dict) else dependency["id"]

    def _value(self, dependency: dict[str, str], first: str | dict[str, Any], values: dict[str, Any]) -> Any:
        if isinstance(first, dict) and dependency["id"].startswith("{"):
            return [1]
        if dependency["property"] == "n_clicks":
            return 1 if dependency["id"] == first else 0
        return values.get(dependency["id"])

    def place(self, **more: object) -> dict[str, Any]:
        return {ids.BILL_PLACE: {"organization": self.here, "month": OCTOBER, **more}}

    def close(self, month: str = OCTOBER) -> int:
        """The invoice's id."""
        self.call(self.enter(self.finance), ids.CLOSE_MONTH, self.place(month=month))
        with db.read() as reader:
            of_month = documents.c.period == date.fromisoformat(f"{month}-01")
            found: int = reader.execute(select(documents.c.id).where(of_month)).scalar_one()
        return found


@pytest.fixture
def books(application: Flask, moment: Moment) -> Books:
    return Books(application, moment)


def count_rows() -> dict[str, int]:
    with db.read() as reader:
        return {table.name: reader.execute(select(func.count()).select_from(table)).scalar_one() for table in LEDGERS}


def said(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.get_json()["response"]
    return changed


def read_page(visitor: Visitor, address: str) -> str:
    path, _, search = address.partition("?")
    response = visitor.call(
        "_pages_content.children",
        [("_pages_location", "pathname", path), ("_pages_location", "search", f"?{search}" if search else "")],
    )
    assert response.status_code == 200, response.text
    return json.dumps(response.get_json(), ensure_ascii=False)


def form_of(books: Books, document: int) -> dict[str, Any]:
    """Every field of every form of finance, filled in well."""
    return {
        **books.place(document=document),
        ids.HOLD_REASON: "vérification",
        ids.PAYMENT_AMOUNT: "0,10",
        ids.PAYMENT_DATE: "2026-11-23",
        ids.PAYMENT_METHOD: "transfer",
        ids.PAYMENT_REFERENCE: "virement 12",
        ids.DISPUTE_SAVE: "begin",
        ids.DISPUTE_REASON: "contesté",
        ids.GOODWILL_AMOUNT: "0,10",
        ids.GOODWILL_REASON: "panne",
        ids.PRICE_AMOUNT: "0,30",
        ids.PRICE_MONTH: "2027-01",
        ids.CONTRACT_MODE: "daily",
        ids.CONTRACT_BASIS: "employee",
        ids.CONTRACT_DAYS: "2",
        ids.CONTRACT_MINIMUM: "5,00",
        ids.CONTRACT_MONTH: "2027-01",
        ids.TAX_PROVINCE: "ON",
        ids.TAX_EXEMPT: [],
        ids.TAX_REASON: "",
        ids.TAX_MONTH: "2027-01",
        ids.BILLS_MONTH: OCTOBER,
        ids.BILLS_STATE: "all",
    }


# Who may.


@pytest.mark.parametrize("first", KEEPING)
def test_only_finance_keeps_the_books(books: Books, first: str) -> None:
    document = books.close()
    before = count_rows()
    for somebody, status in ((None, 401), (books.manager, 403), (books.support, 403), (books.world.administrator, 403)):
        response = books.call(books.enter(somebody), first, form_of(books, document))
        assert response.status_code == status
    assert count_rows() == before


@pytest.mark.parametrize(
    ("first", "table"),
    [
        (ids.HOLD_SAVE, hold_changes),
        (ids.HOLD_RELEASE, hold_changes),
        (ids.PAYMENT_SAVE, payments),
        (ids.DISPUTE_SAVE, dispute_changes),
        (ids.GOODWILL_SAVE, documents),
        (ids.PRICE_SAVE, price_changes),
        (ids.CONTRACT_SAVE, contract_changes),
        (ids.TAX_SAVE, tax_profile_changes),
    ],
)
def test_finance_records_and_the_page_is_seen_anew(books: Books, first: str, table: Any) -> None:
    document = books.close()
    before = count_rows()
    changed = said(books.call(books.enter(books.finance), first, form_of(books, document)))
    assert count_rows()[table.name] == before[table.name] + 1
    assert "at=" in changed["_pages_location"]["search"]


@pytest.mark.parametrize("first", [each for each in KEEPING if each not in (ids.PRICE_SAVE, ids.BILLS_SEARCH)])
def test_forged_places_are_nowhere(books: Books, first: str) -> None:
    document = books.close()
    before = count_rows()
    for organization in (0, 987_654, -1, "x", None, [1], {"a": 1}, 2**70):
        values = form_of(books, document) | {ids.BILL_PLACE: {"organization": organization, "month": OCTOBER}}
        response = books.call(books.enter(books.finance), first, values)
        assert response.status_code == 200, organization
        assert "n'existe plus" in response.text, organization
    places: tuple[Any, ...] = (None, [], "1", 5)
    for place in places:
        response = books.call(books.enter(books.finance), first, form_of(books, document) | {ids.BILL_PLACE: place})
        assert notices(response) == ["malformed_request"] or response.status_code == 400 or "n'existe" in response.text
    assert count_rows() == before


@pytest.mark.parametrize("first", [ids.PAYMENT_SAVE, ids.DISPUTE_SAVE, ids.GOODWILL_SAVE])
def test_an_invoice_of_another_organization_is_nowhere(books: Books, first: str) -> None:
    document = books.close()
    before = count_rows()
    values = form_of(books, document)
    values[ids.BILL_PLACE] = {"organization": books.rival.organization_id, "document": document}
    assert "n'existe plus" in books.call(books.enter(books.finance), first, values).text
    assert count_rows() == before


# Closing.


def test_closing_a_month_by_hand_is_done_once(books: Books) -> None:
    finance = books.enter(books.finance)
    page = read_page(finance, f"/billing/closing?organization={books.here}&month={OCTOBER}")
    assert ids.CLOSE_MONTH in page
    changed = said(books.call(finance, ids.CLOSE_MONTH, books.place()))
    assert changed["_pages_location"]["pathname"] == "/billing/month"
    again = books.call(finance, ids.CLOSE_MONTH, books.place())
    assert "F-2026-000001" in again.text
    assert count_rows()["documents"] == 1
    assert ids.CLOSE_MONTH not in read_page(finance, f"/billing/closing?organization={books.here}&month={OCTOBER}")


@pytest.mark.parametrize(
    "month", [NOVEMBER, "2026-12", "2031-01", "", None, "2026-13", "octobre", "2026-1", "²026-10", 7]
)
def test_only_a_month_that_is_over_can_be_closed(books: Books, month: object) -> None:
    before = count_rows()
    response = books.call(books.enter(books.finance), ids.CLOSE_MONTH, books.place(month=month))
    assert response.status_code == 200
    assert said(response)[ids.CLOSE_ERROR]["children"]
    assert count_rows() == before


def test_a_hold_prevents_the_closing_until_it_is_released(books: Books) -> None:
    finance = books.enter(books.finance)
    assert said(books.call(finance, ids.HOLD_SAVE, books.place()))[ids.HOLD_ERROR]["children"] == "Donnez le motif."
    books.call(finance, ids.HOLD_SAVE, books.place() | {ids.HOLD_REASON: "contrat à revoir"})
    page = read_page(finance, f"/billing/closing?organization={books.here}&month={OCTOBER}")
    assert "contrat à revoir" in page
    assert ids.CLOSE_MONTH not in page
    assert "en attente" in said(books.call(finance, ids.CLOSE_MONTH, books.place()))[ids.CLOSE_ERROR]["children"]
    books.call(finance, ids.HOLD_RELEASE, books.place() | {ids.HOLD_REASON: "revu"})
    books.call(finance, ids.CLOSE_MONTH, books.place())
    assert count_rows()["documents"] == 1


def suspect(books: Books) -> str:
    with db.unit_of_work() as uow:
        both = employees.c.person_id.in_([books.karim.id, books.lea.id])
        uow.execute(update(employees).where(both).values(email="cuisine@laurier.example"))
    return "email:cuisine@laurier.example"


@pytest.mark.parametrize("who", ["finance", "administrator"])
@pytest.mark.parametrize("act", ["dismiss", "merge"])
def test_duplicates_hold_the_closing_until_they_are_settled(books: Books, moment: Moment, who: str, act: str) -> None:
    key = suspect(books)
    finance = books.enter(books.finance)
    assert "cuisine@laurier.example" in read_page(
        finance, f"/billing/closing?organization={books.here}&month={OCTOBER}"
    )
    assert said(books.call(finance, ids.CLOSE_MONTH, books.place()))[ids.CLOSE_ERROR]["children"]
    somebody = books.finance if who == "finance" else books.world.administrator
    files = (books.lea.id, books.karim.id) if act == "merge" else (0, 0)
    place = books.place() if who == "finance" else {ids.BILL_PLACE: {"organization": None}}
    books.call(books.enter(somebody), ids.duplicate(act, key, *files), place)
    moment.advance(seconds=1)
    books.call(finance, ids.CLOSE_MONTH, books.place())
    with db.read() as reader:
        total = reader.execute(select(documents.c.subtotal_cents)).scalar_one()
    assert total == (25 if act == "merge" else 50)


def test_an_administrator_finds_the_duplicates_with_their_bill(books: Books) -> None:
    suspect(books)
    own = read_page(books.enter(books.world.administrator), f"/billing/month?month={NOVEMBER}")
    assert "cuisine@laurier.example" in own
    for somebody in (books.support, books.rival.administrator):
        page = read_page(books.enter(somebody), f"/billing/month?organization={books.here}&month={NOVEMBER}")
        assert "cuisine@laurier.example" not in page


def test_forged_duplicates_settle_nothing(books: Books) -> None:
    key = suspect(books)
    before = count_rows()
    for somebody, status in ((books.manager, 403), (books.support, 403), (None, 401)):
        forged = ids.duplicate("dismiss", key)
        assert books.call(books.enter(somebody), forged, books.place()).status_code == status
    for chosen in (
        ids.duplicate("merge", key, books.karim.id, books.karim.id),
        ids.duplicate("merge", key, books.karim.id, books.manager.id),
        ids.duplicate("merge", key, 0, books.karim.id),
        ids.duplicate("merge", "email:nobody@x.example", books.karim.id, books.lea.id),
        ids.duplicate("dismiss", "pair:1:2"),
    ):
        assert "n'existe plus" in books.call(books.enter(books.finance), chosen, books.place()).text
    rival = books.enter(books.rival.administrator)
    places: tuple[dict[str, Any], ...] = (books.place(), {ids.BILL_PLACE: {}})
    for place in places:
        assert "n'existe plus" in books.call(rival, ids.duplicate("dismiss", key), place).text
    assert count_rows() == before


# Amounts, days, months.


@pytest.mark.parametrize(
    "values",
    [
        {ids.PAYMENT_AMOUNT: "abc"},
        {ids.PAYMENT_AMOUNT: ""},
        {ids.PAYMENT_AMOUNT: "0"},
        {ids.PAYMENT_AMOUNT: "9999"},
        {ids.PAYMENT_AMOUNT: "-1,00"},
        {ids.PAYMENT_AMOUNT: "=1+1"},
        {ids.PAYMENT_DATE: "2026-11-24"},  # tomorrow
        {ids.PAYMENT_DATE: "hier"},
        {ids.PAYMENT_DATE: None},
        {ids.PAYMENT_METHOD: "barter"},
        {ids.PAYMENT_REFERENCE: " "},
    ],
)
def test_a_payment_that_is_none(books: Books, values: dict[str, Any]) -> None:
    document = books.close()
    response = books.call(books.enter(books.finance), ids.PAYMENT_SAVE, form_of(books, document) | values)
    assert said(response)[ids.PAYMENT_ERROR]["children"]
    assert count_rows()["payments"] == 0


@pytest.mark.parametrize("reference", ["=HYPERLINK(1)", "+1", "-1", "@somme"])
def test_texts_that_begin_like_formulas_are_kept_as_they_were_written(books: Books, reference: str) -> None:
    document = books.close()
    finance = books.enter(books.finance)
    books.call(finance, ids.PAYMENT_SAVE, form_of(books, document) | {ids.PAYMENT_REFERENCE: reference})
    assert reference in read_page(finance, f"/billing/invoice?organization={books.here}&document={document}")


@pytest.mark.parametrize(
    ("first", "month"),
    [
        (first, month)
        for first in (ids.PRICE_SAVE, ids.CONTRACT_SAVE, ids.TAX_SAVE)
        for month in (OCTOBER, NOVEMBER, "", None, "demain")
    ],
)
def test_terms_change_from_a_month_to_come_only(books: Books, first: str, month: object) -> None:
    before = count_rows()
    months = dict.fromkeys((ids.PRICE_MONTH, ids.CONTRACT_MONTH, ids.TAX_MONTH), month)
    response = books.call(books.enter(books.finance), first, form_of(books, 0) | months)
    errors = {ids.PRICE_SAVE: ids.PRICE_ERROR, ids.CONTRACT_SAVE: ids.CONTRACT_ERROR, ids.TAX_SAVE: ids.TAX_ERROR}
    assert said(response)[errors[first]]["children"]
    assert count_rows() == before


def test_an_exemption_has_its_reason_which_the_invoice_prints(books: Books, moment: Moment) -> None:
    """From the month it holds; what was issued before says nothing of it."""
    before = books.close()
    finance = books.enter(books.finance)
    form = form_of(books, 0) | {ids.TAX_PROVINCE: "QC", ids.TAX_EXEMPT: ["QST", "HST"], ids.TAX_MONTH: "2026-12"}
    assert "motif" in said(books.call(finance, ids.TAX_SAVE, form | {ids.TAX_REASON: " "}))[ids.TAX_ERROR]["children"]
    books.call(finance, ids.TAX_SAVE, form | {ids.TAX_REASON: "Certificat 9876"})
    assert "Certificat 9876" in read_page(finance, f"/billing/terms?organization={books.here}")
    moment.go_to("2026-12-03T10:00-05:00")
    addresses = [f"/billing/invoice?organization={books.here}&document={id}" for id in (before, books.close(NOVEMBER))]
    pages = [read_page(books.enter(books.finance), address) for address in addresses]
    assert ["Taxes non facturées\u00a0: TVQ. Certificat 9876" in page for page in pages] == [False, True]


@pytest.mark.parametrize(
    "values",
    [
        {ids.CONTRACT_MODE: "free"},
        {ids.CONTRACT_BASIS: None},
        {ids.CONTRACT_DAYS: "0"},
        {ids.CONTRACT_DAYS: "32"},
        {ids.CONTRACT_DAYS: "²"},
        {ids.CONTRACT_MINIMUM: "-1"},
        {ids.CONTRACT_MINIMUM: "beaucoup"},
    ],
)
def test_a_contract_that_is_none(books: Books, values: dict[str, Any]) -> None:
    for first in (ids.CONTRACT_SAVE, ids.CONTRACT_TRY):
        response = books.call(books.enter(books.finance), first, form_of(books, 0) | values)
        assert said(response)[ids.CONTRACT_ERROR]["children"]
    assert count_rows()["contract_changes"] == 0


def test_trying_other_terms_changes_nothing(books: Books) -> None:
    before = count_rows()
    response = books.call(books.enter(books.finance), ids.CONTRACT_TRY, form_of(books, 0))
    assert "5,00\u00a0$" in json.dumps(said(response)[ids.CONTRACT_TRIED], ensure_ascii=False)
    assert count_rows() == before


# Pages.

PAGES = (
    "/billing",
    "/billing/month",
    "/billing/people",
    "/billing/person",
    "/billing/closing",
    "/billing/invoices",
    "/billing/invoice",
    "/billing/terms",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "query",
    [
        "month=2031-01",
        "month=0000-00",
        "month=2026-99",
        "organization=0",
        "organization=x&month=y",
        "person=0&document=0",
        "service=nulle-part",
        "show=nobody&day=hier",
        "person=99999999999999999999999&document=-1",
    ],
)
def test_addresses_that_mean_nothing_are_refused_in_words(books: Books, path: str, query: str) -> None:
    for somebody in (books.finance, books.support, books.world.administrator, books.manager):
        assert read_page(books.enter(somebody), f"{path}?{query}")


def test_customer_service_sees_figures_and_no_name(books: Books) -> None:
    document = books.close()
    support = books.enter(books.support)
    for address in (
        f"/billing/month?organization={books.here}&month={OCTOBER}",
        f"/billing/invoices?organization={books.here}",
        f"/billing/invoice?organization={books.here}&document={document}",
    ):
        page = read_page(support, address)
        assert "0,58\u00a0$" in page
        assert "Karim" not in page
        assert "/billing/people" not in page
        assert "/billing/files" not in page
    assert "droit" in read_page(support, f"/billing/people?organization={books.here}&month={OCTOBER}")


def test_an_administrator_sees_their_own_bill_and_no_act_of_finance(books: Books) -> None:
    document = books.close()
    visitor = books.enter(books.world.administrator)
    assert "Karim Benali" in read_page(visitor, f"/billing/people?month={OCTOBER}&service=cuisine")
    person = read_page(visitor, f"/billing/person?month={OCTOBER}&person={books.karim.id}&day={OCTOBER}-05")
    assert "Ada Ministre" in person
    page = read_page(visitor, f"/billing/invoice?document={document}")
    assert "/billing/files/document" in page
    for act in (ids.PAYMENT_SAVE, ids.GOODWILL_SAVE, ids.DISPUTE_SAVE):
        assert act not in page
    rival = books.enter(books.rival.administrator)
    for address in (
        f"/billing/month?organization={books.here}",
        f"/billing/invoice?document={document}",
        f"/billing/person?person={books.karim.id}",
        f"/billing/person?organization={books.here}&person={books.karim.id}",
    ):
        page = read_page(rival, address)
        assert "n'existe plus" in page
        assert "Karim" not in page


def test_the_menu_shows_the_bill_to_whom_it_is_open(books: Books) -> None:
    def menu(somebody: Somebody) -> str:
        return json.dumps(books.enter(somebody).get("/_dash-layout").get_json())

    assert '"/billing/month"' in menu(books.world.administrator)
    assert '"/billing"' in menu(books.finance)
    for somebody in (books.manager, books.support):
        assert "/billing" not in menu(somebody)


def test_a_person_is_followed_from_month_to_month(books: Books) -> None:
    """As far as the organization's months go."""
    who = f"person={books.karim.id}"
    visitor = books.enter(books.world.administrator)
    first = read_page(visitor, f"/billing/person?month={OCTOBER}&{who}")
    assert f"/billing/person?month={NOVEMBER}&{who}" in first
    assert "month=2026-09" not in first
    running = read_page(visitor, f"/billing/person?month={NOVEMBER}&{who}&day={NOVEMBER}-05")
    assert f'"/billing/person?month={OCTOBER}&{who}"' in running
    assert "month=2026-12" not in running


def test_why_somebody_is_not_billed_is_a_sentence(books: Books, moment: Moment) -> None:
    books.world.end(books.lea, date(2026, 10, 31))
    page = read_page(
        books.enter(books.finance), f"/billing/person?organization={books.here}&month={NOVEMBER}&person={books.lea.id}"
    )
    assert "Non facturé\u00a0: cette personne est partie avant novembre 2026." in page


def test_people_are_searched_and_paged_on_the_server(books: Books) -> None:
    for number in range(30):
        books.world.hire(f"Employé {number:02}", books.kitchen, app=False)
    visitor = books.enter(books.world.administrator)
    values = {
        ids.BILL_PLACE: {"organization": None, "month": NOVEMBER, "service": None},
        ids.BILLED_SHOWN: "billed",
        ids.BILLED_ORDER: "name",
        ids.BILLED_COLUMNS: ["service", "amount"],
    }
    first = said(books.call(visitor, ids.BILLED_SEARCH, values))
    assert "1 à 25 sur 33" in first[ids.BILLED_COUNT]["children"]
    assert first[ids.BILLED_NEXT]["disabled"] is False
    found = said(books.call(visitor, ids.BILLED_SEARCH, values | {ids.BILLED_SEARCH: "benali"}))
    assert "Karim" in json.dumps(found, ensure_ascii=False)
    assert found[ids.BILLED_COUNT]["children"] == "1 personne"
    for forged in ({"month": "2031-01"}, {"month": NOVEMBER, "service": "x"}, {}, {"month": 5}):
        response = books.call(visitor, ids.BILLED_SEARCH, values | {ids.BILL_PLACE: forged, ids.BILLED_PAGE: -7})
        assert response.status_code == 200
    shown = json.dumps(first[ids.BILLED_TABLE], ensure_ascii=False)
    assert ("Montant" in shown, "Jours" in shown) == (True, False)
    by_number = json.dumps(said(books.call(visitor, ids.BILLED_SEARCH, values | {ids.BILLED_ORDER: "number"})))
    assert by_number != shown
    for forged in ({ids.BILLED_PAGE: "x"}, {ids.BILLED_ORDER: "salary"}, {ids.BILLED_COLUMNS: "x"}):
        assert books.call(visitor, ids.BILLED_SEARCH, values | forged).status_code == 400


def test_a_search_over_everything_finds_documents_people_and_organizations(books: Books) -> None:
    books.close()
    finance = books.enter(books.finance)

    def search(text: str) -> str:
        values = {ids.BILLS_SEARCH: text, ids.BILLS_STATE: "all", ids.BILLS_MONTH: OCTOBER}
        return books.call(finance, ids.BILLS_SEARCH, values).text

    assert "F-2026-000001" in search("f-2026")
    assert "F-2026-000001" in search("0,58")
    assert "Karim Benali" in search("karim")
    assert "rival" in search("RIVAL")
    assert "F-2026" not in search("rien de tel")


# Files.


def test_files_are_for_whom_the_names_are(books: Books) -> None:
    document = books.close()
    address = f"/billing/files/document?organization={books.here}&document={document}"
    for somebody, status in ((None, 303), (books.manager, 403), (books.support, 403), (books.rival.administrator, 404)):
        assert books.enter(somebody).get(f"{address}&form=people").status_code == status
    for somebody in (books.finance, books.world.administrator):
        response = books.enter(somebody).get(f"{address}&form=people&language=en")
        assert "Karim Benali" in response.data.decode("utf-8-sig")
    journal = f"/billing/files/journal?month={NOVEMBER}&form=machine"
    assert books.enter(books.world.administrator).get(journal).status_code == 403
    rows = list(csv.DictReader(io.StringIO(books.enter(books.finance).get(journal).text)))
    assert {row["document"] for row in rows} == {"F-2026-000001"}


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv", "machine", "people", "people-machine"])
@pytest.mark.parametrize("language", ["fr", "en", "both"])
def test_every_form_of_an_invoice_is_made(books: Books, form: str, language: str) -> None:
    document = books.close()
    finance = books.enter(books.finance)
    query = f"organization={books.here}&document={document}&form={form}&language={language}&names=1"
    response = finance.get(f"/billing/files/document?{query}")
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    assert "F-2026-000001" in response.headers["Content-Disposition"]
    begins = {"pdf": b"%PDF", "xlsx": b"PK"}.get(form, b"")
    assert response.data.startswith(begins)
    month = finance.get(
        f"/billing/files/month?organization={books.here}&month={NOVEMBER}&form={form}&language={language}"
    )
    assert month.status_code == 200


@pytest.mark.parametrize(
    "query", ["form=exe", "language=de", "document=0", "document=x", "document=99999999999999999999", "organization=9"]
)
def test_forged_files_are_refused(books: Books, query: str) -> None:
    document = books.close()
    name = query.partition("=")[0]
    rest = {"organization": books.here, "document": document, "form": "csv", "language": "fr"}
    kept = "&".join(f"{key}={value}" for key, value in rest.items() if key != name)
    response = books.enter(books.finance).get(f"/billing/files/document?{kept}&{query}")
    assert response.status_code in (400, 404)


def test_a_name_that_begins_like_a_formula_is_harmless_in_files(books: Books) -> None:
    with db.unit_of_work() as uow:
        uow.execute(update(people).where(people.c.id == books.karim.id).values(given_name="=cmd()", family_name="@x"))
        here = organizations.c.id == books.here
        uow.execute(update(organizations).where(here).values(name="+Café"))
    document = books.close()
    finance = books.enter(books.finance)
    text = finance.get(
        f"/billing/files/document?organization={books.here}&document={document}&form=people"
    ).data.decode("utf-8-sig")
    assert "'=cmd() @x" in text
    lines = finance.get(f"/billing/files/document?organization={books.here}&document={document}&form=machine").text
    assert "'+Café" in lines


def test_a_page_asks_for_the_same_number_of_statements_whatever_its_size(books: Books) -> None:
    visitor = books.enter(books.world.administrator)

    def measure(address: str) -> int:
        read_page(visitor, address)  # worked out, then remembered
        with counting_statements() as seen:
            read_page(visitor, address)
        return len(seen)

    addresses = [
        f"/billing/month?month={NOVEMBER}",
        f"/billing/people?month={NOVEMBER}&service=cuisine",
        f"/billing/person?month={NOVEMBER}&person={books.karim.id}",
        "/billing/invoices",
    ]
    before = [measure(address) for address in addresses]
    for number in range(8):
        books.world.hire(f"Employé {number}", books.kitchen, app=False)
    assert [measure(address) for address in addresses] == before

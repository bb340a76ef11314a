"""What finance sees: months as they stand and as issued, people, days, facts, invoices, ageing, files; on both kinds of
database."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from data import db
from data.access.actors import Surface, VendorRole
from data.access.billing import (
    Bookkeeper,
    KeptOrganization,
    NamedOrganization,
    access_billed_organization,
    access_bookkeeping,
    access_bookkeeping_at_console,
    access_document,
    access_kept_invoice,
    access_kept_organization,
    access_kept_organizations,
    access_named_organization,
)
from data.actions.books import PaymentMade, do_change_dispute, do_change_hold, do_record_payment
from data.billing.bill import Bill
from data.billing.rating import Month, Reason, Settings
from data.bills import BillFigures, get_bill, list_figures, simulate_month
from data.bookkeeping import close_month, give_goodwill
from data.config import DEMONSTRATION_SELLER as SELLER
from data.config import Settings as Configuration
from data.errors import MonthInvalid, NotAllowed, NotFound
from data.files import Wish, make_document, make_journal, make_month
from data.models import documents, organizations, people, person_merges
from data.queries.bill_list import find_people, list_bills
from data.queries.billing import (
    ORDERS,
    BilledPersonRow,
    Order,
    get_month_frame,
    list_billed_people,
    list_department_rows,
    list_trend,
)
from data.queries.evidence import BilledPerson, find_person_evidence
from data.queries.invoices import (
    get_ageing,
    get_document,
    list_documents,
    list_statement,
    parse_amount,
)
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff
from tests.statements import counting_statements

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
ACCOUNTS = Configuration(database_url="sqlite:///unused").accounts


class Café:
    """The option on from 1 September 2026; a kitchen of three, a dining room of one; Léa comes and goes."""

    def __init__(self, moment: Moment, code: str = "laurier") -> None:
        moment.go_to("2026-09-01T08:00-04:00")
        self.moment = moment
        self.world = World.create(code)
        self.kitchen = self.world.add_service("cuisine", "Chaud", "Froid")
        self.dining = self.world.add_service("salle")
        self.karim = self.world.hire("Karim Benali", self.kitchen)
        self.sofia = self.world.hire("Sofia Lavoie", self.kitchen, app=False)
        self.lea = self.world.hire("Léa Tran", self.kitchen, app=False)
        self.theo = self.world.hire("Théo Roy", self.dining, app=False)
        self.go_to("2026-09-20T08:00-04:00")
        self.world.end(self.lea, date(2026, 9, 30))
        self.go_to("2026-10-04T08:00-04:00")

    def go_to(self, text: str) -> None:
        """Sessions do not last that long."""
        self.moment.go_to(text)
        self.world.sign_in(self.world.administrator, Surface.PORTAL)

    @property
    def kept(self) -> KeptOrganization:
        with db.read() as reader:
            return access_kept_organization(reader, access_bookkeeping_at_console(), self.world.organization_id)

    @property
    def named(self) -> NamedOrganization:
        with db.read() as reader:
            return access_named_organization(reader, self.world.administrator.act(Surface.PORTAL), None)

    def close(self, month: Month) -> tuple[str, ...]:
        return close_month(access_bookkeeping_at_console(), self.world.organization_id, month, SELLER).numbers

    def bill(self, month: Month) -> Bill:
        return get_bill(self.named, month)

    def evidence(self, month: Month, somebody: Somebody) -> BilledPerson:
        bill = self.bill(month)
        with db.read() as reader:
            found = find_person_evidence(reader, self.named, bill, somebody.id)
        assert found is not None
        return found

    def invoice_id(self, month: Month) -> int:
        with db.read() as reader:
            found: int = reader.execute(
                select(documents.c.id).where(
                    documents.c.organization_id == self.world.organization_id,
                    documents.c.kind == "invoice",
                    documents.c.period == month.first,
                )
            ).scalar_one()
        return found

    def pay(self, month: Month, cents: int) -> None:
        with db.unit_of_work() as uow:
            invoice = access_kept_invoice(
                uow, access_kept_organization(uow, KEEPER, self.kept.id), self.invoice_id(month)
            )
            do_record_payment(uow, invoice, PaymentMade(cents, date(2026, 10, 4), "transfer", "virement"))


KEEPER = access_bookkeeping_at_console()


@pytest.fixture
def café(moment: Moment, database: db.Database) -> Café:
    return Café(moment)


def test_a_month_as_it_stands_is_what_closing_it_issues(café: Café) -> None:
    draft = café.bill(SEPTEMBER)
    assert draft.stored is None
    assert draft.invoice is not None
    assert (draft.heads, draft.invoice.subtotal_cents, draft.invoice.total_cents) == (4, 100, 115)
    café.close(SEPTEMBER)
    issued = café.bill(SEPTEMBER)
    assert issued.invoice is not None
    assert issued.invoice.number == "F-2026-000001"
    assert issued.invoice.lines == draft.invoice.lines
    assert issued.invoice.taxes == draft.invoice.taxes
    assert issued.rated.people.keys() == draft.rated.people.keys()


def test_a_closed_month_stays_what_it_was(café: Café) -> None:
    café.close(SEPTEMBER)
    café.moment.advance(hours=1)
    café.world.end(café.sofia, date(2026, 8, 31))
    bill = café.bill(SEPTEMBER)
    assert bill.heads == 4
    assert café.evidence(SEPTEMBER, café.sofia).row.reason is None
    # The month under way knows.
    assert café.evidence(OCTOBER, café.sofia).row.reason is Reason.LEFT
    (note,) = café.bill(OCTOBER).credit_notes
    assert (note.invoice, note.amount_cents) == ("F-2026-000001", 25)


def test_what_is_recorded_changes_the_month_under_way_at_once(café: Café) -> None:
    assert café.bill(OCTOBER).heads == 3
    assert café.bill(OCTOBER) is café.bill(OCTOBER)  # remembered
    café.world.hire("Zoé Éthier", café.kitchen, starts_on=date(2026, 10, 20))
    assert café.bill(OCTOBER).heads == 4


def test_months_to_come_are_no_bills(café: Café) -> None:
    for month in (NOVEMBER, Month(2031, 1), Month(1999, 12)):
        with pytest.raises(MonthInvalid):
            café.bill(month)


def test_services_departments_and_people_come_to_the_same(café: Café) -> None:
    bill = café.bill(SEPTEMBER)
    kitchen, dining = bill.rated.lines
    with db.read() as reader:
        departments = list_department_rows(reader, café.named, bill, "cuisine")
        found = list_billed_people(reader, café.named, bill, service="cuisine")
    assert sum(row.cents for row in departments) == kitchen.amount_cents
    assert sum(row.heads for row in departments) == kitchen.quantity == found.count
    assert sum(row.cents for row in found.rows) == kitchen.amount_cents
    assert kitchen.amount_cents + dining.amount_cents == bill.rated.subtotal_cents
    assert [row.name for row in found.rows] == ["Karim Benali", "Léa Tran", "Sofia Lavoie"]


@pytest.mark.parametrize("order", ORDERS)
def test_people_are_put_in_any_order_and_equals_by_name(café: Café, order: Order) -> None:
    bill = café.bill(SEPTEMBER)
    with db.read() as reader:
        rows = list_billed_people(reader, café.named, bill, order=order).rows
        by_name = list_billed_people(reader, café.named, bill).rows
    keys: dict[str, Callable[[BilledPersonRow], Any]] = {
        "name": lambda row: 0,
        "number": lambda row: (len(row.number), row.number),
        "service": lambda row: row.service,
        "days": lambda row: -row.days,
    }
    assert rows == sorted(by_name, key=keys[order])


def test_people_come_to_the_line_to_the_cent_in_daily_mode(café: Café) -> None:
    now, tried = simulate_month(café.named, SEPTEMBER, Settings(mode="daily"))
    assert now.subtotal_cents == tried.subtotal_cents == 100  # all were there on each day
    _, october = simulate_month(café.named, OCTOBER, Settings(mode="daily", min_days=2))
    assert october.heads == 3
    _, users = simulate_month(café.named, SEPTEMBER, Settings(basis="app_user"))
    assert (users.heads, users.subtotal_cents) == (1, 25)
    _, least = simulate_month(café.named, SEPTEMBER, Settings(minimum_cents=500))
    assert (least.subtotal_cents, least.total_cents) == (500, 575)
    assert café.bill(SEPTEMBER).rated.terms.settings == Settings()


def test_a_search_finds_by_name_and_number_and_shows_who_is_not_billed(café: Café) -> None:
    bill = café.bill(OCTOBER)
    with db.read() as reader:
        by_name = list_billed_people(reader, café.named, bill, search="lavoie sof")
        nobody = list_billed_people(reader, café.named, bill, search="%")
        others = list_billed_people(reader, café.named, bill, shown="others")
        unopened = list_billed_people(reader, café.named, bill, shown="unopened")
        left = list_billed_people(reader, café.named, bill, shown="left")
    assert [row.name for row in by_name.rows] == ["Sofia Lavoie"]
    assert nobody.count == 0
    assert [(row.name, row.reason) for row in others.rows] == [("Léa Tran", Reason.LEFT)]
    assert [row.name for row in unopened.rows] == ["Karim Benali", "Sofia Lavoie", "Théo Roy"]
    assert [(row.name, row.step_cents) for row in left.rows] == [("Léa Tran", -25)]


def test_a_day_leads_to_the_facts_and_to_who_recorded_them(café: Café) -> None:
    found = café.evidence(SEPTEMBER, café.lea)
    assert [day.kind for day in found.days] == ["billed"] * 30
    assert [fact.kind for fact in found.facts] == ["hired", "switched_on", "ended"]
    hired, switched, ended = found.facts
    assert (hired.recorded_by, hired.is_by_vendor) == ("Ada Ministre", False)
    assert switched.requested_by == "Ada Ministre"
    assert ended.recorded_at == café.moment.at.replace(month=9, day=20)
    first = found.days[0]
    assert {hired.key, switched.key} <= set(first.facts) <= {fact.key for fact in found.facts}


def test_ids_of_ledgers_are_told_apart(café: Café) -> None:
    """The first switch and the first hire have the same id in their ledgers."""
    keys = {fact.key for fact in café.evidence(SEPTEMBER, café.karim).facts}
    assert {key[0] for key in keys} == {"e", "o", "a"}


def test_whom_a_closed_month_did_not_know_is_told_so(café: Café) -> None:
    café.close(SEPTEMBER)
    café.moment.advance(hours=1)
    zoe = café.world.hire("Zoé Éthier", café.kitchen, starts_on=date(2026, 10, 20))
    found = café.evidence(SEPTEMBER, zoe)
    assert (found.row.is_known, found.row.reason, found.days) == (False, None, [])
    assert café.evidence(SEPTEMBER, café.world.administrator).row.reason is Reason.NO_FILE


def test_a_merged_file_says_into_whom(café: Café) -> None:
    with db.unit_of_work() as uow:
        uow.execute(
            insert(person_merges).values(
                organization_id=café.world.organization_id,
                person_id=café.sofia.id,
                into_person_id=café.karim.id,
                effective_at=uow.now,
                recorded_at=uow.now,
                recorded_by=café.world.administrator.account_id,
            )
        )
    café.moment.advance(seconds=1)
    found = café.evidence(OCTOBER, café.sofia)
    assert found.row.reason is Reason.MERGED
    assert found.merged_into is not None
    assert found.merged_into.name == "Karim Benali"
    (merged,) = [fact for fact in café.evidence(OCTOBER, café.karim).facts if fact.kind == "merged"]
    assert (merged.file, merged.recorded_by) == ("Sofia Lavoie", "Ada Ministre")


def test_the_waterfall_adds_up_and_opens_to_names(café: Café) -> None:
    bill = café.bill(OCTOBER)
    assert bill.previous.month == SEPTEMBER
    assert bill.previous.subtotal_cents + sum(step.cents for step in bill.steps) == bill.rated.subtotal_cents
    (left,) = bill.steps
    assert (left.kind, left.cents, len(left.people)) == ("left", -25, 1)


def test_the_waterfall_is_against_the_month_before_closed_or_not(café: Café) -> None:
    before = café.bill(OCTOBER).steps
    café.close(SEPTEMBER)
    assert café.bill(OCTOBER).steps == before


def test_the_frame_of_a_month_tells_how_far_it_is(café: Café) -> None:
    def state(month: Month) -> str:
        with db.read() as reader:
            return get_month_frame(reader, café.kept, month).state

    assert (state(SEPTEMBER), state(OCTOBER)) == ("review", "running")
    with db.unit_of_work() as uow:
        do_change_hold(uow, access_kept_organization(uow, KEEPER, café.kept.id), "vérification", is_on=True)
    assert state(SEPTEMBER) == "held"
    with db.unit_of_work() as uow:
        do_change_hold(uow, access_kept_organization(uow, KEEPER, café.kept.id), "vérifié", is_on=False)
    café.close(SEPTEMBER)
    assert state(SEPTEMBER) == "issued"
    dispute(café, is_open=True)
    assert state(SEPTEMBER) == "disputed"
    dispute(café, is_open=False)
    café.pay(SEPTEMBER, 115)
    assert state(SEPTEMBER) == "paid"


def dispute(café: Café, *, is_open: bool) -> None:
    with db.unit_of_work() as uow:
        kept = access_kept_organization(uow, KEEPER, café.kept.id)
        do_change_dispute(uow, access_kept_invoice(uow, kept, café.invoice_id(SEPTEMBER)), "motif", is_open=is_open)


def test_invoices_with_what_is_credited_paid_and_left(café: Café) -> None:
    café.close(SEPTEMBER)
    café.pay(SEPTEMBER, 40)
    invoice_id = café.invoice_id(SEPTEMBER)
    give_goodwill(lambda reader: access_kept_invoice(reader, café.kept, invoice_id), 20, "panne du samedi", SELLER)
    with db.read() as reader:
        page = list_documents(reader, café.kept)
        unpaid = list_documents(reader, KEEPER, state="unpaid")
        notes = list_documents(reader, KEEPER, state="credit_notes")
        statement = list_statement(reader, café.kept)
        opened = get_document(reader, access_document(reader, café.kept, café.invoice_id(SEPTEMBER)))
        note = get_document(reader, access_document(reader, café.kept, notes.rows[0].id))
    note_row, invoice_row = page.rows
    assert (invoice_row.total_cents, invoice_row.credited_cents, invoice_row.paid_cents) == (115, 23, 40)
    assert invoice_row.balance_cents == 52
    assert [row.number for row in unpaid.rows] == ["F-2026-000001"]
    assert [row.number for row in notes.rows] == [note_row.number] == ["NC-2026-000001"]
    assert [(line.kind, line.cents, line.balance_cents) for line in statement] == [
        ("invoice", 115, 115),
        ("credit_note", -23, 92),
        ("payment", -40, 52),
    ]
    assert [row.number for row in opened.credit_notes] == ["NC-2026-000001"]
    assert (opened.payments[0].amount_cents, opened.payments[0].reference) == (40, "virement")
    assert note.issued.reason == "panne du samedi"
    assert note.invoice_id == café.invoice_id(SEPTEMBER)
    assert note.previous_seal == opened.seal


def test_documents_are_found_by_number_amount_and_organization(café: Café) -> None:
    café.close(SEPTEMBER)

    def numbers(search: str) -> list[str]:
        with db.read() as reader:
            return [row.number for row in list_documents(reader, KEEPER, search=search).rows]

    for search in ("f-2026", "000001", "1,15", "$1.15", "1,00 $", "laurier", "cafés LAURIER"):
        assert numbers(search) == ["F-2026-000001"], search
    for search in ("F-2027", "9,99", "rival", "%", "_"):
        assert numbers(search) == [], search


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("39,38 $", 3938),
        ("$1,234.50", 123_450),
        ("1 234,50", 123_450),
        ("1\u00a0234,50\u00a0$", 123_450),
        ("12", 1200),
        ("-5.00", -500),
        ("\u22125,00 $", -500),
        ("12,5", None),
        ("=1+1", None),
        ("", None),
        ("1e9", None),
        ("9" * 40, None),
    ],
)
def test_what_reads_like_an_amount(text: str, cents: int | None) -> None:
    assert parse_amount(text) == cents


def test_ageing_counts_days_since_the_invoice(café: Café) -> None:
    café.close(SEPTEMBER)
    issued_on = date(2026, 10, 4)
    expected = {0: 0, 30: 0, 31: 1, 60: 1, 61: 2, 90: 2, 91: 3, 400: 3}
    for days, bucket in expected.items():
        with db.read() as reader:
            ageing = get_ageing(reader, KEEPER, issued_on + timedelta(days=days))
        assert [bool(cents) for cents in ageing.cents] == [place == bucket for place in range(4)], days
        assert ageing.total_cents == 115


def test_all_organizations_of_a_month(café: Café, moment: Moment) -> None:
    rival = World.create("rival", option=False)
    café.close(SEPTEMBER)
    with db.read() as reader:
        found = list_bills(reader, KEEPER, SEPTEMBER)
        issued = list_bills(reader, KEEPER, SEPTEMBER, state="issued")
        searched = list_bills(reader, KEEPER, OCTOBER, search="LAURIER café")
        people_found = find_people(reader, KEEPER, "karim")
    assert {row.id: row.state for row in found.rows} == {
        café.world.organization_id: "issued",
        rival.organization_id: "nothing",
    }
    assert (found.issued_cents, found.unpaid_cents) == (115, 115)
    assert [row.id for row in issued.rows] == [café.world.organization_id]
    assert [(row.id, row.state) for row in searched.rows] == [(café.world.organization_id, "running")]
    assert [(person.name, person.organization) for person in people_found] == [("Karim Benali", "Cafés laurier")]


def read_figures(month: Month) -> dict[int, BillFigures | None]:
    with db.read() as reader:
        every = list(reader.execute(select(organizations.c.id)).scalars())
        return list_figures(reader, access_kept_organizations(reader, KEEPER, every), month)


def test_a_list_says_of_each_month_what_its_own_page_says(café: Café) -> None:
    other = World.create("halles")
    other.hire("Zoé Éthier", other.add_service("cuisine"))
    nowhere = World.create("nulle-part", timezone="Pacific/Honolulu")
    café.close(SEPTEMBER)
    for month in (SEPTEMBER, OCTOBER):
        bill, found = café.bill(month), read_figures(month)
        assert bill.invoice is not None
        assert found[café.kept.id] == BillFigures(
            bill.heads, len(bill.previous.billed), bill.invoice.subtotal_cents, bill.invoice.total_cents
        )
    assert found[other.organization_id] == BillFigures(1, 0, 25, 28)
    café.go_to("2026-11-01T01:00-04:00")  # still October over there
    assert nowhere.organization_id not in read_figures(Month(2026, 11))
    # Whatever is recorded shows at once, in a month that is not closed.
    café.world.hire("Marc Côté", café.kitchen, starts_on=date(2026, 9, 1))
    café.moment.advance(seconds=1)
    assert [read_figures(month)[café.kept.id].heads for month in (SEPTEMBER, OCTOBER)] == [4, 4]  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [1, 12])
def test_a_list_takes_as_many_statements_for_one_organization_as_for_twelve(café: Café, count: int) -> None:
    for number in range(count):
        each = World.create(f"autre{number}")
        each.hire("Zoé Éthier", each.add_service("cuisine"))
    seen = []
    for _ in range(2):
        with counting_statements() as each_time:
            assert len(read_figures(OCTOBER)) == count + 1
        seen.append(len(each_time))
    assert seen == [16, 4]  # worked out, then remembered


def test_the_trend_ends_with_the_month_as_it_stands(café: Café) -> None:
    café.close(SEPTEMBER)
    bill = café.bill(OCTOBER)
    with db.read() as reader:
        trend = list_trend(reader, café.named, bill)
    assert [(each.month, each.cents, each.is_closed) for each in trend[-2:]] == [
        (SEPTEMBER, 100, True),
        (OCTOBER, 75, False),
    ]
    assert len(trend) == 12


def test_who_may_ask(café: Café) -> None:
    rival = World.create("rival")
    finance = add_vendor_staff(VendorRole.FINANCE)
    support = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    employee, here = café.karim, café.world.organization_id
    with db.read() as reader:
        assert access_billed_organization(reader, support.act(Surface.PORTAL), here).sees_names is False
        with pytest.raises(NotAllowed):
            access_named_organization(reader, support.act(Surface.PORTAL), here)
        assert not access_named_organization(reader, finance.act(Surface.PORTAL), here).is_own
        for asked in (None, 0, 987_654):
            with pytest.raises(NotFound):
                access_billed_organization(reader, finance.act(Surface.PORTAL), asked)
        with pytest.raises(NotFound):
            access_named_organization(reader, rival.administrator.act(Surface.PORTAL), here)
        with pytest.raises(NotAllowed):
            access_billed_organization(reader, employee.act(), here)
        for other in (support, rival.administrator):
            with pytest.raises(NotAllowed):
                access_bookkeeping(other.act(Surface.PORTAL))


def test_what_is_exported_equals_what_is_shown(café: Café) -> None:
    numbers = café.close(SEPTEMBER)
    bill = café.bill(SEPTEMBER)
    with db.read() as reader:
        document = access_document(reader, café.named, café.invoice_id(SEPTEMBER))
    lines = read_csv(make_document(café.named, document, Wish("machine", "fr"), ACCOUNTS).content)
    assert [int(line["amount_cents"]) for line in lines] == [line.amount_cents for line in bill.lines]
    persons = read_csv(make_document(café.named, document, Wish("people-machine", "fr"), ACCOUNTS).content)
    assert [person["name"] for person in persons] == ["Karim Benali", "Léa Tran", "Sofia Lavoie", "Théo Roy"]
    assert sum(int(person["amount_cents"]) for person in persons) == bill.rated.subtotal_cents
    journal = read_csv(make_journal(KEEPER, OCTOBER, "machine", "fr", ACCOUNTS).content)
    assert {entry["document"] for entry in journal} == set(numbers)
    assert sum(int(entry["debit_cents"] or 0) for entry in journal) == 115
    assert sum(int(entry["credit_cents"] or 0) for entry in journal) == 115
    assert read_csv(make_journal(KEEPER, SEPTEMBER, "machine", "fr", ACCOUNTS).content) == []
    made = make_document(café.named, document, Wish("pdf", "fr", with_names=True, is_bilingual=True), ACCOUNTS)
    assert made.content.startswith(b"%PDF")
    assert made.name.endswith(".pdf")
    assert numbers[0] in made.name


def test_a_month_under_way_is_exported_as_a_draft(café: Café) -> None:
    made = make_month(café.named, OCTOBER, Wish("machine", "en"), SELLER, ACCOUNTS)
    rows = read_csv(made.content)
    assert sum(int(row["amount_cents"]) for row in rows) == 75
    assert {row["document"] for row in rows} == {""}
    with pytest.raises(NotFound):
        make_month(café.named, Month(2026, 3), Wish("machine", "en"), SELLER, ACCOUNTS)


def test_names_that_a_spreadsheet_would_compute_are_neutralised(café: Café) -> None:
    with db.unit_of_work() as uow:
        uow.execute(update(people).where(people.c.id == café.karim.id).values(given_name="=1+1", family_name="@x"))
    for form in ("people", "people-machine"):
        made = make_month(café.named, OCTOBER, Wish(form, "fr"), SELLER, ACCOUNTS)
        assert "'=1+1 @x" in made.content.decode("utf-8-sig")


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_another_organization_s_document_does_not_exist(café: Café) -> None:
    café.close(SEPTEMBER)
    rival = World.create("rival")
    with db.read() as reader:
        own = access_named_organization(reader, rival.administrator.act(Surface.PORTAL), None)
        with pytest.raises(NotFound):
            access_document(reader, own, café.invoice_id(SEPTEMBER))
        assert list_documents(reader, own).rows == []
        assert list_statement(reader, own) == []


def test_the_number_of_statements_does_not_grow_with_the_people(café: Café) -> None:
    def measure() -> list[int]:
        bill, counts = café.bill(OCTOBER), []
        with db.read() as reader:
            for ask in (
                lambda: get_month_frame(reader, café.kept, OCTOBER),
                lambda: list_billed_people(reader, café.named, bill),
                lambda: list_department_rows(reader, café.named, bill, "cuisine"),
                lambda: find_person_evidence(reader, café.named, bill, café.karim.id),
                lambda: list_bills(reader, KEEPER, OCTOBER),
                lambda: list_documents(reader, KEEPER),
            ):
                with counting_statements() as seen:
                    ask()
                counts.append(len(seen))
        with counting_statements() as seen:
            café.bill(OCTOBER)
        return [*counts, len(seen)]

    before = measure()
    for number in range(6):
        café.world.hire(f"Employé {number}", café.kitchen)
        World.create(f"autre{number}")
    assert measure() == before
    assert max(before) <= 16


def test_the_organization_s_name_and_zone_are_its_own(café: Café) -> None:
    """A month begins and ends in the organization's zone."""
    with db.unit_of_work() as uow:
        here = organizations.c.id == café.world.organization_id
        uow.execute(update(organizations).where(here).values(timezone="America/Vancouver"))
    café.go_to("2026-10-01T01:00-04:00")  # still September in Vancouver
    with pytest.raises(MonthInvalid):
        café.bill(OCTOBER)
    assert isinstance(KEEPER, Bookkeeper)

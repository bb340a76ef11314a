"""Closing on both databases: once, whoever asks and whatever dies; documents for ever, sealed and numbered without a
gap; what was wrong is given back or caught up."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from data import db
from data.access.actors import Surface, VendorRole
from data.access.billing import (
    KeptInvoice,
    access_bookkeeping_at_console,
    access_kept_invoice,
    access_kept_organization,
)
from data.access.duplicates import access_suspicion
from data.actions import books, duplicates
from data.actions.closing import Draft, Outcome
from data.billing.books import Books
from data.billing.issued import Seller
from data.billing.rating import Month, RatedMonth, Settings
from data.bookkeeping import (
    DueMonth,
    close_due_months,
    close_month,
    draft_month,
    give_goodwill,
    issue_corrections,
    list_due_months,
)
from data.duplicates import list_suspicions
from data.errors import (
    AmountInvalid,
    ClosingHeld,
    CreditTooLarge,
    DateInvalid,
    DuplicatesSuspected,
    MonthInvalid,
    MonthUnfinished,
    NotAllowed,
    NotFound,
    NothingToCorrect,
    PaymentTooLarge,
    PriceMissing,
    ProvinceMissing,
    ReasonMissing,
    SellerIncomplete,
)
from data.ledgers import read_books
from data.models import (
    APPEND_ONLY,
    closings,
    documents,
    employees,
    hold_changes,
    payments,
    people,
    tax_profile_changes,
)
from data.queries.checklist import list_checklist
from data.queries.documents import verify_books
from tests import retail
from tests.conftest import Moment
from tests.factories import Somebody, World, add_vendor_staff
from tests.statements import dying_at

SELLER = Seller("Horaire inc.", "Montréal", "factures@horaire.example", "123 RT", "456 TQ")
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture
def world(moment: Moment, database: db.Database) -> World:
    """The option is on since September."""
    moment.go_to("2026-09-01T00:00:00-04:00")
    return World.create()


@pytest.fixture
def kitchen(world: World, moment: Moment) -> int:
    """Four people since January; it is the third of November, nine o'clock."""
    kitchen = world.add_service("cuisine")
    for name in ("Léa Roy", "Tuan Pham", "Karim Benali", "Sofia Lavoie"):
        world.hire(name, kitchen, starts_on=date(2026, 1, 5), app=False)
    go_to(world, moment, "2026-11-03T09:00:00-05:00")
    return kitchen


def go_to(world: World, moment: Moment, text: str) -> None:
    """Later, the administrator signed in again."""
    moment.go_to(text)
    world.sign_in(world.administrator, Surface.PORTAL)


def close(world: World, month: Month = OCTOBER, seller: Seller = SELLER) -> Outcome:
    return close_month(access_bookkeeping_at_console(), world.organization_id, month, seller)


def draft(world: World, month: Month = OCTOBER) -> RatedMonth:
    found = draft_month(access_bookkeeping_at_console(), world.organization_id, month)
    assert isinstance(found, Draft)
    return found.closing.rated


def books_of(world: World) -> Books:
    with db.read() as reader:
        keeper = access_bookkeeping_at_console()
        return read_books(reader, access_kept_organization(reader, keeper, world.organization_id))


@contextmanager
def keeping(world: World) -> Iterator[tuple[db.UnitOfWork, Any]]:
    with db.unit_of_work() as uow:
        yield uow, access_kept_organization(uow, access_bookkeeping_at_console(), world.organization_id)


@contextmanager
def keeping_invoice(world: World, number: str = "F-2026-000001") -> Iterator[tuple[db.UnitOfWork, KeptInvoice]]:
    with keeping(world) as (uow, organization):
        invoice_id = uow.execute(select(documents.c.id).where(documents.c.number == number)).scalar_one()
        yield uow, access_kept_invoice(uow, organization, invoice_id)


def find_invoice(world: World, reader: db.Reader) -> KeptInvoice:
    organization = access_kept_organization(reader, access_bookkeeping_at_console(), world.organization_id)
    invoice_id = reader.execute(select(documents.c.id).where(documents.c.number == "F-2026-000001")).scalar_one()
    return access_kept_invoice(reader, organization, invoice_id)


def correct(world: World) -> Outcome:
    keeper = access_bookkeeping_at_console()
    return issue_corrections(lambda reader: access_kept_organization(reader, keeper, world.organization_id), SELLER)


def give_back(world: World, cents: int, reason: str) -> Outcome:
    return give_goodwill(partial(find_invoice, world), cents, reason, SELLER)


def count(table: Any) -> int:
    with db.read() as reader:
        found: int = reader.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def check_books() -> int:
    with db.read() as reader:
        number, problem = verify_books(reader)
    assert problem is None
    return number


def test_a_month_is_closed_once(world: World, kitchen: int, moment: Moment) -> None:
    first = close(world)
    assert first == Outcome(("F-2026-000001",))
    moment.advance(hours=1)
    assert close(world) == Outcome(("F-2026-000001",), was_closed=True)
    (invoice,) = books_of(world).invoices
    assert (invoice.subtotal_cents, invoice.total_cents) == (100, 115)
    assert [(tax.code, tax.amount_cents) for tax in invoice.taxes] == [("GST", 5), ("QST", 10)]
    assert invoice.issued_on == date(2026, 11, 3)
    assert check_books() == 1


def test_eight_at_once_close_it_once(world: World, kitchen: int) -> None:
    outcomes: list[Outcome] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        outcomes.append(close(world))

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert {outcome.numbers for outcome in outcomes} == {("F-2026-000001",)}
    assert sum(not outcome.was_closed for outcome in outcomes) == 1
    assert (check_books(), count(closings)) == (1, 1)


def in_a_process(act: Callable[[], object]) -> int:
    """Run in a copy of this process, on connections of its own: how it ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def test_eight_processes_at_once_close_it_once(world: World, kitchen: int, database_url: str) -> None:
    def ask() -> None:
        db.connect(database_url)
        close(world)

    children = []
    db.current().dispose()
    for _ in range(8):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                ask()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    ended = [os.waitpid(child, 0)[1] for child in children]
    db.connect(database_url)
    assert ended == [0] * 8
    assert (check_books(), count(closings)) == (1, 1)


def test_killed_at_any_statement_it_is_closed_once_by_the_next(
    world: World, kitchen: int, database_url: str, moment: Moment
) -> None:
    """At each statement in turn, until one run comes through."""

    def close_and_die(at: int) -> None:
        db.connect(database_url)
        with dying_at(at):
            close(world)

    db.current().dispose()
    statement = 1
    while in_a_process(partial(close_and_die, statement)) != 0:
        statement += 1
        assert statement < 200
    db.connect(database_url)
    assert statement > 20
    assert close(world) == Outcome(("F-2026-000001",), was_closed=True)
    assert (check_books(), count(closings), count(documents)) == (1, 1, 1)


def test_numbers_go_on_without_a_gap_over_organizations(world: World, kitchen: int, moment: Moment) -> None:
    other = World.create("autre")
    bar = other.add_service("bar")
    go_to(other, moment, "2026-12-03T09:00:00-05:00")
    other.hire("Ana Silva", bar, starts_on=date(2026, 11, 1), app=False)
    moment.advance(minutes=1)
    assert close(world) == Outcome(("F-2026-000001",))
    with pytest.raises(MonthUnfinished):
        close(other, Month(2026, 12))
    assert close(other, NOVEMBER) == Outcome(("F-2026-000002",))
    moment.go_to("2027-01-03T09:00:00-05:00")
    assert close(world, NOVEMBER) == Outcome(("F-2027-000003",))
    assert check_books() == 3


def test_nothing_to_bill_leaves_the_record_of_the_closing_alone(world: World, moment: Moment) -> None:
    go_to(world, moment, "2026-12-03T09:00:00-05:00")
    assert close(world, NOVEMBER) == Outcome(())
    assert close(world, NOVEMBER) == Outcome((), was_closed=True)
    assert (count(closings), count(documents)) == (1, 0)


def test_an_open_or_future_month_is_not_closed(world: World, kitchen: int) -> None:
    for month in (NOVEMBER, Month(2027, 3)):
        with pytest.raises(MonthUnfinished):
            close(world, month)
    assert count(closings) == 0


def test_the_month_ends_at_the_organizations_midnight(moment: Moment, database: db.Database) -> None:
    moment.go_to("2026-10-01T12:00:00-03:00")
    halifax = World.create("halifax", timezone="America/Halifax")
    moment.go_to("2026-10-31T23:59:00-03:00")
    with pytest.raises(MonthUnfinished):
        close(halifax)
    moment.go_to("2026-11-01T00:00:00-03:00")
    assert close(halifax) == Outcome(())


def test_what_is_missing_is_named(world: World, kitchen: int, moment: Moment) -> None:
    with pytest.raises(SellerIncomplete):
        close(world, seller=Seller("Horaire inc.", "", "", "", "456 TQ"))
    with db.unit_of_work() as uow:
        row = {"effective_on": date(2026, 11, 1), "province": "XX", "exempt": "", "recorded_at": uow.now}
        uow.execute(insert(tax_profile_changes).values(organization_id=world.organization_id, **row))
    moment.advance(minutes=1)
    with pytest.raises(ProvinceMissing):
        close(world)
    assert count(closings) == 0


def test_a_month_before_any_price_is_not_closed(world: World, moment: Moment) -> None:
    moment.go_to("1999-05-01T12:00:00-04:00")
    world.switch_option(is_on=True)
    bar = world.add_service("bar")
    world.hire("Ana Silva", bar, starts_on=date(1999, 5, 1), app=False)
    moment.go_to("1999-06-03T09:00:00-04:00")
    with pytest.raises(PriceMissing):
        close(world, Month(1999, 5))


# What is issued stays


@pytest.mark.parametrize("table", [name for name in APPEND_ONLY if name != "audit_entries"])
def test_ledgers_and_documents_refuse_any_change(database: db.Database, moment: Moment, table: str) -> None:
    """The triggers are there; that they fire is tried on documents and on switches."""
    kind = (
        "sqlite_master WHERE type = 'trigger' AND tbl_name"
        if database.name == "sqlite"
        else ("pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND relname")
    )
    with db.read() as reader:
        found = reader.connection.exec_driver_sql(f"SELECT count(*) FROM {kind} = '{table}'").scalar_one()
    assert found == (2 if database.name == "sqlite" else 1)


@pytest.mark.parametrize("change", [update(documents).values(total_cents=1), delete(documents), delete(closings)])
def test_an_issued_document_can_be_neither_changed_nor_taken_away(world: World, kitchen: int, change: Any) -> None:
    close(world)
    with pytest.raises(Exception, match=r"append-only|unavailable"), db.unit_of_work() as uow:
        uow.execute(change)
    assert check_books() == 1


def test_verifying_tells_the_first_broken_link(world: World, kitchen: int, moment: Moment) -> None:
    close(world, Month(2026, 9))
    moment.advance(minutes=1)
    close(world)
    with db.unit_of_work() as uow:
        _let_change(uow)
        content = uow.execute(select(documents.c.content).order_by(documents.c.id).limit(1)).scalar_one()
        first = select(func.min(documents.c.id)).scalar_subquery()
        uow.execute(update(documents).where(documents.c.id == first).values(content=content.replace("100", "900", 1)))
    with db.read() as reader:
        assert verify_books(reader) == (1, "F-2026-000001: its content is not what was sealed")


def _let_change(uow: db.UnitOfWork) -> None:
    """As somebody would who holds the database."""
    if db.current().name == "sqlite":
        uow.connection.exec_driver_sql("DROP TRIGGER documents_no_update")
    else:
        uow.connection.exec_driver_sql("ALTER TABLE documents DISABLE TRIGGER documents_append_only")
        # Put back by the rollback of nobody: the next test truncates, and needs the trigger again.


def test_rating_again_at_the_stored_cutoff_gives_the_same(world: World, kitchen: int, moment: Moment) -> None:
    before = draft(world)
    close(world)
    world.hire("Nouvelle Personne", kitchen, starts_on=date(2026, 10, 1), app=False)
    moment.advance(days=2)
    (closed,) = books_of(world).closed
    with db.read() as reader:
        from data.billing.rating import rate_month
        from data.ledgers import read_facts

        organization = access_kept_organization(reader, access_bookkeeping_at_console(), world.organization_id)
        again = rate_month(read_facts(reader, organization), OCTOBER, closed.cutoff, closed.terms)
    assert (again.lines, again.billed) == (before.lines, before.billed)


# Late facts


def test_a_late_end_is_credited_at_once_on_request_and_never_twice(world: World, kitchen: int, moment: Moment) -> None:
    leaver = world.hire("Marc Côté", kitchen, starts_on=date(2026, 1, 5), app=False)
    moment.advance(minutes=1)
    close(world)
    world.end(leaver, date(2026, 9, 30))
    moment.advance(minutes=1)
    assert correct(world).numbers == ("NC-2026-000001",)
    (note,) = books_of(world).credit_notes
    assert (note.invoice, note.amount_cents, note.total_cents) == ("F-2026-000001", 25, 28)
    moment.advance(minutes=1)
    with pytest.raises(NothingToCorrect):
        correct(world)
    go_to(world, moment, "2026-12-03T09:00:00-05:00")
    assert close(world, NOVEMBER) == Outcome(("F-2026-000002",))
    assert check_books() == 3


def test_a_late_hire_is_caught_up_at_the_next_closing(world: World, kitchen: int, moment: Moment) -> None:
    close(world)
    world.hire("Marc Côté", kitchen, starts_on=date(2026, 10, 12), app=False)
    go_to(world, moment, "2026-12-03T09:00:00-05:00")
    close(world, NOVEMBER)
    lines = [
        (line.kind, str(line.month), line.quantity, line.amount_cents) for line in books_of(world).invoices[1].lines
    ]
    assert lines == [("employees", "2026-11", 5, 125), ("catch_up", "2026-10", 1, 25)]


def test_goodwill_has_a_reason_stays_within_the_invoice_and_is_not_billed_again(
    world: World, kitchen: int, moment: Moment
) -> None:
    close(world)
    moment.advance(minutes=1)
    for reason in ("", " \u200b"):
        with pytest.raises(ReasonMissing):
            give_back(world, 50, reason)
    for cents in (0, -5, 101):
        with pytest.raises(CreditTooLarge):
            give_back(world, cents, "Panne du 12")
    give_back(world, 60, "Panne du 12")
    moment.advance(minutes=1)
    with pytest.raises(CreditTooLarge):
        give_back(world, 41, "Encore")
    give_back(world, 40, "Le reste")
    assert sum(note.total_cents for note in books_of(world).credit_notes) == books_of(world).invoices[0].total_cents
    go_to(world, moment, "2026-12-03T09:00:00-05:00")
    close(world, NOVEMBER)
    assert [line.kind for line in books_of(world).invoices[1].lines] == ["employees"]
    assert check_books() == 4


# What stands in the way


def test_a_hold_waits_until_it_is_released(world: World, kitchen: int, moment: Moment) -> None:
    with keeping(world) as (uow, organization):
        books.do_change_hold(uow, organization, "Client en discussion", is_on=True)
    with pytest.raises(ClosingHeld):
        close(world)
    with keeping(world) as (uow, organization):
        books.do_change_hold(uow, organization, "Réglé", is_on=False)
    moment.advance(minutes=1)
    assert close(world).numbers == ("F-2026-000001",)
    assert count(hold_changes) == 2


@pytest.fixture
def twins(world: World, kitchen: int, moment: Moment) -> tuple[Somebody, Somebody]:
    """One person with two files, of the same name and date of birth."""
    found = tuple(world.hire("Nadia Houle", kitchen, starts_on=date(2026, 1, 5), app=False) for _ in range(2))
    with db.unit_of_work() as uow:
        ids = [somebody.id for somebody in found]
        uow.execute(update(employees).where(employees.c.person_id.in_(ids)).values(birth_on=date(1999, 3, 4)))
    moment.advance(minutes=1)
    return found[0], found[1]


def suspicion_key(world: World) -> str:
    with db.read() as reader:
        (found,) = list_suspicions(reader, world.organization_id)
    return found.key


def test_suspected_duplicates_hold_the_closing_until_dismissed(
    world: World, twins: tuple[Somebody, Somebody], moment: Moment
) -> None:
    with pytest.raises(DuplicatesSuspected):
        close(world)
    with db.unit_of_work() as uow:
        settled = access_suspicion(uow, world.administrator.act(Surface.PORTAL), None, suspicion_key(world))
        duplicates.do_dismiss_suspicion(uow, settled)
    moment.advance(minutes=1)
    close(world)
    assert books_of(world).invoices[0].lines[0].quantity == 6


def test_merged_files_are_one_person_and_what_was_billed_twice_is_given_back(
    world: World, twins: tuple[Somebody, Somebody], moment: Moment
) -> None:
    kept, gone = twins
    finance = add_vendor_staff(VendorRole.FINANCE)
    key = suspicion_key(world)
    with db.unit_of_work() as uow:
        settled = access_suspicion(uow, finance.act(Surface.PORTAL), world.organization_id, key)
        with pytest.raises(NotFound):
            duplicates.do_merge_files(uow, settled, gone.id, world.administrator.id)
        duplicates.do_merge_files(uow, settled, gone.id, kept.id)
    moment.advance(minutes=1)
    close(world)
    assert books_of(world).invoices[0].lines[0].quantity == 5
    with pytest.raises(NotFound), db.unit_of_work() as uow:
        access_suspicion(uow, finance.act(Surface.PORTAL), world.organization_id, key)


def test_only_finance_and_the_own_administrator_settle_duplicates(
    world: World, twins: tuple[Somebody, Somebody], kitchen: int
) -> None:
    manager = world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    support = add_vendor_staff(VendorRole.CUSTOMER_SERVICE)
    stranger = World.create("autre").administrator
    key = suspicion_key(world)
    for somebody, error in ((manager, NotAllowed), (support, NotAllowed), (stranger, NotFound)):
        with pytest.raises(error), db.unit_of_work() as uow:
            access_suspicion(uow, somebody.act(Surface.PORTAL), world.organization_id, key)


def test_an_address_of_many_is_dismissed_once_for_all(world: World, kitchen: int, moment: Moment) -> None:
    with db.unit_of_work() as uow:
        of_here = select(people.c.id).where(people.c.organization_id == world.organization_id)
        uow.execute(update(employees).where(employees.c.person_id.in_(of_here)).values(email="cuisine@laurier.example"))
    key = suspicion_key(world)
    with db.unit_of_work() as uow:
        settled = access_suspicion(uow, world.administrator.act(Surface.PORTAL), None, key)
        assert len(settled.suspicion.files) == 4
        duplicates.do_dismiss_suspicion(uow, settled)
    with db.read() as reader:
        assert list_suspicions(reader, world.organization_id) == []


# By itself, on the third day


def test_it_is_due_on_the_third_at_nine_local_time(world: World, kitchen: int, moment: Moment) -> None:
    def due() -> list[DueMonth]:
        with db.read() as reader:
            return list_due_months(reader)

    september = DueMonth(world.organization_id, Month(2026, 9))
    moment.go_to("2026-11-03T08:59:59-05:00")
    assert due() == [september]
    moment.go_to("2026-11-03T09:00:00-05:00")
    assert due() == [september, DueMonth(world.organization_id, OCTOBER)]


def test_what_is_due_is_closed_in_order_and_once(world: World, kitchen: int, moment: Moment) -> None:
    """The server was down for two months."""
    assert [(str(due.month), outcome) for due, outcome in close_due_months(SELLER)] == [
        ("2026-09", Outcome(("F-2026-000001",))),
        ("2026-10", Outcome(("F-2026-000002",))),
    ]
    moment.advance(minutes=1)
    assert close_due_months(SELLER) == []


def test_what_asks_for_eyes_waits_for_a_person(world: World, kitchen: int, moment: Moment) -> None:
    close(world, Month(2026, 9))
    for number in range(4):
        world.hire(f"Renfort {number}", kitchen, starts_on=date(2026, 10, 1), app=False)
    moment.advance(minutes=1)
    assert close_due_months(SELLER) == []
    found = draft_month(access_bookkeeping_at_console(), world.organization_id, OCTOBER)
    assert isinstance(found, Draft)
    with keeping(world) as (uow, organization):
        items = {item.kind: item for item in list_checklist(uow, organization, found.closing, SELLER)}
    assert (items["variance"].level, items["variance"].count) == ("review", 100)
    assert close(world) == Outcome(("F-2026-000002",))


def test_one_organization_that_cannot_be_closed_holds_up_no_other(world: World, kitchen: int, moment: Moment) -> None:
    moment.go_to("2026-09-02T00:00:00-04:00")
    other = World.create("autre")
    bar = other.add_service("bar")
    other.hire("Ana Silva", bar, starts_on=date(2026, 9, 1), app=False)
    moment.go_to("2026-10-03T09:00:00-04:00")
    with keeping(world) as (uow, organization):
        books.do_change_hold(uow, organization, "Attendre", is_on=True)
    moment.advance(minutes=1)
    assert [due.organization_id for due, _ in close_due_months(SELLER)] == [other.organization_id]


# Money and terms


def test_payments_come_to_the_balance_and_no_further(world: World, kitchen: int, moment: Moment) -> None:
    close(world)
    today = date(2026, 11, 3)

    def pay(cents: int, on: date = today, method: str = "transfer", reference: str = "V-1") -> None:
        with keeping_invoice(world) as (uow, invoice):
            books.do_record_payment(uow, invoice, books.PaymentMade(cents, on, method, reference))

    pay(100)
    for wrong, error in (((16,), PaymentTooLarge), ((-101,), PaymentTooLarge), ((0,), AmountInvalid)):
        with pytest.raises(error):
            pay(*wrong)
    with pytest.raises(DateInvalid):
        pay(5, date(2026, 11, 4))
    with pytest.raises(AmountInvalid):
        pay(5, method="barter")
    pay(15)
    with keeping_invoice(world) as (uow, invoice):
        assert books.find_balance(uow, invoice) == 0
    assert count(payments) == 2


def test_an_invoice_of_another_organization_is_absent(world: World, kitchen: int) -> None:
    close(world)
    other = World.create("autre")
    with pytest.raises(NotFound), keeping_invoice(other):
        pass


def test_terms_change_from_a_month_to_come(world: World, kitchen: int, moment: Moment) -> None:
    keeper = access_bookkeeping_at_console()
    for begins in (OCTOBER, NOVEMBER):
        with pytest.raises(MonthInvalid), db.unit_of_work() as uow:
            books.do_change_price(uow, keeper, 3000, begins)
        with pytest.raises(MonthInvalid), keeping(world) as (uow, organization):
            books.do_change_contract(uow, organization, Settings(minimum_cents=1000), begins)
    with db.unit_of_work() as uow:
        books.do_change_price(uow, keeper, 3000, Month(2026, 12))
    with keeping(world) as (uow, organization):
        books.do_change_contract(uow, organization, Settings(minimum_cents=1000), Month(2026, 12))
    moment.go_to("2027-01-03T09:00:00-05:00")
    for month in (NOVEMBER, Month(2026, 12)):
        close(world, month)
    november, december = books_of(world).invoices
    assert november.subtotal_cents == 100
    assert [(line.kind, line.amount_cents) for line in december.lines] == [("employees", 120), ("minimum_top_up", 880)]


# Real people


def test_a_real_chain_is_billed_to_the_person(world: World, moment: Moment) -> None:
    """6,284 people of a grocery chain, the option on in 2014: June 5,175, December 5,113 (1,278.25 $ before tax)."""
    from tests.data.test_staff_import import apply

    moment.go_to("2014-01-01T00:00:00-05:00")
    world.switch_option(is_on=True)
    go_to(world, moment, "2026-11-23T10:00:00-05:00")
    apply(world, retail.build_staff_file())
    moment.advance(minutes=1)
    june, december = draft(world, Month(2014, 6)), draft(world, Month(2014, 12))
    assert (len(june.billed), june.subtotal_cents) == (5175, 129375)
    assert (len(december.billed), december.subtotal_cents) == (5113, 127825)
    assert all(december.evidence(person).days for person in list(december.billed)[:50])
    assert sum(line.quantity for line in december.lines) == 5113

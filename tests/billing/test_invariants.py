"""What must hold whatever the history: the invariants of BILLING.md that need no database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from data.billing.books import Books, ClosedMonth, Invoice, format_number
from data.billing.credits import goodwill_credit
from data.billing.journal import credit_note_journal, invoice_journal
from data.billing.printed import print_credit_note, print_invoice
from data.billing.rating import (
    Facts,
    Hired,
    Line,
    Month,
    OptionChange,
    RatedMonth,
    Settings,
    Terms,
    rate_month,
    round_half_up,
    spread,
    spread_by,
)
from data.billing.rating.option import option_of
from data.billing.restatement import kept_terms
from data.billing.settlement import Closing, close_month, correct_books, give_numbers
from data.billing.taxes import taxes_on
from tests.billing.daywalk import walk_month
from tests.billing.histories import LONG_AGO, PEOPLE, SERVICES, History, build_history

histories = st.integers(0, 2**40).map(build_history)
many = settings(max_examples=120, deadline=None)


def close_all(history: History) -> Iterator[tuple[Books, Closing]]:
    """Each closing, with the books as it leaves them."""
    books, counts = Books(), {"F": 0, "NC": 0}

    def take(series: str, year: int) -> str:
        counts[series] += 1
        return format_number(series, year, counts[series])

    for month, cutoff in history.closes:
        closing = give_numbers(close_month(books, history.facts, month, cutoff), take)
        books = replace(books, closed=(*books.closed, closing.closed))
        yield books, closing


def rate_all(history: History) -> Iterator[RatedMonth]:
    for month, cutoff in history.closes:
        yield rate_month(history.facts, month, cutoff)


def result(rated: RatedMonth) -> tuple[object, ...]:
    return rated.lines, rated.subtotal_cents, rated.top_up_cents, dict(rated.people)


@many
@given(histories)
def test_lines_taxes_and_journal_add_up(history: History) -> None:
    for books, closing in close_all(history):
        if closing.invoice:
            assert sum(line.amount_cents for line in closing.invoice.lines) == closing.invoice.subtotal_cents
            assert closing.invoice.total_cents == closing.invoice.subtotal_cents + sum(
                tax.amount_cents for tax in closing.invoice.taxes
            )
            entries = invoice_journal(closing.invoice)
            assert sum(entry.debit for entry in entries) == sum(entry.credit for entry in entries)
        for note in closing.credit_notes:
            entries = credit_note_journal(note)
            assert sum(entry.debit for entry in entries) == sum(entry.credit for entry in entries) == note.total_cents
        assert len({note.number for note in books.credit_notes}) == len(books.credit_notes)


@many
@given(histories)
def test_people_are_the_line_and_services_the_organization(history: History) -> None:
    for rated in rate_all(history):
        for line in rated.lines:
            behind = [verdict for verdict in rated.billed.values() if verdict.service == line.service]
            assert (len(behind), sum(verdict.day_count for verdict in behind)) == (line.quantity, line.employee_days)
        assert sum(line.quantity for line in rated.lines) == len(rated.billed)
        assert sum(line.amount_cents for line in rated.lines) == rated.subtotal_cents
        assert rated.subtotal_cents == round_half_up(rated.charge(rated.billed))


@many
@given(histories)
def test_rating_again_at_the_stored_cutoff_gives_the_same_bytes(history: History) -> None:
    """What was recorded since is not seen: the facts as they were then come to the same documents."""
    for (_, closing), (month, cutoff) in zip(close_all(history), history.closes, strict=True):
        then = known_then(history.facts, cutoff)
        again = rate_month(then, month, cutoff, closing.closed.terms)
        assert result(again) == result(closing.rated)
    assert documents(close_all(history)) == documents(close_all(history))


def known_then(facts: Facts, cutoff: datetime) -> Facts:
    ledgers = {
        each.name: tuple(fact for fact in getattr(facts, each.name) if fact.recorded_at <= cutoff)
        for each in fields(facts)
        if each.name != "timezone"
    }
    return replace(facts, **ledgers)


def documents(closings: Iterator[tuple[Books, Closing]]) -> str:
    return json.dumps(
        [
            [closing.invoice and print_invoice(closing.invoice), [*map(print_credit_note, closing.credit_notes)]]
            for _, closing in closings
        ]
    )


@many
@given(histories)
def test_documents_come_to_the_rating_with_todays_facts(history: History) -> None:
    """Invoice, credits and catch-ups of a month, together, are what the day walk says of it today."""
    for books, closing in close_all(history):
        for closed in books.closed:
            terms = kept_terms(closed, history.facts, closing.closed.cutoff)
            walked = walk_month(history.facts, closed.month, closing.closed.cutoff, terms)
            assert books.net_cents(closed.month) == walked.total_cents


@many
@given(histories)
def test_nothing_is_credited_that_was_not_invoiced(history: History) -> None:
    for books, _ in close_all(history):
        for invoice in books.invoices:
            notes = [note for note in books.credit_notes if note.invoice == invoice.number]
            for index, line in enumerate(invoice.lines):
                credited = list(books.credited_lines(invoice, index))
                assert all(each.amount_cents > 0 for each in credited)
                assert sum(each.amount_cents for each in credited) <= line.amount_cents
            for position, tax in enumerate(invoice.taxes):
                given_back = [note.taxes[position] for note in notes]
                assert all((each.code, each.rate) == (tax.code, tax.rate) for each in given_back)
                assert 0 <= sum(each.amount_cents for each in given_back) <= tax.amount_cents


@many
@given(histories)
def test_credit_notes_are_one_per_invoice_and_month_and_name_who_was_billed(history: History) -> None:
    for books, closing in close_all(history):
        keys = [(note.invoice, note.month) for note in closing.credit_notes]
        assert keys == sorted(set(keys))
        for note in closing.credit_notes:
            first = books.find(note.month)
            assert first is not None
            once = {*rate_month(history.facts, note.month, first.cutoff, first.terms).billed}
            later = {person for invoice in books.invoices for line in invoice.lines for person in line.persons}
            assert note.persons
            assert set(note.persons) <= once | later | set(PEOPLE)


@many
@given(histories)
def test_correcting_twice_corrects_once(history: History) -> None:
    """Finance may correct at once; the next closing then has nothing left to say about it."""
    *_, (books, closing) = close_all(history)
    later = closing.closed.cutoff + timedelta(days=20)
    notes = correct_books(books, history.facts, later)
    numbered = tuple(replace(note, number=f"NC-{number}") for number, note in enumerate(notes))
    corrected = replace(books, corrections=numbered)
    assert correct_books(corrected, history.facts, later) == ()
    for closed in books.closed:
        walked = walk_month(history.facts, closed.month, later, closed.terms)
        owed, had = walked.total_cents, books.net_cents(closed.month)
        assert corrected.net_cents(closed.month) == (owed if owed < had else had)


@many
@given(histories)
def test_everybody_has_evidence_or_a_reason(history: History) -> None:
    for rated in rate_all(history):
        ids = {
            fact.id
            for each in fields(history.facts)
            if each.name != "timezone"
            for fact in getattr(history.facts, each.name)
        }
        named = {fact.person for fact in history.facts.employment if fact.recorded_at <= rated.cutoff}
        assert named <= set(rated.people)
        for person, verdict in rated.people.items():
            evidence = rated.evidence(person)
            assert set(evidence.fact_ids) <= ids
            assert tuple(day.day for day in evidence.days) == verdict.dates
            assert verdict.is_billed == (verdict.reason is None)
            for day in evidence.days:
                assert len(day.fact_ids) >= 2, "who works, and the option that is on"
                assert set(day.fact_ids) <= set(evidence.fact_ids)
            if verdict.is_billed:
                assert evidence.days
                assert verdict.service in {day.service for day in evidence.days}


@many
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_nothing(history: History, random: Random) -> None:
    shuffled = replace(
        history.facts,
        **{
            each.name: tuple(random.sample(getattr(history.facts, each.name), len(getattr(history.facts, each.name))))
            for each in fields(history.facts)
            if each.name != "timezone"
        },
    )
    again = replace(history, facts=shuffled)
    assert documents(close_all(again)) == documents(close_all(history))


@many
@given(histories, st.integers(0, 80))
def test_splitting_an_activation_changes_nothing(history: History, hours: int) -> None:
    month, cutoff = history.closes[1]
    for activations in option_of(history.facts, month, cutoff).activations.values():
        for activation in activations:
            change = activation.change
            split_at = change.effective_at + timedelta(hours=hours, seconds=77)
            if activation.is_void or (activation.ends_at and split_at >= activation.ends_at):
                continue
            off = replace(change, id="split-off", effective_at=split_at, is_on=False, handle=None, trial_until=None)
            on = replace(change, id="split-on", effective_at=split_at, handle=None)
            split = replace(history.facts, option_changes=(*history.facts.option_changes, off, on))
            assert result(rate_month(split, month, cutoff)) == result(rate_month(history.facts, month, cutoff))


@many
@given(histories)
def test_an_empty_service_changes_nothing(history: History) -> None:
    month, cutoff = history.closes[0]
    on = OptionChange("empty", LONG_AGO, LONG_AGO, True, "vestiaire")
    more = replace(history.facts, option_changes=(*history.facts.option_changes, on))
    assert result(rate_month(more, month, cutoff)) == result(rate_month(history.facts, month, cutoff))


@many
@given(histories, st.sampled_from(PEOPLE), st.sampled_from(SERVICES), st.integers(0, 60), st.booleans())
def test_adding_days_never_lowers_a_charge(
    history: History, person: str, service: str, days: int, is_option: bool
) -> None:
    month, cutoff = history.closes[1]
    on = month.first - timedelta(days=30) + timedelta(days=days)
    if is_option:
        switch = OptionChange("more", datetime(on.year, on.month, on.day, tzinfo=UTC), LONG_AGO, True)
        more = replace(history.facts, option_changes=(*history.facts.option_changes, switch))
    else:
        hired = Hired("more", person, on, cutoff, service)
        more = replace(history.facts, employment=(*history.facts.employment, hired))
    before, after = rate_month(history.facts, month, cutoff), rate_month(more, month, cutoff)
    assert after.total_cents >= before.total_cents
    for each, verdict in before.people.items():
        if each in after.people:
            assert verdict.days & ~after.people[each].days == 0
            assert after.charge([each]) >= before.charge([each])


@many
@given(histories)
def test_daily_costs_at_most_flat(history: History) -> None:
    for month, cutoff in history.closes:
        terms = rate_month(history.facts, month, cutoff).terms
        flat, daily = (
            rate_month(history.facts, month, cutoff, replace(terms, settings=replace(terms.settings, mode=mode)))
            for mode in ("flat", "daily")
        )
        assert daily.subtotal_cents <= flat.subtotal_cents
        assert daily.total_cents <= flat.total_cents
        assert daily.billed == flat.billed
        assert all(daily.charge([person]) <= flat.charge([person]) for person in flat.billed)


@many
@given(histories)
def test_the_change_is_explained_person_by_person(history: History) -> None:
    for _, closing in close_all(history):
        if closing.previous is None:
            assert closing.variance is None
            continue
        assert closing.variance is not None
        steps = closing.waterfall
        before, after = closing.previous, closing.rated
        assert sum(step.cents for step in steps) == closing.variance.change_cents
        assert closing.variance.change_cents == after.subtotal_cents - before.subtotal_cents
        each: dict[str, Fraction] = {}
        for step in steps:
            for person, cents in step.people:
                each[person] = each.get(person, Fraction(0)) + cents
        for person in {*before.billed, *after.billed}:
            assert each.pop(person, Fraction(0)) == after.charge([person]) - before.charge([person])
        assert not each


@many
@given(histories)
def test_joined_and_left_are_the_finer_steps_together(history: History) -> None:
    for _, closing in close_all(history):
        if closing.variance is None or closing.previous is None:
            continue
        came = {p for step in closing.waterfall for p, _ in step.people if p not in closing.previous.billed}
        went = {p for step in closing.waterfall for p, _ in step.people if p not in closing.rated.billed}
        assert (len(came), len(went)) == (closing.variance.joined, closing.variance.left)
        assert closing.variance.left_cents <= 0 <= closing.variance.joined_cents
        assert closing.variance.stayed + closing.variance.joined == len(closing.rated.billed)


rates = st.lists(st.sampled_from([("GST", 5000), ("QST", 9975), ("HST", 13000), ("HST", 14000)]), max_size=3)


@many
@given(st.integers(1, 5000), rates, st.lists(st.integers(1, 900), max_size=12))
def test_crediting_everything_reverses_exactly_the_tax(
    subtotal: int, taxes: list[tuple[str, int]], parts: list[int]
) -> None:
    month = Month(2026, 9)
    line = Line("employees", month, "salle", 1, subtotal, 2500, 30)
    invoice = Invoice("F-1", month, date(2026, 10, 3), (line,), subtotal, taxes_on(subtotal, taxes))
    books = Books((ClosedMonth(month, LONG_AGO, Terms(2500, Settings(), "UTC"), invoice),))
    while books.remaining_cents(invoice):
        left = books.remaining_cents(invoice)
        amount = min(parts.pop(), left) if parts else left
        note = goodwill_credit(books, Facts("UTC"), invoice, amount, LONG_AGO, date(2026, 11, 3))
        books = replace(books, corrections=(*books.corrections, note))
    for position, tax in enumerate(invoice.taxes):
        assert sum(note.taxes[position].amount_cents for note in books.corrections) == tax.amount_cents
    assert sum(note.total_cents for note in books.corrections) == invoice.total_cents
    assert books.net_cents(month) == subtotal, "goodwill says nothing about what was owed"


@many
@given(st.lists(st.fractions(0, 40, max_denominator=500), min_size=1, max_size=7))
def test_spreading_keeps_the_sum_and_stays_within_a_cent(exact: list[Fraction]) -> None:
    total = round_half_up(sum(exact, Fraction(0)))
    parts = spread(total, exact)
    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@many
@given(st.integers(0, 5000), st.lists(st.integers(0, 40), min_size=1, max_size=7).filter(any))
def test_spreading_by_weight_keeps_the_sum(total: int, weights: list[int]) -> None:
    parts = spread_by(total, weights)
    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_the_first_of_equals_gets_the_cent() -> None:
    half = Fraction(1, 2)
    assert spread(2, [half, half, half]) == [1, 1, 0]
    assert spread(1, [half, half]) == [1, 0]

"""Two implementations agree: intervals and counts in the product, a walk through the days here."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from data.billing.rating import rate_month
from tests.billing.daywalk import walk_month
from tests.billing.histories import build_history

seeds = st.integers(0, 2**40)


@settings(max_examples=2000, deadline=None)
@given(seeds)
def test_the_day_walk_agrees(seed: int) -> None:
    history = build_history(seed)
    for month, cutoff in history.closes[:2]:
        rated = rate_month(history.facts, month, cutoff)
        walked = walk_month(history.facts, month, cutoff, rated.terms)
        assert {
            person: (verdict.service, verdict.day_count) for person, verdict in rated.billed.items()
        } == walked.billed
        assert {person: set(rated.people[person].dates) for person in walked.days} == walked.days
        lines = {line.service: (line.quantity, line.employee_days, line.amount_cents) for line in rated.lines}
        assert lines == walked.lines
        assert [line.service for line in rated.lines] == sorted(walked.lines)
        assert (rated.subtotal_cents, rated.total_cents) == (walked.subtotal_cents, walked.total_cents)

"""Passwords that were wrong are counted in the database: for all processes together, and not for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from callbacks.throttle import Throttle
from data import db
from data.actions.attempts import OF_ADDRESS, OF_BOTH
from data.errors import TooManyAttempts
from data.models import sign_in_failures, sign_in_places
from tests.conftest import Moment, _use_postgres

HOME = "192.0.2.9"


def count_rows() -> tuple[int, int]:
    with db.read() as reader:
        tables = (sign_in_failures, sign_in_places)
        failures, places = (reader.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    return failures, places


@pytest.mark.usefixtures("database", "moment")
def test_what_one_process_counted_holds_in_another() -> None:
    one, other = Throttle("sign-in"), Throttle("sign-in")
    for number in range(OF_BOTH):
        (one, other)[number % 2].check("ariane", HOME)
    with pytest.raises(TooManyAttempts) as refused:
        other.check("ariane", HOME)
    assert refused.value.params == {"retry_after": 15 * 60}
    Throttle("account").check("ariane", HOME)  # counted apart
    one.forget("ariane", HOME)
    other.check("ariane", HOME)


@pytest.mark.usefixtures("database")
def test_what_is_kept_is_short_and_goes_after_a_quarter_of_an_hour(moment: Moment) -> None:
    throttle = Throttle("sign-in")
    for number in range(10):
        throttle.check(f"{number}" + "é" * 10_000, f"2001:db8:{number:x}::1")
    assert count_rows() == (30, 0)
    moment.advance(minutes=15)
    throttle.check("ariane", HOME)
    assert count_rows() == (3, 0)
    throttle.forget("ariane", HOME)
    assert count_rows() == (0, 1)
    moment.advance(days=91)
    throttle.forget("karim", HOME)
    assert count_rows() == (0, 1)


@pytest.mark.usefixtures("sqlite", "moment")
def test_an_address_that_is_held_back_leaves_nothing_more_behind() -> None:
    throttle = Throttle("sign-in")
    for number in range(OF_ADDRESS):
        throttle.check(f"{number}", HOME)
    for number in range(20):
        with pytest.raises(TooManyAttempts):
            throttle.check(f"x{number}", HOME)
    assert count_rows() == (3 * OF_ADDRESS, 0)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[None]:
    for _database in _use_postgres(postgres_url):
        yield


@pytest.mark.usefixtures("postgres", "moment")
def test_a_hundred_at_once_count_as_a_hundred() -> None:
    together = threading.Barrier(2 * OF_BOTH)

    def attempt(_: int) -> bool:
        together.wait()
        try:
            Throttle("sign-in").check("ariane", HOME)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(2 * OF_BOTH) as pool:
        assert sum(pool.map(attempt, range(2 * OF_BOTH))) == OF_BOTH

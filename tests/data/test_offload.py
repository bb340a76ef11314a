"""What is heavy leaves the server's loop: while a large organization's ledgers are read, others are answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import inside
from tests.server import Server

READINGS = (inside.read_bill, inside.read_bills_of_all, inside.read_costs, inside.draft_closing, inside.foresee_switch)


@pytest.mark.parametrize("ask", READINGS)
def test_the_loop_answers_others_while_facts_are_read(server: Server, ask: Callable[[inside.World], object]) -> None:
    world = server.do(inside.World.create, f"lent{READINGS.index(ask)}")
    assert server.do(inside.is_loop_free_during, ask, world)

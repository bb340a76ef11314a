"""What is heavy leaves the server's loop: while a large organization's ledgers are read, others are answered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests import inside
from tests.server import Server

READINGS = (inside.read_bill, inside.read_bills_of_all, inside.read_costs, inside.draft_closing, inside.foresee_switch)


@pytest.mark.parametrize("ask", READINGS)
def test_the_loop_answers_others_while_facts_are_read(server: Server, ask: Callable[[inside.World], object]) -> None:
    world = server.do(inside.World.create, f"lent{READINGS.index(ask)}")
    assert server.do(inside.is_loop_free_during, ask, world)


FORKS = """
from gevent import monkey
monkey.patch_all()
import os
import gevent
from data import offload
offload.run_in(offload.Lane.COMMIT, os.getpid)
if pid := os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
asked = gevent.spawn(offload.run_in, offload.Lane.COMMIT, os.getpid)
asked.join(timeout=10)
os._exit(0 if asked.value == os.getpid() else 1)
"""


def test_a_process_that_forks_leaves_its_lanes_behind() -> None:
    """The demonstration is written before the server's process is made: its lanes have no threads there."""
    subprocess.run([sys.executable, "-c", FORKS], check=True, timeout=60)

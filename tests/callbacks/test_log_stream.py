"""The log makes nobody wait: whoever reads it may be stuck or gone."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from callbacks.log_stream import NeverWaiting


@pytest.fixture
def pipe() -> Iterator[tuple[int, NeverWaiting]]:
    reader, writer = os.pipe()
    with open(writer, "w", encoding="utf-8") as stream:
        yield reader, NeverWaiting(stream)
    os.close(reader)


def test_a_reader_that_is_stuck_holds_nobody_up_and_is_told_how_much_it_missed(pipe: tuple[int, NeverWaiting]) -> None:
    reader, log = pipe
    for number in range(20_000):
        log.write(f"ligne {number} é\n")
    assert log.lost > 1_000
    missed = log.lost
    while len(os.read(reader, 65_536)) == 65_536:
        pass
    log.write("la suite\n")
    assert os.read(reader, 65_536).decode() == f'\n{{"event": "log_lines_lost", "count": {missed}}}\nla suite\n'
    assert log.lost == 0


def test_a_reader_that_is_gone_is_no_error(pipe: tuple[int, NeverWaiting]) -> None:
    reader, log = pipe
    replacement = os.open(os.devnull, os.O_RDONLY)
    os.dup2(replacement, reader)
    os.close(replacement)
    log.write("personne\n")
    assert log.lost == 1


def test_a_line_longer_than_a_pipe_takes_at_once_arrives_whole(pipe: tuple[int, NeverWaiting]) -> None:
    reader, log = pipe
    log.write("é" * 10_000 + "\n")
    assert os.read(reader, 65_536).decode() == "é" * 10_000 + "\n"

"""assets/reducer.js, run by node: the system's, else the one that playwright carries."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from playwright._impl._driver import compute_driver_executable

from data.config import ROOT

State = dict[str, Any]
Event = dict[str, Any]

LOOP = """
const { reduce, initial } = require(process.argv[1]);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let { state, events } = JSON.parse(line);
  const asks = [];
  state = state ?? initial;
  for (const event of events) {
    const step = reduce(state, event);
    state = step.state;
    asks.push(...step.asks);
  }
  console.log(JSON.stringify({ state, asks }));
});
"""


CALLS = """
const module_ = require(process.argv[1]);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { name, given } = JSON.parse(line);
  console.log(JSON.stringify(module_[name](...given) ?? null));
});
"""


def find_node() -> str:
    return shutil.which("node") or compute_driver_executable()[0]


@contextmanager
def calling(script: str) -> Iterator[Callable[..., Any]]:
    """The functions of one of our scripts, by their names."""
    command = [find_node(), "-e", CALLS, str(ROOT / "assets" / script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def call(name: str, *given: Any) -> Any:
            process.stdin.write(json.dumps({"name": name, "given": given}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield call
        process.stdin.close()


class Node:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        command = [find_node(), "-e", LOOP, str(ROOT / "assets" / "reducer.js")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield cls(process)
            assert process.stdin is not None
            process.stdin.close()

    def reduce(self, state: State | None, events: list[Event]) -> tuple[State, list[Event]]:
        """One event after the other: the last state, and all that they ask for."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"state": state, "events": events}) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return found["state"], found["asks"]


class Reducer:
    """A page's state. `asks`: what it found missing and nobody answered yet."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.asks: list[Event] = []
        self.state, _ = node.reduce(None, [])

    def take(self, *events: Event) -> None:
        self.state, asks = self._node.reduce(self.state, list(events))
        self.asks += [ask for at, ask in enumerate(asks) if ask not in self.asks and ask not in asks[:at]]

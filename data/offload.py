"""Heavy work leaves the server's loop: while a thread computes, others chat. Each kind has a lane of its own, so that
neither documents nor a crowd that signs in holds up the COMMIT behind everybody's messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum
from typing import Any, ParamSpec, TypeVar

from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

from data.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")


class Lane(Enum):
    """How many threads, and how many may wait: beyond, it is better to say so at once."""

    WORK = (2, 64)  # files, documents, rating
    PASSWORDS = (1, 200)  # argon2, some 25 ms each
    PUSH = (1, 20)  # notifications sealed, a batch at a time
    FIGURES = (1, 4)  # usage counted
    COMMIT = (1, 10_000)


_pools: dict[Lane, ThreadPool] = {}
_waiting = dict.fromkeys(Lane, 0)


def _forget_pools() -> None:
    """Their threads stay behind with the process that was before: what it offered them would wait for ever."""
    _pools.clear()
    _waiting.update(dict.fromkeys(Lane, 0))


os.register_at_fork(after_in_child=_forget_pools)


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer of `function`, computed in a thread where gevent serves, in place elsewhere."""
    return run_in(Lane.WORK, function, *args, **kwargs)


def run_in(lane: Lane, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `run`, in that lane; `Unavailable` where too many wait."""
    if not is_module_patched("threading"):
        return function(*args, **kwargs)
    threads, most = lane.value
    if _waiting[lane] >= most:
        raise Unavailable()
    pool = _pools.get(lane)
    if pool is None:
        pool = _pools[lane] = ThreadPool(threads)
    _waiting[lane] += 1
    try:
        found: Any = pool.apply(_attempt, (function, args, kwargs))
    finally:
        _waiting[lane] -= 1
    result, error = found
    if error is not None:
        raise error
    return result


def _attempt(function: Callable[..., R], args: Any, kwargs: Any) -> tuple[R | None, Exception | None]:
    """The pool would print what is raised in it, as if nobody caught it."""
    try:
        return function(*args, **kwargs), None
    except Exception as error:
        return None, error

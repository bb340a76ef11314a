"""Heavy work (passwords, files, documents) leaves the server's loop: while a thread computes, others chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gevent import get_hub
from gevent.monkey import is_module_patched

P = ParamSpec("P")
R = TypeVar("R")


def run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer of `function`, computed in gevent's pool where gevent serves, in place elsewhere."""
    if not is_module_patched("threading"):
        return function(*args, **kwargs)
    result: Any = get_hub().threadpool.apply(function, args, kwargs)
    return result

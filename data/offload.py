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
    found: Any = get_hub().threadpool.apply(_attempt, (function, args, kwargs))
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

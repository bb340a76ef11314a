"""The door: everything is closed unless it was declared with a permission, and every request passes here first.

Routes, pages, callbacks and socket commands are declared with `route`, `register_page(permission=…)`, `callback` and
`command`. `check_declarations` refuses to start an application in which one of them is missing."""

from __future__ import annotations

import functools
import inspect
import secrets
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec
import structlog
from dash import Dash, Output, no_update, page_registry, set_props
from flask import Flask, g, request
from werkzeug.exceptions import HTTPException

from callbacks.bodies import BODY_LIMIT, Dependencies, check_fields, check_length, check_update, read_update
from callbacks.identity import current_translator, find_actor, find_surface, get_settings
from callbacks.leaving import forget_who_left, let_leave
from callbacks.refusals import describe_fault, describe_refusal
from data.access.permissions import Permission, check_permission, has_permission
from data.errors import ChatError, MalformedRequest, NotFound, NotSignedIn, OriginRefused

UPDATE = "/_dash-update-component"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

log = structlog.get_logger()


class Gate:
    """What was declared: endpoints and callback outputs with their permissions."""

    def __init__(self, server: Flask) -> None:
        self.server = server
        self.endpoints: dict[str, Permission] = {}
        self.callbacks: dict[str, Permission] = {}
        self.functions: list[Callable[..., Any]] = []
        self._limits: dict[str, int] = {}  # of the callbacks that take a file
        self._inputs: dict[str, Dependencies] = {}
        server.extensions["gate"] = self
        server.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
        server.before_request(self._check)
        server.after_request(forget_who_left)

    def route(
        self, rule: str, *, permission: Permission, methods: tuple[str, ...] = ("GET",)
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Open a plain route."""

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = f"{view.__module__.rpartition('.')[2]}.{view.__name__}"
            self.endpoints[endpoint] = permission
            self.server.add_url_rule(rule, endpoint, view, methods=list(methods))
            return view

        return declare

    def open_endpoint(self, endpoint: str, permission: Permission) -> None:
        """Declare an endpoint that a library added."""
        self.endpoints[endpoint] = permission

    def callback(
        self, app: Dash, *dependencies: Any, permission: Permission, body_limit: int = BODY_LIMIT, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Open a Dash callback. Its arguments are checked against their annotations (400 otherwise), and what the rules
        refuse is told to the person in a notice. `body_limit`: for one that takes a file."""

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            known = set(app.callback_map)
            app.callback(*dependencies, **options)(_guard(function, _count_outputs(dependencies)))
            for output in set(app.callback_map) - known:
                self.callbacks[output] = permission
                self._limits[output] = body_limit
            self.functions.append(function)
            return function

        return declare

    def protect_updates(self) -> None:
        """What Dash cannot make sense of is the sender's fault, not the server's: 400 instead of 500."""
        update = self.server.view_functions[UPDATE]

        @functools.wraps(update)
        def protected(*args: Any, **kwargs: Any) -> Any:
            try:
                return update(*args, **kwargs)
            except (ChatError, HTTPException):
                raise
            except Exception as error:
                if g.get("callback_entered"):
                    raise
                raise MalformedRequest() from error

        self.server.view_functions[UPDATE] = protected

    def check_declarations(self, app: Dash) -> None:
        """Raise if any way in lacks a permission."""
        endpoints = {rule.endpoint for rule in self.server.url_map.iter_rules()}
        undeclared = sorted(endpoints - self.endpoints.keys())
        undeclared += sorted(
            output for output, spec in app.callback_map.items() if "callback" in spec and output not in self.callbacks
        )
        undeclared += [
            page["path"] for page in page_registry.values() if not isinstance(page.get("permission"), Permission)
        ]
        if undeclared:
            raise RuntimeError(f"ways in without a declared permission: {', '.join(undeclared)}")
        self._inputs = {output: spec["inputs"] for output, spec in app.callback_map.items()}

    def _check(self) -> None:
        g.request_id = _read_request_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        permission = self.endpoints.get(request.endpoint or "")
        if permission is None:
            raise NotFound()
        g.surface = find_surface(request.path)
        _check_origin()
        g.actor = (
            None
            if permission is Permission.ANYONE and request.path.startswith(("/assets/", "/health", "/metrics"))
            else let_leave(find_actor(g.surface))
        )
        check_permission(g.actor, permission)
        if request.path == UPDATE:
            self._check_update()
        else:
            check_fields(request)

    def _check_update(self) -> None:
        """The body says which callback it is for: until then, it may be as large as the largest that the actor has."""
        request.max_content_length = max(
            (limit for output, limit in self._limits.items() if has_permission(g.actor, self.callbacks[output])),
            default=BODY_LIMIT,
        )
        body = read_update(request)
        permission = self.callbacks.get(body["output"])
        if permission is None:
            raise MalformedRequest()
        check_permission(g.actor, permission)
        check_length(request, self._limits.get(body["output"], BODY_LIMIT))
        check_update(body, self._inputs[body["output"]])


def _guard(function: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters]

    @functools.wraps(function)
    def guarded(*args: Any) -> Any:
        g.callback_entered = True
        values = [convert(value, hints[name]) for name, value in zip(names, args, strict=True)]
        try:
            return function(*values)
        except NotSignedIn:
            raise
        except ChatError as error:
            show_notice(describe_refusal(error, current_translator()), code=error.code, is_refusal=True)
        except Exception:
            log.exception("callback_failed", callback=function.__name__)
            show_notice(describe_fault(current_translator()), code="fault", is_refusal=True)
        return no_update if outputs == 1 else [no_update] * outputs

    return guarded


def show_notice(text: str, *, code: str = "", is_refusal: bool = False) -> None:
    """Say something to the person, at the foot of the screen, for a few seconds."""
    set_props("notice", {"data": {"text": text, "code": code, "refusal": is_refusal, "at": secrets.token_hex(4)}})


def convert(value: Any, hint: Any) -> Any:
    """What a client sent, as the type that was announced; `MalformedRequest` otherwise."""
    try:
        return msgspec.convert(value, hint)
    except (msgspec.ValidationError, RecursionError):
        raise MalformedRequest() from None


def _count_outputs(dependencies: tuple[Any, ...]) -> int:
    return sum(isinstance(dependency, Output) for dependency in dependencies)


def _check_origin() -> None:
    """A page of another site must neither post here nor open a socket here, whatever cookie the browser adds."""
    is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method in SAFE_METHODS and not is_socket:
        return
    ours = get_settings().origin or f"{request.scheme}://{request.host}"
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site") == "same-origin":
            return
        raise OriginRefused()
    if origin != ours:
        raise OriginRefused()


def _read_request_id() -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if 0 < len(given) <= 64 and given.isascii() and given.isalnum() else secrets.token_hex(8)

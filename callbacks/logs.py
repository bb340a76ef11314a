"""Structured logs: one JSON line an event, with the request's id, never what people wrote."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

from data.config import Settings
from data.metrics import counted

UPDATE = "/_dash-update-component"
QUIET = ("/assets/", "/_dash-component-suites/", "/vendor/", "/health", "/metrics")

log = structlog.get_logger()


def configure(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def register(server: Flask) -> None:
    @server.before_request
    def _start() -> None:
        g.started_at = time.perf_counter()

    @server.after_request
    def _note(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        seconds = time.perf_counter() - g.get("started_at", time.perf_counter())
        if not request.path.startswith(QUIET):
            actor = g.get("actor")
            (counted.callback if request.path == UPDATE else counted.request).note(seconds)
            log.info(
                "request",
                method=request.method,
                path=hide_token(request.path),
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                account=actor.account_id if actor else None,
            )
        return response


def hide_token(path: str) -> str:
    """A one-time link is a key: its token stays out of the logs, wherever in the path it was put by mistake."""
    before, mark, _token = path.partition("/access/")
    return f"{before}{mark}…" if mark else path

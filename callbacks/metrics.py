"""`/metrics`, in the words of Prometheus: of every process that serves at this place, whichever of them answers.

What a process counts of itself the others know by its row in the database (callbacks/vitals), some seconds old; its own
figures are of now. Without the database it tells its own."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from callbacks.gate import Gate
from callbacks.identity import get_settings
from callbacks.vitals import Vitals
from data import clock, db
from data.access.permissions import Permission
from data.errors import NotFound, Unavailable
from data.metrics import BOUNDS, Figures, Histogram
from data.queries.processes import JobRow, Queues, get_queues, list_jobs, list_processes

COUNTS = {
    "deliveries": "Frames handed to sockets",
    "commits": "Commits of the database",
    "units": "Units of work that were kept, several to a commit on SQLite",
    "cut_off": "Sockets closed because their reader did not keep up",
    "bus_dropped": "Entries that found no place while Redis was away",
    "bus_missed": "Entries that the database brought instead of Redis",
}
GAUGES = {
    "sockets": "Open sockets",
    "backlog_bytes": "Bytes that wait for readers, over all sockets",
    "bus_waiting": "Entries that wait for Redis",
    "memory_bytes": "Memory in use",
}
DURATIONS = {
    "acknowledgement": "A message, from its frame to its answer, after the commit",
    "answer": "Any other command of the socket",
    "delivery": "A message, from when it was written to when it goes to the sockets of this process",
    "callback": "A Dash callback",
    "request": "Any other request",
    "bus_lag": "An event of another process, in Redis",
}
FORWARDING = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")

Told = list[tuple[str, Figures]]


def register(gate: Gate) -> None:
    @gate.route("/metrics", permission=Permission.ANYONE)
    def show_metrics() -> Any:
        _check_reader()
        registry = CollectorRegistry()
        registry.register(_Found(list(_collect())))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Found(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _check_reader() -> None:
    """To everybody else the page is not there."""
    settings = get_settings()
    if settings.metrics_token:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        may_read = kind == "Bearer" and hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    else:
        may_read = not settings.is_production and _is_from_here()
    if not may_read:
        raise NotFound()


def _is_from_here() -> bool:
    """From this machine, and not through a proxy on it."""
    if any(name in request.headers for name in FORWARDING):
        return False
    try:
        return not request.remote_addr or ipaddress.ip_address(request.remote_addr).is_loopback
    except ValueError:
        return False


def _collect() -> Iterator[Metric]:
    vitals: Vitals = current_app.extensions["vitals"]
    own = (str(vitals.serving.number), vitals.take_figures())
    now = clock.now()
    try:
        with db.read() as reader:
            rows = list_processes(reader, place=vitals.serving.place)
            jobs, queues = list_jobs(reader), get_queues(reader)
    except Unavailable:
        yield from _describe_processes([own])
        yield GaugeMetricFamily("chat_database_up", "Whether the database answers", 0)
    else:
        others = [
            (str(row.number), row.figures)
            for row in rows
            if row.figures is not None and not row.is_silent and row.name != vitals.serving.name
        ]
        yield from _describe_processes([own, *others])
        yield GaugeMetricFamily("chat_database_up", "Whether the database answers", 1)
        yield from _describe_database(queues, jobs, now)
    yield from _describe_troubles(vitals.list_troubles(), now)


def _describe_processes(told: Told) -> Iterator[Metric]:
    for name, words in GAUGES.items():
        gauge = GaugeMetricFamily(f"chat_{name}", words, labels=["process"])
        for process, figures in told:
            gauge.add_metric([process], figures.gauges.get(name, 0))
        yield gauge
    for name, words in COUNTS.items():
        counter = CounterMetricFamily(f"chat_{name}", words, labels=["process"])
        for process, figures in told:
            counter.add_metric([process], figures.counts.get(name, 0))
        yield counter
    for name, words in DURATIONS.items():
        histogram = HistogramMetricFamily(f"chat_{name}_seconds", words, labels=["process"])
        for process, figures in told:
            found = figures.durations[name]
            histogram.add_metric([process], buckets=list(_add_buckets(found)), sum_value=found.total)
        yield histogram
    yield from _describe_push(told)


def _add_buckets(found: Histogram) -> Iterator[tuple[str, float]]:
    """Prometheus wants how many took so long or less."""
    reached = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), found.counts, strict=True):
        reached += count
        yield bound, reached


def _describe_push(told: Told) -> Iterator[Metric]:
    replies = CounterMetricFamily(
        "chat_push_replies", "What push services answered", labels=["process", "service", "outcome"]
    )
    dropped = CounterMetricFamily("chat_push_dropped", "Notifications that nobody needed", labels=["process", "reason"])
    for process, figures in told:
        for service, outcome, count in figures.push_replies:
            replies.add_metric([process, service, outcome], count)
        for reason, count in figures.push_dropped.items():
            dropped.add_metric([process, reason], count)
    return iter((replies, dropped))


def _describe_database(queues: Queues, jobs: list[JobRow], now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily("chat_push_waiting", "Notifications that wait", queues.notices)
    overdue = queues.overdue.total_seconds()
    yield GaugeMetricFamily("chat_push_overdue_seconds", "By how much the oldest notification is late", overdue)
    yield GaugeMetricFamily("chat_outbox_entries", "Entries kept for other processes", queues.outbox)
    ages = GaugeMetricFamily("chat_job_age_seconds", "Since scheduled work was last done", labels=["job"])
    failed = GaugeMetricFamily("chat_job_failed", "Whether it failed since", labels=["job"])
    for job in jobs:
        if job.succeeded_at is not None:
            ages.add_metric([job.name], (now - job.succeeded_at).total_seconds())
        failed.add_metric([job.name], job.has_failed)
    yield ages
    yield failed


def _describe_troubles(troubles: dict[str, datetime], now: datetime) -> Iterator[Metric]:
    degraded = GaugeMetricFamily("chat_degraded_seconds", "How long something has been degraded", labels=["what"])
    for name, since in troubles.items():
        degraded.add_metric([name], (now - since).total_seconds())
    yield degraded

"""How the servers do, for the vendor: processes, queues, notifications, scheduled work. Figures only: nothing of any
conversation, organization or person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from components import ids
from components.controls import Child, Children, button, card_table, empty, figures, icon, page, tag
from components.loading import loading
from data.i18n import Translator
from data.metrics import Histogram, add_up, find_quantile
from data.queries.processes import JobRow, ProcessRow, Queues

OVERDUE_AFTER = timedelta(minutes=2)
DURATIONS = ("acknowledgement", "delivery", "callback", "bus_lag")
OUTCOMES = ("taken", "wait", "gone", "refused", "failed")


@dataclass(frozen=True)
class OperationsView:
    """`database` and `bus`: on what this process stands; `troubles`: what is degraded here, and since when."""

    now: datetime
    timezone: str
    database: str
    bus: str
    troubles: dict[str, datetime]
    processes: list[ProcessRow]
    jobs: list[JobRow]
    queues: Queues

    @property
    def alive(self) -> list[ProcessRow]:
        return [row for row in self.processes if not row.is_silent]


def build_operations_page(t: Translator, view: OperationsView) -> Component:
    body = html.Div(build_operations(t, view), id=ids.OPERATIONS_BODY, className="stack roomy")
    return page(
        t("Servers"),
        loading(t, body, shape="figures"),
        acts=[button(t("Look again"), ids.OPERATIONS_REFRESH, n_clicks=0)],
        lead=t("How the servers do. Figures only: nothing of what people write, and nobody's name."),
    )


def build_operations(t: Translator, view: OperationsView) -> list[Component]:
    return [
        _build_state(t, view),
        _build_figures(t, view),
        _section(t("Processes"), _build_processes(t, view)),
        _section(t("How long it takes"), _build_durations(t, view)),
        _section(t("Notifications"), _build_push(t, view)),
        _section(t("Scheduled work"), _build_jobs(t, view)),
    ]


def _section(title: str, *content: Component) -> Component:
    return html.Section([html.H2(title), *content], className="stack close-set")


def _build_state(t: Translator, view: OperationsView) -> Component:
    said = list(_list_troubles(t, view))
    lines = [_build_line("warning", words, "told warn") for words in said]
    if not said:
        lines = [_build_line("check", t("Everything is in order."), "told")]
    stands = (
        t.moment(view.now, view.timezone),
        t("database: {database}", database=view.database),
        t("between processes: {bus}", bus=view.bus),
    )
    return html.Section(
        [
            html.Ul(lines, className="plain stack close-set"),
            html.P(" · ".join(stands), className="meta", role="status"),
        ],
        className="stack close-set",
        **{"aria-label": t("State")},
    )


def _build_line(symbol: str, words: str, kind: str) -> Component:
    return html.Li([icon(symbol), html.Strong(words)], className=kind)


def _list_troubles(t: Translator, view: OperationsView) -> Iterator[str]:
    words = {
        "redis": t("Redis is away: what happens in one process reaches the others a second later."),
        "relay": t("What other processes do is heard late here."),
        "writes": t("The database takes no writes at the moment."),
        "push": t("A push service asked for patience: its notifications wait."),
        "disk": t("The disk is nearly full."),
    }
    for name, at in view.troubles.items():
        since = t("since {moment}", moment=t.moment(at, view.timezone))
        yield f"{words[name]} ({since})"
    silent = len(view.processes) - len(view.alive)
    if silent:
        yield t.plural("{n} process is silent.", "{n} processes are silent.", silent)
    for job in view.jobs:
        if job.has_failed:
            yield t("{job}: failed last time.", job=_name_job(t, job.name))
    if view.queues.overdue > OVERDUE_AFTER:
        late = int(view.queues.overdue.total_seconds() // 60)
        yield t.plural("Notifications are {n} minute late.", "Notifications are {n} minutes late.", late)


def _build_figures(t: Translator, view: OperationsView) -> Component:
    known = [row.figures for row in view.alive if row.figures is not None]
    return figures(
        [
            (t("Processes"), t.number(len(view.alive)), ""),
            (t("Open sockets"), t.number(int(sum(each.gauges.get("sockets", 0) for each in known))), ""),
            (t("Messages a minute"), t.number(round(60 * sum(each.rates["messages"] for each in known))), ""),
            (t("Deliveries a minute"), t.number(round(60 * sum(each.rates["deliveries"] for each in known))), ""),
            (t("Notifications waiting"), t.number(view.queues.notices), ""),
            (t("Readers cut off"), t.number(sum(each.counts["cut_off"] for each in known)), t("they did not keep up")),
        ]
    )


def _build_processes(t: Translator, view: OperationsView) -> Component:
    if not view.processes:
        return empty("screen", html.P(t("No process has told of itself yet.")))
    headings = [
        ("who", t("Process"), ""),
        ("wide", t("Serves since"), t("Serves since")),
        ("wide", t("Last heard"), t("Last heard")),
        ("number", t("Sockets"), t("online")),
        ("number", t("Messages a minute"), t("messages a minute")),
        ("number", t("Waits for readers"), t("wait for readers")),
        ("number", t("Memory"), t("of memory")),
    ]
    rows = [_build_process(t, view, row) for row in view.processes]
    return card_table(t("Processes"), headings, rows, kind="operations-table")


def _build_process(t: Translator, view: OperationsView, row: ProcessRow) -> list[Children]:
    seconds = max(0, int((view.now - row.seen_at).total_seconds()))
    heard: Child = t.plural("{n} second ago", "{n} seconds ago", seconds)
    if row.is_silent:
        heard = tag(t("silent since {hour}", hour=t.hour(row.seen_at, view.timezone)), "off")
    name = html.Span(f"{row.place} · {row.number}", className="plain-name")
    since = t.moment(row.started_at, view.timezone)
    if row.figures is None:
        return [name, since, heard, "–", "–", "–", "–"]
    gauges = row.figures.gauges
    return [
        name,
        since,
        heard,
        t.number(int(gauges.get("sockets", 0))),
        t.number(round(60 * row.figures.rates["messages"])),
        _write_size(t, gauges.get("backlog_bytes", 0)),
        _write_size(t, gauges.get("memory_bytes", 0)),
    ]


def _write_size(t: Translator, size: float) -> str:
    return t("{n} MB", n=t.number(round(size / 1_000_000)))


def _build_durations(t: Translator, view: OperationsView) -> Component:
    names = {
        "acknowledgement": t("A message is acknowledged"),
        "delivery": t("A message is delivered"),
        "callback": t("A screen of the portal answers"),
        "bus_lag": t("An event goes from process to process"),
    }
    known = [row.figures for row in view.alive if row.figures is not None]
    totals = {name: add_up([each.durations[name] for each in known]) for name in DURATIONS}
    headings = [
        ("who", t("What"), ""),
        ("number", t("Half within"), t("for half")),
        ("number", t("99 % within"), t("for 99 %")),
        ("number", t("Measured"), t("measured")),
    ]
    rows = [
        [names[name], _write_quantile(t, found, 0.5), _write_quantile(t, found, 0.99), t.number(sum(found.counts))]
        for name, found in totals.items()
    ]
    return card_table(t("How long it takes"), headings, rows, kind="operations-table")


def _write_quantile(t: Translator, found: Histogram, share: float) -> str:
    seconds = find_quantile(found, share)
    if seconds is None:
        return "–"
    if seconds == float("inf"):
        return t("more than {n} s", n=t.number(10))
    return t("{n} ms", n=t.number(seconds * 1000)) if seconds < 1 else t("{n} s", n=t.number(seconds))


def _build_push(t: Translator, view: OperationsView) -> Component:
    counts: dict[str, dict[str, int]] = {}
    for row in view.processes:
        for service, outcome, count in row.figures.push_replies if row.figures is not None else []:
            of_service = counts.setdefault(service, {})
            of_service[outcome] = of_service.get(outcome, 0) + count
    if not counts:
        return html.P(t("None was sent since these processes began."), className="meta")
    words = {
        "taken": t("Taken"),
        "wait": t("Asked to wait"),
        "gone": t("Device gone"),
        "refused": t("Refused"),
        "failed": t("No answer"),
    }
    headings = [("who", t("Push service"), ""), *(("number", words[each], words[each]) for each in OUTCOMES)]
    rows: Sequence[Sequence[Children]] = [
        [service, *(t.number(found.get(outcome, 0)) for outcome in OUTCOMES)]
        for service, found in sorted(counts.items())
    ]
    return card_table(t("Notifications"), headings, rows, kind="operations-table")


def _build_jobs(t: Translator, view: OperationsView) -> Component:
    known = {job.name: job for job in view.jobs}
    rows: list[list[Children]] = [
        _build_job(t, view, known.get(name) or JobRow(name, None, None, None))
        for name in sorted({*known, "books", "usage", "notifications", "backup"})
    ]
    headings = [
        ("who", t("Work"), ""),
        ("wide", t("Last done"), t("Last done")),
        ("wide", t("Last failed"), t("Last failed")),
    ]
    return card_table(t("Scheduled work"), headings, rows, kind="operations-table")


def _build_job(t: Translator, view: OperationsView, job: JobRow) -> list[Children]:
    done = t.moment(job.succeeded_at, view.timezone) if job.succeeded_at else t("never, as far as is known")
    failed: Children = "–"
    if job.failed_at is not None:
        failed = [t.moment(job.failed_at, view.timezone), " ", html.Span(f"({job.failure})", className="meta")]
    return [_name_job(t, job.name), done, failed]


def _name_job(t: Translator, name: str) -> str:
    return {
        "books": t("Closing the months that are due"),
        "usage": t("Counting usage"),
        "notifications": t("Sending notifications"),
        "backup": t("Backup"),
    }.get(name, name)

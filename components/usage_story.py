"""What the usage page says first: what changed, who is left out, what to do; and what one must know of the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dash import dcc, html
from dash.development.base_component import Component

from components.controls import Child
from components.usage_place import UsagePlace, without_app, write_in
from components.usage_plots import percent
from components.usage_words import say_covered, say_days, say_value
from data.i18n import Translator
from data.usage.report import Finding, FindingKind, Note, NoteKind, UsageReport

MOST = 4  # facts that one takes in at a glance
SILENT = "silent-services"  # where they stand on the page


def build_story(t: Translator, place: UsagePlace, report: UsageReport) -> Component:
    facts = [_tell(t, place, report, finding) for finding in report.findings[:MOST]]
    return html.P([part for fact in facts for part in (*fact, " ")], className="usage-story")


def _tell(t: Translator, place: UsagePlace, report: UsageReport, finding: Finding) -> Iterator[Child]:
    if finding.kind in ("service_silent", "services_silent"):
        yield html.Strong(_say_silence(t, finding))
        yield " "
        yield _link_silence(t, finding)
    elif finding.kind == "without_app":
        yield _say_without(t, finding)
        if report.sees_names:
            yield " "
            yield dcc.Link(t("See who"), href=without_app(place.service_id))
    else:
        yield _TREND[finding.kind](t, report, finding)


def _say_silence(t: Translator, finding: Finding) -> str:
    if finding.kind == "services_silent":
        return t.plural(
            "{n} service has written nothing for a week.",
            "{n} services have written nothing for a week.",
            finding.count or 0,
        )
    name = finding.service.name if finding.service else ""
    if finding.count is None:
        return t("{service} has never written.", service=name)
    return t.plural(
        "{service} has written nothing for {n} day.",
        "{service} has written nothing for {n} days.",
        finding.count,
        service=name,
    )


def _link_silence(t: Translator, finding: Finding) -> Component:
    if finding.kind == "services_silent":
        return html.A(t("See which"), href=f"#{SILENT}")
    return dcc.Link(t("Write to them"), href=write_in(finding.conversation_id))


def _say_without(t: Translator, finding: Finding) -> str:
    return t.plural(
        "{n} person does not use the application.",
        "{n} people do not use the application.",
        finding.count or 0,
    )


_Say = Callable[[Translator, UsageReport, Finding], str]


def _points(t: Translator, finding: Finding) -> str:
    return t.plural("{n} point", "{n} points", round(abs(finding.change or 0) * 100))


def _now(t: Translator, report: UsageReport, finding: Finding) -> str:
    figure = report.figures.get(finding.figure) if finding.figure else None
    return say_value(t, figure.now, figure.unit) if figure else ""


def _growth(t: Translator, finding: Finding) -> str:
    return percent(t, abs(finding.growth or 0))


def _say_messages_up(t: Translator, report: UsageReport, finding: Finding) -> str:
    count = _now(t, report, finding)
    if finding.growth is None:  # there were none
        return t("The team writes more: {count} messages, none in the period before.", count=count)
    return t(
        "The team writes more: {count} messages, {growth} more than the period before.",
        count=count,
        growth=_growth(t, finding),
    )


_TREND: dict[FindingKind, _Say] = {
    "empty": lambda t, report, finding: t("Nobody wrote {period}.", period=say_covered(t, report.window)),
    "steady": lambda t, report, finding: t("Nothing much changed since the period before."),
    "reading_up": lambda t, report, finding: t(
        "Messages reach more people: {share} see them within 24 hours, {points} more than the period before.",
        share=_now(t, report, finding),
        points=_points(t, finding),
    ),
    "reading_down": lambda t, report, finding: t(
        "Messages reach fewer people: {share} see them within 24 hours, {points} less than the period before.",
        share=_now(t, report, finding),
        points=_points(t, finding),
    ),
    "messages_up": lambda t, report, finding: _say_messages_up(t, report, finding),
    "messages_down": lambda t, report, finding: t(
        "The team writes less: {count} messages, {growth} less than the period before.",
        count=_now(t, report, finding),
        growth=_growth(t, finding),
    ),
    "active_up": lambda t, report, finding: t(
        "More people are active: {count}, about {change} more.",
        count=_now(t, report, finding),
        change=t.number(round(abs(finding.change or 0))),
    ),
    "active_down": lambda t, report, finding: t(
        "Fewer people are active: {count}, about {change} less.",
        count=_now(t, report, finding),
        change=t.number(round(abs(finding.change or 0))),
    ),
}


# What one must know to read the figures


def build_notes(t: Translator, report: UsageReport) -> Component:
    said = [
        t("Compared with: {period}.", period=say_days(t, report.previous.from_on, report.previous.to_on)),
        *(_NOTES[note.kind](t, report, note) for note in report.notes),
    ]
    return html.Ul([html.Li(words) for words in said], className="plain usage-notes meta")


def _names(note: Note) -> str:
    return ", ".join(service.name for service in note.services)


def _say_option(t: Translator, note: Note) -> str:
    where = _names(note)
    said = t.plural(
        "The option was off on {n} day of the period.",
        "The option was off on {n} days of the period.",
        note.days or 0,
    )
    return t("{where}: {what}", where=where, what=said) if where else said


def _say_clocks(t: Translator, note: Note) -> str:
    if note.on is None:
        return ""
    if note.on.month < 7:  # spring; clocks go back in autumn
        return t("The clocks went forward on {day}: that day has 23 hours.", day=t.day(note.on))
    return t("The clocks went back on {day}: that day has 25 hours.", day=t.day(note.on))


def _say_left_out(t: Translator, note: Note) -> str:
    why = t("fewer than 5 people work there, and nothing is told that could point at one of them")
    return t("Not in the totals of people: {services} ({why}).", services=_names(note), why=why)


def _say_shared(t: Translator, note: Note) -> str:
    return t.plural(
        "{n} person works in several services: counted in each, once in the total.",
        "{n} people work in several services: counted in each, once in the total.",
        note.count or 0,
    )


_NOTES: dict[NoteKind, Callable[[Translator, UsageReport, Note], str]] = {
    "running": lambda t, report, note: t(
        "The period is not over: counted {period}, beside as many days of the one before.",
        period=say_covered(t, report.window),
    ),
    "narrowed": lambda t, report, note: t(
        "The organization began on {day}: counted from then on.", day=t.day(report.window.from_on)
    ),
    "option_off": lambda t, report, note: _say_option(t, note),
    "service_closed": lambda t, report, note: t(
        "{service} closed on {day}.", service=_names(note), day=t.day(note.on) if note.on else ""
    ),
    "nobody": lambda t, report, note: t("Nobody works here in this period."),
    "left_out": lambda t, report, note: _say_left_out(t, note),
    "shared": lambda t, report, note: _say_shared(t, note),
    "approximate": lambda t, report, note: t(
        "Who reads and who writes is told to within a few people (≈), so that no figure points at anybody."
    ),
    "hours_twice": lambda t, report, note: _say_clocks(t, note),
}

"""What each figure means exactly, said once: the page shows it beside the figure, files carry it, docs/USAGE.md prints
it (`flask --app app usage-docs`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data.i18n import Translator
from data.usage.report import FigureKey


@dataclass(frozen=True)
class Definition:
    """`source`: the facts that it is counted from."""

    name: str
    text: str
    source: str


def name_figure(t: Translator, key: FigureKey) -> str:
    return _DEFINITIONS[key](t).name


def define(t: Translator, key: FigureKey) -> str:
    return _DEFINITIONS[key](t).text


def list_definitions(t: Translator) -> Mapping[FigureKey, Definition]:
    """All of them, in the order of the page."""
    return {key: make(t) for key, make in _DEFINITIONS.items()}


def list_rules(t: Translator) -> list[str]:
    """What holds for all figures."""
    return [
        t(
            "A period is made of whole local days of the organization and ends on a printed date. While it runs, it is "
            "compared with as many days of the period before."
        ),
        t("Only what people wrote is counted, never lines of the system. Deleted messages are counted apart."),
        t("What people did counts for the service where they did it, even after they moved elsewhere."),
        t(
            "How many people do something is shown in steps of five, and as a rate of these steps; from as many on as "
            "worked there on the quietest day, there is one step only. Nothing is shown of people where fewer than 5 "
            "work, be it on one day of the period, nor of private conversations where fewer than 5 have the "
            "application."
        ),
        t(
            "A total of several services is added up from what is shown of each of them, without those where fewer "
            "than 5 people work. Somebody who works in several of them counts in each, and once in the total."
        ),
        t("Private conversations give totals only: never by person, day or hour."),
        t("A median delay is exact to one hundredth, and shown where at least 5 people read, or wrote."),
    ]


def _employees(t: Translator) -> Definition:
    text = t("People with a day of work assigned in the service on the last day of the period.")
    return Definition(t("Employees"), text, "assignments")


def _equipped(t: Translator) -> Definition:
    text = t("Employees who opened the phone application in the 60 days that end with the last day of the period.")
    return Definition(t("Have the application"), text, "app_openings")


def _equipment_rate(t: Translator) -> Definition:
    text = t("Those who have the application, of all employees on the last day of the period.")
    return Definition(t("Equipment"), text, "app_openings, assignments")


def _active_1(t: Translator) -> Definition:
    text = t("People of the service who read or wrote in one of its conversations on the last day of the period.")
    return Definition(t("Active that day"), text, "usage_deeds")


def _active_7(t: Translator) -> Definition:
    text = t(
        "People of the service who read or wrote in one of its conversations in the 7 days that end with the last day "
        "of the period."
    )
    return Definition(t("Active over 7 days"), text, "usage_deeds")


def _active_28(t: Translator) -> Definition:
    text = t(
        "People of the service who read or wrote in one of its conversations in the 28 days that end with the last day "
        "of the period."
    )
    return Definition(t("Active over 28 days"), text, "usage_deeds")


def _activity_rate(t: Translator) -> Definition:
    text = t("Those active over 28 days, of all who worked in the service on at least one of these days.")
    return Definition(t("Activity"), text, "usage_deeds, assignments")


def _stickiness(t: Translator) -> Definition:
    text = t("Those active over 7 days, of those active over 28 days: who comes back every week.")
    return Definition(t("Loyalty"), text, "usage_deeds")


def _contributors(t: Translator) -> Definition:
    text = t("People of the service who wrote at least one message in one of its conversations in the period.")
    return Definition(t("Contributors"), text, "usage_deeds")


def _messages(t: Translator) -> Definition:
    text = t(
        "Messages that people wrote in the period, in all conversations of the service, and that were not deleted. "
        "Those of private conversations are included where at least 5 people have the application on each day."
    )
    return Definition(t("Messages"), text, "messages")


def _public_messages(t: Translator) -> Definition:
    text = t("Messages that people wrote in public conversations in the period, and that were not deleted.")
    return Definition(t("Public messages"), text, "messages")


def _group_messages(t: Translator) -> Definition:
    text = t("Messages that people wrote in private group conversations in the period, and that were not deleted.")
    return Definition(t("Group messages"), text, "messages")


def _one_to_one_messages(t: Translator) -> Definition:
    text = t("Messages that people wrote to one other person in the period, and that were not deleted.")
    return Definition(t("One-to-one messages"), text, "messages")


def _deleted_messages(t: Translator) -> Definition:
    text = t("Messages that were written in public conversations in the period and deleted since, at any time.")
    return Definition(t("Deleted messages"), text, "messages")


def _reading_24h(t: Translator) -> Definition:
    text = t(
        "How many people of the service saw a public message within 24 hours, on average, of those who have the "
        "application on average over the days of the period; the author counts in neither. Messages of the period that "
        "are older than 24 hours, written here (not imported)."
    )
    return Definition(t("Seen within 24 h"), text, "views, messages, app_openings")


def _first_read(t: Translator) -> Definition:
    text = t(
        "The median delay until the first person of the service other than the author saw a public message, of those "
        "seen within 24 hours. From 5 such messages on."
    )
    return Definition(t("First reading"), text, "views, messages")


def _first_reply(t: Translator) -> Definition:
    text = t(
        "The median delay until somebody else wrote after a public message, in the same conversation, of those "
        "answered within 7 days; it counts for the day of the answer. From 5 answers on."
    )
    return Definition(t("First reply"), text, "messages")


def _leaders_share(t: Translator) -> Definition:
    text = t("The share of public messages that managers or administrators wrote, deleted ones included.")
    return Definition(t("Managers' share"), text, "messages")


def _public_conversations_started(t: Translator) -> Definition:
    text = t("Public conversations launched in the period, also those deleted since.")
    return Definition(t("Public conversations launched"), text, "conversations")


def _private_conversations_started(t: Translator) -> Definition:
    text = t("Private conversations begun in the period, of one person with another or of a group.")
    return Definition(t("Private conversations begun"), text, "conversations")


def _active_conversations(t: Translator) -> Definition:
    text = t("Public conversations in which somebody wrote in the period.")
    return Definition(t("Active conversations"), text, "usage_conversations")


def _silent_conversations(t: Translator) -> Definition:
    text = t(
        "Public conversations of the service, not deleted, in which nobody wrote in the 7 days that end with the last "
        "day of the period."
    )
    return Definition(t("Silent conversations"), text, "usage_conversations")


def _cost_per_active(t: Translator) -> Definition:
    text = t(
        "What the month of the last day of the period costs before taxes, as billed or as it stands, for each person "
        "active over 28 days."
    )
    return Definition(t("Cost per active employee"), text, "invoices, usage_deeds")


_DEFINITIONS: Mapping[FigureKey, Callable[[Translator], Definition]] = {
    "employees": _employees,
    "equipped": _equipped,
    "equipment_rate": _equipment_rate,
    "active_1": _active_1,
    "active_7": _active_7,
    "active_28": _active_28,
    "activity_rate": _activity_rate,
    "stickiness": _stickiness,
    "contributors": _contributors,
    "messages": _messages,
    "public_messages": _public_messages,
    "group_messages": _group_messages,
    "one_to_one_messages": _one_to_one_messages,
    "deleted_messages": _deleted_messages,
    "reading_24h": _reading_24h,
    "first_read": _first_read,
    "first_reply": _first_reply,
    "leaders_share": _leaders_share,
    "public_conversations_started": _public_conversations_started,
    "private_conversations_started": _private_conversations_started,
    "active_conversations": _active_conversations,
    "silent_conversations": _silent_conversations,
    "cost_per_active": _cost_per_active,
}


def write_definitions(t: Translator) -> str:
    """As a page of the documentation."""
    heads = (t("Figure"), t("Definition"), t("Source"))
    lines = ["## " + t("Definitions"), "", *(f"- {rule}" for rule in list_rules(t)), ""]
    lines += [_row(*heads), "|---|---|---|"]
    lines += [_row(each.name, each.text, each.source) for each in list_definitions(t).values()]
    return "\n".join([*lines, ""])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

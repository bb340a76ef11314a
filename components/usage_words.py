"""How the usage page says its figures, changes, periods and services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from textwrap import shorten
from typing import Literal

from babel.dates import format_date, format_time

from components.usage_plots import percent
from data.i18n import Translator
from data.money import format_money
from data.usage.privacy import Amount
from data.usage.report import Absence, ActivityPoint, Figure, FigureKey, Grain, LossReason, StepKey, Unit, Value
from data.usage.windows import Kind, Window

MINUS = "\u2212"
ABOUT = "≈\u00a0"
NOTHING = "–"
LONGEST_TITLE = 110  # of a file
MINUTE, HOUR, DAY = 60, 3600, 86_400

Tone = Literal["good", "bad", ""]

# Where less is better; where neither is.
_BETTER_LESS: frozenset[FigureKey] = frozenset({"first_read", "first_reply", "silent_conversations", "cost_per_active"})
_NEITHER: frozenset[FigureKey] = frozenset({"employees", "deleted_messages", "leaders_share"})


def count(t: Translator, number: int) -> str:
    """As `t.number`, which for the small ones of a table would work too hard."""
    return str(number) if 0 <= number < 1000 else t.number(number)


def say_value(t: Translator, value: Value, unit: Unit) -> str:
    """`61`, `≈ 61`, `fewer than 5`, `–`; of several services with few each: `fewer than 25`."""
    if value.amount is None:
        return NOTHING
    if value.amount.is_few:
        return t("fewer than 5")
    if unit == "people" and not (value.amount.is_exact or value.amount.low or value.amount.value):
        return t("fewer than {n}", n=round(value.amount.high) + 1)
    said = say_number(t, value.amount.value, unit)
    return said if value.amount.is_exact else f"{ABOUT}{said}"


def say_number(t: Translator, number: float, unit: Unit) -> str:
    if unit == "rate":
        return percent(t, number)
    if unit == "seconds":
        return say_duration(t, number)
    if unit == "cents":
        return format_money(round(number), t.language)
    return count(t, round(number))


def say_range(t: Translator, amount: Amount, unit: Unit) -> str:
    """Between what the truth lies; empty where it is what is shown."""
    if amount.is_exact:
        return ""
    low, high = say_number(t, amount.low, unit), say_number(t, amount.high, unit)
    return t("between {low} and {high}", low=low, high=high) if low != high else ""


def say_duration(t: Translator, seconds: float) -> str:
    """`40 s`, `7 min`, `1 h 20`, `2 d 3 h`"""
    rounded = round(seconds)
    if rounded < MINUTE:
        return t("{n} s", n=rounded)
    if rounded < HOUR:
        return t("{n} min", n=round(rounded / MINUTE))
    if rounded < DAY:
        hours, minutes = divmod(round(rounded / MINUTE), 60)
        return t("{hours} h {minutes}", hours=hours, minutes=f"{minutes:02}") if minutes else t("{n} h", n=hours)
    days, hours = divmod(round(rounded / HOUR), 24)
    return t("{days} d {hours} h", days=days, hours=hours) if hours else t("{n} d", n=days)


def say_absence(t: Translator, absence: Absence) -> str:
    return {
        "few_people": t("fewer than 5 people on some day"),
        "few_released": t("too few people to tell"),
        "few_equipped": t("fewer than 5 people with the application on some day"),
        "other_services": t("counted of other services then"),
        "few_doing": t("fewer than 5 people did it"),
        "few_messages": t("fewer than 5 messages measured"),
        "nothing": t("nothing to measure"),
        "not_yet": t("measured 24 hours after a message"),
        "notifications_unused": t("nobody has turned notifications on"),
        "needs_bill": t("nothing billed in that month"),
    }[absence]


def say_change(t: Translator, figure: Figure) -> str:
    """`+6 points`, `−3`, `+18 %`, `stable`; empty where there is nothing to compare with."""
    change = figure.change
    if change is None:
        return ""
    said = _say_size(t, figure, abs(change))
    if not change or not said:
        return t("stable")
    return f"+{said}" if change > 0 else f"{MINUS}{said}"


def _say_size(t: Translator, figure: Figure, size: float) -> str:
    """Empty where it is too small to be told."""
    if figure.unit == "rate":
        points = round(size * 100)
        return t.plural("{n} point", "{n} points", points) if points else ""
    if figure.unit == "messages" and figure.growth is not None:
        return percent(t, abs(figure.growth)) if round(abs(figure.growth) * 100) else ""
    return say_number(t, size, figure.unit)


def _is_told(figure: Figure) -> bool:
    """Not so small that it is called stable."""
    size = figure.growth if figure.unit == "messages" else figure.change
    return figure.unit not in ("rate", "messages") or round(abs(size or 0) * 100) > 0


def judge_change(figure: Figure) -> Tone:
    if not figure.change or figure.key in _NEITHER or not _is_told(figure):
        return ""
    return "good" if (figure.change > 0) is (figure.key not in _BETTER_LESS) else "bad"


def say_before(t: Translator, figure: Figure) -> str:
    return say_value(t, figure.before, figure.unit)


# Periods and days


def say_window(t: Translator, window: Window) -> str:
    """`November 2026`, `from October 27 to November 23, 2026`"""
    if window.days == 1 and window.starts_on == window.ends_on:
        return _format(t, window.starts_on, "full")
    forms: dict[Kind, Callable[[], str]] = {
        "month": lambda: _format(t, window.starts_on, "LLLL y"),
        "quarter": lambda: _format(t, window.starts_on, "QQQQ y"),
        "year": lambda: _format(t, window.starts_on, "y"),
    }
    whole = forms.get(window.kind)
    return whole() if whole else say_days(t, window.starts_on, window.ends_on)


def title_file(t: Translator, what: str, service: str | None, window: Window) -> str:
    """What, whose and when: a file that is sent on has lost its page. Whose gives way, at a word, where it is long."""
    when = _write_window(t, window)
    room = LONGEST_TITLE - len(what) - len(when) - 2 * len(" – ")
    whose = service or t("All my services")
    return " – ".join((what, shorten(whose, room, placeholder="") or whose[:room], when))


def _write_window(t: Translator, window: Window) -> str:
    """`2026-11`, `2026-Q4`, `2026-10-27 to 2026-11-23`: in the order of time where files lie in that of their names."""
    first, last = window.starts_on, window.ends_on
    if window.kind == "quarter":
        return t("{year}-Q{n}", year=first.year, n=(first.month + 2) // 3)
    if window.kind in ("month", "year"):
        return first.isoformat()[: 7 if window.kind == "month" else 4]
    return (
        first.isoformat() if first == last else t("{first} to {last}", first=first.isoformat(), last=last.isoformat())
    )


def say_days(t: Translator, first: date, last: date) -> str:
    if first == last:
        return t("on {day}", day=t.day(first))
    return t("from {first} to {last}", first=_say_first(t, first, last), last=t.day(last))


def _say_first(t: Translator, first: date, last: date) -> str:
    """A year that both are in is said once; in French, a month too."""
    if first.year != last.year:
        return t.day(first)
    if t.language != "fr":
        return _format(t, first, "MMMM d")
    number = "1er" if first.day == 1 else str(first.day)
    return number if first.month == last.month else f"{number} {_format(t, first, 'MMMM')}"


def say_covered(t: Translator, window: Window) -> str:
    """The days that are counted, where they are not the whole period."""
    return say_days(t, window.from_on, window.to_on)


def short_day(t: Translator, day: date) -> str:
    """`3 nov.` · `Nov 3`"""
    said = _format(t, day, "d MMM" if t.language == "fr" else "MMM d")
    return said.replace("1 ", "1er ", 1) if t.language == "fr" and day.day == 1 else said


def short_month(t: Translator, day: date) -> str:
    return _format(t, day, "LLL y")


def say_hour(t: Translator, hour: int) -> str:
    """`14 h` · `2 p.m.`"""
    said: str = f"{hour}\u00a0h" if t.language == "fr" else format_time(time(hour), "h\u00a0a", locale=t.locale)
    return said


def list_weekdays(t: Translator, width: str = "EEEE") -> list[str]:
    """From Monday."""
    return [_format(t, date(2024, 1, 1 + number), width) for number in range(7)]


def say_point(t: Translator, point: ActivityPoint, grain: Grain) -> str:
    """Which hour, day, week or month."""
    if grain == "hour" and point.hour is not None:
        return say_hour(t, point.hour)
    if grain == "week":
        return t("week of {day}", day=short_day(t, point.starts_on))
    if grain == "month":
        return short_month(t, point.starts_on)
    return _format(t, point.starts_on, "EEE d MMM" if t.language == "fr" else "EEE, MMM d")


def say_since(t: Translator, days: int | None) -> str:
    """How long ago somebody was heard."""
    if days is None:
        return t("never")
    if days == 0:
        return t("today")
    return t("yesterday") if days == 1 else t.plural("{n} day ago", "{n} days ago", days)


def _format(t: Translator, day: date, form: str) -> str:
    said: str = format_date(day, form, locale=t.locale)
    return said


# The funnel


def name_step(t: Translator, key: StepKey) -> str:
    return {
        "employees": t("Employees"),
        "equipped": t("Have the application"),
        "reachable": t("Reachable"),
        "notified": t("Notified"),
        "seen": t("See it within 24 h, on average"),
        "answered": t("Have written, over the period"),
    }[key]


def say_loss(t: Translator, reason: LossReason, count: str) -> str:
    """`16: without the application`, the count said as it is shown."""
    why = {
        "no_application": t("without the application"),
        "no_access": t("access cut off, or the option is off"),
        "notifications_unused": t(
            "nobody has turned notifications on: people see messages when they open the application"
        ),
        "notifications_off": t("notifications switched off"),
        "not_opened": t("did not open the message within 24 hours"),
        "not_written": t("read without answering"),
    }[reason]
    return t("{count}: {why}", count=count, why=why) if count else why

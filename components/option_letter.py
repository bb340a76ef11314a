"""The written confirmation of a switch, in French whoever prints it: as a page, and as the body of an e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from data.i18n import translator
from data.money import format_price
from data.queries.option_history import OptionEntry

t = translator("fr")


@dataclass(frozen=True)
class Letter:
    """`facts`: what and its value, line by line; `said`: what it means, in sentences."""

    title: str
    organization: str
    facts: list[tuple[str, str]]
    said: list[str]
    standing: str


def build_letter(organization: str, timezone: str, entry: OptionEntry, price: int | None) -> Letter:
    """`price` of an employee and month where it takes effect, in 1/10000 $."""
    is_on = entry.kind == "on"
    return Letter(
        title=t("Confirmation: Messagerie Chat switched on")
        if is_on
        else t("Confirmation: Messagerie Chat switched off"),
        organization=organization,
        facts=_list_facts(timezone, entry),
        said=_list_consequences(entry, price),
        standing=_describe_standing(entry),
    )


def _list_facts(timezone: str, entry: OptionEntry) -> list[tuple[str, str]]:
    moment = t("{moment} ({zone})", moment=t.moment(entry.effective_at, timezone), zone=t.zone(timezone))
    recorder = entry.recorded_by or t("the operator")
    recorded = t("{moment}, by {name}", moment=t.moment(entry.recorded_at, timezone), name=recorder)
    facts = [
        (t("Where"), ", ".join(entry.services) or t("The whole organization")),
        (t("Takes effect"), moment),
        (t("Asked by"), entry.requested_by or ""),
        (t("Ticket"), entry.ticket),
        (t("Recorded"), recorded),
    ]
    if entry.trial_until is not None:
        facts.insert(2, (t("Free trial"), t("until {day}, included", day=t.day(entry.trial_until))))
    return facts


def _list_consequences(entry: OptionEntry, price: int | None) -> list[str]:
    if entry.kind == "on":
        cost = (
            []
            if price is None
            else [t("The price: {price} an employee a month, before taxes.", price=format_price(price, "fr"))]
        )
        return [
            t("From then on, the people concerned see Messagerie Chat in their menu. They need not do anything."),
            t("Everyone employed is billed, with the application or not, for each month with at least one day of it."),
            *cost,
        ]
    return [
        t("From then on, Messagerie Chat is no longer in the menus, and what was open closes."),
        t("Nothing is erased: what was written is kept out of reach, and comes back whole if it is switched on again."),
    ]


def _describe_standing(entry: OptionEntry) -> str:
    words = {
        "given_up": t("This switch was given up since: it does not take effect."),
        "annulled": t("This activation was annulled since: nothing of it is billed."),
    }
    return words.get(entry.standing, "")


def write_mail(letter: Letter, address: str) -> str:
    """A link by which the mail program of whoever clicks begins the message."""
    body = "\r\n".join(list_lines(letter))
    return f"mailto:{quote(address, safe='@')}?subject={quote(letter.title)}&body={quote(body)}"


def list_lines(letter: Letter) -> list[str]:
    """As the text of an e-mail."""
    facts = [t("{name}: {value}", name=name, value=value) for name, value in letter.facts]
    return [letter.organization, "", *facts, "", *letter.said, *([letter.standing] if letter.standing else [])]

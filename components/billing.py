"""What the bill's pages share: their addresses, their heads, how amounts, months and states are said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.controls import Child, icon, tag
from data.billing.documents.words import format_month
from data.billing.rating import Month
from data.i18n import Translator
from data.money import format_money
from data.queries.billing import MonthState

MINUS = "\u2212"
NO_BREAK = "\u00a0"

ORGANIZATIONS = "/billing"
MONTH = "/billing/month"
PEOPLE = "/billing/people"
PERSON = "/billing/person"
CLOSING = "/billing/closing"
INVOICES = "/billing/invoices"
INVOICE = "/billing/invoice"
TERMS = "/billing/terms"


@dataclass(frozen=True)
class BillPlace:
    """Whose bill, of which month, and who looks. `organization_id` None: one's own. `sees_names` of the people;
    `keeps_books`: closes, credits, records payments."""

    organization_id: int | None
    organization: str
    month: Month
    sees_names: bool
    keeps_books: bool

    def link(self, path: str, month: Month | None = None, **more: object) -> str:
        return address(path, organization=self.organization_id, month=month or self.month, **more)


def address(path: str, **parameters: object) -> str:
    """With what is given, in its order."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def build_bill_page(
    t: Translator,
    place: BillPlace,
    current: str,
    title: Child | Sequence[Child],
    *content: Child,
    acts: Sequence[Child] = (),
    beside: Sequence[Child] = (),
) -> Component:
    """The frame of every page about one organization's bill. `beside`: next to the title."""
    return html.Div(
        [
            build_places(t, place, current),
            html.Div(
                [
                    html.Div([html.H1(title), *beside], className="bill-title"),
                    html.Div(list(acts), className="acts"),
                ],
                className="page-head",
            ),
            *content,
        ],
        className="page bill-page",
    )


def build_places(t: Translator, place: BillPlace, current: str) -> Component:
    """The pages of an organization's bill, one beside the other; above them, for the vendor, whose it is."""
    offered = [(MONTH, t("Month")), (INVOICES, t("Invoices and payments"))]
    if place.keeps_books:
        offered.append((TERMS, t("Terms")))
    whose = _build_whose(place) if place.organization_id else None
    links = [
        dcc.Link(words, href=place.link(path), className="current" if path == current else "")
        for path, words in offered
    ]
    return html.Div(
        [whose, html.Nav(links, className="bill-places", **{"aria-label": t("Pages of the bill")})],
        className="bill-head",
    )


def _build_whose(place: BillPlace) -> Component:
    """The way back to all of them, for who has it."""
    name = html.Span(place.organization, dir="auto")
    if not place.keeps_books:
        return html.Div(name, className="bill-whose")
    return dcc.Link([icon("back"), name], href=address(ORGANIZATIONS, month=place.month), className="bill-whose")


def build_ledger_page(
    t: Translator, current: str, title: str, *content: Child, beside: Sequence[Child] = ()
) -> Component:
    """The frame of the pages of finance about all organizations."""
    offered = [(ORGANIZATIONS, t("Organizations")), (INVOICES, t("Invoices and payments")), (TERMS, t("Prices"))]
    links = [dcc.Link(words, href=path, className="current" if path == current else "") for path, words in offered]
    return html.Div(
        [
            html.Div(
                html.Nav(links, className="bill-places", **{"aria-label": t("Pages of the books")}),
                className="bill-head",
            ),
            html.Div(html.Div([html.H1(title), *beside], className="bill-title"), className="page-head"),
            *content,
        ],
        className="page bill-page",
    )


def build_trail(t: Translator, *steps: tuple[str, str], here: str) -> Component:
    """Where one is, and the ways back."""
    links = [html.Li(dcc.Link(words, href=href)) for words, href in steps]
    return html.Nav(
        html.Ol([*links, html.Li(here, **{"aria-current": "page"})]),
        className="bill-trail",
        **{"aria-label": t("You are here")},
    )


def build_month_choice(
    t: Translator, place: BillPlace, path: str, first: Month, last: Month, *, person: int | None = None
) -> Component:
    """The month, between the one before and the one after."""
    month = place.month
    before, after = month.shift(-1) if month > first else None, month.shift(1) if month < last else None
    hrefs = [place.link(path, each, person=person) if each else None for each in (before, after)]
    return html.Div(
        [
            _build_step(t("Previous month"), "previous", hrefs[0]),
            html.Span(month_name(t, month), className="bill-month"),
            _build_step(t("Next month"), "next", hrefs[1]),
        ],
        className="bill-months",
    )


def _build_step(words: str, kind: str, href: str | None) -> Component:
    content = [icon("back"), html.Span(words, className="hidden-text")]
    if href is None:
        return html.Span(content, className=f"button square {kind} off", **{"aria-disabled": "true"}, role="link")
    return dcc.Link(content, href=href, className=f"button square {kind}", title=words)


def month_name(t: Translator, month: Month) -> str:
    return format_month(month, t)


def money(t: Translator, cents: int) -> str:
    return format_money(cents, t.language).replace("-", MINUS, 1)


def change(t: Translator, cents: int) -> str:
    """With its sign: `+1,44 $`."""
    return f"+{money(t, cents)}" if cents > 0 else money(t, cents)


def count_change(t: Translator, count: int) -> str:
    return f"+{t.number(count)}" if count > 0 else t.number(count).replace("-", MINUS, 1)


def share(t: Translator, part: int, whole: int) -> str:
    """`29,9 %`"""
    if not whole:
        return "–"
    tenths = round(part * 1000 / whole)
    text = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return f"{text.replace('.', ',')}{NO_BREAK}%" if t.language == "fr" else f"{text}%"


def name_state(t: Translator, state: MonthState) -> str:
    return {
        "nothing": t("Nothing to bill"),
        "running": t("Month under way"),
        "review": t("To review"),
        "held": t("On hold"),
        "issued": t("Issued"),
        "paid": t("Paid"),
        "disputed": t("In dispute"),
    }[state]


def build_state(t: Translator, state: MonthState) -> Component:
    kinds: dict[MonthState, str] = {
        "nothing": "quiet",
        "running": "quiet",
        "review": "warn",
        "held": "off",
        "disputed": "off",
    }
    return tag(name_state(t, state), kinds.get(state, ""))


def build_files(t: Translator, path: str, **whose: object) -> Component:
    """What one takes away: each with what it is, names only where one asks for them."""
    offered: list[tuple[str, dict[str, object]]] = [
        (t("PDF in French"), {"form": "pdf", "language": "fr"}),
        (t("PDF in French and English"), {"form": "pdf", "language": "both"}),
        (t("PDF with the names"), {"form": "pdf", "language": "fr", "names": 1}),
        (t("XLSX with the names"), {"form": "xlsx", "names": 1}),
        (t("CSV for Excel"), {"form": "csv"}),
        (t("CSV for programs"), {"form": "machine"}),
        (t("Names as CSV"), {"form": "people"}),
    ]
    links = [
        html.A(words, href=address(path, **whose, **wish), className="button", download="") for words, wish in offered
    ]
    return html.Section([html.H2(t("Take away")), html.Div(links, className="bill-files")], className="stack close-set")

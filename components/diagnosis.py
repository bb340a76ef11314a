"""Why somebody does not see the chat: what to tell them on the telephone, and what that follows from."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Child, button, empty, field, icon, page, tag, text_input
from components.loading import loading
from components.notifications import build_alerts
from data.access.actors import Surface
from data.i18n import Translator
from data.queries.causes import Cause, DiagnosedPlace, Diagnosis
from data.queries.diagnosis import Found

Told = dict[str, tuple[str, str]]


def build_diagnosis_page(
    t: Translator, *, organization: str | None, organization_id: int | None, seen: Diagnosis | None, phone: str
) -> Component:
    """`organization`: where customer service looks for somebody; others come from the staff list, about one person."""
    found = loading(t, html.Div(id=ids.DIAGNOSIS_FOUND), shape="lines")
    search = [] if organization is None else [_build_search(t), found]
    title = t("Help by telephone") if organization is None else t("Help by telephone – {name}", name=organization)
    back = dcc.Link(t("Back to the staff list"), href="/directory") if organization is None else None
    return page(
        title,
        back,
        *search,
        loading(
            t,
            html.Div(
                build_diagnosis(t, seen, phone=phone)
                if seen
                else _build_nobody(t, may_search=organization is not None),
                id=ids.DIAGNOSIS_BODY,
                className="stack roomy",
                role="status",
            ),
            shape="lines",
        ),
        dcc.Store(id=ids.DIAGNOSIS_ORGANIZATION, data=organization_id),
        lead=t("Why somebody does not see the chat, and what to tell them. Nothing they write shows here."),
    )


def _build_search(t: Translator) -> Component:
    control = text_input(ids.DIAGNOSIS_SEARCH, placeholder=t("Name or employee number"), debounce=False, maxLength=60)
    return html.Div(field(t("Who is calling?"), control), className="lone-field")


def _build_nobody(t: Translator, *, may_search: bool) -> Component:
    said = t("Choose the person who is calling.") if may_search else t("Choose somebody in the staff list first.")
    return empty("people", html.P(said))


def build_found(t: Translator, found: Sequence[Found], search: str) -> Component | None:
    if not search.strip():
        return None
    if not found:
        return html.P(t("Nobody there has this name or number."), className="meta", role="status")
    lines = [
        html.Li(
            [
                button(html.Span(each.name, dir="auto"), ids.diagnosis_button(each.person_id), n_clicks=0),
                html.Span(" · ".join(part for part in (each.number, each.service) if part), className="meta"),
            ]
        )
        for each in found
    ]
    return html.Ul(lines, className="plain row-list found")


def build_diagnosis(t: Translator, seen: Diagnosis, *, phone: str) -> list[Component]:
    """`phone`: the address of the phone application."""
    said = [_build_cause(*describe_cause(t, seen, cause, phone)) for cause in seen.causes]
    return [
        html.Section(
            [html.H2(seen.name, dir="auto"), html.Ul(said, className="plain stack close-set")],
            className="stack close-set",
        ),
        html.Section([html.H2(t("What this follows from")), _build_facts(t, seen)], className="stack close-set"),
        build_alerts(t, seen.alerts, seen.timezone, names_devices=seen.devices is not None),
        *([_build_devices(t, seen)] if seen.devices else []),
    ]


def _build_cause(symbol: str, fact: str, advice: str) -> Component:
    kind = "told" if symbol == "check" else "told warn"
    return html.Li([icon(symbol), html.Div([html.Strong(fact), html.Div(advice)])], className=kind)


def describe_cause(t: Translator, seen: Diagnosis, cause: Cause, phone: str) -> tuple[str, str, str]:
    """A symbol, what is so, and what to tell them."""
    told = _tell_of_work(t, cause) | _tell_of_option(t, cause) | _tell_of_account(t, seen, cause, phone)
    symbol = {"all_well": "check", "option_partly": "info", "option_planned": "clock"}.get(cause.kind, "warning")
    return symbol, *told[cause.kind]


def _tell_of_work(t: Translator, cause: Cause) -> Told:
    day = t.day(cause.day) if cause.day else ""
    return {
        "no_service": (
            t("They work in no service."),
            t("An administrator adds a service to their file; the chat shows at once."),
        ),
        "not_started": (
            t("Their first day is {day}.", day=day),
            t("The chat shows from that day on. They can choose their password before."),
        ),
        "left": (
            t("Their last day was {day}.", day=day),
            t("Access ended at the midnight after. If that is wrong, an administrator corrects the file."),
        ),
    }


def _tell_of_option(t: Translator, cause: Cause) -> Told:
    day, names = t.day(cause.day) if cause.day else "", ", ".join(cause.names)
    return {
        "option_off": (
            t("The chat is not on in {names}.", names=names),
            t("It is switched on when an administrator or the billing contact asks customer service for it."),
        ),
        "option_planned": (
            t("The chat goes on in {names} on {day}.", names=names, day=day),
            t("The icon will show by itself; there is nothing to do."),
        ),
        "option_partly": (
            t("The chat is on in a part of their services only, not in {names}.", names=names),
            t("They see the conversations of the services where it is on."),
        ),
    }


def _tell_of_account(t: Translator, seen: Diagnosis, cause: Cause, phone: str) -> Told:
    day = t.day(cause.day) if cause.day else ""
    until = t.moment(cause.at, seen.timezone) if cause.at else ""
    ways = describe_ways(t, seen)
    return {
        "cut_off": (t("Their access is cut off."), t("An administrator of their organization alone can give it back.")),
        "link_waiting": (
            t("They have not chosen a password yet."),
            t("Their access sheet works until {moment}: scan its code, or type its address.", moment=until),
        ),
        "link_missing": (
            t("They have no password, and no access sheet that works."),
            t("A manager of their service, or an administrator, gives them a new access sheet."),
        ),
        "no_phone": (
            t("They are signed in on no phone."),
            t("Open {address} on the phone, and sign in with {ways}.", address=phone, ways=ways),
        ),
        "no_portal": (t("They are signed in nowhere."), t("Sign in to the portal with {ways}.", ways=ways)),
        "app_unused": (
            t("The application was last opened on {day}, more than 60 days ago.", day=day),
            t("Open it once: until then they count as without the application."),
        ),
        "all_well": (
            t("Everything is in order."),
            t("Reload the page, or open the application again; and check who is signed in: {ways}.", ways=ways),
        ),
    }


def describe_ways(t: Translator, seen: Diagnosis) -> str:
    """With what they sign in."""
    ways = [seen.email] if seen.email else []
    if seen.number:
        ways.append(t("the code {code} and the number {number}", code=seen.code, number=seen.number))
    return t(" or ").join(ways) or t("what their administrator gave them")


def _build_facts(t: Translator, seen: Diagnosis) -> Component:
    facts: list[tuple[str, Child]] = [
        (t("Account"), _describe_account(t, seen)),
        (t("Signs in with"), describe_ways(t, seen)),
    ]
    if seen.is_administrator:
        facts.append((t("Role"), t("Administrator")))
    elif seen.runs:
        facts.append((t("Manager of"), _list_places(t, seen.runs)))
    if seen.places:
        facts.append((t("Employment"), _list_places(t, seen.places)))
    facts += [
        (t("Phone"), _count(t, seen.phones)),
        (t("Portal"), _count(t, seen.portals)),
        (t("Application"), _describe_app(t, seen)),
    ]
    parts = [part for name, value in facts for part in (html.Dt(name), html.Dd(value, dir="auto"))]
    return html.Div(html.Dl(parts, className="facts"), className="card-box identity")


def _count(t: Translator, sessions: int) -> str:
    return t.plural("signed in on {n} device", "signed in on {n} devices", sessions) if sessions else t("not signed in")


def _describe_account(t: Translator, seen: Diagnosis) -> Child:
    if seen.account == "cut_off":
        return tag(t("Access cut off"), "off")
    if seen.account == "open":
        return t("Open, with a password")
    sheets = {
        "waiting": t("no password yet; an access sheet waits"),
        "spent": t("no password yet; the last access sheet no longer works"),
        "none": t("no password yet; no access sheet was given"),
    }
    return sheets[seen.link]


def _list_places(t: Translator, places: Sequence[DiagnosedPlace]) -> Component:
    return html.Ul([html.Li(_build_place(t, place)) for place in places], className="plain")


def _build_place(t: Translator, place: DiagnosedPlace) -> list[Child]:
    words = _describe_days(t, place)
    state = tag(t("chat on")) if place.is_on else tag(t("chat off"), "quiet")
    planned = t("on from {day}", day=t.day(place.chat_from)) if place.chat_from and not place.is_on else ""
    said = " · ".join(part for part in (words, planned) if part)
    shown = state if place.presence != "left" else None
    return [f"{place.service} ", shown, html.Span(f" {said}", className="meta") if said else None]


def _describe_days(t: Translator, place: DiagnosedPlace) -> str:
    if place.starts_on is None:
        return ""
    starts = t.day(place.starts_on)
    if place.ends_on is not None:
        return t("from {day} to {last}", day=starts, last=t.day(place.ends_on))
    return t("from {day}", day=starts) if place.presence == "to_come" else t("since {day}", day=starts)


def _describe_app(t: Translator, seen: Diagnosis) -> str:
    if seen.opened_on is None:
        return t("never opened")
    day = t.day(seen.opened_on)
    if seen.app == "uses":
        return t("used in the last 60 days, last opened on {day}", day=day)
    return t("not used in the last 60 days, last opened on {day}", day=day)


def _build_devices(t: Translator, seen: Diagnosis) -> Component:
    lines = [
        html.Li(
            [
                icon("phone" if row.surface is Surface.MOBILE else "screen"),
                html.Div(
                    [
                        html.Div(row.device),
                        html.Div(t("seen on {moment}", moment=t.moment(row.seen_at, seen.timezone)), className="meta"),
                    ],
                    className="grow",
                ),
            ]
        )
        for row in seen.devices or []
    ]
    return html.Section(
        [html.H2(t("Devices")), html.Ul(lines, className="plain row-list")], className="stack close-set"
    )


def list_own_words(t: Translator, seen: Diagnosis, phone: str) -> list[tuple[str, str]]:
    """The same, said to the person: what is so, and what to do."""
    return [_say_own(t, seen, cause, phone) for cause in seen.causes]


def _say_own(t: Translator, seen: Diagnosis, cause: Cause, phone: str) -> tuple[str, str]:
    day, names = t.day(cause.day) if cause.day else "", ", ".join(cause.names)
    told = {
        "no_service": (t("You work in no service."), t("Ask an administrator of your organization.")),
        "not_started": (t("Your first day is {day}.", day=day), t("The chat shows from that day on.")),
        "left": (t("Your last day was {day}.", day=day), t("If that is wrong, ask an administrator.")),
        "option_off": (
            t("The chat is not on in {names}.", names=names),
            t("Your organization decides that. Nothing was lost if it was on before."),
        ),
        "option_planned": (
            t("The chat goes on in {names} on {day}.", names=names, day=day),
            t("The icon will show by itself; there is nothing to do."),
        ),
        "option_partly": (
            t("The chat is on in a part of your services only, not in {names}.", names=names),
            t("You see the conversations of the services where it is on."),
        ),
        "no_phone": (t("You are signed in on no phone."), t("Open {address} on your phone.", address=phone)),
        "app_unused": (
            t("You last opened the phone application on {day}.", day=day),
            t("Open it once: until then you count as without the application."),
        ),
    }
    everything = (t("Everything is in order."), t("If the icon is missing all the same, reload this page."))
    return told.get(cause.kind, everything)


def build_own_diagnosis(t: Translator, seen: Diagnosis, phone: str) -> Component:
    """On one's account page: short."""
    lines = [html.P([html.Strong(fact), " ", advice]) for fact, advice in list_own_words(t, seen, phone)]
    return html.Details(
        [html.Summary(t("Why do I not see the chat?")), html.Div(lines)],
        className="more-form",
    )

"""Behind the figures: who is billed or not, and one person's month, day by day, down to the facts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import dash_bootstrap_components as dbc
from babel.dates import get_day_names
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.bill_charts import name_step
from components.billing import (
    MONTH,
    PEOPLE,
    PERSON,
    BillPlace,
    build_bill_page,
    build_month_choice,
    build_trail,
    change,
    money,
    month_name,
)
from components.controls import (
    Child,
    Children,
    avatar,
    button,
    card_table,
    empty,
    field,
    figures,
    select,
    tag,
    text_input,
)
from components.loading import loading
from data.billing.rating import Month, Reason
from data.billing.variance import STEP_KINDS
from data.i18n import Translator
from data.queries.billing import BilledPeoplePage, BilledPersonRow, DepartmentRow, ServiceName
from data.queries.evidence import BilledPerson, DayRow, FactRow

COLUMNS = ("service", "days", "application", "amount")


@dataclass(frozen=True)
class PeopleView:
    """The people of a service, of a step, or of the whole month. `shown`: as in the query; `columns`: those chosen,
    beside the name."""

    place: BillPlace
    people: BilledPeoplePage
    services: dict[str, ServiceName]
    departments: Sequence[DepartmentRow]
    shown: str
    service: str | None
    steps: Sequence[str]
    columns: Collection[str] = COLUMNS


def build_people_page(t: Translator, view: PeopleView) -> Component:
    place = view.place
    title = _name_people(t, view)
    return build_bill_page(
        t,
        place,
        MONTH,
        title,
        build_trail(t, (f"{t('Billing')}, {month_name(t, place.month)}", place.link(MONTH)), here=title),
        _build_departments(t, view.departments),
        _build_filters(t, view),
        loading(t, html.Div(build_people(t, view), id=ids.BILLED_TABLE)),
        _build_pager(t, view.people),
        dcc.Store(id=ids.BILLED_PAGE, data=view.people.number),
        dcc.Store(
            id=ids.BILL_PLACE,
            data={"organization": place.organization_id, "month": str(place.month), "service": view.service},
        ),
    )


def _name_people(t: Translator, view: PeopleView) -> str:
    if view.service is not None:
        return name_service(view.services, view.service)
    return t("People of the month")


def name_service(services: dict[str, ServiceName], code: str | None) -> str:
    return services[code].name if code in services else code or ""


def _build_departments(t: Translator, departments: Sequence[DepartmentRow]) -> Component | None:
    if not departments:
        return None
    headings = [
        ("who", t("Department"), ""),
        ("number", t("Employees"), t("employees")),
        ("number", t("Days"), t("days")),
        ("number", t("Amount"), ""),
    ]
    rows: list[list[Children]] = [
        [row.name or t("No department"), t.number(row.heads), t.number(row.days), money(t, row.cents)]
        for row in departments
    ]
    total = [
        t("Total"),
        t.number(sum(row.heads for row in departments)),
        t.number(sum(row.days for row in departments)),
        money(t, sum(row.cents for row in departments)),
    ]
    return card_table(t("By department"), headings, [*rows, total], kind="bill-table with-total")


def _build_filters(t: Translator, view: PeopleView) -> Component:
    search = text_input(
        ids.BILLED_SEARCH, type="search", placeholder=t("Name or number"), debounce=250, maxLength=60, value=""
    )
    shown = [("billed", t("Billed")), ("unopened", t("Billed, application not opened"))]
    if view.service is None:
        shown.append(("others", t("Not billed")))
        shown += [(kind, t("Change: {step}", step=name_step(t, kind))) for kind in STEP_KINDS if kind in view.steps]
    choices = [{"value": value, "label": label} for value, label in shown]
    orders = [
        {"value": "name", "label": t("By name")},
        {"value": "number", "label": t("By number")},
        {"value": "service", "label": t("By service")},
        {"value": "days", "label": t("Most days first")},
    ]
    return html.Div(
        [
            field(t("Search"), search),
            field(t("Show"), select(ids.BILLED_SHOWN, choices, view.shown)),
            field(t("Order"), select(ids.BILLED_ORDER, orders, "name")),
            _build_column_choice(t),
        ],
        className="filters",
    )


def _build_column_choice(t: Translator) -> Component:
    names = {"service": t("Service"), "days": t("Days"), "application": t("Application"), "amount": t("Amount")}
    options = [{"value": value, "label": label} for value, label in names.items()]
    return html.Fieldset(
        [
            html.Legend(t("Columns"), className="field-label"),
            dbc.Checklist(id=ids.BILLED_COLUMNS, options=options, value=list(names), inline=True),
        ],
        className="column-choice",
    )


def build_people(t: Translator, view: PeopleView) -> Component:
    if not view.people.rows:
        return empty("search", html.P(t("Nobody matches here. Check the spelling, or show others.")))
    is_step = view.shown in STEP_KINDS
    columns = {
        "service": ("wide", t("Service"), ""),
        "days": ("number", t("Days"), t("days")),
        "application": ("wide", t("Application"), ""),
        "amount": ("number", t("Change") if is_step else t("Amount"), ""),
    }
    headings = [("who", t("Name"), ""), *(columns[name] for name in columns if name in view.columns)]
    rows = [_build_row(t, view, row) for row in view.people.rows]
    return card_table(t("People of the month"), headings, rows, kind="bill-table billed-people")


def _build_row(t: Translator, view: PeopleView, row: BilledPersonRow) -> list[Children]:
    href = view.place.link(PERSON, person=row.id)
    name = dcc.Link(html.Span(row.name, dir="auto"), href=href)
    who = html.Div(
        [avatar(row.id, row.name), html.Div([name, html.Div(row.number, className="meta")])], className="person-cell"
    )
    where = html.Div(
        [
            name_service(view.services, row.service),
            html.Span(f" · {row.departments}", className="meta") if row.departments else None,
        ]
    )
    opened = t("opened") if row.has_opened else tag(t("not opened"), "quiet")
    if row.reason is not None:
        where, opened = html.Div(_say_reason_briefly(t, row.reason), className="meta"), ""
    cents = change(t, row.step_cents) if row.step_cents is not None else money(t, row.cents)
    cells: dict[str, Children] = {"service": where, "days": t.number(row.days), "application": opened, "amount": cents}
    return [who, *(cells[name] for name in cells if name in view.columns)]


def _build_pager(t: Translator, people: BilledPeoplePage) -> Component:
    return html.Div(
        [
            html.Span(count_people(t, people), id=ids.BILLED_COUNT, className="meta", role="status"),
            html.Div(
                [
                    button(t("Previous"), ids.BILLED_PREVIOUS, n_clicks=0, disabled=people.number == 0),
                    button(t("Next"), ids.BILLED_NEXT, n_clicks=0, disabled=people.last >= people.count),
                ],
                className="acts",
            ),
        ],
        className="pager",
    )


def count_people(t: Translator, people: BilledPeoplePage) -> str:
    total = t.plural("{n} person", "{n} people", people.count)
    if people.count <= len(people.rows):
        return total
    return t("{first} to {last} of {total}", first=t.number(people.first), last=t.number(people.last), total=total)


# One person.


@dataclass(frozen=True)
class PersonView:
    """`chosen`: the day whose facts are shown, None: all. A month that `is_closed` knows what was known then.
    `first` to `running`: the months one can go to."""

    place: BillPlace
    person: BilledPerson
    services: dict[str, ServiceName]
    chosen: date | None
    timezone: str
    names_vendor: bool
    is_closed: bool
    first: Month
    running: Month

    @property
    def is_billed(self) -> bool:
        return self.person.row.reason is None and self.person.row.is_known


def build_person_page(t: Translator, view: PersonView) -> Component:
    place, row = view.place, view.person.row
    service = name_service(view.services, row.service)
    ways: list[tuple[str, str]] = [(f"{t('Billing')}, {month_name(t, place.month)}", place.link(MONTH))]
    if view.is_billed:
        ways.append((service, place.link(PEOPLE, service=row.service)))
    else:
        ways.append((t("Not billed"), place.link(PEOPLE, show="others")))
    return build_bill_page(
        t,
        place,
        MONTH,
        html.Span(row.name, dir="auto"),
        build_trail(t, *ways, here=row.name),
        html.P(_say_verdict(t, view), className="page-lead verdict"),
        _build_person_figures(t, view, service) if view.is_billed else None,
        html.Div([_build_calendar(t, view), _build_facts(t, view)], className="bill-columns person-month")
        if row.is_known
        else None,
        beside=[
            build_month_choice(t, place, PERSON, view.first, view.running, person=row.id),
            tag(t("Billed")) if view.is_billed else tag(t("Not billed"), "quiet"),
        ],
    )


def _build_person_figures(t: Translator, view: PersonView, service: str) -> Component:
    row = view.person.row
    opened = t("The application was opened this month.") if row.has_opened else t("The application was not opened.")
    return figures(
        [
            (t("Amount"), money(t, row.cents), t("before taxes")),
            (t("Billable days"), t.number(row.days), opened),
            (t("At the cost of"), service, row.departments),
        ]
    )


def _say_verdict(t: Translator, view: PersonView) -> Child:
    row, month = view.person.row, month_name(t, view.place.month)
    if not row.is_known and row.reason is None:
        if view.is_closed:
            return t("Not billed: nothing was known of this person when {month} was closed.", month=month)
        return t("Not billed: nothing is known of this person in {month}.", month=month)
    if row.reason is None:
        return t.plural(
            "Billed for {month}: employed in a service on {n} day on which the chat was on.",
            "Billed for {month}: employed in a service on {n} days on which the chat was on.",
            row.days,
            month=month,
        )
    if row.reason is Reason.MERGED and view.person.merged_into:
        into = view.person.merged_into
        said = t("Not billed apart: this file and that of {name} are one person.", name=into.name)
        return html.Span([said, " ", dcc.Link(into.name, href=view.place.link(PERSON, person=into.id))])
    return _say_reason(t, row.reason, month)


def _say_reason(t: Translator, reason: Reason, month: str) -> str:
    return {
        Reason.LEFT: t("Not billed: this person left before {month}."),
        Reason.STARTS_LATER: t("Not billed: this person begins after {month}."),
        Reason.NOT_EMPLOYED: t("Not billed: this person was not employed in any service in {month}."),
        Reason.OPTION_OFF: t(
            "Not billed: the chat was off in {month}, on every day and in every service of this person."
        ),
        Reason.TRIAL: t("Not billed: in {month}, all their days with the chat belong to the free trial."),
        Reason.SUSPENDED: t("Not billed: the chat was suspended on all their days in {month}."),
        Reason.ANNULLED: t("Not billed: the activation that covered their days in {month} was annulled."),
        Reason.TOO_FEW_DAYS: t("Not billed: fewer days in {month} than the contract counts from."),
        Reason.APP_NOT_OPENED: t(
            "Not billed: the application was not opened in {month}; the contract bills users only."
        ),
        Reason.MERGED: t("Not billed apart: this file was merged into another one."),
        Reason.NO_FILE: t("Not billed: this person has no employee file; administrators do not count."),
    }[reason].format(month=month)


def _say_reason_briefly(t: Translator, reason: Reason) -> str:
    return {
        Reason.LEFT: t("left before the month"),
        Reason.STARTS_LATER: t("begins after the month"),
        Reason.NOT_EMPLOYED: t("not employed in the month"),
        Reason.OPTION_OFF: t("chat off on all their days"),
        Reason.TRIAL: t("free trial"),
        Reason.SUSPENDED: t("chat suspended"),
        Reason.ANNULLED: t("activation annulled"),
        Reason.TOO_FEW_DAYS: t("too few days"),
        Reason.APP_NOT_OPENED: t("application not opened"),
        Reason.MERGED: t("merged into another file"),
        Reason.NO_FILE: t("no employee file"),
    }[reason]


def _build_calendar(t: Translator, view: PersonView) -> Component:
    """Weeks from Sunday. A billed day opens to its facts."""
    days = view.person.days
    lead = (days[0].day.weekday() + 1) % 7
    cells: list[DayRow | None] = [None] * lead + list(days)
    cells += [None] * (-len(cells) % 7)
    names = [(number + 6) % 7 for number in range(7)]
    short, wide = (get_day_names(width, locale=t.locale) for width in ("narrow", "wide"))
    head = [html.Th(html.Span(short[n], title=wide[n]), scope="col", **{"aria-label": wide[n]}) for n in names]
    weeks = [cells[at : at + 7] for at in range(0, len(cells), 7)]
    return html.Section(
        [
            html.H2(t("Days of the month")),
            html.Table(
                [
                    html.Caption(t("Days of the month"), className="hidden-text"),
                    html.Thead(html.Tr(head)),
                    html.Tbody([html.Tr([_build_day(t, view, cell) for cell in week]) for week in weeks]),
                ],
                className="calendar",
            ),
            _build_legend(t),
            dcc.Link(t("Show the facts of all days"), href=view.place.link(PERSON, person=view.person.row.id))
            if view.chosen
            else html.P(t("Choose a billed day to see what made it billable."), className="meta"),
        ],
        className="card-box",
    )


def _build_day(t: Translator, view: PersonView, day: DayRow | None) -> Component:
    if day is None:
        return html.Td(className="none")
    number = t.number(day.day.day)
    said = {"billed": t("billed"), "unbilled": t("employed, not billed"), "absent": t("not employed")}[day.kind]
    content: list[Child] = [number, html.Span(f" {said}", className="hidden-text")]
    is_chosen = day.day == view.chosen
    if not day.facts:
        return html.Td(html.Span(content), className=day.kind)
    href = view.place.link(PERSON, person=view.person.row.id, day=day.day)
    place = name_service(view.services, day.service)
    current = {"aria-current": "date"} if is_chosen else {}
    inside = dcc.Link(content, href=href, title=place)
    return html.Td(html.Div(inside, **current), className=f"{day.kind} picked" if is_chosen else day.kind)


def _build_legend(t: Translator) -> Component:
    kinds = (("billed", t("billed")), ("unbilled", t("employed, not billed")), ("absent", t("not employed")))
    return html.Ul(
        [html.Li([html.Span(className=f"swatch {kind}"), words]) for kind, words in kinds], className="plain legend"
    )


def _build_facts(t: Translator, view: PersonView) -> Component:
    chosen = next((day for day in view.person.days if day.day == view.chosen), None)
    facts = view.person.facts
    if chosen:
        facts = [fact for fact in facts if fact.key in chosen.facts]
    title = t("What made {day} billable", day=t.day(chosen.day)) if chosen else t("All the facts")
    content: Component = html.Ol([_build_fact(t, view, fact) for fact in facts], className="plain fact-list")
    if not facts:
        content = html.P(t("No fact touches this month."), className="meta")
    return html.Section([html.H2(title), content], className="card-box")


def _build_fact(t: Translator, view: PersonView, fact: FactRow) -> Component:
    return html.Li(
        [
            html.Div(_say_fact(t, fact), className="fact-words"),
            html.Div(" · ".join(_list_details(t, view, fact)), className="meta"),
        ]
    )


def _say_fact(t: Translator, fact: FactRow) -> str:
    where = fact.service or t("the whole organization")
    return {
        "hired": t("Hired: {service}", service=where),
        "moved": t("Moved: {before} → {service}", before=fact.from_service or "", service=where),
        "ended": t("Last day of work"),
        "switched_on": t("Chat switched on: {service}", service=where),
        "switched_off": t("Chat switched off: {service}", service=where),
        "annulled": t("Activation annulled"),
        "opened": t("Application opened"),
        "merged": t("Files merged: {name}", name=fact.file),
    }[fact.kind]


def _list_details(t: Translator, view: PersonView, fact: FactRow) -> Iterator[str]:
    if fact.effective_on:
        yield t("effective {day}", day=t.day(fact.effective_on))
    elif fact.effective_at:
        yield t("effective {day}", day=t.moment(fact.effective_at, view.timezone))
    if fact.trial_until:
        yield t("free until {day}", day=t.day(fact.trial_until))
    if fact.ticket:
        yield t("ticket {ticket}", ticket=fact.ticket)
    if fact.requested_by:
        yield t("asked for by {name}", name=fact.requested_by)
    yield t("recorded {at} by {name}", at=t.moment(fact.recorded_at, view.timezone), name=_name_recorder(t, view, fact))


def _name_recorder(t: Translator, view: PersonView, fact: FactRow) -> str:
    if fact.is_by_vendor and not view.names_vendor:
        return t("customer service")
    if fact.kind == "opened":
        return t("the application")
    return fact.recorded_by or t("the server")

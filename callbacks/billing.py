"""The bill of one organization: its month, the people behind it, and what one of them follows from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from dash import Dash, Input, Output, State, ctx

from callbacks.fields import Words, parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.person import next_version
from components import ids
from components.bill_month import MonthView
from components.bill_people import COLUMNS, PeopleView, PersonView, build_people, count_people
from components.billing import BillPlace, address
from data import db
from data.access.actors import Actor, VendorRole
from data.access.billing import BilledOrganization, access_billed_organization, access_named_organization
from data.access.permissions import Permission
from data.billing.bill import Bill
from data.billing.rating import Month
from data.billing.variance import STEP_KINDS
from data.bills import get_bill, running_month
from data.bookkeeping import next_due_at
from data.db import Reader
from data.duplicates import list_suspicions
from data.errors import MonthInvalid, NotFound
from data.queries.billing import (
    SHOWN,
    Order,
    get_month_frame,
    is_month_closed,
    list_billed_people,
    list_department_rows,
    list_service_names,
    list_trend,
)
from data.queries.evidence import find_person_evidence

SEARCH_LIMIT = 60

# The page's own address: an act changes it, so that the page is read anew.
HERE = "_pages_location"
# What a page keeps of whose bill it shows, as a client gives it back.
Place = dict[str, Any]


def parse_organization(value: object) -> int | None:
    """Finance and customer service say whose bill; an administrator need not."""
    return None if value in (None, "") else parse_id(value)


def parse_month(value: object) -> Month:
    """A month as addresses have it: 2026-11."""
    try:
        if not isinstance(value, str) or len(value) != 7 or not value.replace("-", "").isascii():
            raise ValueError
        return Month.parse(value)
    except ValueError:
        raise MonthInvalid() from None


def choose_month(reader: Reader, organization: BilledOrganization, value: object) -> Month:
    """The month asked for; else the one that waits to be closed, else the one under way."""
    if value not in (None, ""):
        return parse_month(value)
    running = running_month(reader, organization)
    before = running.shift(-1)
    frame = get_month_frame(reader, organization, before)
    return before if before >= frame.first and not is_month_closed(reader, organization, before) else running


def look_again(place: Place) -> str:
    """The address's search that shows the same again, after an act."""
    known = {name: place.get(name) for name in ("organization", "month", "document")}
    return address("", **known, at=next_version())


def place_of(actor: Actor, organization: BilledOrganization, month: Month) -> BillPlace:
    is_vendor = actor.vendor_role is not None
    return BillPlace(
        organization_id=organization.id if is_vendor else None,
        organization=organization.name,
        month=month,
        sees_names=organization.sees_names,
        keeps_books=actor.vendor_role is VendorRole.FINANCE,
    )


def read_month(organization: object, month: object) -> MonthView:
    actor = current_actor()
    with db.read() as reader:
        billed = access_billed_organization(reader, actor, parse_organization(organization))
        wanted = choose_month(reader, billed, month)
    bill = get_bill(billed, wanted)
    with db.read() as reader:
        frame = get_month_frame(reader, billed, wanted)
        trend = list_trend(reader, billed, bill)
        now = reader.now
        mine = actor.vendor_role is None and frame.state in ("running", "review")
        suspicions = list_suspicions(reader, billed.id) if mine else []
    is_next = frame.state == "review" and wanted == frame.running.shift(-1)
    due = next_due_at(now, billed.timezone)
    closes_at = due if is_next and Month.of(due.date()).shift(-1) == wanted else None
    return MonthView(place_of(actor, billed, wanted), bill, frame, trend, closes_at, billed.timezone, suspicions)


def read_people(
    organization: object,
    month: object,
    shown: object,
    service: object,
    *,
    search: str = "",
    order: Order = "name",
    columns: Collection[str] = COLUMNS,
    page: int = 0,
) -> PeopleView:
    actor = current_actor()
    with db.read() as reader:
        named = access_named_organization(reader, actor, parse_organization(organization))
        wanted = choose_month(reader, named, month)
    bill = get_bill(named, wanted)
    shown, code = parse_shown(shown), parse_service_code(bill, service)
    with db.read() as reader:
        return PeopleView(
            place=place_of(actor, named, wanted),
            people=list_billed_people(
                reader, named, bill, shown=shown, service=code, search=search, order=order, page=page
            ),
            services=list_service_names(reader, named),
            departments=list_department_rows(reader, named, bill, code) if code and not search else [],
            shown=shown,
            service=code,
            steps=[step.kind for step in bill.steps if step.people],
            columns=columns,
        )


def parse_shown(value: object) -> str:
    return value if isinstance(value, str) and value in (*SHOWN, *STEP_KINDS) else "billed"


def parse_service_code(bill: Bill, value: object) -> str | None:
    """A service that somebody is billed in that month; `NotFound` for anything else."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value not in bill.services:
        raise NotFound()
    return value


def read_person(organization: object, month: object, person: object, day: object) -> PersonView:
    actor = current_actor()
    with db.read() as reader:
        named = access_named_organization(reader, actor, parse_organization(organization))
        wanted = choose_month(reader, named, month)
    bill = get_bill(named, wanted)
    with db.read() as reader:
        found = find_person_evidence(reader, named, bill, parse_id(person))
        frame = get_month_frame(reader, named, wanted)
    if found is None:
        raise NotFound()
    return PersonView(
        place=place_of(actor, named, wanted),
        person=found,
        services=frame.services,
        chosen=_parse_day(day, wanted),
        timezone=named.timezone,
        names_vendor=not named.is_own,
        is_closed=bill.stored is not None,
        first=frame.first,
        running=frame.running,
    )


def _parse_day(value: object, month: Month) -> date | None:
    """A day of the month; whatever else was asked for shows them all."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day and Month.of(day) == month else None


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.BILLED_TABLE, "children"),
        Output(ids.BILLED_COUNT, "children"),
        Output(ids.BILLED_PREVIOUS, "disabled"),
        Output(ids.BILLED_NEXT, "disabled"),
        Output(ids.BILLED_PAGE, "data"),
        Input(ids.BILLED_SEARCH, "value"),
        Input(ids.BILLED_SHOWN, "value"),
        Input(ids.BILLED_ORDER, "value"),
        Input(ids.BILLED_COLUMNS, "value"),
        Input(ids.BILLED_PREVIOUS, "n_clicks"),
        Input(ids.BILLED_NEXT, "n_clicks"),
        State(ids.BILLED_PAGE, "data"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.SEE_BILLED_PEOPLE,
        prevent_initial_call=True,
    )
    def draw_people(
        search: str | None,
        shown: str | None,
        order: Order,
        columns: Words,
        before: int | None,
        after: int | None,
        page: int | None,
        place: Place,
    ) -> Any:
        t = current_translator()
        turned = {ids.BILLED_PREVIOUS: (page or 0) - 1, ids.BILLED_NEXT: (page or 0) + 1}.get(ctx.triggered_id, 0)
        text = (search or "")[:SEARCH_LIMIT]
        if ctx.triggered_id == ids.BILLED_COLUMNS:
            turned = page or 0
        view = read_people(
            place.get("organization"),
            place.get("month"),
            shown,
            place.get("service"),
            search=text,
            order=order,
            columns=columns,
            page=turned,
        )
        people = view.people
        is_last = people.last >= people.count
        return build_people(t, view), count_people(t, people), people.number == 0, is_last, people.number

"""The directory: the table as it is searched and paged, and hiring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import parse_choice, parse_day, parse_id, parse_service
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.person import next_version, open_drawer
from callbacks.refusals import describe_refusal
from components import ids
from components.access_sheet import build_sheets_button
from components.controls import NONE, field_error, options
from components.directory import build_people, count_people, has_next, has_previous
from data import db
from data.access.actors import Actor
from data.access.directory import (
    ListedOrganization,
    ListedService,
    access_administered_organization,
    access_changing_session,
    access_listed_organization,
    access_listed_service,
    access_shaped_place,
)
from data.access.permissions import Permission
from data.access.presence import get_today
from data.actions.directory import NewEmployee, check_number, do_hire
from data.db import Reader
from data.errors import ChatError, DateInvalid, NotFound, NumberTaken, PlaceClosed
from data.queries.directory import STATUSES, Status, list_open_services, list_people
from data.text import check_email, check_name

SEARCH_LIMIT = 60

# In the order in which they stand.
HIRE_FIELDS = (
    ids.HIRE_GIVEN,
    ids.HIRE_FAMILY,
    ids.HIRE_NUMBER,
    ids.HIRE_EMAIL,
    ids.HIRE_SERVICE,
    ids.HIRE_DATE,
)
# What only the unit of work finds out, and under which field it is said.
HIRE_FIELD_OF: dict[type[ChatError], str] = {
    NumberTaken: ids.HIRE_NUMBER,
    NotFound: ids.HIRE_SERVICE,
    PlaceClosed: ids.HIRE_SERVICE,
    DateInvalid: ids.HIRE_DATE,
}


def choose_status(actor: Actor, asked: object = None) -> Status:
    """What the table shows at first, unless the address asks for another: an administrator's holds those who left as
    well, behind the filter."""
    for status in STATUSES:
        if status == asked:
            return status
    return "current" if actor.member.is_administrator else "all"


def choose_service(reader: Reader, organization: ListedOrganization, asked: object) -> ListedService | None:
    """None: all; `NotFound` for one that is not the actor's."""
    return access_listed_service(reader, organization, parse_id(asked)) if asked not in (None, "", NONE) else None


def register(gate: Gate, app: Dash) -> None:
    _register_table(gate, app)
    _register_hiring(gate, app)


def _register_table(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.DIRECTORY_TABLE, "children"),
        Output(ids.DIRECTORY_COUNT, "children"),
        Output(ids.DIRECTORY_PREVIOUS, "disabled"),
        Output(ids.DIRECTORY_NEXT, "disabled"),
        Output(ids.DIRECTORY_PAGE, "data"),
        Output(ids.SHEETS_PLACE, "children"),
        Input(ids.DIRECTORY_SEARCH, "value"),
        Input(ids.DIRECTORY_SERVICE, "value"),
        Input(ids.DIRECTORY_STATUS, "value"),
        Input(ids.DIRECTORY_PREVIOUS, "n_clicks"),
        Input(ids.DIRECTORY_NEXT, "n_clicks"),
        Input(ids.DIRECTORY_VERSION, "data"),
        State(ids.DIRECTORY_PAGE, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def draw_people(
        search: str | None,
        service_id: str | None,
        status: Status,
        before: int | None,
        after: int | None,
        version: str | None,
        page: int | None,
    ) -> Any:
        t, actor = current_translator(), current_actor()
        with db.read() as reader:
            organization = access_listed_organization(reader, actor)
            service = choose_service(reader, organization, service_id)
            people = list_people(
                reader,
                organization,
                service=service,
                status=status,
                search=(search or "")[:SEARCH_LIMIT],
                page=_turn(page or 0),
            )
        is_narrowed = bool((search or "").strip() or service or status not in ("all", choose_status(actor)))
        table = build_people(t, people, may_administer=organization.sees_everybody, is_narrowed=is_narrowed)
        sheets = build_sheets_button(t, people.count if status == "without_app" else 0)
        return table, count_people(t, people), not has_previous(people), not has_next(people), people.number, sheets

    @gate.callback(
        app,
        Output(ids.DIRECTORY_SEARCH, "value"),
        Output(ids.DIRECTORY_SERVICE, "value"),
        Output(ids.DIRECTORY_STATUS, "value"),
        Input(ids.DIRECTORY_CLEAR, "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def show_everybody(clicks: int | None) -> Any:
        return ("", "", "all") if clicks else [no_update] * 3


def _turn(page: int) -> int:
    """The page one asked for: another one, the same again after a change, or the first of a new search."""
    turned = {ids.DIRECTORY_PREVIOUS: page - 1, ids.DIRECTORY_NEXT: page + 1, ids.DIRECTORY_VERSION: page}
    return turned.get(ctx.triggered_id, 0)


def _register_hiring(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.HIRE_DIALOG, "is_open"),
        Output(ids.HIRE_GIVEN, "value"),
        Output(ids.HIRE_FAMILY, "value"),
        Output(ids.HIRE_NUMBER, "value"),
        Output(ids.HIRE_EMAIL, "value"),
        Output(ids.HIRE_SERVICE, "options"),
        Output(ids.HIRE_SERVICE, "value"),
        Output(ids.HIRE_DATE, "value"),
        Output(ids.HIRE_ERROR, "children"),
        *(Output(field_error(name), "children", allow_duplicate=True) for name in HIRE_FIELDS),
        *(Output(name, "invalid", allow_duplicate=True) for name in HIRE_FIELDS),
        Input(ids.HIRE_OPEN, "n_clicks"),
        Input(ids.HIRE_CANCEL, "n_clicks"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def open_hiring(opened: int | None, cancelled: int | None) -> Any:
        if ctx.triggered_id != ids.HIRE_OPEN:
            return (False, *[no_update] * (8 + 2 * len(HIRE_FIELDS)))
        with db.read() as reader:
            organization = access_administered_organization(reader, current_actor())
            services = list_open_services(reader, organization)
            today = get_today(reader, organization.id)
        first = str(services[0].id) if len(services) == 1 else ""
        clean = [*[""] * len(HIRE_FIELDS), *[False] * len(HIRE_FIELDS)]
        return True, "", "", "", "", options(services), first, today.isoformat(), "", *clean

    @gate.callback(
        app,
        Output(ids.HIRE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.HIRE_ERROR, "children", allow_duplicate=True),
        *(Output(field_error(name), "children") for name in HIRE_FIELDS),
        *(Output(name, "invalid") for name in HIRE_FIELDS),
        Output(ids.HIRE_WRONG, "data"),
        Output(ids.DIRECTORY_VERSION, "data", allow_duplicate=True),
        Output(ids.PERSON_DRAWER, "is_open", allow_duplicate=True),
        Output(ids.PERSON_NAME, "children", allow_duplicate=True),
        Output(ids.PERSON_BODY, "children", allow_duplicate=True),
        Output(ids.PERSON_ID, "data", allow_duplicate=True),
        Input(ids.HIRE_SAVE, "n_clicks"),
        State(ids.HIRE_NUMBER, "value"),
        State(ids.HIRE_GIVEN, "value"),
        State(ids.HIRE_FAMILY, "value"),
        State(ids.HIRE_EMAIL, "value"),
        State(ids.HIRE_SERVICE, "value"),
        State(ids.HIRE_DEPARTMENT, "value"),
        State(ids.HIRE_DATE, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def hire(
        clicks: int | None,
        number: str | None,
        given_name: str | None,
        family_name: str | None,
        email: str | None,
        service_id: str | None,
        department_id: str | None,
        day: str | None,
    ) -> Any:
        file = NewEmployee(number or "", given_name or "", family_name or "", email or "")
        wrong = _check_hire(file, service_id, day)
        if wrong:
            return no_update, *_mark(wrong), *[no_update] * 5
        try:
            person_id = _hire(file, service_id, department_id, day)
        except ChatError as error:
            return no_update, *_mark({HIRE_FIELD_OF.get(type(error), ""): error}), *[no_update] * 5
        return False, *_mark({}), next_version(), *open_drawer(person_id)

    app.clientside_callback(
        ClientsideFunction("forms", "focus"),
        Output(ids.HIRE_ERROR, "title"),
        Input(ids.HIRE_WRONG, "data"),
        prevent_initial_call=True,
    )


def _check_hire(file: NewEmployee, service_id: str | None, day: str | None) -> dict[str, ChatError]:
    """All that is wrong at once, by field."""
    checks: dict[str, Callable[[], object]] = {
        ids.HIRE_GIVEN: lambda: check_name(file.given_name),
        ids.HIRE_FAMILY: lambda: check_name(file.family_name),
        ids.HIRE_NUMBER: lambda: check_number(file.number),
        ids.HIRE_EMAIL: lambda: check_email(file.email),
        ids.HIRE_SERVICE: lambda: parse_service(service_id),
        ids.HIRE_DATE: lambda: parse_day(day),
    }
    wrong: dict[str, ChatError] = {}
    for field, check in checks.items():
        try:
            check()
        except ChatError as error:
            wrong[field] = error
    return wrong


def _mark(wrong: dict[str, ChatError]) -> list[Any]:
    """What is wrong under its field (or, under none, at the foot), the fields that are, and the first of them."""
    t = current_translator()
    said = {field: describe_refusal(error, t) for field, error in wrong.items()}
    first = next((field for field in HIRE_FIELDS if field in said), None)
    return [
        said.get("", ""),
        *(said.get(field, "") for field in HIRE_FIELDS),
        *(field in said for field in HIRE_FIELDS),
        {"id": first, "at": next_version()} if first else None,
    ]


def _hire(file: NewEmployee, service_id: str | None, department_id: str | None, day: str | None) -> int:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        organization = access_administered_organization(uow, actor)
        service, department = access_shaped_place(
            uow, organization, parse_service(service_id), parse_choice(department_id)
        )
        return do_hire(uow, organization, file, service, department, parse_day(day))

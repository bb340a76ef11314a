"""The directory: the table as it is searched and paged, and hiring."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from callbacks.fields import parse_choice, parse_day, parse_id, parse_service
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.person import next_version, open_drawer
from callbacks.refusals import describe_refusal
from components import ids
from components.controls import options
from components.directory import build_people, count_people, has_next, has_previous
from data import db
from data.access.actors import Actor
from data.access.directory import (
    access_administered_organization,
    access_changing_session,
    access_listed_organization,
    access_listed_service,
    access_shaped_place,
)
from data.access.permissions import Permission
from data.access.presence import get_today
from data.actions.directory import NewEmployee, do_hire
from data.errors import ChatError
from data.queries.directory import Status, list_open_services, list_people

SEARCH_LIMIT = 60


def choose_status(actor: Actor) -> Status:
    """What the table shows at first: an administrator's holds those who left as well, behind the filter."""
    return "current" if actor.member.is_administrator else "all"


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
            people = list_people(
                reader,
                organization,
                service=access_listed_service(reader, organization, parse_id(service_id)) if service_id else None,
                status=status,
                search=(search or "")[:SEARCH_LIMIT],
                page=_turn(page or 0),
            )
        is_narrowed = bool((search or "").strip() or service_id or status not in ("all", choose_status(actor)))
        table = build_people(t, people, may_administer=organization.sees_everybody, is_narrowed=is_narrowed)
        return table, count_people(t, people), not has_previous(people), not has_next(people), people.number

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
        Input(ids.HIRE_OPEN, "n_clicks"),
        Input(ids.HIRE_CANCEL, "n_clicks"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def open_hiring(opened: int | None, cancelled: int | None) -> Any:
        if ctx.triggered_id != ids.HIRE_OPEN:
            return (False, *[no_update] * 8)
        with db.read() as reader:
            organization = access_administered_organization(reader, current_actor())
            services = list_open_services(reader, organization)
            today = get_today(reader, organization.id)
        first = str(services[0].id) if len(services) == 1 else ""
        return True, "", "", "", "", options(services), first, today.isoformat(), ""

    @gate.callback(
        app,
        Output(ids.HIRE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.HIRE_ERROR, "children", allow_duplicate=True),
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
        try:
            person_id = _hire(file, service_id, department_id, day)
        except ChatError as error:
            return (no_update, describe_refusal(error, current_translator()), *[no_update] * 5)
        return (False, "", next_version(), *open_drawer(person_id))


def _hire(file: NewEmployee, service_id: str | None, department_id: str | None, day: str | None) -> int:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        organization = access_administered_organization(uow, actor)
        service, department = access_shaped_place(
            uow, organization, parse_service(service_id), parse_choice(department_id)
        )
        return do_hire(uow, organization, file, service, department, parse_day(day))

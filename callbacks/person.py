"""The drawer of a person: opening it, and the acts of an administrator in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, Ids, parse_choice, parse_day, parse_id, parse_service
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.controls import options
from components.person import OpenedPerson, build_person
from data import db
from data.access.actors import Actor
from data.access.directory import (
    AdministeredEmployee,
    access_administered_employee,
    access_administered_organization,
    access_changing_session,
    access_listed_organization,
    access_listed_person,
    access_shaped_place,
    access_shaped_service,
    access_shaped_services,
)
from data.access.permissions import Permission
from data.actions.directory import (
    NewEmployee,
    do_correct_employee,
    do_end_sessions,
    do_give_access_back,
    do_set_managed_services,
)
from data.actions.employment import do_assign, do_move
from data.db import Reader, UnitOfWork
from data.errors import ChatError
from data.queries.directory import get_person_file, list_open_departments, list_open_services

Act = Callable[[UnitOfWork, AdministeredEmployee], None]


def register(gate: Gate, app: Dash) -> None:
    _register_opening(gate, app)
    for service, department in (
        (ids.HIRE_SERVICE, ids.HIRE_DEPARTMENT),
        (ids.ASSIGN_SERVICE, ids.ASSIGN_DEPARTMENT),
        (ids.MOVE_SERVICE, ids.MOVE_DEPARTMENT),
    ):
        _register_departments(gate, app, service, department)
    _register_correction(gate, app)
    _register_employment(gate, app)
    _register_rights(gate, app)


def read_person(reader: Reader, actor: Actor, person_id: int) -> OpenedPerson:
    """What the drawer shows to this actor; `NotFound` for whom they may not see."""
    person = access_listed_person(reader, access_listed_organization(reader, actor), person_id)
    services = None
    if actor.member.is_administrator:
        services = list_open_services(reader, access_administered_organization(reader, actor))
    return OpenedPerson(get_person_file(reader, person), services)


def open_drawer(person_id: int) -> tuple[bool, str, list[Any], int]:
    """Open, the name, the body, the id: the properties of a drawer that shows this person."""
    with db.read() as reader:
        opened = read_person(reader, current_actor(), person_id)
    return True, opened.file.row.name, build_person(current_translator(), opened), person_id


def next_version() -> str:
    """A new value for a store whose change has a list drawn again."""
    return secrets.token_hex(4)


def _register_opening(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.PERSON_DRAWER, "is_open"),
        Output(ids.PERSON_NAME, "children"),
        Output(ids.PERSON_BODY, "children"),
        Output(ids.PERSON_ID, "data"),
        Input(ids.person_button(ALL), "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def open_person(clicks: Drawn) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 4
        return open_drawer(parse_id(ctx.triggered_id.get("person")))


def _register_departments(gate: Gate, app: Dash, service: str, department: str) -> None:
    @gate.callback(
        app,
        Output(department, "options"),
        Output(department, "value"),
        Input(service, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def offer_departments(service_id: str | None) -> Any:
        with db.read() as reader:
            organization = access_administered_organization(reader, current_actor())
            choices = list_open_departments(reader, organization, parse_id(service_id))
        return options(choices, first=current_translator()("None")), ""


def _outputs(form: str) -> list[Output]:
    """What a form of the drawer changes: its own error, the drawer, the table behind it."""
    return [
        Output(ids.person_error(form), "children", allow_duplicate=True),
        Output(ids.PERSON_BODY, "children", allow_duplicate=True),
        Output(ids.DIRECTORY_VERSION, "data", allow_duplicate=True),
    ]


def _change(clicks: int | None, person_id: object, act: Act, *, told: str = "") -> Any:
    """Do it, and show what it came to; what the rules refuse is said beside the form, which keeps what was typed."""
    if not clicks:  # the form has just been drawn
        return [no_update] * 3
    t = current_translator()
    try:
        with db.unit_of_work() as uow:
            actor = access_changing_session(uow, current_actor())
            organization = access_administered_organization(uow, actor)
            act(uow, access_administered_employee(uow, organization, parse_id(person_id)))
    except ChatError as error:
        return describe_refusal(error, t), no_update, no_update
    show_notice(told or t("Saved."))
    return "", open_drawer(parse_id(person_id))[2], next_version()


def _register_correction(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("file"),
        Output(ids.PERSON_NAME, "children", allow_duplicate=True),
        Input(ids.CORRECT_FILE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.CORRECT_NUMBER, "value"),
        State(ids.CORRECT_GIVEN, "value"),
        State(ids.CORRECT_FAMILY, "value"),
        State(ids.CORRECT_EMAIL, "value"),
        State(ids.CORRECT_BIRTH, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def correct_file(
        clicks: int | None,
        person_id: int | None,
        number: str | None,
        given_name: str | None,
        family_name: str | None,
        email: str | None,
        birth_on: str | None,
    ) -> Any:
        def act(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
            day = parse_day(birth_on) if birth_on else None
            file = NewEmployee(number or "", given_name or "", family_name or "", email or "", day)
            do_correct_employee(uow, employee, file)

        t = current_translator()
        done = _change(clicks, person_id, act, told=t("The file is corrected."))
        is_done = done[0] == ""
        return *done, open_drawer(parse_id(person_id))[1] if is_done else no_update


def _register_employment(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("assign"),
        Input(ids.ASSIGN_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.ASSIGN_SERVICE, "value"),
        State(ids.ASSIGN_DEPARTMENT, "value"),
        State(ids.ASSIGN_DATE, "value"),
        State(ids.ASSIGN_PRIMARY, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def assign(
        clicks: int | None,
        person_id: int | None,
        service_id: str | None,
        department_id: str | None,
        day: str | None,
        is_primary: bool | None,
    ) -> Any:
        def act(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
            service, department = access_shaped_place(
                uow, employee.organization, parse_service(service_id), parse_choice(department_id)
            )
            do_assign(uow, employee, service, department, parse_day(day), is_primary=bool(is_primary))

        return _change(clicks, person_id, act)

    @gate.callback(
        app,
        *_outputs("move"),
        Input(ids.MOVE_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.MOVE_FROM, "value"),
        State(ids.MOVE_SERVICE, "value"),
        State(ids.MOVE_DEPARTMENT, "value"),
        State(ids.MOVE_DATE, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def move(
        clicks: int | None,
        person_id: int | None,
        from_id: str | None,
        service_id: str | None,
        department_id: str | None,
        day: str | None,
    ) -> Any:
        def act(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
            source = access_shaped_service(uow, employee.organization, parse_id(from_id))
            service, department = access_shaped_place(
                uow, employee.organization, parse_service(service_id), parse_choice(department_id)
            )
            do_move(uow, employee, source, service, department, parse_day(day))

        return _change(clicks, person_id, act)


def _register_rights(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("rights"),
        Input(ids.RIGHTS_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.RIGHTS_SERVICES, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def set_rights(clicks: int | None, person_id: int | None, service_ids: Ids | None) -> Any:
        def act(uow: UnitOfWork, employee: AdministeredEmployee) -> None:
            chosen = service_ids or []
            do_set_managed_services(uow, employee, access_shaped_services(uow, employee.organization, chosen))

        return _change(clicks, person_id, act)

    @gate.callback(
        app,
        *_outputs("access"),
        Input(ids.GIVE_ACCESS_BACK, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def give_access_back(clicks: int | None, person_id: int | None) -> Any:
        t = current_translator()
        return _change(clicks, person_id, do_give_access_back, told=t("Access is given back."))

    @gate.callback(
        app,
        *_outputs("access"),
        Input(ids.END_SESSIONS, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def end_sessions(clicks: int | None, person_id: int | None) -> Any:
        t = current_translator()
        return _change(clicks, person_id, do_end_sessions, told=t("Signed out of all devices."))

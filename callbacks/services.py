"""Shaping an organization: its services and their departments. Customer service says which organization; the server
looks at it anew each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, DrawnIds, DrawnTexts, parse_day, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.asking import Question, build_question
from components.services import ask_close_department, ask_close_service, build_service, build_services
from data import db
from data.access.directory import (
    ShapedOrganization,
    access_changing_session,
    access_shaped_department,
    access_shaped_organization,
    access_shaped_service,
)
from data.access.permissions import Permission
from data.actions.directory import (
    check_department_closing,
    check_service_closing,
    do_close_department,
    do_close_service,
    do_create_department,
    do_create_service,
    do_rename_department,
    do_rename_service,
    do_reopen_department,
    do_reopen_service,
)
from data.db import Reader, UnitOfWork
from data.errors import ChatError, Invalid, NotFound
from data.i18n import Translator
from data.queries.services import ServiceList, count_closing, list_services

Act = Callable[[UnitOfWork, ShapedOrganization], object]


@dataclass(frozen=True)
class Asked:
    """What the dialog asks to close; comes back with the agreement, and is checked anew."""

    service: int
    department: int = 0
    day: str | None = None


Make = Callable[[Reader, Translator, ShapedOrganization], tuple[Question, Asked]]


def register(gate: Gate, app: Dash) -> None:
    _register_creation(gate, app)
    _register_opening(gate, app)
    _register_service(gate, app)
    _register_departments(gate, app)
    _register_closing(gate, app)


def parse_organization(value: object) -> int | None:
    """None: the actor's own. Anything that is no id is an organization that does not exist."""
    return None if value is None else parse_id(value)


def _shape(organization_id: int | None, act: Act) -> None:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        act(uow, access_shaped_organization(uow, actor, parse_organization(organization_id)))


def _list(organization_id: int | None) -> ServiceList:
    with db.read() as reader:
        organization = access_shaped_organization(reader, current_actor(), parse_organization(organization_id))
        return list_services(reader, organization)


def _register_creation(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.SERVICE_DIALOG, "is_open"),
        Output(ids.SERVICE_NAME, "value"),
        Output(ids.SERVICE_CODE, "value"),
        Output(ids.SERVICE_ERROR, "children"),
        Input(ids.SERVICE_NEW, "n_clicks"),
        Input(ids.SERVICE_CANCEL, "n_clicks"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def open_creation(opened: int | None, cancelled: int | None) -> Any:
        return (True, "", "", "") if ctx.triggered_id == ids.SERVICE_NEW else (False, *[no_update] * 3)

    @gate.callback(
        app,
        Output(ids.SERVICE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.SERVICE_ERROR, "children", allow_duplicate=True),
        Output(ids.SERVICES_LIST, "children", allow_duplicate=True),
        Input(ids.SERVICE_SAVE, "n_clicks"),
        Input(ids.SERVICE_CODE, "n_submit"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_CODE, "value"),
        State(ids.SERVICE_NAME, "value"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def create_service(
        clicks: int | None, submits: int | None, organization_id: int | None, code: str | None, name: str | None
    ) -> Any:
        t = current_translator()
        try:
            _shape(organization_id, lambda uow, here: do_create_service(uow, here, code or "", name or ""))
        except ChatError as error:
            return no_update, describe_refusal(error, t), no_update
        show_notice(t("Saved."))
        return False, "", build_services(t, _list(organization_id))


def _register_opening(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.SERVICE_DRAWER, "is_open"),
        Output(ids.SERVICE_TITLE, "children"),
        Output(ids.SERVICE_BODY, "children"),
        Output(ids.SERVICE_ID, "data"),
        Input(ids.service_button(ALL), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def open_service(clicks: Drawn, organization_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 4
        services = _list(organization_id)
        row = services.find(parse_id(ctx.triggered_id.get("service")))
        if row is None:
            raise NotFound()
        return True, row.name, build_service(current_translator(), row, services.today), row.id


def _outputs(error_id: str) -> list[Output]:
    """What a form of the drawer changes: its own error, the drawer, the list behind it."""
    return [
        Output(error_id, "children", allow_duplicate=True),
        Output(ids.SERVICE_TITLE, "children", allow_duplicate=True),
        Output(ids.SERVICE_BODY, "children", allow_duplicate=True),
        Output(ids.SERVICES_LIST, "children", allow_duplicate=True),
    ]


def _change(organization_id: int | None, service_id: object, act: Act, *, told: str = "") -> Any:
    t = current_translator()
    try:
        _shape(organization_id, act)
    except ChatError as error:
        return describe_refusal(error, t), no_update, no_update, no_update
    show_notice(told or t("Saved."))
    services = _list(organization_id)
    row = services.find(parse_id(service_id))
    if row is None:
        raise NotFound()
    return "", row.name, build_service(t, row, services.today), build_services(t, services)


def _register_service(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs(ids.SERVICE_RENAME_ERROR),
        Input(ids.SERVICE_RENAME, "n_clicks"),
        Input(ids.SERVICE_NEW_NAME, "n_submit"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        State(ids.SERVICE_NEW_NAME, "value"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def rename_service(
        clicks: int | None, submits: int | None, organization_id: int | None, service_id: int | None, name: str | None
    ) -> Any:
        if not clicks and not submits:  # the form has just been drawn
            return [no_update] * 4

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_rename_service(uow, access_shaped_service(uow, organization, parse_id(service_id)), name or "")

        return _change(organization_id, service_id, act)

    @gate.callback(
        app,
        *_ask_outputs(ids.SERVICE_CLOSE_ERROR),
        Input(ids.SERVICE_CLOSE, "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        State(ids.SERVICE_CLOSE_DATE, "value"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def ask_to_close(clicks: int | None, organization_id: int | None, service_id: int | None, day: str | None) -> Any:
        def make(reader: Reader, t: Translator, organization: ShapedOrganization) -> tuple[Question, Asked]:
            service = access_shaped_service(reader, organization, parse_id(service_id))
            check_service_closing(reader, service, parse_day(day))
            services = list_services(reader, organization)
            row = services.get(service.id)
            question = ask_close_service(t, row, parse_day(day), services.today, count_closing(reader, service))
            return question, Asked(service=service.id, day=day)

        return _ask(clicks, organization_id, make)

    @gate.callback(
        app,
        *_outputs(ids.SERVICE_CLOSE_ERROR),
        Input(ids.SERVICE_REOPEN, "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def reopen_service(clicks: int | None, organization_id: int | None, service_id: int | None) -> Any:
        if not clicks:
            return [no_update] * 4
        t = current_translator()

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_reopen_service(uow, access_shaped_service(uow, organization, parse_id(service_id)))

        return _change(organization_id, service_id, act, told=t("The service is open."))


def _register_closing(gate: Gate, app: Dash) -> None:
    """What was asked, once agreed to."""

    @gate.callback(
        app,
        Output(ids.ask("service", "ask"), "is_open"),
        *_outputs(ids.ask("service", "ask-error")),
        Input(ids.ask("service", "confirm"), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.ask("service", "asked"), "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def close(clicks: int | None, organization_id: int | None, asked: Asked | None) -> Any:
        if not clicks or asked is None:
            return [no_update] * 5
        t = current_translator()

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            if asked.department:
                do_close_department(uow, access_shaped_department(uow, organization, asked.department))
            else:
                service = access_shaped_service(uow, organization, asked.service)
                do_close_service(uow, service, parse_day(asked.day))

        told = t("The department is closed.") if asked.department else _tell_closing(t, asked)
        done = _change(organization_id, asked.service, act, told=told)
        return done[0] != "", *done

    @gate.callback(
        app,
        Output(ids.ask("service", "ask"), "is_open", allow_duplicate=True),
        Input(ids.ask("service", "keep"), "n_clicks"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def keep(clicks: int | None) -> Any:
        return False


def _tell_closing(t: Translator, asked: Asked) -> str:
    try:
        return t("The service closes on {day}.", day=t.day(parse_day(asked.day)))
    except Invalid:
        return ""


def _ask_outputs(error_id: str) -> list[Output]:
    """What a button that asks changes: the error of its form, and the dialog."""
    parts = (("ask", "is_open"), ("ask-words", "children"), ("ask-body", "children"), ("confirm", "children"))
    return [
        Output(error_id, "children", allow_duplicate=True),
        *(Output(ids.ask("service", part), name, allow_duplicate=True) for part, name in parts),
        Output(ids.ask("service", "ask-error"), "children", allow_duplicate=True),
        Output(ids.ask("service", "asked"), "data", allow_duplicate=True),
    ]


def _ask(clicks: int | None, organization_id: int | None, make: Make) -> Any:
    if not clicks:  # the form has just been drawn
        return [no_update] * 7
    t = current_translator()
    try:
        with db.read() as reader:
            organization = access_shaped_organization(reader, current_actor(), parse_organization(organization_id))
            question, asked = make(reader, t, organization)
    except ChatError as error:
        return describe_refusal(error, t), *[no_update] * 6
    kept = {"service": asked.service, "department": asked.department, "day": asked.day}
    return "", True, question.title, build_question(question), question.act, "", kept


def _register_departments(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs(ids.DEPARTMENT_ERROR),
        Input(ids.DEPARTMENT_SAVE, "n_clicks"),
        Input(ids.DEPARTMENT_NAME, "n_submit"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        State(ids.DEPARTMENT_NAME, "value"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def add_department(
        clicks: int | None, submits: int | None, organization_id: int | None, service_id: int | None, name: str | None
    ) -> Any:
        if not clicks and not submits:
            return [no_update] * 4

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_create_department(uow, access_shaped_service(uow, organization, parse_id(service_id)), name or "")

        return _change(organization_id, service_id, act)

    @gate.callback(
        app,
        *_outputs(ids.DEPARTMENT_ERROR),
        Input(ids.department("rename", ALL), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        State(ids.department("name", ALL), "value"),
        State(ids.department("name", ALL), "id"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def rename_department(
        clicks: Drawn,
        organization_id: int | None,
        service_id: int | None,
        names: DrawnTexts,
        name_ids: DrawnIds,
    ) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 4
        department_id = parse_id(ctx.triggered_id.get("department"))
        typed = {parse_id(each.get("department")): name for each, name in zip(name_ids, names, strict=False)}

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            department = access_shaped_department(uow, organization, department_id)
            do_rename_department(uow, department, typed.get(department_id) or "")

        return _change(organization_id, service_id, act)

    @gate.callback(
        app,
        *_ask_outputs(ids.DEPARTMENT_ERROR),
        Input(ids.department("close", ALL), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def ask_to_close(clicks: Drawn, organization_id: int | None, service_id: int | None) -> Any:
        department_id = parse_id(ctx.triggered_id.get("department")) if isinstance(ctx.triggered_id, dict) else 0

        def make(reader: Reader, t: Translator, organization: ShapedOrganization) -> tuple[Question, Asked]:
            department = access_shaped_department(reader, organization, department_id)
            check_department_closing(reader, department)
            row = list_services(reader, organization).get(department.service_id)
            question = ask_close_department(t, row, row.get_department(department.id))
            return question, Asked(service=department.service_id, department=department.id)

        return _ask(int(any(clicks)), organization_id, make)

    @gate.callback(
        app,
        *_outputs(ids.DEPARTMENT_ERROR),
        Input(ids.department("reopen", ALL), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def reopen_department(clicks: Drawn, organization_id: int | None, service_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 4
        t, department_id = current_translator(), parse_id(ctx.triggered_id.get("department"))

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_reopen_department(uow, access_shaped_department(uow, organization, department_id))

        return _change(organization_id, service_id, act, told=t("The department is open."))

"""Shaping an organization: its services and their departments. Customer service says which organization; the server
looks at it anew each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import parse_day, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.services import build_service, build_services
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
    do_close_department,
    do_close_service,
    do_create_department,
    do_create_service,
    do_rename_department,
    do_rename_service,
)
from data.db import UnitOfWork
from data.errors import ChatError, NotFound
from data.queries.services import ServiceList, list_services

Act = Callable[[UnitOfWork, ShapedOrganization], object]


def register(gate: Gate, app: Dash) -> None:
    _register_creation(gate, app)
    _register_opening(gate, app)
    _register_service(gate, app)
    _register_departments(gate, app)


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
    def open_service(clicks: list[int | None], organization_id: int | None) -> Any:
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


def _change(organization_id: int | None, service_id: object, act: Act) -> Any:
    t = current_translator()
    try:
        _shape(organization_id, act)
    except ChatError as error:
        return describe_refusal(error, t), no_update, no_update, no_update
    show_notice(t("Saved."))
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
        *_outputs(ids.SERVICE_CLOSE_ERROR),
        Input(ids.SERVICE_CLOSE, "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        State(ids.SERVICE_CLOSE_DATE, "value"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def close_service(clicks: int | None, organization_id: int | None, service_id: int | None, day: str | None) -> Any:
        if not clicks:
            return [no_update] * 4

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_close_service(uow, access_shaped_service(uow, organization, parse_id(service_id)), parse_day(day))

        return _change(organization_id, service_id, act)


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
        clicks: list[int | None],
        organization_id: int | None,
        service_id: int | None,
        names: list[str | None],
        name_ids: list[dict[str, Any]],
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
        *_outputs(ids.DEPARTMENT_ERROR),
        Input(ids.department("close", ALL), "n_clicks"),
        State(ids.SERVICES_ORGANIZATION, "data"),
        State(ids.SERVICE_ID, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def close_department(clicks: list[int | None], organization_id: int | None, service_id: int | None) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return [no_update] * 4
        department_id = parse_id(ctx.triggered_id.get("department"))

        def act(uow: UnitOfWork, organization: ShapedOrganization) -> None:
            do_close_department(uow, access_shaped_department(uow, organization, department_id))

        return _change(organization_id, service_id, act)

"""Switching the option, with a look at what it will do before confirming; giving up or annulling a switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Ids, parse_day, parse_id, parse_moment
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.options import mail_confirmation, read_confirmation, read_option
from callbacks.refusals import describe_refusal
from components import ids
from components.option_switch import (
    SwitchCosts,
    SwitchForm,
    SwitchPreview,
    build_done,
    build_preview,
    build_refused_preview,
    build_switch_form,
    describe_confirm,
    list_moments,
)
from components.options import build_option
from data import clock, db
from data.access.directory import (
    ShapedService,
    SupportedOrganization,
    access_changing_session,
    access_shaped_services,
)
from data.access.options import (
    access_requester,
    list_requesters,
)
from data.access.permissions import Permission
from data.access.support import access_support, access_supported_bills, access_supported_organization
from data.actions.options import Demand, Switch, check_switch, do_change_option
from data.db import Reader, UnitOfWork
from data.errors import ChatError, DateInvalid, NotFound, ServicesMissing
from data.i18n import Translator
from data.option import find_first_of_next_month
from data.queries.directory import list_open_services
from data.queries.option_switch import count_switch, foresee_bills

Act = Callable[[UnitOfWork, SupportedOrganization], object]


@dataclass(frozen=True)
class Chosen:
    """What the form says, as it came."""

    scope: str | None
    services: Ids | None
    when: str | None
    day: str | None
    hour: str | None
    trial: str | None


def register(gate: Gate, app: Dash) -> None:
    _register_form(gate, app)
    _register_preview(gate, app)
    _register_confirmation(gate, app)


def find_supported(reader: Reader, organization_id: object) -> SupportedOrganization:
    return access_supported_organization(reader, access_support(current_actor()), parse_id(organization_id))


def act_on(organization_id: object, act: Callable[[UnitOfWork, SupportedOrganization], Any]) -> Any:
    with db.unit_of_work() as uow:
        support = access_support(access_changing_session(uow, current_actor()))
        return act(uow, access_supported_organization(uow, support, parse_id(organization_id)))


def _access_services(reader: Reader, organization: SupportedOrganization, chosen: Chosen) -> list[ShapedService]:
    """None of them: the whole organization."""
    if chosen.scope == "all":
        return []
    if not chosen.services:
        raise ServicesMissing()
    return access_shaped_services(reader, organization, chosen.services)


def _parse_switch(now: datetime, timezone: str, chosen: Chosen, *, is_on: bool) -> Switch:
    trial = parse_day(chosen.trial) if chosen.trial and is_on else None
    return Switch(is_on=is_on, effective_at=_parse_when(now, timezone, chosen), trial_until=trial)


def _parse_when(now: datetime, timezone: str, chosen: Chosen) -> datetime:
    if chosen.when == "now":
        return now
    if chosen.when == "other":
        return parse_moment(chosen.day, chosen.hour, timezone)
    return parse_moment(chosen.when, "00:00", timezone)


def _register_form(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPTION_DRAWER, "is_open"),
        Output(ids.OPTION_TITLE, "children"),
        Output(ids.OPTION_FORM, "children"),
        Output(ids.OPTION_DIRECTION, "data"),
        Input(ids.OPTION_SWITCH_ON, "n_clicks"),
        Input(ids.OPTION_SWITCH_OFF, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def open_form(on: int | None, off: int | None, organization_id: int | None) -> Any:
        t = current_translator()
        is_on = ctx.triggered_id == ids.OPTION_SWITCH_ON
        with db.read() as reader:
            organization = find_supported(reader, organization_id)
            form = SwitchForm(
                is_on,
                list_open_services(reader, organization),
                list_requesters(reader, organization),
                find_first_of_next_month(reader.now, organization.timezone),
                organization.timezone,
            )
        title = t("Switch the chat on") if is_on else t("Switch the chat off")
        return True, f"{title} – {organization.name}", build_switch_form(t, form), is_on


def _register_preview(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPTION_PREVIEW, "children"),
        Output(ids.OPTION_SERVICES_PART, "hidden"),
        Output(ids.OPTION_OTHER_PART, "hidden"),
        Output(ids.OPTION_CONFIRM, "children"),
        Output(ids.OPTION_CONFIRM, "disabled"),
        Output(ids.OPTION_WHEN, "options"),
        Input(ids.OPTION_SCOPE, "value"),
        Input(ids.OPTION_SERVICES, "value"),
        Input(ids.OPTION_WHEN, "value"),
        Input(ids.OPTION_DAY, "value"),
        Input(ids.OPTION_HOUR, "value"),
        Input(ids.OPTION_TRIAL, "value"),
        State(ids.OPTION_ORGANIZATION, "data"),
        State(ids.OPTION_DIRECTION, "data"),
        permission=Permission.SUPPORT,
    )
    def look_ahead(
        scope: str | None,
        services: Ids | None,
        when: str | None,
        day: str | None,
        hour: str | None,
        trial: str | None,
        organization_id: int | None,
        is_on: bool | None,
    ) -> Any:
        chosen = Chosen(scope, services, when, day, hour, trial)
        preview, label, is_disabled, moments = _preview(organization_id, chosen, is_on=bool(is_on))
        return preview, scope == "all", when != "other", label, is_disabled, moments


def _preview(organization_id: object, chosen: Chosen, *, is_on: bool) -> tuple[list[Any], str, bool, list[Any]]:
    """What it will do, or why it cannot be done; the words of the button; the moments with what they cost."""
    t = current_translator()
    with db.read() as reader:
        organization = find_supported(reader, organization_id)
        moments = _list_moments(reader, organization, chosen, is_on=is_on)
        try:
            services = _access_services(reader, organization, chosen)
            switch = _parse_switch(reader.now, organization.timezone, chosen, is_on=is_on)
            check_switch(reader, organization, services, switch)
        except NotFound:
            raise
        except ChatError as error:
            label = t("Switch on") if is_on else t("Switch off")
            return build_refused_preview(t, describe_refusal(error, t)), label, True, moments
        counted = count_switch(reader, organization, services, is_on=is_on, at=switch.effective_at)
    preview = SwitchPreview(is_on, None if chosen.when == "now" else switch.effective_at, counted)
    return build_preview(t, preview), describe_confirm(t, preview, organization.timezone), False, moments


def _list_moments(reader: Reader, organization: SupportedOrganization, chosen: Chosen, *, is_on: bool) -> list[Any]:
    """As long as the form does not say where, without the costs."""
    t, timezone = current_translator(), organization.timezone
    first = find_first_of_next_month(reader.now, timezone)
    try:
        services = _access_services(reader, organization, chosen)
        trial = parse_day(chosen.trial) if chosen.trial and is_on else None
        at = {clock.local_day(first, timezone).isoformat(): first, "now": reader.now}
        if chosen.when == "other" and chosen.day:
            at["other"] = max(reader.now, parse_moment(chosen.day, chosen.hour, timezone))
    except (ServicesMissing, DateInvalid):
        return list_moments(t, first, timezone, None)
    billed = access_supported_bills(reader, access_support(current_actor()), [organization.id])[0]
    bills = foresee_bills(reader, billed, services, at, is_on=is_on, trial_until=trial)
    return list_moments(t, first, timezone, SwitchCosts(is_on, bills))


def _register_confirmation(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPTION_ERROR, "children"),
        Output(ids.OPTION_DRAWER, "is_open", allow_duplicate=True),
        Output(ids.OPTION_DONE, "children"),
        Output(ids.OPTION_BODY, "children"),
        Input(ids.OPTION_CONFIRM, "n_clicks"),
        State(ids.OPTION_ORGANIZATION, "data"),
        State(ids.OPTION_DIRECTION, "data"),
        State(ids.OPTION_SCOPE, "value"),
        State(ids.OPTION_SERVICES, "value"),
        State(ids.OPTION_WHEN, "value"),
        State(ids.OPTION_DAY, "value"),
        State(ids.OPTION_HOUR, "value"),
        State(ids.OPTION_TRIAL, "value"),
        State(ids.OPTION_TICKET, "value"),
        State(ids.OPTION_REQUESTER, "value"),
        permission=Permission.SUPPORT,
        prevent_initial_call=True,
    )
    def confirm(
        clicks: int | None,
        organization_id: int | None,
        is_on: bool | None,
        scope: str | None,
        services: Ids | None,
        when: str | None,
        day: str | None,
        hour: str | None,
        trial: str | None,
        ticket: str | None,
        requester: str | None,
    ) -> Any:
        if not clicks:  # the form has just been drawn
            return [no_update] * 4
        t = current_translator()
        chosen = Chosen(scope, services, when, day, hour, trial)

        def act(uow: UnitOfWork, organization: SupportedOrganization) -> int:
            where = _access_services(uow, organization, chosen)
            switch = _parse_switch(uow.now, organization.timezone, chosen, is_on=bool(is_on))
            asked = access_requester(uow, organization, requester)
            return do_change_option(uow, organization, where, switch, Demand(ticket or "", asked.name))

        try:
            change_id = act_on(organization_id, act)
        except ChatError as error:
            return describe_refusal(error, t), no_update, no_update, no_update
        return "", False, _build_done(t, change_id), build_option(t, read_option(parse_id(organization_id)))


def _build_done(t: Translator, change_id: int) -> Any:
    show_notice(t("Saved."))
    found = read_confirmation(change_id)
    is_sent = mail_confirmation(found)
    return build_done(t, f"/options/confirmation/{change_id}", found.mail, found.name, is_sent=is_sent)

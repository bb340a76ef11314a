"""Issuing a one-time link and showing it, once, as a sheet to hand over."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.directory import choose_service
from callbacks.fields import Ids, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.refusals import describe_refusal
from components import ids
from components.access_sheet import MOST, AccessSheet, ask_sheets, build_sheet, build_sheets
from components.asking import build_question
from data import db
from data.access.actors import Actor, hash_token
from data.access.directory import (
    AssistedPerson,
    ListedOrganization,
    access_assisted_person,
    access_changing_session,
    access_listed_organization,
)
from data.access.permissions import Permission
from data.actions.sessions import do_issue_access_link, new_token
from data.db import Reader, UnitOfWork
from data.errors import AccessCutOff, ChatError, NotFound, Refused
from data.queries.directory import count_open_links, get_sign_in_words, list_without_app


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.LINK_DIALOG, "is_open"),
        Output(ids.LINK_BODY, "children"),
        Output(ids.person_error("link"), "children"),
        Input(ids.LINK_ISSUE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def issue_link(clicks: int | None, person_id: int | None) -> Any:
        if not clicks:
            return [no_update] * 3
        t = current_translator()
        try:
            sheet = _issue(parse_id(person_id))
        except ChatError as error:
            return no_update, no_update, describe_refusal(error, t)
        return True, build_sheet(t, sheet), ""

    @gate.callback(
        app,
        Output(ids.LINK_DIALOG, "is_open", allow_duplicate=True),
        Input(ids.LINK_CLOSE, "n_clicks"),
        permission=Permission.HAND_LINKS,
        prevent_initial_call=True,
    )
    def close_sheet(clicks: int | None) -> bool:
        return False

    @gate.callback(
        app,
        Output(ids.LINK_BODY, "children", allow_duplicate=True),
        Input(ids.LINK_DIALOG, "is_open"),
        permission=Permission.HAND_LINKS,
        prevent_initial_call=True,
    )
    def forget_link(is_open: bool | None) -> Any:
        """Closed in whichever way, the link leaves the page."""
        return no_update if is_open else None

    app.clientside_callback(
        ClientsideFunction("chat", "copy"),
        Output(ids.LINK_COPIED, "data"),
        Input(ids.LINK_COPY, "n_clicks"),
        State(ids.LINK_TEXT, "children"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("chat", "print"),
        Output(ids.LINK_PRINTED, "data"),
        Input(ids.LINK_PRINT, "n_clicks"),
        prevent_initial_call=True,
    )
    _register_sheets(gate, app)


def _register_sheets(gate: Gate, app: Dash) -> None:
    """Many sheets at once: asked, then made, shown once, and forgotten."""

    @gate.callback(
        app,
        Output(ids.ask("sheets", "ask"), "is_open"),
        Output(ids.ask("sheets", "ask-words"), "children"),
        Output(ids.ask("sheets", "ask-body"), "children"),
        Output(ids.ask("sheets", "confirm"), "children"),
        Output(ids.ask("sheets", "ask-error"), "children"),
        Output(ids.ask("sheets", "asked"), "data"),
        Input(ids.SHEETS_OPEN, "n_clicks"),
        State(ids.DIRECTORY_SEARCH, "value"),
        State(ids.DIRECTORY_SERVICE, "value"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def ask_for_sheets(clicks: int | None, search: str | None, service_id: str | None) -> Any:
        if not clicks:
            return [no_update] * 6
        t = current_translator()
        with db.read() as reader:
            organization = access_listed_organization(reader, current_actor())
            service = choose_service(reader, organization, service_id)
            found = list_without_app(reader, organization, service=service, search=(search or "")[:60])
            people = _list_assisted(reader, organization, found[:MOST])
            replaced = count_open_links(reader, people)
        beyond, left_out = max(0, len(found) - MOST), min(len(found), MOST) - len(people)
        question = ask_sheets(t, len(people), replaced=replaced, left_out=left_out, beyond=beyond)
        asked = [person.person_id for person in people]
        return True, question.title, build_question(question), question.act, "", asked

    @gate.callback(
        app,
        Output(ids.ask("sheets", "ask"), "is_open", allow_duplicate=True),
        Output(ids.ask("sheets", "ask-error"), "children", allow_duplicate=True),
        Output(ids.SHEETS_DIALOG, "is_open"),
        Output(ids.SHEETS_BODY, "children"),
        Input(ids.ask("sheets", "confirm"), "n_clicks"),
        State(ids.ask("sheets", "asked"), "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def make_sheets(clicks: int | None, asked: Ids | None) -> Any:
        if not clicks:
            return [no_update] * 4
        t = current_translator()
        try:
            sheets = _issue_all([parse_id(person_id) for person_id in (asked or [])[:MOST]])
        except ChatError as error:
            return no_update, describe_refusal(error, t), no_update, no_update
        show_notice(t.plural("{n} access sheet is made.", "{n} access sheets are made.", len(sheets)))
        return False, "", True, build_sheets(t, sheets)

    @gate.callback(
        app,
        Output(ids.ask("sheets", "ask"), "is_open", allow_duplicate=True),
        Input(ids.ask("sheets", "keep"), "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def keep(clicks: int | None) -> bool:
        return False

    @gate.callback(
        app,
        Output(ids.SHEETS_DIALOG, "is_open", allow_duplicate=True),
        Input(ids.SHEETS_CLOSE, "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def close_sheets(clicks: int | None) -> bool:
        return False

    @gate.callback(
        app,
        Output(ids.SHEETS_BODY, "children", allow_duplicate=True),
        Input(ids.SHEETS_DIALOG, "is_open"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def forget_links(is_open: bool | None) -> Any:
        return no_update if is_open else None

    app.clientside_callback(
        ClientsideFunction("chat", "print"),
        Output(ids.SHEETS_PRINTED, "data"),
        Input(ids.SHEETS_PRINT, "n_clicks"),
        prevent_initial_call=True,
    )


def _list_assisted(reader: Reader, organization: ListedOrganization, person_ids: list[int]) -> list[AssistedPerson]:
    """Those of them to whom one may hand a link."""
    people = []
    for person_id in person_ids:
        with suppress(Refused, NotFound, AccessCutOff):
            people.append(access_assisted_person(reader, organization, person_id))
    return people


def _issue(person_id: int) -> AccessSheet:
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        return _issue_one(uow, actor, access_assisted_person(uow, access_listed_organization(uow, actor), person_id))


def _issue_all(person_ids: list[int]) -> list[AccessSheet]:
    """All or none; nobody twice, and without those who may no longer be given one."""
    with db.unit_of_work() as uow:
        actor = access_changing_session(uow, current_actor())
        organization = access_listed_organization(uow, actor)
        people = _list_assisted(uow, organization, list(dict.fromkeys(person_ids)))
        if not people:
            raise NotFound()
        return [_issue_one(uow, actor, person) for person in people]


def _issue_one(uow: UnitOfWork, actor: Actor, person: AssistedPerson) -> AccessSheet:
    settings, token = get_settings(), new_token()
    expires_at = do_issue_access_link(uow, person, token_hash=hash_token(token, settings.secret_key))
    words = get_sign_in_words(uow, person)
    return AccessSheet(words, f"{settings.public_address}/access/{token}", expires_at, actor.timezone)

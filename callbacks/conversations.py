"""Beginning conversations from the portal: the dialogs of one person, of several, and of a whole service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, Id, Ids, Shown, merge_choice, parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.controls import NONE, options
from components.conversations import (
    build_chosen,
    build_person_options,
    build_reach,
    build_summary,
)
from components.ids import PickerKind
from data import db
from data.access.actors import Chatter, access_chat, access_open_session
from data.access.conversations import (
    ChatService,
    access_chat_service,
    access_joined_conversation,
    access_managed_services,
    find_one_to_one,
)
from data.access.permissions import Permission
from data.access.recipients import access_recipients
from data.actions.conversations import (
    do_launch_public_conversations,
    do_start_group,
    do_start_one_to_one,
)
from data.actions.messages import do_send_message
from data.db import UnitOfWork
from data.errors import ChatError, RecipientMissing
from data.queries.participants import count_reach
from data.queries.recipients import (
    Choice,
    list_chat_services,
    list_chosen,
    list_departments,
    list_own_groups,
    list_recipients,
)
from data.text import is_blank


def register(gate: Gate, app: Dash) -> None:
    for kind in ("one", "group"):
        _register_picker(gate, app, kind)
    _register_public(gate, app)
    app.clientside_callback(
        ClientsideFunction("chat", "open"),
        Output(ids.OPENED, "data"),
        Input(ids.TO_OPEN, "data"),
        prevent_initial_call=True,  # our scripts may not be there yet
    )


def _register_picker(gate: Gate, app: Dash, kind: PickerKind) -> None:
    def part(name: str) -> str:
        return ids.picker(kind, name)

    @gate.callback(
        app,
        Output(part("dialog"), "is_open"),
        Output(part("service"), "options"),
        Output(part("service"), "value"),
        Output(part("group"), "options"),
        Output(part("group"), "value"),
        Output(part("search"), "value"),
        Output(part("people"), "value", allow_duplicate=True),
        Output(part("chosen-ids"), "data"),
        Output(part("error"), "children"),
        Input(ids.create(kind), "n_clicks"),
        Input(part("cancel"), "n_clicks"),
        permission=Permission.CHAT,
        prevent_initial_call=True,
    )
    def open_dialog(opened: int | None, cancelled: int | None) -> Any:
        if ctx.triggered_id == part("cancel"):
            return (False, *[no_update] * 8)
        t = current_translator()
        with db.read() as reader:
            chatter = access_chat(current_actor())
            services = list_chat_services(reader, chatter)
            groups = list_own_groups(reader, chatter)
        first = _choose_first(chatter, services)
        return (
            True,
            options(services),
            str(first) if first else "",
            options(groups, first=t("Everybody")),
            NONE,
            "",
            [] if kind == "group" else None,
            [],
            "",
        )

    @gate.callback(
        app,
        Output(part("department"), "options"),
        Output(part("department"), "value"),
        Input(part("service"), "value"),
        permission=Permission.CHAT,
        prevent_initial_call=True,
    )
    def narrow_departments(service_id: str | None) -> Any:
        t = current_translator()
        with db.read() as reader:
            service = access_chat_service(reader, access_chat(current_actor()), _number(service_id))
            departments = list_departments(reader, service)
        return options(departments, first=t("All departments")), NONE

    @gate.callback(
        app,
        Output(part("people"), "options"),
        Output(part("people"), "value"),
        Output(part("chosen"), "children"),
        Output(part("chosen-ids"), "data", allow_duplicate=True),
        Output(part("summary"), "children"),
        Input(part("service"), "value"),
        Input(part("department"), "value"),
        Input(part("group"), "value"),
        Input(part("search"), "value"),
        Input(part("people"), "value"),
        Input({"type": f"{kind}-chip", "person": ALL}, "n_clicks"),
        State(part("people"), "options"),
        State(part("chosen-ids"), "data"),
        permission=Permission.CHAT,
        prevent_initial_call=True,
    )
    def pick(
        service_id: str | None,
        department_id: str | None,
        group_id: str | None,
        search: str | None,
        ticked: Ids | Id | None,
        chips: Drawn,
        shown: Shown | None,
        chosen_ids: Ids | None,
    ) -> Any:
        """Whatever narrowed the list or changed the choice: the people to show, and those chosen so far."""
        t = current_translator()
        chosen = _merge(kind, chosen_ids or [], ticked, shown or [])
        if isinstance(ctx.triggered_id, dict) and any(chips):
            dropped = parse_id(ctx.triggered_id.get("person"))
            chosen = [person for person in chosen if person != dropped]
        with db.read() as reader:
            service = access_chat_service(reader, access_chat(current_actor()), _number(service_id))
            page = list_recipients(
                reader,
                service,
                department_id=_find_number(department_id),
                group_id=_find_number(group_id),
                search=(search or "")[:60],
            )
            known = list_chosen(reader, service, chosen)
        ids_known = {choice.id: None for choice in known}
        visible = [row.id for row in page.rows if row.id in ids_known]
        value = visible if kind == "group" else (visible[0] if visible else None)
        # The one person chosen shows in the list, unless a filter hides them.
        told_apart = known if kind == "group" else [choice for choice in known if choice.id not in visible]
        chips_shown = build_chosen(t, kind, told_apart)
        summary = build_summary(t, page, len(known) if kind == "group" else 0)
        return build_person_options(t, page), value, chips_shown, list(ids_known), summary

    _register_start(gate, app, kind)


def _register_start(gate: Gate, app: Dash, kind: PickerKind) -> None:
    def part(name: str) -> str:
        return ids.picker(kind, name)

    outputs = (
        Output(part("dialog"), "is_open", allow_duplicate=True),
        Output(part("error"), "children", allow_duplicate=True),
        Output(ids.TO_OPEN, "data", allow_duplicate=True),
    )
    choice = (
        State(part("service"), "value"),
        State(part("chosen-ids"), "data"),
        State(part("people"), "value"),
        State(part("people"), "options"),
    )
    options: dict[str, Any] = {"permission": Permission.CHAT, "prevent_initial_call": True}
    if kind == "one":

        @gate.callback(app, *outputs, Input(part("save"), "n_clicks"), *choice, **options)
        def start_one(
            clicks: int | None, service_id: str | None, chosen: Ids | None, ticked: Id | None, shown: Shown | None
        ) -> Any:
            return _answer(lambda: _start_one(service_id, _merge(kind, chosen or [], ticked, shown or [])))

        return

    @gate.callback(
        app,
        *outputs,
        Input(part("save"), "n_clicks"),
        Input(part("name"), "n_submit"),
        *choice,
        State(part("name"), "value"),
        **options,
    )
    def start_group(
        clicks: int | None,
        submitted: int | None,
        service_id: str | None,
        chosen: Ids | None,
        ticked: Ids | None,
        shown: Shown | None,
        name: str | None,
    ) -> Any:
        return _answer(lambda: _start_group(service_id, _merge(kind, chosen or [], ticked, shown or []), name))


def _answer(start: Callable[[], int]) -> Any:
    """The dialog closes on what was begun, or says why nothing was."""
    try:
        return False, "", {"id": start()}
    except ChatError as error:
        return no_update, describe_refusal(error, current_translator()), no_update


def _register_public(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.PUBLIC_DIALOG, "is_open"),
        Output(ids.PUBLIC_NAME, "value"),
        Output(ids.PUBLIC_SERVICES, "options"),
        Output(ids.PUBLIC_SERVICES, "value"),
        Output(ids.PUBLIC_MESSAGE, "value"),
        Output(ids.PUBLIC_ERROR, "children"),
        Input(ids.CREATE_PUBLIC, "n_clicks"),
        Input(ids.PUBLIC_CANCEL, "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def open_dialog(opened: int | None, cancelled: int | None) -> Any:
        if ctx.triggered_id == ids.PUBLIC_CANCEL:
            return (False, *[no_update] * 5)
        with db.read() as reader:
            services = list_chat_services(reader, access_chat(current_actor()), only_managed=True)
        choices = [{"label": choice.name, "value": choice.id} for choice in services]
        return True, "", choices, [services[0].id] if len(services) == 1 else [], "", ""

    @gate.callback(
        app,
        Output(ids.PUBLIC_REACH, "children"),
        Output(ids.PUBLIC_FIRST, "hidden"),
        Output(ids.PUBLIC_ERROR, "children", allow_duplicate=True),
        Input(ids.PUBLIC_SERVICES, "value"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def tell_reach(service_ids: Ids | None) -> Any:
        """Said before saving (R7). In several services at once, one would else type the first message in each. What was
        to be corrected is said no more."""
        with db.read() as reader:
            chatter = access_chat(current_actor())
            services = access_managed_services(reader, chatter, service_ids) if service_ids else []
            reaches = [count_reach(reader, service) for service in services]
        return build_reach(current_translator(), reaches), len(reaches) < 2, ""

    @gate.callback(
        app,
        Output(ids.PUBLIC_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.PUBLIC_ERROR, "children", allow_duplicate=True),
        Output(ids.TO_OPEN, "data", allow_duplicate=True),
        Input(ids.PUBLIC_SAVE, "n_clicks"),
        Input(ids.PUBLIC_NAME, "n_submit"),
        State(ids.PUBLIC_NAME, "value"),
        State(ids.PUBLIC_SERVICES, "value"),
        State(ids.PUBLIC_MESSAGE, "value"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def save(
        clicked: int | None, submitted: int | None, name: str | None, service_ids: Ids | None, text: str | None
    ) -> Any:
        try:
            with db.unit_of_work() as uow:
                chatter = access_chat(access_open_session(uow, current_actor().session_id))
                services = access_managed_services(uow, chatter, service_ids or [])
                created = do_launch_public_conversations(uow, services, name or "")
                if len(created) > 1 and not is_blank(text or ""):
                    _say_first(uow, chatter, created, text or "")
        except ChatError as error:
            return no_update, describe_refusal(error, current_translator()), no_update
        return False, "", {"id": created[0]}


def _say_first(uow: UnitOfWork, chatter: Chatter, created: list[int], text: str) -> None:
    for conversation_id in created:
        conversation = access_joined_conversation(uow, chatter, conversation_id)
        do_send_message(uow, conversation, text, ref=f"first:{conversation_id}")


def _start_one(service_id: str | None, chosen: list[int]) -> int:
    with db.unit_of_work() as uow:
        service = _access_service(uow, service_id)
        recipients = access_recipients(uow, service, chosen)
        if len(recipients) != 1:
            raise RecipientMissing()
        existing = find_one_to_one(uow, service, recipients[0].person_id)
        return do_start_one_to_one(uow, service, recipients[0], existing)


def _start_group(service_id: str | None, chosen: list[int], name: str | None) -> int:
    with db.unit_of_work() as uow:
        service = _access_service(uow, service_id)
        return do_start_group(uow, service, name or "", access_recipients(uow, service, chosen))


def _access_service(uow: UnitOfWork, service_id: str | None) -> ChatService:
    chatter = access_chat(access_open_session(uow, current_actor().session_id))
    return access_chat_service(uow, chatter, _number(service_id))


def _merge(
    kind: PickerKind, chosen: list[int], ticked: list[int] | int | None, shown: list[dict[str, Any]]
) -> list[int]:
    """What is ticked counts from the tick on: the answer to it, which notes it, may still be on its way when something
    else is asked (R12)."""
    now = [ticked] if isinstance(ticked, int) else ticked or []
    return now or chosen[:1] if kind == "one" else merge_choice(chosen, now, shown)


def _choose_first(chatter: Chatter, services: list[Choice]) -> int | None:
    """The service one works in, else the first by name."""
    own = next((choice.id for choice in services if choice.id in chatter.rights.employed_in), None)
    return own if own is not None else next((choice.id for choice in services), None)


def _find_number(text: str | None) -> int | None:
    """The id behind a filter; None where it lets everybody through."""
    return None if text in (None, "", NONE) else _number(text)


def _number(text: str | None) -> int:
    """The id behind a choice; no choice is nothing that exists."""
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0

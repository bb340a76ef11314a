"""A manager's own groups: made, changed and deleted by their owner, seen by nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, Ids, Shown, merge_choice, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.groups import build_candidates, build_gone, build_group_summary, build_groups, build_members
from data import db
from data.access.actors import access_open_session
from data.access.directory import (
    ListedOrganization,
    access_listed_organization,
    access_listed_people,
    access_owned_group,
)
from data.access.permissions import Permission
from data.actions.directory import do_delete_group, do_save_group
from data.db import Reader
from data.errors import ChatError
from data.queries.groups import count_members, list_candidates, list_chosen_people, list_groups, list_members
from data.queries.recipients import Choice

SEARCH_LIMIT = 60

# The parts of the dialog that follow the choice, in the order of `_draw_choice`.
CHOICE = (
    (ids.GROUP_PEOPLE, "options"),
    (ids.GROUP_PEOPLE, "value"),
    (ids.GROUP_CHOSEN, "children"),
    (ids.GROUP_CHOSEN_IDS, "data"),
    (ids.GROUP_SUMMARY, "children"),
)


def register(gate: Gate, app: Dash) -> None:
    _register_dialog(gate, app)
    _register_saving(gate, app)
    _register_deleting(gate, app)


def _register_dialog(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.GROUP_DIALOG, "is_open"),
        Output(ids.GROUP_TITLE, "children"),
        Output(ids.GROUP_ID, "data"),
        Output(ids.GROUP_NAME, "value"),
        Output(ids.GROUP_SEARCH, "value"),
        Output(ids.GROUP_GONE, "children"),
        Output(ids.GROUP_ERROR, "children"),
        *(Output(part, name) for part, name in CHOICE),
        Input(ids.GROUP_NEW, "n_clicks"),
        Input(ids.group_button(ALL), "n_clicks"),
        Input(ids.GROUP_CANCEL, "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def open_group(new: int | None, clicks: Drawn, cancelled: int | None) -> Any:
        t = current_translator()
        if ctx.triggered_id == ids.GROUP_CANCEL:
            return (False, *[no_update] * 11)
        if ctx.triggered_id != ids.GROUP_NEW and not any(clicks):  # the list has just been drawn
            return [no_update] * 12
        with db.read() as reader:
            organization = access_listed_organization(reader, current_actor())
            if ctx.triggered_id == ids.GROUP_NEW:
                return True, t("New group"), None, "", "", None, "", *_draw_choice(reader, organization, [])
            group = access_owned_group(reader, organization, parse_id(ctx.triggered_id.get("group")))
            members = list_members(reader, group)
            gone = build_gone(t, count_members(reader, group) - len(members))
            chosen = _draw_choice(reader, organization, [member.id for member in members])
            return True, t("Change the group"), group.id, group.name, "", gone, "", *chosen

    @gate.callback(
        app,
        *(Output(part, name, allow_duplicate=True) for part, name in CHOICE),
        Input(ids.GROUP_SEARCH, "value"),
        Input(ids.GROUP_PEOPLE, "value"),
        Input(ids.group_chip(ALL), "n_clicks"),
        State(ids.GROUP_PEOPLE, "options"),
        State(ids.GROUP_CHOSEN_IDS, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def pick(
        search: str | None,
        ticked: Ids | None,
        chips: Drawn,
        shown: Shown | None,
        chosen_ids: Ids | None,
    ) -> Any:
        chosen = chosen_ids or []
        if ctx.triggered_id == ids.GROUP_PEOPLE:
            chosen = merge_choice(chosen, ticked or [], shown or [])
        elif isinstance(ctx.triggered_id, dict):
            if not any(chips):  # they have just been drawn
                return [no_update] * len(CHOICE)
            dropped = parse_id(ctx.triggered_id.get("person"))
            chosen = [person_id for person_id in chosen if person_id != dropped]
        with db.read() as reader:
            organization = access_listed_organization(reader, current_actor())
            return _draw_choice(reader, organization, chosen, search=(search or "")[:SEARCH_LIMIT])


def _draw_choice(
    reader: Reader, organization: ListedOrganization, chosen_ids: Sequence[int], *, search: str = ""
) -> tuple[Any, ...]:
    """The people to show, and those chosen so far."""
    t = current_translator()
    page = list_candidates(reader, organization, search=search)
    chosen: list[Choice] = list_chosen_people(reader, organization, chosen_ids)
    known = {choice.id: None for choice in chosen}
    visible = [row.id for row in page.rows if row.id in known]
    summary = build_group_summary(t, page, len(known))
    return build_candidates(t, page), visible, build_members(t, chosen), list(known), summary


def _register_saving(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.GROUP_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.GROUP_ERROR, "children", allow_duplicate=True),
        Output(ids.GROUPS_LIST, "children", allow_duplicate=True),
        Input(ids.GROUP_SAVE, "n_clicks"),
        Input(ids.GROUP_NAME, "n_submit"),
        State(ids.GROUP_ID, "data"),
        State(ids.GROUP_NAME, "value"),
        State(ids.GROUP_CHOSEN_IDS, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def save_group(
        clicks: int | None,
        submits: int | None,
        group_id: int | None,
        name: str | None,
        chosen_ids: Ids | None,
    ) -> Any:
        t = current_translator()
        try:
            with db.unit_of_work() as uow:
                actor = access_open_session(uow, current_actor().session_id)
                organization = access_listed_organization(uow, actor)
                group = None if group_id is None else access_owned_group(uow, organization, parse_id(group_id))
                members = access_listed_people(uow, organization, chosen_ids or [])
                do_save_group(uow, organization, group, name or "", members)
        except ChatError as error:
            return no_update, describe_refusal(error, t), no_update
        return False, "", _draw_groups()


def _register_deleting(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.GROUP_DELETE_DIALOG, "is_open"),
        Output(ids.GROUP_DELETE_TEXT, "children"),
        Output(ids.GROUP_DELETE_ID, "data"),
        Input(ids.group_delete(ALL), "n_clicks"),
        Input(ids.GROUP_KEEP, "n_clicks"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def ask_deletion(clicks: Drawn, kept: int | None) -> Any:
        """Says what goes, and what does not."""
        if not isinstance(ctx.triggered_id, dict):
            return False, no_update, no_update
        if not any(clicks):
            return [no_update] * 3
        t = current_translator()
        with db.read() as reader:
            organization = access_listed_organization(reader, current_actor())
            group = access_owned_group(reader, organization, parse_id(ctx.triggered_id.get("group")))
        said = t(
            "“{name}” goes from your filters. Its people and your conversations stay as they are.", name=group.name
        )
        return True, said, group.id

    @gate.callback(
        app,
        Output(ids.GROUP_DELETE_DIALOG, "is_open", allow_duplicate=True),
        Output(ids.GROUPS_LIST, "children", allow_duplicate=True),
        Input(ids.GROUP_DELETE, "n_clicks"),
        State(ids.GROUP_DELETE_ID, "data"),
        permission=Permission.RUN_SERVICES,
        prevent_initial_call=True,
    )
    def delete_group(clicks: int | None, group_id: int | None) -> Any:
        t = current_translator()
        with db.unit_of_work() as uow:
            actor = access_open_session(uow, current_actor().session_id)
            organization = access_listed_organization(uow, actor)
            do_delete_group(uow, access_owned_group(uow, organization, parse_id(group_id)))
        show_notice(t("Deleted."))
        return False, _draw_groups()


def _draw_groups() -> Any:
    with db.read() as reader:
        groups = list_groups(reader, access_listed_organization(reader, current_actor()))
    return build_groups(current_translator(), groups)

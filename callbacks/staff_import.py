"""Staff from a file: what it would do is shown, then done. Nothing of it is kept on the server in between: the file
comes again with the agreement, and is compared again with what is there then."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from flask import Response

from callbacks.bodies import FILE_LIMIT
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from callbacks.services import parse_organization
from components import ids
from components.staff_import import (
    PROBLEMS_SHOWN,
    ProblemRow,
    build_preview,
    build_problems,
    build_refusal,
    build_result,
)
from data import db, offload
from data.access.directory import access_changing_session, access_shaped_organization
from data.access.permissions import Permission
from data.actions.staff_file import COLUMNS, StaffFile, read_staff_file
from data.actions.staff_import import do_import_staff, read_staff_directory
from data.actions.staff_plan import StaffPlan, plan_staff_import
from data.errors import FileUnreadable, Invalid
from data.i18n import Translator

EXAMPLE = "/import/example.csv"
FILENAME_SHOWN = 80

EXAMPLE_LINES = (
    ("9001", "Marie-Ève", "Roy", "plateau", "Café du Plateau", "Salle", "marie-eve.roy@example.com", "1998-02-17",
     "2024-05-13", "", ""),
    ("9002", "Benoit", "Lafleur", "plateau", "Café du Plateau", "Cuisine", "", "", "2023-09-05", "2026-01-12", ""),
    ("9003", "Thi Mai", "Nguyen", "port", "Café du Port", "", "", "", "2025-06-23", "", "2026-08-28"),
)  # fmt: skip


def register(gate: Gate, app: Dash) -> None:
    @gate.route(EXAMPLE, permission=Permission.SHAPE_ORGANIZATION)
    def download_example() -> Any:
        t = current_translator()
        name = t("staff")
        return Response(
            build_example(t.language),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    # What would not pass the door is told at once: the server's refusal would reach nobody.
    app.clientside_callback(
        ClientsideFunction("chat", "takeFile"),
        Output(ids.IMPORT_CONTENT, "data"),
        Output(ids.IMPORT_ERROR, "children"),
        Input(ids.IMPORT_FILE, "contents"),
        State(ids.IMPORT_LIMIT, "data"),
        prevent_initial_call=True,
    )

    @gate.callback(
        app,
        Output(ids.IMPORT_PREVIEW, "children"),
        Output(ids.IMPORT_RESULT, "children"),
        Input(ids.IMPORT_CONTENT, "data"),
        State(ids.IMPORT_FILE, "filename"),
        State(ids.IMPORT_ORGANIZATION, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        body_limit=FILE_LIMIT,
        running=[(Output(ids.IMPORT_BUSY, "hidden"), False, True)],
        prevent_initial_call=True,
    )
    def preview(content: str | None, filename: str | None, organization_id: int | None) -> Any:
        if content is None:
            return [], no_update
        return _preview(content, filename, organization_id), []

    @gate.callback(
        app,
        Output(ids.IMPORT_RESULT, "children", allow_duplicate=True),
        Output(ids.IMPORT_FILE, "contents"),
        Input(ids.IMPORT_APPLY, "n_clicks"),
        State(ids.IMPORT_CONTENT, "data"),
        State(ids.IMPORT_FILE, "filename"),
        State(ids.IMPORT_ORGANIZATION, "data"),
        permission=Permission.SHAPE_ORGANIZATION,
        body_limit=FILE_LIMIT,
        running=[(Output(ids.IMPORT_BUSY, "hidden"), False, True)],
        prevent_initial_call=True,
    )
    def apply(clicks: int | None, content: str | None, filename: str | None, organization_id: int | None) -> Any:
        if not clicks or content is None:
            return no_update, no_update
        t = current_translator()
        file = offload.run(_read, content)
        plan = _plan(organization_id, file)
        if plan.problems:  # what is there has changed since the preview
            return _refuse(t, plan, file, filename), None
        with db.unit_of_work() as uow:
            actor = access_changing_session(uow, current_actor())
            organization = access_shaped_organization(uow, actor, parse_organization(organization_id))
            done = do_import_staff(uow, organization, file, plan)
        return build_result(t, done, has_directory=actor.rights is not None), None

    @gate.callback(
        app,
        Output(ids.IMPORT_RESULT, "children", allow_duplicate=True),
        Output(ids.IMPORT_FILE, "contents", allow_duplicate=True),
        Input(ids.IMPORT_FORGET, "n_clicks"),
        permission=Permission.SHAPE_ORGANIZATION,
        prevent_initial_call=True,
    )
    def forget(clicks: int | None) -> Any:
        return ([], None) if clicks else (no_update, no_update)


def _preview(content: str, filename: str | None, organization_id: int | None) -> Any:
    t = current_translator()
    try:
        file = offload.run(_read, content)
    except Invalid as error:
        return build_refusal(describe_refusal(error, t), _show(filename))
    if file.is_windows:
        show_notice(t("This file is written as Windows-1252, not UTF-8. Check the accents before you import."))
    plan = _plan(organization_id, file)
    if plan.problems:
        return _refuse(t, plan, file, filename)
    return build_preview(t, plan, _show(filename), file.unused)


def _refuse(t: Translator, plan: StaffPlan, file: StaffFile, filename: str | None) -> Any:
    rows = describe_problems(t, plan, limit=PROBLEMS_SHOWN)
    return build_problems(t, rows, len(plan.problems), _show(filename), file.unused)


def describe_problems(t: Translator, plan: StaffPlan, *, limit: int | None = None) -> list[ProblemRow]:
    """Line after line, each with its reason in words."""
    ordered = sorted(plan.problems, key=lambda problem: problem.line)[:limit]
    return [ProblemRow(each.line, each.column, each.value, describe_refusal(each.error, t)) for each in ordered]


def build_example(language: str) -> bytes:
    """A file to fill in, which a spreadsheet opens with its accents and its columns."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(names[language == "en"] for names in COLUMNS.values())
    writer.writerows(EXAMPLE_LINES)
    return ("\ufeff" + written.getvalue()).encode()


def _read(content: str) -> StaffFile:
    """A file as the browser gives it: `data:text/csv;base64,…`."""
    try:
        return read_staff_file(base64.b64decode(content.partition(",")[2], validate=True))
    except ValueError:  # no base64, or no ASCII
        raise FileUnreadable() from None


def _plan(organization_id: int | None, file: StaffFile) -> StaffPlan:
    with db.read() as reader:
        organization = access_shaped_organization(reader, current_actor(), parse_organization(organization_id))
        directory = read_staff_directory(reader, organization)
    return offload.run(plan_staff_import, directory, file)


def _show(filename: str | None) -> str:
    return (filename or "")[:FILENAME_SHOWN]

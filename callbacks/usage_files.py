"""What one takes away of the usage page: any chart or table as CSV, all of them as a workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request, send_file

from callbacks.billing_files import TYPES
from callbacks.gate import Gate
from callbacks.identity import current_translator
from callbacks.usage import PERIOD, read_usage
from components.usage import UsageView
from components.usage_sheets import list_sheets
from components.usage_words import LONGEST_TITLE, title_file
from data import offload
from data.access.permissions import Permission
from data.billing.documents import EXCEL_QUEBEC, MACHINE, format_file_name, write_csv, write_xlsx
from data.billing.documents.tables import Table
from data.errors import MalformedRequest, NotFound
from data.i18n import Translator
from data.usage.report import UsageReport

PROFILES = {"csv": EXCEL_QUEBEC, "machine": MACHINE}


def register(gate: Gate) -> None:
    @gate.route("/usage/files", permission=Permission.USAGE)
    def download_usage() -> Response:
        t, form = current_translator(), request.args.get("form", "csv")
        if form != "xlsx" and form not in PROFILES:
            raise MalformedRequest()
        report = _read_report()
        if form == "xlsx":
            return _send_workbook(t, report)
        sheet = _choose_sheet(t, report, request.args.get("sheet"))
        content = offload.run(write_csv, sheet.columns, sheet.rows, PROFILES[form], t.language)
        return _send(content, _name(t, report, sheet.title), "csv")


def _read_report() -> UsageReport:
    """The same as the page at this address; what the page refuses is refused here."""
    period = {name: request.args.get(name) for name in (*PERIOD, "organization")}
    view: UsageView = read_usage(request.args.get("service"), period)
    if view.report is None:
        raise MalformedRequest()
    return view.report


def _choose_sheet(t: Translator, report: UsageReport, asked: str | None) -> Table:
    for key, sheet in list_sheets(t, report).items():
        if key == asked:
            return sheet
    raise NotFound()


def _send_workbook(t: Translator, report: UsageReport) -> Any:
    title, sheets = _name(t, report, t("Usage")), list(list_sheets(t, report).values())
    return _send(offload.run(write_xlsx, sheets, report.today, t.language, title), title, "xlsx")


def _name(t: Translator, report: UsageReport, what: str) -> str:
    service = report.scope.service
    return title_file(t, what, service.name if service else None, report.window)


def _send(content: bytes, title: str, extension: str) -> Any:
    name = format_file_name(title, extension, longest=LONGEST_TITLE)
    return send_file(BytesIO(content), mimetype=TYPES[extension], as_attachment=True, download_name=name, max_age=0)

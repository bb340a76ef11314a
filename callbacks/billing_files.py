"""Downloads of the bill: an issued document, a month as it stands, the journal of a month."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request, send_file

from callbacks.billing import parse_month, parse_organization
from callbacks.fields import parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, get_settings
from data import db
from data.access.billing import access_bookkeeping, access_document, access_named_organization
from data.access.permissions import Permission
from data.errors import MalformedRequest
from data.files import FORMS, MadeFile, Wish, make_document, make_journal, make_month
from data.i18n import LANGUAGES

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def register(gate: Gate) -> None:
    @gate.route("/billing/files/document", permission=Permission.SEE_BILLED_PEOPLE)
    def download_document() -> Response:
        with db.read() as reader:
            named = access_named_organization(reader, current_actor(), _organization())
            document = access_document(reader, named, parse_id(request.args.get("document")))
        return _send(make_document(named, document, _read_wish(), get_settings().accounts))

    @gate.route("/billing/files/month", permission=Permission.SEE_BILLED_PEOPLE)
    def download_month() -> Response:
        settings = get_settings()
        with db.read() as reader:
            named = access_named_organization(reader, current_actor(), _organization())
        month = parse_month(request.args.get("month"))
        return _send(make_month(named, month, _read_wish(), settings.seller, settings.accounts))

    @gate.route("/billing/files/journal", permission=Permission.KEEP_BOOKS)
    def download_journal() -> Response:
        keeper, wish = access_bookkeeping(current_actor()), _read_wish()
        month = parse_month(request.args.get("month"))
        return _send(make_journal(keeper, month, wish.form, wish.language, get_settings().accounts))


def _organization() -> int | None:
    return parse_organization(request.args.get("organization"))


def _read_wish() -> Wish:
    """In the person's language unless another is asked for; `language=both`: French with the English beside it."""
    form = request.args.get("form", "pdf")
    asked = request.args.get("language") or current_translator().language
    if form not in FORMS or asked not in (*LANGUAGES, "both"):
        raise MalformedRequest()
    is_bilingual = asked == "both"
    return Wish(
        form=form,
        language="fr" if is_bilingual else asked,
        with_names=request.args.get("names") == "1",
        is_bilingual=is_bilingual,
    )


def _send(made: MadeFile) -> Any:
    extension = made.name.rpartition(".")[2]
    return send_file(
        BytesIO(made.content), mimetype=TYPES[extension], as_attachment=True, download_name=made.name, max_age=0
    )

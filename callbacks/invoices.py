"""Invoices and credit notes: lists, one document, and what finance records on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast, get_args

from dash import Dash, Input, Output, State, ctx, no_update

from callbacks.billing import HERE, SEARCH_LIMIT, Place, look_again, parse_organization, place_of
from callbacks.fields import parse_day, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.refusals import describe_refusal
from components import ids
from components.bill_document import DocumentView
from components.invoices import InvoicesView, build_documents, count_documents
from data import clock, db
from data.access.actors import VendorRole
from data.access.billing import (
    KeptInvoice,
    KeptOrganization,
    access_billed_organization,
    access_bookkeeping,
    access_document,
    access_kept_invoice,
    access_kept_organization,
)
from data.access.directory import access_changing_session
from data.access.permissions import Permission
from data.actions.books import PaymentMade, do_change_dispute, do_record_payment
from data.bills import running_month
from data.bookkeeping import give_goodwill, issue_corrections
from data.db import Reader, UnitOfWork
from data.errors import AmountInvalid, ChatError
from data.queries.invoices import (
    DocumentState,
    get_ageing,
    get_document,
    list_documents,
    list_statement,
    parse_amount,
)

STATES = get_args(DocumentState)


def read_invoices(organization: object, *, state: object = "all", search: str = "", page: int = 0) -> InvoicesView:
    """Of one organization, or for finance, where none is named, of all."""
    actor, wanted = current_actor(), parse_organization(organization)
    chosen = cast(DocumentState, state if state in STATES else "all")
    with db.read() as reader:
        if wanted is None and actor.vendor_role is VendorRole.FINANCE:
            keeper, today = access_bookkeeping(actor), clock.local_day(reader.now, actor.timezone)
            found = list_documents(reader, keeper, state=chosen, search=search, page=page)
            return InvoicesView(None, found, get_ageing(reader, keeper, today), [], today)
        billed = access_billed_organization(reader, actor, wanted)
        today = clock.local_day(reader.now, billed.timezone)
        return InvoicesView(
            place=place_of(actor, billed, running_month(reader, billed)),
            found=list_documents(reader, billed, state=chosen, search=search, page=page),
            ageing=get_ageing(reader, billed, today),
            statement=list_statement(reader, billed),
            today=today,
        )


def read_document_page(organization: object, document: object) -> DocumentView:
    actor = current_actor()
    with db.read() as reader:
        billed = access_billed_organization(reader, actor, parse_organization(organization))
        opened = get_document(reader, access_document(reader, billed, parse_id(document)))
        today = clock.local_day(reader.now, billed.timezone)
    return DocumentView(place_of(actor, billed, opened.row.month), opened, today, billed.timezone)


def register(gate: Gate, app: Dash) -> None:
    _register_list(gate, app)
    _register_payment(gate, app)
    _register_dispute(gate, app)
    _register_credits(gate, app)


def _register_list(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.INVOICES_TABLE, "children"),
        Output(ids.INVOICES_COUNT, "children"),
        Output(ids.INVOICES_PREVIOUS, "disabled"),
        Output(ids.INVOICES_NEXT, "disabled"),
        Output(ids.INVOICES_PAGE, "data"),
        Input(ids.INVOICES_SEARCH, "value"),
        Input(ids.INVOICES_STATE, "value"),
        Input(ids.INVOICES_PREVIOUS, "n_clicks"),
        Input(ids.INVOICES_NEXT, "n_clicks"),
        State(ids.INVOICES_PAGE, "data"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.SEE_BILL,
        prevent_initial_call=True,
    )
    def draw_documents(
        search: str | None,
        state: str | None,
        before: int | None,
        after: int | None,
        page: int | None,
        place: Place,
    ) -> Any:
        t = current_translator()
        turned = {ids.INVOICES_PREVIOUS: (page or 0) - 1, ids.INVOICES_NEXT: (page or 0) + 1}.get(ctx.triggered_id, 0)
        text = (search or "")[:SEARCH_LIMIT]
        view = read_invoices(place.get("organization"), state=state, search=text, page=turned)
        found = view.found
        is_last = found.last >= found.count
        return build_documents(t, view), count_documents(t, found), found.number == 0, is_last, found.number


def _register_payment(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.PAYMENT_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.PAYMENT_SAVE, "n_clicks"),
        State(ids.PAYMENT_AMOUNT, "value"),
        State(ids.PAYMENT_DATE, "value"),
        State(ids.PAYMENT_METHOD, "value"),
        State(ids.PAYMENT_REFERENCE, "value"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def record_payment(
        clicks: int | None, amount: str | None, day: str | None, method: str | None, reference: str | None, place: Place
    ) -> Any:
        t = current_translator()

        def record(uow: UnitOfWork) -> None:
            made = PaymentMade(parse_cents(amount), parse_day(day), method or "", reference or "")
            do_record_payment(uow, _access_invoice(uow, place), made)

        return act_on(clicks, place, record, t("Payment recorded."))


def _register_dispute(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.DISPUTE_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.DISPUTE_SAVE, "n_clicks"),
        State(ids.DISPUTE_SAVE, "value"),
        State(ids.DISPUTE_REASON, "value"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def dispute(clicks: int | None, direction: str | None, reason: str | None, place: Place) -> Any:
        t, is_open = current_translator(), direction != "end"

        def change(uow: UnitOfWork) -> None:
            do_change_dispute(uow, _access_invoice(uow, place), reason or "", is_open=is_open)

        return act_on(clicks, place, change, t("In dispute.") if is_open else t("The dispute is ended."))


def _register_credits(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.GOODWILL_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.GOODWILL_SAVE, "n_clicks"),
        State(ids.GOODWILL_AMOUNT, "value"),
        State(ids.GOODWILL_REASON, "value"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def credit(clicks: int | None, amount: str | None, reason: str | None, place: Place) -> Any:
        t = current_translator()

        def give() -> None:
            access = partial(_access_invoice, place=place)
            give_goodwill(access, parse_cents(amount), reason or "", get_settings().seller)

        return answer_to(clicks, place, give, t("Credit note issued."))

    @gate.callback(
        app,
        Output(ids.CORRECT_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.CORRECT_SAVE, "n_clicks"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def correct(clicks: int | None, place: Place) -> Any:
        t = current_translator()

        def issue() -> None:
            issue_corrections(partial(access_kept, place=place), get_settings().seller)

        return answer_to(clicks, place, issue, t("Corrections issued."))


def act_on(clicks: int | None, place: Place, act: Callable[[UnitOfWork], None], told: str) -> Any:
    """The act, in one unit: what its form says of it, and the page seen anew."""

    def act_in_unit() -> None:
        with db.unit_of_work() as uow:
            act(uow)

    return answer_to(clicks, place, act_in_unit, told)


def answer_to(clicks: int | None, place: Place, act: Callable[[], None], told: str) -> Any:
    """As `act_on`, of an act that sees to its units by itself."""
    if not clicks:
        return no_update, no_update
    try:
        act()
    except ChatError as error:
        return describe_refusal(error, current_translator()), no_update
    show_notice(told)
    return "", look_again(place)


def access_kept(uow: Reader, place: Place) -> KeptOrganization:
    keeper = access_bookkeeping(access_changing_session(uow, current_actor()))
    return access_kept_organization(uow, keeper, parse_organization(place.get("organization")) or 0)


def _access_invoice(uow: Reader, place: Place) -> KeptInvoice:
    return access_kept_invoice(uow, access_kept(uow, place), parse_id(place.get("document")))


def parse_cents(text: str | None) -> int:
    cents = parse_amount(text or "")
    if cents is None:
        raise AmountInvalid()
    return cents

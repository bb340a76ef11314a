"""The terms of the books, each recorded from a month to come, and the trial of others."""

from __future__ import annotations

from typing import Any, cast

from dash import Dash, Input, Output, State, no_update

from callbacks.billing import HERE, Place, choose_month, parse_month, parse_organization, place_of
from callbacks.fields import Words
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.invoices import access_kept, act_on, parse_cents
from callbacks.refusals import describe_refusal
from components import ids
from components.bill_terms import TermsView, build_prices_page, build_terms_page, build_trial
from data import clock, db
from data.access.billing import access_bookkeeping, access_kept_organization
from data.access.directory import access_changing_session
from data.access.permissions import Permission
from data.actions.books import do_change_contract, do_change_price, do_change_tax_profile
from data.billing.rating import Basis, Mode, Month, Settings
from data.bills import check_month, running_month, simulate_month
from data.db import UnitOfWork
from data.errors import AmountInvalid, ChatError, MalformedRequest, MonthInvalid
from data.money import parse_plain_price
from data.queries.billing import get_month_frame
from data.queries.terms import list_contracts, list_prices, list_provinces, list_tax_profiles


def build_terms(organization: object, month: object) -> Any:
    """Of one organization; without one, the price book."""
    t, actor, wanted = current_translator(), current_actor(), parse_organization(organization)
    keeper = access_bookkeeping(actor)
    with db.read() as reader:
        if wanted is None:
            running = Month.of(clock.local_day(reader.now, actor.timezone))
            return build_prices_page(t, list_prices(reader, keeper), running.shift(1), actor.timezone)
        kept = access_kept_organization(reader, keeper, wanted)
        chosen = choose_month(reader, kept, month)
        frame = get_month_frame(reader, kept, chosen)
        check_month(reader, kept, chosen)
        view = TermsView(
            place=place_of(actor, kept, chosen),
            contracts=list_contracts(reader, kept),
            profiles=list_tax_profiles(reader, kept),
            provinces=list_provinces(reader),
            begins=frame.running.shift(1),
            first=frame.first,
            timezone=kept.timezone,
        )
    return build_terms_page(t, view)


def register(gate: Gate, app: Dash) -> None:
    _register_price(gate, app)
    _register_contract(gate, app)
    _register_trial(gate, app)
    _register_taxes(gate, app)


def _register_price(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.PRICE_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.PRICE_SAVE, "n_clicks"),
        State(ids.PRICE_AMOUNT, "value"),
        State(ids.PRICE_MONTH, "value"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def record_price(clicks: int | None, amount: str | None, month: str | None) -> Any:
        t = current_translator()

        def record(uow: UnitOfWork) -> None:
            keeper = access_bookkeeping(access_changing_session(uow, current_actor()))
            do_change_price(uow, keeper, _parse_price(amount), parse_month(month))

        return act_on(clicks, {}, record, t("Price recorded."))


def _parse_price(text: str | None) -> int:
    try:
        return parse_plain_price((text or "").replace(",", ".").replace("$", ""))
    except ValueError:
        raise AmountInvalid() from None


def _register_contract(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.CONTRACT_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.CONTRACT_SAVE, "n_clicks"),
        *_list_contract_fields(),
        State(ids.CONTRACT_MONTH, "value"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def record_contract(
        clicks: int | None,
        mode: str | None,
        basis: str | None,
        days: str | None,
        minimum: str | None,
        month: str | None,
        place: Place,
    ) -> Any:
        t = current_translator()

        def record(uow: UnitOfWork) -> None:
            settings = _parse_settings(mode, basis, days, minimum)
            do_change_contract(uow, access_kept(uow, place), settings, parse_month(month))

        return act_on(clicks, place, record, t("Contract recorded."))


def _list_contract_fields() -> list[State]:
    fields = (ids.CONTRACT_MODE, ids.CONTRACT_BASIS, ids.CONTRACT_DAYS, ids.CONTRACT_MINIMUM)
    return [State(each, "value") for each in fields]


def _parse_settings(mode: str | None, basis: str | None, days: str | None, minimum: str | None) -> Settings:
    """As the form gives them."""
    if mode not in ("flat", "daily") or basis not in ("employee", "app_user"):
        raise MalformedRequest()
    least = (days or "").strip()
    if not (least.isascii() and least.isdecimal() and 1 <= int(least) <= 31):
        raise AmountInvalid()
    cents = parse_cents(minimum or "0")
    if cents < 0:
        raise AmountInvalid()
    return Settings(cast(Mode, mode), cast(Basis, basis), int(least), cents)


def _register_trial(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.CONTRACT_TRIED, "children"),
        Output(ids.CONTRACT_ERROR, "children", allow_duplicate=True),
        Input(ids.CONTRACT_TRY, "n_clicks"),
        *_list_contract_fields(),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def try_contract(
        clicks: int | None, mode: str | None, basis: str | None, days: str | None, minimum: str | None, place: Place
    ) -> Any:
        if not clicks:
            return no_update, no_update
        t = current_translator()
        try:
            settings, month = _parse_settings(mode, basis, days, minimum), parse_month(place.get("month"))
            with db.read() as reader:
                keeper = access_bookkeeping(current_actor())
                kept = access_kept_organization(reader, keeper, parse_organization(place.get("organization")) or 0)
            now, tried = simulate_month(kept, month, settings)
        except ChatError as error:
            return "", describe_refusal(error, t)
        return build_trial(t, month, now, tried), ""


def _register_taxes(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.TAX_ERROR, "children"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.TAX_SAVE, "n_clicks"),
        State(ids.TAX_PROVINCE, "value"),
        State(ids.TAX_EXEMPT, "value"),
        State(ids.TAX_REASON, "value"),
        State(ids.TAX_MONTH, "value"),
        State(ids.BILL_PLACE, "data"),
        permission=Permission.KEEP_BOOKS,
        prevent_initial_call=True,
    )
    def record_taxes(
        clicks: int | None,
        province: str | None,
        exempt: Words | None,
        reason: str | None,
        month: str | None,
        place: Place,
    ) -> Any:
        t = current_translator()

        def record(uow: UnitOfWork) -> None:
            kept, begins = access_kept(uow, place), parse_month(month)
            if begins <= running_month(uow, kept):
                raise MonthInvalid()
            taxes = frozenset(exempt or ())
            do_change_tax_profile(uow, kept, province or "", taxes, begins.first, reason=reason or "")

        return act_on(clicks, place, record, t("Taxes recorded."))

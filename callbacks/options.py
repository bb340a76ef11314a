"""The option of an organization: what its page shows, the list of all switches, the written confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, ctx
from flask import render_template

from callbacks.fields import parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, get_settings
from components import ids
from components.option_letter import Letter, build_letter, list_lines, write_mail
from components.option_list import LatestView, build_latest, count_latest
from components.options import OptionView
from data import db
from data.access.actors import VendorRole
from data.access.billing import access_billed_organization
from data.access.options import (
    OptionReviewer,
    ReviewedOrganization,
    access_option_reviewer,
    access_organization_of_switch,
    access_reviewed_organization,
    list_requesters,
)
from data.access.permissions import Permission
from data.access.support import access_supported_bills
from data.clock import local_day
from data.db import Reader
from data.i18n import translator
from data.queries.costs import find_price_on, list_costs
from data.queries.option_history import get_switch, list_latest
from data.queries.options import get_organization_option

SEARCH_LIMIT = 60
STEPS = {ids.OPTIONS_PREVIOUS: -1, ids.OPTIONS_NEXT: 1}


def register(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.OPTIONS_TABLE, "children"),
        Output(ids.OPTIONS_COUNT, "children"),
        Output(ids.OPTIONS_PREVIOUS, "disabled"),
        Output(ids.OPTIONS_NEXT, "disabled"),
        Output(ids.OPTIONS_PAGE, "data"),
        Input(ids.OPTIONS_SEARCH, "value"),
        Input(ids.OPTIONS_PREVIOUS, "n_clicks"),
        Input(ids.OPTIONS_NEXT, "n_clicks"),
        State(ids.OPTIONS_PAGE, "data"),
        permission=Permission.READ_OPTION,
        prevent_initial_call=True,
    )
    def list_page(search: str | None, back: int | None, onward: int | None, number: int | None) -> Any:
        """A new search begins at its first page."""
        t = current_translator()
        step = STEPS.get(ctx.triggered_id or "")
        wanted = 1 if step is None else parse_id(number) + step
        with db.read() as reader:
            reviewer = access_option_reviewer(current_actor())
            view = read_latest(reader, reviewer, search=(search or "")[:SEARCH_LIMIT], number=wanted)
        found = view.found
        is_first, is_last = found.number == 1, found.number == found.pages
        return build_latest(t, view), count_latest(t, found), is_first, is_last, found.number

    @gate.route("/options/confirmation/<change_id>", permission=Permission.READ_OPTION)
    def show_confirmation(change_id: str) -> Any:
        found = read_confirmation(parse_id(change_id))
        return render_template("confirmation.html", t=translator("fr"), letter=found.letter, mail=found.mail)


def read_latest(reader: Reader, reviewer: OptionReviewer, *, search: str = "", number: int = 1) -> LatestView:
    found = list_latest(reader, reviewer, search=search, number=number)
    organizations = {row.organization_id for row in found.rows}
    return LatestView(found, list_costs(reader, access_supported_bills(reader, reviewer, organizations)))


def read_option(organization_id: int | None) -> OptionView:
    """What the page shows to this actor; None is an administrator's own organization."""
    actor = current_actor()
    with db.read() as reader:
        organization = access_reviewed_organization(reader, actor, organization_id)
        option = get_organization_option(reader, organization)
        billed = access_billed_organization(reader, actor, organization.id)
        cost = list_costs(reader, [billed])[organization.id]
    return OptionView(
        organization.id,
        organization.name,
        organization.timezone,
        option,
        cost,
        is_own=actor.vendor_role is None,
        may_switch=actor.vendor_role is VendorRole.CUSTOMER_SERVICE,
    )


@dataclass(frozen=True)
class Confirmation:
    """The letter, who asked, and for customer service their address, if they have one."""

    letter: Letter
    name: str
    address: str | None

    @property
    def mail(self) -> str | None:
        """A link by which one sends it oneself."""
        return write_mail(self.letter, self.address) if self.address else None


def read_confirmation(change_id: int) -> Confirmation:
    actor = current_actor()
    with db.read() as reader:
        organization = access_organization_of_switch(reader, actor, change_id)
        entry = get_switch(reader, organization, change_id)
        address = _find_address(reader, organization, entry.requested_by)
        price = find_price_on(reader, local_day(entry.effective_at, organization.timezone))
    letter = build_letter(organization.name, organization.timezone, entry, price)
    is_sender = actor.vendor_role is VendorRole.CUSTOMER_SERVICE
    return Confirmation(letter, entry.requested_by or "", address if is_sender else None)


def mail_confirmation(confirmation: Confirmation) -> bool | None:
    """Whether it went to who asked; None where no mail server is named, or they have no address."""
    mailer = get_settings().mailer
    if mailer is None or confirmation.address is None:
        return None
    letter = confirmation.letter
    return mailer.send(confirmation.address, letter.title, "\n".join(list_lines(letter)))


def _find_address(reader: Reader, organization: ReviewedOrganization, name: str | None) -> str | None:
    """Of the one who bears that name today; of two namesakes, nobody's."""
    found = [each.email for each in list_requesters(reader, organization) if each.name == name]
    return found[0] if len(found) == 1 else None

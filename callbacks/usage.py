"""How the chat is used, as an address asks for it; the page's scripts draw the charts and change the address."""

from __future__ import annotations

from collections.abc import Mapping

from dash import MATCH, ClientsideFunction, Dash, Input, Output, State

from callbacks.billing import HERE
from callbacks.fields import parse_id
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator
from callbacks.refusals import describe_refusal
from components import ids
from components.usage import UsageView
from components.usage_place import UsagePlace
from data import clock, db
from data.access.actors import Actor
from data.access.usage import (
    MeasuredScope,
    access_measured_organization,
    access_measured_service,
    access_measured_services,
)
from data.db import Reader
from data.errors import Invalid
from data.queries.usage import get_first_day, get_report
from data.usage.windows import Window, parse_window

PERIOD = ("period", "on", "from", "to")


def read_usage(service: object, period: Mapping[str, object]) -> UsageView:
    """A service that is not open to the actor is `NotFound`; a period that cannot be is refused on the page."""
    with db.read() as reader:
        mine = _access_all(reader, current_actor(), period.get("organization"))
        scope = choose_scope(reader, mine, service)
        place = UsagePlace(scope.service.id if scope.service else None, None)
        try:
            window = choose_window(reader, scope, period)
        except Invalid as error:
            said = describe_refusal(error, current_translator())
            return UsageView(place, mine.services, None, said, (str(period.get("from", "")), str(period.get("to", ""))))
    asked = window if any(period.get(name) for name in PERIOD) else None
    return UsageView(UsagePlace(place.service_id, asked), mine.services, get_report(scope, window))


def _access_all(reader: Reader, actor: Actor, organization: object) -> MeasuredScope:
    """A manager has their services; who names the organization wants all of it, or nothing."""
    if organization not in (None, ""):
        return access_measured_organization(reader, actor, parse_id(organization))
    is_whole = actor.rights is not None and actor.rights.is_administrator
    return access_measured_organization(reader, actor) if is_whole else access_measured_services(reader, actor)


def choose_scope(reader: Reader, mine: MeasuredScope, service: object) -> MeasuredScope:
    """The service asked for; all of one's own, which may be a single one."""
    if service not in (None, ""):
        return access_measured_service(reader, mine.actor, parse_id(service))
    alone = len(mine.services) == 1
    return access_measured_service(reader, mine.actor, mine.services[0].id) if alone else mine


def choose_window(reader: Reader, scope: MeasuredScope, period: Mapping[str, object]) -> Window:
    """Addresses say what they like: what is no text is as if it were not there."""
    given = {name: value if isinstance(value := period.get(name), str) and value else None for name in PERIOD}
    return parse_window(
        given["period"],
        given["on"],
        given["from"],
        given["to"],
        first=get_first_day(reader, scope),
        today=clock.local_day(reader.now, scope.timezone),
    )


def register(gate: Gate, app: Dash) -> None:
    """Nothing here asks the server: an address is the only way in, and it is looked at as it comes."""
    app.clientside_callback(
        ClientsideFunction("usage", "draw"),
        Output(ids.usage_chart(MATCH), "figure"),
        Output(ids.usage_table(MATCH), "children"),
        Input(ids.usage_figure(MATCH), "data"),
        Input(ids.USAGE_THEME, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("usage", "list"),
        Output(ids.usage_list(MATCH), "children"),
        Input(ids.usage_rows(MATCH), "data"),
        Input(ids.USAGE_THEME, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("usage", "choose"),
        Output(HERE, "search", allow_duplicate=True),
        Input(ids.USAGE_SERVICE, "value"),
        Input(ids.USAGE_SHOW, "n_clicks"),
        State(ids.USAGE_FROM, "value"),
        State(ids.USAGE_TO, "value"),
        State(ids.USAGE_PLACE, "data"),
        prevent_initial_call=True,
    )

"""Acts of an administrator on a person that are asked before they are done: ends, departures, cutting access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.fields import Drawn, parse_day, parse_id
from callbacks.gate import Gate, show_notice
from callbacks.identity import current_actor, current_translator
from callbacks.person import next_version, open_drawer
from callbacks.refusals import describe_refusal
from components import ids
from components.asking import Question, build_question
from components.person_acts import (
    ask_cut,
    ask_end,
    ask_end_service,
    ask_give_up,
    ask_new_departure,
    ask_no_departure,
)
from data import db
from data.access.directory import (
    AdministeredEmployee,
    access_administered_employee,
    access_administered_organization,
    access_changing_session,
    access_listed_organization,
    access_listed_person,
    access_shaped_service,
)
from data.access.permissions import Permission
from data.actions.directory import do_cut_access
from data.actions.employment import do_change_departure, do_end, do_end_service
from data.db import UnitOfWork
from data.errors import ChatError, MalformedRequest, NotFound
from data.i18n import Translator
from data.queries.directory import PersonFile, get_person_file

Act = Literal["end", "change_departure", "cancel_departure", "end_service", "cut"]


@dataclass(frozen=True)
class Asked:
    """What the dialog asks about; comes back with the agreement, and is checked anew."""

    act: Act
    day: str | None = None
    service: int = 0

    def keep(self) -> dict[str, Any]:
        return {"act": self.act, "day": self.day, "service": self.service}


Make = Callable[[Translator, PersonFile], tuple[Question, Asked]]


def register(gate: Gate, app: Dash) -> None:
    _register_departure(gate, app)
    _register_service_end(gate, app)
    _register_cutting(gate, app)
    _register_answer(gate, app)


def _outputs(form: str) -> list[Output]:
    """What a button that asks changes: the error of its form, and the dialog."""
    return [
        Output(ids.person_error(form), "children", allow_duplicate=True),
        Output(ids.ask("person", "ask"), "is_open", allow_duplicate=True),
        Output(ids.ask("person", "ask-words"), "children", allow_duplicate=True),
        Output(ids.ask("person", "ask-body"), "children", allow_duplicate=True),
        Output(ids.ask("person", "confirm"), "children", allow_duplicate=True),
        Output(ids.ask("person", "ask-error"), "children", allow_duplicate=True),
        Output(ids.ask("person", "asked"), "data", allow_duplicate=True),
    ]


def _ask(clicks: int | None, person_id: int | None, make: Make) -> Any:
    if not clicks:  # the form has just been drawn
        return [no_update] * 7
    t = current_translator()
    try:
        question, asked = make(t, _read_file(parse_id(person_id)))
    except ChatError as error:
        return describe_refusal(error, t), *[no_update] * 6
    return "", True, question.title, build_question(question), question.act, "", asked.keep()


def _read_file(person_id: int) -> PersonFile:
    """Of whom one may change."""
    with db.read() as reader:
        actor = current_actor()
        employee = access_administered_employee(reader, access_administered_organization(reader, actor), person_id)
        listed = access_listed_person(reader, access_listed_organization(reader, actor), employee.person_id)
        return get_person_file(reader, listed)


def _register_departure(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("end"),
        Input(ids.END_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.END_DATE, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_for_end(clicks: int | None, person_id: int | None, day: str | None) -> Any:
        return _ask(clicks, person_id, lambda t, file: (ask_end(t, file, parse_day(day)), Asked("end", day)))

    @gate.callback(
        app,
        *_outputs("end"),
        Input(ids.DEPARTURE_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.DEPARTURE_DATE, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_for_new_departure(clicks: int | None, person_id: int | None, day: str | None) -> Any:
        def make(t: Translator, file: PersonFile) -> tuple[Question, Asked]:
            return ask_new_departure(t, file, parse_day(day)), Asked("change_departure", day)

        return _ask(clicks, person_id, make)

    @gate.callback(
        app,
        *_outputs("end"),
        Input(ids.DEPARTURE_CANCEL, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_for_no_departure(clicks: int | None, person_id: int | None) -> Any:
        return _ask(clicks, person_id, lambda t, file: (ask_no_departure(t, file), Asked("cancel_departure")))


def _register_service_end(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("service-end"),
        Input(ids.END_SERVICE_SAVE, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.END_SERVICE, "value"),
        State(ids.END_SERVICE_DATE, "value"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_for_end_there(clicks: int | None, person_id: int | None, service: str | None, day: str | None) -> Any:
        def make(t: Translator, file: PersonFile) -> tuple[Question, Asked]:
            question = ask_end_service(t, file, parse_id(service), parse_day(day))
            return question, Asked("end_service", day, parse_id(service))

        return _ask(clicks, person_id, make)

    @gate.callback(
        app,
        *_outputs("places"),
        Input(ids.place_cancel(ALL), "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_to_give_up(clicks: Drawn, person_id: int | None) -> Any:
        """Work that has not begun ends the day before it would."""
        service = parse_id(ctx.triggered_id.get("service")) if isinstance(ctx.triggered_id, dict) else 0

        def make(t: Translator, file: PersonFile) -> tuple[Question, Asked]:
            place = next((p for p in file.places if p.service_id == service and p.when == "to_come"), None)
            if place is None:
                raise NotFound()
            day = place.starts_on - timedelta(days=1)
            return ask_give_up(t, file, place), Asked("end_service", day.isoformat(), service)

        return _ask(int(any(clicks)), person_id, make)


def _register_cutting(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        *_outputs("access"),
        Input(ids.CUT_ACCESS, "n_clicks"),
        State(ids.PERSON_ID, "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def ask_for_cut(clicks: int | None, person_id: int | None) -> Any:
        return _ask(clicks, person_id, lambda t, file: (ask_cut(t, file), Asked("cut")))


def _register_answer(gate: Gate, app: Dash) -> None:
    @gate.callback(
        app,
        Output(ids.ask("person", "ask-error"), "children"),
        Output(ids.ask("person", "ask"), "is_open"),
        Output(ids.PERSON_BODY, "children", allow_duplicate=True),
        Output(ids.DIRECTORY_VERSION, "data", allow_duplicate=True),
        Input(ids.ask("person", "confirm"), "n_clicks"),
        State(ids.PERSON_ID, "data"),
        State(ids.ask("person", "asked"), "data"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def confirm(clicks: int | None, person_id: int | None, asked: Asked | None) -> Any:
        if not clicks or asked is None:
            return [no_update] * 4
        t = current_translator()
        try:
            with db.unit_of_work() as uow:
                actor = access_changing_session(uow, current_actor())
                organization = access_administered_organization(uow, actor)
                said = _do(uow, t, access_administered_employee(uow, organization, parse_id(person_id)), asked)
        except ChatError as error:
            return describe_refusal(error, t), *[no_update] * 3
        show_notice(said)
        return "", False, open_drawer(parse_id(person_id))[2], next_version()

    @gate.callback(
        app,
        Output(ids.ask("person", "ask"), "is_open", allow_duplicate=True),
        Input(ids.ask("person", "keep"), "n_clicks"),
        permission=Permission.ADMINISTER,
        prevent_initial_call=True,
    )
    def keep(clicks: int | None) -> Any:
        return False


def _do(uow: UnitOfWork, t: Translator, employee: AdministeredEmployee, asked: Asked) -> str:
    """The act, and the notice that names it."""
    name = employee.name
    if asked.act == "cut":
        do_cut_access(uow, employee)
        return t("The access of {name} is cut off.", name=name)
    if asked.act == "cancel_departure":
        do_change_departure(uow, employee, None)
        return t("The departure of {name} is cancelled.", name=name)
    if asked.day is None:
        raise MalformedRequest()
    day = parse_day(asked.day)
    if asked.act == "end_service":
        service = access_shaped_service(uow, employee.organization, asked.service)
        do_end_service(uow, employee, service, day)
        return t("{name}: last day in {service}, {day}.", name=name, service=service.name, day=t.day(day))
    if asked.act == "change_departure":
        do_change_departure(uow, employee, day)
        return t("The last day of {name} is now {day}.", name=name, day=t.day(day))
    do_end(uow, employee, day)
    return t("The employment of {name} ends on {day}.", name=name, day=t.day(day))

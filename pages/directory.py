"""/directory: the staff; `?person=ID` opens somebody's drawer, `?service=ID&status=without_app` narrows the list."""

from __future__ import annotations

from dash import register_page
from dash.development.base_component import Component

from callbacks.directory import choose_service, choose_status
from callbacks.fields import parse_id
from callbacks.identity import current_actor, current_translator
from callbacks.person import read_person
from components.directory import build_directory_page
from components.person import OpenedPerson
from data import db
from data.access.directory import access_listed_organization
from data.access.permissions import Permission
from data.db import Reader
from data.errors import NotFound
from data.queries.directory import list_listed_services, list_people

register_page(__name__, path="/directory", permission=Permission.RUN_SERVICES)


def layout(person: object = None, service: object = None, status: object = None, **_: object) -> Component:
    actor = current_actor()
    shown = choose_status(actor, status)
    with db.read() as reader:
        organization = access_listed_organization(reader, actor)
        chosen = choose_service(reader, organization, service)
        people = list_people(reader, organization, service=chosen, status=shown)
        services = list_listed_services(reader, organization)
        opened = _find_person(reader, person) if person is not None else None
    return build_directory_page(
        current_translator(),
        people,
        services,
        status=shown,
        service_id=chosen.id if chosen else None,
        may_administer=organization.sees_everybody,
        opened=opened,
        is_missing=person is not None and opened is None,
    )


def _find_person(reader: Reader, person: object) -> OpenedPerson | None:
    try:
        return read_person(reader, current_actor(), parse_id(person))
    except NotFound:
        return None

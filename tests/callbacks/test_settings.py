"""The organization's settings over HTTP, by its administrator alone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from components import ids
from data import db
from data.access.actors import Surface
from data.access.conversations import access_led_conversation
from data.actions.messages import do_send_urgent_message
from data.models import audit_entries, organizations
from tests.callbacks.conftest import Visitor
from tests.callbacks.test_directory import read_page
from tests.factories import World, chatter, launch

Visit = Callable[..., Visitor]


def save(visitor: Visitor, **given: object) -> TestResponse:
    fields = {
        ids.SETTINGS_QUIET_STARTS: "22:00",
        ids.SETTINGS_QUIET_ENDS: "06:30",
        ids.SETTINGS_SHOWS_TEXT: True,
        ids.SETTINGS_FORMAL: "https://demandes.example/",
    } | given
    state = [(name, "value", value) for name, value in fields.items()]
    return visitor.call(f"{ids.SETTINGS_ERROR}.children", [(ids.SETTINGS_SAVE, "n_clicks", 1)], state)


def say(answer: TestResponse) -> str:
    return json.dumps(answer.get_json(), ensure_ascii=False)


def get_settings(world: World) -> tuple[object, ...]:
    with db.read() as reader:
        query = select(
            organizations.c.quiet_starts,
            organizations.c.quiet_ends,
            organizations.c.shows_text,
            organizations.c.formal_messaging_url,
        )
        return tuple(reader.execute(query.where(organizations.c.id == world.organization_id)).one())


def list_acts(world: World) -> list[str]:
    with db.read() as reader:
        query = select(audit_entries.c.details).where(audit_entries.c.act == "settings.changed")
        return list(reader.execute(query.where(audit_entries.c.organization_id == world.organization_id)).scalars())


def test_an_administrator_changes_them_and_it_is_audited(app_world: World, visit: Visit) -> None:
    ada = visit(app_world.administrator, Surface.PORTAL)
    assert get_settings(app_world) == (1260, 420, False, None)
    assert "Les réglages sont enregistrés." in say(save(ada))
    assert get_settings(app_world) == (1320, 390, True, "https://demandes.example/")
    save(ada)  # the same again is no change
    changed = ["quiet_starts", "quiet_ends", "shows_text", "formal_messaging_url"]
    assert [json.loads(details) for details in list_acts(app_world)] == [{"changed": changed}]
    assert '"value": "22:00"' in read_page(ada, "/settings")


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        (ids.SETTINGS_QUIET_STARTS, "25:00", "Cette heure n'est pas valide"),
        (ids.SETTINGS_QUIET_ENDS, "", "Cette heure n'est pas valide"),
        (ids.SETTINGS_FORMAL, "javascript:alert(1)", "Cette adresse n'est pas valide"),
        (ids.SETTINGS_FORMAL, "demandes.example", "Cette adresse n'est pas valide"),
        (ids.SETTINGS_FORMAL, "https://demandes.example@evil.example/", "Cette adresse n'est pas valide"),
        (ids.SETTINGS_FORMAL, 'https://demandes.example/"onclick=', "Cette adresse n'est pas valide"),
        (ids.SETTINGS_FORMAL, "https://demandes.example/" + "x" * 500, "Cette adresse n'est pas valide"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    app_world: World, visit: Visit, field: str, wrong: str, said: str
) -> None:
    answer = save(visit(app_world.administrator, Surface.PORTAL), **{field: wrong})
    assert said in say(answer)
    assert get_settings(app_world) == (1260, 420, False, None)


def test_r20_urgent_messages_are_counted_with_their_reasons_and_never_their_words(
    app_world: World, visit: Visit
) -> None:
    kitchen = app_world.add_service("cuisine")
    ariane = app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))
    team = launch(ariane, kitchen)
    with db.unit_of_work() as uow:
        led = access_led_conversation(uow, chatter(uow, ariane), team)
        for number in range(2):
            do_send_urgent_message(uow, led, "PLANTED", reason="Fuite de gaz", ref=f"urgent-{number}")
    page = read_page(visit(app_world.administrator, Surface.PORTAL), "/settings")
    assert "2 au cours des 30 derniers jours – Ariane Gagnon 2" in page
    assert page.count("Fuite de gaz") == 2
    assert "PLANTED" not in page

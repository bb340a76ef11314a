"""From "why was Marie not told?" to the cause, on both databases: each cause in turn, and what the log keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from callbacks.operations_commands import CAUSES
from data import db
from data.access.actors import Surface
from data.access.diagnosis import access_traced_person_at_console
from data.access.directory import access_organization_at_console
from data.actions.participants import do_leave
from data.actions.reading import do_view
from data.actions.sessions import do_sign_out
from data.errors import NotFound
from data.models import employees
from data.push import trail
from data.queries.silence import Silence, find_silence, list_conversations_around
from tests.data.test_push import Kitchen, act_in, choose_quiet_hours, kitchen, notifier, seen, service
from tests.factories import Somebody, mute

__all__ = ["kitchen", "notifier", "seen", "service"]  # fixtures


def look(at: Kitchen, somebody: Somebody, conversation: int) -> Silence:
    with db.read() as reader:
        number = reader.execute(select(employees.c.number).where(employees.c.person_id == somebody.id)).scalar_one()
        organization = access_organization_at_console(reader, at.world.code)
        person = access_traced_person_at_console(reader, organization, number)
        found = find_silence(reader, person, conversation, reader.now)
    assert found is not None
    return found


def switch_off(at: Kitchen, _conversation: int) -> None:
    at.world.switch_option(is_on=False)


def sign_out(at: Kitchen, _conversation: int) -> None:
    with db.unit_of_work() as uow:
        do_sign_out(uow, at.karim.act())


HAPPENED: dict[str, Callable[[Kitchen, int], object]] = {
    "told": lambda at, conversation: None,
    "muted": lambda at, conversation: mute(at.karim, conversation),
    "left": lambda at, conversation: act_in(at.karim, conversation, do_leave),
    "quiet_hours": lambda at, conversation: choose_quiet_hours(at.karim, 9 * 60, 12 * 60),
    "no_right": switch_off,
    "no_session": sign_out,
}


@pytest.mark.parametrize("cause", HAPPENED)
def test_what_happened_before_is_the_cause(kitchen: Kitchen, cause: str) -> None:
    team = kitchen.launch()
    act_in(kitchen.karim, team, do_view, 1)
    kitchen.moment.advance(minutes=1)
    HAPPENED[cause](kitchen, team)
    if cause != "no_right":
        kitchen.say(kitchen.ariane, team, "Réunion à 15 h")
    told = kitchen.whom()
    assert ("karim" in told) == (cause == "told")
    assert look(kitchen, kitchen.karim, team).causes[0] == cause


def test_what_was_read_elsewhere_what_waits_and_who_has_no_device(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    kitchen.say(kitchen.ariane, team, "Réunion à 15 h")
    newcomer = kitchen.world.hire("Marie Roy", kitchen.id)
    assert look(kitchen, newcomer, team).causes == ["no_device"]
    kitchen.notifier.queue_news()
    assert "waiting" in look(kitchen, kitchen.karim, team).causes
    act_in(kitchen.karim, team, do_view, 2)
    assert look(kitchen, kitchen.karim, team).causes[0] == "read"


def test_devices_that_ended_say_why(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    sign_out(kitchen, team)
    kitchen.world.sign_in(kitchen.karim, Surface.MOBILE)
    found = look(kitchen, kitchen.karim, team)
    assert found.causes[-1] == "device_ended"
    (device,) = found.notices
    assert (device.ended_reason is not None, device.ended_at) == (True, kitchen.moment.at)


def test_nobody_and_nothing_of_another_organization_is_found(kitchen: Kitchen) -> None:
    team = kitchen.launch()
    rival = type(kitchen.world).create("boreal")
    with db.read() as reader:
        organization = access_organization_at_console(reader, rival.code)
        number = reader.execute(
            select(employees.c.number).where(employees.c.person_id == kitchen.karim.id)
        ).scalar_one()
        with pytest.raises(NotFound):
            access_traced_person_at_console(reader, organization, number)
        own = access_traced_person_at_console(
            reader, access_organization_at_console(reader, kitchen.world.code), number
        )
        assert list_conversations_around(reader, own, reader.now) == []  # nobody looked at it: they take no part
        assert find_silence(reader, own, team + 1, reader.now) is None


def test_the_log_follows_each_notification_and_tells_no_words(
    kitchen: Kitchen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = kitchen.launch()
    lines: list[tuple[str, dict[str, Any]]] = []

    class Log:
        def info(self, event: str, **about: Any) -> None:
            lines.append((event, about))

    monkeypatch.setattr(trail, "log", Log())
    mute(kitchen.sofia, team)
    choose_quiet_hours(kitchen.ariane, 9 * 60, 12 * 60)
    kitchen.say(kitchen.sofia, team, "Le four est en panne")
    kitchen.tell()
    events = dict(lines)
    assert events["notices_queued"]["conversation"] == team
    assert (events["notice_held"]["person"], events["notice_held"]["ordinal"]) == (kitchen.ariane.id, 2)
    sent = events["notice_sent"]
    assert (sent["person"], sent["outcome"], sent["status"], sent["service"]) == (
        kitchen.karim.id,
        "taken",
        201,
        "other",
    )
    assert "four" not in str(lines)
    assert kitchen.devices["karim"].subscription.endpoint not in str(lines)


def test_every_cause_has_its_words() -> None:
    causes = {"read", "no_device", "device_ended", "not_queued", "waiting", *HAPPENED}
    assert set(CAUSES) == causes

"""Notifications on the phone: a device is registered, tried, forgotten; one's own quiet hours. A page and its forms; a
device is registered by a script, for a browser gives its address to scripts alone."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any

from flask import Flask, current_app, redirect, render_template, request

from callbacks.fields import format_minute, parse_id, parse_minute
from callbacks.gate import Gate
from callbacks.identity import current_actor, current_translator, get_settings
from callbacks.refusals import describe_refusal
from components.notifications import describe_device, describe_quiet_hours
from data import clock, db
from data.access.actors import Actor, access_open_session
from data.access.permissions import Permission
from data.access.push import access_owned_device
from data.actions.push import Subscription, do_choose_quiet_hours, do_forget_device, do_register_device
from data.config import Settings
from data.errors import HourInvalid, TooFast
from data.i18n import Translator
from data.notifying import Notifier, keep_server_key
from data.push.quiet import DEFAULT, QuietHours
from data.queries.push import Alerting, DeviceRow, get_alerting, list_devices
from data.realtime.events import to_person

PAGE = "/m/notifications"
BETWEEN_TESTS = 5  # seconds
MOST_TESTED = 1_000  # devices of which it is known when they were tried


class Pace:
    """A device is tried now and then, not again and again."""

    def __init__(self) -> None:
        self._tried: OrderedDict[int, datetime] = OrderedDict()

    def check(self, device_id: int) -> None:
        now = clock.now()
        before = self._tried.get(device_id)
        if before is not None and abs((now - before).total_seconds()) < BETWEEN_TESTS:
            raise TooFast(retry_after=BETWEEN_TESTS)
        self._tried[device_id] = now
        self._tried.move_to_end(device_id)
        if len(self._tried) > MOST_TESTED:
            self._tried.popitem(last=False)


def register(gate: Gate) -> None:
    pace = Pace()

    @gate.route("/m/push/devices", permission=Permission.MEMBER, methods=("POST",))
    def register_device() -> Any:
        subscription = Subscription(*(request.form.get(name, "") for name in ("endpoint", "p256dh", "auth")))
        with db.unit_of_work() as uow:
            actor = access_open_session(uow, current_actor().session_id)
            do_register_device(uow, actor, subscription, get_settings().push_services)
        return "", 204

    @gate.route("/m/push/test", permission=Permission.MEMBER, methods=("POST",))
    def test_device() -> Any:
        with db.read() as reader:
            device = access_owned_device(reader, current_actor(), parse_id(request.form.get("device")))
        pace.check(device.id)
        reply = get_notifier(current_app).test(device)
        return redirect(f"{PAGE}?result={reply.outcome}", 303)

    @gate.route("/m/push/forget", permission=Permission.MEMBER, methods=("POST",))
    def forget_device() -> Any:
        with db.unit_of_work() as uow:
            actor = access_open_session(uow, current_actor().session_id)
            do_forget_device(uow, access_owned_device(uow, actor, parse_id(request.form.get("device"))))
        return redirect(f"{PAGE}?result=forgotten", 303)

    @gate.route("/m/push/quiet-hours", permission=Permission.MEMBER, methods=("POST",))
    def choose_quiet_hours() -> Any:
        try:
            chosen = _parse_quiet_hours()
        except HourInvalid as error:
            return redirect(f"{PAGE}?result={error.code}", 303)
        with db.unit_of_work() as uow:
            do_choose_quiet_hours(uow, access_open_session(uow, current_actor().session_id), chosen)
        return redirect(f"{PAGE}?result=chosen", 303)

    @gate.route(PAGE, permission=Permission.MEMBER)
    def show_notifications() -> Any:
        actor = current_actor()
        with db.read() as reader:
            devices = list_devices(reader, actor)
            alerting = get_alerting(reader, actor.person_id)
        key = get_notifier(current_app).key.public
        shown = describe_page(current_translator(), actor, devices, alerting, key)
        return render_template("notifications.html", **shown)


def describe_page(
    t: Translator, actor: Actor, devices: list[DeviceRow], alerting: Alerting, key: str
) -> dict[str, Any]:
    quiet, own = alerting.quiet, alerting.is_own
    has_hours = quiet.starts != quiet.ends
    return {
        "t": t,
        "theme": actor.theme,
        "key": key,
        "said": _say_result(t),
        "devices": [_describe_device(t, actor.timezone, row) for row in devices],
        "choice": "organization" if not own else "own" if has_hours else "none",
        "organization_hours": describe_quiet_hours(t, alerting.organization_quiet),
        "starts": format_minute(quiet.starts if has_hours else DEFAULT.starts),
        "ends": format_minute(quiet.ends if has_hours else DEFAULT.ends),
    }


def _describe_device(t: Translator, timezone: str, row: DeviceRow) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "is_current": row.is_current, "words": describe_device(t, timezone, row)}


def _say_result(t: Translator) -> dict[str, Any] | None:
    """What the form that led here did."""
    result = request.args.get("result", "")
    words = {
        "taken": t("Sent. It shows on that device within a minute, if it is on."),
        "gone": t("That device takes notifications no more. Turn them on again there."),
        "wait": t("The notification service asks for some patience. Try again later."),
        "failed": t("The notification service does not answer. Try again later."),
        "refused": t("The notification service refused it. Turn notifications on again on that device."),
        "forgotten": t("This device is told nothing more."),
        "chosen": t("Your quiet hours are saved."),
        "hour_invalid": describe_refusal(HourInvalid(), t),
    }.get(result)
    return None if words is None else {"words": words, "good": result in ("taken", "forgotten", "chosen")}


def get_notifier(server: Flask) -> Notifier:
    """Of this server; its key is made at the first need, for a command may come before there is a database."""
    if "notifier" not in server.extensions:
        server.extensions["notifier"] = _build_notifier(server, server.config["CHAT_SETTINGS"])
    notifier: Notifier = server.extensions["notifier"]
    return notifier


def _build_notifier(server: Flask, settings: Settings) -> Notifier:
    hub = server.extensions["socket_edge"].hub
    key = keep_server_key(settings.push_private_key, settings.contact)

    def is_looking(person_id: int, conversation_id: int) -> bool:
        return bool(hub.is_looking(to_person(person_id), conversation_id))

    return Notifier(key, settings.push_services, is_looking)


def _parse_quiet_hours() -> QuietHours | None:
    """The organization's, none, or from one hour to another."""
    choice = request.form.get("choice")
    if choice == "organization":
        return None
    if choice == "none":
        return QuietHours(0, 0)
    return QuietHours(parse_minute(request.form.get("starts")), parse_minute(request.form.get("ends")))

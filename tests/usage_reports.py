"""A made-up report of usage: every part of the page has something to show, some of it hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data.usage.privacy import Amount, in_fives
from data.usage.report import (
    Absence,
    Activity,
    ActivityPoint,
    ConversationRow,
    Figure,
    FigureKey,
    Finding,
    FunnelStep,
    Note,
    PeoplePoint,
    Scope,
    ServiceName,
    ServiceRow,
    SilentService,
    Unit,
    UsageReport,
    Value,
)
from data.usage.windows import find_previous, make_window

TODAY = date(2026, 11, 23)
KITCHEN = ServiceName(1, "Plateau – cuisine")
DINING = ServiceName(2, "Plateau – salle <b>&")
DELIVERY = ServiceName(3, "Livraison")
SERVICES = (KITCHEN, DINING, DELIVERY)


def exactly(value: float) -> Value:
    return Value(Amount.exactly(value))


def fives(count: int, base: int = 97) -> Value:
    return Value(in_fives(count, base, base))


def absent(reason: Absence) -> Value:
    return Value(absence=reason)


def figure(key: FigureKey, unit: Unit, now: Value, before: Value) -> Figure:
    return Figure(key, unit, now, before)


def list_figures() -> dict[FigureKey, Figure]:
    near = Value(Amount(0.82, 0.79, 0.84))
    made = [
        figure("employees", "people", exactly(97), exactly(96)),
        figure("equipped", "people", exactly(72), exactly(65)),
        figure("equipment_rate", "rate", exactly(0.74), exactly(0.68)),
        figure("active_1", "people", fives(3), fives(7)),
        figure("active_7", "people", fives(61), fives(52)),
        figure("active_28", "people", fives(71), fives(70)),
        figure("activity_rate", "rate", Value(Amount(0.73, 0.7, 0.76)), absent("few_people")),
        figure("stickiness", "rate", absent("few_released"), absent("few_released")),
        figure("contributors", "people", fives(33), fives(34)),
        figure("messages", "messages", exactly(1284), exactly(1088)),
        figure("public_messages", "messages", exactly(820), exactly(700)),
        figure("group_messages", "messages", exactly(240), exactly(300)),
        figure("one_to_one_messages", "messages", exactly(224), exactly(88)),
        figure("deleted_messages", "messages", exactly(4), exactly(0)),
        figure("reading_24h", "rate", near, Value(Amount(0.85, 0.82, 0.87))),
        figure("first_read", "seconds", exactly(215), exactly(300)),
        figure("first_reply", "seconds", exactly(437), absent("few_messages")),
        figure("leaders_share", "rate", exactly(0.31), exactly(0.3)),
        figure("public_conversations_started", "conversations", exactly(3), exactly(1)),
        figure("private_conversations_started", "conversations", exactly(12), exactly(12)),
        figure("active_conversations", "conversations", exactly(4), exactly(5)),
        figure("silent_conversations", "conversations", exactly(2), exactly(1)),
        figure("cost_per_active", "cents", exactly(34.2), absent("needs_bill")),
    ]
    return {each.key: each for each in made}


def make_service(service: ServiceName, **changes: Any) -> ServiceRow:
    figures = {
        each.key: each
        for each in (
            figure("employees", "people", exactly(34), exactly(34)),
            figure("equipped", "people", exactly(25), exactly(22)),
            figure("equipment_rate", "rate", exactly(0.735), exactly(0.65)),
            figure("active_7", "people", fives(19, 34), fives(12, 34)),
            figure("activity_rate", "rate", Value(Amount(0.65, 0.6, 0.7)), absent("few_released")),
            figure("reading_24h", "rate", exactly(0.88), exactly(0.8)),
            figure("first_reply", "seconds", exactly(4860), exactly(360)),
            figure("messages", "messages", exactly(640), exactly(500)),
        )
    }
    row = ServiceRow(service, figures, TODAY, 0, None, has_option=True, is_left_out=False)
    return replace(row, **changes)


def list_days(first: date, count: int) -> tuple[ActivityPoint, ...]:
    return tuple(
        ActivityPoint(
            first + timedelta(days=at), None, (at * 37) % 61 + 8, (at * 7) % 11, (at * 23) % 47 + 5, is_partial=False
        )
        for at in range(count)
    )


def make_report(**changes: Any) -> UsageReport:
    window = make_window("dates", TODAY - timedelta(days=27), TODAY)
    heat = tuple(
        tuple(((day + 2) * (hour - 6) * 7) % 23 if 6 < hour < 23 else 0 for hour in range(24)) for day in range(7)
    )
    report = UsageReport(
        scope=Scope(None, SERVICES, is_whole=False),
        window=window,
        previous=find_previous(window),
        today=TODAY,
        timezone="America/Toronto",
        up_to_date_at=datetime(2026, 11, 23, 19, 32, tzinfo=UTC),
        figures=list_figures(),
        activity=Activity("day", list_days(window.from_on, 28)),
        people=tuple(
            PeoplePoint(
                window.from_on + timedelta(days=7 * at),
                window.from_on + timedelta(days=7 * at + 6),
                fives(40 + 6 * at),
                fives(3 + 7 * at),
            )
            for at in range(4)
        ),
        heat=heat,
        services=(
            make_service(KITCHEN),
            make_service(DINING, heard_on=TODAY - timedelta(days=1), silent_days=1),
            make_service(
                DELIVERY,
                figures={"employees": figure("employees", "people", exactly(4), exactly(4))}
                | {"active_7": figure("active_7", "people", absent("few_people"), absent("few_people"))},
                heard_on=TODAY - timedelta(days=9),
                silent_days=9,
                is_left_out=True,
            ),
        ),
        conversations=(
            ConversationRow(11, "Équipe – cuisine", KITCHEN, date(2026, 9, 1), 812, TODAY, 0, is_active=True),
            ConversationRow(
                12, "Réunion <i>d'hiver", DINING, date(2026, 10, 1), 40, date(2026, 11, 9), 14, is_active=True
            ),
        ),
        conversation_count=7,
        funnel=(
            FunnelStep("employees", exactly(97), None, absent("nothing"), 1.0),
            FunnelStep("equipped", exactly(72), "no_application", exactly(25), 0.74),
            FunnelStep("reachable", exactly(70), "no_access", exactly(2), 0.72),
            FunnelStep(
                "notified", absent("notifications_unused"), "notifications_unused", absent("notifications_unused"), None
            ),
            FunnelStep("seen", fives(58), "not_opened", fives(13), 0.6),
            FunnelStep("answered", fives(22), "not_written", fives(36), 0.23),
        ),
        silent_services=(SilentService(DELIVERY, TODAY - timedelta(days=9), 9, 13, 2),),
        without_app=25,
        sees_names=True,
        findings=(
            Finding("reading_down", "reading_24h", change=-0.03),
            Finding("service_silent", service=DELIVERY, count=9, conversation_id=13),
            Finding("without_app", count=25),
        ),
        notes=(Note("left_out", (DELIVERY,)), Note("shared", count=3), Note("approximate")),
    )
    return replace(report, **changes)

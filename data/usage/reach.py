"""How far a public message gets, step by step, and why it gets no further. Pure."""

from __future__ import annotations

from data.usage.figures import FEW, NOTHING, Services, count_readers, exactly
from data.usage.privacy import Amount, add_up, in_fives, is_crowd
from data.usage.report import FunnelStep, LossReason, StepKey, Value

_REASONS: dict[StepKey, LossReason | None] = {
    "employees": None,
    "equipped": "no_application",
    "reachable": "no_access",
    "notified": "notifications_off",
    "seen": "not_opened",
    "answered": "not_written",
}


def build_funnel(services: Services, contributors: Value) -> tuple[FunnelStep, ...]:
    """On the last day of the period: employees, the application, access, notifications. Over the period: who saw a
    message, on average, and who wrote."""
    people = _count_steps(services)
    notified, seen = _count_notified(services), _count_seen(services)
    steps: dict[StepKey, Value] = {**people, "notified": notified, "seen": seen, "answered": contributors}
    whole = steps["employees"].amount
    found: list[FunnelStep] = []
    known: Amount | None = None
    for key, value in steps.items():
        lost = _lose(known, value) if found else NOTHING
        share = value.amount.value / whole.value if value.amount and whole and whole.value else None
        reason = "notifications_unused" if value.absence == "notifications_unused" else _REASONS[key]
        found.append(FunnelStep(key, value, reason, lost, share))
        known = value.amount or known
    return tuple(found)


def _count_steps(services: Services) -> dict[StepKey, Value]:
    keys: tuple[StepKey, ...] = ("employees", "equipped", "reachable")
    staffed = services.staffed
    if not staffed:
        nobody = not any(services.side.employees[services.side.place[each]] for each in services.ids)
        return dict.fromkeys(keys, exactly(0) if nobody else FEW)
    return {key: exactly(count) for key, count in zip(keys, services.side.count_staff(staffed), strict=True)}


def _count_notified(services: Services) -> Value:
    """What somebody chose, and no directory tells: in steps of five of those within reach."""
    side = services.side
    if side.notified is None:
        return Value(absence="notifications_unused")
    reached, notified = (each.count_by_service(len(side.service_ids)) for each in (side.reached, side.notified))
    places = {each: side.place[each] for each in services.staffed if is_crowd(reached[side.place[each]])}
    if not places:
        return FEW
    parts = [in_fives(int(notified[at]), int(reached[at]), int(reached[at])) for at in places.values()]
    heads = side.reached.in_services(places.values()).count_people()
    return Value(add_up(parts, heads, sum(int(reached[at]) for at in places.values())))


def _count_seen(services: Services) -> Value:
    """Of a message of each service, added up over the services: each of them reaches its own."""
    shown = services.shown(services.side.window)
    parts = {each: found for each in shown if (found := count_readers(services, each))}
    if not parts:
        return FEW if services.count("settled_messages") else NOTHING
    side = services.side
    places = sum(int(side.mean_equipped[side.place[each]]) for each in parts)
    heads = min(side.count_heads(side.window, list(parts))[0], places)
    return Value(add_up(parts.values(), heads, places))


def _lose(known: Amount | None, value: Value) -> Value:
    """From the step before to this one."""
    if known is None or value.amount is None:
        return Value(absence=value.absence or "nothing")
    now = value.amount
    parts = (known.value - now.value, known.low - now.high, known.high - now.low)
    return Value(Amount(*(max(each, 0) for each in parts)))

"""From true figures to those that may be shown, of one service or of several. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from data.usage.buckets import to_seconds
from data.usage.facts import DOINGS, Doing, Side, span_of
from data.usage.privacy import STEP, Amount, add_up_fives, divide, in_fives, is_crowd, show_within
from data.usage.report import Absence, Figure, FigureKey, Unit, Value
from data.usage.staff import Numbers
from data.usage.windows import Window

UNITS: Mapping[FigureKey, Unit] = {
    "employees": "people",
    "equipped": "people",
    "equipment_rate": "rate",
    "active_1": "people",
    "active_7": "people",
    "active_28": "people",
    "activity_rate": "rate",
    "stickiness": "rate",
    "contributors": "people",
    "messages": "messages",
    "public_messages": "messages",
    "group_messages": "messages",
    "one_to_one_messages": "messages",
    "deleted_messages": "messages",
    "reading_24h": "rate",
    "first_read": "seconds",
    "first_reply": "seconds",
    "leaders_share": "rate",
    "public_conversations_started": "conversations",
    "private_conversations_started": "conversations",
    "active_conversations": "conversations",
    "silent_conversations": "conversations",
    "cost_per_active": "cents",
}

Values = dict[FigureKey, Value]

LISTED: tuple[Doing, ...] = ("active_7", "active_28")  # in a list of services

WITH_PRIVATE: tuple[FigureKey, ...] = (
    "messages",
    "group_messages",
    "one_to_one_messages",
    "private_conversations_started",
)  # what private conversations are counted in

NOTHING = Value(absence="nothing")
FEW = Value(absence="few_people")
FEW_EQUIPPED = Value(absence="few_equipped")


def build_figures(now: Values, before: Values) -> dict[FigureKey, Figure]:
    return {key: Figure(key, UNITS[key], now[key], before[key]) for key in UNITS if key in now and key in before}


@lru_cache(maxsize=4096, typed=True)
def exactly(value: float) -> Value:
    return Value(Amount.exactly(value))


@dataclass(frozen=True)
class Services:
    """Services whose figures are added up, and which of them may be."""

    side: Side
    ids: Sequence[int]

    @cached_property
    def staffed(self) -> Sequence[int]:
        """With enough people on the last day."""
        return [each for each in self.ids if is_crowd(self.side.employees[self.side.place[each]])]

    def shown(self, window: Window) -> Sequence[int]:
        """With enough people on each day that had any."""
        found = self._shown.get(window)
        if found is None:
            fewest, place = self.side.crowd(window).fewest, self.side.place
            found = self._shown[window] = [each for each in self.ids if is_crowd(fewest[place[each]])]
        return found

    @cached_property
    def _shown(self) -> dict[Window, Sequence[int]]:
        return {}

    def shown_in_private(self) -> list[int]:
        """With enough people on each day who have the application: others do not write."""
        fewest = self.side.fewest_equipped
        return [each for each in self.ids if is_crowd(fewest[self.side.place[each]])]

    def count_staff(self) -> tuple[int, int]:
        """Who works there on the last day, and who of them has the application, where they may be told of."""
        staffed = self.staffed
        if len(staffed) == 1:
            place = self.side.place[staffed[0]]
            return self.side.employees[place], self.side.equipped[place]
        employees, equipped, *_ = self.side.count_staff(staffed)
        return employees, equipped

    def count(self, stat: str, ids: Sequence[int] | None = None) -> int:
        chosen = self.ids if ids is None else ids
        return sum([self.side.count(each, stat) for each in chosen])

    def is_empty(self, window: Window) -> bool:
        """Nobody worked there."""
        people = self.side.crowd(window).people
        return not any(people[self.side.place[each]] for each in self.ids)


def measure(side: Side, service_ids: Sequence[int]) -> Values:
    """All figures but the cost."""
    services = Services(side, service_ids)
    doing: Values = {each: _count_doing(services, each) for each in DOINGS}
    return {
        **_staff(services),
        **doing,
        "activity_rate": _rate(doing["active_28"], _heads(services, span_of("active_28", side.window))),
        "stickiness": _rate(doing["active_7"], doing["active_28"]),
        **_messages(services),
        "reading_24h": read_rate(services),
        "first_read": _median(services, "first_read", side.readers),
        "first_reply": _median(services, "first_reply", side.doing["contributors"]),
        **_conversations(services),
    }


def measure_briefly(side: Side, service_id: int) -> Values:
    """What stands in a list of services."""
    services = Services(side, (service_id,))
    active: Values = {doing: _count_doing(services, doing) for doing in LISTED}
    return {
        **_staff(services),
        **active,
        "activity_rate": _rate(active["active_28"], _heads(services, span_of("active_28", side.window))),
        **_messages(services),
        "reading_24h": read_rate(services),
        "first_reply": _median(services, "first_reply", side.doing["contributors"]),
    }


def _staff(services: Services) -> Values:
    """In the directory, which the same viewer reads: exact."""
    side, staffed = services.side, services.staffed
    if not staffed:
        nobody = not any(side.employees[side.place[each]] for each in services.ids)
        hidden = exactly(0) if nobody else FEW
        return {"employees": hidden, "equipped": hidden, "equipment_rate": NOTHING if nobody else FEW}
    employees, equipped = services.count_staff()
    rate = exactly(equipped / employees)
    return {"employees": exactly(employees), "equipped": exactly(equipped), "equipment_rate": rate}


def _count_doing(services: Services, doing: Doing) -> Value:
    """Beside those who have the application: not shown as more, where it may be fewer."""
    value = count_people(services, span_of(doing, services.side.window), services.side.doing[doing])
    _, equipped = services.count_staff()
    return Value(show_within(value.amount, equipped)) if value.amount and equipped else value


def count_people(services: Services, window: Window, counts: Numbers) -> Value:
    """How many people do something over some days, from what is shown of each service. `counts`: by the place of the
    service."""
    side, shown = services.side, services.shown(window)
    if not shown:
        return NOTHING if services.is_empty(window) else FEW
    crowd = side.crowd(window)
    if len(shown) == 1:
        place = side.place[shown[0]]
        return Value(in_fives(int(counts[place]), int(crowd.people[place]), int(crowd.fewest[place])))
    places = [side.place[each] for each in shown]
    heads = side.count_heads(window, shown)
    return Value(add_up_fives(counts[places], crowd.people[places], crowd.fewest[places], *heads))


def _heads(services: Services, window: Window) -> Value:
    shown = services.shown(window)
    return exactly(services.side.count_heads(window, shown)[0]) if shown else NOTHING


def _rate(part: Value, whole: Value) -> Value:
    if part.amount is None or whole.amount is None:
        return part if part.amount is None else whole
    rate = divide(part.amount, whole.amount)
    return Value(rate) if rate else Value(absence="few_released")


def _messages(services: Services) -> Values:
    """Written and not deleted since; public ones everywhere, private ones where they may be told."""
    deleted = services.count("public_deleted_total")
    public = services.count("public_messages_total") - deleted
    found: Values = {
        "public_messages": exactly(public),
        "deleted_messages": exactly(deleted),
        "leaders_share": _share(services.count("public_messages_by_leaders_total"), public + deleted),
        "public_conversations_started": exactly(services.count("public_conversations_started")),
    }
    private = services.shown_in_private()
    if not private:
        return found | dict.fromkeys(WITH_PRIVATE, FEW_EQUIPPED if services.shown(services.side.window) else FEW)
    groups = services.count("group_messages", private) - services.count("group_deleted", private)
    pairs = services.count("one_to_one_messages", private) - services.count("one_to_one_deleted", private)
    return found | {
        "messages": exactly(public + groups + pairs),
        "group_messages": exactly(groups),
        "one_to_one_messages": exactly(pairs),
        "private_conversations_started": exactly(services.count("private_conversations_started", private)),
    }


def leave_unlike(now: Side, before: Side, then: Values, service_ids: Sequence[int]) -> Values:
    """Without totals of private conversations of other services than now: they would tell of a growth that is none."""
    here, there = (Services(side, service_ids).shown_in_private() for side in (now, before))
    unlike = WITH_PRIVATE if here and there and here != there else ()
    return then | dict.fromkeys(unlike, Value(absence="other_services"))


def _share(part: int, whole: int) -> Value:
    return exactly(part / whole) if whole else NOTHING


def count_readers(services: Services, service_id: int) -> Amount | None:
    """How many read a public message within 24 hours, on average, to the step of five."""
    settled = services.side.count(service_id, "settled_messages")
    base = int(services.side.mean_equipped[services.side.place[service_id]])
    if not settled or not is_crowd(base):
        return None
    return in_fives(min(services.side.count(service_id, "reads_in_24h") // settled, base), base, base)


def read_rate(services: Services) -> Value:
    """Readers of those who have the application, message by message: a service weighs as many as were measured."""
    told = services.shown(services.side.window)
    if not told:
        return NOTHING if services.is_empty(services.side.window) else FEW
    shown = [(each, found) for each in told if (found := count_readers(services, each))]
    if not shown:
        return Value(absence=_find_why_unread(services))
    weights = {each: services.side.count(each, "settled_messages") for each, _ in shown}
    could = sum(_count_others(services, each) for each, _ in shown)
    value, low, high = (
        sum(weights[each] * getattr(found, bound) for each, found in shown) for bound in ("value", "low", "high")
    )
    if not low:
        return Value(absence="few_released")
    high += sum(weights.values())  # "5 to 9" is below 10: it is a mean
    return Value(Amount(*(min(bound / could, 1) for bound in (value, low, high))))


def _count_others(services: Services, service_id: int) -> float:
    """Those with the application who could read the measured messages, their authors excepted, over all of these."""
    equipped = services.side.mean_equipped[services.side.place[service_id]]
    settled = services.side.count(service_id, "settled_messages")
    return equipped * settled - services.side.count(service_id, "settled_by_employees")


def _find_why_unread(services: Services) -> Absence:
    if services.count("settled_messages"):
        return "few_people"
    return "not_yet" if services.count("public_messages_total") else "nothing"


def _median(services: Services, stat: str, people: Numbers) -> Value:
    """Of the services of which people may be told and where enough of them did it; from as many measured as people it
    takes for a figure."""
    told = services.shown(services.side.window)
    if not told:
        return NOTHING if services.is_empty(services.side.window) else FEW
    measured = [each for each in told if (each, stat) in services.side.delays]
    shown = [each for each in measured if is_crowd(people[services.side.place[each]])]
    counts = sum(services.side.delays[each, stat] for each in shown)
    total = int(np.sum(counts))
    if total < STEP:
        return Value(absence="few_doing" if shown != measured else "few_messages") if measured else NOTHING
    middle = int(np.searchsorted(np.cumsum(counts), total / 2))
    return exactly(to_seconds(middle))


def _conversations(services: Services) -> Values:
    """Public ones, which are known by name."""
    side = services.side
    return {
        "active_conversations": exactly(sum(side.active.get(each, 0) for each in services.ids)),
        "silent_conversations": exactly(sum(side.silent.get(each, 0) for each in services.ids)),
    }


def measure_cost(cents: int | None, active: Value) -> Value:
    """Of a month, for each person active; between the most and the fewest that they may be."""
    if cents is None:
        return Value(absence="needs_bill")
    if active.amount is None:
        return active
    if not active.amount.low or active.amount.is_few:
        return Value(absence="few_released")
    return Value(Amount(cents / active.amount.value, cents / active.amount.high, cents / active.amount.low))
